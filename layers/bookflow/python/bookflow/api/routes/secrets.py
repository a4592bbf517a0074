"""Secrets: values go in and are never shown again."""

from __future__ import annotations

from datetime import datetime, timedelta

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from bookflow.api.auth import Role, anyone
from bookflow.api.calls import Call, CallArg, Id, Input, View, nothing
from bookflow.api.routing import Audit, Resource
from bookflow.domain.errors import InvalidInputError
from bookflow.domain.secrets import SIGNING_SECRET
from bookflow.manage_secrets import SecretManager

resource = Resource("secrets")


class SecretView(View):
    """A secret without its value."""

    name: str
    updated_at: datetime


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
    """List names and dates of the location's secrets."""
    found = _manager(call).list(location_id)
    return SecretList(
        items=tuple(SecretView(name=each.name, updated_at=each.updated_at) for each in found)
    )


@resource.put("/secrets/<name>", access=anyone(Role.ADMIN), audit=Audit.DEED)
def put_secret(call: CallArg, location_id: Id, name: Id, body: SecretValue) -> StoredSecret:
    """Store a secret; another value of that name stops counting at once."""
    manager = _manager(call)
    if body.value is None:
        if name != SIGNING_SECRET:
            raise InvalidInputError("is missing", field="body.value", remedy="Send the value.")
        return StoredSecret(name=name, made=manager.create_signing_secret(location_id))
    manager.put(location_id, name, body.value)
    return StoredSecret(name=name, made=None)


@resource.post("/secrets/<name>/rotate", access=anyone(Role.ADMIN), audit=Audit.DEED)
def rotate_secret(call: CallArg, location_id: Id, name: Id, body: Rotation) -> StoredSecret:
    """Replace a secret, the value before it counting on for a while."""
    made = _manager(call).rotate(
        location_id, name, body.value, overlap=timedelta(hours=body.overlap_hours)
    )
    return StoredSecret(name=name, made=made)


@resource.delete("/secrets/<name>", access=anyone(Role.ADMIN), status=204, audit=Audit.DEED)
def delete_secret(call: CallArg, location_id: Id, name: Id) -> Response[None]:
    """Remove a secret; steps that name it in a header fail from then on."""
    _manager(call).delete(location_id, name)
    return nothing()


def _manager(call: Call) -> SecretManager:
    return SecretManager(call.ports)
