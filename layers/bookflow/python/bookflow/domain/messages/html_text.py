"""Writes an HTML message as plain text, for mail programs that show no HTML."""

from __future__ import annotations

import re

from bookflow.domain.shared.html_tags import Tag, pieces

_UNSEEN = frozenset({"head", "script", "style", "template", "title"})
_PARAGRAPHS = frozenset(
    {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "table", "ul"}
)
_LINES = frozenset({"address", "article", "div", "footer", "header", "li", "section", "tr"})


def html_to_text(html: str) -> str:
    """Return the readable text: a line a block, `- ` before list items, links with their address.

    What is inside of `head`, `style` or `script` is left out; a link whose text is its address
    is written once.

    Raises:
        HtmlError: The HTML cannot be read; what `render` returns always can.
    """
    writer = _Writer()
    for piece in pieces(html):
        if isinstance(piece, str):
            writer.text(piece)
        elif piece.is_end:
            writer.end(piece.name)
        else:
            writer.start(piece)
    return writer.written()


class _Writer:
    def __init__(self) -> None:
        self._parts: list[str] = []
        self._unseen = 0
        self._at_line_start = True
        self._link: tuple[str, int] | None = None

    def start(self, tag: Tag) -> None:
        name = tag.name
        if name in _UNSEEN:
            self._unseen += 1
        self._break(name)
        if name == "br":
            self._add("\n")
        elif name == "li":
            self._add("- ")
        elif name == "hr":
            self._add("---\n\n")
        elif name in ("td", "th"):
            self._add(" ")
        elif name == "img":
            self.text(tag.attributes.get("alt", ""))
        elif name == "a":
            self._end_link()  # Links do not nest: a new one ends the one before.
            self._link = (tag.attributes.get("href", ""), len(self._parts))

    def end(self, name: str) -> None:
        if name in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if name == "a":
            self._end_link()
        self._break(name)

    def text(self, data: str) -> None:
        if not self._unseen:
            self._add(re.sub(r"\s+", " ", data))

    def _end_link(self) -> None:
        if self._link is None:
            return
        (address, begin), self._link = self._link, None
        label = "".join(self._parts[begin:]).strip()
        if address.startswith(("http://", "https://", "mailto:", "tel:")):
            bare = address.removeprefix("mailto:").removeprefix("tel:")
            if bare != label:
                self._add(f" ({bare})" if label else bare)

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._add("\n\n")
        elif tag in _LINES and not self._at_line_start:
            self._add("\n")

    def _add(self, part: str) -> None:
        self._parts.append(part)
        if part.strip(" "):
            self._at_line_start = part.endswith("\n")

    def written(self) -> str:
        lines = [" ".join(line.split()) for line in "".join(self._parts).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
