"""Which Jinja2 syntax a template may use: an allow-list of nodes, filters and tests.

Jinja2's own sandbox guards attributes but bounds neither work nor memory, and a deny-list would
have to name every dangerous thing. Here everything is refused that is not named.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.parser import Parser
from jinja2.visitor import NodeTransformer

from bookflow.domain.rendering import limits
from bookflow.domain.rendering.filters import FILTERS, TESTS, accepts
from bookflow.domain.rendering.problems import TemplateProblem, TemplateSourceError

LOOP_FIELDS: Final = frozenset({"index", "index0", "revindex", "first", "last", "length"})
"""What `loop` offers inside a `for`."""

RESERVED_NAMES: Final = frozenset(
    {"self", "super", "caller", "varargs", "kwargs", "context", "environment"}
    | {"range", "dict", "lipsum", "cycler", "joiner", "namespace"}
)
"""Names that Jinja2 gives a meaning of its own; no variable may bear them."""

COMPARISONS: Final = frozenset({"eq", "ne", "lt", "lteq", "gt", "gteq", "in", "notin"})

_FORMATTING = "Use the filters date, time, money, number or truncate."
_NOT_NEEDED = "Leave it out: values are made safe by the place where they stand."
_FILTER_REMEDIES: Final = {
    "attr": "Write the path with dots, as in booking.start_time.",
    "center": "Use HTML and CSS for layout.",
    "e": _NOT_NEEDED,
    "escape": _NOT_NEEDED,
    "forceescape": _NOT_NEEDED,
    "format": _FORMATTING,
    "map": "Use join with an attribute: {{ booking.participants | join(', ', 'name') }}.",
    "round": "Use number(2).",
    "safe": "Leave it out: values never count as HTML. Write the markup in the template itself.",
    "strftime": "Use date, time or datetime.",
    "tojson": _NOT_NEEDED,
}
_FORBIDDEN_NODES: Final[dict[type[nodes.Node], tuple[str, str]]] = {
    nodes.Call: (
        "functions cannot be called in a template.",
        "Use a filter, as in {{ booking.start_time | date }}.",
    ),
    nodes.Slice: ("a text or list cannot be sliced.", "Use truncate, first or last."),
    nodes.Dict: ("an object cannot be written in an expression.", "Write the object around it."),
    nodes.FilterBlock: ("filter blocks are not allowed.", "Put the filter on each variable."),
}
_ARITHMETIC = ("templates do not calculate.", "Join texts with ~, or send the result as a value.")
_ONLY_BLOCKS = "Only {% if %} and {% for %} are allowed."


def parse(environment: Environment, source: str) -> nodes.Template:
    """Read a template and check all of it against the allow-list.

    Raises `TemplateSourceError` with every problem found.
    """
    _check_size(source)
    try:
        _check_tokens(environment, source)
        # Environment.parse would rewrite tracebacks, at a cost that grows with the lines.
        tree = Parser(environment, source).parse()
    except TemplateSyntaxError as error:
        raise TemplateSourceError([_handlebars(source) or _syntax_problem(error)]) from None
    except (RecursionError, ValueError, OverflowError):
        raise TemplateSourceError([_too_deep(1)]) from None
    problems = list(_too_deeply_nested(tree)) or sorted(
        set(_Checker().problems_in(tree)), key=lambda problem: problem.line
    )
    if problems:
        raise TemplateSourceError(problems)
    return tree


def _check_size(source: str) -> None:
    if source.count("\n") + source.count("\r") > limits.MAX_LINES:
        raise TemplateSourceError(
            [
                TemplateProblem(
                    1,
                    f"the template has more than {limits.MAX_LINES} lines.",
                    "Remove empty lines.",
                )
            ]
        )
    too_big = len(source) > limits.MAX_SOURCE_BYTES
    if too_big or len(source.encode("utf-8", "replace")) > limits.MAX_SOURCE_BYTES:
        raise TemplateSourceError(
            [
                TemplateProblem(
                    1,
                    f"the template is larger than {limits.MAX_SOURCE_BYTES // 1024} KiB.",
                    "Move images and style sheets out of it.",
                )
            ]
        )


_DIGITS = re.compile(r"0[xX][0-9A-Fa-f_]+|[0-9_]+")
_LONG_NUMBER = TemplateProblem(
    1, "a number is too long.", f"Write at most {limits.MAX_NUMBER_CHARACTERS} digits."
)


def _check_tokens(environment: Environment, source: str) -> None:
    """Refuse, before any tree is built, what would be slow to build or huge to hold."""
    if any(len(run[0]) > limits.MAX_DIGIT_RUN for run in _DIGITS.finditer(source)):
        raise TemplateSourceError([_LONG_NUMBER])
    count = depth = 0
    for line, kind, text in environment.lexer.tokeniter(source, None):
        if kind == "whitespace":
            continue
        count += 1
        if count > limits.MAX_TOKENS:
            raise TemplateSourceError(
                [
                    TemplateProblem(
                        line,
                        f"the template has more than {limits.MAX_TOKENS} words and signs in tags.",
                        "Split it, or write plain text in place of variables.",
                    )
                ]
            )
        if kind in ("integer", "float") and len(text) > limits.MAX_NUMBER_CHARACTERS:
            raise TemplateSourceError([replace(_LONG_NUMBER, line=line)])
        if kind == "operator":
            depth += (text in "([{") - (text in ")]}")
            if depth > limits.MAX_EXPRESSION_DEPTH:
                raise TemplateSourceError([_too_deep(line)])


def _too_deep(line: int) -> TemplateProblem:
    return TemplateProblem(
        line, "the expression is nested too deeply.", "Split it into several simpler ones."
    )


def _too_deeply_nested(tree: nodes.Template) -> Iterator[TemplateProblem]:
    """Walk without recursion, since this guards the recursive walks that follow."""
    stack: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    while stack:
        node, depth, blocks = stack.pop()
        if isinstance(node, nodes.If | nodes.For):
            blocks += 1
            depth = 0
        if depth > limits.MAX_EXPRESSION_DEPTH:
            yield _too_deep(node.lineno)
            return
        if blocks > limits.MAX_BLOCK_DEPTH:
            yield TemplateProblem(
                node.lineno,
                f"blocks are nested more than {limits.MAX_BLOCK_DEPTH} deep.",
                "Join conditions with and, or split the template.",
            )
            return
        elifs = {id(branch) for branch in node.elif_} if isinstance(node, nodes.If) else set()
        for child in node.iter_child_nodes():
            # An elif stands beside its if, not inside it.
            stack.append((child, depth + 1, blocks - (id(child) in elifs)))


_HANDLEBARS = re.compile(r"\{\{\{?\s*[#/^>!&]\s*(\w*)")


def _handlebars(source: str) -> TemplateProblem | None:
    """Name the language of a template that was written for another product."""
    found = _HANDLEBARS.search(source)
    if found is None:
        return None
    return TemplateProblem(
        source.count("\n", 0, found.start()) + 1,
        f"{found[0][:40]} is Handlebars or Mustache, another language of templates.",
        "Write {% for item in booking.extras %} … {% endfor %} in place of #each, and "
        "{% if booking.balance %} … {% endif %} in place of #if.",
    )


_TAG = re.compile(r"unknown tag '(\w{1,40})'")


def _syntax_problem(error: TemplateSyntaxError) -> TemplateProblem:
    message = (error.message or "the template cannot be read").rstrip(".")
    tag = _TAG.search(message)
    if tag and tag[1] not in ("endif", "endfor", "else", "elif"):
        return TemplateProblem(error.lineno, f"the tag {tag[1]} is not known.", _ONLY_BLOCKS)
    if tag:
        remedy = f"Remove {{% {tag[1]} %}}, or open its block before it."
        return TemplateProblem(error.lineno, f"{tag[1]} has no block.", remedy)
    if "end of template" in message:
        return TemplateProblem(
            error.lineno,
            "a tag or block is not closed.",
            "Close variables with }} and blocks with {% endif %} or {% endfor %}.",
        )
    if message.startswith("Expected an expression"):
        return TemplateProblem(
            error.lineno,
            "a name or value is expected here.",
            "Write it between the braces, as in {{ customer.first_name }}.",
        )
    if "end of print statement" in message:
        return TemplateProblem(
            error.lineno,
            "there is more than one thing between {{ and }}.",
            "Write names without spaces, as in {{ customer.first_name }}.",
        )
    if len(message) > 200:
        message = "the text between the braces cannot be read"
    return TemplateProblem(
        error.lineno,
        message[:1].lower() + message[1:] + ".",
        "Check the braces and quotes: {{ customer.first_name }}, {% if … %} … {% endif %}.",
    )


class _Checker:
    """Collects what the allow-list refuses."""

    def problems_in(self, node: nodes.Node, *, in_loop: bool = False) -> Iterator[TemplateProblem]:
        """Yield every problem in a node and below it."""
        check = self._checks.get(type(node))
        if check is None:
            yield self._refused(node)
            return
        yield from check(self, node, in_loop)

    def _below(self, node: nodes.Node, in_loop: bool) -> Iterator[TemplateProblem]:
        for child in node.iter_child_nodes():
            yield from self.problems_in(child, in_loop=in_loop)

    @staticmethod
    def _refused(node: nodes.Node) -> TemplateProblem:
        line = _line_of(node)
        if isinstance(node, nodes.BinExpr | nodes.UnaryExpr):
            return TemplateProblem(line, *_ARITHMETIC)
        if type(node) in _FORBIDDEN_NODES:
            return TemplateProblem(line, *_FORBIDDEN_NODES[type(node)])
        name = type(node).__name__.lower()
        return TemplateProblem(line, f"{name} is not allowed in a template.", _ONLY_BLOCKS)

    def _plain(self, node: nodes.Node, in_loop: bool) -> Iterator[TemplateProblem]:
        return self._below(node, in_loop)

    def _for(self, node: nodes.For, in_loop: bool) -> Iterator[TemplateProblem]:
        if not isinstance(node.target, nodes.Name):
            yield TemplateProblem(
                node.lineno,
                "a loop has more than one name.",
                "Write {% for guest in booking.participants %}.",
            )
            return
        if node.recursive:
            yield TemplateProblem(node.lineno, "loops cannot be recursive.", _ONLY_BLOCKS)
        if node.target.name == "loop":
            yield TemplateProblem(node.lineno, "loop is no name of yours.", "Choose another name.")
        yield from self._name(node.target, in_loop)
        yield from self.problems_in(node.iter, in_loop=in_loop)
        if node.test is not None:
            yield from self.problems_in(node.test, in_loop=in_loop)
        for child in node.body:
            yield from self.problems_in(child, in_loop=True)
        for child in node.else_:
            yield from self.problems_in(child, in_loop=in_loop)

    def _name(self, node: nodes.Name, in_loop: bool) -> Iterator[TemplateProblem]:
        if node.name.startswith("_") or node.name in RESERVED_NAMES:
            yield TemplateProblem(
                node.lineno,
                f"{node.name[:40]} is not a variable.",
                "Choose a variable such as booking.id or customer.first_name.",
            )
        elif node.name == "loop" and node.ctx == "load":
            yield TemplateProblem(
                node.lineno,
                "loop is not allowed alone or outside of a for block.",
                f"Write one of loop.{', loop.'.join(sorted(LOOP_FIELDS))} inside of it.",
            )

    def _path(
        self, node: nodes.Getattr | nodes.Getitem, in_loop: bool
    ) -> Iterator[TemplateProblem]:
        base, keys = split_path(node)
        for key in keys:
            if not _is_key(key):
                yield TemplateProblem(
                    node.lineno,
                    "the name in a path is not allowed.",
                    "Write fixed names that begin with a letter, or positions from 0 up.",
                )
        if isinstance(base, nodes.Name) and base.name == "loop":
            if not in_loop or len(keys) != 1 or keys[0] not in LOOP_FIELDS:
                yield from self._name(base, in_loop)
            return
        yield from self.problems_in(base, in_loop=in_loop)

    def _filter(self, node: nodes.Filter, in_loop: bool) -> Iterator[TemplateProblem]:
        if node.node is None or node.dyn_args is not None or node.dyn_kwargs is not None:
            yield TemplateProblem(
                node.lineno, "the filter is not written plainly.", "Write {{ variable | filter }}."
            )
            return
        if node.name not in FILTERS:
            yield TemplateProblem(
                node.lineno,
                f"the filter {node.name[:40]} is not allowed.",
                _FILTER_REMEDIES.get(node.name, f"Use one of: {', '.join(sorted(FILTERS))}."),
            )
        elif not accepts(node.name, len(node.args), tuple(str(pair.key) for pair in node.kwargs)):
            yield TemplateProblem(
                node.lineno,
                f"the filter {node.name} does not take these arguments.",
                "Look up its arguments in the list of filters.",
            )
        yield from self._below(node, in_loop)

    def _test(self, node: nodes.Test, in_loop: bool) -> Iterator[TemplateProblem]:
        if node.name not in TESTS or node.args or node.kwargs or node.dyn_args or node.dyn_kwargs:
            yield TemplateProblem(
                node.lineno,
                f"the test {node.name[:40]} is not allowed here.",
                f"Compare with ==, <, in, or use one of: {', '.join(sorted(TESTS))}.",
            )
        yield from self._below(node, in_loop)

    def _operand(self, node: nodes.Operand, in_loop: bool) -> Iterator[TemplateProblem]:
        if node.op not in COMPARISONS:
            yield self._refused(node)
        yield from self._below(node, in_loop)

    def _negative(self, node: nodes.Neg, in_loop: bool) -> Iterator[TemplateProblem]:
        if not (isinstance(node.node, nodes.Const) and type(node.node.value) in (int, float)):
            yield self._refused(node)

    _checks: Final[dict[type[nodes.Node], Any]] = {
        nodes.And: _plain,
        nodes.Compare: _plain,
        nodes.Concat: _plain,
        nodes.CondExpr: _plain,
        nodes.Const: _plain,
        nodes.Filter: _filter,
        nodes.For: _for,
        nodes.Getattr: _path,
        nodes.Getitem: _path,
        nodes.If: _plain,
        nodes.Keyword: _plain,
        nodes.List: _plain,
        nodes.Name: _name,
        nodes.Neg: _negative,
        nodes.Not: _plain,
        nodes.Operand: _operand,
        nodes.Or: _plain,
        nodes.Output: _plain,
        nodes.Template: _plain,
        nodes.TemplateData: _plain,
        nodes.Test: _test,
        nodes.Tuple: _plain,
    }


def _line_of(node: nodes.Node) -> int:
    """Return a node's line, or the first below it: Jinja2 gives some nodes of its own none."""
    lines: Iterator[int | None] = (inner.lineno for inner in (node, *node.find_all(nodes.Node)))
    return next((line for line in lines if line is not None), 1)


