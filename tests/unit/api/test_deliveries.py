"""Deliveries by hand: a test of a step, what was delivered, and one more try under the same id."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook as ReceiversLibrary

from bookflow.actions.webhook import Webhook
from bookflow.api.rates import SENDING
from bookflow.domain.events import Event
from bookflow.domain.executions.execution import Execution
from bookflow.domain.shared.errors import BookflowError
from bookflow.domain.webhooks.deliveries import MAX_DELIVERIES, MAX_REQUEST_BODY_BYTES
from bookflow.domain.webhooks.http_messages import DeliveryUncertain, HttpRequest, HttpResponse
from bookflow.domain.webhooks.secrets import Secret
from bookflow.domain.webhooks.signature import encode_secret
from bookflow.use_cases.executions.manage_executions import ExecutionManager
from bookflow.use_cases.privacy.erase_guest import GuestEraser
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.runtime.run_step import StepRunner
from tests.api import Answer, Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, create, graph_of, publish
from tests.unit.privacy.conftest import work_off
from tests.unit.runtime.samples import event, payloads

TOKEN = "tok-0123456789"
SIGNING = encode_secret(b"s" * 32)
URL = "https://crm.example.com/hook"
HEADERS = {"Authorization": "Bearer {{ secret.crm_token }}", "X-Code": "{{ booking.id }}"}


@pytest.fixture
def hooked(ports: FakePorts) -> FakePorts:
    """Ports that know the location of the sample events, with a secret and a key to sign with."""
    ports.bookings.record(
        Event.model_validate(
            {
                "event_id": "known-0",
                "location_id": "loc-1",
                "occurred_at": "2026-01-01T00:00:00Z",
                "location": {"id": "loc-1", "name": "Kayaks", "timezone": "Europe/Berlin"},
            }
        )
    )
    ports.secrets.put("loc-1", "crm_token", Secret(TOKEN, hosts=("crm.example.com",)))
    ports.secrets.put("loc-1", "webhook-signing", Secret(SIGNING))
    return ports


def hook(**config: Any) -> dict[str, Any]:
    return {"id": "hook", "type": "webhook", "config": {"url": URL, "headers": HEADERS, **config}}


def try_out(client: Client, address: str, node: str = "hook") -> Answer:
    return client.post(f"{address}/steps/{node}/test")


def executed(ports: FakePorts, client: Client, node: dict[str, Any]) -> tuple[str, Execution]:
    """Publish a workflow with this webhook, and let one execution run it."""
    address = create(client, graph_of(node))
    publish(client, address)
    sent = event(location_id="loc-1")
    (execution,) = Dispatcher(ports).dispatch(sent)
    run(ports, execution)
    return address, ports.executions.get("loc-1", execution.id)


def run(ports: FakePorts, execution: Execution) -> None:
    with suppress(BookflowError):
        StepRunner(Webhook(ports), ports).run(payloads(ports, execution)["hook"])


def deliveries(client: Client, address: str, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{address}/steps/hook/deliveries", **query)
    assert answer.status == 200, answer.text
    found: list[dict[str, Any]] = answer.json["items"]
    return found


def resend(client: Client, execution: Execution, delivery_id: str) -> Answer:
    return client.post(
        f"{LOCATION}/executions/{execution.id}/steps/hook/deliveries/{delivery_id}/resend"
    )


def verified(request: HttpRequest) -> Any:
    """Return the body of a request, whose signature is the one of the specification's library."""
    body, headers = (request.body or b"").decode(), request.headers
    moment = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    expected = ReceiversLibrary(SIGNING).sign(headers["webhook-id"], moment, body)
    assert headers["webhook-signature"].split() == [expected]
    return json.loads(body)


