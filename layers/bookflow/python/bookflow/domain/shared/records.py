"""What stored records share: they never change in place, saves are counted, new ones get an id."""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from bookflow.domain.shared.errors import StaleRevisionError
from bookflow.domain.shared.identifiers import Identifier


class StoredModel(BaseModel):
    """Base of Bookflow's own records: immutable, no unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def changed(self, **changes: Any) -> Self:
        """Return a copy with these fields changed, checked like a new one."""
        return type(self)(**{**dict(self), **changes})


class SavedRecord(StoredModel):
    """Base of records whose saves are counted: the count is an optimistic lock.

    Attributes:
        lock: Name of the field that counts.
    """

    lock: ClassVar[str] = "revision"

    location_id: Identifier
    id: Identifier

    @classmethod
    def kind(cls) -> str:
        """Return what such a record is called in messages."""
        return cls.__name__.lower()

    @property
    def saves(self) -> int:
        """How often it was saved: 1 for a new record."""
        return int(getattr(self, self.lock))

    def saved(self, based_on: int, **changes: Any) -> Self:
        """Return the record after a save.

        Raises:
            StaleRevisionError: `based_on` is not the stored revision; both are named.
        """
        if based_on != self.saves:
            raise StaleRevisionError(self.kind(), based_on=based_on, stored=self.saves)
        return self.changed(**changes, **{self.lock: self.saves + 1})

    def has_saved(self, based_on: int, **content: Any) -> bool:
        """Whether the record is what a save of this whole content over `based_on` left.

        A client whose answer was lost saves again, and nobody else has saved by that (RFC 9110,
        13.1.1: a server may answer with success what it has applied already).
        """
        return self.saves == based_on + 1 and self.changed(**content) == self


class LibraryRecord(SavedRecord):
    """Base of what a location writes once for its workflows to use: templates and surveys.

    Attributes:
        deleted_at: When it was deleted. The record stays, for those that still name it.
    """

    active: bool = True
    updated_at: datetime | None = None
    deleted_at: datetime | None = None


def new_id(prefix: str, *key: str | None) -> str:
    """Return a fresh id such as `wf_3f…`: 80 random bits after a readable prefix.

    With a key, none of whose parts is None, it is the same id each time.
    """
    if not key or None in key:
        return f"{prefix}_{secrets.token_hex(10)}"
    return f"{prefix}_{hashlib.sha256(json.dumps(key).encode()).hexdigest()[:20]}"
