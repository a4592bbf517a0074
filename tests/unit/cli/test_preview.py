"""`bookflow preview`: the messages of a template's file for an event, and what is wrong with it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bookflow.cli import OK, PROBLEMS, UNUSABLE, main
from bookflow.domain.templates.export import TemplateExport
from bookflow.gallery.templates import ready_made_templates

EVENT = str(Path(__file__).parents[3] / "events" / "booking_created.json")
STRANGERS: dict[str, Any] = {
    "name": "Confirmation",
    "channel": "both",
    "category": "transactional",
    "language": "en",
    "subject": "You are booked, {{ customer.first_name }}",
    "html": "<p>See you on {{ booking.start_time | date('full') }}.</p>",
    "sms": "See you on {{ booking.start_time | date }}.",
    "translations": {
        "fr": {
            "subject": "C'est réservé, {{ customer.first_name }}",
            "html": "<p>À {{ booking.start_time | date('full') }}.</p>",
            "sms": "Au {{ booking.start_time | date }}.",
        }
    },
}
"""A file that somebody wrote by hand: the least that the docs name."""

Output = pytest.CaptureFixture[str]


class Preview:
    """Runs the command on a template, and reads its answer."""

    def __init__(self, folder: Path, output: Output) -> None:
        self.folder = folder
        self.output = output

    def file(self, content: Any, name: str = "template.json") -> str:
        path = self.folder / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)

    def __call__(self, content: Any, *options: str, event: str = EVENT) -> tuple[int, Any]:
        code = main(["preview", self.file(content), event, "--json", *options])
        captured = self.output.readouterr()
        return code, captured.err if code == UNUSABLE else json.loads(captured.out)


@pytest.fixture
def preview(tmp_path: Path, capsys: Output) -> Preview:
    return Preview(tmp_path, capsys)


def test_a_strangers_template_is_shown_as_it_is_sent(preview: Preview) -> None:
    code, shown = preview(STRANGERS)
    assert code == OK
    assert list(shown) == ["language", "subject", "html", "text", "sms", "problems"]
    assert shown["language"] == "en"
    assert shown["subject"] == "You are booked, Ada"
    assert shown["html"].startswith('<!doctype html>\n<html lang="en" dir="ltr">')
    assert shown["text"] == "See you on Saturday, 12 June 2027."
    assert shown["sms"] == {"text": "See you on 12 Jun 2027.", "encoding": "GSM-7", "parts": 1}
    assert shown["problems"] == []


@pytest.mark.parametrize(
    ("locale", "language"),
    [("fr", "fr"), ("fr-CA", "fr"), ("FR_be", "fr"), ("de-DE", "en"), ("nonsense!", "en")],
)
def test_the_guests_locale_chooses(preview: Preview, locale: str, language: str) -> None:
    code, shown = preview(STRANGERS, "--locale", locale)
    assert (code, shown["language"]) == (OK, language)
    assert ("juin 2027" in shown["text"]) is (language == "fr")


@pytest.mark.parametrize(
    ("channel", "absent"), [("email", {"sms"}), ("sms", {"subject", "html", "text"})]
)
def test_absent_channels_are_null(preview: Preview, channel: str, absent: set[str]) -> None:
    _, shown = preview({**STRANGERS, "channel": channel})
    assert {name for name, value in shown.items() if value is None} == absent


@pytest.mark.parametrize("name", sorted(ready_made_templates()))
@pytest.mark.parametrize("locale", ["en-US", "he-IL"])
def test_the_ready_made_templates_as_exported_have_no_problems(
    preview: Preview, name: str, locale: str
) -> None:
    file = TemplateExport.of(ready_made_templates()[name]).model_dump(mode="json")
    event = str(Path(EVENT).with_name(_event_for(file)))
    code, shown = preview(file, "--locale", locale, event=event)
    assert (code, shown["problems"]) == (OK, [])


def _event_for(file: Mapping[str, Any]) -> str:
    """Return the event whose own fields the texts name."""
    text = json.dumps(file)
    names = {
        "event.old_start_time": "booking_rescheduled.json",
        "event.message": "chat_message_created.json",
        "event.overall": "survey_submitted.json",
        "event.score": "survey_submitted.json",
        "event.reason": "booking_cancelled.json",
        "event.cancel": "booking_cancelled.json",
    }
    return next((event for name, event in names.items() if name in text), "booking_created.json")


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        ({"subject": ""}, "subject", "no subject"),
        ({"subject": "{{ guest.name }}"}, "subject", "Unknown variable guest.name"),
        ({"html": "<p>\n{{ customer"}, "html", "Line 2: "),
        ({"html": 7}, "html", "text"),
        ({"language": "klingon"}, "language", "no language"),
        ({"translations": {"fr": {"sms": "{{ x.y }}"}}}, "translations.fr.sms", "French: SMS: "),
        ({"translations": {"fr": {"html": []}}}, "translations.fr.html", "text"),
        ({"translations": {"fr": {"body": "x"}}}, "translations.fr.body", ""),
        ({"translations": {"fr": "x"}}, "translations.fr", ""),
        ({"translations": ["fr"]}, "translations", ""),
        ({"blocks": [7]}, "blocks.0", ""),
    ],
)
def test_what_is_wrong_with_texts_is_a_problem(
    preview: Preview, change: dict[str, Any], field: str, says: str
) -> None:
    code, shown = preview({**STRANGERS, **change})
    assert code == PROBLEMS
    found = [each for each in shown["problems"] if each["field"] == field]
    assert len(found) == 1, shown["problems"]
    assert found[0]["severity"] == "error"
    assert says in found[0]["message"]
    assert found[0]["message"].endswith(".")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([], "is not one object"),
        (7, "is not one object"),
        (b"{", "neither JSON"),
        (b"\xff\xfe{}", "UTF-8"),
        ({**STRANGERS, "name": ""}, "template.json: name"),
        ({name: STRANGERS[name] for name in ("subject", "html")}, "template.json: name"),
        ({**STRANGERS, "channel": "fax"}, "template.json: channel"),
        ({**STRANGERS, "format": "bookflow.workflow"}, "bookflow.workflow"),
        ({**STRANGERS, "format_version": 2}, "format_version"),
    ],
)
def test_what_is_no_template_cannot_be_used(preview: Preview, content: Any, says: str) -> None:
    code, message = preview(content)
    assert code == UNUSABLE
    assert says in message
    assert "Traceback" not in message


def test_unknown_fields_are_passed_over_with_a_warning(preview: Preview) -> None:
    code, shown = preview({**STRANGERS, "id": "t-1"})
    assert code == OK
    assert [(each["field"], each["severity"]) for each in shown["problems"]] == [("id", "warning")]


def test_nulls_are_absent_texts_and_a_byte_order_mark_is_no_text(preview: Preview) -> None:
    content = {**STRANGERS, "text": None, "blocks": None, "translations": None}
    code, shown = preview(b"\xef\xbb\xbf" + json.dumps(content).encode())
    assert (code, shown["language"]) == (OK, "en")


def test_the_location_gives_zone_name_and_words(preview: Preview) -> None:
    event = json.loads(Path(EVENT).read_text(encoding="utf-8"))
    location = preview.file(
        {
            "id": event["detail"]["location_id"],
            "name": "Baie Kayak",
            "timezone": "America/Montreal",
            "locale": "fr-CA",
            "wordings": {"fr": {"unsubscribe_link": "Je n'en veux plus"}},
        },
        "location.json",
    )
    marketing = {**STRANGERS, "category": "marketing", "language": None, "translations": {}}
    code, shown = preview(marketing, "--location", location)
    assert (code, shown["language"]) == (OK, "fr-CA")
    assert "Je n&#x27;en veux plus" in shown["html"]
    assert "Je n'en veux plus" in shown["text"]
    assert "Baie Kayak" in shown["html"]


def test_a_location_that_no_event_has_cannot_be_used(preview: Preview) -> None:
    location = preview.file({"id": "elsewhere"}, "location.json")
    code, message = preview(STRANGERS, "--location", location)
    assert (code, "elsewhere" in message) == (UNUSABLE, True)


def test_the_last_of_several_events_counts_and_the_others_tell_of_the_booking(
    preview: Preview, tmp_path: Path
) -> None:
    first = json.loads(Path(EVENT).read_text(encoding="utf-8"))
    detail = first["detail"]
    later = {
        "detail-type": "Booking Cancelled",
        "detail": {
            "event_id": "e-2",
            "location_id": detail["location_id"],
            "booking_id": detail.get("booking_id") or detail["booking"]["id"],
            "occurred_at": "2030-01-01T00:00:00Z",
            "cancelled_at": "2030-01-01T00:00:00Z",
            "reason": "Rain",
        },
    }
    events = preview.file([later, first], "events.json")
    content = {**STRANGERS, "subject": "{{ customer.first_name }}: {{ event.reason }}"}
    code, shown = preview(content, event=events)
    assert (code, shown["subject"]) == (OK, "Ada: Rain")


def test_an_event_from_standard_input(preview: Preview, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(Path(EVENT).read_text(encoding="utf-8")))
    assert preview(STRANGERS, event="-")[0] == OK


def test_missing_files_are_named(preview: Preview, tmp_path: Path) -> None:
    code, message = preview(STRANGERS, event=str(tmp_path / "nothing.json"))
    assert (code, "nothing.json" in message) == (UNUSABLE, True)


def test_people_read_parts_and_problems(preview: Preview, capsys: Output) -> None:
    assert main(["preview", preview.file({**STRANGERS, "id": 1}), EVENT, "--locale", "fr"]) == OK
    text = capsys.readouterr().out
    for part in (
        "Language: fr",
        "Subject: C'est réservé, Ada",
        "--- HTML ---",
        "--- Text ---\nÀ samedi 12 juin 2027.",
        "--- SMS: GSM-7, 1 part ---\nAu 12 juin 2027.",
        "--- Problems ---\nwarning: id: ",
    ):
        assert part in text