def test_a_test_is_a_real_request_with_a_sample_marked_as_one(
    hooked: FakePorts, admin: Client
) -> None:
    hooked.http.respond = lambda _: HttpResponse(
        202, {"content-type": "application/json"}, b'{"seen": true}', False, 42
    )
    answer = try_out(admin, create(admin, graph_of(hook())))
    assert answer.status == 200, answer.text
    (request,) = hooked.http.requests
    assert request.url == URL
    assert request.headers["bookflow-test"] == "true"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.total_timeout_seconds == 20
    body = verified(request)
    assert (body["test"], body["type"]) == (True, "Booking Created")
    assert body["data"]["customer"]["first_name"] == "Ada"
    assert body["data"]["location_id"] == "loc-1"
    shown = answer.json
    assert (shown["cause"], shown["sent_by"], shown["elapsed_ms"]) == ("test", "user-1", 42)
    assert (shown["error_message"], shown["remedy"]) == (None, None)
    assert shown["answer"] == {
        "status": 202,
        "headers": {"content-type": "application/json"},
        "body": '{"seen": true}',
        "body_cut": False,
        "charset_note": None,
    }
    assert shown["request"]["headers"]["authorization"] == "***"
    assert shown["request"]["headers"]["webhook-signature"] == "***"
    assert shown["request"]["headers"]["webhook-id"] == shown["message_id"]
    assert TOKEN not in answer.text


def test_each_test_is_a_message_of_its_own(hooked: FakePorts, admin: Client) -> None:
    address = create(admin, graph_of(hook()))
    ids = {try_out(admin, address).json["message_id"] for _ in range(2)}
    assert len(ids) == 2
    assert len({each.headers["idempotency-key"] for each in hooked.http.requests}) == 2


def test_a_test_leaves_nothing_but_its_entry_in_the_audit_log(
    hooked: FakePorts, admin: Client
) -> None:
    address = create(admin, graph_of(hook()))
    hooked.clock.advance(minutes=1)
    try_out(admin, address)
    entry, _ = admin.get(f"{LOCATION}/audit").json["items"]
    assert (entry["operation"], entry["resource_id"]) == ("send_test", address.rpartition("/")[2])
    assert (entry["before"], entry["after"]) == (None, None)
    assert hooked.executions.stored == {}
    assert deliveries(admin, address) == []


@pytest.mark.parametrize(
    ("respond", "status", "message", "remedy"),
    [
        (HttpResponse(404, {}, b"nowhere", False, 7), 404, "status 404: “nowhere”.", "path"),
        (HttpResponse(500, {}, b"", False, 7), 500, "may have acted", "acted on the test"),
        (HttpResponse(302, {"location": "/x"}, b"", False, 7), 302, "another address", "acted"),
        (DeliveryUncertain("It broke off."), None, "It broke off", "acted on the test"),
    ],
)
def test_a_test_that_fails_says_why_and_what_to_do(
    hooked: FakePorts,
    admin: Client,
    respond: HttpResponse | Exception,
    status: int | None,
    message: str,
    remedy: str,
) -> None:
    def answer(_: HttpRequest) -> HttpResponse:
        if isinstance(respond, Exception):
            raise respond
        return respond

    hooked.http.respond = answer
    shown = try_out(admin, create(admin, graph_of(hook())))
    assert shown.status == 200, shown.text
    assert (shown.json["answer"] or {"status": None})["status"] == status
    assert message in shown.json["error_message"]
    assert remedy in shown.json["remedy"]
    assert "It arrived" not in shown.text


def test_what_the_receiver_repeats_of_a_secret_is_hidden(hooked: FakePorts, admin: Client) -> None:
    hooked.http.respond = lambda request: HttpResponse(
        200,
        {"x-echo": f"{request.headers['authorization']} {SIGNING}", "set-cookie": "id=7"},
        f"got {TOKEN} and {SIGNING}".encode(),
        False,
        1,
    )
    answer = try_out(admin, create(admin, graph_of(hook())))
    assert answer.json["answer"]["body"] == "got *** and ***"
    assert answer.json["answer"]["headers"] == {"x-echo": "Bearer *** ***", "set-cookie": "***"}


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"url": "https://evil.com/"}, "may not be sent to evil.com"),
        ({"url": "http://crm.example.com/"}, "over https only"),
        ({"headers": {"X-A": "{{ secret.gone }}"}}, "does not exist"),
    ],
)
def test_a_test_keeps_the_rules_of_secrets(
    hooked: FakePorts, admin: Client, config: dict[str, Any], message: str
) -> None:
    answer = try_out(admin, create(admin, graph_of(hook(**config))))
    assert answer.status == 200
    assert message in answer.json["error_message"]
    assert answer.json["answer"] is None
    assert answer.json["remedy"]
    assert hooked.http.requests == []


