"""The tags by which operators sort their workflows."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

MAX_TAGS = 10

Tag = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]*$"
    ),
]


def _each_once(tags: tuple[str, ...]) -> tuple[str, ...]:
    """Return the tags in their order, each as it is written first; capitals make no other tag."""
    first: dict[str, str] = {}
    for tag in tags:
        first.setdefault(tag.casefold(), tag)
    return tuple(first.values())


Tags = Annotated[
    tuple[Tag, ...],
    Field(max_length=MAX_TAGS, description="Words to sort workflows by; capitals do not count"),
    AfterValidator(_each_once),
]
