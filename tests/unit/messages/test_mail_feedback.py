"""Bounces and complaints are read for the location, the address and what kind they are."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.messages.mail_feedback import FeedbackKind, message_tags, read_mail_feedback
from bookflow.domain.shared.errors import InvalidInputError

SAMPLES = Path(__file__).resolve().parents[3] / "events" / "mail_feedback"
RUN = "ex_5d41402abc4b2a76b9719d911017c592a1b2c3d4"


def sample(name: str = "hard_bounce", **detail: Any) -> dict[str, Any]:
    """Return a fresh sample with these fields of its detail changed."""
    envelope: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))
    envelope["detail"].update(detail)
    return envelope


def bounce(**changes: Any) -> dict[str, Any]:
    envelope = sample()
    envelope["detail"]["bounce"].update(changes)
    return envelope


def tagged(**tags: Any) -> dict[str, Any]:
    envelope = sample()
    envelope["detail"]["mail"]["tags"] = tags
    return envelope


@pytest.mark.parametrize(
    ("name", "kind", "detail"),
    [
        ("hard_bounce", FeedbackKind.HARD_BOUNCE, "Permanent NoEmail"),
        ("soft_bounce", FeedbackKind.SOFT_BOUNCE, "Transient MailboxFull"),
        ("complaint", FeedbackKind.COMPLAINT, "abuse"),
    ],
)
def test_each_sample_is_read(name: str, kind: FeedbackKind, detail: str) -> None:
    found = read_mail_feedback(sample(name))
    assert (found.kind, found.detail) == (kind, detail)
    assert (found.location_id, found.execution_id) == ("spree-kayaks", RUN)
    assert found.addresses == ("ada@example.com",)
    assert "ada" not in repr(found)


def test_the_time_is_that_of_the_bounce() -> None:
    at = read_mail_feedback(sample()).at
    assert at == datetime(2027, 6, 10, 7, 12, 7, 114_000, tzinfo=UTC)


def test_every_sample_has_its_test() -> None:
    assert {path.stem for path in SAMPLES.glob("*")} == {
        "sent",
        "delivered",
        "opened",
        "clicked",
        "rejected",
        "hard_bounce",
        "soft_bounce",
        "complaint",
    }


@pytest.mark.parametrize(
    ("name", "event", "kind"),
    [
        ("sent", "Send", FeedbackKind.SENT),
        ("rejected", "Reject", FeedbackKind.REJECTED),
    ],
)
def test_what_was_sent_or_not_names_its_effect_and_nobody(
    name: str, event: str, kind: FeedbackKind
) -> None:
    found = read_mail_feedback(sample(name, eventType=event))
    assert (found.kind, found.addresses) == (kind, ())
    assert (found.execution_id, found.node_id, found.effect) == (RUN, "confirm", "email:customer")
    assert found.message_id == sample(name)["detail"]["mail"]["messageId"]
    assert found.at == datetime(2027, 6, 10, 7, 12, 5, 412_000, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["delivered", "opened", "clicked"])
def test_what_happened_after_sending_has_its_own_moment_and_names_no_reader(kind: str) -> None:
    found = read_mail_feedback(sample(kind))
    assert (found.kind.value, found.addresses, found.detail) == (kind, (), "")
    assert found.at > datetime(2027, 6, 10, 7, 12, 5, 412_000, tzinfo=UTC)
    assert "203.0.113.9" not in repr(found)
    assert "survey" not in repr(found)


@pytest.mark.parametrize("kind", ["Transient", "Undetermined"])
def test_what_is_not_for_good_is_soft(kind: str) -> None:
    assert read_mail_feedback(bounce(bounceType=kind)).kind is FeedbackKind.SOFT_BOUNCE


def test_a_reader_who_takes_a_message_out_of_spam_does_not_complain() -> None:
    envelope = sample("complaint")
    envelope["detail"]["complaint"]["complaintFeedbackType"] = "not-spam"
    assert read_mail_feedback(envelope).kind is FeedbackKind.NO_COMPLAINT


def test_a_complaint_without_a_type_is_one() -> None:
    envelope = sample("complaint")
    del envelope["detail"]["complaint"]["complaintFeedbackType"]
    assert read_mail_feedback(envelope).kind is FeedbackKind.COMPLAINT


def test_an_address_comes_in_the_form_that_is_sent_to() -> None:
    given = [{"emailAddress": "Ada@xn--mller-kva.example.com"}, {"emailAddress": "bo@EXAMPLE.com"}]
    found = read_mail_feedback(bounce(bouncedRecipients=[*given, *given]))
    assert found.addresses == ("Ada@xn--mller-kva.example.com", "bo@example.com")


@pytest.mark.parametrize(
    ("envelope", "field"),
    [
        ({}, "detail.eventType"),
        ({"detail": "Ada"}, "detail.eventType"),
        (sample(eventType="Open"), "detail.open"),
        (sample(eventType=["Bounce"]), "detail.eventType"),
        (sample(bounce=None), "detail.bounce"),
        (sample(mail=None), "detail.mail"),
        (bounce(bounceType="Sad"), "detail.bounce.bounceType"),
        (bounce(timestamp="yesterday"), "detail.bounce.timestamp"),
        (bounce(timestamp="2027-06-10T07:12:07"), "detail.bounce.timestamp"),
        (bounce(bouncedRecipients=[]), "detail.bounce.bouncedRecipients"),
        (
            bounce(bouncedRecipients=[{"emailAddress": "Ada Lovelace"}]),
            "detail.bounce.bouncedRecipients.0.emailAddress",
        ),
        (tagged(), "detail.mail.tags.location"),
        (tagged(location=[]), "detail.mail.tags.location"),
        (tagged(location=["YQ", "Yg"]), "detail.mail.tags.location"),
        (tagged(location=["!!"]), "detail.mail.tags.location"),
        (tagged(location=["ä"]), "detail.mail.tags.location"),
        # `a#b` would lead into another partition.
        (tagged(location=["YSNi"]), "detail.mail.tags.location"),
    ],
)
def test_another_event_is_refused_by_its_field(envelope: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_mail_feedback(envelope)
    assert caught.value.field == field
    assert "Ada" not in str(caught.value)
    assert "ada@" not in str(caught.value)


@given(
    location_id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}", fullmatch=True),
    execution_id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}", fullmatch=True),
    node_id=st.text(st.characters(codec="utf-8"), min_size=1, max_size=64),
)
def test_the_tags_of_any_id_are_allowed_and_lead_back(
    location_id: str, execution_id: str, node_id: str
) -> None:
    tags = message_tags(location_id, execution_id, node_id, "email:customer")
    for name, value in tags.items():
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", name)
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,256}", value)
    envelope = deepcopy(sample())
    envelope["detail"]["mail"]["tags"] = {name: [value] for name, value in tags.items()}
    found = read_mail_feedback(envelope)
    assert (found.location_id, found.execution_id) == (location_id, execution_id)
    assert found.effect == "email:customer"
    # A node's id of many bytes does not fit: nothing is settled by it then.
    assert found.node_id == (node_id if len(node_id.encode()) <= 192 else None)
