"""Dates, times, money and numbers in a locale's words and a zone's hours (CLDR, by Babel)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from bookflow.domain.rendering.gsm7 import outside_of_gsm7, plain_letters, sms_text
from bookflow.domain.rendering.modes import RenderSettings
from bookflow.domain.rendering.problems import TemplateError
from bookflow.domain.shared.locales import known_locale

if TYPE_CHECKING:
    from babel.core import Locale

STYLES = ("short", "medium", "long", "full")
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_AMOUNT = re.compile(r"-?\d{1,18}(?:\.\d{1,6})?", re.ASCII)
_SHORT_MONEY = re.compile(r"(-?\d{1,18}(?:\.\d{1,6})?) ([A-Z]{3})", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")
_SKELETON = re.compile(r"[yMdEHhms]{1,12}")


@dataclass(frozen=True, slots=True)
class CurrencyAmount:
    """An exact amount in a currency (ISO 4217)."""

    amount: Decimal
    currency: str


def as_instant(value: object) -> datetime | None:
    """Read an aware datetime, or a text in RFC 3339 with its offset; None for anything else."""
    if isinstance(value, datetime):
        return value if value.utcoffset() is not None else None
    if isinstance(value, str) and 20 <= len(value) <= 35 and _TIMESTAMP.fullmatch(value):
        try:
            return datetime.fromisoformat(value.upper())
        except ValueError:
            return None
    return None


def as_calendar_date(value: object) -> date | None:
    """Read a date without a time (a date, or `YYYY-MM-DD`); None for anything else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and len(value) == 10 and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return None


def as_amount(value: object) -> Decimal | None:
    """Read a plain decimal number of at most 18 digits and 6 places; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    if isinstance(value, int) and value.bit_length() > 64:
        return None
    if isinstance(value, Decimal) and not (value.is_finite() and -20 < value.adjusted() < 20):
        return None
    text = value if isinstance(value, str) else format(Decimal(str(value)), "f")
    if isinstance(value, float) and "." in text:
        # A binary fraction may carry more places than anyone wrote.
        text = format(Decimal(text).quantize(Decimal("0.000001")).normalize(), "f")
    return Decimal(text) if len(text) <= 26 and _AMOUNT.fullmatch(text) else None


def as_money(value: object) -> CurrencyAmount | None:
    """Read a `{amount, currency}` object with nothing else in it, or `120.00 EUR` as a text."""
    if isinstance(value, str):
        found = _SHORT_MONEY.fullmatch(value) if len(value) <= 32 else None
        return CurrencyAmount(Decimal(found[1]), found[2]) if found else None
    if not isinstance(value, Mapping) or len(value) != 2:
        return None
    currency = value.get("currency")
    amount = as_amount(value.get("amount"))
    if amount is None or not is_currency_code(currency):
        return None
    return CurrencyAmount(amount, str(currency))


def is_currency_code(value: object) -> bool:
    """Return whether a value is spelt as an ISO 4217 code."""
    return isinstance(value, str) and _CURRENCY.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class Formatter:
    """Formats for one locale and one zone."""

    locale: Locale
    zone: ZoneInfo

    def day(self, value: date, style: str = "medium") -> str:
        """Format a date by a style (short, medium, long, full) or a CLDR skeleton (`yMMMEd`)."""
        from babel.dates import format_date

        day = self._local_day(value)
        if style in STYLES:
            return format_date(day, format=style, locale=self.locale)
        return self._by_skeleton(day, style)

    def clock(self, value: datetime, style: str = "short") -> str:
        """Format a time of day by a style or a CLDR skeleton (`Hm`)."""
        from babel.dates import format_time

        if style in STYLES:
            return format_time(
                self._local(value), format=style, tzinfo=self.zone, locale=self.locale
            )
        return self._by_skeleton(self._local(value), style)

    def moment(self, value: datetime, style: str | None = None) -> str:
        """Format a moment; with no style as in `Sat, 12 Dec 2026, 10:00`."""
        from babel.dates import format_datetime, format_skeleton, format_time, get_datetime_format

        if style is None:
            local = self._local(value)
            written = format_skeleton("yMMMEd", local, locale=self.locale)
            clock = format_time(local, format="short", tzinfo=self.zone, locale=self.locale)
            pattern = str(get_datetime_format("medium", locale=self.locale)).replace("'", "")
            return pattern.replace("{1}", written).replace("{0}", clock)
        if style in STYLES:
            return format_datetime(
                self._local(value), format=style, tzinfo=self.zone, locale=self.locale
            )
        return self._by_skeleton(self._local(value), style)

    def weekday(self, value: date, style: str = "long") -> str:
        """Format the day of the week, `long` (Saturday) or `short` (Sat)."""
        from babel.dates import format_date

        pattern = {"long": "EEEE", "short": "EEE"}.get(style)
        if pattern is None:
            raise TemplateError(
                "the weekday's style is not known.", remedy="Use 'long' or 'short'."
            )
        return format_date(self._local_day(value), format=pattern, locale=self.locale)

    def money(self, value: CurrencyAmount) -> str:
        """Format an amount with its currency's sign and places."""
        from babel.numbers import format_currency

        if not _is_listed(value.currency):
            raise TemplateError(
                "the currency is not in ISO 4217.", remedy="Use a code such as EUR, GBP or JPY."
            )
        return format_currency(value.amount, value.currency, locale=self.locale)

    def number(self, value: Decimal, decimals: int | None = None) -> str:
        """Format a number with the locale's separators, to a count of decimals if one is given."""
        from babel.numbers import format_decimal

        if decimals is None:
            return format_decimal(value, locale=self.locale, decimal_quantization=False)
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(value, format=pattern, locale=self.locale)

    def iso(self, value: datetime) -> str:
        """Write a moment in RFC 3339 with the zone's offset."""
        return self._local(value).isoformat()

    def _local_day(self, value: date) -> date:
        return self._local(value) if isinstance(value, datetime) else value

    def _local(self, value: datetime) -> datetime:
        try:
            return value.astimezone(self.zone)
        except OverflowError:
            raise TemplateError(
                "the time lies outside of the calendar.",
                remedy="Send a year between 2 and 9998.",
            ) from None

    def _by_skeleton(self, value: date, skeleton: str) -> str:
        from babel.dates import format_skeleton

        invalid = TemplateError(
            "the date or time style is not known in this locale.",
            remedy="Use 'short', 'medium', 'long', 'full' or a CLDR skeleton such as 'yMMMEd'.",
        )
        if not _SKELETON.fullmatch(skeleton):
            raise invalid
        try:
            return str(format_skeleton(skeleton, value, locale=self.locale))
        except (KeyError, ValueError, TypeError, AttributeError):
            raise invalid from None