def _is_key(key: object) -> bool:
    if isinstance(key, str):
        return not key.startswith("_") and len(key) <= 200
    return type(key) is int and key >= 0


def split_path(node: nodes.Node) -> tuple[nodes.Node, tuple[Any, ...]]:
    """Split `booking.guests[0].name` into its first node and the keys after it.

    A key that is not written out is None.
    """
    keys: list[Any] = []
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        if isinstance(node, nodes.Getattr):
            keys.append(node.attr)
        else:
            keys.append(node.arg.value if isinstance(node.arg, nodes.Const) else None)
        node = node.node
    return node, tuple(reversed(keys))


def label_of(node: nodes.Node | None) -> str | None:
    """Return the variable's name as an operator writes it, without its filters."""
    while isinstance(node, nodes.Filter):
        node = node.node
    if node is None:
        return None
    base, keys = split_path(node)
    if isinstance(base, nodes.Filter):
        base = nodes.Name(label_of(base) or "", "load")
    if not isinstance(base, nodes.Name) or not base.name:
        return None
    return base.name + "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys)


LOOKUP, APPLY, LOOP, CONCAT, LINK, KEEP = (
    "@lookup",
    "@apply",
    "@loop",
    "@concat",
    "@link",
    "@keep",
)
"""Filters that only this package can name: no template can write an @ in a filter's name."""


