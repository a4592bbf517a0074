"""Ids: how the ids of records look, ours and those of the booking system."""

from __future__ import annotations

import re
from typing import Annotated, Any, TypeGuard

from pydantic import BeforeValidator, Field

IDENTIFIER_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:@-]*$"


Identifier = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        pattern=IDENTIFIER_PATTERN,
        description="An id of the booking system or of Bookflow",
    ),
]
"""An id: letters, digits and `. _ : @ -`, at most 128 characters; part of storage keys."""


def is_identifier(value: object) -> TypeGuard[str]:
    """Whether a value can be an id."""
    return (
        isinstance(value, str)
        and len(value) <= 128
        and re.fullmatch(IDENTIFIER_PATTERN, value) is not None
    )


def _as_text(value: Any) -> Any:
    """Accept numbers as ids, since many booking systems number their records."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


ExternalId = Annotated[Identifier, BeforeValidator(_as_text)]
"""An id that the booking system chose; a whole number is read as text."""
