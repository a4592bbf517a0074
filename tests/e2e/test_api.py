"""The management API as it is deployed: real tokens, real runs, second chances, its contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import httpx
import pytest
import schemathesis
from schemathesis import GenerationMode

from bookflow.api.routing import Endpoint, endpoints
from bookflow.bootstrap import Services
from bookflow.domain.executions.execution import ExecutionStatus
from local.issuer import LocalMachine, LocalUser
from local.receiver import Answer
from local.stack import LocalStack
from tests.contract import ANSWER_SECONDS, Contract, deterministic
from tests.e2e.location import LIMIT_SECONDS, OwnLocation, drawn
from tests.soak import amounts

ENDED = {"completed", "failed", "cancelled", "skipped"}
CREATED = {"event": "Booking Created"}
NOTE = {"note": {"type": "add_booking_note", "config": {"note": "{{ customer.first_name }} came"}}}
NOTING = drawn("Noting", CREATED, NOTE, "trigger>note").graph.model_dump(mode="json")


def token_of(stack: LocalStack, **roles: str) -> str:
    """Return a token of a person with these roles; `loc_1` stands for the location `loc-1`."""
    named = {location.replace("_", "-"): role for location, role in roles.items()}
    return stack.issuer.user_token(LocalUser("somebody", "Somebody", named))


class Caller:
    """Calls the deployed API about one location."""

    def __init__(self, stack: LocalStack, location_id: str, token: str | None) -> None:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._stack = stack
        self._http = httpx.Client(
            base_url=f"{stack.api_url}/v1/locations/{location_id}",
            headers=headers,
            timeout=30,
            trust_env=False,
        )

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        expect: int = 200,
        headers: Mapping[str, str] | None = None,
        **query: Any,
    ) -> httpx.Response:
        """Make a call that answers with this status."""
        answer = self._http.request(method, path, json=body, headers=headers, params=query)
        assert answer.status_code == expect, answer.text
        return answer

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, **query).json()

    def post(self, path: str, body: Any = None, **more: Any) -> Any:
        return self.call("POST", path, body, **more).json()

    def close(self) -> None:
        self._http.close()

    def publish(self, workflow_id: str) -> None:
        """Publish the draft and turn the workflow on, each on the revision just answered."""
        address = f"/workflows/{workflow_id}"
        for method, path, body in (
            ("POST", "/publish", None),
            ("PUT", "/enabled", {"enabled": True}),
        ):
            tag = self.call("GET", address).headers["etag"]
            self.call(method, address + path, body, headers={"if-match": tag})

    def execution(self, execution_id: str, *statuses: str) -> Any:
        """Return the execution once it has one of the statuses."""

        def find() -> Any:
            found = self.get(f"/executions/{execution_id}")
            return found if found["status"] in statuses else None

        return self._stack.wait_until(find, LIMIT_SECONDS, f"{statuses} of {execution_id}")

    def executions(self, count: int, *statuses: str, **filters: str) -> list[Any]:
        """Return the list, newest first, once it holds so many that have one of the statuses."""

        def find() -> Any:
            items = self.get("/executions", **filters)["items"]
            return items if sum(item["status"] in statuses for item in items) >= count else None

        found: list[Any] = self._stack.wait_until(find, LIMIT_SECONDS, f"{count} runs {filters}")
        return found


@pytest.fixture
def admin(place: OwnLocation) -> Iterator[Caller]:
    """An admin of the test's own location."""
    token = place.stack.issuer.user_token(LocalUser("admin", "Admin", {place.id: "admin"}))
    caller = Caller(place.stack, place.id, token)
    yield caller
    caller.close()


