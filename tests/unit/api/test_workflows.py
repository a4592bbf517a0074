"""Workflows by their routes: drawn, published, compared, copied, removed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bookflow.api.app import Api
from bookflow.domain.compiler import compile_graph, machine_name
from bookflow.domain.executions.execution import (
    Execution,
    ExecutionStatus,
    ReasonCode,
    Step,
    StepStatus,
)
from bookflow.domain.templates import Template
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import WorkflowVersion
from bookflow.gallery import ready_made
from tests.api import TARGET, Client, TestIssuer
from tests.fakes import FakePorts
from tests.unit.api.graphs import (
    LOCATION,
    NOTE,
    WEBHOOK,
    WORKFLOWS,
    create,
    graph_of,
    know_location,
    publish,
)

NOW = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)


def run(**changes: object) -> Execution:
    values = {
        "location_id": "loc-1",
        "id": "ex-1",
        "workflow_id": "wf-1",
        "version": 1,
        "event_id": "e-1",
        "event_type": "Booking Created",
        "event_data": {},
        "started_at": NOW,
        **changes,
    }
    return Execution.model_validate(values)


def test_a_draft_with_problems_is_saved_and_reported_what_is_wrong(admin: Client) -> None:
    address = create(admin, {"nodes": [{"id": "a", "type": "webhook", "config": {"url": 1}}]})
    checked = admin.post(f"{address}/check", {}).json
    assert checked["publishable"] is False
    assert {"node_id", "field", "reason", "remedy"} <= set(checked["problems"][0])
    refused = admin.post(f"{address}/publish", None, if_match='"1"')
    assert (refused.status, refused.json["type"]) == (422, "urn:bookflow:not-publishable")
    assert len(refused.json["problems"]) == len(checked["problems"])


def test_a_graph_is_checked_before_it_is_saved(admin: Client) -> None:
    address = create(admin, {"nodes": []})
    assert admin.post(f"{address}/check", {"draft": graph_of(NOTE)}).json == {
        "publishable": True,
        "problems": [],
    }
    assert admin.get(address).json["draft"]["nodes"] == []


def test_a_graph_comes_back_as_it_was_saved(admin: Client) -> None:
    address = create(admin, graph_of(NOTE, WEBHOOK))
    first = admin.get(address)
    body = {key: first.json[key] for key in ("name", "description", "draft")}
    second = admin.put(address, body, if_match=first.etag)
    assert second.json["draft"] == first.json["draft"]
    assert (first.etag, second.etag) == ('"1"', '"2"')


def test_a_save_without_or_with_an_old_revision_is_refused(admin: Client) -> None:
    address = create(admin, graph_of())
    body = {"name": "New", "draft": graph_of()}
    assert admin.put(address, body).status == 428
    assert admin.put(address, body, if_match='"1"').status == 200
    stale = admin.put(address, {**body, "name": "Mine"}, if_match='"1"')
    assert (stale.status, stale.json["based_on"], stale.json["stored"]) == (412, 1, 2)
    for path, sent in ((f"{address}/publish", None), (f"{address}/rollback", {"version": 1})):
        assert admin.post(path, sent).status == 428
    assert admin.put(f"{address}/enabled", {"enabled": False}).status == 428
    assert admin.delete(address).status == 428


def test_a_race_between_two_saves_names_both_revisions(ports: FakePorts, admin: Client) -> None:
    address = create(admin, graph_of())
    workflow_id = address.rpartition("/")[2]
    real = ports.workflows.save

    def beaten(workflow: object) -> None:
        stored = ports.workflows.stored["loc-1", workflow_id]
        ports.workflows.save = real  # type: ignore[method-assign]
        real(stored.saved(stored.revision, updated_at=NOW, name="Faster"))
        real(workflow)  # type: ignore[arg-type]

    ports.workflows.save = beaten  # type: ignore[method-assign, assignment]
    answer = admin.put(address, {"name": "Slower", "draft": graph_of()}, if_match='"1"')
    assert (answer.status, answer.json["based_on"], answer.json["stored"]) == (412, 1, 2)
    assert admin.get(address).json["name"] == "Faster"


def test_publish_enable_and_roll_back(ports: FakePorts, admin: Client) -> None:
    address = create(admin, graph_of(NOTE))
    assert admin.put(f"{address}/enabled", {"enabled": True}, if_match='"1"').status == 409
    publish(admin, address)
    saved = {"name": "Two", "description": "Now with a request", "draft": graph_of(NOTE, WEBHOOK)}
    admin.put(address, saved, if_match='"3"')
    second = admin.post(f"{address}/publish", None, if_match='"4"')
    assert second.json["version"]["version"] == 2
    assert second.json["version"]["published_by"] == "user-1"
    back = admin.post(f"{address}/rollback", {"version": 1}, if_match=second.etag)
    assert back.json["published_version"] == 1
    assert len(back.json["draft"]["nodes"]) == 3
    assert [each["version"] for each in admin.get(f"{address}/versions").json["items"]] == [2, 1]
    first = admin.get(f"{address}/versions/1").json
    assert (first["description"], len(first["graph"]["nodes"])) == ("", 2)
    assert admin.get(f"{address}/versions/2").json["description"] == "Now with a request"
    assert admin.get(f"{address}/versions/3").status == 404
    assert ports.workflows.subscriptions("loc-1")[0].version == 1


def test_publish_answers_with_what_it_published_and_not_with_a_later_save(
    ports: FakePorts, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever saves on top of the answer would otherwise overwrite a save they never saw."""
    address = create(admin, graph_of(NOTE))
    later = {"name": "Other", "description": "", "draft": graph_of(NOTE, WEBHOOK)}
    store = ports.workflows.publish

    def store_and_let_another_save(*given: Any, **named: Any) -> None:
        store(*given, **named)
        monkeypatch.undo()
        assert admin.put(address, later, if_match='"2"').status == 200

    monkeypatch.setattr(ports.workflows, "publish", store_and_let_another_save)
    answer = admin.post(f"{address}/publish", None, if_match='"1"')
    assert (answer.etag, answer.json["workflow"]["revision"]) == ('"2"', 2)
    assert len(answer.json["workflow"]["draft"]["nodes"]) == 2
    mine = {"name": "Mine", "description": "", "draft": graph_of(NOTE)}
    assert admin.put(address, mine, if_match=answer.etag).status == 412
    assert admin.get(address).json["name"] == "Other"


