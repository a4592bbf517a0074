"""Dates, times, money and numbers as people of a place write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from bookflow.domain.rendering import Mode, RenderSettings, TemplateError, render

LONDON = RenderSettings("en-GB", "Europe/London")
PLACES = {
    "en-GB": LONDON,
    "de-DE": RenderSettings("de-DE", "Europe/Berlin"),
    "fr-FR": RenderSettings("fr-FR", "Europe/Paris"),
    "ja-JP": RenderSettings("ja-JP", "Asia/Tokyo"),
}
SCOPE: dict[str, Any] = {
    "booking": {
        "start_time": "2026-12-12T10:00:00Z",
        "summer": datetime(2026, 7, 1, 10, tzinfo=UTC),
        "day": date(2026, 12, 12),
        "total": {"amount": "1234.5", "currency": "EUR"},
        "amount": Decimal("1234.5"),
        "naive": datetime(2026, 7, 1, 10),
        "local": "2026-07-01T10:00:00",
    }
}


def shown(source: str, settings: RenderSettings = LONDON, mode: Mode = Mode.TEXT) -> str:
    return (
        render(source, SCOPE, mode=mode, settings=settings)
        .replace("\u202f", " ")
        .replace("\xa0", " ")
    )


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("en-GB", "Sat, 12 Dec 2026, 10:00"),
        ("de-DE", "Sa., 12. Dez. 2026, 11:00"),
        ("fr-FR", "sam. 12 déc. 2026, 11:00"),
        ("ja-JP", "2026年12月12日(土) 19:00"),
    ],
)
def test_a_time_without_a_filter_is_written_for_people_in_the_locations_zone(
    place: str, expected: str
) -> None:
    assert shown("{{ booking.start_time }}", PLACES[place]) == expected


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("en-GB", "€1,234.50"),
        ("de-DE", "1.234,50 €"),
        ("fr-FR", "1 234,50 €"),
        ("ja-JP", "€1,234.50"),
    ],
)
def test_money_is_written_with_its_currency(place: str, expected: str) -> None:
    assert shown("{{ booking.total }}", PLACES[place]) == expected
    assert shown("{{ booking.amount | money('EUR') }}", PLACES[place]) == expected


def test_a_currency_without_cents_has_none() -> None:
    assert shown("{{ '5000' | money('JPY') }}") == "JP¥5,000"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ booking.start_time | date }}", "12 Dec 2026"),
        ("{{ booking.start_time | date('full') }}", "Saturday 12 December 2026"),
        ("{{ booking.start_time | date('yMMMEd') }}", "Sat, 12 Dec 2026"),
        ("{{ booking.start_time | time }}", "10:00"),
        ("{{ booking.start_time | weekday }}", "Saturday"),
        ("{{ booking.start_time | weekday('short') }}", "Sat"),
        ("{{ booking.start_time | iso }}", "2026-12-12T10:00:00+00:00"),
        ("{{ booking.summer | iso }}", "2026-07-01T11:00:00+01:00"),
        ("{{ booking.summer | time }}", "11:00"),
        ("{{ booking.day | date }}", "12 Dec 2026"),
        ("{{ booking.day }}", "12 Dec 2026"),
        ("{{ '2026-12-12' | weekday }}", "Saturday"),
        ("{{ booking.amount | number }}", "1,234.5"),
        ("{{ booking.amount | number(2) }}", "1,234.50"),
        ("{{ 1234567 | number(0) }}", "1,234,567"),
        ("{{ '12.50 GBP' | money }}", "£12.50"),
    ],
)
def test_filters_format(source: str, expected: str) -> None:
    assert shown(source).replace("Saturday, 12", "Saturday 12") == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-29T00:59:00Z", "00:59"),
        ("2026-03-29T01:00:00Z", "02:00"),
        ("2026-10-25T00:30:00Z", "01:30"),
        ("2026-10-25T01:30:00Z", "01:30"),
        ("2026-10-25T02:00:00Z", "02:00"),
    ],
)
def test_the_clock_changes_with_summer_time(moment: str, expected: str) -> None:
    assert shown(f"{{{{ '{moment}' | time }}}}") == expected


def test_the_day_is_that_of_the_location() -> None:
    source = "{{ '2026-12-31T23:30:00Z' | date('short') }}"
    assert shown(source, PLACES["ja-JP"]) == "2027/01/01"
    assert shown(source) == "31/12/2026"


def test_machines_get_times_in_rfc_3339() -> None:
    url = shown("https://a.example/?t={{ booking.start_time }}", mode=Mode.URL)
    assert url == "https://a.example/?t=2026-12-12T10%3A00%3A00Z"
    body = shown('{"t": "{{ booking.start_time }}", "m": {{ booking.total }}}', mode=Mode.JSON)
    assert body == '{"t":"2026-12-12T10:00:00Z","m":{"amount":"1234.5","currency":"EUR"}}'
    note = shown('{"text": "Starts {{ booking.start_time }}"}', mode=Mode.JSON)
    assert note == '{"text":"Starts Sat, 12 Dec 2026, 10:00"}'


@pytest.mark.parametrize(
    "source",
    [
        "{{ booking.naive }}",
        "{{ booking.naive | date }}",
        "{{ booking.local | time }}",
        "{{ booking.amount | money }}",
        "{{ booking.amount | money('ZZZ') }}",
        "{{ booking.amount | money('euro') }}",
        "{{ booking.day | time }}",
        "{{ booking.start_time | date('DD.MM') }}",
        "{{ '0001-01-01T00:00:00+14:00' | date }}",
        "{{ '2026-13-45T10:00:00Z' | date }}",
        "{{ booking.start_time | weekday('x') }}",
    ],
)
def test_what_cannot_be_formatted_is_refused_with_a_remedy(source: str) -> None:
    with pytest.raises(TemplateError) as refusal:
        shown(source)
    assert refusal.value.remedy
    assert refusal.value.line == 1


@pytest.mark.parametrize(
    "settings",
    [RenderSettings("xx-YY-!", "Europe/London"), RenderSettings("en-GB", "../etc/passwd")],
)
def test_unknown_settings_are_named(settings: RenderSettings) -> None:
    with pytest.raises(TemplateError, match="location's"):
        shown("{{ booking.start_time }}", settings)
