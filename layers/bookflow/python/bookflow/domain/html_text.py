"""Writes an HTML message as plain text, for mail programs that show no HTML."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_UNSEEN = frozenset({"head", "script", "style", "template", "title"})
_PARAGRAPHS = frozenset(
    {"blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "ol", "p", "table", "ul"}
)
_LINES = frozenset({"address", "article", "div", "footer", "header", "li", "section", "tr"})


def html_to_text(html: str) -> str:
    """Return the readable text: a line a block, `- ` before list items, links with their address.

    What is inside of `head`, `style` or `script` is left out; a link whose text is its address
    is written once.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._unseen = 0
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNSEEN:
            self._unseen += 1
        given = dict(attrs)
        self._break(tag)
        if tag == "br":
            self._parts.append("\n")
        elif tag == "li":
            self._parts.append("- ")
        elif tag == "hr":
            self._parts.append("---\n\n")
        elif tag in ("td", "th"):
            self._parts.append(" ")
        elif tag == "img":
            self.handle_data(given.get("alt") or "")
        elif tag == "a":
            self._links.append((given.get("href") or "", len(self._parts)))

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen = max(0, self._unseen - 1)
        if tag == "a" and self._links:
            address, begin = self._links.pop()
            label = "".join(self._parts[begin:]).strip()
            if address.startswith(("http://", "https://", "mailto:", "tel:")):
                bare = address.removeprefix("mailto:").removeprefix("tel:")
                if bare != label:
                    self._parts.append(f" ({bare})" if label else bare)
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self._parts.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if tag in _PARAGRAPHS:
            self._parts.append("\n\n")
        elif tag in _LINES and not self._at_line_start:
            self._parts.append("\n")

    @property
    def _at_line_start(self) -> bool:
        written = next((part for part in reversed(self._parts) if part.strip(" ")), "\n")
        return written.endswith("\n")

    def text(self) -> str:
        lines = [" ".join(line.split()) for line in "".join(self._parts).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
