"""Secrets: values go in and are never shown again."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from pydantic import Field

from bookflow.api.auth.access import Role
from bookflow.api.calls import (
    ETAG,
    OVERTAKEN,
    SAVE,
    Call,
    CallArg,
    CursorQuery,
    Id,
    IfMatch,
    Input,
    Limit,
    PageLimit,
    View,
    answer,
    nothing,
)
from bookflow.api.etags import revision_of
from bookflow.api.routing import Audit, Resource
from bookflow.api.uses import UsePage, use_page
from bookflow.domain.webhooks.secret_hosts import MAX_HOSTS
from bookflow.domain.webhooks.secrets import SIGNING_SECRET, SecretInfo
from bookflow.use_cases.secrets.manage_secrets import SecretManager, Stored

resource = Resource("secrets")


class SecretList(View):
    """The location's secrets by name."""

    items: tuple[SecretInfo, ...]


class SecretValue(Input):
    """A value to store."""

    value: str | None = Field(
        default=None,
        max_length=2000,
        description=f"May be left out for {SIGNING_SECRET}: a random value is generated",
    )


Host = Annotated[str, Field(max_length=300)]


class SecretHosts(Input):
    """The hosts that a secret may be sent to."""

    hosts: tuple[Host, ...] = Field(
        default=(),
        max_length=MAX_HOSTS,
        description="Such as `api.example.com`, or `*.example.com` for all hosts below "
        "`example.com`, which itself is not among them. No ports and no IP addresses. While there "
        "is none, webhooks do not send the secret",
        examples=[["api.example.com", "*.example.org"]],
    )


class NewSecret(SecretValue, SecretHosts):
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


class StoredHosts(View):
    """The hosts that a secret may be sent to from now on."""

    name: str
    hosts: tuple[str, ...]


@resource.get("/secrets", Role.EDITOR)
def list_secrets(call: CallArg, location_id: Id) -> SecretList:
    """List names, hosts, dates and revisions of the location's secrets; never a value."""
    return SecretList(items=tuple(_manager(call).list(location_id)))


@resource.post(
    "/secrets",
    Role.ADMIN,
    status=201,
    headers=ETAG,
    problems=(409,),
    audit=Audit.DEED,
    made_id="name",
)
def create_secret(call: CallArg, location_id: Id, body: NewSecret) -> Response[StoredSecret]:
    """Add a secret with an unused name, and the hosts that webhooks may send it to."""
    stored = _manager(call).create(location_id, body.name, body.value, body.hosts)
    return _stored(body.name, stored, status=201)


@resource.put("/secrets/<name>", Role.ADMIN, **SAVE, audit=Audit.DEED)
def put_secret(
    call: CallArg, location_id: Id, name: Id, body: SecretValue, if_match: IfMatch = None
) -> Response[StoredSecret]:
    """Replace a secret's value; the old one is invalid at once. Its hosts stay."""
    stored = _manager(call).put(location_id, name, body.value, based_on=revision_of(if_match))
    return _stored(name, stored)


@resource.put("/secrets/<name>/hosts", Role.ADMIN, **SAVE, audit=Audit.RESULT)
def set_secret_hosts(
    call: CallArg, location_id: Id, name: Id, body: SecretHosts, if_match: IfMatch = None
) -> Response[StoredHosts]:
    """Name the hosts that webhooks may send a secret to; its value stays."""
    revision, hosts = _manager(call).set_hosts(
        location_id, name, body.hosts, based_on=revision_of(if_match)
    )
    return answer(StoredHosts(name=name, hosts=hosts), revision=revision)


@resource.get("/secrets/<name>/uses", Role.EDITOR)
def list_secret_uses(
    call: CallArg,
    location_id: Id,
    name: Id,
    limit: Limit = PageLimit,
    cursor: CursorQuery = None,
) -> UsePage:
    """List the workflows whose draft or published version sends the secret, by name.

    `limit` counts the workflows that a page looks at.
    """
    return use_page(call, location_id, "secret", name, call.wanted(limit, cursor))


@resource.post("/secrets/<name>/rotate", Role.ADMIN, **SAVE, audit=Audit.DEED)
def rotate_secret(
    call: CallArg, location_id: Id, name: Id, body: Rotation, if_match: IfMatch = None
) -> Response[StoredSecret]:
    """Replace a secret's value; the old one stays valid for some hours. Its hosts stay."""
    stored = _manager(call).rotate(
        location_id,
        name,
        body.value,
        based_on=revision_of(if_match),
        overlap=timedelta(hours=body.overlap_hours),
    )
    return _stored(name, stored)


@resource.delete("/secrets/<name>", Role.ADMIN, status=204, **OVERTAKEN, audit=Audit.DEED)
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
