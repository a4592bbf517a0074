"""No function logs who a guest is, or a secret: marked values go through every handler, well and ill.

What counts as logged is what Lambda would put into the function's log: standard output and error,
what any library logs from a warning upwards, and the message of an exception that leaves a handler.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bookflow.api.routing import endpoints
from bookflow.domain.executions.execution import Execution, StepStatus
from bookflow.domain.webhooks.secrets import Secret
from tests.api import Client, TestIssuer, event, make_api
from tests.guests import CUSTOMER_ID, EMAIL, MARKS, PHONE, guest_event, store_guest
from tests.integration.handlers.conftest import Log
from tests.integration.handlers.stack import FUNCTIONS, OwnLocation, Stack
from tests.integration.handlers.test_privacy import of_everything, work_off
from tests.unit.messages.test_mail_feedback import sample as feedback
from tests.unit.runtime.samples import graph

SECRET = "tok-walnuts-0123456789"
NAME = "Zephyrine Quillfeather"
SAYS = (
    "{{ customer.first_name }} {{ customer.last_name }} {{ booking.wishes }} {{ customer.email }}"
)


class LambdaLog:
    """What the log groups of all functions would hold."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.raised: list[str] = []
        self.records: list[str] = []

    def call(self, handler: Callable[[Any, Any], Any], given: Any) -> None:
        """Call a handler; Lambda logs the exception that it raises."""
        try:
            handler(given, None)
        except Exception as error:
            self.raised.append(f"{type(error).__name__}: {error}")

    @property
    def text(self) -> str:
        out = self._log.text
        return "\n".join((out, self._log.errors, *self.raised, *self.records))

    def marks(self) -> list[str]:
        """Return the lines that hold a guest's value or the secret."""
        sought = (*MARKS, SECRET, EMAIL, PHONE[3:])
        return [line for line in self.text.splitlines() if any(mark in line for mark in sought)]


@pytest.fixture
def logged(log: Log) -> Iterator[LambdaLog]:
    found = LambdaLog(log)

    class Root(logging.Handler):
        """Lambda's own handler of the root logger."""

        def emit(self, record: logging.LogRecord) -> None:
            if not record.name.startswith(("moto", "werkzeug")):
                found.records.append(self.format(record))

    root = Root(level=logging.WARNING)
    logging.getLogger().addHandler(root)
    yield found
    logging.getLogger().removeHandler(root)
    assert found.marks() == []


