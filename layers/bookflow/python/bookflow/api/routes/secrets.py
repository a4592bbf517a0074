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
    revision: int = Field(description="Its ETag: a change names it in If-Match")
    previous_until: datetime | None = Field(
        description="Until when webhooks are signed with the value before it as well; null: they "
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
        description=f"May be left out for {SIGNING_SECRET}, which then becomes a random one",
    )


class NewSecret(SecretValue):
    """A secret to add."""

    name: str = Field(
        max_length=64, description="Small letters, digits, `_` and `-`; begins with a letter"
    )


class Rotation(SecretValue):
    """A value to store in the place of the one that counts now."""

    overlap_hours: int = Field(
        default=24, ge=0, le=720, description="How long webhooks are signed with the old one too"
    )


class StoredSecret(View):
    """A secret that was stored."""

    name: str
    made: str | None = Field(
        description="The signing secret that was made here, for the receivers; shown this once"
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
    """Add a secret under a name that is not taken."""
    stored = _manager(call).create(location_id, body.name, body.value)
    return _told(body.name, stored, status=201)


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
    """Replace a secret; the value before it stops counting at once."""
    stored = _manager(call).put(location_id, name, body.value, based_on=revision_of(if_match))
    return _told(name, stored)


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
    """Replace a secret, the value before it counting on for a while."""
    stored = _manager(call).rotate(
        location_id,
        name,
        body.value,
        based_on=revision_of(if_match),
        overlap=timedelta(hours=body.overlap_hours),
    )
    return _told(name, stored)


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
    """Remove a secret; steps that name it in a header fail from then on."""
    _manager(call).delete(location_id, name, based_on=revision_of(if_match))
    return nothing()


def _manager(call: Call) -> SecretManager:
    return SecretManager(call.ports)


def _told(name: str, stored: Stored, *, status: int = 200) -> Response[StoredSecret]:
    told = StoredSecret(name=name, made=stored.made)
    return answer(told, status=status, revision=stored.revision)
