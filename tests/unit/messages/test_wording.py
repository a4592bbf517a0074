"""The words that Bookflow adds: complete in each language, in the direction that it is read."""

from __future__ import annotations

import re

import pytest

from bookflow.domain.bookings.records import Location
from bookflow.domain.messages.wording import languages, text_direction, wording, wording_for
from bookflow.domain.templates.compose import settings_for

PLACEHOLDER = re.compile(r"{+ ?[\w.| ()']+ ?}+")
LANGUAGES = {"ar", "de", "en", "es", "fr", "he", "it", "nl", "pl", "pt"}
SAME_IN_ENGLISH = {"optional", "details_date", "details_total"}


def test_there_is_a_catalogue_for_each_language() -> None:
    assert languages() == LANGUAGES


@pytest.mark.parametrize("language", sorted(LANGUAGES - {"en"}))
def test_every_text_is_translated_with_the_same_values(language: str) -> None:
    english, own = wording("en").texts, wording(language).texts
    assert own.keys() == english.keys()
    for key, text in own.items():
        assert text != english[key] or key in SAME_IN_ENGLISH, key
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(english[key])), key
        assert not set(text) & set("<>&"), f"{key} would be markup in an e-mail"


@pytest.mark.parametrize(
    ("tags", "language"),
    [
        (["fr-CA", "de"], "fr"),
        ([None, "pt_BR"], "pt"),
        (["ja-JP", "he-IL"], "he"),
        (["da;q=0.9, nl;q=0.5"], "nl"),
        (["ja-JP", None], "en"),
    ],
)
def test_the_first_language_with_words_is_taken(tags: list[str | None], language: str) -> None:
    assert wording_for(tags).language == language


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_location_without_a_name_is_described_and_a_name_stays_as_it_is(language: str) -> None:
    say = wording(language)
    for key in ("closed_text", "thanks_text", "unsubscribed_text"):
        shown = say.about("", key, address="a…@example.com")
        assert say("someone").casefold() in shown.casefold()
        assert shown[0] == shown[0].upper() or shown.startswith("a…@")
        assert "eKayak" in say.about("eKayak", key, address="a…@example.com")


@pytest.mark.parametrize("sign", "?!;:")
def test_french_has_a_no_break_space_before_these_signs(sign: str) -> None:
    say = wording("fr")
    for text in (*say.texts.values(), f"Quand{say.colon}"):
        assert re.sub(r"{{.*?}}", "", text).count(sign) == text.count(f"\u00a0{sign}"), text


@pytest.mark.parametrize("tag", ["ar", "he-IL", "fa-IR", "ur-PK", "ps-AF", "ckb-IQ", "yi", "ug-CN"])
def test_these_languages_are_read_from_the_right(tag: str) -> None:
    assert text_direction(tag) == "rtl"


@pytest.mark.parametrize("tag", ["en", "de-DE", "ja-JP", "az", "no-such-language", ""])
def test_others_are_read_from_the_left(tag: str) -> None:
    assert text_direction(tag) == "ltr"


@pytest.mark.parametrize(
    ("language", "reader", "home", "locale"),
    [
        ("en", "en-US", "de-DE", "en-US"),  # The reader's region, as the language is the same.
        ("en", "fr-FR", "de-DE", "en-DE"),  # Dates in English, with the day first.
        ("en", None, "ja-JP", "en"),  # CLDR has no English of Japan.
        (None, "fr-FR", "de-AT", "de-AT"),
        (None, "de-CH", "de-AT", "de-CH"),
        ("pt-BR", "pt-PT", "de-DE", "pt-PT"),
        ("pt-BR", None, "de-DE", "pt-BR"),
        ("en", "en-../../x", "en-GB", "en-GB"),
        ("zh-Hans", "zh-TW", "de-DE", "zh-Hans"),  # Dates are not of another script.
    ],
)
def test_dates_are_written_in_the_language_of_the_text(
    language: str | None, reader: str | None, home: str, locale: str
) -> None:
    location = Location(id="l", name="Kayaks", timezone="Europe/Berlin", locale=home)
    assert settings_for(location, reader, language=language).locale == locale