def test_a_version_that_kept_no_description_is_still_read(ports: FakePorts, admin: Client) -> None:
    address = create(admin, graph_of(NOTE))
    publish(admin, address)
    (key,) = ports.workflows.published
    stored = ports.workflows.published[key].model_dump(mode="json", exclude={"description"})
    ports.workflows.published[key] = WorkflowVersion.model_validate(stored)
    assert admin.get(f"{address}/versions/1").json["description"] is None


def test_the_difference_names_what_came_went_and_changed(admin: Client) -> None:
    address = create(admin, graph_of(NOTE, WEBHOOK))
    publish(admin, address)
    moved = {**NOTE, "position": {"x": 5, "y": 0}}
    changed = {**WEBHOOK, "config": {"url": "https://crm.example.com/other", "method": "PUT"}}
    task = {"id": "task", "type": "create_task", "config": {"title": "Call"}}
    admin.put(address, {"name": "x", "draft": graph_of(moved, changed, task)}, if_match='"3"')
    reported = admin.get(f"{address}/difference", before=1).json
    assert [node["id"] for node in reported["nodes_added"]] == ["task"]
    assert reported["nodes_removed"] == []
    assert reported["nodes_moved"] == ["note"]
    assert reported["nodes_changed"][0]["node_id"] == "hook"
    assert {each["field"]: each["after"] for each in reported["nodes_changed"][0]["changes"]} == {
        "config.url": "https://crm.example.com/other",
        "config.method": "PUT",
        "config.headers": None,
    }
    assert [(e["source"], e["target"]) for e in reported["edges_added"]] == [("hook", "task")]
    nothing = admin.get(f"{address}/difference", before=1, after=1).json
    assert not any(nothing.values())


