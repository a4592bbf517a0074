"""Publishing warns of two workflows that would send the same people a message twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bookflow.domain.workflows.graph import Graph
from bookflow.use_cases.workflows.check_graph import check_graph
from bookflow.use_cases.workflows.double_notices import guest_messages
from tests.fakes import FakePorts
from tests.unit.runtime.samples import NOTE, graph, new_ports, publish, save

MAIL: Mapping[str, Any] = {
    "id": "mail",
    "type": "send_template",
    "config": {"template": "welcome"},
}
STAFF: Mapping[str, Any] = {
    **MAIL,
    "config": {"template": "welcome", "recipient_type": "admin"},
}
OWN_ADDRESS: Mapping[str, Any] = {
    **MAIL,
    "config": {
        "template": "welcome",
        "recipient_type": "custom",
        "custom_recipient": "{{ customer.email }}",
    },
}
STATUS, CANCELLED = "Booking Status Changed", "Booking Cancelled"


def rule(value: str, operator: str = "equals", variable: str = "event.new_status") -> Any:
    return {"variable": variable, "operator": operator, "value": value}


def asking(condition: Any, *, handle: str = "true") -> Graph:
    """Return a status workflow that mails behind a condition."""
    start = graph(trigger=STATUS)
    nodes = [
        start.trigger.model_dump(),
        {"id": "if", "type": "condition", "config": {"rule": condition}},
        dict(MAIL),
    ]
    edges = [
        {"id": "e1", "source": "trigger", "target": "if"},
        {"id": "e2", "source": "if", "source_handle": handle, "target": "mail"},
    ]
    return Graph.model_validate({"nodes": nodes, "edges": edges})


def warnings(ports: FakePorts, draft: Graph) -> list[str]:
    found = check_graph(save(ports, "wf-draft", draft), ports)
    return [each.reason for each in found if "gets two messages" in each.reason]


@pytest.mark.parametrize(
    ("own", "other"), [(STATUS, CANCELLED), (CANCELLED, STATUS)], ids=["status", "cancelled"]
)
@pytest.mark.parametrize("node", [MAIL, OWN_ADDRESS])
def test_either_of_two_notices_is_warned_of(own: str, other: str, node: Any) -> None:
    ports = new_ports()
    publish(ports, "wf-other", graph(node, trigger=other))
    (reason,) = warnings(ports, graph(MAIL, trigger=own))
    assert "wf-other" in reason


@pytest.mark.parametrize(
    ("own", "other"),
    [
        (graph(MAIL, trigger=STATUS), graph(MAIL, trigger=STATUS)),
        (graph(MAIL, trigger=STATUS), graph(NOTE, trigger=CANCELLED)),
        (graph(MAIL, trigger=STATUS), graph(STAFF, trigger=CANCELLED)),
        (graph(STAFF, trigger=STATUS), graph(MAIL, trigger=CANCELLED)),
        (graph(MAIL), graph(MAIL, trigger=CANCELLED)),
        (asking(rule("no_show")), graph(MAIL, trigger=CANCELLED)),
    ],
)
def test_one_notice_alone_is_fine(own: Graph, other: Graph) -> None:
    ports = new_ports()
    publish(ports, "wf-other", other)
    assert warnings(ports, own) == []


def test_a_filter_that_leaves_cancellations_out_is_no_second_notice() -> None:
    ports = new_ports()
    publish(ports, "wf-other", graph(MAIL, trigger=CANCELLED))
    for status, count in (("confirmed", 0), ("cancelled", 1)):
        draft = graph(MAIL, trigger=STATUS, filter=rule(status))
        assert len(warnings(ports, draft)) == count


def test_a_workflow_that_is_off_is_no_second_notice() -> None:
    ports = new_ports()
    publish(ports, "wf-other", graph(MAIL, trigger=CANCELLED), enabled=False)
    assert warnings(ports, graph(MAIL, trigger=STATUS)) == []


CREATED = "Booking Created"
REMINDER = "Booking Reminder"


def reminding(hours: int) -> Graph:
    """Return a workflow that mails so many hours before the start."""
    drawn = graph(MAIL, trigger=REMINDER)
    nodes = [
        each.model_copy(update={"config": {**each.config, "offset_value": hours}})
        if each.type == "trigger"
        else each
        for each in drawn.nodes
    ]
    return drawn.model_copy(update={"nodes": tuple(nodes)})


@pytest.mark.parametrize(
    ("own", "other", "is_enabled", "is_warned"),
    [
        (graph(MAIL, trigger=CREATED), graph(MAIL, trigger=CREATED), True, True),
        (graph(MAIL, trigger=CREATED), graph(MAIL, trigger=CREATED), False, False),
        (graph(MAIL, trigger=CREATED), graph(STAFF, trigger=CREATED), True, False),
        (graph(MAIL, trigger=CREATED), graph(MAIL, trigger=CANCELLED), True, False),
        (reminding(24), reminding(24), True, True),
        (reminding(24), reminding(2), True, False),
        (
            graph(MAIL, trigger="Started by hand"),
            graph(MAIL, trigger="Started by hand"),
            True,
            False,
        ),
    ],
)
def test_one_template_on_one_trigger_is_warned_of_once_another_workflow_sends_it(
    own: Graph, other: Graph, is_enabled: bool, is_warned: bool
) -> None:
    ports = new_ports()
    publish(ports, "wf-other", other, enabled=is_enabled)
    found = check_graph(save(ports, "wf-draft", own), ports)
    twice = [each for each in found if "the same template on the same trigger" in each.reason]
    assert [(each.node_id, each.severity) for each in twice] == [("mail", "warning")] * is_warned
    assert all("'wf-other'" in each.reason for each in twice)


def test_a_workflow_is_not_its_own_double() -> None:
    ports = new_ports()
    publish(ports, "wf-draft", graph(MAIL, trigger=CREATED))
    found = check_graph(save(ports, "wf-draft", graph(MAIL, trigger=CREATED)), ports)
    assert not [each for each in found if "same template" in each.reason]


OTHER = rule("KAY-1", variable="booking.confirmation_code")


@pytest.mark.parametrize(
    ("condition", "handle", "is_reached"),
    [
        (rule("cancelled"), "true", True),
        (rule("cancelled"), "false", False),
        (rule("confirmed"), "true", False),
        (rule("confirmed"), "false", True),
        (rule("cancelled", variable="booking.status"), "true", True),
        (rule("cancelled", "not_equals"), "true", False),
        ({"not": rule("cancelled")}, "true", False),
        ({"all": [rule("cancelled"), OTHER]}, "true", True),
        ({"all": [rule("completed"), OTHER]}, "true", False),
        ({"any": [rule("completed"), OTHER]}, "true", True),
        ({"any": [rule("cancelled"), OTHER]}, "false", False),
        (OTHER, "true", True),
        (OTHER, "false", True),
    ],
)
def test_conditions_on_the_status_decide_who_writes(
    condition: Any, handle: str, is_reached: bool
) -> None:
    assert bool(guest_messages(asking(condition, handle=handle))) == is_reached


@pytest.mark.parametrize(
    ("handle", "is_reached"), [("done", False), ("off", True), ("late", False), ("default", False)]
)
def test_a_switch_goes_by_its_first_case_that_holds(handle: str, is_reached: bool) -> None:
    cases = [
        {"id": "done", "rule": rule("completed")},
        {"id": "off", "rule": rule("cancelled")},
        {"id": "late", "rule": OTHER},
    ]
    nodes = [
        graph(trigger=STATUS).trigger.model_dump(),
        {"id": "switch", "type": "switch", "config": {"cases": cases}},
        dict(MAIL),
    ]
    edges = [
        {"id": "e1", "source": "trigger", "target": "switch"},
        {"id": "e2", "source": "switch", "source_handle": handle, "target": "mail"},
    ]
    drawn = Graph.model_validate({"nodes": nodes, "edges": edges})
    assert bool(guest_messages(drawn)) == is_reached
