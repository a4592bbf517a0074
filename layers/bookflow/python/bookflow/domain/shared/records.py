"""What stored records share: they never change in place, saves are counted, and jobs go on by pages."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

from bookflow.domain.shared.errors import BookflowError, PermanentError, StaleRevisionError
from bookflow.domain.shared.identifiers import Identifier

SILENCE = timedelta(hours=12)
"""Without progress for so long, a job's message is on no queue any more: it is delivered five
times, 15 minutes apart, and as often again each time it is put off."""


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


class PagedJob(StoredModel):
    """Base of jobs that do one page after another, each by a message of a queue.

    Attributes:
        default_remedy: What to do about a failed one, where its error does not say.
        state: Of its own kind; every kind has `running` and `failed`.
        counts: What it did so far, by name.
        reason: Why it failed, for people.
        remedy: What to do about it.
        revision: Count of writes, the optimistic lock.
    """

    default_remedy: ClassVar[str]

    location_id: Identifier
    state: str
    counts: Mapping[str, int] = {}
    reason: str | None = None
    remedy: str | None = None
    updated_at: datetime
    revision: int = 1

    @property
    def is_under_way(self) -> bool:
        """Whether a message of it is on the queue."""
        return self.state == "running"

    def failed(self, error: Exception, now: datetime) -> Self:
        """Return the job after an error with which its page was given up."""
        reason, remedy = "Bookflow hit an unexpected error.", None
        if isinstance(error, BookflowError):
            reason = error.message
        if isinstance(error, PermanentError):
            remedy = error.remedy  # that of a passing one says that it is retried
        return self.next(now, state="failed", reason=reason, remedy=remedy or self.default_remedy)

    def as_of_now(self, now: datetime) -> Self:
        """Return the job as readers see it: one that went silent has failed."""
        if not self.is_under_way or now - self.updated_at <= SILENCE:
            return self
        return self.changed(
            state="failed", reason="It stopped and reported no error.", remedy=self.default_remedy
        )

    def next(self, now: datetime, counts: Mapping[str, int] | None = None, **changes: Any) -> Self:
        """Return what is stored next, with more counts; only a failed job has a reason."""
        more = counts or {}
        names = self.counts.keys() | more.keys()
        return self.changed(
            counts={name: self.counts.get(name, 0) + more.get(name, 0) for name in names},
            **{"reason": None, "remedy": None, **changes},
            updated_at=now,
            revision=self.revision + 1,
        )


def new_id(prefix: str, *key: str | None) -> str:
    """Return a fresh id such as `wf_3f…`: 80 random bits after a readable prefix.

    With a key, none of whose parts is None, it is the same id each time.
    """
    if not key or None in key:
        return f"{prefix}_{secrets.token_hex(10)}"
    return f"{prefix}_{hashlib.sha256(json.dumps(key).encode()).hexdigest()[:20]}"
