"""Texts reach the reader as they were meant: links, SMS parts, languages, sizes, attachments."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest

from bookflow.actions.send_survey_email import SendSurveyEmail
from bookflow.actions.send_template import SendTemplate
from bookflow.adapters.memory.bundle import InMemoryPorts
from bookflow.domain.bookings.records import Customer, Location
from bookflow.domain.messages.html_text import html_to_text
from bookflow.domain.messages.message import Email
from bookflow.domain.messages.sms import sms_size
from bookflow.domain.rendering import Mode, RenderSettings, check, render
from bookflow.domain.shared.errors import BookflowError
from bookflow.domain.templates import Template
from bookflow.domain.templates.compose import compose_email
from bookflow.gallery.templates import ready_made_templates
from tests.api import Answer, Client, TestIssuer, make_api
from tests.cases.commands import check as check_workflow
from tests.cases.commands import note, notes, simulate, workflow
from tests.cases.conftest import Run
from tests.unit.actions.samples import LOCATION, NOW, scope, survey, template
from tests.unit.events.samples import sample

SCOPE: dict[str, Any] = {
    "booking": {
        "start_time": "2027-06-12T22:30:00+00:00",
        "end_time": "2027-06-13T00:30:00+00:00",
        "party_size": 2,
        "confirmation_code": "KAY-4711",
        "total_amount": {"amount": "1180.00", "currency": "EUR"},
    },
    "customer": {"first_name": "Ana", "email": "ana@example.com"},
    "activity": {"name": "Rock & Roll 50% #1 Tour"},
    "location": {"name": "Spree Kayaks", "address": "Dock 4, A&B Str."},
    "event": {
        "booking_id": "bk-4711",
        "message_preview": "Is there a place near the dock where we can leave our bags while we"
        " are out on the water for the whole of the afternoon today?",
    },
    "unsubscribe_url": "https://x.example/u/1",
}


def shown(source: str, mode: Mode, locale: str = "en-US", zone: str = "America/New_York") -> str:
    """Return a rendered text, or what is said instead of it."""
    try:
        settings = RenderSettings(locale=locale, timezone=zone)
        return render(source, SCOPE, mode=mode, settings=settings)
    except BookflowError as error:
        return f"refused: {error}"


# SMS --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en-US", "See you at {{ booking.start_time | time }}."),
        ("en-AU", "See you at {{ booking.start_time | time }}."),
        ("de-DE", "Total {{ booking.total_amount | money }}"),
        ("fr-FR", "Total {{ booking.total_amount | money }}"),
        ("pl-PL", "Total {{ booking.total_amount | money }}"),
        ("en-GB", "New message: {{ event.message_preview | truncate(60) }}"),
        ("en-GB", "\u201cSunset\u201d \u2013 Ana\u2019s tour\u2026"),
    ],
)
def test_an_sms_that_can_be_gsm_7_is(locale: str, text: str) -> None:
    assert sms_size(shown(text, Mode.SMS, locale)).encoding == "GSM-7"


@pytest.mark.parametrize("locale", ["en-US", "en-AU", "de-DE", "fr-FR"])
def test_the_ready_made_sms_are_gsm_7(locale: str) -> None:
    texts = {name: each.sms for name, each in ready_made_templates().items() if each.sms}
    encodings = {
        name: sms_size(shown(text, Mode.SMS, locale)).encoding for name, text in texts.items()
    }
    assert encodings == dict.fromkeys(texts, "GSM-7")


# Syntax -----------------------------------------------------------------------------------------

STYLE = "<html><head><style>@media(max-width:480px){#box{width:100%}}</style></head><body>Hi</body></html>"


@pytest.mark.parametrize(
    ("source", "mode"),
    [
        pytest.param(STYLE, Mode.HTML, id="id selector in a media query"),
        pytest.param(
            STYLE.replace("</style>", 'a::after{content:"#}"}</style>'),
            Mode.HTML,
            id="with an end of comment after it",
        ),
        pytest.param("Your locker {#12#} opens at 6.", Mode.SMS, id="SMS"),
    ],
)
def test_a_number_sign_after_a_brace_is_text(source: str, mode: Mode) -> None:
    assert shown(source, mode) == source


@pytest.mark.parametrize("opening", ["{{#each items}}", "{{#if name}}"])
def test_a_handlebars_template_is_called_by_its_name(opening: str) -> None:
    (problem,) = check(f"<p>Hi</p>\n{opening}x", Mode.HTML)
    assert problem.line == 2
    assert "Handlebars" in f"{problem.message} {problem.remedy}"


CREATE = "/v1/locations/loc-1/templates"


def create(ports: InMemoryPorts, **content: Any) -> Answer:
    """Save a template by the API."""
    issuer = TestIssuer()
    client = Client(make_api(ports, issuer), issuer.person(loc_1="admin"))
    return client.post(CREATE, {"name": "Case", "subject": "Hi", "html": "<p>Hi</p>", **content})


@pytest.mark.parametrize(
    "text",
    [
        "{% if no_such_variable_here %}x{% endif %}",
        "{% for item in no_such_variable_here %}x{% endfor %}",
    ],
)
def test_a_name_that_no_trigger_knows_is_an_error(ports: InMemoryPorts, text: str) -> None:
    problems = check_workflow(workflow(note(text)))
    assert [(each["field"], each["severity"]) for each in problems] == [("config.note", "error")]
    assert create(ports, html=f"<p>{text}</p>").status == 422


# Links ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "source", "right"),
    [
        (
            Mode.HTML,
            '<a href="https://maps.example.com/?q={{ location.address }}&z=3">Map</a>',
            '<a href="https://maps.example.com/?q=Dock%204%2C%20A%26B%20Str.&z=3">Map</a>',
        ),
        (
            Mode.HTML,
            '<a href="mailto:desk@example.com?subject={{ activity.name }}">Ask</a>',
            '<a href="mailto:desk@example.com?subject=Rock%20%26%20Roll%2050%25%20%231%20Tour">Ask</a>',
        ),
        (
            Mode.SMS,
            "https://wa.me/49301234?text={{ activity.name }}",
            "https://wa.me/49301234?text=Rock%20%26%20Roll%2050%25%20%231%20Tour",
        ),
        (
            Mode.TEXT,
            "https://wa.me/49301234?text={{ activity.name | urlencode }}",
            "https://wa.me/49301234?text=Rock%20%26%20Roll%2050%25%20%231%20Tour",
        ),
    ],
)
def test_a_value_inside_of_a_link_is_percent_encoded(mode: Mode, source: str, right: str) -> None:
    assert shown(source, mode) == right


@pytest.mark.parametrize(
    "pair",
    [
        "currency=EUR",
        "section=waiver",
        "param=1",
        "timestamp=5",
        "center=52,13",
        "region=eu",
        "note=x",
        "copy=1",
        "quote=7",
    ],
)
def test_the_text_part_copies_a_link_unchanged(pair: str) -> None:
    link = f"https://x.example/b?id=7&{pair}"
    assert link in html_to_text(f'<a href="{link}">Manage</a>')


# Sizes ------------------------------------------------------------------------------------------


def page(size: int) -> str:
    """Return a design of about this many bytes."""
    row = "<tr><td style='padding:0 12px;font-family:Arial,sans-serif'>Row</td></tr>"
    return f"<html><body><table>{row * (size // len(row))}</table></body></html>"


@pytest.mark.parametrize("kib", [70, 92, 120])
def test_a_design_of_up_to_128_kib_is_saved(ports: InMemoryPorts, kib: int) -> None:
    source = page(kib * 1024)
    assert tuple(check(source, Mode.HTML)) == ()
    answer = create(ports, html=source)
    assert answer.status == 201, answer.text


# Languages --------------------------------------------------------------------------------------


def mail(
    content: Any, locale: str, *, reader: str | None = None, zone: str = "Europe/Berlin"
) -> Email:
    """Return the e-mail that a location of this language sends."""
    location = Location(id="l", name="Spree Kayaks", timezone=zone, locale=locale, address="Dock 4")
    made = Template(location_id="l", id="t", updated_at=NOW, **dict(content))
    return compose_email(
        made, to="a@example.com", variables=SCOPE, location=location, reader_locale=reader or locale
    )


def opening_tags(html: str, name: str) -> Sequence[str]:
    return re.findall(rf"<{name}\b[^>]*>", html)


@pytest.mark.parametrize("locale", ["he-IL", "ar-EG", "fa-IR", "ur-PK"])
def test_the_language_decides_the_direction_whatever_the_subject_begins_with(locale: str) -> None:
    content = {"name": "x", "subject": "{{ location.name }}", "html": "<h1>שלום</h1>"}
    html = mail(content, locale).html
    cells = [tag for tag in opening_tags(html, "td") if "bf-" in tag]
    assert len(cells) >= 3
    tags = [*opening_tags(html, "html"), *opening_tags(html, "body"), *cells]
    assert [tag for tag in tags if 'dir="rtl"' not in tag] == []


@pytest.mark.parametrize(
    "locale", ["fr-FR", "es-ES", "it-IT", "pt-BR", "nl-NL", "pl-PL", "he-IL", "ar-EG"]
)
def test_the_footer_speaks_the_language_of_the_text(
    ports: InMemoryPorts, run: Run, locale: str
) -> None:
    ports.templates.stored["loc-1", "t-1"] = template(category="marketing", html="<p>!</p>")
    where = scope(location=LOCATION.model_copy(update={"locale": locale}))
    run(SendTemplate, {"template": "t-1"}, where)
    (email,) = ports.mailer.sent
    assert "https://book.example.com/u/" in email.html
    assert "Unsubscribe" not in email.html + email.text


def test_the_built_in_invitation_speaks_the_guests_language(ports: InMemoryPorts, run: Run) -> None:
    ports.surveys.stored["loc-1", "after-visit"] = survey()
    german = Customer(id="c-1", first_name="Ada", email="ada@example.com", locale="de-DE")
    run(SendSurveyEmail, {}, scope(customer=german))
    (email,) = ports.mailer.sent
    assert 'lang="de' in email.html
    assert "Dear Ada" not in email.text


@pytest.mark.parametrize(
    ("reader", "foreign"), [("fr-FR", "juin"), ("ja-JP", "6月"), ("ar-EG", "يونيو")]
)
def test_dates_and_language_of_a_mail_follow_its_text(reader: str, foreign: str) -> None:
    made = mail(ready_made_templates()["booking-confirmation"], "en-GB", reader=reader)
    assert opening_tags(made.html, "html")[0].startswith('<html lang="en')
    assert foreign not in made.subject + made.text
    assert "June" in made.text


# Calendar entries -------------------------------------------------------------------------------


def test_a_template_attaches_the_booking_as_a_calendar_entry(
    ports: InMemoryPorts, run: Run
) -> None:
    assert "calendar_entry" in Template.model_fields
    ports.templates.stored["loc-1", "t-1"] = template(calendar_entry=True)
    run(SendTemplate, {"template": "t-1"})
    (email,) = ports.mailer.sent
    (entry,) = email.attachments
    # The sample's event is a cancellation.
    assert "METHOD:CANCEL" in entry.content.decode()
    assert "DTSTART;TZID=Europe/Berlin:20261025T023000" in entry.content.decode()


def test_texts_may_name_the_address_of_the_calendar_entry() -> None:
    assert check_workflow(workflow(note("{{ booking.calendar_url }}"))) == []


def test_a_simulation_writes_the_address_the_same_each_time() -> None:
    event = sample("booking_created")
    said = [notes(simulate(workflow(note("{{ booking.calendar_url }}")), event)) for _ in "ab"]
    assert said[0] == said[1]
    assert said[0][0].startswith("https://bookflow.example/c/spree-kayaks/bk-4711.")
