"""Outboxes for e-mails and SMS, templates and the suppression list, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bookflow.adapters.memory.paging import page_of
from bookflow.domain.messages.message import Email, TextMessage
from bookflow.domain.messages.suppression import Suppression
from bookflow.domain.shared.errors import ConflictError, NotFoundError
from bookflow.domain.shared.pagination import PAGE_SIZE, Page
from bookflow.domain.templates import Template


class InMemoryMailer:
    def __init__(self) -> None:
        self.sent: list[Email] = []

    def send(self, email: Email) -> str:
        self.sent.append(email)
        return f"email-{len(self.sent)}"


class InMemoryTexter:
    def __init__(self) -> None:
        self.sent: list[TextMessage] = []
        self.opted_out: set[str] = set()

    def has_opted_out(self, number: str) -> bool | None:
        return number in self.opted_out

    def send(self, message: TextMessage) -> str:
        self.sent.append(message)
        return f"sms-{len(self.sent)}"


class InMemorySuppressions:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Suppression] = {}
        self.link_keys: dict[str, bytes] = {}

    def find(self, location_id: str, address_hashes: Iterable[str]) -> Mapping[str, Suppression]:
        keys = [(location_id, digest) for digest in address_hashes]
        return {key[1]: self.stored[key] for key in keys if key in self.stored}

    def add(self, suppression: Suppression) -> None:
        key = (suppression.location_id, suppression.address_hash)
        stored = self.stored.get(key)
        if stored is None or stored.yields_to(suppression):
            self.stored[key] = suppression

    def remove(self, location_id: str, address_hash: str) -> None:
        self.stored.pop((location_id, address_hash), None)

    def overwrite(self, suppression: Suppression) -> None:
        key = (suppression.location_id, suppression.address_hash)
        if key in self.stored:
            self.stored[key] = suppression

    def remove_sms_stop(self, location_id: str, address_hash: str) -> None:
        stored = self.stored.get((location_id, address_hash))
        if stored and stored.is_sms_stop:
            self.remove(location_id, address_hash)

    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Suppression]:
        found = [one for key, one in self.stored.items() if key[0] == location_id]
        found.sort(key=lambda one: (one.created_at, one.address_hash), reverse=True)
        return page_of(found, limit, position)

    def link_key(self, location_id: str) -> bytes | None:
        return self.link_keys.get(location_id)

    def keep_link_key(self, location_id: str, fresh: bytes) -> bytes:
        return self.link_keys.setdefault(location_id, fresh)


class InMemoryTemplates:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str], Template] = {}
        self.saved: dict[tuple[str, str, int], Template] = {}

    def get(self, location_id: str, template_id: str) -> Template:
        try:
            return self.stored[location_id, template_id]
        except KeyError:
            raise NotFoundError(
                "there is no such template in this location", field="template_id"
            ) from None

    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Template]:
        found = sorted(
            (one for one in self.stored.values() if one.location_id == location_id),
            key=lambda one: one.id,
        )
        page = page_of(found, limit, position)
        return Page([one for one in page.items if one.deleted_at is None], page.position)

    def save(self, template: Template) -> None:
        key = (template.location_id, template.id)
        if self.saved.get((*key, template.version)) == template:
            return
        stored = self.stored.get(key)
        if template.version != (stored.version if stored else 0) + 1:
            raise ConflictError("another save of the template came first", field="version")
        self.stored[key] = template
        self.saved[*key, template.version] = template

    def version(self, location_id: str, template_id: str, version: int) -> Template:
        try:
            return self.saved[location_id, template_id, version]
        except KeyError:
            raise NotFoundError(
                "there is no such version of the template", field="version"
            ) from None

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
