"""Small values that many records share: money, statuses, identifiers, aware times."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)


def _only_text(value: Any) -> Any:
    is_text = isinstance(value, str) and re.match(r"\d{4}-", value.strip())
    if not is_text and not isinstance(value, datetime):
        raise ValueError("must be a time by RFC 3339, such as 2026-12-12T10:00:00+01:00")
    return _with_plain_offset(value) if isinstance(value, str) else value


_OFFSET = re.compile(
    r"(?P<time>:\d{2}(?:[.,]\d+)?)\s*(?P<hours>[+-]\d{2})(?::?(?P<minutes>\d{2}))?"
)


def _with_plain_offset(text: str) -> str:
    """Return a time whose offset is as RFC 3339 writes it.

    Many systems write `-0700`, `+05` or a space before it (ISO 8601; Ruby, PHP and Git).
    """
    found = _OFFSET.search(text)
    if found is None or found.end() != len(text.rstrip()):
        return text
    return f"{text[: found.start()]}{found['time']}{found['hours']}:{found['minutes'] or '00'}"


def _within_the_calendar(value: datetime) -> datetime:
    if not 1900 <= value.year <= 9000:  # what stands for "unknown" elsewhere, and what overflows
        raise ValueError("must be a year from 1900 to 9000")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_only_text), AfterValidator(_within_the_calendar)]
"""A point in time with its offset (RFC 3339). Numbers are refused, in quotes too: their unit would
be a guess."""


_MONEY_TEXT = re.compile(r"^\s*(?P<amount>-?\d+(?:\.\d+)?)\s+(?P<currency>[A-Za-z]{3})\s*$")


def _currency_code(value: str) -> str:
    return value.upper()


class Money(BaseModel):
    """An amount in one currency.

    `amount` is a decimal in the currency's main unit, sent as a string ("120.00"), never a
    binary fraction; `currency` is an ISO 4217 code. The short form "120.00 EUR" is read too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    amount: Decimal = Field(max_digits=18, decimal_places=4, examples=["120.00"])
    currency: Annotated[
        str, Field(pattern=r"^[A-Za-z]{3}$", examples=["EUR"]), AfterValidator(_currency_code)
    ]

    @model_validator(mode="before")
    @classmethod
    def _read_short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            found = _MONEY_TEXT.match(value)
            if not found:
                raise ValueError('must be an amount with its currency, such as "120.00 EUR"')
            return found.groupdict()
        if isinstance(value, dict) and isinstance(value.get("amount"), float):
            raise ValueError('amount must be a string such as "120.00": fractions lose cents')
        return value
