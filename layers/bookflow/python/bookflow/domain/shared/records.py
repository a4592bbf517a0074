"""What all stored records share: they never change in place, and new ones get a fresh id."""

from __future__ import annotations

import secrets
from typing import Any, Self

from pydantic import BaseModel, ConfigDict


class StoredModel(BaseModel):
    """Base of Bookflow's own records: immutable, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def changed(self, **changes: Any) -> Self:
        """Return a copy with these fields changed, checked like a new one."""
        return type(self)(**{**dict(self), **changes})


def new_id(prefix: str) -> str:
    """Return a fresh id such as `wf_3f…`: 80 random bits after a readable prefix."""
    return f"{prefix}_{secrets.token_hex(10)}"
