"""Message templates in memory."""

from __future__ import annotations

from bookflow.adapters.memory.calls import Calls, Fake, page_of, port_call
from bookflow.domain.errors import (
    ConflictError,
    NotFoundError,
)
from bookflow.domain.pages import PAGE_SIZE, Page
from bookflow.domain.templates import Template


class InMemoryTemplates(Fake):
    name = "templates"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str], Template] = {}
        self.saved: dict[tuple[str, str, int], Template] = {}

    @port_call
    def get(self, location_id: str, template_id: str) -> Template:
        try:
            return self.stored[location_id, template_id]
        except KeyError:
            raise NotFoundError(
                "there is no such template in this location", field="template_id"
            ) from None

    @port_call
    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Template]:
        found = sorted(
            (one for one in self.stored.values() if one.location_id == location_id),
            key=lambda one: one.id,
        )
        page = page_of(found, limit, position)
        return Page([one for one in page.items if one.deleted_at is None], page.position)

    @port_call
    def save(self, template: Template) -> None:
        key = (template.location_id, template.id)
        if self.saved.get((*key, template.version)) == template:
            return
        stored = self.stored.get(key)
        if template.version != (stored.version if stored else 0) + 1:
            raise ConflictError("another save of the template came first", field="version")
        self.stored[key] = template
        self.saved[*key, template.version] = template

    @port_call
    def version(self, location_id: str, template_id: str, version: int) -> Template:
        try:
            return self.saved[location_id, template_id, version]
        except KeyError:
            raise NotFoundError(
                "there is no such version of the template", field="version"
            ) from None

    @port_call
    def versions(
        self,
        location_id: str,
        template_id: str,
        *,
        limit: int = PAGE_SIZE,
        position: str | None = None,
    ) -> Page[Template]:
        found = [
            self.saved[key]
            for key in sorted(self.saved, reverse=True)
            if key[:2] == (location_id, template_id)
        ]
        return page_of(found, limit, position)
