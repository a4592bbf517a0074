"""What a mode asks of the template's own text, beyond the syntax."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from jinja2 import nodes

from bookflow.domain.rendering.modes import Mode
from bookflow.domain.rendering.problems import TemplateProblem
from bookflow.domain.rendering.syntax import LINK
from bookflow.domain.shared.html_tags import HtmlError, require_plain

_NOT_IN_HEADER = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LINK_ATTRIBUTES = frozenset({"href", "src", "action", "formaction", "background", "xlink:href"})
_NOT_IN_URL = re.compile(r"[\s\x00-\x20\x7f-\x9f\\]")


def problems(tree: nodes.Template, source: str, mode: Mode) -> list[TemplateProblem]:
    """Return what the mode refuses in a template whose syntax is allowed."""
    rule = _RULES.get(mode)
    return [] if rule is None else list(rule(tree, source))


def _header(_: nodes.Template, source: str) -> Iterator[TemplateProblem]:
    found = _NOT_IN_HEADER.search(source)
    if found:
        yield TemplateProblem(
            source.count("\n", 0, found.start()) + 1,
            "a subject or header cannot hold a line break or control character.",
            "Write it on one line.",
        )


def _url(tree: nodes.Template, source: str) -> Iterator[TemplateProblem]:
    # White space around a URL is a slip of the hand; inside of it, it is another URL.
    pieces = list(tree.find_all(nodes.TemplateData))
    for index, piece in enumerate(pieces):
        text = piece.data
        text = text.lstrip() if index == 0 else text
        text = text.rstrip() if index == len(pieces) - 1 else text
        if _NOT_IN_URL.search(text):
            yield TemplateProblem(
                piece.lineno,
                "a URL cannot hold white space, control characters or backslashes.",
                "Write %20 for a space.",
            )


def _form(tree: nodes.Template, source: str) -> Iterator[TemplateProblem]:
    written = "".join(piece.data for piece in tree.find_all(nodes.TemplateData)).strip()
    if "=" not in written or written.startswith(("{", "[", "<")):
        yield TemplateProblem(
            1,
            "a form is written as name=value, with & between its fields.",
            "Write it like name={{ customer.first_name }}&phone={{ customer.phone }}, or choose "
            "another body type.",
        )


def _html(tree: nodes.Template, source: str) -> Iterator[TemplateProblem]:
    """Refuse tags that are not plain, and variables where escaping for HTML does not help.

    Such places are scripts, styles and bare attributes. A variable that begins a link's address
    stays, and is marked to have its scheme checked.
    """
    place = _HtmlPlace()
    for output in tree.find_all(nodes.Output):
        for position, node in enumerate(output.nodes):
            if isinstance(node, nodes.TemplateData):
                place.read(node.data)
            elif place.begins_link:
                output.nodes[position] = _marked_as_link(node)
            elif place.is_unsafe:
                yield TemplateProblem(
                    node.lineno,
                    f"a variable is not allowed {place.description}.",
                    "Put it in the text, or in an attribute's value within quotes.",
                )
    yield from _not_plain([*tree.find_all(nodes.TemplateData)])


def _not_plain(literals: list[nodes.TemplateData]) -> Iterator[TemplateProblem]:
    """Read the literal text as if each block were there once and no variable had a value."""
    try:
        require_plain("".join(literal.data for literal in literals))
    except HtmlError as error:
        left = error.at
        for literal in literals:
            if left < len(literal.data):
                line = literal.lineno + literal.data.count("\n", 0, left)
                yield TemplateProblem(line, error.message, error.remedy)
                return
            left -= len(literal.data)


def _marked_as_link(node: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(node, LINK, [], [], None, None, lineno=node.lineno)


class _HtmlPlace:
    """Follows the literal text of an HTML template far enough to know where a variable stands."""

    _OPEN = re.compile(r"<!--|<(/?)([a-zA-Z][^\s/>]*)")
    _IN_TAG = re.compile(r"""([^\s"'<>/=]++)(\s*+=\s*+(["']?))?|[^\s]""")

    def __init__(self) -> None:
        self._element = ""  # The raw-text element that we are in: script or style.
        self._tag = ""
        self._closing = False
        self._attribute = ""
        self._quote = ""
        self._comment = False
        self._value_begun = False
        self._half_open = False

    @property
    def begins_link(self) -> bool:
        """Whether a variable here decides an address's scheme."""
        return bool(self._tag and self._quote) and (
            self._attribute in _LINK_ATTRIBUTES and not self._value_begun
        )

    @property
    def is_unsafe(self) -> bool:
        """Whether a variable here could do more than show its text."""
        if self._half_open or (self._element and not self._tag):
            return True
        return bool(self._tag) and (not self._quote or self._attribute.startswith("on"))

    @property
    def description(self) -> str:
        """Where the variable stands, for the message."""
        if self._element and not self._tag:
            return f"inside of a {self._element} element"
        if self._quote:
            return f"inside of the attribute {self._attribute[:40]}"
        return "inside of a tag without quotes"

    def read(self, text: str) -> None:
        """Move past a piece of literal text."""
        position = 0
        while position < len(text):
            position = self._step(text, position)
        self._half_open = not self._tag and text.endswith(("<", "</"))

    def _step(self, text: str, at: int) -> int:
        if self._comment:
            return self._until(text, at, "-->", "_comment", False)
        if self._quote:
            self._value_begun = True
            return self._until(text, at, self._quote, "_quote", "")
        if self._tag:
            return self._inside_tag(text, at)
        if self._element:
            end = re.compile(f"</{self._element}", re.IGNORECASE).search(text, at)
            if end is None:
                return len(text)
            self._element = ""
            return end.start()
        found = self._OPEN.search(text, at)
        if found is None:
            return len(text)
        if found[0] == "<!--":
            self._comment = True
        else:
            self._closing, self._tag = bool(found[1]), found[2].lower()
        return found.end()

    def _until(self, text: str, at: int, end: str, flag: str, value: object) -> int:
        position = text.find(end, at)
        if position < 0:
            return len(text)
        setattr(self, flag, value)
        return position + len(end)

    def _inside_tag(self, text: str, at: int) -> int:
        found = self._IN_TAG.search(text, at)
        if found is None:
            return len(text)
        if found[0] == ">":
            if self._tag in ("script", "style") and not self._closing:
                self._element = self._tag
            self._tag = ""
        elif found[2]:
            self._attribute, self._quote = found[1].lower(), found[3]
            self._value_begun = False
        return found.end()


_RULES: dict[Mode, Callable[[nodes.Template, str], Iterator[TemplateProblem]]] = {
    Mode.FORM: _form,
    Mode.HEADER: _header,
    Mode.HTML: _html,
    Mode.URL: _url,
}
