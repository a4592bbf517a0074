"""Reads back the e-mails and text messages that the emulator really sent."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

_EMAILS_PATH = "/_ministack/ses/messages"
_SMS_PATH = "/_ministack/sns/sms-messages"


@dataclass(frozen=True)
class Attachment:
    """A part of an e-mail that is neither its text nor its HTML, such as a calendar entry."""

    filename: str
    content_type: str
    text: str


@dataclass(frozen=True)
class Email:
    """One e-mail accepted by SES: addresses as sent, bodies as rendered."""

    id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    reply_to: tuple[str, ...]
    headers: Mapping[str, str]
    """The custom headers of the message (SES v2 `Simple.Headers`, or those of raw content)."""
    configuration_set: str
    sent_at: datetime
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Sms:
    """One text message accepted by SNS: the number in E.164, the text as rendered."""

    id: str
    to: str
    text: str
    sender_id: str
    sent_at: datetime


@dataclass(frozen=True)
class Marker:
    """What had been sent at one moment; pass it back to see only what came later."""

    seen: frozenset[str] = frozenset()


class Outbox:
    """The emulator's outbox of SES and SNS, oldest message first."""

    def __init__(self, endpoint: str, client: httpx.Client | None = None) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._client = client or httpx.Client(timeout=10, trust_env=False)

    def marker(self) -> Marker:
        """A marker for everything that has been sent until now."""
        ids = [mail.id for mail in self.emails()] + [sms.id for sms in self.sms()]
        return Marker(seen=frozenset(ids))

    def emails(self, since: Marker | None = None) -> list[Email]:
        """The e-mails sent after `since` (default: all of them)."""
        seen = since.seen if since else frozenset()
        return [mail for mail in parse_emails(self._get(_EMAILS_PATH)) if mail.id not in seen]

    def sms(self, since: Marker | None = None) -> list[Sms]:
        """The text messages sent after `since` (default: all of them)."""
        seen = since.seen if since else frozenset()
        return [sms for sms in parse_sms(self._get(_SMS_PATH)) if sms.id not in seen]

    def _get(self, path: str) -> Mapping[str, Any]:
        response = self._client.get(self._endpoint + path)
        response.raise_for_status()
        body: Mapping[str, Any] = response.json()
        return body


def parse_emails(body: Mapping[str, Any]) -> list[Email]:
    """E-mails from the emulator's answer, sorted by the time of sending."""
    mails = [
        Email(
            id=record["MessageId"],
            sender=record["Source"],
            to=tuple(record.get("To") or ()),
            subject=record.get("Subject") or "",
            text=record.get("BodyText") or "",
            html=record.get("BodyHtml") or "",
            reply_to=tuple(record.get("ReplyTo") or ()),
            headers=dict(record.get("Headers") or {}),
            configuration_set=record.get("ConfigurationSetName") or "",
            sent_at=_moment(record.get("Timestamp")),
            attachments=tuple(map(_attachment, record.get("Attachments") or ())),
        )
        for records in body.get("messages", {}).values()
        for record in records
    ]
    return sorted(mails, key=lambda mail: mail.sent_at)


def parse_sms(body: Mapping[str, Any]) -> list[Sms]:
    """Text messages from the emulator's answer, sorted by the time of sending."""
    messages = [
        Sms(
            id=record["MessageId"],
            to=record["PhoneNumber"],
            text=record.get("Message") or "",
            sender_id=_string_attribute(record, "AWS.SNS.SMS.SenderID"),
            sent_at=_moment(record.get("Timestamp")),
        )
        for records in body.get("sms_messages", {}).values()
        for record in records
    ]
    return sorted(messages, key=lambda sms: sms.sent_at)


def _attachment(part: Mapping[str, str]) -> Attachment:
    text = base64.b64decode(part["Data"]).decode("utf-8", "replace")
    return Attachment(part["FileName"], part["ContentType"], text)


def _string_attribute(record: Mapping[str, Any], name: str) -> str:
    attribute = (record.get("MessageAttributes") or {}).get(name) or {}
    # The emulator keeps attributes either as sent (StringValue) or as SNS delivers them (Value).
    return str(attribute.get("StringValue") or attribute.get("Value") or "")


def _moment(timestamp: float | None) -> datetime:
    return datetime.fromtimestamp(timestamp or 0, tz=UTC)
