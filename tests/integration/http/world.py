"""A location whose webhooks reach a receiver on this machine, whatever host they name."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bookflow.actions.webhook import Webhook
from bookflow.adapters.http.sender import GuardedHttpSender
from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Execution
from bookflow.domain.shared.errors import BookflowError
from bookflow.domain.webhooks.url_policy import UrlPolicy
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_step import StepRunner
from tests.api import Answer, Client, TestIssuer, make_api
from tests.fakes import FakePorts
from tests.unit.api.graphs import WORKFLOWS, graph_of
from tests.unit.runtime.samples import event, payloads

LOCATION = "/v1/locations/loc-1"


@dataclass(frozen=True)
class EveryNameIsHere(UrlPolicy):
    """The wire of these tests: it lets every name and port lead to this machine.

    It stands for the internet, so it serves the sender alone. What judges addresses and secrets
    has the policy of production, with the receiver's ports.
    """

    def allows_loopback(self, host: str | None, port: int | None) -> bool:
        return True


def _trusting() -> ssl.SSLContext:
    """Trust every certificate: whoever holds a host has one for it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class World:
    """What an editor and an admin of a location can do, and the steps of its executions.

    Args:
        ports: Ports of receivers, which webhooks may go to.
        limit_seconds: How long a request may take in the place of its 20 or 30 seconds.
    """

    def __init__(self, *ports: int, limit_seconds: float | None = None) -> None:
        self.ports = FakePorts()
        self.ports.clock.moment = datetime.now(UTC)
        self.ports.url_policy = UrlPolicy(allowed_ports=frozenset({80, 443, *ports}))
        sender = GuardedHttpSender(
            EveryNameIsHere(), resolver=lambda *_: ["127.0.0.1"], ssl_context=_trusting()
        )
        self.asked_seconds: list[float] = []
        self.ports.http.send = self._sending(sender, limit_seconds)  # type: ignore[method-assign]
        issuer = TestIssuer()
        api = make_api(self.ports, issuer)
        self.admin = Client(api, issuer.person(loc_1="admin"))
        self.editor = Client(api, issuer.person(loc_1="editor"))
        known = {"id": "loc-1", "name": "Kayaks", "timezone": "Europe/Berlin"}
        self.ports.bookings.record(
            Event.model_validate(
                {
                    "event_id": "known-0",
                    "location_id": "loc-1",
                    "occurred_at": "2026-01-01T00:00:00Z",
                    "location": known,
                }
            )
        )

    def _sending(self, sender: GuardedHttpSender, limit: float | None) -> Callable[..., Any]:
        from dataclasses import replace

        def send(request: Any) -> Any:
            self.asked_seconds.append(request.total_timeout_seconds)
            return sender.send(replace(request, total_timeout_seconds=limit) if limit else request)

        return send

    def store_secret(self, name: str, value: str, *hosts: str) -> None:
        """Add a secret with its hosts, as an admin does."""
        body: dict[str, Any] = {"name": name, "value": value}
        answer = self.admin.post(f"{LOCATION}/secrets", {**body, "hosts": list(hosts)})
        assert answer.status == 201, answer.text

    def name_hosts(self, name: str, *hosts: str) -> None:
        """Name the hosts of a secret in the place of those before, as an admin does."""
        (secret,) = (
            each
            for each in self.admin.get(f"{LOCATION}/secrets").json["items"]
            if each["name"] == name
        )
        answer = self.admin.put(
            f"{LOCATION}/secrets/{name}/hosts",
            {"hosts": list(hosts)},
            if_match=f'"{secret["revision"]}"',
        )
        assert answer.status == 200, answer.text

    def draw(self, config: Mapping[str, Any], address: str | None = None) -> str:
        """Save a draft with a webhook, as an editor does; return the workflow's address."""
        draft = graph_of({"id": "hook", "type": "webhook", "config": dict(config)})
        if address is None:
            answer = self.editor.post(WORKFLOWS, {"name": "Hook", "draft": draft})
            assert answer.status == 201, answer.text
            return f"{WORKFLOWS}/{answer.json['id']}"
        etag = self.editor.get(address).etag
        saved = self.editor.put(address, {"name": "Hook", "draft": draft}, if_match=etag)
        assert saved.status == 200, saved.text
        return address

    def publish(self, address: str) -> Answer:
        """Publish the draft."""
        return self.editor.post(f"{address}/publish", None, if_match=self.editor.get(address).etag)

    def turn_on(self, address: str, *, on: bool = True) -> Answer:
        """Turn the workflow on or off."""
        etag = self.editor.get(address).etag
        return self.editor.put(f"{address}/enabled", {"enabled": on}, if_match=etag)

    def roll_back(self, address: str, version: int) -> Answer:
        """Let new events use an earlier version."""
        etag = self.editor.get(address).etag
        return self.editor.post(f"{address}/rollback", {"version": version}, if_match=etag)

    def send_test(self, address: str) -> Answer:
        """Send a test of the draft's webhook."""
        return self.editor.post(f"{address}/steps/hook/test")

    def resend_all(self, address: str) -> list[Answer]:
        """Send each delivery of the workflow's webhook again."""
        listed = self.editor.get(f"{address}/steps/hook/deliveries").json["items"]
        return [
            self.editor.post(
                f"{LOCATION}/executions/{each['execution_id']}/steps/hook/deliveries/"
                f"{each['id']}/resend"
            )
            for each in listed
        ]

    def happen(self, number: int = 1, **detail: Any) -> list[Execution]:
        """Let a booking be made, and run the webhooks of its executions."""
        made = event(
            location_id="loc-1", event_id=f"e-{number}", booking_id=f"b-{number}", **detail
        )
        started = list(Dispatcher(self.ports).dispatch(made))
        for execution in started:
            self.run(execution)
        return started

    def run(self, execution: Execution) -> None:
        """Run the webhook of an execution, whatever comes of it."""
        with suppress(BookflowError):
            StepRunner(Webhook(self.ports), self.ports).run(payloads(self.ports, execution)["hook"])
