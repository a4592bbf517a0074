"""Compiles checked templates with Jinja2's sandbox, keeps them, and renders in counted chunks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from types import TracebackType
from typing import Any, Final

from jinja2 import StrictUndefined, Template, nodes, pass_context
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.runtime import Context
from jinja2.runtime import Undefined as JinjaUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from bookflow.domain.rendering import (
    escaping,
    filters,
    limits,
    source_rules,
    syntax,
    values,
)
from bookflow.domain.rendering.modes import Mode
from bookflow.domain.rendering.problems import TemplateError, TemplateSourceError
from bookflow.domain.rendering.values import Missing, Rendering

EVENT_DATA: Final = "eventData"
"""The product's name for the whole event payload (product text, "Webhook")."""

_NO_COMMENT: Final = "\0\0comment"  # Jinja2 wants a mark: one that nobody writes.
_RENDERING: Final = "@rendering"  # No template can write this name.


def _rendering_of(context: Context) -> Rendering:
    rendering: Rendering = context.parent[_RENDERING]
    return rendering


@pass_context
def _emit(context: Context, value: object) -> str:
    return _rendering_of(context).emit(value)


@pass_context
def _lookup(
    context: Context, value: object, line: int, keys: tuple[str | int, ...], label: str | None
) -> object:
    if isinstance(value, Missing | JinjaUndefined):
        return Missing(label, line)
    found = values.step_into(value, keys)
    if found is None:
        return Missing(label, line, is_null=values.is_null_at(value, keys))
    rendering = _rendering_of(context)
    try:
        rendering.charge_for(found)
    except TemplateError as error:
        raise error.about(label, line) from None
    rendering.note(found, label)
    return found


@pass_context
def _apply(
    context: Context,
    value: object,
    line: int,
    name: str,
    label: str | None,
    *args: Any,
    **kwargs: Any,
) -> object:
    rendering = _rendering_of(context)
    if isinstance(value, Missing) and name not in ("default", "d"):
        return value
    result = _located(_filtered, rendering, name, value, args, kwargs, line=line, label=label)
    return Missing(label, line) if result is None else result


def _filtered(
    rendering: Rendering, name: str, value: object, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> object:
    if name not in ("default", "d"):
        for argument in (*args, *kwargs.values()):
            if isinstance(argument, Missing):
                raise argument.error()
    result = filters.FILTERS[name](rendering, value, *args, **kwargs)
    rendering.charge_for(result)
    return result


@pass_context
def _loop(context: Context, value: object, line: int, cost: int, label: str | None) -> object:
    rendering = _rendering_of(context)
    items = _located(values.items_of, value, rendering, line=line, label=label)
    _located(rendering.charge, cost * len(items), line=line, label=label)
    return items


@pass_context
def _concat(context: Context, parts: list[Any], line: int) -> str:
    rendering = _rendering_of(context)
    room = limits.MAX_TEXT_CHARACTERS
    texts: list[str] = []
    for part in parts:
        text = _located(rendering.text_of, part, line=line, label=None, human=True)
        _located(rendering.charge_for, text, line=line, label=None)
        room -= len(text)
        if room < 0:
            raise values.too_long().at(line=line)
        texts.append(text)
    return "".join(texts)


@pass_context
def _link(context: Context, value: object) -> str:
    return escaping.safe_link(_rendering_of(context).text_of(value, human=True))


@pass_context
def _keep(context: Context, value: object) -> str:
    _rendering_of(context).kept.append(value)
    return ""


def _located(
    call: Callable[..., Any], *args: Any, line: int, label: str | None, **kwargs: Any
) -> Any:
    """Call, and give an error that knows neither line nor variable both of them."""
    try:
        return call(*args, **kwargs)
    except TemplateError as error:
        raise error.about(label, line) from None


@lru_cache(maxsize=1)
def sandbox() -> ImmutableSandboxedEnvironment:
    """Return the one environment: no globals, no loader, only the allowed filters and tests."""
    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        finalize=_emit,
        autoescape=False,  # `_emit` escapes by mode, and knows no text that is already safe.
        optimized=False,  # Folding constants would run filters while compiling.
        # Comments are no syntax of ours: minified style sheets hold `{#box{` and `#}`.
        comment_start_string=_NO_COMMENT,
        comment_end_string=_NO_COMMENT[::-1],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=0,
    )
    environment.globals = {}
    environment.tests = dict(filters.TESTS)
    environment.filters = {
        syntax.LOOKUP: _lookup,
        syntax.APPLY: _apply,
        syntax.LOOP: _loop,
        syntax.CONCAT: _concat,
        syntax.LINK: _link,
        syntax.KEEP: _keep,
    }
    return environment


@lru_cache(maxsize=limits.CACHED_TEMPLATES)
def compiled(source: str, mode: Mode) -> Template:
    """Compile a template, or find it in the cache.

    Raises `TemplateSourceError` with every reason to refuse the source.
    """
    tree = syntax.parse(sandbox(), source)
    problems = source_rules.problems(tree, source, mode)
    if problems:
        raise TemplateSourceError(problems)
    return build(tree)


def build(tree: nodes.Template) -> Template:
    """Compile a checked tree."""
    environment = sandbox()
    code = environment.compile(syntax.instrument(tree, environment))
    return Template.from_code(environment, code, {})


def run(
    template: Template,
    scope: Mapping[str, Any],
    rendering: Rendering,
    *,
    max_output_bytes: int,
) -> str:
    """Render a compiled template, and stop as soon as the output passes its cap.

    Raises `TemplateError`; its text holds names and lines of the template, never a value.
    """
    variables = dict(scope)
    if EVENT_DATA not in variables and "event" in variables:
        variables[EVENT_DATA] = variables["event"]
    variables[_RENDERING] = rendering
    room = max_output_bytes
    try:
        for chunk in template.root_render_func(template.new_context(variables, shared=True)):
            room -= len(chunk) if chunk.isascii() else len(chunk.encode("utf-8", "replace"))
            if room < 0:
                raise rendering.too_large(max_output_bytes)
            rendering.write(chunk)
    except TemplateError as error:
        raise error.at(line=_line_of(template, error.__traceback__)) from None
    except (JinjaError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
        raise TemplateError(
            "two values here cannot be compared or used together.",
            remedy="Compare numbers with numbers and texts with texts.",
            line=_line_of(template, error.__traceback__),
        ) from None
    return escaping.finish("".join(rendering.output), rendering.mode)


def _line_of(template: Template, traceback: TracebackType | None) -> int | None:
    line: int | None = None
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_globals.get("environment") is template.environment:
            line = template.get_corresponding_lineno(traceback.tb_lineno)
        traceback = traceback.tb_next
    return line
