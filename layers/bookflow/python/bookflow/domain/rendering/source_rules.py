"""What a mode asks of the template's own text, beyond the syntax."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from jinja2 import nodes

from bookflow.domain.rendering.modes import Mode
from bookflow.domain.rendering.problems import TemplateProblem
from bookflow.domain.rendering.syntax import LINK
from bookflow.domain.shared.html_tags import HtmlError, Tag, pieces

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

    The template is read as if each block were there once and each variable were one letter. A
    variable may stand in the text or in an attribute's value within quotes. One that begins a link's
    address is marked to have its scheme checked.
    """
    literals: list[tuple[int, nodes.TemplateData]] = []
    variables: dict[int, tuple[nodes.Output, int]] = {}
    written: list[str] = []
    at = 0
    for output in tree.find_all(nodes.Output):
        for position, node in enumerate(output.nodes):
            if isinstance(node, nodes.TemplateData):
                literals.append((at, node))
                written.append(node.data)
            else:
                variables[at] = output, position
                written.append("x")
            at += len(written[-1])
    text = "".join(written)
    try:
        for tag in pieces(text):
            if isinstance(tag, Tag):
                yield from _variables_in(tag, text, variables)
    except HtmlError as error:
        yield TemplateProblem(_line_at(error.at, literals), error.message, error.remedy)


def _variables_in(
    tag: Tag, text: str, variables: Mapping[int, tuple[nodes.Output, int]]
) -> Iterator[TemplateProblem]:
    """Check the variables in a tag, or in the content of a script or style."""
    unsafe = dict.fromkeys(
        [at for at in range(tag.start, tag.content_end) if at in variables],
        "inside of a tag without quotes",
    )
    if not unsafe:
        return
    for name, value in tag.quoted_values():
        is_beginning = name in _LINK_ATTRIBUTES
        for at in value:
            if at not in unsafe:
                is_beginning = is_beginning and text[at].isspace()
            elif name.startswith("on"):
                unsafe[at] = f"inside of the attribute {name[:40]}"
            else:
                del unsafe[at]
                if is_beginning:
                    output, position = variables[at]
                    node = output.nodes[position]
                    output.nodes[position] = nodes.Filter(
                        node, LINK, [], [], None, None, lineno=node.lineno
                    )
    for at, place in unsafe.items():
        output, position = variables[at]
        where = place if at < tag.end else f"inside of a {tag.name} element"
        yield TemplateProblem(
            output.nodes[position].lineno,
            f"a variable is not allowed {where}.",
            "Put it in the text, or in an attribute's value within quotes.",
        )


def _line_at(at: int, literals: Sequence[tuple[int, nodes.TemplateData]]) -> int:
    """Return the line of an offset, by the literal text there or before it."""
    line = 1
    for start, literal in literals:
        if start <= at:
            line = literal.lineno + literal.data.count("\n", 0, at - start)
    return line


_RULES: dict[Mode, Callable[[nodes.Template, str], Iterator[TemplateProblem]]] = {
    Mode.FORM: _form,
    Mode.HEADER: _header,
    Mode.HTML: _html,
    Mode.URL: _url,
}