def posted(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the body that posts an event."""
    return {"events": [{"detail-type": event["detail-type"], "detail": event["detail"]}]}


# --- Who may ----------------------------------------------------------------------------------


def test_health_contract_and_reference_are_open(stack: LocalStack) -> None:
    with httpx.Client(base_url=f"{stack.api_url}/v1", trust_env=False, timeout=30) as anybody:
        assert anybody.get("/health").json() == {"status": "ok"}
        assert anybody.get("/openapi.json").json()["openapi"] == "3.1.0"
        page = anybody.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-content-type-options"] == "nosniff"


def test_without_a_good_token_there_is_nothing(place: OwnLocation) -> None:
    good = place.stack.issuer.user_token(LocalUser("admin", "Admin", {place.id: "admin"}))
    head, claims, _ = good.split(".")
    expired = place.stack.issuer.user_token(
        LocalUser("admin", "Admin", {place.id: "admin"}), exp=1_700_000_000
    )
    for token in (None, "rubbish", f"{head}.{claims}.", expired):
        refused = Caller(place.stack, place.id, token).call("GET", "/workflows", expect=401)
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:bookflow:unauthenticated"


def test_another_location_is_not_there(place: OwnLocation, admin: Caller) -> None:
    place.workflow("noting", CREATED, NOTE, "trigger>note")
    stranger = Caller(place.stack, place.id, token_of(place.stack, loc_1="admin"))
    for path in ("/workflows", "/workflows/noting", "/executions", "/bookings/bk-1"):
        assert stranger.call("GET", path, expect=404).json()["errors"][0]["field"] == "location_id"
    viewer = place.stack.issuer.user_token(LocalUser("viewer", "Viewer", {place.id: "viewer"}))
    looking = Caller(place.stack, place.id, viewer)
    assert looking.get("/workflows")["items"]
    looking.call("POST", "/workflows", {"name": "Mine"}, expect=403)


# --- From the graph to the execution --------------------------------------------------------------


def test_a_workflow_is_drawn_published_and_run_by_a_posted_event(
    place: OwnLocation, admin: Caller
) -> None:
    made = admin.call("POST", "/workflows", {"name": "Noting"}, expect=201)
    workflow_id = made.json()["id"]
    address = f"/workflows/{workflow_id}"
    assert admin.post(f"{address}/check", {})["publishable"] is False
    body = {"name": "Noting", "description": "Notes", "draft": NOTING}
    saved = admin.call("PUT", address, body, headers={"if-match": made.headers["etag"]})
    other = {**body, "description": "Somebody else's"}
    admin.call("PUT", address, other, headers={"if-match": made.headers["etag"]}, expect=412)
    assert saved.json()["draft"]["nodes"][1]["id"] == "note"
    assert admin.post(f"{address}/check", {}) == {"publishable": True, "problems": []}
    admin.publish(workflow_id)

    event = place.created()
    machine = LocalMachine("booking-system", "a secret", place.id)
    system = Caller(place.stack, place.id, place.stack.issuer.machine_token(machine))
    key = {"idempotency-key": "order-1"}
    accepted = system.post("/events", posted(event), headers=key, expect=202)
    assert accepted["event_ids"] == [event["detail"]["event_id"]]
    system.call("GET", "/workflows", expect=403)

    (listed,) = admin.executions(1, *ENDED, workflow_id=workflow_id)
    assert listed["status"] == "completed", listed
    (of_location,) = admin.executions(1, "completed", status="completed")
    assert of_location["id"] == listed["id"]
    shown = admin.get(f"/executions/{listed['id']}")
    assert [(step["node_id"], step["status"]) for step in shown["steps"]] == [("note", "completed")]
    assert shown["event_data"]["event_id"] == event["detail"]["event_id"]
    assert shown["graph"]["nodes"][1]["id"] == "note"
    assert place.notes() == ["[Workflow] Ada came"]


def test_a_bad_event_names_its_index_and_field_and_none_is_taken(
    place: OwnLocation, admin: Caller
) -> None:
    good, bad = place.created(), place.created(start_time="tomorrow")
    events = [posted(each)["events"][0] for each in (good, bad)]
    refused = admin.post("/events", {"events": events}, expect=422)
    assert "events[1].detail.start_time" in refused["errors"][0]["field"]


# --- Second chances ---------------------------------------------------------------------------


def test_a_failed_webhook_is_resumed_after_the_receiver_is_fixed_and_no_mail_goes_twice(
    place: OwnLocation, admin: Caller
) -> None:
    place.workflow(
        "telling",
        CREATED,
        {
            "mail": {
                "type": "send_template",
                "config": {"template": "booking-confirmation", "recipient_type": "customer"},
            },
            "crm": {"type": "webhook", "config": place.webhook("crm")},
            "note": {"type": "add_booking_note", "config": {"note": "reported"}},
        },
        "trigger>mail",
        "mail>crm",
        "crm>note",
    )
    path = f"/{place.id}/crm"
    place.stack.receiver.recorder.plan(Answer(status=429, times=1000, path_prefix=path))
    event = place.created()
    with place.waits_scaled(0):
        admin.post("/events", posted(event), expect=202)
        failed = place.ended(event["detail"]["event_id"], "telling")
    assert failed.status is ExecutionStatus.FAILED, failed
    assert len(place.emails()) == 1
    tried = len(place.requests("crm"))
    assert tried > 1

    place.stack.receiver.recorder.forget_answers(path)
    address = f"/executions/{failed.id}/resume"
    resumed = admin.post(address, {}, expect=202)
    assert resumed["resumed_from"] == failed.id
    ended = admin.execution(resumed["id"], *ENDED)
    assert ended["status"] == "completed", ended["error_message"]
    assert {step["node_id"]: step["status"] for step in ended["steps"]} == {
        "mail": "completed",
        "crm": "completed",
        "note": "completed",
    }
    assert admin.post(address, {}, expect=202)["id"] == resumed["id"]
    assert admin.get(f"/executions/{failed.id}")["resumed_by"] == resumed["id"]
    place.settled()
    assert len(place.emails()) == 1
    assert len(place.requests("crm")) == tried + 1
    assert len({request.headers["webhook-id"] for request in place.requests("crm")}) == 1
    assert place.notes() == ["[Workflow] reported"]


def test_a_waiting_run_is_cancelled_and_does_nothing_more(
    place: OwnLocation, admin: Caller
) -> None:
    place.workflow(
        "waiting",
        CREATED,
        {
            "wait": {"type": "delay", "config": {"kind": "duration", "value": 1, "unit": "hours"}},
            **NOTE,
        },
        "trigger>wait",
        "wait>note",
    )
    admin.post("/events", posted(place.created()), expect=202)
    (run,) = admin.executions(1, "waiting", workflow_id="waiting")
    assert admin.post(f"/executions/{run['id']}/cancel")["status"] == "cancelled"
    machine = place.machine("waiting").replace(":stateMachine:", ":execution:")

    def stopped() -> bool:
        described = place.stack.client("stepfunctions").describe_execution(
            executionArn=f"{machine}:{run['id']}"
        )
        return bool(described["status"] == "ABORTED")

    place.stack.wait_until(stopped, LIMIT_SECONDS, "the end of the state machine's run")
    place.settled()
    shown = admin.get(f"/executions/{run['id']}")
    assert (shown["status"], shown["reason_code"]) == ("cancelled", "aborted")
    assert place.notes() == []


def test_a_replayed_event_runs_the_workflow_anew(place: OwnLocation, admin: Caller) -> None:
    place.workflow("noting", CREATED, NOTE, "trigger>note")
    first = place.run(place.created(), "noting")
    key = {"idempotency-key": "once"}
    address = f"/executions/{first.id}/replay"
    replayed = admin.post(address, expect=202, headers=key)
    assert admin.post(address, expect=202, headers=key) == replayed
    assert place.ended(replayed["event_id"], "noting").status is ExecutionStatus.COMPLETED
    place.settled()
    runs = admin.executions(2, "completed", workflow_id="noting")
    assert [run["event_id"] for run in runs] == [replayed["event_id"], first.event_id]
    assert place.notes() == ["[Workflow] Ada came", "[Workflow] Ada came"]


# --- Elsewhere --------------------------------------------------------------------------------


def test_an_export_is_imported_elsewhere_and_runs_on_the_same_machine(
    place: OwnLocation, services: Services, admin: Caller
) -> None:
    place.workflow("noting", CREATED, NOTE, "trigger>note")
    exported = admin.get("/workflows/noting/export")
    other = OwnLocation(place.stack, services, f"{place.id[:60]}-elsewhere")
    token = place.stack.issuer.user_token(LocalUser("editor", "Editor", {other.id: "editor"}))
    there = Caller(place.stack, other.id, token)
    taken = there.post("/workflows/import", {"workflow": exported}, expect=201)
    assert taken["to_map"] == []
    workflow_id = taken["workflow"]["id"]
    assert there.get(f"/workflows/{workflow_id}/export") == exported
    there.publish(workflow_id)
    assert other.machine(workflow_id) == place.machine("noting")
    event = other.created()
    there.post("/events", posted(event), expect=202)
    assert other.ended(event["detail"]["event_id"], workflow_id).status is ExecutionStatus.COMPLETED
    assert other.notes() == ["[Workflow] Ada came"]
    assert place.notes() == []


# --- The contract -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def contract(stack: LocalStack, services: Services) -> Contract:
    """The contract as the deployed API serves it, with a location in which all of it is tried."""
    place = OwnLocation(stack, services, "api-contract")
    place.workflow("noting", CREATED, NOTE, "trigger>note")
    address = f"{stack.api_url}/v1/openapi.json"
    schema = schemathesis.openapi.from_url(address, config=deterministic(), timeout=ANSWER_SECONDS)
    roles = {place.id: "admin", "*": "admin"}
    admin = LocalUser("admin", "Admin", roles, "admin@example.com")
    make_token = partial(stack.issuer.user_token, admin)
    dynamodb = stack.client("dynamodb")
    return Contract(schema, services, dynamodb, location_id=place.id, make_token=make_token)


# The same with requests that break the contract runs in process.
@pytest.mark.parametrize("amount", amounts(2, soak=6))
@pytest.mark.parametrize("endpoint", endpoints(), ids=lambda each: each.operation_id)
def test_every_operation_keeps_its_contract_where_it_is_deployed(
    contract: Contract, endpoint: Endpoint, amount: int
) -> None:
    contract.keep(endpoint, GenerationMode.POSITIVE, examples=amount)
