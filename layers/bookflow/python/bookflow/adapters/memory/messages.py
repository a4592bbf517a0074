"""Outboxes for e-mails and SMS, templates and the suppression list, in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from bookflow.adapters.memory.records import InMemoryLibrary, page_of, stored_at
from bookflow.domain.messages.message import Email, TextMessage
from bookflow.domain.messages.sent.sent_message import (
    Channel,
    MessageBody,
    MessageCounts,
    MessageState,
    SentMessage,
)
from bookflow.domain.messages.sent.sent_sms import SentSms
from bookflow.domain.messages.suppression import Suppression
from bookflow.domain.shared.pagination import FIRST_PAGE, Page, PageRequest
from bookflow.domain.templates import Template, TemplateHead
from bookflow.domain.templates.edited import EditedText


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


class InMemoryMessages:
    def __init__(self) -> None:
        self.stored: dict[tuple[str, str, str], SentMessage] = {}
        self.texts: dict[tuple[str, str, str], MessageBody] = {}

    def add(self, message: SentMessage, body: MessageBody, until: datetime | None) -> None:
        key = (message.location_id, message.owner, message.id)
        self.stored[key], self.texts[key] = message, body

    def note(
        self,
        location_id: str,
        owner: str,
        message_id: str,
        execution_id: str,
        state: MessageState,
        at: datetime,
        detail: str = "",
    ) -> None:
        key = (location_id, owner, message_id)
        stored = self.stored.get(key)
        if stored is None or stored.execution_id != execution_id:
            return
        known = stored.times.get(state)
        if known is None or at < known:
            times = {**stored.times, state: at}
            self.stored[key] = stored.changed(times=times, detail=detail or stored.detail)

    def counts(self, location_id: str, channel: Channel, since: datetime) -> MessageCounts:
        sent = [
            each.times.keys()
            for each in self.stored.values()
            if (each.location_id, each.channel) == (location_id, channel) and each.sent_at >= since
        ]
        failures = {MessageState.FAILED, MessageState.BOUNCED}
        return MessageCounts(
            len(sent),
            sum(MessageState.DELIVERED in states for states in sent),
            sum(bool(states & failures) for states in sent),
        )

    def list(
        self, location_id: str, owner: str, request: PageRequest = FIRST_PAGE
    ) -> Page[SentMessage]:
        found = [self.stored[key] for key in sorted(self.stored) if key[:2] == (location_id, owner)]
        return page_of(found, request)

    def get(self, location_id: str, owner: str, message_id: str) -> SentMessage:
        return stored_at(self.stored, (location_id, owner, message_id), "message", "message_id")

    def bodies(
        self, location_id: str, owner: str, message_ids: Iterable[str]
    ) -> Mapping[str, MessageBody]:
        keys = {(location_id, owner, each): each for each in message_ids}
        return {keys[key]: self.texts[key] for key in keys if key in self.texts}

    def delete(self, location_id: str, owner: str) -> int:
        found = [key for key in self.stored if key[:2] == (location_id, owner)]
        for key in found:
            del self.stored[key], self.texts[key]
        return len(found)


class InMemorySentSms:
    def __init__(self) -> None:
        self.stored: dict[str, SentSms] = {}

    def add(self, sent: SentSms) -> None:
        self.stored[sent.message_id] = sent

    def find(self, message_id: str) -> SentSms | None:
        return self.stored.get(message_id)


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

    def list(self, location_id: str, request: PageRequest = FIRST_PAGE) -> Page[Suppression]:
        found = [one for key, one in self.stored.items() if key[0] == location_id]
        found.sort(key=lambda one: (one.created_at, one.address_hash), reverse=True)
        return page_of(found, request)

    def link_key(self, location_id: str) -> bytes | None:
        return self.link_keys.get(location_id)

    def keep_link_key(self, location_id: str, fresh: bytes) -> bytes:
        return self.link_keys.setdefault(location_id, fresh)


class InMemoryTemplates(InMemoryLibrary[Template, TemplateHead]):
    model = Template

    def __init__(self) -> None:
        super().__init__()
        self.saved: dict[tuple[str, str, int], Template] = {}
        self.edits: dict[tuple[str, str, str], EditedText] = {}

    def save_edited(self, text: EditedText) -> None:
        self.edits[text.location_id, text.booking_id, text.id] = text

    def edited(self, location_id: str, booking_id: str, text_id: str) -> EditedText | None:
        return self.edits.get((location_id, booking_id, text_id))

    def delete_edited(self, location_id: str, booking_id: str, text_id: str) -> None:
        self.edits.pop((location_id, booking_id, text_id), None)

    def delete_all_edited(self, location_id: str, booking_id: str) -> int:
        keys = [key for key in self.edits if key[:2] == (location_id, booking_id)]
        for key in keys:
            del self.edits[key]
        return len(keys)

    def listed(self, record: Template) -> TemplateHead:
        return record.head

    def save(self, template: Template) -> None:
        key = (template.location_id, template.id, template.version)
        if self.saved.get(key) != template:
            super().save(template)
            self.saved[key] = template

    def version(self, location_id: str, template_id: str, version: int) -> Template:
        key = (location_id, template_id, version)
        return stored_at(self.saved, key, "version of the template", "version")

    def versions(
        self, location_id: str, template_id: str, request: PageRequest = FIRST_PAGE
    ) -> Page[TemplateHead]:
        found = [
            self.saved[key].head
            for key in sorted(self.saved, reverse=True)
            if key[:2] == (location_id, template_id)
        ]
        return page_of(found, request)
