"""The texts of the pages: one JSON file a language; the English one defines the keys."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

FALLBACK = "en"

_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_;,\s]|$)")


@dataclass(frozen=True)
class Wording:
    """One language's words; called from the templates.

    Attributes:
        language: BCP 47 tag for the page's `lang`.
    """

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text with its values; the template escapes the whole."""
        return self.texts[key].format(**values)


@cache
def wordings() -> Mapping[str, Wording]:
    """Return every language there is a file for."""
    folder = files("bookflow.pages") / "words"
    return {
        language: Wording(language, json.loads((folder / file.name).read_text("utf-8")))
        for file in folder.iterdir()
        if (language := file.name.removesuffix(".json")) != file.name
    }


def wording_for(tags: Iterable[str | None]) -> Wording:
    """Return the words of the first language that there are words for, else English.

    Args:
        tags: BCP 47 tags, or the value of an Accept-Language header; the wished-for first.
    """
    known = wordings()
    for tag in tags:
        for part in (tag or "").split(","):
            found = _TAG.match(part)
            if found and found[1].lower() in known:
                return known[found[1].lower()]
    return known[FALLBACK]
