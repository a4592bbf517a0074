"""Publishing, enabling and rolling back decide which version events run, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from bookflow.domain.shared.errors import ConflictError, NotFoundError
from bookflow.domain.workflows.graph import Graph
from bookflow.domain.workflows.workflow import Subscription
from bookflow.gallery import ready_made
from bookflow.use_cases.runtime.dispatch import Dispatcher
from bookflow.use_cases.workflows.publish import InvalidWorkflowError, Publisher
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import (
    LOCATION_ID,
    NOTE,
    TARGET,
    event,
    graph,
    new_ports,
    publish,
    save,
)

SECOND = {**NOTE, "id": "second"}


def publisher(ports: FakePorts) -> Publisher:
    return Publisher(ports, TARGET)


def revision(ports: FakePorts) -> int:
    return ports.workflows.stored[LOCATION_ID, "wf-a"].revision


def subscription(ports: FakePorts) -> Subscription | None:
    return ports.workflows.subscribed.get((LOCATION_ID, "wf-a"))


def state(ports: FakePorts) -> tuple[Mapping[Any, Any], ...]:
    store = ports.workflows
    return (store.stored, store.published, store.subscribed)


def test_a_first_version_is_published_and_starts_nothing_until_it_is_enabled() -> None:
    ports = new_ports()
    version = publish(ports, "wf-a", graph(NOTE), enabled=False)
    assert (version.version, version.trigger_type) == (1, "Booking Created")
    assert version.published_at == ports.clock.now()
    stored = ports.workflows.get(LOCATION_ID, "wf-a")
    assert (stored.published_version, stored.latest_version, stored.revision) == (1, 1, 2)
    assert subscription(ports) is None
    assert list(ports.machines.definitions) == [version.machine_arn]
    assert Dispatcher(ports).dispatch(event()) == []


def test_enabling_subscribes_to_the_published_version_and_disabling_ends_it() -> None:
    ports = new_ports()
    version = publish(ports, "wf-a", graph(NOTE))
    found = subscription(ports)
    assert found is not None
    assert (found.version, found.machine_arn) == (1, version.machine_arn)
    publisher(ports).set_enabled(LOCATION_ID, "wf-a", False, based_on=revision(ports))
    assert subscription(ports) is None
    assert not ports.workflows.get(LOCATION_ID, "wf-a").enabled


def test_the_next_version_takes_over_at_once_and_the_old_one_stays_as_it_was() -> None:
    ports = new_ports()
    first = publish(ports, "wf-a", graph(NOTE))
    save(ports, "wf-a", graph(NOTE, SECOND))
    _, second = publisher(ports).publish(
        LOCATION_ID, "wf-a", based_on=revision(ports), published_by="ada"
    )
    assert (second.version, second.published_by) == (2, "ada")
    found = subscription(ports)
    assert found is not None
    assert found.version == 2
    assert ports.workflows.version(LOCATION_ID, "wf-a", 1) == first


def test_workflows_of_the_same_shape_share_a_machine() -> None:
    ports = new_ports()
    one = publish(ports, "wf-a", graph(NOTE))
    other = publish(ports, "wf-b", graph({**NOTE, "config": {"note": "Another text"}}))
    assert one.machine_arn == other.machine_arn
    assert len(ports.machines.definitions) == 1


def test_another_role_or_log_group_is_another_machine() -> None:
    ports = new_ports()
    workflow = save(ports, "wf-a", graph(NOTE))
    arns = set()
    for number, target in enumerate(
        [TARGET, replace(TARGET, role_arn="arn:other"), replace(TARGET, log_group_arn="arn:other")]
    ):
        _, version = Publisher(ports, target).publish(
            LOCATION_ID, "wf-a", based_on=workflow.revision + number
        )
        arns.add(version.machine_arn)
    assert len(arns) == 3


def test_a_draft_with_problems_is_refused_with_all_of_them() -> None:
    ports = new_ports()
    bad = {"id": "mail", "type": "send_template", "config": {"template": "missing"}}
    worse = {"id": "hook", "type": "webhook", "config": {"url": "ftp://example.com"}}
    save(ports, "wf-a", graph(bad, worse))
    with pytest.raises(InvalidWorkflowError) as caught:
        publisher(ports).publish(LOCATION_ID, "wf-a", based_on=1)
    assert {problem.node_id for problem in caught.value.problems} == {"mail", "hook"}
    assert caught.value.field == "nodes.mail.config.template"
    assert "2 problems" in caught.value.message
    assert caught.value.remedy
    assert not ports.machines.definitions
    assert not ports.workflows.published


def test_a_graph_that_makes_no_machine_is_a_problem_with_its_node() -> None:
    ports = new_ports()
    notes = [{**NOTE, "id": f"{kind}{at}"} for at in range(51) for kind in ("split", "leaf")]
    links = [("trigger", "split0"), ("trigger", "leaf0")]
    links += [(f"split{at}", f"{kind}{at + 1}") for at in range(50) for kind in ("split", "leaf")]
    draft = graph(*notes).model_dump() | {
        "edges": [
            {"id": f"e{place}", "source": source, "target": target}
            for place, (source, target) in enumerate(links)
        ]
    }
    workflow = save(ports, "wf-a", Graph.model_validate(draft))
    (problem,) = publisher(ports).check(workflow)
    assert problem.node_id == "split49"
    assert "splits inside 50" in problem.reason
    with pytest.raises(InvalidWorkflowError, match="splits inside 50"):
        publisher(ports).publish(LOCATION_ID, "wf-a", based_on=1)


def test_warnings_are_reported_and_forbid_nothing() -> None:
    ports = new_ports()
    circle = {"id": "up", "type": "update_booking", "config": {"value": "confirmed"}}
    draft = graph(circle, trigger="Booking Status Changed")
    workflow = save(ports, "wf-a", draft)
    (problem,) = publisher(ports).check(workflow)
    assert problem.severity == "warning"
    assert "circle" in problem.reason
    assert publisher(ports).publish(LOCATION_ID, "wf-a", based_on=1)[1].version == 1


def test_a_circle_is_sought_among_the_enabled_workflows_without_the_old_form_of_this_one() -> None:
    ports = new_ports()
    circle = {"id": "up", "type": "update_booking", "config": {"value": "confirmed"}}
    publish(ports, "wf-a", graph(circle, trigger="Booking Status Changed"))
    fixed = save(ports, "wf-a", graph(NOTE, trigger="Booking Status Changed"))
    assert publisher(ports).check(fixed) == []


@pytest.mark.parametrize("name", sorted(ready_made()))
def test_the_ready_made_workflows_can_be_published(name: str) -> None:
    ports = new_ports()
    welcome = ports.templates.stored[LOCATION_ID, "welcome"]
    draft = ready_made()[name].graph
    for node in draft.nodes:
        if "template" in node.config:
            template_id = node.config["template"]
            stored = welcome.changed(id=template_id)
            ports.templates.stored[LOCATION_ID, template_id] = stored
    assert publish(ports, "wf-a", draft).version == 1


def test_a_save_in_between_is_a_conflict_and_nothing_is_published() -> None:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    before = [dict(part) for part in state(ports)]
    for change in (
        lambda: publisher(ports).publish(LOCATION_ID, "wf-a", based_on=1),
        lambda: publisher(ports).set_enabled(LOCATION_ID, "wf-a", False, based_on=1),
        lambda: publisher(ports).roll_back(LOCATION_ID, "wf-a", 1, based_on=1),
    ):
        with pytest.raises(ConflictError) as caught:
            change()
        assert caught.value.field == "revision"
    assert [dict(part) for part in state(ports)] == before


def test_what_was_never_published_cannot_be_enabled() -> None:
    ports = new_ports()
    save(ports, "wf-a", graph(NOTE))
    with pytest.raises(ConflictError, match="no published version"):
        publisher(ports).set_enabled(LOCATION_ID, "wf-a", True, based_on=1)


def test_a_workflow_that_nobody_knows_cannot_be_published() -> None:
    with pytest.raises(NotFoundError):
        publisher(new_ports()).publish(LOCATION_ID, "wf-a", based_on=1)


def two_versions() -> FakePorts:
    ports = new_ports()
    publish(ports, "wf-a", graph(NOTE))
    save(ports, "wf-a", graph(NOTE, SECOND))
    publisher(ports).publish(LOCATION_ID, "wf-a", based_on=revision(ports))
    ports.calls.made.clear()
    return ports


def test_rolling_back_lets_events_run_the_earlier_version() -> None:
    ports = two_versions()
    draft = ports.workflows.get(LOCATION_ID, "wf-a").draft
    publisher(ports).roll_back(LOCATION_ID, "wf-a", 1, based_on=revision(ports))
    (execution,) = Dispatcher(ports).dispatch(event())
    assert execution.version == 1
    stored = ports.workflows.get(LOCATION_ID, "wf-a")
    assert (stored.published_version, stored.latest_version) == (1, 2)
    assert stored.draft == draft
    assert publisher(ports).publish(LOCATION_ID, "wf-a", based_on=stored.revision)[1].version == 3


def test_a_disabled_workflow_can_be_rolled_back_and_stays_off() -> None:
    ports = two_versions()
    publisher(ports).set_enabled(LOCATION_ID, "wf-a", False, based_on=revision(ports))
    publisher(ports).roll_back(LOCATION_ID, "wf-a", 1, based_on=revision(ports))
    assert subscription(ports) is None
    assert ports.workflows.get(LOCATION_ID, "wf-a").published_version == 1


def test_there_is_no_way_back_to_a_version_that_never_was() -> None:
    ports = two_versions()
    with pytest.raises(NotFoundError):
        publisher(ports).roll_back(LOCATION_ID, "wf-a", 7, based_on=revision(ports))
    found = subscription(ports)
    assert found is not None
    assert found.version == 2


def test_a_version_whose_machine_was_swept_gets_it_back() -> None:
    ports = two_versions()
    first = ports.workflows.version(LOCATION_ID, "wf-a", 1)
    ports.machines.delete(first.machine_arn)
    publisher(ports).roll_back(LOCATION_ID, "wf-a", 1, based_on=revision(ports))
    (execution,) = Dispatcher(ports).dispatch(event())
    assert (execution.machine_arn, execution.id) in ports.machines.started


def test_after_a_change_of_the_stack_an_old_version_is_published_anew() -> None:
    ports = two_versions()
    changed = Publisher(ports, replace(TARGET, role_arn="arn:aws:iam::123456789012:role/new"))
    changed.roll_back(LOCATION_ID, "wf-a", 1, based_on=revision(ports))
    stored = ports.workflows.get(LOCATION_ID, "wf-a")
    assert (stored.published_version, stored.latest_version) == (3, 3)
    first, third = (ports.workflows.version(LOCATION_ID, "wf-a", number) for number in (1, 3))
    assert third.graph == first.graph
    assert third.machine_arn != first.machine_arn
    found = subscription(ports)
    assert found is not None
    assert (found.version, found.machine_arn) == (3, third.machine_arn)


def with_a_text_that_is_gone() -> FakePorts:
    """Return a workflow whose first version names a template that has been deleted since."""
    ports = new_ports()
    mail = {"id": "mail", "type": "send_template", "config": {"template": "welcome"}}
    publish(ports, "wf-a", graph(mail))
    save(ports, "wf-a", graph(NOTE))
    publisher(ports).publish(LOCATION_ID, "wf-a", based_on=revision(ports))
    del ports.templates.stored[LOCATION_ID, "welcome"]
    return ports


def test_no_way_back_to_a_version_that_has_problems_by_now() -> None:
    ports = with_a_text_that_is_gone()
    before = [dict(part) for part in state(ports)]
    with pytest.raises(InvalidWorkflowError) as caught:
        publisher(ports).roll_back(LOCATION_ID, "wf-a", 1, based_on=revision(ports))
    assert [problem.node_id for problem in caught.value.problems] == ["mail"]
    assert [dict(part) for part in state(ports)] == before


def test_enabling_checks_again_and_disabling_does_not() -> None:
    ports = with_a_text_that_is_gone()
    publisher(ports).set_enabled(LOCATION_ID, "wf-a", False, based_on=revision(ports))
    publisher(ports).roll_back(LOCATION_ID, "wf-a", 1, based_on=revision(ports))
    with pytest.raises(InvalidWorkflowError) as caught:
        publisher(ports).set_enabled(LOCATION_ID, "wf-a", True, based_on=revision(ports))
    assert caught.value.field == "nodes.mail.config.template"
    assert subscription(ports) is None


def test_a_crash_after_any_call_leaves_the_old_state_or_the_new_one() -> None:
    straight = two_versions()
    save(straight, "wf-a", graph(NOTE))
    before = [dict(part) for part in state(straight)]
    straight.calls.made.clear()
    publisher(straight).publish(LOCATION_ID, "wf-a", based_on=revision(straight))
    after = [dict(part) for part in state(straight)]
    for number in range(1, len(straight.calls.made) + 1):
        ports = two_versions()
        save(ports, "wf-a", graph(NOTE))
        ports.crash_after(number)
        with pytest.raises(Crash):
            publisher(ports).publish(LOCATION_ID, "wf-a", based_on=revision(ports))
        found = [dict(part) for part in state(ports)]
        assert found in (before, after)
        if found == before:
            publisher(ports).publish(LOCATION_ID, "wf-a", based_on=revision(ports))
        assert [dict(part) for part in state(ports)] == after


def test_a_graph_without_a_trigger_is_refused() -> None:
    ports = new_ports()
    save(ports, "wf-a", Graph.model_validate({"nodes": [NOTE]}))
    with pytest.raises(InvalidWorkflowError):
        publisher(ports).publish(LOCATION_ID, "wf-a", based_on=1)


def test_a_rating_before_a_review_link_is_a_warning_at_publish() -> None:
    ports = new_ports()
    stored = ports.templates.stored[LOCATION_ID, "welcome"]
    ports.templates.stored[LOCATION_ID, "welcome"] = stored.changed(
        html="https://g.page/r/x/review"
    )
    rule = {"variable": "event.overall_rating", "operator": "equals", "value": 5}
    rated = {"id": "rated", "type": "condition", "config": {"rule": rule}}
    mail = {"id": "mail", "type": "send_template", "config": {"template": "welcome"}}
    drawn = graph(rated, mail, trigger="Survey Submitted")
    edges = [
        edge.model_copy(update={"source_handle": "true"}) if edge.source == "rated" else edge
        for edge in drawn.edges
    ]
    workflow = save(ports, "wf-a", drawn.model_copy(update={"edges": tuple(edges)}))
    warnings = [each for each in publisher(ports).check(workflow) if "review" in each.reason]
    assert [(each.node_id, each.severity) for each in warnings] == [("rated", "warning")]
