"""Secrets: values go in, rotate with an overlap, and never come out again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bookflow.domain.shared.errors import InvalidInputError, NotFoundError, StaleRevisionError
from bookflow.domain.webhooks.secrets import Secret, is_misused, masked, references
from bookflow.domain.webhooks.signature import encode_secret
from bookflow.use_cases.secrets.manage_secrets import SecretManager
from tests.fakes import FakePorts

FIRST, SECOND = "first-value", "second-value"


@pytest.fixture
def ports() -> FakePorts:
    return FakePorts()


@pytest.fixture
def secrets(ports: FakePorts) -> SecretManager:
    return SecretManager(ports)


def test_only_names_and_dates_are_listed(ports: FakePorts, secrets: SecretManager) -> None:
    secrets.create("loc-1", "crm_token", FIRST)
    secrets.create("loc-2", "other", FIRST)
    (info,) = secrets.list("loc-1")
    assert (info.name, info.updated_at) == ("crm_token", ports.clock.now())
    assert FIRST not in repr(info)


def test_a_value_is_not_shown_by_its_record() -> None:
    assert FIRST not in repr(Secret(FIRST, FIRST))


def test_after_a_rotation_both_values_count_for_a_while(
    ports: FakePorts, secrets: SecretManager
) -> None:
    secrets.create("loc-1", "crm_token", FIRST)
    stored_at = secrets.rotate("loc-1", "crm_token", SECOND, based_on=1, overlap=timedelta(hours=2))
    assert (stored_at.revision, stored_at.made) == (2, None)
    stored = ports.secrets.get("loc-1", "crm_token")
    now = ports.clock.now()
    assert stored.values(now) == (SECOND, FIRST)
    assert stored.values(now + timedelta(hours=2)) == (SECOND,)


def test_rotating_to_the_same_value_again_keeps_the_one_before(
    ports: FakePorts, secrets: SecretManager
) -> None:
    secrets.create("loc-1", "crm_token", FIRST)
    for revision in (1, 2):
        secrets.rotate("loc-1", "crm_token", SECOND, based_on=revision)
    assert ports.secrets.get("loc-1", "crm_token").previous == FIRST


def test_a_replaced_value_stops_counting_at_once(ports: FakePorts, secrets: SecretManager) -> None:
    secrets.create("loc-1", "crm_token", FIRST)
    secrets.put("loc-1", "crm_token", SECOND, based_on=1)
    assert ports.secrets.get("loc-1", "crm_token").values(ports.clock.now()) == (SECOND,)


def test_a_signing_secret_is_made_here_and_reported_once(
    ports: FakePorts, secrets: SecretManager
) -> None:
    first = secrets.create("loc-1", "webhook-signing", None).made
    second = secrets.rotate("loc-1", "webhook-signing", based_on=1).made
    assert first
    assert second
    assert first.startswith("whsec_")
    assert first != second
    stored = ports.secrets.get("loc-1", "webhook-signing")
    assert stored.values(ports.clock.now()) == (second, first)


def test_a_deleted_secret_is_gone_and_deleting_it_again_is_no_error(
    ports: FakePorts, secrets: SecretManager
) -> None:
    secrets.create("loc-1", "crm_token", FIRST)
    for _ in range(2):
        secrets.delete("loc-1", "crm_token", based_on=1)
    with pytest.raises(NotFoundError):
        ports.secrets.get("loc-1", "crm_token")
    with pytest.raises(NotFoundError):
        secrets.rotate("loc-1", "crm_token", SECOND, based_on=1)


def test_a_change_based_on_another_revision_is_refused_with_both_named(
    ports: FakePorts, secrets: SecretManager
) -> None:
    secrets.create("loc-1", "crm_token", FIRST)
    stale = [
        lambda: secrets.put("loc-1", "crm_token", SECOND, based_on=0),
        lambda: secrets.put("loc-1", "crm_token", SECOND, based_on=2),
        lambda: secrets.rotate("loc-1", "crm_token", SECOND, based_on=7),
        lambda: secrets.delete("loc-1", "crm_token", based_on=7),
    ]
    for change in stale:
        with pytest.raises(StaleRevisionError) as refused:
            change()
        assert refused.value.stored == 1
    assert ports.secrets.get("loc-1", "crm_token") == Secret(FIRST)


@pytest.mark.parametrize(
    ("name", "value", "field"),
    [
        ("Crm", FIRST, "name"),
        ("../other", FIRST, "name"),
        ("a/b", FIRST, "name"),
        ("", FIRST, "name"),
        ("x" * 65, FIRST, "name"),
        ("crm", "short", "value"),
        ("crm", "x" * 1501, "value"),
        ("crm", "line\nbreak-value", "value"),
        ("crm", " blank-value", "value"),
        ("crm", "grün-und-gelb", "value"),
        ("webhook-signing", FIRST, "value"),
        ("webhook-signing", "whsec_c2hvcnQ=", "value"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_not_repeated(
    secrets: SecretManager, name: str, value: str, field: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        secrets.create("loc-1", name, value)
    assert refused.value.field == field
    assert value not in str(refused.value)


def test_a_signing_secret_of_one_s_own_is_taken(ports: FakePorts, secrets: SecretManager) -> None:
    own = encode_secret(b"k" * 32)
    secrets.create("loc-1", "webhook-signing", own)
    assert ports.secrets.get("loc-1", "webhook-signing").current == own


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=31)])
def test_an_overlap_out_of_range_is_refused(secrets: SecretManager, overlap: timedelta) -> None:
    secrets.create("loc-1", "crm_token", FIRST)
    with pytest.raises(InvalidInputError):
        secrets.rotate("loc-1", "crm_token", SECOND, based_on=1, overlap=overlap)


def test_references_are_found_and_masked_in_any_spacing() -> None:
    text = "Bearer {{secret.a}} {{  secret.b-2 }} {{ event.secret.x }}"
    assert references(text) == ("a", "b-2")
    assert masked(text) == "Bearer *** *** {{ event.secret.x }}"
    assert not is_misused(text)


def test_a_rotated_secret_tells_until_when_the_value_before_it_counts(
    ports: FakePorts, secrets: SecretManager
) -> None:
    secrets.create("loc-1", "crm", "first-value")
    secrets.rotate("loc-1", "crm", "second-value", based_on=1, overlap=timedelta(hours=2))
    until = ports.clock.now() + timedelta(hours=2)
    assert [each.previous_until for each in secrets.list("loc-1")] == [until]
    ports.clock.advance(hours=2)
    assert [each.previous_until for each in secrets.list("loc-1")] == [None]


def test_hosts_are_named_when_a_secret_is_added_and_outlive_its_values(
    ports: FakePorts, secrets: SecretManager
) -> None:
    secrets.create("loc-1", "crm_token", FIRST, [" API.example.com"])
    secrets.rotate("loc-1", "crm_token", SECOND, based_on=1)
    secrets.put("loc-1", "crm_token", "third-value", based_on=2)
    assert secrets.list("loc-1")[0].hosts == ("api.example.com",)
    secrets.rotate("loc-1", "crm_token", "fourth-value", based_on=3)
    named = secrets.set_hosts("loc-1", "crm_token", ["*.Example.org"], based_on=4)
    assert named == (5, ("*.example.org",))
    stored = ports.secrets.get("loc-1", "crm_token")
    assert stored.hosts == ("*.example.org",)
    assert stored.values(ports.clock.now()) == ("fourth-value", "third-value")


def test_the_signing_secret_takes_no_hosts(secrets: SecretManager) -> None:
    with pytest.raises(InvalidInputError, match="never sent"):
        secrets.create("loc-1", "webhook-signing", None, ["api.example.com"])
    secrets.create("loc-1", "webhook-signing", None)
    with pytest.raises(InvalidInputError, match="never sent"):
        secrets.set_hosts("loc-1", "webhook-signing", ["api.example.com"], based_on=1)


def test_hosts_are_named_for_a_secret_that_is_there(secrets: SecretManager) -> None:
    with pytest.raises(NotFoundError):
        secrets.set_hosts("loc-1", "crm_token", ["api.example.com"], based_on=1)
    secrets.create("loc-1", "crm_token", FIRST)
    with pytest.raises(StaleRevisionError):
        secrets.set_hosts("loc-1", "crm_token", ["api.example.com"], based_on=2)