def test_the_list_filters_and_goes_by_cursors(admin: Client) -> None:
    for number in range(5):
        create(admin, graph_of(NOTE), name=f"Workflow {number}")
    create(admin, graph_of(NOTE, trigger="Booking Cancelled"), name="Sorry")
    names, cursor = [], None
    while True:
        page = admin.get(WORKFLOWS, limit=2, cursor=cursor).json
        names += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == ["Sorry", *(f"Workflow {number}" for number in range(5))]
    cancelled = admin.get(WORKFLOWS, trigger="Booking Cancelled").json["items"]
    assert [item["name"] for item in cancelled] == ["Sorry"]
    assert [item["name"] for item in admin.get(WORKFLOWS, text="FLOW 3").json["items"]] == [
        "Workflow 3"
    ]
    assert admin.get(WORKFLOWS, enabled="true").json["items"] == []
    first = admin.get(WORKFLOWS, limit=2).json["next_cursor"]
    assert admin.get(WORKFLOWS, limit=2, cursor=first, text="a").status == 422


def test_the_list_tells_how_the_last_days_went(ports: FakePorts, admin: Client) -> None:
    workflow_id = create(admin, graph_of(NOTE)).rpartition("/")[2]
    ends = (ExecutionStatus.COMPLETED, ExecutionStatus.COMPLETED, ExecutionStatus.FAILED)
    for number, status in enumerate(ends):
        ended = run(id=f"ended-{number}", workflow_id=workflow_id, status=status, completed_at=NOW)
        ports.executions.count_end(ended)
    item = admin.get(WORKFLOWS).json["items"][0]
    assert len(item["days"]) == 7
    assert item["days"][-1] == {"day": "2026-12-01", "completed": 2, "failed": 1}
    assert item["last_execution_at"] == "2026-12-01T09:00:00Z"
    assert {day["completed"] for day in item["days"][:-1]} == {0}


def test_a_version_tells_how_its_executions_fared_at_each_step(
    ports: FakePorts, admin: Client
) -> None:
    address = create(admin, graph_of(NOTE))
    workflow_id = address.rpartition("/")[2]
    outcomes = ((StepStatus.COMPLETED, None), (StepStatus.SKIPPED, ReasonCode.OPTED_OUT))
    for number, (status, reason_code) in enumerate(outcomes):
        ended = run(
            id=f"ended-{number}",
            workflow_id=workflow_id,
            status=ExecutionStatus.COMPLETED,
            completed_at=NOW,
        )
        at_note = Step(
            location_id="loc-1",
            execution_id=ended.id,
            node_id="note",
            node_type="add_booking_note",
            started_at=ended.started_at,
            status=status,
            reason_code=reason_code,
        )
        ports.executions.claim(ended)
        ports.executions.finish_step(at_note)
        ports.executions.count_end(ended, [at_note])
    found = admin.get(f"{address}/step_statistics", version=run().version, days=30).json
    assert (found["ended"], found["answered"]) == ({"completed": 2}, {})
    (counts,) = found["steps"]
    assert counts == {
        "node_id": "note",
        "came": 2,
        "completed": 1,
        "failed": 0,
        "skipped": {"opted_out": 1},
    }
    listed = f"{address}/steps/note/executions"
    assert [each["id"] for each in admin.get(listed, status="skipped").json["items"]] == ["ended-1"]
    reason = {"status": "skipped", "reason": "no_recipient"}
    assert admin.get(listed, **reason).json["items"] == []
    assert admin.get(f"{address}/step_statistics", days=31).status == 422
    assert admin.get(f"{WORKFLOWS}/unknown/step_statistics").status == 404