@pytest.mark.parametrize(
    ("node", "status", "said"),
    [
        ("note", 422, "no webhook"),
        ("none", 404, "no such step"),
        ("empty", 422, "not complete"),
        ("unknown", 422, "no value"),
    ],
)
def test_what_is_no_complete_webhook_cannot_be_tested(
    hooked: FakePorts, admin: Client, node: str, status: int, said: str
) -> None:
    draft = graph_of(
        {"id": "note", "type": "add_booking_note", "config": {"note": "x"}},
        {"id": "empty", "type": "webhook", "config": {}},
        {"id": "unknown", "type": "webhook", "config": {"url": URL, "body": "{{ no.such }}"}},
    )
    answer = try_out(admin, create(admin, draft), node)
    assert answer.status == status, answer.text
    assert said in answer.text.lower()
    assert hooked.http.requests == []


def test_earlier_steps_have_example_outputs_in_a_test(hooked: FakePorts, admin: Client) -> None:
    first = {"id": "first", "type": "webhook", "config": {"url": URL}}
    second = hook(body='{"id": {{ steps.first.output.status }}}')
    try_out(admin, create(admin, graph_of(first, second)))
    assert verified(hooked.http.requests[0]) == {"id": 200}


def test_tests_and_repetitions_share_the_limit_of_what_sends(
    hooked: FakePorts, admin: Client
) -> None:
    address = create(admin, graph_of(hook()))
    answers = [try_out(admin, address).status for _ in range(SENDING.burst + 1)]
    assert answers == [200] * SENDING.burst + [429]


def test_the_deliveries_of_a_step_are_listed_with_request_time_and_answer(
    hooked: FakePorts, admin: Client
) -> None:
    replies = [HttpResponse(429, {}, b"later", False, 5), HttpResponse(200, {}, b"ok", False, 9)]
    hooked.http.respond = lambda _: replies.pop(0)
    address, execution = executed(hooked, admin, hook())
    hooked.clock.advance(minutes=1)
    run(hooked, execution)
    last, first = deliveries(admin, address)
    assert [each["answer"]["status"] for each in (last, first)] == [200, 429]
    assert first["error_message"].startswith("The receiver answered with status 429: “later”.")
    assert last["error_message"] is None
    assert last["message_id"] == first["message_id"]
    assert (last["elapsed_ms"], last["cause"], last["sent_by"]) == (9, "step", "")
    assert last["execution_id"] == execution.id
    assert last["request"]["headers"]["x-code"] == "bk-4711"
    assert json.loads(last["request"]["body"])["data"]["booking_id"] == "bk-4711"
    assert deliveries(admin, address, execution_id=execution.id) == [last, first]
    assert TOKEN not in json.dumps([first, last])


def test_a_step_that_never_reached_outside_has_no_delivery(
    hooked: FakePorts, admin: Client
) -> None:
    address, _ = executed(hooked, admin, hook())
    hooked.secrets.delete("loc-1", "crm_token", based_on=1)
    another = event(location_id="loc-1", event_id="evt-2", booking_id="bk-2", booking=...)
    (execution,) = Dispatcher(hooked).dispatch(another)
    run(hooked, execution)
    assert len(deliveries(admin, address)) == 1


