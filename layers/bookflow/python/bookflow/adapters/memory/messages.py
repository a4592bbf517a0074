"""Outboxes for e-mails, texts and requests, and the suppression list, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from bookflow.adapters.memory.calls import Calls, Fake, page_of, port_call
from bookflow.domain.http_messages import HttpRequest, HttpResponse
from bookflow.domain.messages.message import Email, TextMessage
from bookflow.domain.opt_outs.suppression import Suppression
from bookflow.domain.pages import PAGE_SIZE, Page


class InMemoryMailer(Fake):
    name = "mailer"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.sent: list[Email] = []

    @port_call
    def send(self, email: Email) -> str:
        self.sent.append(email)
        return f"email-{len(self.sent)}"


class InMemoryTexter(Fake):
    name = "texter"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.sent: list[TextMessage] = []

    @port_call
    def send(self, message: TextMessage) -> str:
        self.sent.append(message)
        return f"sms-{len(self.sent)}"


def _ok(request: HttpRequest) -> HttpResponse:
    return HttpResponse(200, {"content-type": "application/json"}, b"{}", False, 1)


class InMemoryHttp(Fake):
    """Answers requests with `respond`, which a test may replace."""

    name = "http"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.requests: list[HttpRequest] = []
        self.respond: Callable[[HttpRequest], HttpResponse] = _ok

    @port_call
    def send(self, request: HttpRequest) -> HttpResponse:
        self.requests.append(request)
        return self.respond(request)


class InMemorySuppressions(Fake):
    name = "suppressions"

    def __init__(self, calls: Calls | None = None) -> None:
        super().__init__(calls)
        self.stored: dict[tuple[str, str], Suppression] = {}
        self.link_keys: dict[str, bytes] = {}

    @port_call
    def find(self, location_id: str, address_hashes: Iterable[str]) -> Mapping[str, Suppression]:
        keys = [(location_id, digest) for digest in address_hashes]
        return {key[1]: self.stored[key] for key in keys if key in self.stored}

    @port_call
    def add(self, suppression: Suppression) -> None:
        key = (suppression.location_id, suppression.address_hash)
        stored = self.stored.get(key)
        if stored is None or stored.yields_to(suppression):
            self.stored[key] = suppression

    @port_call
    def remove(self, location_id: str, address_hash: str) -> None:
        self.stored.pop((location_id, address_hash), None)

    @port_call
    def list(
        self, location_id: str, *, limit: int = PAGE_SIZE, position: str | None = None
    ) -> Page[Suppression]:
        found = [one for key, one in self.stored.items() if key[0] == location_id]
        found.sort(key=lambda one: (one.created_at, one.address_hash), reverse=True)
        return page_of(found, limit, position)

    @port_call
    def link_key(self, location_id: str) -> bytes | None:
        return self.link_keys.get(location_id)

    @port_call
    def make_link_key(self, location_id: str) -> bytes:
        return self.link_keys.setdefault(location_id, location_id.encode().ljust(32, b"k"))