def test_a_workflow_with_runs_under_way_is_kept_until_it_is_drained(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    address = create(admin, graph_of(NOTE))
    workflow_id = address.rpartition("/")[2]
    publish(admin, address)
    ports.executions.claim(run(workflow_id=workflow_id))
    refused = admin.delete(address, if_match='"3"')
    assert refused.status == 409
    assert "executions in progress: 1." in refused.json["detail"]
    assert "drain" in refused.json["errors"][0]["remedy"]
    assert admin.delete(address, if_match='"2"').status == 412
    assert admin.get(address).json["enabled"] is True
    assert admin.post(f"{address}/drain").json["complete"] is True
    deleted = admin.delete(address, if_match=admin.get(address).etag)
    assert (deleted.status, deleted.text) == (204, "")
    assert admin.get(address).status == 404
    assert ports.workflows.subscriptions("loc-1") == []
    assert ports.executions.get("loc-1", "ex-1").status is ExecutionStatus.CANCELLED
    assert admin.get(f"{WORKFLOWS[:-10]}/executions/ex-1").json["graph"] is not None


def test_a_copy_to_another_location_needs_the_role_there(api: Api, issuer: TestIssuer) -> None:
    editor = Client(api, issuer.person(loc_1="editor", loc_2="editor", loc_3="viewer"))
    address = create(
        editor, graph_of({**NOTE, "type": "send_template", "config": {"template": "t"}})
    )
    here = editor.post(f"{address}/duplicate", {})
    assert here.json["workflow"]["name"] == "Welcome (copy)"
    there = editor.post(f"{address}/duplicate", {"location_id": "loc-2", "name": "Hi"})
    assert (there.status, there.json["location_id"]) == (201, "loc-2")
    assert there.json["to_map"] == [
        {"node_id": "note", "field": "config.template", "kind": "template", "id": "t"}
    ]
    copy = f"/v1/locations/loc-2/workflows/{there.json['workflow']['id']}"
    assert editor.get(copy).json["enabled"] is False
    for location, status in (("loc-3", 403), ("loc-4", 404)):
        answer = editor.post(f"{address}/duplicate", {"location_id": location})
        assert answer.status == status


def test_an_import_takes_other_templates_instead(ports: FakePorts, admin: Client) -> None:
    ports.templates.save(
        Template(location_id="loc-1", id="ours", name="Ours", updated_at=NOW, sms="Hi")
    )
    export = {
        "name": "From elsewhere",
        "graph": graph_of({**NOTE, "type": "send_template", "config": {"template": "theirs"}}),
    }
    reported = admin.post(f"{WORKFLOWS}/import", {"workflow": export})
    assert [each["id"] for each in reported.json["to_map"]] == ["theirs"]
    taken = admin.post(f"{WORKFLOWS}/import", {"workflow": export, "templates": {"theirs": "ours"}})
    assert taken.json["to_map"] == []
    assert taken.json["workflow"]["draft"]["nodes"][1]["config"]["template"] == "ours"


@pytest.mark.parametrize(
    "changes", [{"format": "other"}, {"format_version": 2}, {"graph": {"nodes": 1}}, {"extra": 1}]
)
def test_a_file_that_is_no_export_is_refused(admin: Client, changes: dict[str, object]) -> None:
    export = {"name": "x", "graph": graph_of(), **changes}
    answer = admin.post(f"{WORKFLOWS}/import", {"workflow": export})
    assert answer.status == 422
    assert answer.json["errors"][0]["field"].startswith("body.workflow.")


@pytest.mark.parametrize("key", sorted(ready_made()))
def test_a_gallery_workflow_exports_and_imports_elsewhere_to_the_same_machine(
    api: Api, issuer: TestIssuer, key: str
) -> None:
    client = Client(api, issuer.person(loc_1="editor", loc_2="editor"))
    offered = client.get(f"/v1/locations/loc-1/gallery/{key}").json
    first = client.post(f"{WORKFLOWS}/import", {"workflow": offered}).json["workflow"]
    export = client.get(f"{WORKFLOWS}/{first['id']}/export").json
    there = "/v1/locations/loc-2/workflows"
    second = client.post(f"{there}/import", {"workflow": json.loads(json.dumps(export))}).json
    again = client.get(f"{there}/{second['workflow']['id']}/export").json
    assert again == export
    assert machine_of(again["graph"]) == machine_of(offered["graph"])


def machine_of(graph: dict[str, object]) -> str:
    compiled = compile_graph(
        Graph.model_validate(graph), function_arn_prefix=TARGET.function_arn_prefix
    )
    return machine_name(TARGET.name_prefix, compiled, TARGET.role_arn, TARGET.log_group_arn)


def test_the_gallery_lists_every_ready_made_workflow(admin: Client) -> None:
    items = admin.get("/v1/locations/loc-1/gallery").json["items"]
    assert {item["key"] for item in items} == set(ready_made())
    assert all(item["trigger"] for item in items)
    assert admin.get("/v1/locations/loc-1/gallery/none").status == 404


def test_the_catalogue_describes_every_trigger_action_and_filter(admin: Client) -> None:
    catalogue = admin.get("/v1/locations/loc-1/catalogue").json
    assert {"Booking Created", "Booking Reminder"} <= {
        each["event"] for each in catalogue["triggers"]
    }
    assert {each["type"] for each in catalogue["actions"]} >= {"webhook", "send_template"}
    assert {each["type"] for each in catalogue["flow_nodes"]} == {"delay", "condition", "switch"}
    created = next(each for each in catalogue["triggers"] if each["event"] == "Booking Created")
    assert "customer.first_name" in {each["path"] for each in created["variables"]}
    for described in (*catalogue["triggers"], *catalogue["actions"], *catalogue["flow_nodes"]):
        assert described["config_schema"]["type"] == "object"
    assert "date" in {each["name"] for each in catalogue["filters"]}
    supplied = {
        each["type"]: {variable["path"] for variable in each["supplies"]}
        for each in catalogue["actions"]
        if each["supplies"]
    }
    assert supplied == {
        "send_template": {"unsubscribe_url"},
        "send_survey_email": {
            "survey.name",
            "survey.link",
            "survey.expires_at",
            "unsubscribe_url",
        },
    }


def test_a_file_with_a_graph_beyond_the_limits_is_refused(admin: Client) -> None:
    nodes = [
        {"id": f"n-{number}", "type": "delay", "config": {"text": "x" * 400}}
        for number in range(2000)
    ]
    refused = admin.post(
        f"{WORKFLOWS}/import", {"workflow": {"name": "Large", "graph": {"nodes": nodes}}}
    )
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "body.workflow")


