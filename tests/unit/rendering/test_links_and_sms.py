"""Values in links and the alphabet of SMS: what arrives is what was meant."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.messages.html_text import html_to_text
from bookflow.domain.messages.sms import sms_size
from bookflow.domain.rendering import Mode, RenderSettings, render

SETTINGS = RenderSettings("en-GB", "Europe/London")
SCOPE: dict[str, Any] = {
    "name": "Rock & Roll 50% #1",
    "phone": "+49 (30) 9123-45",
    "email": "a+b@example.com",
    "url": "https://x.example/a?b=1&c=2",
    "website": "spree.example/kayaks",
    "items": ["a b", "c&d"],
    "yes": True,
}


def shown(source: str, mode: Mode, **more: Any) -> str:
    return render(source, {**SCOPE, **more}, mode=mode, settings=SETTINGS)


@pytest.mark.parametrize(
    ("source", "address"),
    [
        ("https://m.example/?q={{ name }}&z=3", "https://m.example/?q=Rock%20%26%20Roll%2050%25%20%231&z=3"),
        ("https://m.example/{{ name }}", "https://m.example/Rock%20%26%20Roll%2050%25%20%231"),
        ("https://m.example/?q={{ name | upper }}", "https://m.example/?q=ROCK%20%26%20ROLL%2050%25%20%231"),
        ("https://m.example/?q={{ name | urlencode }}", "https://m.example/?q=Rock%20%26%20Roll%2050%25%20%231"),
        ("https://m.example/?to={{ url }}", "https://m.example/?to=https%3A%2F%2Fx.example%2Fa%3Fb%3D1%26c%3D2"),
        ("https://m.example/?q={% if yes %}{{ name }}{% endif %}", "https://m.example/?q=Rock%20%26%20Roll%2050%25%20%231"),
        ("https://m.example/?{% for i in items %}i={{ i }}&{% endfor %}", "https://m.example/?i=a%20b&i=c%26d&"),
        ("mailto:{{ email }}?subject={{ name }}", "mailto:a+b@example.com?subject=Rock%20%26%20Roll%2050%25%20%231"),
        ("tel:{{ phone }}", "tel:+4930912345"),
        ("sms:{{ phone }}?body={{ name }}", "sms:+4930912345?body=Rock%20%26%20Roll%2050%25%20%231"),
        ("https://{{ website }}", "https://spree.example/kayaks"),
        ("https://{{ name }}.example.com/", "https://Rock%20%26%20Roll%2050%25%20%231.example.com/"),
        ("{{ url }}", "https://x.example/a?b=1&amp;c=2"),
        ("{{ url }}&d={{ name }}", "https://x.example/a?b=1&amp;c=2&d=Rock%20%26%20Roll%2050%25%20%231"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("attribute", ["href", "HREF", "data-x='1' href"])
@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_link_in_an_e_mail_leads_where_it_was_meant(
    source: str, address: str, attribute: str, quote: str
) -> None:
    tag = f"<p>x</p><a {attribute}={quote}{source}{quote}>y</a>"
    assert shown(tag, Mode.HTML) == tag.replace(source, address)


def test_text_beside_a_link_stays_as_it_is() -> None:
    source = '<a href="https://x.example/?a=1">{{ name }}</a> {{ name }} <p title="{{ name }}"></p>'
    plain = "Rock &amp; Roll 50% #1"
    assert shown(source, Mode.HTML) == source.replace("{{ name }}", plain)


@pytest.mark.parametrize("mode", [Mode.TEXT, Mode.SMS])
@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("https://wa.me/1?text={{ name }} Bye", "https://wa.me/1?text=Rock%20%26%20Roll%2050%25%20%231 Bye"),
        ("See https://x.example/{{ name }}!", "See https://x.example/Rock%20%26%20Roll%2050%25%20%231!"),
        ("mailto:a@b.example?subject={{ name }}", "mailto:a@b.example?subject=Rock%20%26%20Roll%2050%25%20%231"),
        ("https://x.example/ {{ name }}", "https://x.example/ Rock & Roll 50% #1"),
        ("(https://x.example/a) {{ name }}", "(https://x.example/a) Rock & Roll 50% #1"),
        ("(https://x.example/a){{ name }}", "(https://x.example/a)Rock & Roll 50% #1"),
        ("Tel:{{ phone }}", "Tel:+49 (30) 9123-45"),
        ("{{ url }}", "https://x.example/a?b=1&c=2"),
        ("Ask? {{ name }}", "Ask? Rock & Roll 50% #1"),
    ],
)  # fmt: skip
def test_a_link_in_a_text_leads_where_it_was_meant(mode: Mode, source: str, text: str) -> None:
    assert shown(source, mode) == text


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Co", "Cn"]), max_size=60)
)
def test_a_receiver_reads_the_very_value_in_every_mode(value: str) -> None:
    source = "https://x.example/?q={{ v }}&z=3"
    for mode in (Mode.HTML, Mode.TEXT, Mode.SMS, Mode.URL):
        whole = f'<a href="{source}">x</a>' if mode is Mode.HTML else source
        link = shown(whole, mode, v=value).removeprefix('<a href="').removesuffix('">x</a>')
        query = parse_qs(urlsplit(link).query, keep_blank_values=True)
        assert query == {"q": [value], "z": ["3"]}


@pytest.mark.parametrize("mode", [Mode.URL, Mode.FORM])
def test_what_is_encoded_already_is_not_encoded_twice(mode: Mode) -> None:
    source = "a=" if mode is Mode.FORM else "https://x.example/?a="
    rendered = shown(source + "{{ name | urlencode }}", mode)
    assert unquote(rendered.partition("a=")[2]) == SCOPE["name"]


# Half of the Latin languages need no letter outside of GSM-7 for a date, a time or a price.
@pytest.mark.parametrize(
    "locale",
    [
        "en-US",
        "en-GB",
        "en-AU",
        "en-CA",
        "en-ZA",
        "de-DE",
        "de-AT",
        "de-CH",
        "fr-CA",
        "fr-CH",
        "fr-FR",
        "es-ES",
        "es-MX",
        "it-IT",
        "nl-NL",
        "nl-BE",
        "pt-PT",
        "sv-SE",
        "da-DK",
        "nb-NO",
        "fi-FI",
        "id-ID",
        "ms-MY",
        "sw-KE",
        "pl-PL",
        "cs-CZ",
        "hu-HU",
        "ro-RO",
        "hr-HR",
        "sl-SI",
        "et-EE",
        "lv-LV",
        "lt-LT",
        "ca-ES",
        "eu-ES",
        "gl-ES",
        "is-IS",
        "af-ZA",
        "pt-BR",
        "es-AR",
    ],
)
def test_times_and_prices_cost_no_second_part_in_latin_script(locale: str) -> None:
    text = render(
        "{{ at | time }} {{ at | date('short') }} {{ price | money }} {{ n | number }}",
        {
            "at": "2027-06-12T22:30:00+00:00",
            "price": {"amount": "1180.00", "currency": "EUR"},
            "n": 1234567.5,
        },
        mode=Mode.SMS,
        settings=RenderSettings(locale, "America/New_York"),
    )
    assert sms_size(text).encoding == "GSM-7", text


def test_typography_stays_where_another_letter_makes_it_ucs_2_anyway() -> None:
    assert shown("“Łeba”…", Mode.SMS) == "“Łeba”…"
    assert sms_size("“Łeba”…").outside == ("“", "Ł", "”", "…")


def test_the_text_part_of_a_link_with_a_value_is_the_link_itself() -> None:
    html = shown('<a href="https://m.example/?q={{ name }}">Map</a>', Mode.HTML)
    assert html_to_text(html) == "Map (https://m.example/?q=Rock%20%26%20Roll%2050%25%20%231)"
