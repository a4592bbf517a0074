"""Secrets: values go in and are never shown again."""

from __future__ import annotations

from datetime import datetime, timedelta

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from bookflow.api.auth import Role, anyone
from bookflow.api.calls import (
    ETAG,
    Call,
    CallArg,
    Id,
    IfMatch,
    Input,
    View,
    answer,
    nothing,
    revision_of,
)
from bookflow.api.routing import Audit, Resource
from bookflow.domain.webhooks.secrets import SIGNING_SECRET
from bookflow.use_cases.secrets.manage_secrets import SecretManager, Stored

resource = Resource("secrets")


class SecretView(View):
    """A secret without its value."""

    name: str
    updated_at: datetime
    revision: int = Field(description="Its ETag: a change sends it in If-Match")
    previous_until: datetime | None = Field(
        description="Until when webhooks are also signed with the previous value; null if they "
        "are not"
    )


class SecretList(View):
    """The location's secrets by name."""

    items: tuple[SecretView, ...]


class SecretValue(Input):
    """A value to store."""

    value: str | None = Field(
        default=None,
        max_length=2000,
        description=f"May be left out for {SIGNING_SECRET}: a random value is generated",
    )


class NewSecret(SecretValue):
    """A secret to add."""

    name: str = Field(
        max_length=64, description="Small letters, digits, `_` and `-`; begins with a letter"
    )


class Rotation(SecretValue):
    """The new value of a secret."""

    overlap_hours: int = Field(
        default=24,
        ge=0,
        le=720,
        description="Hours in which webhooks are also signed with the old value",
    )


class StoredSecret(View):
    """A secret that was stored."""

    name: str
    made: str | None = Field(
        description="The generated signing secret, for the receivers; shown only once"
    )


@resource.get("/secrets", access=anyone(Role.ADMIN))
def list_secrets(call: CallArg, location_id: Id) -> SecretList:
    """List names, dates and revisions of the location's secrets."""
    return SecretList(items=tuple(map(SecretView.of, _manager(call).list(location_id))))


@resource.post(
    "/secrets",
    access=anyone(Role.ADMIN),
    status=201,
    headers=ETAG,
    problems=(409,),
    audit=Audit.DEED,
    made_id="name",
)
def create_secret(call: CallArg, location_id: Id, body: NewSecret) -> Response[StoredSecret]:
    """Add a secret with an unused name."""
    stored = _manager(call).create(location_id, body.name, body.value)
    return _stored(body.name, stored, status=201)


@resource.put(
    "/secrets/<name>",
    access=anyone(Role.ADMIN),
    headers=ETAG,
    problems=(412, 428),
    audit=Audit.DEED,
)
def put_secret(
    call: CallArg, location_id: Id, name: Id, body: SecretValue, if_match: IfMatch = None
) -> Response[StoredSecret]:
    """Replace a secret; the old value is invalid at once."""
    stored = _manager(call).put(location_id, name, body.value, based_on=revision_of(if_match))
    return _stored(name, stored)


@resource.post(
    "/secrets/<name>/rotate",
    access=anyone(Role.ADMIN),
    headers=ETAG,
    problems=(412, 428),
    audit=Audit.DEED,
)
def rotate_secret(
    call: CallArg, location_id: Id, name: Id, body: Rotation, if_match: IfMatch = None
) -> Response[StoredSecret]:
    """Replace a secret; the old value stays valid for some hours."""
    stored = _manager(call).rotate(
        location_id,
        name,
        body.value,
        based_on=revision_of(if_match),
        overlap=timedelta(hours=body.overlap_hours),
    )
    return _stored(name, stored)


@resource.delete(
    "/secrets/<name>",
    access=anyone(Role.ADMIN),
    status=204,
    problems=(412, 428),
    audit=Audit.DEED,
)
def delete_secret(
    call: CallArg, location_id: Id, name: Id, if_match: IfMatch = None
) -> Response[None]:
    """Delete a secret; later steps that use it fail."""
    _manager(call).delete(location_id, name, based_on=revision_of(if_match))
    return nothing()


def _manager(call: Call) -> SecretManager:
    return SecretManager(call.ports)


def _stored(name: str, stored: Stored, *, status: int = 200) -> Response[StoredSecret]:
    body = StoredSecret(name=name, made=stored.made)
    return answer(body, status=status, revision=stored.revision)
