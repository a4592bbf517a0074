"""Suppression: what is kept back from whom, by links that cannot be made up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.messages.suppression import SuppressionReason, SuppressionScope, address_hash
from bookflow.domain.messages.unsubscribe_links import make_token, read_token
from bookflow.domain.shared.errors import InvalidInputError
from bookflow.use_cases.messages.suppress import SuppressionList
from bookflow.use_cases.messages.unsubscribe import SubscriptionState, Unsubscribing
from tests.fakes import FakePorts
from tests.unit.surveys.samples import survey_ports

KEY = b"k" * 32
ADA = "ada@example.com"


def token_for(ports: FakePorts, address: str = ADA) -> str:
    return make_token(
        ports.suppressions.keep_link_key("loc-1", b"k" * 32), "loc-1", address, "de-DE"
    )


def test_an_address_is_found_in_any_case_and_only_in_its_location() -> None:
    assert address_hash("loc-1", "Ada@Example.com") == address_hash("loc-1", ADA)
    assert address_hash("loc-1", ADA) != address_hash("loc-2", ADA)
    assert len(address_hash("loc-1", ADA)) == 64


def test_a_token_names_its_address_masked_and_in_the_language_of_the_mail() -> None:
    subscriber = read_token(KEY, "loc-1", make_token(KEY, "loc-1", ADA, "de-AT"))
    assert subscriber is not None
    assert subscriber.address_hash == address_hash("loc-1", ADA)
    assert (subscriber.masked, subscriber.language) == ("a…@example.com", "de-AT")
    assert "ada" not in make_token(KEY, "loc-1", ADA, "de")


@pytest.mark.parametrize(
    ("locale", "language"),
    [("pt_BR", "pt_BR"), ("fr", "fr"), ("../x", "en"), ("de-" + "x" * 999, "de")],
)
def test_a_token_is_in_a_language_that_there_is(locale: str, language: str) -> None:
    subscriber = read_token(KEY, "loc-1", make_token(KEY, "loc-1", ADA, locale))
    assert subscriber is not None
    assert subscriber.language == language


def test_a_token_is_worth_nothing_elsewhere_or_changed() -> None:
    token = make_token(KEY, "loc-1", ADA, "en")
    assert read_token(KEY, "loc-2", token) is None
    assert read_token(b"x" * 32, "loc-1", token) is None
    other = make_token(KEY, "loc-1", "bob@example.com", "en")
    parts, others = token.split("."), other.split(".")
    for position in range(3):
        mixed = [*parts]
        mixed[position] = others[position] if position != 1 else "ZW4feHg"
        assert read_token(KEY, "loc-1", ".".join(mixed)) is None


@given(st.text(max_size=80))
def test_any_text_is_a_token_or_not_and_never_an_error(text: str) -> None:
    assert read_token(KEY, "loc-1", text) is None


@given(st.emails())
def test_a_token_is_read_back_for_any_address(address: str) -> None:
    subscriber = read_token(KEY, "loc-1", make_token(KEY, "loc-1", address, "en"))
    assert subscriber is not None
    assert subscriber.address_hash == address_hash("loc-1", address)


def test_unsubscribing_and_coming_back() -> None:
    ports = survey_ports()
    pages, token = Unsubscribing(ports), token_for(ports)
    assert pages.look("loc-1", token).state is SubscriptionState.SUBSCRIBED
    done = pages.unsubscribe("loc-1", token)
    assert (done.state, done.may_return) == (SubscriptionState.UNSUBSCRIBED, True)
    (stored,) = ports.suppressions.stored.values()
    assert (stored.reason, stored.scope) == ("unsubscribed", "marketing")
    assert ADA not in stored.model_dump_json()
    assert pages.unsubscribe("loc-1", token) == done
    assert pages.resubscribe("loc-1", token).state is SubscriptionState.SUBSCRIBED
    assert not ports.suppressions.stored


def test_a_link_cannot_undo_what_the_location_or_a_mail_server_said() -> None:
    ports = survey_ports()
    token = token_for(ports)
    SuppressionList(ports).add("loc-1", ADA, reason=SuppressionReason.COMPLAINED)
    now = Unsubscribing(ports).resubscribe("loc-1", token)
    assert (now.state, now.may_return) == (SubscriptionState.UNSUBSCRIBED, False)
    assert Unsubscribing(ports).unsubscribe("loc-1", token).may_return is False
    (stored,) = ports.suppressions.stored.values()
    assert (stored.reason, stored.scope) == ("complained", "all")


def test_a_made_up_link_changes_nothing_and_makes_no_key() -> None:
    ports = survey_ports()
    pages = Unsubscribing(ports)
    forged = make_token(KEY, "loc-1", ADA, "en")
    for location_id, token in (("loc-1", forged), ("loc#1", forged), ("loc-9", "x.y.z")):
        for act in (pages.look, pages.unsubscribe, pages.resubscribe):
            assert act(location_id, token).state is SubscriptionState.UNKNOWN
    assert not ports.suppressions.stored
    assert not ports.suppressions.link_keys


def test_people_of_the_location_add_find_list_and_remove() -> None:
    ports = survey_ports()
    people = SuppressionList(ports)
    added = people.add("loc-1", " Ada@Example.COM ", scope=SuppressionScope.MARKETING)
    assert (added.masked, added.reason) == ("A…@example.com", "manual")
    assert people.add("loc-1", "0170 1234567").masked == "+49…67"
    assert people.find("loc-1", ADA) == added
    stored = ports.suppressions.list("loc-1")
    assert {one.masked for one in stored.items} == {"A…@example.com", "+49…67"}
    ports.suppressions.remove("loc-1", added.address_hash)
    ports.suppressions.remove("loc-1", added.address_hash)
    assert people.find("loc-1", ADA) is None


def test_a_wider_scope_replaces_a_narrower_one_and_not_the_other_way() -> None:
    people = SuppressionList(survey_ports())
    people.add("loc-1", ADA, scope=SuppressionScope.MARKETING)
    assert people.add("loc-1", ADA, scope=SuppressionScope.ALL).scope == "all"
    assert people.add("loc-1", ADA, scope=SuppressionScope.MARKETING).scope == "all"


def test_what_is_no_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidInputError, match="neither") as refused:
        SuppressionList(survey_ports()).add("loc-1", "nonsense@")
    assert "nonsense" not in str(refused.value)
