"""The filters a template may use: each bounded in what it takes and gives."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

from bookflow.domain.rendering import formatting, limits
from bookflow.domain.rendering.problems import TemplateError
from bookflow.domain.rendering.values import (
    Missing,
    PercentEncoded,
    Rendering,
    Verbatim,
    items_of,
    number_text,
    step_into,
    too_long,
)

Filter = Callable[..., Any]

_WORD = re.compile(r"[^\s\-(\[{<]+")


def _default(_: Rendering, value: Any, fallback: Any = "", boolean: bool = False) -> Any:
    """Replace a missing value; with `true` as second argument an empty one as well."""
    absent = value is None or isinstance(value, Missing)
    return fallback if absent or (boolean and not value) else value


def _text(rendering: Rendering, value: Any) -> str:
    text = rendering.text_of(value, human=True)
    if len(text) > limits.MAX_TEXT_CHARACTERS:
        raise too_long()
    return text


def _upper(rendering: Rendering, value: Any) -> str:
    """Write in capital letters."""
    return _text(rendering, value).upper()


def _lower(rendering: Rendering, value: Any) -> str:
    """Write in small letters."""
    return _text(rendering, value).lower()


def _title(rendering: Rendering, value: Any) -> str:
    """Begin each word with a capital letter and write its rest in small letters."""
    text = _text(rendering, value)
    rendering.charge(len(text) // 16)  # Many short words are slow to rewrite.
    return _WORD.sub(lambda found: found[0].capitalize(), text)


def _capitalize(rendering: Rendering, value: Any) -> str:
    """Begin with a capital letter."""
    return _text(rendering, value).capitalize()


def _trim(rendering: Rendering, value: Any) -> str:
    """Drop white space at both ends."""
    return _text(rendering, value).strip()


def _truncate(
    rendering: Rendering, value: Any, length: int = 80, killwords: bool = False, end: str = "…"
) -> str:
    """Cut to a count of characters, end mark included, at a word's end unless the caller says otherwise."""
    _whole_number(length, "length", 1, 10_000)
    mark = _argument_text(end, "end", 20)
    text = _text(rendering, value)
    if len(text) <= length:
        return text
    cut = text[: max(0, length - len(mark))]
    if not killwords and " " in cut:
        cut = cut.rsplit(" ", 1)[0]
    return (cut.rstrip() + mark)[:length]


def _urlencode(rendering: Rendering, value: Any) -> str:
    """Percent-encode for a place in a link, where this is not done already."""
    text = quote(_text(rendering, value), safe="")
    if len(text) > limits.MAX_TEXT_CHARACTERS:
        raise too_long()
    return PercentEncoded(text)


def _replace(rendering: Rendering, value: Any, old: str, new: str) -> str:
    """Put one text in the place of another."""
    text = _text(rendering, value)
    old, new = _argument_text(old, "old", 200), _argument_text(new, "new", 200)
    if not old:
        raise TemplateError("replace needs a text to look for.", remedy="Name it first.")
    if len(text) + text.count(old) * (len(new) - len(old)) > limits.MAX_TEXT_CHARACTERS:
        raise too_long()
    return text.replace(old, new)


def _length(_: Rendering, value: Any) -> int:
    """Count characters or items."""
    if isinstance(value, str | list | tuple | Mapping):
        return len(value)
    raise TemplateError("length needs a text or a list.", remedy="Leave the filter out.")


def _join(
    rendering: Rendering, value: Any, separator: str = ", ", attribute: str | None = None
) -> str:
    """Write a list's items in a row; `attribute` names the field of each item to take."""
    glue = _argument_text(separator, "separator", 50)
    keys = (
        () if attribute is None else tuple(_argument_text(attribute, "attribute", 200).split("."))
    )
    pieces: list[str] = []
    room = limits.MAX_TEXT_CHARACTERS
    for item in items_of(value, rendering):
        found = step_into(item, keys)
        piece = "" if found is None else rendering.text_of(found, human=True)
        rendering.charge_for(piece)
        room -= len(piece) + len(glue)
        if room < 0:
            raise too_long()
        pieces.append(piece)
    return glue.join(pieces)


def _first(_: Rendering, value: Any) -> Any:
    """Take the first item."""
    return _end_of(value, 0)


def _last(_: Rendering, value: Any) -> Any:
    """Take the last item."""
    return _end_of(value, -1)


def _end_of(value: Any, index: int) -> Any:
    if not isinstance(value, str | list | tuple):
        raise TemplateError("this filter needs a list.", remedy="Leave the filter out.")
    return value[index] if value else None


def _moment(value: Any) -> datetime:
    instant = formatting.as_instant(value)
    if instant is None:
        raise TemplateError(
            "the value is not a time with an offset from UTC.",
            remedy="Send times such as 2026-12-12T10:00:00+01:00.",
        )
    return instant


def _moment_or_date(value: Any) -> datetime | date:
    return formatting.as_calendar_date(value) or _moment(value)