def test_a_delivery_is_sent_again_with_its_id_and_body_and_signed_anew(
    hooked: FakePorts, admin: Client
) -> None:
    address, execution = executed(hooked, admin, hook())
    (delivery,) = deliveries(admin, address)
    hooked.clock.advance(hours=1)
    answer = resend(admin, execution, delivery["id"])
    assert answer.status == 200, answer.text
    before, again = hooked.http.requests
    assert again.body == before.body
    assert again.headers["webhook-id"] == before.headers["webhook-id"]
    assert (
        int(again.headers["webhook-timestamp"]) == int(before.headers["webhook-timestamp"]) + 3600
    )
    assert again.headers["webhook-signature"] != before.headers["webhook-signature"]
    assert "bookflow-test" not in again.headers
    verified(again)
    assert (answer.json["cause"], answer.json["sent_by"]) == ("resend", "user-1")
    assert [each["id"] for each in deliveries(admin, address)] == [
        answer.json["id"],
        delivery["id"],
    ]
    assert admin.get(f"{LOCATION}/audit").json["items"][0]["operation"] == "resend_delivery"


def test_the_body_of_a_repetition_is_that_of_the_delivery_whatever_changed(
    hooked: FakePorts, admin: Client
) -> None:
    address, execution = executed(hooked, admin, hook(body='{"name": "{{ customer.first_name }}"}'))
    (delivery,) = deliveries(admin, address)
    rename(hooked, "Grace")
    assert resend(admin, execution, delivery["id"]).status == 200
    before, again = hooked.http.requests
    assert before.body == again.body
    assert json.loads(again.body or b"") == {"name": "Ada"}


def test_a_long_body_is_sent_again_only_if_it_can_be_made_again(
    hooked: FakePorts, admin: Client
) -> None:
    filler = "x" * MAX_REQUEST_BODY_BYTES
    body = json.dumps({"name": "{{ customer.first_name }}", "filler": filler})
    address, execution = executed(hooked, admin, hook(body=body))
    (delivery,) = deliveries(admin, address)
    assert delivery["request"]["body_cut"] is True
    assert resend(admin, execution, delivery["id"]).status == 200
    before, again = hooked.http.requests
    assert before.body == again.body
    rename(hooked, "Grace")
    refused = resend(admin, execution, delivery["id"])
    assert (refused.status, len(hooked.http.requests)) == (409, 2)
    assert "too long to be kept" in refused.text


def rename(ports: FakePorts, name: str) -> None:
    ports.clock.advance(minutes=1)
    change = event(
        "booking_status_changed",
        location_id="loc-1",
        event_id=f"evt-{name}",
        occurred_at=ports.clock.now().isoformat(),
        customer={"id": "cus-2001", "first_name": name},
    )
    ports.bookings.record(change)


def test_a_repetition_does_not_go_to_another_address(hooked: FakePorts, admin: Client) -> None:
    node = hook(url=f"{URL}/{{{{ customer.first_name }}}}")
    address, execution = executed(hooked, admin, node)
    (delivery,) = deliveries(admin, address)
    rename(hooked, "Grace")
    refused = resend(admin, execution, delivery["id"])
    assert (refused.status, len(hooked.http.requests)) == (409, 1)
    assert "another address" in refused.text


def test_nothing_of_a_cancelled_execution_or_booking_is_sent_again(
    hooked: FakePorts, admin: Client
) -> None:
    address, execution = executed(hooked, admin, hook())
    (delivery,) = deliveries(admin, address)
    cancelled = event(
        "booking_cancelled",
        location_id="loc-1",
        occurred_at=(hooked.clock.now() + timedelta(minutes=1)).isoformat(),
    )
    hooked.clock.advance(minutes=2)
    hooked.bookings.record(cancelled)
    refused = resend(admin, execution, delivery["id"])
    assert refused.status == 409
    assert "The booking was cancelled since" in refused.text
    ExecutionManager(hooked).cancel("loc-1", execution.id)
    refused = resend(admin, execution, delivery["id"])
    assert refused.status == 409
    assert "The execution was cancelled" in refused.text
    assert len(hooked.http.requests) == 1


