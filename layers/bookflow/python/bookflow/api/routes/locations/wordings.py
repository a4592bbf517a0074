"""The words that Bookflow adds, for operators who word them themselves; the settings keep theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import CallArg, Id, Input, View
from bookflow.api.rates import RENDERING
from bookflow.api.routing import Audit, Resource
from bookflow.domain.bookings.location_settings import MAX_WORDING, WordedLanguage
from bookflow.domain.bookings.records import Location
from bookflow.domain.messages.wording import (
    languages,
    own_text_problem,
    text_direction,
    worded_texts,
    wording_for,
)
from bookflow.domain.shared.errors import NotFoundError
from bookflow.domain.shared.locales import known_locale, language_of
from bookflow.pages.word_samples import WordSample, word_samples

resource = Resource("wordings")

LanguagePath = Annotated[str, Path(max_length=35, description="A BCP 47 tag, such as de")]


class WordedTextView(View):
    """A text that Bookflow adds."""

    id: str = Field(description="For `wordings` of the settings")
    part: str = Field(description="The part of Bookflow that it stands in")
    title: str = Field(description="What it is there")
    text: str = Field(description="What readers see where the location says nothing else")
    english: str
    values: tuple[str, ...] = Field(description="What it may name, as it is written in the text")


class WordsView(View):
    """The texts that Bookflow adds, in one language."""

    language: str
    direction: str = Field(description="`ltr` or `rtl`")
    is_translated: bool = Field(description="Whether Bookflow has the language; else in English")
    texts: tuple[WordedTextView, ...]


class WordsPreviewRequest(Input):
    """A location's own words in one language, saved or not."""

    language: WordedLanguage
    texts: dict[str, Annotated[str, Field(max_length=MAX_WORDING)]] = Field(max_length=200)


class WordingProblemView(View):
    """What is wrong with one of the texts."""

    id: str
    message: str
    remedy: str


class WordsPreviewView(View):
    """How the words come out, without those that have a problem."""

    problems: tuple[WordingProblemView, ...]
    samples: tuple[WordSample, ...]


@resource.get("/wordings/<language>", Role.VIEWER)
def read_wordings(call: CallArg, location_id: Id, language: LanguagePath) -> WordsView:
    """Return the texts that Bookflow adds, as they are without the location's own words."""
    if known_locale(language) is None:
        raise NotFoundError("there is no such language", field="language")
    say, english = wording_for([language]), wording_for(["en"])
    return WordsView(
        language=language,
        direction=text_direction(language),
        is_translated=language_of(language) in languages(),
        texts=tuple(
            WordedTextView(
                id=each.id,
                part=each.part,
                title=each.title,
                text=say.texts[each.id],
                english=english.texts[each.id],
                values=each.values,
            )
            for each in worded_texts()
        ),
    )


@resource.post("/wordings/preview", Role.VIEWER, audit=Audit.NOTHING, limit=RENDERING)
def preview_wordings(call: CallArg, location_id: Id, body: WordsPreviewRequest) -> WordsPreviewView:
    """Check a location's own words in one language, and show the pages and e-mails with them."""
    location = call.ports.bookings.location(location_id).effective or Location(id=location_id)
    own = {**location.wordings, body.language: body.texts}
    return WordsPreviewView(
        problems=tuple(_problems(body.texts)),
        samples=tuple(word_samples(location, body.language, own)),
    )


def _problems(texts: Mapping[str, str]) -> Iterator[WordingProblemView]:
    for key, text in texts.items():
        if problem := own_text_problem(key, text):
            yield WordingProblemView(id=key, message=problem[0], remedy=problem[1])
