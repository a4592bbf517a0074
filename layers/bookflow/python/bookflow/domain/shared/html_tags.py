"""Reads the HTML of e-mails tag by tag, strictly and in one pass: what is not plain is refused."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html.entities import html5

MAX_TAGS = 8_000
"""Tags and comments of one e-mail; reading them costs more than reading their characters."""

_ATTRIBUTE = r"""([^\s"'<>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s"'<>]++))?+"""
_TEXT = re.compile(r"(?:[^<]++|<(?![a-zA-Z/!?<]))++")
_ASIDE = re.compile(
    r"<!--.*?-->|<!doctype[^<>]*+>|<!\[(?:if|endif)[^\[\]<>]*+\]>|<\?[^<>]*+>",
    re.IGNORECASE | re.DOTALL,
)
_TAG = re.compile(
    r"<(?:/([a-zA-Z][\w:.-]*+)\s*+>"
    rf"|([a-zA-Z][\w:.-]*+)((?:[\s/](?:[\s/]++|{_ATTRIBUTE})*+)?+)>)",
    re.ASCII,
)
_REFERENCE = re.compile(r"&(?:#(?:[0-9]+|[xX][0-9a-fA-F]+);?|[A-Za-z][A-Za-z0-9]{0,31};?)")
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_RAW_ENDS = {name: re.compile(rf"</{name}\s*+>", re.IGNORECASE) for name in ("script", "style")}


class HtmlError(ValueError):
    """The HTML is not plain.

    Args:
        at: Where the problem begins, in characters.
        message: What is wrong; never a piece of the HTML.
        remedy: What to do, as a sentence.
    """

    def __init__(self, at: int, message: str, remedy: str) -> None:
        super().__init__(message)
        self.at = at
        self.message = message
        self.remedy = remedy


@dataclass(frozen=True)
class Tag:
    """A start tag, or an end tag; offsets are those in the HTML.

    Attributes:
        name: In small letters.
        is_end: Whether it is an end tag.
        start: Where it begins.
        name_end: Behind the name.
        end: Behind the tag.
        content_end: For `script` and `style` behind their content, which is no HTML; else `end`.
        written: The attributes.
    """

    name: str
    is_end: bool
    start: int
    name_end: int
    end: int
    content_end: int
    written: str = ""

    @cached_property
    def attributes(self) -> dict[str, str]:
        """The values by their names in small letters; of a repeated one the first, as in HTML."""
        found: dict[str, str] = {}
        for name, value in _ATTRIBUTES.findall(self.written):
            bare = value[1:-1] if value[:1] in ("'", '"') else value
            found.setdefault(name.lower(), unescape_attribute(bare))
        return found

    def quoted_values(self) -> Iterator[tuple[str, range]]:
        """Yield each attribute with a value in quotes, its name in small letters, and where the value is."""
        for found in _ATTRIBUTES.finditer(self.written):
            if (found[2] or "").startswith(("'", '"')):
                start, end = found.span(2)
                yield found[1].lower(), range(self.name_end + start + 1, self.name_end + end - 1)


def unescape_attribute(value: str) -> str:
    """Return the value of an attribute with its character references undone.

    A name without its `;` before `=`, a letter or a digit is no reference there, unlike in text: an
    address keeps its `&currency=EUR` (HTML standard, "named character reference state").
    """
    return _REFERENCE.sub(_character, value)


def _character(reference: re.Match[str]) -> str:
    written = reference[0]
    if written.startswith("&#"):
        return html.unescape(written)
    # The longest name that begins here counts; without its `;`, what follows decides.
    for end in range(len(written), 2, -1):
        character = html5.get(written[1:end])
        if character is not None:
            following = reference.string[reference.start() + end :][:1]
            goes_on = following == "=" or (following.isascii() and following.isalnum())
            closed = written[end - 1] == ";"
            return written if goes_on and not closed else character + written[end:]
    return written


def pieces(source: str) -> Iterator[str | Tag]:
    """Yield texts, with their character references undone, and tags; comments are passed over.

    The content of `script` and `style` is not yielded. The standard library's parser is not used:
    on tags that are not closed its time grows with the square of their number, and on a stray
    `<![` it fails.

    Raises:
        HtmlError: A tag, a comment or quotes are not closed, a `<` is meant as text, or there
            are more than `MAX_TAGS`.
    """
    at = count = 0
    while at < len(source):
        if text := _TEXT.match(source, at):
            yield html.unescape(text[0])
            at = text.end()
            continue
        count += 1
        if count > MAX_TAGS:
            raise HtmlError(
                at, f"there are more than {MAX_TAGS:,} tags.", "Shorten the text or its lists."
            )
        if aside := _ASIDE.match(source, at):
            at = aside.end()
            continue
        tag = _TAG.match(source, at)
        if tag is None:
            raise _not_plain(source, at)
        name, end = (tag[1] or tag[2]).lower(), tag.end()
        at = end
        if name in _RAW_ENDS and not tag[1]:
            closed = _RAW_ENDS[name].search(source, at)
            if closed is None:
                raise HtmlError(
                    tag.start(), f"the element {name} is not closed.", f"End it with </{name}>."
                )
            at = closed.start()
        name_end = tag.end(1) if tag[1] else tag.end(2)
        yield Tag(name, bool(tag[1]), tag.start(), name_end, end, at, tag[3] or "")


def _not_plain(source: str, at: int) -> HtmlError:
    if source.startswith("<!--", at):
        return HtmlError(at, "a comment is not closed.", "End it with -->.")
    return HtmlError(
        at,
        "a tag is not closed, or is no tag.",
        "End tags with > and values with their quote; write &lt; for the sign < itself.",
    )


def require_plain(source: str) -> None:
    """Read all of it.

    Raises:
        HtmlError: See `pieces`.
    """
    for _ in pieces(source):
        pass
