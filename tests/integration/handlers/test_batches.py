"""A workflow is started by hand by the real handlers, with the rights that the template gives them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bookflow.domain.executions.batch import Batch
from bookflow.use_cases.executions import begin_batch
from tests.api import Client, TestIssuer, make_api
from tests.integration.handlers.stack import OwnLocation, Stack
from tests.unit.runtime.samples import NOTE, graph

STORM = {"id": "mail", "type": "send_template", "config": {"template": "welcome"}}


@pytest.fixture
def admin(stack: Stack, place: OwnLocation) -> Client:
    issuer = TestIssuer()
    api = stack.rights.acted("api", make_api(stack.ports, issuer))
    return Client(api, issuer.person(**{place.id.replace("-", "_"): "admin"}))


def test_three_bookings_of_a_departure_get_a_message_each(
    stack: Stack, place: OwnLocation, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(begin_batch, "SETTLING_SECONDS", 0)
    monkeypatch.setattr(Batch, "pause", lambda *_: 0)
    place.texts()
    place.publish("wf-storm", graph(STORM, NOTE, trigger="Started by hand"))
    for number in range(3):
        customer = {"id": f"c-{number}", "first_name": "Ada", "email": f"a{number}@example.com"}
        named = {"event_id": f"e-{number}", "booking_id": f"b-{number}", "customer": customer}
        stack.put(place.event(**named))
    stack.queue.deliver()
    day = stack.ports.clock.now()
    audience = {"since": day.isoformat(), "until": (day + timedelta(days=300)).isoformat()}
    address = f"/v1/locations/{place.id}/workflows/wf-storm"
    count = admin.post(
        f"/v1/locations/{place.id}/audience", {"audience": audience, "workflow_id": "wf-storm"}
    ).json
    assert (count["bookings"], count["left"]) == (3, 3)
    started = admin.post(f"{address}/batch", {"audience": audience})
    assert started.status == 202, started.text
    stack.work_off_jobs()
    assert admin.get(f"{address}/batch").json["counts"] == {"started": 3}
    executions = place.executions("wf-storm")
    assert {each.booking_id for each in executions} == {"b-0", "b-1", "b-2"}
    for execution in executions:
        stack.finished(execution)
    assert len(
        {
            each["to"]
            for one in executions
            for each in place.steps(one)["mail"].output_data["emails"]
        }
    )
