"""What a location writes for its workflows to use: templates, with their versions, and surveys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from bookflow.domain.shared.pagination import FIRST_PAGE

if TYPE_CHECKING:
    from bookflow.domain.shared.pagination import Page, PageRequest
    from bookflow.domain.shared.records import LibraryRecord
    from bookflow.domain.templates import Template, TemplateHead
    from bookflow.domain.templates.edited import EditedText

RecordT = TypeVar("RecordT", bound="LibraryRecord")
ListedT = TypeVar("ListedT")


class LibraryStore(Protocol[RecordT, ListedT]):
    """Records of one kind, each by its id, and what lists show of them."""

    def get(self, location_id: str, record_id: str) -> RecordT:
        """Return the record as it was saved last; a deleted one says so itself.

        Raises:
            NotFoundError: The location has no such record.
        """

    def save(self, record: RecordT) -> None:
        """Store the record if the stored one is the save before it; the first must be new.

        Raises:
            StaleRevisionError: Another save came first.
        """

    def list(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[ListedT]:
        """Return a page of the location's records by id, without deleted ones.

        It may hold fewer than there are.
        """


class TemplateStore(LibraryStore["Template", "TemplateHead"], Protocol):
    """Communication templates and all their versions, which never change; lists hold no texts."""

    def version(self, location_id: str, template_id: str, version: int) -> Template:
        """Return the template as it was saved with that version, of a deleted one too.

        Raises:
            NotFoundError: There is no such version.
        """

    def versions(
        self, location_id: str, template_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[TemplateHead]:
        """Return a page of the versions, newest first."""

    def save_edited(self, text: EditedText) -> None:
        """Store the text of one message; its id is new."""

    def edited(self, location_id: str, booking_id: str, text_id: str) -> EditedText | None:
        """Return the text of one message (consistent), or None."""

    def delete_edited(self, location_id: str, booking_id: str, text_id: str) -> None:
        """Delete the text of one message; a missing one is no error."""

    def delete_all_edited(self, location_id: str, booking_id: str) -> int:
        """Delete all such texts of a booking, in use or not; return how many there were."""
