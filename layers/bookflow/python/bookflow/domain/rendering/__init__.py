"""Safe rendering of operators' templates: what a template may say, and what a value may do.

Importing the package loads neither Jinja2 nor Babel: the first rendering loads the one, the first
value that is formatted the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bookflow.domain.rendering import limits
from bookflow.domain.rendering.gsm7 import outside_of_gsm7
from bookflow.domain.rendering.modes import Mode, RenderSettings
from bookflow.domain.rendering.problems import TemplateError, TemplateProblem, TemplateSourceError

if TYPE_CHECKING:
    from bookflow.domain.rendering.variables import VariablePath


def render(
    source: str,
    scope: Mapping[str, Any],
    *,
    mode: Mode,
    settings: RenderSettings,
    field: str | None = None,
    max_output_bytes: int | None = None,
) -> str:
    """Render a template with the values in `scope`, escaped as `mode` asks.

    Args:
        source: The template, at most 128 KiB.
        mode: Where the result stands; it decides how values are escaped.
        scope: Plain data by root name (`event`, `booking`, `customer` …): texts, numbers, aware
            times, lists and mappings. `eventData` is `scope["event"]` unless it is there itself.
        settings: The location's locale and time zone.
        field: The config field that holds the template, to be named in errors.
        max_output_bytes: UTF-8 bytes of the result; by default 256 KiB, for a URL 16 KiB.

    Raises:
        TemplateError: A `PermanentError` with the template's line, the variable and a remedy;
            never a value.
    """
    from bookflow.domain.rendering import environment, json_body, values

    default_cap = limits.MAX_URL_BYTES if mode is Mode.URL else limits.MAX_OUTPUT_BYTES
    cap = default_cap if max_output_bytes is None else max_output_bytes
    try:
        if mode is Mode.JSON:
            return json_body.render_json_body(source, scope, settings, max_output_bytes=cap)
        template = environment.compiled(source, mode)
        rendering = values.Rendering(mode, settings)
        text = environment.run(template, scope, rendering, max_output_bytes=cap)
        if mode is Mode.SMS and outside_of_gsm7(text):
            # Dates with plain letters, where they alone would make the message cost double.
            rendering = values.Rendering(mode, settings, plain=True)
            plain = environment.run(template, scope, rendering, max_output_bytes=cap)
            return text if outside_of_gsm7(plain) else plain
        return text
    except TemplateError as error:
        raise error.at(field=field) from None


def render_json_body(
    template_text: str,
    scope: Mapping[str, Any],
    settings: RenderSettings,
    *,
    field: str | None = None,
) -> str:
    """Render a JSON document with placeholders; the result is always valid JSON.

    A string that is one `{{ placeholder }}` alone, or a placeholder outside of quotes, keeps the
    value's type. Among other text in a string, times and money take the location's form.
    Raises `TemplateError` as `render` does.
    """
    return render(template_text, scope, mode=Mode.JSON, settings=settings, field=field)


def check(source: str, mode: Mode) -> list[TemplateProblem]:
    """Return what has to be fixed before a template can be saved, by line; empty if nothing."""
    from bookflow.domain.rendering import variables

    return variables.problems(source, mode)


def referenced_variables(source: str, mode: Mode = Mode.TEXT) -> frozenset[VariablePath]:
    """Return the variables that a template may read, for checks against a trigger's catalogue.

    Raises `TemplateSourceError` if the source has problems.
    """
    from bookflow.domain.rendering import variables

    return variables.referenced_variables(source, mode)


def filter_descriptions() -> dict[str, str]:
    """Return each filter's name with one line on what it does, for the editor and the docs."""
    from bookflow.domain.rendering import filters

    return filters.descriptions()
