"""A location's message templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bookflow.domain.pages import PAGE_SIZE

if TYPE_CHECKING:
    from bookflow.domain.pages import Page
    from bookflow.domain.templates import Template


class TemplateStore(Protocol):
    """Communication templates and all their versions."""

    def get(self, location_id: str, template_id: str) -> Template:
        """Return the latest version; a deleted template says so itself.

        Raises:
            NotFoundError: The location has no such template.
        """
        ...

    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Template]:
        """Return a page of the location's templates by id, without deleted ones."""
        ...

    def save(self, template: Template) -> None:
        """Store the next version, if the stored one is the version before it.

        Version 1 must be new. Versions never change after they are written.

        Raises:
            ConflictError: Another save came first.
        """
        ...

    def version(self, location_id: str, template_id: str, version: int) -> Template:
        """Return the template as it was saved with that version.

        Raises:
            NotFoundError: There is no such version.
        """
        ...

    def versions(
        self,
        location_id: str,
        template_id: str,
        *,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Template]:
        """Return a page of the versions, newest first."""
        ...