class _Instrumenter(NodeTransformer):
    """Replaces each operation by a counted one that knows its variable and line."""

    # The names of the methods are Jinja2's: one for each type of node.
    # ruff: noqa: N802

    def visit_Name(self, node: nodes.Name) -> nodes.Node:
        return self._lookup(node) if node.ctx == "load" else node

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:
        return self._lookup(node)

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:
        return self._lookup(node)

    def _lookup(self, node: nodes.Name | nodes.Getattr | nodes.Getitem) -> nodes.Node:
        base, keys = split_path(node)
        if isinstance(base, nodes.Name):
            if base.name == "loop":
                return node
        else:
            base = self.visit(base)
        return _counted(base, LOOKUP, node.lineno, keys, label_of(node))

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:
        if node.name.startswith("@"):
            self.generic_visit(node)
            return node
        label = label_of(node)
        self.generic_visit(node)
        counted = _counted(node.node, APPLY, node.lineno, node.name, label)
        counted.args.extend(node.args)
        counted.kwargs.extend(node.kwargs)
        return counted

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:
        self.generic_visit(node)
        return _counted(nodes.List(node.nodes, lineno=node.lineno), CONCAT, node.lineno)

    def visit_CondExpr(self, node: nodes.CondExpr) -> nodes.Node:
        self.generic_visit(node)
        if node.expr2 is None:
            node.expr2 = nodes.Const("", lineno=node.lineno)
        return node

    def visit_For(self, node: nodes.For) -> nodes.Node:
        label = label_of(node.iter)
        body = sum(1 for child in node.body for _ in child.find_all(nodes.Node))
        self.generic_visit(node)
        node.iter = _counted(node.iter, LOOP, node.lineno, 1 + body, label)
        return node


def _counted(
    node: nodes.Node | None, name: str, line: int, *facts: str | int | Sequence[Any] | None
) -> nodes.Filter:
    arguments: list[nodes.Expr] = [nodes.Const(fact, lineno=line) for fact in (line, *facts)]
    made = nodes.Filter(node, name, arguments, [], None, None, lineno=line)
    return made


def instrument(tree: nodes.Template, environment: Environment) -> nodes.Template:
    """Rewrite a checked tree so that every lookup, filter, loop and join is counted and located."""
    rewritten: nodes.Template = _Instrumenter().visit(tree)
    return rewritten.set_environment(environment)  # type: ignore[return-value]