def records(*bodies: Any) -> dict[str, Any]:
    """Return messages as SQS gives them to a function."""
    return {
        "Records": [
            {
                "messageId": f"m-{number}",
                "receiptHandle": "r",
                "body": body if isinstance(body, str) else json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1796115600000"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "awsRegion": "eu-central-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def test_a_guest_of_everything_leaves_no_trace_in_the_log(
    stack: Stack, place: OwnLocation, logged: LambdaLog
) -> None:
    of_everything(stack, place)
    issuer = TestIssuer()
    api = stack.rights.acted("api", make_api(stack.ports, issuer))
    admin = Client(api, issuer.person(**{place.id.replace("-", "_"): "admin"}))
    assert admin.post(f"/v1/locations/{place.id}/customers/{CUSTOMER_ID}/erase").status == 202
    work_off(stack)
    logged.call(stack.handlers["sweeper"], {"only": "records"})
    logged.call(stack.handlers["reconciler"], {})
    work_off(stack)


FAILING: dict[str, dict[str, Any]] = {
    "a name as a date": {
        "type": "add_booking_note",
        "config": {"note": "{{ customer.first_name | date }}"},
    },
    "a name as a number": {
        "type": "add_booking_note",
        "config": {"note": "{{ customer.last_name * 3 }}"},
    },
    "a name as money": {
        "type": "create_task",
        "config": {"title": "{{ customer.last_name | money }}"},
    },
    "wishes as a recipient": {
        "type": "send_template",
        "config": {
            "template": "welcome",
            "recipient_type": "custom",
            "custom_recipient": "{{ booking.wishes }}",
        },
    },
    "a name as a template": {"type": "send_template", "config": {"template": "missing"}},
    "an answer that echoes": {
        "type": "webhook",
        "config": {"url": "RECEIVER/echo", "body": json.dumps({"a": SAYS})},
    },
    "a refused request": {
        "type": "webhook",
        "config": {"url": "RECEIVER/echo?400", "body": json.dumps({"a": SAYS})},
    },
    "a failing receiver": {
        "type": "webhook",
        "config": {"url": "RECEIVER/echo?500", "body": json.dumps({"a": SAYS})},
    },
    "a name as a host": {
        "type": "webhook",
        "config": {"url": "https://{{ customer.last_name }}.invalid/"},
    },
    "a name as a port": {
        "type": "webhook",
        "config": {"url": "http://127.0.0.1:{{ customer.first_name }}/"},
    },
    "a private address": {
        "type": "webhook",
        "config": {"url": "http://10.0.0.1/{{ customer.email }}"},
    },
    "a name in a header": {
        "type": "webhook",
        "config": {
            "url": "RECEIVER/echo?400",
            "headers": {"X-A": "{{ customer.first_name }}\n\u00e9"},
        },
    },
    "a secret for another host": {
        "type": "webhook",
        "config": {"url": "RECEIVER/echo?400", "headers": {"X-A": "{{ secret.crm_token }}"}},
    },
    "a name as JSON": {
        "type": "webhook",
        "config": {"url": "RECEIVER/echo", "body": "{ {{ customer.first_name }} }"},
    },
    "a name as a status": {
        "type": "update_booking",
        "config": {"value": "{{ customer.first_name }}"},
    },
    "a condition": {
        "type": "condition",
        "config": {
            "rule": {"variable": "customer.first_name", "operator": "greater_than", "value": 3}
        },
    },
    "a delay without a time": {"type": "delay", "config": {"unit": "walnuts"}},
}


@pytest.mark.parametrize("case", FAILING)
def test_a_step_that_fails_says_nothing_of_the_guest(
    case: str, stack: Stack, place: OwnLocation, logged: LambdaLog
) -> None:
    place.texts()
    stack.ports.secrets.put(place.id, "crm_token", Secret(SECRET, hosts=("crm.example.com",)))
    known = guest_event(3, place.id)
    stack.put(known)
    assert not stack.queue.deliver()
    node = json.loads(json.dumps(FAILING[case]).replace("RECEIVER", stack.receiver_url))
    code = node["config"].get("url", "").rpartition("?")[2]
    stack.status_codes += [int(code)] * 6 if code.isdecimal() else []
    # Past the checks of publishing, which would refuse some: what is published stays published.
    drawn = graph({"id": "step", **node})
    place.publish(
        "wf-step", graph({"id": "step", "type": "add_booking_note", "config": {"note": "x"}})
    )
    version = stack.ports.workflows.version(place.id, "wf-step", 1)
    workflow = stack.ports.workflows.get(place.id, "wf-step")
    stack.ports.workflows.publish(
        workflow.saved(
            workflow.revision,
            updated_at=workflow.updated_at,
            published_version=2,
            latest_version=2,
        ),
        version=version.changed(version=2, graph=drawn),
        subscription=None,
    )
    stack.ports.executions.claim(
        Execution(
            location_id=place.id,
            id="ex-step",
            workflow_id="wf-step",
            version=2,
            event_id="evt-guest-3",
            event_type="Booking Created",
            event_data=known["detail"],
            booking_id="bk-guest-3",
            started_at=stack.ports.clock.now(),
        )
    )
    reference = {
        "location_id": place.id,
        "execution_id": "ex-step",
        "workflow_id": "wf-step",
        "version": 2,
    }
    payload = {
        "schema_version": 2,
        "execution": reference,
        "node": {"id": "step", "type": node["type"]},
    }
    name = "flow" if node["type"] in ("condition", "delay") else node["type"]
    if name == "flow":
        payload = {
            "schema_version": 1,
            "execution": reference,
            "op": node["type"],
            "node_id": "step",
            "node": {"id": "step", "type": node["type"]},
        }
    for _ in range(4):
        logged.call(stack.handlers[name], payload)
    stack.status_codes.clear()
    (step,) = stack.ports.executions.steps(place.id, "ex-step")
    assert (step.status is StepStatus.COMPLETED) is (case == "an answer that echoes")
    assert "ex-step" in logged.text or step.status in (StepStatus.COMPLETED, StepStatus.SKIPPED)


GARBAGE: list[Any] = [
    NAME,
    {"says": NAME, "phone": PHONE},
    {"execution": {"location_id": NAME, "execution_id": EMAIL}, "node": {"id": "walnuts"}},
    {"schema_version": NAME, "op": "walnuts", "execution": EMAIL},
    {"erase": EMAIL, "location_id": NAME},
    {"reconcile": NAME, "looked_at_until": "walnuts"},
    {"location_id": NAME, "workflow_id": EMAIL, "job_id": PHONE},
    {"detail-type": NAME, "detail": {"customer": EMAIL}},
    {"detail-type": "Step Functions Execution Status Change", "detail": {"input": NAME}},
    {"detail-type": "Email Bounced", "detail": {"mail": {"destination": [EMAIL]}}},
    {"rawPath": f"/{NAME}/{EMAIL}", "headers": {"authorization": f"Bearer {SECRET}"}},
    {"only": NAME},
]


@pytest.mark.parametrize("name", sorted(path.parent.name for path in FUNCTIONS.glob("*/app.py")))
def test_what_no_handler_expects_is_not_logged(
    name: str, stack: Stack, place: OwnLocation, logged: LambdaLog
) -> None:
    for body in GARBAGE:
        logged.call(stack.handlers[name], records(body, json.dumps(body)[:-3]))
        if isinstance(body, dict):
            logged.call(stack.handlers[name], body)


@pytest.mark.parametrize(
    "changes",
    [
        {"event_id": NAME},
        {"booking_id": EMAIL + " "},
        {"start_time": "walnuts"},
        {"status": NAME},
        {"total_amount": {"amount": NAME, "currency": "walnuts"}},
        {"customer": {"id": NAME, "email": EMAIL}},
        {"customer": {"id": CUSTOMER_ID, "first_name": NAME * 40}},
        {"customer": [NAME]},
        {"location": {"id": NAME}},
        {"location_id": "zephyrine"},
        {"booking": {"id": CUSTOMER_ID}},
        {"booking": {"wishes": NAME * 3000}},
        {NAME: NAME * 3000},
    ],
    ids=str,
)
def test_an_event_that_is_refused_says_nothing_of_the_guest(
    changes: dict[str, Any], stack: Stack, place: OwnLocation, logged: LambdaLog
) -> None:
    envelope = guest_event(1, place.id)
    envelope["detail"] |= changes
    logged.call(stack.handlers["dispatcher"], records(envelope))


def test_reports_about_mails_and_machines_are_not_logged(
    stack: Stack, place: OwnLocation, logged: LambdaLog
) -> None:
    of_everything(stack, place)
    execution = place.execution("wf-all", event_id="evt-guest-5")
    for name in ("hard_bounce", "soft_bounce", "complaint", "rejected", "sent"):
        envelope = json.loads(json.dumps(feedback(name)).replace("ada@example.com", EMAIL))
        envelope["detail"]["mail"]["destination"] = [EMAIL]
        tags = {"location": [place.id], "execution": [execution.id], "node": ["mail"]}
        envelope["detail"]["mail"]["tags"] |= tags
        logged.call(stack.handlers["mail_feedback"], records(envelope))
    for status in ("FAILED", "ABORTED", "TIMED_OUT"):
        told = stack.status_event(execution, status, cause=f"{NAME} {EMAIL}", error=NAME)
        logged.call(stack.handlers["track_execution"], records(told))


def test_calls_of_the_api_are_not_logged(
    stack: Stack, place: OwnLocation, logged: LambdaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_known(stack, place)
    issuer = TestIssuer()
    api = stack.rights.acted("api", make_api(stack.ports, issuer))
    admin = issuer.person(**{place.id.replace("-", "_"): "admin"})
    tokens = [admin, SECRET, issuer.token({"sub": NAME, "name": NAME, "email": EMAIL})]

    def calls() -> None:
        for endpoint in endpoints():
            path = endpoint.path.replace("<location_id>", place.id).replace("<version>", "1")
            for name in ("booking_id", "customer_id"):
                path = path.replace(f"<{name}>", "bk-guest-0" if name[0] == "b" else CUSTOMER_ID)
            while "<" in path:
                path = path[: path.index("<")] + "quillfeather" + path[path.index(">") + 1 :]
            for body in (
                {"address": EMAIL, "text": NAME, "title": NAME, "value": SECRET},
                [NAME],
                None,
            ):
                for token in tokens:
                    sent = {"content-type": "application/json", "if-match": '"1"'}
                    sent["authorization"] = f"Bearer {token}"
                    query = {"text": NAME, "assignee": EMAIL, "cursor": "walnuts"}
                    text = None if body is None else json.dumps(body)
                    logged.call(api, event(endpoint.method, path, text, query, sent))
        logged.call(api, event("GET", f"/v1/{NAME}", f"{{{NAME}", {}, {}))

    calls()
    # And with an unexpected error of a library, which quotes what it was given.
    for port in ("bookings", "notes", "tasks", "executions", "surveys", "suppressions"):
        for method in ("get", "list", "page", "context", "add", "find", "location"):
            if hasattr(getattr(stack.ports, port), method):
                monkeypatch.setattr(getattr(stack.ports, port), method, _broken, raising=False)
    calls()


def test_public_pages_are_not_logged(
    stack: Stack, place: OwnLocation, logged: LambdaLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_known(stack, place)

    def calls() -> None:
        for path in ("/s", "/u", "/c"):
            for method in ("GET", "POST"):
                for rest in (f"/{place.id}/walnuts", f"/{place.id}/{'a' * 43}", f"/{NAME}/{EMAIL}"):
                    sent = {"content-type": "application/x-www-form-urlencoded"}
                    body = f"why={NAME}&address={EMAIL}"
                    given = event(method, path + rest, body, {"a": EMAIL}, sent)
                    logged.call(stack.handlers["pages"], given)
        logged.call(stack.handlers["dashboard"], event("GET", f"/dashboard/{EMAIL}", None, {}, {}))

    calls()
    monkeypatch.setattr(stack.ports.surveys, "invited", _broken)
    monkeypatch.setattr(stack.ports.suppressions, "link_key", _broken)
    calls()


def store_known(stack: Stack, place: OwnLocation) -> None:
    store_guest(stack.ports, place.id, bookings=1)


def _broken(*_: Any, **__: Any) -> Any:
    raise ValueError(f"{NAME} {EMAIL} {SECRET}")
