"""What a caller may do: a role in each location for people, scopes in one location for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from bookflow.api.errors import ForbiddenError
from bookflow.domain.events.sender import Sender
from bookflow.domain.shared.errors import NotFoundError


class Role(StrEnum):
    """What a person is in a location; each role may do all that the one before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def covers(self, other: Role) -> bool:
        """Whether this role may do what the other may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


EVERYWHERE = "*"
"""In the place of a location's id: the role holds in every location. No id looks so."""


class MachineScope(StrEnum):
    """What a machine token of the booking system is for."""

    EVENTS = "bookflow/events"
    BOOKINGS = "bookflow/bookings"


@dataclass(frozen=True)
class Access:
    """Who may call a route.

    Attributes:
        role: The least role that a person needs; None keeps people out.
        scope: The scope by which a machine may call as well; None keeps machines out.
        is_public: Anybody may call, without a token.
        everywhere: The role is needed in every location, as an admin of the deployment has it.
    """

    role: Role | None = None
    scope: MachineScope | None = None
    is_public: bool = False
    everywhere: bool = False


PUBLIC = Access(is_public=True)
"""For routes that reveal nothing about any location."""


@dataclass(frozen=True)
class Caller:
    """Who calls, as a verified token says.

    Attributes:
        subject: The issuer's id of the person or machine.
        name: How people know them: the token's name or e-mail address, or else the subject. It is
            shown and grants nothing.
        email: The person's address, if the issuer says that it is verified.
        roles: A person's role by location id; `*` is every location.
        scopes: What a machine token is for.
        machine_location: The one location of a machine token.
    """

    subject: str
    name: str = ""
    email: str | None = None
    roles: Mapping[str, Role] = field(default_factory=dict)
    scopes: frozenset[MachineScope] = frozenset()
    machine_location: str | None = None

    def role_in(self, location_id: str) -> Role | None:
        """Return the greater of the caller's roles in the location and everywhere, if any."""
        roles = {self.roles.get(location_id), self.roles.get(EVERYWHERE)}
        return next((role for role in reversed(Role) if role in roles), None)

    @property
    def sender(self) -> Sender:
        """Who sends what this caller posts."""
        kind: Literal["machine", "person"] = "machine" if self.machine_location else "person"
        return Sender(kind=kind, id=self.subject[:400])


def authorize(access: Access, caller: Caller, location_id: str) -> None:
    """Let the call pass, or say why not.

    Raises:
        NotFoundError: The caller has no role in the location; whether it exists is not
            revealed.
        ForbiddenError: The caller belongs to the location and needs another role or scope.
    """
    role = caller.role_in(location_id)
    is_its_machine = caller.machine_location == location_id and bool(caller.scopes)
    if role is None and not is_its_machine:
        raise NotFoundError("there is no such location", field="location_id")
    counted = caller.roles.get(EVERYWHERE) if access.everywhere else role
    if counted is not None and access.role is not None and counted.covers(access.role):
        return
    if is_its_machine and access.scope in caller.scopes:
        return
    admin = "the engineers of this deployment" if access.everywhere else "an admin of the location"
    raise ForbiddenError(_needed(access), remedy=f"Ask {admin} for it.")


def authorize_anywhere(access: Access, caller: Caller) -> None:
    """Let the call of a route that belongs to no location pass, or say why not.

    Raises:
        ForbiddenError: The caller has no such role in any location.
    """
    if access.role is None or not any(each.covers(access.role) for each in caller.roles.values()):
        raise ForbiddenError(_needed(access), remedy="Ask an admin of a location for it.")


def _needed(access: Access) -> str:
    ways = [
        f"the role {access.role} in {_places(access)}" if access.role else "",
        f"a machine token with the scope {access.scope}" if access.scope else "",
    ]
    return f"this needs {' or '.join(filter(None, ways))}"


def _places(access: Access) -> str:
    return "every location" if access.everywhere else "this location"
