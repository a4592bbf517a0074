"""Declares routes: what each answers, and who may call it."""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

from bookflow.api.auth.access import Access, Role
from bookflow.domain.shared.rate_limits import RateLimit

MAX_BODY_BYTES = 1024 * 1024
"""Larger than any graph (256 KiB) or batch of ordinary events; API Gateway itself takes 10 MB."""

LOCATION = "/v1/locations/<location_id>"
"""Start of every address that belongs to a location."""

_EVERYWHERE = " in every location (`*`)"

HandlerT = TypeVar("HandlerT", bound=Callable[..., Any])


class Audit(StrEnum):
    """What the audit log keeps of a call that changes something."""

    CHANGES = "changes"
    """The fields that changed, before and after."""

    DEED = "deed"
    """Only that it happened: the content is secret or about a person."""

    RESULT = "result"
    """What the call answers: it did something to many things at once."""

    NOTHING = "nothing"
    """The call changes nothing that is stored."""


@dataclass(frozen=True)
class Endpoint:
    """One route.

    Attributes:
        path: Its address, with parameters as `<name>`.
        access: Who may call it.
        status: HTTP status of success.
        problems: HTTP statuses of the problems that it may answer, beside those that any may.
        headers: Headers of a successful answer, with what they say.
        content_type: Media type of a successful answer that is not a model as JSON.
        audit: What the audit log keeps of a call; reading routes are never kept.
        limit: How often each location may call it; None sets no limit.
        audited_id: Field of the answer by which the audit log names the thing, where the id in
            the address says too much.
        shown_by: Address, behind the location's, of the route that shows what a call changes, where
            its own address does not lead there.
        made_id: Field of the answer that names what was made, for the audit log.
        max_body_bytes: The largest body of a call.
    """

    method: str
    path: str
    access: Access
    handler: Callable[..., Any]
    tag: str
    status: int = 200
    problems: tuple[int, ...] = ()
    headers: Mapping[str, str] | None = None
    content_type: str = ""
    audit: Audit = Audit.CHANGES
    limit: RateLimit | None = None
    made_id: str = "id"
    audited_id: str = ""
    shown_by: str = ""
    max_body_bytes: int = MAX_BODY_BYTES

    @property
    def is_audited(self) -> bool:
        """Whether a call of it goes into the audit log."""
        return self.method != "GET" and self.audit is not Audit.NOTHING

    @property
    def takes_body(self) -> bool:
        """Whether a call of it has a body: the handler's parameter of that name."""
        return "body" in inspect.signature(self.handler).parameters

    @property
    def operation_id(self) -> str:
        """The handler's name: unique in the API, and the name of a client's function."""
        return self.handler.__name__

    @property
    def openapi_path(self) -> str:
        """Return the address as OpenAPI writes it."""
        return re.sub(r"<(\w+)>", r"{\1}", self.path)

    @property
    def summary(self) -> str:
        """First line of the handler's docstring."""
        return self._doc.partition("\n")[0].rstrip(".")

    @property
    def description(self) -> str:
        """The rest of the handler's docstring, and who may call."""
        rest = " ".join(self._doc.partition("\n")[2].split())
        return " ".join(filter(None, [rest, self._who]))

    @property
    def _doc(self) -> str:
        return inspect.getdoc(self.handler) or ""

    @property
    def _who(self) -> str:
        if self.access.is_public:
            return "Needs no token."
        ways = [
            f"the role {self.access.role}{_EVERYWHERE if self.access.everywhere else ''}"
            if self.access.role
            else "",
            f"a machine token with the scope `{self.access.scope}`" if self.access.scope else "",
        ]
        return f"Needs {' or '.join(filter(None, ways))}."


class Resource:
    """The routes of one resource.

    Args:
        tag: Name of the resource in the reference.
        prefix: Start of its addresses.
    """

    def __init__(self, tag: str, *, prefix: str = LOCATION) -> None:
        self.tag = tag
        self.prefix = prefix
        self.endpoints: list[Endpoint] = []

    def get(self, path: str, access: Access | Role, **more: Any) -> Callable[[HandlerT], HandlerT]:
        """Declare a route that reads; `more` are fields of `Endpoint`."""
        return self._route("GET", path, access, more)

    def post(self, path: str, access: Access | Role, **more: Any) -> Callable[[HandlerT], HandlerT]:
        """Declare a route that makes or does something."""
        return self._route("POST", path, access, more)

    def put(self, path: str, access: Access | Role, **more: Any) -> Callable[[HandlerT], HandlerT]:
        """Declare a route that saves."""
        return self._route("PUT", path, access, more)

    def delete(
        self, path: str, access: Access | Role, **more: Any
    ) -> Callable[[HandlerT], HandlerT]:
        """Declare a route that removes."""
        return self._route("DELETE", path, access, more)

    def _route(
        self, method: str, path: str, access: Access | Role, more: Mapping[str, Any]
    ) -> Callable[[HandlerT], HandlerT]:
        needed = Access(access) if isinstance(access, Role) else access

        def declare(handler: HandlerT) -> HandlerT:
            self.endpoints.append(
                Endpoint(method, self.prefix + path, needed, handler, self.tag, **more)
            )
            return handler

        return declare


@cache
def endpoints() -> Sequence[Endpoint]:
    """Return every route: those of each `resource` in the modules of `bookflow.api.routes`.

    A route without parameters at a place comes before one that has a parameter there.
    """
    package = import_module("bookflow.api.routes")
    found: list[Endpoint] = []
    for module_info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not module_info.ispkg:
            found += import_module(module_info.name).resource.endpoints
    names = [endpoint.operation_id for endpoint in found]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"Handlers need names of their own: {', '.join(sorted(twice))}.")
    return tuple(sorted(found, key=lambda each: (each.path.replace("<", "\x7f"), each.method)))