def _date(rendering: Rendering, value: Any, style: str = "medium") -> str:
    """Format the date in the location's zone: short, medium, long, full or a CLDR skeleton."""
    return rendering.formatter.day(_moment_or_date(value), _argument_text(style, "style", 12))


def _time(rendering: Rendering, value: Any, style: str = "short") -> str:
    """Format the time of day in the location's zone."""
    return rendering.formatter.clock(_moment(value), _argument_text(style, "style", 12))


def _datetime(rendering: Rendering, value: Any, style: str | None = None) -> str:
    """Format date and time in the location's zone."""
    chosen = None if style is None else _argument_text(style, "style", 12)
    return rendering.formatter.moment(_moment(value), chosen)


def _weekday(rendering: Rendering, value: Any, style: str = "long") -> str:
    """Name the day of the week in the location's zone."""
    return rendering.formatter.weekday(_moment_or_date(value), _argument_text(style, "style", 12))


def _iso(rendering: Rendering, value: Any) -> str:
    """Write a time in RFC 3339, for machines."""
    return Verbatim(rendering.formatter.iso(_moment(value)))


def _money(rendering: Rendering, value: Any, currency: str | None = None) -> str:
    """Format an amount with its currency, which a bare number needs as argument."""
    money = formatting.as_money(value)
    if money is None:
        amount = formatting.as_amount(value)
        if amount is None or not formatting.is_currency_code(currency):
            raise TemplateError(
                "the value is not an amount with a currency.",
                remedy="Name the currency, as in {{ event.amount | money('EUR') }}.",
            )
        money = formatting.CurrencyAmount(amount, str(currency))
    return rendering.formatter.money(money)


def _number(rendering: Rendering, value: Any, decimals: int | None = None) -> str:
    """Format a number with the locale's separators."""
    if decimals is not None:
        _whole_number(decimals, "decimals", 0, 6)
    amount = formatting.as_amount(value)
    if amount is None:
        raise TemplateError(
            "the value is not a plain number.", remedy="Leave the filter out for texts."
        )
    return rendering.formatter.number(amount, decimals)


def _argument_text(value: Any, name: str, longest: int) -> str:
    if isinstance(value, str) and len(value) <= longest:
        return value
    raise TemplateError(
        f"the filter's argument {name} is not a text of at most {longest} characters.",
        remedy="Write it in quotes.",
    )


def _whole_number(value: Any, name: str, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise TemplateError(
            f"the filter's argument {name} is not a whole number from {least} to {most}.",
            remedy="Write such a number.",
        )


FILTERS: Final[Mapping[str, Filter]] = {
    "capitalize": _capitalize,
    "d": _default,
    "date": _date,
    "datetime": _datetime,
    "default": _default,
    "first": _first,
    "iso": _iso,
    "join": _join,
    "last": _last,
    "length": _length,
    "lower": _lower,
    "money": _money,
    "number": _number,
    "replace": _replace,
    "time": _time,
    "title": _title,
    "trim": _trim,
    "truncate": _truncate,
    "upper": _upper,
    "urlencode": _urlencode,
    "weekday": _weekday,
}
"""Every filter by its name in templates; the first line of each docstring is its description."""


@lru_cache(maxsize=256)
def accepts(name: str, positional: int, keywords: tuple[str, ...]) -> bool:
    """Return whether a filter takes this many arguments, and these by name."""
    try:
        inspect.signature(FILTERS[name]).bind(
            None, None, *([None] * positional), **dict.fromkeys(keywords)
        )
    except TypeError:
        return False
    return True


def descriptions() -> dict[str, str]:
    """Return each filter's name with one line on what it does, for the editor and the docs."""
    return {name: inspect.getdoc(function) or "" for name, function in FILTERS.items()}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _even(value: Any) -> bool:
    return _as_whole(value) % 2 == 0


def _odd(value: Any) -> bool:
    return _as_whole(value) % 2 == 1


def _as_whole(value: Any) -> int:
    if isinstance(value, Missing):
        raise value.error()
    if isinstance(value, bool) or not isinstance(value, int):
        raise TemplateError(
            "this test needs a whole number.", remedy="Compare the value in another way."
        )
    number_text(value)
    return value


def _has_value(value: object) -> bool:
    return value is not None and not isinstance(value, Missing)


TESTS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "boolean": lambda value: isinstance(value, bool),
    "defined": _has_value,
    "even": _even,
    "false": lambda value: value is False,
    "mapping": lambda value: isinstance(value, Mapping),
    "none": lambda value: not _has_value(value),
    "number": _is_number,
    "odd": _odd,
    "sequence": lambda value: isinstance(value, list | tuple),
    "string": lambda value: isinstance(value, str),
    "true": lambda value: value is True,
    "undefined": lambda value: not _has_value(value),
}
"""Every test (`is …`) by its name; `defined` means present and not null."""
