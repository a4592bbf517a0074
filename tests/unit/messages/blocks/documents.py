"""Short ways to write blocks for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import TypeAdapter

from bookflow.domain.catalogue.samples import sample_context, sample_event
from bookflow.domain.catalogue.step_scope import scope_variables
from bookflow.domain.messages.blocks.compiled import Occasion, compiled
from bookflow.domain.messages.blocks.model import Block, Blocks
from bookflow.domain.messages.html_text import html_to_text
from bookflow.domain.rendering import Mode, RenderSettings, TemplateError, render

_BLOCKS: TypeAdapter[Sequence[Block]] = TypeAdapter(Blocks)

BERLIN = "Europe/Berlin"


def document(*blocks: Mapping[str, Any]) -> Sequence[Block]:
    return _BLOCKS.validate_python(list(blocks))


def block(kind: str, *content: Any, **attrs: Any) -> dict[str, Any]:
    """Write a block; texts in its content become text nodes."""
    inside = [text(each) if isinstance(each, str) else each for each in content]
    return {"type": kind, "attrs": attrs, **({"content": inside} if inside else {})}


def part(kind: str, *content: Any) -> dict[str, Any]:
    """Write a column or a list's item, which have no attributes."""
    return {"type": kind, "content": list(content)}


def text(written: str, *marks: str, link: str | None = None) -> dict[str, Any]:
    made: list[dict[str, Any]] = [{"type": mark} for mark in marks]
    if link is not None:
        made.append({"type": "link", "attrs": {"href": link}})
    return {"type": "text", "text": written, **({"marks": made} if made else {})}


def chip(path: str, **attrs: Any) -> dict[str, Any]:
    return {"type": "variable", "attrs": {"path": path, **attrs}}


def filled(path: str) -> dict[str, Any]:
    return {"variable": path, "operator": "is_not_empty"}


def sample_variables(**customer: Any) -> dict[str, Any]:
    """Return the sample's variables, with other values of the customer."""
    event, context = sample_event("Booking Created"), sample_context()
    scope = dict(scope_variables(event, context, {}, {}))
    return {**scope, "customer": {**scope["customer"], **customer}}


class Rendered(NamedTuple):
    html: str
    text: str


def rendered(
    *blocks: Mapping[str, Any],
    variables: Mapping[str, Any] | None = None,
    language: str = "en-GB",
) -> Rendered:
    """Return the HTML and the text of an e-mail, without its layout."""
    scope = sample_variables() if variables is None else variables
    settings = RenderSettings(language, BERLIN)
    made = compiled(document(*blocks), language, Occasion(scope, BERLIN))
    try:
        html = render(made.html, scope, mode=Mode.HTML, settings=settings)
    except TemplateError as error:
        raise made.in_block(error) from None
    text = render(made.text, scope, mode=Mode.TEXT, settings=settings) or html_to_text(html)
    return Rendered(html, text.strip())