class PlainFormatter(Formatter):
    """Formats in the letters of plain SMS, where the locale's have plain ones in their place."""

    __slots__ = ()

    def day(self, value: date, style: str = "medium") -> str:
        """Format a date; see `Formatter`."""
        return plain_letters(Formatter.day(self, value, style))

    def clock(self, value: datetime, style: str = "short") -> str:
        """Format a time of day; see `Formatter`."""
        return plain_letters(Formatter.clock(self, value, style))

    def moment(self, value: datetime, style: str | None = None) -> str:
        """Format a moment; see `Formatter`."""
        return plain_letters(Formatter.moment(self, value, style))

    def weekday(self, value: date, style: str = "long") -> str:
        """Format the day of the week; see `Formatter`."""
        return plain_letters(Formatter.weekday(self, value, style))

    def money(self, value: CurrencyAmount) -> str:
        """Format an amount, with the currency's code where its sign is none of plain SMS."""
        from babel.numbers import format_currency

        text = plain_letters(Formatter.money(self, value))
        if not outside_of_gsm7(sms_text(text)):
            return text
        pattern = self.locale.currency_formats["standard"].pattern
        coded = re.sub("¤(?=[#0])", "¤\u00a0", pattern).replace("¤", "¤¤")
        return plain_letters(
            format_currency(value.amount, value.currency, format=coded, locale=self.locale)
        )


@lru_cache(maxsize=64)
def formatter(settings: RenderSettings, *, plain: bool = False) -> Formatter:
    """Return the formatter of a location's settings.

    Args:
        settings: The location's.
        plain: Whether it keeps to the letters of plain SMS where it can.

    Raises `TemplateError` if the locale or the zone is not known.
    """
    locale = known_locale(settings.locale)
    if locale is None:
        raise TemplateError(
            "the location's locale is not known.", remedy="Set a locale such as en-GB or de-DE."
        )
    try:
        zone = ZoneInfo(settings.timezone)
    except (KeyError, ValueError, OSError):
        raise TemplateError(
            "the location's time zone is not known.",
            remedy="Set an IANA time zone such as Europe/London.",
        ) from None
    return PlainFormatter(locale, zone) if plain else Formatter(locale, zone)


@lru_cache(maxsize=1)
def _listed_currencies() -> frozenset[str]:
    from babel.numbers import list_currencies

    return frozenset(list_currencies())


def _is_listed(currency: str) -> bool:
    return currency in _listed_currencies()
