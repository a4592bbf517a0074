"""Gap: the outboxes leave out what a test wants to see: headers, attachments and sending times.

SES and SNS have no outbox in AWS; this adds to the emulator's own pages, and changes no answer
that the product's code gets.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import base64
import email.policy
import json
import time

from ministack import app
from ministack.services import ses_v2, sns

_extras: dict[str, dict] = {}


def apply() -> None:
    """Keeps the missing fields by message id and adds them to the pages."""
    handle = ses_v2.handle_request
    show = app._handle_ses_messages_request
    publish = sns._publish

    async def handle_and_keep(method, path, headers, body, query_params):
        response = await handle(method, path, headers, body, query_params)
        if method == "POST" and path.rstrip("/").endswith("/outbound-emails"):
            _keep(json.loads(body or b"{}"), response)
        return response

    async def show_with_extras(method, path, headers, query_params):
        response = await show(method, path, headers, query_params)
        if response is None or response[0] != 200:
            return response
        page = json.loads(response[2])
        for records in page["messages"].values():
            for record in records:
                record.update(_extras.get(record["MessageId"], {}))
        return response[0], response[1], json.dumps(page).encode()

    def publish_with_time(params):
        response = publish(params)
        number = sns._p(params, "PhoneNumber")
        if number and response[0] == 200:
            for record in sns._sms_log_for(number):
                record.setdefault("Timestamp", time.time())
        return response

    ses_v2.handle_request = handle_and_keep
    app._handle_ses_messages_request = show_with_extras
    sns._publish = publish_with_time


def _keep(request, response) -> None:
    if response[0] != 200:
        return
    content = request.get("Content", {})
    headers = content.get("Simple", {}).get("Headers") or []
    raw = content.get("Raw", {}).get("Data")
    _extras[json.loads(response[2])["MessageId"]] = {
        "Headers": {header["Name"]: header["Value"] for header in headers},
        "ReplyTo": request.get("ReplyToAddresses") or [],
        "Attachments": [],
        **(_read_raw(raw) if raw else {}),
        "ConfigurationSetName": request.get("ConfigurationSetName") or "",
        "Tags": request.get("EmailTags") or [],
    }


_WRITTEN_BY_SES = {"from", "to", "subject", "date", "mime-version", "reply-to"}


def _read_raw(data) -> dict:
    """Return what a message of raw content says, as the page shows one of simple content."""
    message = email.message_from_bytes(base64.b64decode(data), policy=email.policy.default)
    parts = [part for part in message.walk() if not part.is_multipart()]
    texts = {
        part.get_content_type(): part.get_content().replace("\r\n", "\n")
        for part in parts
        if part.get_content_maintype() == "text" and not part.get_filename()
    }
    return {
        "Subject": str(message["Subject"]),
        "BodyText": texts.get("text/plain", ""),
        "BodyHtml": texts.get("text/html", ""),
        "Headers": {
            name: str(value)
            for name, value in message.items()
            if name.lower() not in _WRITTEN_BY_SES and not name.lower().startswith("content-")
        },
        "ReplyTo": [str(message["Reply-To"])] if message["Reply-To"] else [],
        "Attachments": [
            {
                "FileName": part.get_filename() or "",
                "ContentType": part["Content-Type"],
                "Data": base64.b64encode(part.get_payload(decode=True)).decode(),
            }
            for part in parts
            if part.get_content_type() not in ("text/plain", "text/html")
        ],
    }
