"""A text from outside names a language or nothing: never a file."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bookflow.domain.bookings.location_settings import LocationSettings
from bookflow.domain.messages.wording import languages, wording_for
from bookflow.domain.rendering import Mode, RenderSettings, TemplateError, render
from bookflow.domain.shared.locales import known_locale
from bookflow.domain.templates.compose import settings_for
from tests.unit.actions.samples import LOCATION

HOSTILE = [
    "../../x",
    "de-DE@../../x",
    "de@../../../etc/passwd",
    "/etc/passwd",
    "..",
    "de/../en",
    "de\0",
]


@pytest.mark.parametrize(
    "tag", ["en", "de-DE", "de_AT", "zh-Hant-TW", "sr-Latn-RS", "fil", "es-419"]
)
def test_languages_are_known(tag: str) -> None:
    assert known_locale(tag) is not None


@pytest.mark.parametrize("tag", [*HOSTILE, "", "xx", "xx-nowhere", "english", "de-DE.UTF-8"])
def test_anything_else_is_not(tag: str) -> None:
    assert known_locale(tag) is None


@pytest.mark.parametrize("tag", HOSTILE)
def test_no_setting_of_anybody_reaches_a_file(tag: str) -> None:
    with pytest.raises(ValueError, match="language that is known"):
        LocationSettings(locale=tag)
    assert settings_for(LOCATION, tag).locale == LOCATION.locale
    assert wording_for([tag]).language in languages()
    moment = {"event": {"at": datetime(2026, 11, 1, tzinfo=UTC)}}
    with pytest.raises(TemplateError, match="locale is not known"):
        render("{{ event.at | date }}", moment, mode=Mode.TEXT, settings=RenderSettings(tag, "UTC"))
