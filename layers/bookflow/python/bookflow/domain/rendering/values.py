"""The values that a template may use while it renders: plain data, with counted work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final, NoReturn
from urllib.parse import unquote

from bookflow.domain.rendering import escaping, formatting, limits
from bookflow.domain.rendering.modes import Mode, RenderSettings
from bookflow.domain.rendering.problems import TemplateError


class Verbatim(str):
    """A text that a filter has given its final form: a time in it stays as it is."""

    __slots__ = ()


class PercentEncoded(Verbatim):
    """A text that is encoded for a link already."""

    __slots__ = ()


class Missing:
    """A variable that has no value: absent from the data, or null.

    It is false in a condition and `default` replaces it; any other use raises `TemplateError`.
    """

    __slots__ = ("is_null", "line", "variable")

    def __init__(self, variable: str | None, line: int | None, *, is_null: bool = False) -> None:
        self.variable = variable
        self.line = line
        self.is_null = is_null

    def error(self) -> TemplateError:
        """Say which variable is missing, and how to allow for that."""
        name = self.variable
        if name is None:
            return TemplateError("there is no value here.", line=self.line)
        return TemplateError(
            f"{name} has no value here.",
            remedy="Check its name, or add a default for it.",
            line=self.line,
            variable=name,
        )

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        if other is None:
            return True
        raise self.error()

    def _refuse(self, *_: object) -> NoReturn:
        raise self.error()

    __lt__ = __le__ = __gt__ = __ge__ = _refuse
    __contains__ = __iter__ = __len__ = __str__ = __neg__ = _refuse
    __hash__ = None  # type: ignore[assignment]


class Rendering:
    """One rendering under way: its customs and what work it may still do.

    Args:
        mode: Where the result stands.
        settings: The location's customs.
        plain: Whether dates and numbers keep to the letters of plain SMS where they can.
    """

    __slots__ = ("kept", "longest", "mode", "output", "plain", "settings", "steps_left", "tail")

    def __init__(self, mode: Mode, settings: RenderSettings, *, plain: bool = False) -> None:
        self.plain = plain
        self.mode = mode
        self.settings = settings
        self.steps_left = limits.MAX_STEPS
        self.output: list[str] = []
        self.tail = ""
        self.kept: list[object] = []
        self.longest = ("", 0)

    def write(self, chunk: str) -> None:
        """Add to the output; its end is kept apart, as values are encoded by where they stand."""
        self.output.append(chunk)
        self.tail = (self.tail + chunk)[-escaping.LONGEST_LINK :]

    def charge(self, steps: int) -> None:
        """Count work; raise `TemplateError` when the template's allowance is used up."""
        self.steps_left -= steps
        if self.steps_left < 0:
            raise TemplateError(
                "the template does too much work.",
                remedy="Shorten its loops, or the texts that its filters work on.",
            )

    def charge_for(self, value: object) -> None:
        """Count the reading of one value, by its size."""
        if isinstance(value, str):
            length = len(value)
            if length > limits.MAX_TEXT_CHARACTERS:
                raise too_long()
            self.charge(1 + length // limits.TEXT_PER_STEP)
        elif isinstance(value, list | tuple | Mapping):
            self.charge(1 + len(value) // 16)
        else:
            self.charge(1)

    def note(self, value: object, label: str | None) -> None:
        """Remember the variable that holds the longest text, should the result be too large."""
        if label is not None and isinstance(value, str) and len(value) > self.longest[1]:
            self.longest = (label, len(value))

    def too_large(self, max_bytes: int) -> TemplateError:
        """Build the error for a result beyond its cap; it names what most likely made it so."""
        message = f"the result is larger than {max_bytes} bytes"
        name, length = self.longest
        if length < limits.LONG_TEXT_CHARACTERS:
            remedy = "Leave long values out, or cut them with truncate."
            return TemplateError(f"{message}.", remedy=remedy)
        return TemplateError(
            f"{message}; {name} alone has {length} characters.",
            remedy=f"Write {{{{ {name} | truncate({limits.LONG_TEXT_CHARACTERS}) }}}}, "
            "or leave it out.",
            variable=name,
        )

    @property
    def formatter(self) -> formatting.Formatter:
        """The formatter of the location, counted as the slow operation that it is."""
        self.charge(limits.FORMATTING_STEPS)
        return formatting.formatter(self.settings, plain=self.plain)

    def text_of(self, value: object, *, human: bool) -> str:
        """Write a value as text: times and money by locale if `human`, else in ISO and JSON.

        Raises `TemplateError` for null, for a time without an offset, and for anything but data.
        """
        if isinstance(value, str):
            text = value if type(value) is str else str.__str__(value)
            verbatim = not human or isinstance(value, Verbatim)
            instant = None if verbatim else formatting.as_instant(text)
            return escaping.without_surrogates(text) if instant is None else self._when(instant)
        if isinstance(value, Missing):
            raise value.error()
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float | Decimal):
            return number_text(value)
        if isinstance(value, datetime):
            return self._when(_aware(value)) if human else _aware(value).isoformat()
        if isinstance(value, date):
            return self.formatter.day(value) if human else value.isoformat()
        if isinstance(value, Mapping):
            money = formatting.as_money(value) if human else None
            return to_json(value) if money is None else self.formatter.money(money)
        if isinstance(value, list | tuple):
            return to_json(value)
        if value is None:
            raise TemplateError("there is no value here.", remedy="Write a text in its place.")
        raise not_plain()

    def _when(self, instant: datetime) -> str:
        return self.formatter.moment(instant)

    def emit(self, value: object) -> str:
        """Write a value where it stands in the output, escaped as the mode asks."""
        mode = self.mode
        text = self.text_of(value, human=mode is not Mode.URL)
        self.charge_for(text)
        if isinstance(value, PercentEncoded):
            if mode in (Mode.URL, Mode.FORM):
                text = unquote(text)  # These encode every value themselves.
        elif mode in escaping.LINK_BEFORE:
            self.charge(1)
            if before := escaping.LINK_BEFORE[mode](self.tail):
                text = escaping.link_part(text, before)
        if mode is Mode.HTML:
            return escaping.escape_html(text)
        if mode is Mode.HEADER:
            return escaping.one_line(text)
        if mode is Mode.URL:
            return escaping.url_part(text, "".join(self.output).lstrip())
        if mode is Mode.FORM:
            return escaping.form_value(text)
        return escaping.plain(text)


def too_long() -> TemplateError:
    """Build the error for a text beyond the cap."""
    return TemplateError(
        f"a text here is longer than {limits.MAX_TEXT_CHARACTERS} characters.",
        remedy="Leave the long value out, or cut it with truncate where it is sent.",
    )


def not_plain() -> TemplateError:
    """Build the error for a value that is code, not data."""
    return TemplateError(
        "the value is not plain data.",
        remedy="Only texts, numbers, times, lists and objects can be used in a template.",
    )


_ABSENT: Final = object()


def step_into(value: object, keys: tuple[str | int, ...]) -> object:
    """Follow keys through mappings and lists; never touch a Python attribute.

    Returns None where the path leads nowhere or to null, as both have no value to show; use
    `is_null_at` to distinguish them.
    """
    found = _follow(value, keys)
    return None if found is _ABSENT else found


def is_null_at(value: object, keys: tuple[str | int, ...]) -> bool:
    """Return whether a path is there and holds null."""
    return _follow(value, keys) is None


def _follow(value: object, keys: tuple[str | int, ...]) -> object:
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(key, _ABSENT)
        elif isinstance(value, list | tuple) and isinstance(key, int):
            value = value[key] if key < len(value) else _ABSENT
        else:
            return _ABSENT
    return value


def number_text(value: int | float | Decimal) -> str:
    """Write a number without an exponent where that is short.

    Raises `TemplateError` if its digits would not fit: a text of a million zeros is no number.
    """
    if isinstance(value, int):
        if value.bit_length() > 4 * limits.MAX_NUMBER_CHARACTERS:
            raise _odd_number()
        return int.__repr__(value)
    if isinstance(value, float):
        return float.__repr__(value)
    if not value.is_finite() or not -30 < value.adjusted() < 30 or len(value.as_tuple()[1]) > 60:
        raise _odd_number()
    return format(value, "f")


def _odd_number() -> TemplateError:
    return TemplateError(
        "the number has too many digits.",
        remedy=f"Send numbers of at most {limits.MAX_NUMBER_CHARACTERS} digits, or send a text.",
    )


def _aware(value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise TemplateError(
            "the time has no offset from UTC.",
            remedy="Send times with an offset, such as 2026-12-12T10:00:00+01:00.",
        )
    return value


def to_json(value: object) -> str:
    """Write one value as JSON text.

    Raises `TemplateError` if it is too large, too deep, no number (NaN) or not data.
    """
    try:
        text = json_text(value)
    except (ValueError, TypeError, RecursionError):
        raise TemplateError(
            "the value cannot be written as JSON.",
            remedy="Only texts, finite numbers, times, lists and objects can be used in a template.",
        ) from None
    if len(text) > limits.MAX_TEXT_CHARACTERS:
        raise too_long()
    return text


def json_text(value: object) -> str:
    """Write data as compact JSON text (RFC 8259), times in RFC 3339.

    Raises `ValueError`, `TypeError` or `RecursionError` for what JSON cannot hold, and
    `TemplateError` for what is not data.
    """
    text = json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_jsonable
    )
    return escaping.without_surrogates(text)


def _jsonable(value: object) -> Any:
    if isinstance(value, datetime):
        return _aware(value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        # Databases read every number as a decimal; money travels as text and never gets here.
        number_text(value)
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Missing):
        raise value.error()
    raise not_plain()


def items_of(value: object, rendering: Rendering) -> Sequence[Any]:
    """Return the items that a loop or `join` may walk; raise `TemplateError` for too many."""
    if isinstance(value, Missing):
        raise value.error()
    if not isinstance(value, list | tuple):
        raise TemplateError(
            "a loop needs a list.", remedy="Name a list, such as booking.participants."
        )
    if len(value) > limits.MAX_LOOP_ITEMS:
        raise TemplateError(
            f"the list has more than {limits.MAX_LOOP_ITEMS} items.",
            remedy="Show its length, or its first item, in place of every item.",
        )
    rendering.charge(1 + len(value))
    return value