@pytest.mark.parametrize("erased", ["bookings", "customers"])
def test_nothing_of_an_erased_guest_is_sent_again(
    hooked: FakePorts, admin: Client, erased: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, execution = executed(hooked, admin, hook())
    (delivery,) = deliveries(admin, address)
    known = hooked.bookings.context("loc-1", "bk-4711")
    assert known is not None
    gone = {"bookings": {"booking": None, "customer": None}, "customers": {"customer": None}}
    left = known.model_copy(update=gone[erased])
    monkeypatch.setattr(hooked.bookings, "context", lambda *_: left)
    refused = resend(admin, execution, delivery["id"])
    assert (refused.status, len(hooked.http.requests)) == (409, 1), refused.text


def test_a_delivery_that_is_under_way_while_its_guest_is_erased_leaves_nothing(
    hooked: FakePorts, admin: Client
) -> None:
    address, execution = executed(hooked, admin, hook())
    (delivery,) = deliveries(admin, address)
    known = hooked.bookings.context("loc-1", "bk-4711")
    assert known is not None
    assert known.customer is not None
    customer_id = known.customer.id

    def erased_meanwhile(_: HttpRequest) -> HttpResponse:
        GuestEraser(hooked).request("loc-1", customer_id)
        work_off(hooked)
        return HttpResponse(200, {}, b"{}", False, 1)

    hooked.http.respond = erased_meanwhile
    assert resend(admin, execution, delivery["id"]).status == 200
    assert deliveries(admin, address) == []
    assert resend(admin, execution, delivery["id"]).status == 404


def test_a_step_that_still_sends_is_not_sent_again_by_hand(
    hooked: FakePorts, admin: Client
) -> None:
    hooked.http.respond = lambda _: HttpResponse(429, {}, b"", False, 1)
    address, execution = executed(hooked, admin, hook())
    (delivery,) = deliveries(admin, address)
    refused = resend(admin, execution, delivery["id"])
    assert refused.status == 409
    assert "not over" in refused.text


def test_a_step_has_so_many_deliveries_and_no_more(hooked: FakePorts, admin: Client) -> None:
    address, execution = executed(hooked, admin, hook())
    (delivery,) = deliveries(admin, address)
    statuses = [resend(admin, execution, delivery["id"]).status for _ in range(MAX_DELIVERIES)]
    assert statuses == [200] * (MAX_DELIVERIES - 1) + [409]
    assert len(deliveries(admin, address)) == MAX_DELIVERIES


def test_what_was_never_delivered_is_not_found(hooked: FakePorts, admin: Client) -> None:
    address, execution = executed(hooked, admin, hook())
    assert resend(admin, execution, "dl_none").status == 404
    other = create(admin, graph_of(hook()))
    found = admin.get(f"{other}/steps/hook/deliveries", execution_id=execution.id)
    assert found.status == 404
    assert deliveries(admin, other) == []
    assert admin.get(f"{address}/steps/none/deliveries").json["items"] == []


def test_a_secret_that_lost_its_host_is_not_sent_again(hooked: FakePorts, admin: Client) -> None:
    address, execution = executed(hooked, admin, hook())
    (delivery,) = deliveries(admin, address)
    hooked.secrets.put("loc-1", "crm_token", Secret(TOKEN, hosts=("new.example.com",)), based_on=1)
    refused = resend(admin, execution, delivery["id"])
    assert refused.status == 422
    assert "may not be sent to crm.example.com" in refused.text
    assert len(hooked.http.requests) == 1


def test_a_function_that_does_not_answer_is_reported_as_busy(
    hooked: FakePorts, admin: Client
) -> None:
    address = create(admin, graph_of(hook()))
    hooked.functions.handlers.clear()
    answer = try_out(admin, address)
    assert answer.status == 503
    assert isinstance(answer.json, Mapping)
