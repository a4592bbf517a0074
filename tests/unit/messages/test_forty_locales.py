"""Messages over many locales: what an SMS costs, which language a mail is of, and links that stay."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from babel import localedata
from babel.core import Locale, get_global

from bookflow.domain.bookings.records import Location
from bookflow.domain.messages.sms import sms_size
from bookflow.domain.rendering import Mode, RenderSettings, render
from bookflow.domain.templates import Template, TemplateText
from bookflow.domain.templates.compose import compose_email, compose_sms
from bookflow.gallery.templates import ready_made_templates

FORTY = [
    "ar-EG",
    "bg-BG",
    "cs-CZ",
    "da-DK",
    "de-DE",
    "de-CH",
    "el-GR",
    "en-US",
    "en-GB",
    "en-AU",
    "es-ES",
    "es-MX",
    "et-EE",
    "fa-IR",
    "fi-FI",
    "fr-FR",
    "fr-CA",
    "he-IL",
    "hi-IN",
    "hr-HR",
    "hu-HU",
    "id-ID",
    "it-IT",
    "ja-JP",
    "ko-KR",
    "lt-LT",
    "lv-LV",
    "nb-NO",
    "nl-NL",
    "pl-PL",
    "pt-BR",
    "pt-PT",
    "ro-RO",
    "ru-RU",
    "sk-SK",
    "sl-SI",
    "sr-Latn",
    "sv-SE",
    "th-TH",
    "tr-TR",
    "uk-UA",
    "ur-PK",
    "vi-VN",
    "zh-CN",
    "zh-TW",
]
MONTHS = [datetime(2027, month, 2 + month, 16, 30, tzinfo=UTC) for month in range(1, 13)]


WITHOUT_PLAIN_LETTERS = ("naq", "nus")
"""Nama writes clicks, Nuer an Arabic comma."""


def script(tag: str) -> str:
    """Return the script that a language is mostly written in (CLDR, likely subtags)."""
    locale = Locale.parse(tag, sep="-")
    known = get_global("likely_subtags")
    found = known.get(f"{locale.language}_{locale.territory}") or known.get(locale.language, "")
    likely = (part for part in found.split("_")[1:] if len(part) == 4)
    return locale.script or next(likely, "")


LATIN = [tag for tag in FORTY if script(tag) == "Latn"]
ALL_LATIN = sorted(
    tag.replace("_", "-")
    for tag in localedata.locale_identifiers()
    if tag != "root" and script(tag.replace("_", "-")) == "Latn"
)


def variables(moment: datetime = MONTHS[5], amount: str = "1180.00", currency: str = "EUR") -> Any:
    return {
        "booking": {
            "id": "bk-4711",
            "start_time": moment,
            "end_time": moment,
            "party_size": 2,
            "confirmation_code": "KAY-4711",
            "total_amount": {"amount": amount, "currency": currency},
        },
        "customer": {"first_name": "Ana", "last_name": "Lo", "email": "ana@example.com"},
        "activity": {"name": "Sunset Tour"},
        "location": {"name": "Spree Kayaks", "address": "Dock 4", "phone": "+49 30 1"},
        "event": {
            "message_preview": "Where is the dock, and can we leave our bags there all day?" * 2,
            "old_start_time": moment,
            "new_start_time": moment,
        },
        "survey": {"link": "https://x.example/s/1", "name": "S", "expires_at": moment},
        "unsubscribe_url": "https://x.example/u/1",
    }


def in_ascii(text: str) -> str:
    """Return a text of as many plain characters."""
    return re.sub(r"[^\x20-\x5a\x61-\x7a\n]", "x", text)


def test_there_are_forty_and_most_are_latin() -> None:
    assert len(FORTY) >= 40
    assert len(LATIN) > 25
    assert len(ALL_LATIN) > 300


@pytest.mark.parametrize("locale", LATIN)
def test_a_ready_made_sms_costs_what_plain_text_costs(locale: str) -> None:
    """In the language of its words, and with the dates of every language."""
    for name, content in ready_made_templates().items():
        if not content.sms:
            continue
        for language in (content.language, None):
            made = Template(
                location_id="l",
                id="t",
                updated_at=MONTHS[0],
                **{**dict(content), "language": language},
            )
            place = Location(id="l", name="Kayaks", timezone="Europe/Berlin", locale=locale)
            for moment in MONTHS:
                sms = compose_sms(
                    made,
                    to="+49301",
                    variables=variables(moment),
                    location=place,
                    reader_locale=locale,
                )
                size, plain = sms_size(sms.text), sms_size(in_ascii(sms.text))
                assert size.encoding == "GSM-7", (name, sms.text, size.outside)
                assert size.segments == plain.segments, (name, sms.text)


FORMATS = [
    "{{ booking.start_time }}",
    *(f"{{{{ booking.start_time | date('{style}') }}}}" for style in ("short", "medium", "full")),
    "{{ booking.start_time | time('full') }}",
    "{{ booking.start_time | weekday }}",
    "{{ booking.total_amount | money }}",
    "{{ 1234.5 | number }}",
]


def formats_fit(locale: str, currency: str) -> list[str]:
    """Return what of the formats of a locale is not in the alphabet of plain SMS."""
    settings = RenderSettings(locale, "Europe/Berlin")
    found = []
    for source in FORMATS:
        for moment in MONTHS:
            text = render(
                source, variables(moment, currency=currency), mode=Mode.SMS, settings=settings
            )
            if sms_size(text).encoding != "GSM-7":
                found.append(text)
    return found


@pytest.mark.parametrize("locale", LATIN)
@pytest.mark.parametrize("currency", ["EUR", "PLN", "TRY", "INR", "ILS", "CZK"])
def test_formats_of_a_latin_language_are_plain_sms(locale: str, currency: str) -> None:
    assert formats_fit(locale, currency) == []


@pytest.mark.soak
@pytest.mark.parametrize("locale", ALL_LATIN)
def test_formats_of_every_latin_language_are_plain_sms(locale: str) -> None:
    assert locale.startswith(WITHOUT_PLAIN_LETTERS) or formats_fit(locale, "EUR") == []


def test_letters_are_plain_only_where_that_saves_something() -> None:
    spanish = RenderSettings("es-ES", "Europe/Berlin")
    when = "{{ booking.start_time | weekday }}"
    saturday = variables(datetime(2027, 6, 12, 12, tzinfo=UTC))
    assert render(when, saturday, mode=Mode.SMS, settings=spanish) == "sabado"
    assert render(f"{when} \U0001f6f6", saturday, mode=Mode.SMS, settings=spanish) == (
        "sábado \U0001f6f6"
    )
    name = {**saturday, "customer": {"first_name": "Łucja"}}
    source = f"{{{{ customer.first_name }}}}: {when}"
    assert render(source, name, mode=Mode.SMS, settings=spanish) == "Łucja: sábado"
    assert render(when, saturday, mode=Mode.TEXT, settings=spanish) == "sábado"


def test_a_sign_that_plain_sms_lacks_becomes_the_currencys_code() -> None:
    for locale, text in (("en-IN", "INR 1,180.00"), ("tr-TR", "TRY 1.180,00")):
        currency = text[:3]
        made = render(
            "{{ booking.total_amount | money }}",
            variables(currency=currency),
            mode=Mode.SMS,
            settings=RenderSettings(locale, "Europe/Berlin"),
        )
        assert made == text


@pytest.mark.parametrize("reader", FORTY)
def test_a_mail_is_of_one_language_whoever_reads_it(reader: str) -> None:
    """English words, and dates, `lang`, `dir` and the footer in English as well."""
    content = {**dict(ready_made_templates()["booking-confirmation"]), "category": "marketing"}
    made = Template(location_id="l", id="t", updated_at=MONTHS[0], **content)
    place = Location(id="l", name="Kayaks", timezone="Europe/Berlin", locale=reader)
    data = variables()
    mail = compose_email(
        made, to="a@example.com", variables=data, location=place, reader_locale=reader
    )
    assert '<html lang="en" dir="ltr">' in mail.html
    assert "June" in mail.text
    assert "Unsubscribe" in mail.text
    shown = mail.subject + mail.html + mail.text
    assert [letter for letter in shown if letter.isalpha() and not letter.isascii()] == []


@pytest.mark.parametrize("reader", FORTY)
def test_a_translation_brings_dates_direction_and_footer_of_its_language(reader: str) -> None:
    language = reader.partition("-")[0]
    # A text in `zh` or `sr` is of another script than these readers'.
    tag = reader if reader in ("zh-TW", "sr-Latn") else language
    when = "{{ booking.start_time | date('full') }}"
    text = TemplateText(subject=when, html=f"<p>{when}</p>", sms=when)
    made = Template(
        location_id="l",
        id="t",
        name="T",
        language="eo",
        category="marketing",
        channel="both",
        subject="S",
        html="<p>S</p>",
        sms="S",
        translations={tag: text},
        updated_at=MONTHS[0],
    )
    place = Location(id="l", name="Kayaks", timezone="Europe/Berlin", locale="eo")
    about: dict[str, Any] = {"location": place, "reader_locale": reader, "variables": variables()}
    mail = compose_email(made, to="a@example.com", **about)
    own = RenderSettings(reader, "Europe/Berlin")
    date = render(when, variables(), mode=Mode.HEADER, settings=own)
    assert mail.subject == date
    assert date in mail.html
    direction = Locale.parse(reader, sep="-").text_direction
    assert f'<html lang="{language}" dir="{direction}">' in mail.html
    assert f'<body dir="{direction}"' in mail.html
    sms = compose_sms(made, to="+49301", **about).text
    assert sms == render(when, variables(), mode=Mode.SMS, settings=own)


@pytest.mark.parametrize("locale", FORTY)
def test_links_and_styles_are_the_same_in_every_language(locale: str) -> None:
    style = "<style>@media(max-width:480px){#box{width:100%}}</style>"
    link = "https://maps.example.com/?q={{ location.address }}&region=eu&currency=EUR"
    place = Location(id="l", name="Kayaks", timezone="Europe/Berlin", locale=locale)
    made = Template(
        location_id="l",
        id="t",
        name="T",
        subject="S",
        html=f"<html><head>{style}</head><body><a href='{link}'>Map</a></body></html>",
        updated_at=MONTHS[0],
    )
    mail = compose_email(made, to="a@example.com", variables=variables(), location=place)
    assert style in mail.html
    assert "https://maps.example.com/?q=Dock%204&region=eu&currency=EUR" in mail.text
