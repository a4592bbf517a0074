"""What the other tests of the API do not come to: rights that a rare call needs."""

from __future__ import annotations

from bookflow.bootstrap import Services
from tests.api import Client, TestIssuer
from tests.aws.rights import Handler
from tests.unit.api.graphs import LOCATION, created_event, know_location


def test_events_with_a_key_are_put_once(
    api: Handler, services: Services, issuer: TestIssuer
) -> None:
    know_location(services)
    machine = Client(api, issuer.machine("loc-1", "bookflow/events"))
    first = machine.post(f"{LOCATION}/events", {"events": [created_event()]}, idempotency_key="k")
    again = machine.post(f"{LOCATION}/events", {"events": [created_event()]}, idempotency_key="k")
    assert first.status == again.status == 202, first.text