def test_a_save_while_a_workflow_is_drained_keeps_it_from_being_deleted(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    address = create(admin, graph_of(NOTE))
    publish(admin, address)
    assert admin.post(f"{address}/drain").status == 200
    seen = admin.get(address).etag
    saved = {"name": "Better", "draft": graph_of(NOTE)}
    assert admin.put(address, saved, if_match=seen).status == 200
    assert admin.delete(address, if_match=seen).status == 412
    kept = admin.get(address)
    assert (kept.json["name"], kept.json["enabled"]) == ("Better", False)
    assert admin.delete(address, if_match=kept.etag).status == 204


def test_a_workflow_of_many_runs_is_deleted_once_those_under_way_are_drained(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    address = create(admin, graph_of(NOTE))
    workflow_id = address.rpartition("/")[2]
    publish(admin, address)
    for number in range(250):
        ports.executions.claim(run(id=f"open-{number}", workflow_id=workflow_id))
    for number in range(20_100):
        ended = {"workflow_id": workflow_id, "status": ExecutionStatus.COMPLETED}
        ports.executions.claim(run(id=f"old-{number}", **ended))
    refused = admin.delete(address, if_match='"3"')
    assert "at least 100" in refused.json["detail"]
    drained = [admin.post(f"{address}/drain").json for _ in range(2)]
    assert [(each["cancelled"], each["complete"]) for each in drained] == [(200, False), (50, True)]
    assert admin.delete(address, if_match=admin.get(address).etag).status == 204
    kept = admin.get(f"{LOCATION}/audit", kind="workflows", resource_id=workflow_id).json["items"]
    drains = [each["after"] for each in kept if each["operation"] == "drain_workflow"]
    assert sorted(each["cancelled"] for each in drains) == [50, 200]


def test_a_name_is_more_than_blanks(admin: Client) -> None:
    refused = admin.post(WORKFLOWS, {"name": "  \t "})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "body.name")
    assert admin.post(WORKFLOWS, {"name": " Welcome "}).json["name"] == "Welcome"


def test_a_dry_run_stays_in_its_location(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    address = create(admin, graph_of(NOTE))
    event = {"location_id": "loc-2"}
    refused = admin.post(f"{address}/dry-run", {"booking_id": "b-1", "event": event})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "event.location_id")


def test_a_dry_run_renders_everything_and_sends_nothing(ports: FakePorts, admin: Client) -> None:
    know_location(ports)
    condition = {
        "id": "c",
        "type": "condition",
        "config": {"rule": {"variable": "booking.status", "operator": "equals", "value": "draft"}},
    }
    greeting = {**NOTE, "config": {"note": "Dear {{ customer.first_name }}"}}
    draft = graph_of(greeting, WEBHOOK, condition, {**NOTE, "id": "never"})
    draft["edges"][-1]["source_handle"] = "true"
    address = create(admin, draft)
    before = list(ports.calls.made)
    answer = admin.post(f"{address}/dry-run", {"booking_id": "b-1"})
    assert answer.status == 200, answer.text
    steps = {step["node_id"]: step for step in answer.json["steps"]}
    assert "Dear Ada" in json.dumps(steps["note"]["plan"])
    assert steps["hook"]["plan"]["url"] == "https://crm.example.com/hook"
    assert "top-secret-key" not in answer.text
    assert steps["c"]["handle"] == "false"
    assert steps["never"]["outcome"] == "not_reached"
    made = {name.partition(".")[0] for name in ports.calls.made[len(before) :]}
    stores = {"workflows", "bookings", "templates", "surveys", "secrets", "suppressions"}
    assert made <= stores | {"rate_limits"}
    assert admin.post(f"{address}/dry-run", {"booking_id": "b-2"}).status == 404


@pytest.mark.parametrize(
    "trigger",
    [
        "Booking Created",
        "Booking Status Changed",
        "Booking Cancelled",
        "Booking Rescheduled",
        "Booking Reminder",
        "Booking Completed",
        "Chat Message Created",
        "Survey Submitted",
    ],
)
def test_a_dry_run_makes_up_every_event(ports: FakePorts, admin: Client, trigger: str) -> None:
    know_location(ports)
    address = create(admin, graph_of(NOTE, trigger=trigger))
    answer = admin.post(f"{address}/dry-run", {"booking_id": "b-1", "event": {"extra": "kept"}})
    assert answer.status == 200, answer.text
    assert answer.json["event_type"] == trigger
    assert answer.json["event_data"]["extra"] == "kept"
    assert {step["outcome"] for step in answer.json["steps"]} == {"planned"}


def test_the_list_tells_of_changes_that_are_not_published(admin: Client) -> None:
    """A draft that was never published has none; a moved step and a description as it was are none."""

    def has_changes() -> bool:
        [listed] = admin.get(WORKFLOWS).json["items"]
        return bool(listed["has_changes"])

    def save(graph: Any, name: str = "Confirmation") -> None:
        now = admin.get(address)
        saved = admin.put(address, {"name": name, "draft": graph}, if_match=now.etag)
        assert saved.status == 200

    address = create(admin, graph_of(NOTE))
    assert not has_changes()
    save(graph_of(NOTE))
    publish(admin, address)
    assert not has_changes()
    moved = graph_of(NOTE)
    save({**moved, "nodes": [{**each, "position": {"x": 7, "y": 7}} for each in moved["nodes"]]})
    assert not has_changes()
    save(graph_of(NOTE), name="Another name")
    assert has_changes()
    save(graph_of(WEBHOOK))
    assert has_changes()
    second = admin.post(f"{address}/publish", None, if_match=admin.get(address).etag)
    assert not has_changes()
    admin.post(f"{address}/rollback", {"version": 1}, if_match=second.etag)
    assert has_changes()


def test_many_turned_on_one_after_the_other_each_end_as_themselves(
    ports: FakePorts, api: Api, issuer: TestIssuer, admin: Client
) -> None:
    know_location(ports)
    kept = {"name": "crm", "value": "k" * 32, "hosts": ["crm.example.com"]}
    assert admin.post(f"{LOCATION}/secrets", kept).status == 201
    sent = {"id": "welcome", "name": "Welcome", "subject": "Hi", "html": "<p>Hi</p>"}
    assert admin.post(f"{LOCATION}/templates", sent).status == 201
    steps = (NOTE, NOTE, NOTE, TOKEN_WEBHOOK, WELCOME)
    good, beaten, deleted, secret, template = (published(admin, step) for step in steps)
    unpublished = create(admin, graph_of(NOTE))
    # What these two name goes missing after they were published.
    assert admin.delete(f"{LOCATION}/secrets/crm", if_match='"1"').status == 204
    off = {"active": False}
    assert admin.put(f"{LOCATION}/templates/welcome/active", off, if_match='"1"').status == 200
    addresses = (good, beaten, deleted, unpublished, secret, template, good)
    etags = [admin.get(each).etag for each in addresses]
    colleague = Client(api, issuer.token({"sub": "user-2", "bookflow:roles": {"loc-1": "admin"}}))
    assert colleague.put(f"{beaten}/enabled", ON, if_match=etags[1]).status == 200
    assert colleague.call("DELETE", deleted, headers={"if-match": etags[2]}).status == 204
    answers = [
        admin.put(f"{each}/enabled", ON, if_match=etag)
        for each, etag in zip(addresses, etags, strict=True)
    ]
    assert [each.status for each in answers] == [200, 412, 404, 409, 422, 422, 412]
    states = [admin.get(each).json.get("enabled") for each in addresses]
    assert states == [True, True, None, False, False, False, True]
    why = "The workflow has 1 problem, the first: The "
    assert answers[4].json["detail"].startswith(f"{why}secret crm ")
    assert answers[5].json["detail"].startswith(f"{why}template 'welcome' "), answers[5].text
    subscribed = {each.workflow_id for each in ports.workflows.subscriptions("loc-1")}
    assert subscribed == {each.rpartition("/")[2] for each in (good, beaten)}
    entries = admin.get(f"{LOCATION}/audit", limit=100).json["items"]
    done = [each["resource_id"] for each in entries if each["operation"] == "enable_workflow"]
    assert sorted(done) == sorted(subscribed)


def test_nobody_turns_on_what_they_may_not(
    ports: FakePorts, api: Api, issuer: TestIssuer, admin: Client
) -> None:
    address = published(admin, NOTE)
    etag = admin.get(address).etag
    viewer = Client(api, issuer.person(loc_1="viewer"))
    assert viewer.put(f"{address}/enabled", ON, if_match=etag).status == 403
    far = Client(api, issuer.token({"sub": "user-3", "bookflow:roles": {"loc-2": "admin"}}))
    assert far.put(f"{address}/enabled", ON, if_match=etag).status in (403, 404)
    elsewhere = address.replace("loc-1", "loc-2")
    assert far.put(f"{elsewhere}/enabled", ON, if_match=etag).status == 404
    assert admin.get(address).json["enabled"] is False
    assert admin.get(address).etag == etag


ON = {"enabled": True}
TOKEN_WEBHOOK = {
    "id": "hook",
    "type": "webhook",
    "config": {
        "url": "https://crm.example.com/hook",
        "headers": {"Authorization": "Bearer {{ secret.crm }}"},
    },
}
WELCOME = {"id": "send", "type": "send_template", "config": {"template": "welcome"}}


def published(client: Client, step: dict[str, Any]) -> str:
    """Make a workflow whose version 1 is off; return its address."""
    address = create(client, graph_of(step))
    answer = client.post(f"{address}/publish", None, if_match=client.get(address).etag)
    assert answer.status == 200, answer.text
    return address
