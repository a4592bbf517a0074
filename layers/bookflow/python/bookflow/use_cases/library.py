"""What operators do with templates and with surveys: write, change, turn on and off, delete."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from bookflow.domain.shared.errors import ConflictError, NotFoundError
from bookflow.domain.shared.identifiers import Identifier
from bookflow.domain.shared.records import LibraryRecord, StoredModel, new_id
from bookflow.ports import LibraryStore, Ports
from bookflow.use_cases.workflows.references import ReferenceKind, require_unused

ContentT = TypeVar("ContentT", bound=StoredModel)
RecordT = TypeVar("RecordT", bound=LibraryRecord)


class LibraryManager(Generic[ContentT, RecordT]):
    """The records of one kind.

    Attributes:
        kind: What workflows call such a record.
        model: The record; it consists of the content and of what the library adds.
        id_prefix: Begins the ids of new records.
        id_taken: Says of an id that it is another record's.
    """

    kind: ReferenceKind
    model: type[RecordT]
    id_prefix: str
    id_taken: str

    def __init__(self, ports: Ports, store: LibraryStore[RecordT, Any]) -> None:
        self.ports = ports
        self.store = store

    def check(self, content: ContentT) -> None:
        """Raise what forbids saving the content."""
        raise NotImplementedError

    def get(self, location_id: str, record_id: str) -> RecordT:
        """Return a record.

        Raises:
            NotFoundError: The location has no such record, or it is deleted.
        """
        record = self.store.get(location_id, record_id)
        if record.deleted_at is not None:
            raise NotFoundError(f"the {self.kind} is deleted", field=f"{self.kind}_id")
        return record

    def create(
        self,
        location_id: str,
        content: ContentT,
        *,
        record_id: Identifier | None = None,
        key: str | None = None,
    ) -> RecordT:
        """Store a new record.

        Args:
            location_id: Whose record it is.
            content: What an operator writes of it.
            record_id: Its id, for workflows that name it; a fresh one by default.
            key: Names this creation; a repeated one returns the record as it is now.

        Raises:
            PermanentError: The content has problems.
            ConflictError: The id is another record's.
        """
        self.check(content)
        record = self.first_save(
            self.model(
                **dict(content),
                location_id=location_id,
                id=record_id or new_id(self.id_prefix, location_id, key),
                updated_at=self.ports.clock.now(),
            )
        )
        try:
            self.store.save(record)
        except ConflictError:
            stored = self.store.get(location_id, record.id)
            is_named = key is not None and record_id is None
            if stored.deleted_at is None and (
                is_named or stored.changed(updated_at=record.updated_at) == record
            ):
                return stored
            raise ConflictError(
                self.id_taken, field="id", remedy="Choose another id, or leave it out."
            ) from None
        return record

    def update(
        self, location_id: str, record_id: str, content: ContentT, *, based_on: int
    ) -> RecordT:
        """Store the record anew; what was sent or asked before stays as it was.

        Raises:
            PermanentError: The content has problems.
            NotFoundError: The location has no such record.
            StaleRevisionError: `based_on` is not the stored revision.
            ConflictError: Another save came in between.
        """
        self.check(content)
        stored = self.get(location_id, record_id)
        if stored.has_saved(based_on, **dict(content)):
            return stored
        return self._save(location_id, record_id, based_on, **dict(content))

    def set_active(
        self, location_id: str, record_id: str, active: bool, *, based_on: int
    ) -> RecordT:
        """Turn a record on or off; raises as `update` does."""
        return self._save(location_id, record_id, based_on, active=active)

    def delete(self, location_id: str, record_id: str, *, based_on: int) -> None:
        """Delete a record; it stays readable for those that name it.

        Raises:
            InUseError: Enabled workflows name it.
            ConflictError: Something else needs it, or another save came in between.
            NotFoundError: The location has no such record.
            StaleRevisionError: `based_on` is not the stored revision.
        """
        self.require_deletable(location_id, record_id)
        now = self.ports.clock.now()
        self._save(location_id, record_id, based_on, active=False, deleted_at=now)

    def require_deletable(self, location_id: str, record_id: str) -> None:
        """Raise what forbids deleting a record."""
        require_unused(self.kind, record_id, location_id, self.ports)

    def first_save(self, record: RecordT) -> RecordT:
        """Return a new record as it is saved."""
        return record

    def _save(self, location_id: str, record_id: str, based_on: int, **changes: Any) -> RecordT:
        stored = self.get(location_id, record_id)
        saved = stored.saved(based_on, **changes, updated_at=self.ports.clock.now())
        self.store.save(saved)
        return saved
