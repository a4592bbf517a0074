"""The contract of suppressions, for the fake and for DynamoDB, and unsubscribing by the handler."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from bookflow.domain.messages.suppression import (
    SMS_STOP,
    Suppression,
    SuppressionReason,
    SuppressionScope,
    address_hash,
)
from bookflow.domain.messages.unsubscribe_links import make_token
from bookflow.domain.shared.pagination import PageRequest
from tests.fakes import FakePorts
from tests.integration.adapters.conftest import AwsPorts
from tests.integration.adapters.samples import NOW, created
from tests.integration.surveys.conftest import Site
from tests.unit.pages.requests import event


@pytest.fixture(params=["memory", "aws"])
def suppressions(request: pytest.FixtureRequest, aws_session: boto3.Session) -> Iterator[Any]:
    if request.param == "memory":
        yield FakePorts().suppressions
        return
    with mock_aws():
        yield AwsPorts(aws_session).suppressions


def suppression(name: str = "ada", minute: int = 0, **changes: Any) -> Suppression:
    return Suppression(
        **{
            "location_id": "loc-1",
            "address_hash": address_hash("loc-1", f"{name}@example.com"),
            "masked": f"{name[0]}…@example.com",
            "reason": SuppressionReason.UNSUBSCRIBED,
            "scope": SuppressionScope.MARKETING,
            "created_at": NOW + timedelta(minutes=minute),
            **changes,
        }
    )


def test_what_is_added_is_found_for_its_location_until_it_is_removed(suppressions: Any) -> None:
    ada, bob = suppression("ada"), suppression("bob")
    suppressions.add(ada)
    hashes = [ada.address_hash, bob.address_hash]
    assert suppressions.find("loc-1", hashes) == {ada.address_hash: ada}
    assert suppressions.find("loc-2", hashes) == {}
    assert suppressions.find("loc-1", []) == {}
    suppressions.remove("loc-1", ada.address_hash)
    suppressions.remove("loc-1", ada.address_hash)
    assert suppressions.find("loc-1", hashes) == {}


def test_only_a_wider_scope_replaces_what_is_stored(suppressions: Any) -> None:
    first = suppression()
    wider = suppression(scope=SuppressionScope.ALL, reason=SuppressionReason.COMPLAINED)
    for added, stands in (
        (first, first),
        (suppression(minute=1), first),
        (wider, wider),
        (suppression(minute=2), wider),
        (suppression(minute=3, scope=SuppressionScope.ALL), wider),
    ):
        suppressions.add(added)
        assert suppressions.find("loc-1", [first.address_hash]) == {first.address_hash: stands}
        if stands is first:
            assert first.yields_to(wider)


def test_an_answer_of_stop_yields_to_all_else_and_replaces_nothing(suppressions: Any) -> None:
    stop = suppression(scope=SuppressionScope.ALL, detail=SMS_STOP)
    digest = stop.address_hash
    for other in (
        suppression(),
        suppression(scope=SuppressionScope.ALL, reason=SuppressionReason.MANUAL),
    ):
        for added in ((other, stop), (stop, other)):
            for one in added:
                suppressions.add(one)
            assert suppressions.find("loc-1", [digest]) == {digest: other}
            suppressions.remove_sms_stop("loc-1", digest)
            assert suppressions.find("loc-1", [digest]) == {digest: other}
            suppressions.remove("loc-1", digest)


def test_an_answer_of_stop_is_forgotten_when_the_number_opts_in_again(suppressions: Any) -> None:
    stop = suppression(scope=SuppressionScope.ALL, detail=SMS_STOP)
    suppressions.add(stop)
    suppressions.add(stop)
    assert suppressions.find("loc-1", [stop.address_hash]) == {stop.address_hash: stop}
    for _ in range(2):
        suppressions.remove_sms_stop("loc-1", stop.address_hash)
        assert suppressions.find("loc-1", [stop.address_hash]) == {}


def test_the_list_comes_newest_first_by_page(suppressions: Any) -> None:
    names = ["ada", "bob", "cem", "dan", "eve"]
    for minute, name in enumerate(names):
        suppressions.add(suppression(name, minute))
    suppressions.add(suppression("zoe", location_id="loc-2"))
    page = suppressions.list("loc-1", PageRequest(3))
    rest = suppressions.list("loc-1", PageRequest(3, page.position))
    assert [one.masked[0] for one in (*page.items, *rest.items)] == ["e", "d", "c", "b", "a"]


def test_a_location_s_key_is_made_once_and_is_its_own(suppressions: Any) -> None:
    assert suppressions.link_key("loc-1") is None
    key = suppressions.keep_link_key("loc-1", b"1" * 32)
    assert key == b"1" * 32
    assert suppressions.keep_link_key("loc-1", b"2" * 32) == suppressions.link_key("loc-1") == key
    assert suppressions.keep_link_key("loc-2", b"3" * 32) == b"3" * 32


def test_two_functions_that_make_the_key_at_once_end_with_the_same(
    aws_session: boto3.Session,
) -> None:
    with mock_aws():
        aws = AwsPorts(aws_session)
        one, other = type(aws.suppressions)(aws.table), type(aws.suppressions)(aws.table)
        assert one.link_key("loc-1") is None

        def already_read(location_id: str) -> None:
            return None

        other.link_key = already_read  # type: ignore[method-assign]  # it looked before `one` wrote
        assert one.keep_link_key("loc-1", b"1" * 32) == other.keep_link_key("loc-1", b"2" * 32)


def test_a_mail_program_s_post_keeps_the_next_message_back(site: Site) -> None:
    site.aws.bookings.record(created())
    key = site.aws.suppressions.keep_link_key("loc-1", b"k" * 32)
    path = f"/u/loc-1/{make_token(key, 'loc-1', 'ada@example.com', 'en')}"
    answer = site.handler(event("POST", path, b"List-Unsubscribe=One-Click"), None)
    assert answer["statusCode"] == 200
    assert "Spree Kayaks" in answer["body"]
    digest = address_hash("loc-1", "ada@example.com")
    stored = site.aws.suppressions.find("loc-1", [digest])[digest]
    assert stored.scope.blocks("marketing")
    assert not stored.scope.blocks("transactional")
    assert "Scan" not in site.operations
