"""A draft is checked against the real node types, and the location's templates and workflows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from bookflow.actions.catalogue import action_types
from bookflow.domain.events import event_types
from bookflow.domain.templates import Template
from bookflow.domain.validation.problems import Problem, has_errors
from bookflow.domain.validation.structure import handles_of
from bookflow.domain.webhooks.secrets import Secret
from bookflow.domain.webhooks.url_policy import UrlPolicy, explain
from bookflow.domain.workflows.graph import Node
from bookflow.gallery import ready_made
from bookflow.gallery.templates import ready_made_templates
from bookflow.use_cases.workflows.check_graph import Catalogue, check_graph
from tests.fakes import FakePorts
from tests.unit.runtime.samples import LOCATION_ID, NOTE, NOW, graph, new_ports, publish, save

UPDATE = {"id": "up", "type": "update_booking", "config": {"value": "cancelled"}}


def problems(
    *nodes: Mapping[str, Any], ports: FakePorts | None = None, trigger: str = "Booking Created"
) -> list[Problem]:
    ports = ports or new_ports()
    return check_graph(save(ports, "wf-draft", graph(*nodes, trigger=trigger)), ports)


def mail(**config: Any) -> Mapping[str, Any]:
    return {"id": "mail", "type": "send_template", "config": {"template": "welcome", **config}}


def note(text: str) -> Mapping[str, Any]:
    return {**NOTE, "config": {"note": text}}


def test_a_sound_draft_has_no_problem() -> None:
    assert problems(NOTE, mail()) == []


def test_every_action_has_a_model_and_two_ways_out() -> None:
    catalogue = Catalogue()
    for node_type, action in action_types().items():
        assert catalogue.config_model(node_type) is action.config_model
        assert handles_of(Node(id="n", type=node_type)) == {"out", "on_error"}
    assert catalogue.config_model("teleport") is None


ANYTHING: list[Any] = [
    None,
    True,
    -1,
    1e308,
    "",
    "{{",
    "{% if %}",
    "9" * 400,
    [],
    [None],
    [[]],
    [{"id": [], "rule": {"variable": [], "operator": {}, "value": []}}],
    {},
    {"all": "x"},
    {"not": None},
    {"variable": "booking.start_time", "operator": "before", "value": {}},
]
"""What a field of a draft may hold: the API keeps it on purpose."""


@pytest.mark.parametrize("value", ANYTHING, ids=repr)
def test_a_draft_whose_fields_hold_anything_is_checked(value: Any) -> None:
    fields = {kind: [*action.config_model.model_fields] for kind, action in action_types().items()}
    fields |= {"condition": ["rule"], "switch": ["cases"], "delay": ["kind", "value", "unit", "at"]}
    for kind, names in fields.items():
        for name in names:
            step = {"id": "step", "type": kind, "config": {name: value}}
            assert isinstance(problems(step, mail()), list)


@pytest.mark.parametrize("value", ANYTHING, ids=repr)
def test_a_draft_whose_trigger_holds_anything_is_checked(value: Any) -> None:
    assert has_errors(problems(mail(), trigger=value))
    for trigger, event in event_types().items():
        for name in event.config.model_fields:
            draft = graph(mail(), trigger=trigger)
            start = draft.trigger.model_copy(
                update={"config": {**draft.trigger.config, name: value}}
            )
            spoilt = draft.model_copy(update={"nodes": (start, *draft.nodes[1:])})
            assert isinstance(check_graph(save(new_ports(), "wf-draft", spoilt), new_ports()), list)


@pytest.mark.parametrize("trigger", sorted(event_types()))
def test_every_trigger_supplies_its_variables(trigger: str) -> None:
    text = "{{ customer.first_name }} {{ location.name }} {{ eventData }}"
    assert problems(note(text), trigger=trigger) == []


@pytest.mark.parametrize(
    ("node", "field", "severity"),
    [
        (mail(template="missing"), "config.template", "error"),
        (mail(colour="red"), "config.colour", "error"),
        ({**NOTE, "config": {}}, "config.note", "error"),
        (note("{{ event.new_start_time }}"), "config.note", "error"),
        (note("{{ event.new_start_time | default('soon') }}"), "config.note", "warning"),
        (note("{{ event.shoe_size }}"), "config.note", "warning"),
        (note("{{ weather.today }}"), "config.note", "error"),
        (note("{{ steps.later.output.id }}"), "config.note", "error"),
        ({**NOTE, "type": "teleport"}, "type", "error"),
    ],
)
def test_a_problem_names_its_node_field_and_remedy(
    node: Mapping[str, Any], field: str, severity: str
) -> None:
    found = problems(node)
    assert [(each.node_id, each.field, each.severity) for each in found] == [
        (node["id"], field, severity)
    ]
    assert found[0].remedy or found[0].reason.startswith(("Choose ", "Enter "))


@pytest.mark.parametrize(
    ("variable", "severity"), [("event.new_start_time", "error"), ("event.shoe_size", "warning")]
)
def test_a_rule_may_read_a_field_that_nobody_knows_but_none_of_another_trigger(
    variable: str, severity: str
) -> None:
    rule = {"variable": variable, "operator": "is_empty"}
    found = problems({"id": "if", "type": "condition", "config": {"rule": rule}})
    assert [each.severity for each in found if each.field == "config.rule.variable"] == [severity]


TASK = {"id": "task", "type": "create_task", "config": {"title": "Call"}}
CALL = {"id": "call", "type": "webhook", "config": {"url": "https://crm.example.com"}}


def asking(**rule: Any) -> Mapping[str, Any]:
    return {"id": "if", "type": "condition", "config": {"rule": rule}}


@pytest.mark.parametrize(
    ("variable", "operator", "value"),
    [
        ("steps.task.status", "equals", "completed"),
        ("steps.task.status", "in", ["skipped", "failed"]),
        ("steps.task.output.title", "contains", "Call"),
        ("steps.task.output.due_at", "after", {"variable": "booking.start_time"}),
        ("event.occurred_at", "before", {"variable": "steps.task.output.due_at"}),
        ("steps.up.output.new_status", "not_equals", "pending"),
        ("steps.mail.output.emails", "is_not_empty", None),
        ("steps.mail.output.emails.to", "ends_with", "@example.com"),
        ("steps.mail.output.sms.segments", "greater", 2),
        ("steps.mail.output.emails.0.to", "equals", "a@example.com"),
        ("steps.call.output.status", "less", 300),
        ("steps.call.output.json.items.price", "greater", 7),
        ("activity.facilitators.0.name", "equals", "Ada"),
        ("booking.status", "equals", "no_show"),
    ],
)
def test_a_rule_that_can_hold_has_no_problem(variable: str, operator: str, value: Any) -> None:
    rule = asking(variable=variable, operator=operator, value=value)
    errors = [each for each in problems(TASK, UPDATE, mail(), CALL, rule) if has_errors([each])]
    assert errors == []


@pytest.mark.parametrize(
    ("variable", "operator", "value", "field"),
    [
        ("steps.task.status", "equals", "done", "value"),
        ("steps.task.status", "equals", "running", "value"),
        ("steps.task.status", "in", ["completed", "Failed"], "value"),
        ("steps.task.status", "greater", 1, "operator"),
        ("steps.task.output.title", "greater", 1, "operator"),
        ("steps.task.output.due_at", "equals", "tomorrow", "value"),
        ("steps.task.output.due_at", "before", {"variable": "booking.status"}, "value.variable"),
        ("booking.party_size", "equals", {"variable": "steps.task.output.title"}, "value.variable"),
        ("steps.up.output.new_status", "equals", "canceled", "value"),
        ("steps.mail.output.emails", "contains", "a@example.com", "operator"),
        ("steps.mail.output.sms.segments", "equals", "two", "value"),
        ("steps.mail.output.emails.0.to", "greater", 3, "operator"),
        ("steps.call.output.status", "starts_with", "2", "operator"),
        ("steps.call.output.truncated", "equals", "yes", "value"),
        ("booking.status", "equals", "canceled", "value"),
        ("booking.status", "not_equals", "Confirmed", "value"),
        ("event.status", "equals", "open", "value"),
        ("activity.facilitators.0.name", "greater", 3, "operator"),
    ],
)
def test_a_comparison_that_can_never_hold_is_an_error(
    variable: str, operator: str, value: Any, field: str
) -> None:
    rule = asking(variable=variable, operator=operator, value=value)
    found = [each for each in problems(TASK, UPDATE, mail(), CALL, rule) if has_errors([each])]
    assert [(each.node_id, each.field) for each in found] == [("if", f"config.rule.{field}")]
    assert found[0].remedy


@pytest.mark.parametrize("output", ["output.emails.from", "output.emails.0.from", "output.id"])
def test_a_rule_on_what_a_step_does_not_supply_is_one_error(output: str) -> None:
    rule = asking(variable=f"steps.mail.{output}", operator="equals", value="x")
    errors = [each for each in problems(mail(), rule) if has_errors([each])]
    assert [each.reason for each in errors] == [f"The step 'mail' has no {output}."]


def test_a_status_may_be_compared_in_any_case_of_letters() -> None:
    rule = {"variable": "booking.status", "operator": "equals", "value": "CONFIRMED"}
    assert not has_errors(problems(NOTE, asking(**rule, ignore_case=True)))
    assert has_errors(problems(NOTE, asking(**rule)))


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("{{ steps.mail.output.emails.to }}", ["warning"]),
        ("{% for one in steps.mail.output.emails %}{{ one.to }}{% endfor %}", []),
        ("{% for one in steps.mail.output.emails %}{{ one.from }}{% endfor %}", ["error"]),
        ("{{ steps.mail.output.emails[0].to }}", []),
    ],
)
def test_a_part_of_a_steps_list_needs_a_loop(text: str, severities: list[str]) -> None:
    assert [each.severity for each in problems(mail(), note(text))] == severities


def test_a_template_that_is_switched_off_does_not_exist() -> None:
    ports = new_ports()
    key = (LOCATION_ID, "welcome")
    ports.templates.stored[key] = ports.templates.stored[key].changed(active=False)
    assert [each.field for each in problems(mail(), ports=ports)] == ["config.template"]


def test_another_locations_template_does_not_exist() -> None:
    ports = new_ports()
    assert not Catalogue("loc-2", ports).template_exists("welcome")
    assert Catalogue(LOCATION_ID, ports).template_exists("welcome")


def test_without_ports_every_template_exists() -> None:
    assert Catalogue().template_exists("any")


def test_a_circle_with_another_workflow_is_named() -> None:
    ports = new_ports()
    publish(ports, "wf-back", graph(UPDATE, trigger="Booking Status Changed"))
    found = problems(
        {**UPDATE, "config": {"value": "confirmed"}}, ports=ports, trigger="Booking Cancelled"
    )
    assert [each.severity for each in found] == ["warning"]
    assert "'wf-draft' -> 'wf-back' -> 'wf-draft'" in found[0].reason


def test_a_workflow_that_is_off_closes_no_circle() -> None:
    ports = new_ports()
    publish(ports, "wf-back", graph(UPDATE, trigger="Booking Status Changed"), enabled=False)
    assert (
        problems(
            {**UPDATE, "config": {"value": "confirmed"}}, ports=ports, trigger="Booking Cancelled"
        )
        == []
    )


def give(ports: FakePorts, **changes: Any) -> None:
    key = (LOCATION_ID, "welcome")
    ports.templates.stored[key] = ports.templates.stored[key].changed(**changes)


def test_the_texts_of_a_template_are_checked_against_the_trigger() -> None:
    ports = new_ports()
    give(ports, subject="{{ weather.today }}", html="{{ steps.later.output.id }}", sms="ok")
    found = problems(mail(), ports=ports)
    assert {(each.field, each.severity) for each in found} == {
        ("config.template.subject", "error"),
        ("config.template.html", "error"),
    }


def test_only_a_survey_email_knows_the_survey() -> None:
    ports = new_ports()
    give(
        ports, channel="email", html="{{ survey.link }} {{ unsubscribe_url }}", category="marketing"
    )
    survey = {"id": "ask", "type": "send_survey_email", "config": {"template": "welcome"}}
    assert problems(survey, ports=ports) == []
    assert [each.field for each in problems(mail(), ports=ports)] == ["config.template.html"]


@pytest.mark.parametrize(
    ("category", "node_type", "severities"),
    [
        ("marketing", "send_template", []),
        ("transactional", "send_template", ["error"]),
        ("transactional", "send_survey_email", []),
    ],
)
def test_only_marketing_and_surveys_have_an_unsubscribe_link(
    category: str, node_type: str, severities: list[str]
) -> None:
    ports = new_ports()
    give(ports, channel="email", html="{{ unsubscribe_url }}", category=category)
    node = {"id": "mail", "type": node_type, "config": {"template": "welcome"}}
    assert [each.severity for each in problems(node, ports=ports)] == severities


def test_a_text_that_cannot_be_read_is_a_problem_of_its_field() -> None:
    (found,) = problems(note("a\n{{ customer.first_name"))
    assert (found.node_id, found.field, found.severity) == ("note", "config.note", "error")
    assert found.reason.startswith("Line 2")


@pytest.mark.parametrize(("output", "count"), [("task_id", 0), ("id", 1)])
def test_what_a_step_leaves_to_later_ones_is_known(output: str, count: int) -> None:
    task = {"id": "task", "type": "create_task", "config": {"title": "Call"}}
    after = {**NOTE, "config": {"note": f"{{{{ steps.task.output.{output} }}}}"}}
    assert len(problems(task, after)) == count


@pytest.mark.parametrize("name", sorted(ready_made()))
def test_every_ready_made_workflow_with_its_templates_has_no_problem(name: str) -> None:
    ports = new_ports()
    for template_id, content in ready_made_templates().items():
        ports.templates.save(
            Template(
                **content.model_dump(), location_id=LOCATION_ID, id=template_id, updated_at=NOW
            )
        )
    assert check_graph(save(ports, "wf-a", ready_made()[name].graph), ports) == []


@pytest.mark.parametrize(
    ("html", "severities"),
    [
        ("{{ customer.first_name }}", []),
        ("{{ booking.confirmation_code }}", ["error"]),
        ("{{ booking.confirmation_code | default('-') }}", []),
        ("{% if booking.confirmation_code %}{{ booking.confirmation_code }}{% endif %}", []),
        ("{{ booking.shoe_size }}", ["error"]),
        ("{{ booking.shoe_size | default('-') }}", []),
        ("{{ activity.facilitators.name }}", ["error"]),
        ("{{ activity.facilitators[0].name }}", []),
        ("{% for each in activity.facilitators %}{{ each.name }}{% endfor %}", []),
        ("{% for each in activity.facilitators %}{{ each.phone }}{% endfor %}", ["error"]),
        ("{% if no_such %}x{% endif %}", ["error"]),
        ("{% for each in no_such | default([]) %}x{% endfor %}", ["error"]),
        ("{{ event.new_start_time }}", ["error"]),
        ("{% if event.new_start_time %}moved{% endif %}", []),
    ],
)
def test_a_text_that_guests_get_needs_a_fallback_for_what_may_be_missing(
    html: str, severities: list[str]
) -> None:
    ports = new_ports()
    give(ports, html=html)
    found = problems(mail(), ports=ports)
    assert [(each.severity, each.field) for each in found] == [
        (severity, "config.template.html") for severity in severities
    ]
    assert all(each.remedy for each in found)


@pytest.mark.parametrize(
    ("trigger", "severities"),
    [
        ("Booking Created", []),
        ("Booking Reminder", []),
        ("Booking Rescheduled", []),
        ("Chat Message Created", ["error"]),
    ],
)
def test_what_may_be_missing_depends_on_the_trigger(trigger: str, severities: list[str]) -> None:
    ports = new_ports()
    give(ports, html="{{ booking.start_time | date }}")
    assert [each.severity for each in problems(mail(), ports=ports, trigger=trigger)] == severities


def hook(url: str, **config: Any) -> dict[str, Any]:
    return {"id": "hook", "type": "webhook", "config": {"url": url, **config}}


CRM = {"headers": {"X-Crm": "{{ secret.crm_token }}"}}


@pytest.mark.parametrize(
    ("hosts", "url", "reason"),
    [
        (("crm.example.com",), "https://crm.example.com/{{ booking.id }}", None),
        (("*.example.com",), "https://CRM.example.com", None),
        (None, "https://crm.example.com", "does not exist"),
        ((), "https://crm.example.com", "has no hosts yet"),
        (("crm.example.com",), "https://evil.com", "may not be sent to evil.com"),
        (("crm.example.com",), "http://crm.example.com", "https only"),
        (("crm.example.com",), "https://{{ booking.id }}.example.com/", "comes from a variable"),
        (("crm.example.com",), "https://crm.example.com{{ booking.id }}", "comes from a variable"),
    ],
)
def test_a_secret_that_may_not_be_sent_is_an_error(
    hosts: tuple[str, ...] | None, url: str, reason: str | None
) -> None:
    ports = FakePorts()
    if hosts is not None:
        ports.secrets.put(LOCATION_ID, "crm_token", Secret("a long value", hosts=hosts))
    found = problems(hook(url, **CRM), ports=ports)
    if reason is None:
        assert found == []
        return
    (problem,) = found
    field = "config.url" if "variable" in reason else "config.headers.X-Crm"
    assert (problem.node_id, problem.field, problem.severity) == ("hook", field, "error")
    assert reason in problem.reason
    assert problem.remedy


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://10.0.0.8/{{ booking.id }}",
        "https://169.254.169.254/latest?x={{ booking.id }}",
        "http://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0x7f.1/",
        "https://localhost/",
        "https://metadata.google.internal/{{ booking.id }}",
        "https://crm.example.com:22/",
        "https://crm.example.com:22/{{ booking.id }}",
        "https://crm.example.com/100%",
    ],
)
def test_an_address_outside_the_policy_is_an_error_with_and_without_the_location(url: str) -> None:
    found = problems(hook(url))
    assert [(each.node_id, each.field) for each in found] == [("hook", "config.url")]
    alone = list(Catalogue().action_problems(Node.model_validate(hook(url))))
    assert alone == found
    assert (
        found[0].reason
        in explain(url.replace("{{ booking.id }}", "b-1"), UrlPolicy(), lambda *_: []).message
    )


def test_the_local_receiver_is_allowed_by_its_list_alone() -> None:
    ports = FakePorts(url_policy=UrlPolicy(allowed_loopback=frozenset({("127.0.0.1", 9000)})))
    assert problems(hook("http://127.0.0.1:9000/x"), ports=ports) == []
    assert len(problems(hook("http://127.0.0.1:9001/x"), ports=ports)) == 1


@pytest.mark.parametrize(
    ("config", "field", "severity"),
    [
        ({"body": "{}", "headers": {"content-TYPE": "text/plain"}}, "content-TYPE", "warning"),
        ({"body": "{}", "headers": {"Content-Type": "application/xml"}}, "Content-Type", "error"),
        ({"headers": {"Content-Type": "multipart/form-data"}}, "Content-Type", "error"),
        (
            {"body": "{}", "headers": {"Content-Type": "application/json; charset=latin1"}},
            "Content-Type",
            "error",
        ),
        (
            {"body_type": "form", "body": "a=b", "headers": {"Content-Type": "application/json"}},
            "Content-Type",
            "error",
        ),
        (
            {"body_type": "text", "body": "a", "headers": {"Content-Type": "application/json"}},
            "Content-Type",
            "error",
        ),
        ({"body_type": "form", "body": '{"a": "b=c"}'}, None, "error"),
        ({"body_type": "form", "body": "{{ booking.id }}"}, None, "error"),
        ({"body_type": "form"}, None, "error"),
        ({"body_type": "text"}, None, "error"),
    ],
)
def test_a_body_and_its_label_agree(
    config: dict[str, Any], field: str | None, severity: str
) -> None:
    (problem,) = problems(hook("https://crm.example.com", **config))
    assert problem.field == (f"config.headers.{field}" if field else "config.body")
    assert problem.severity == severity


@pytest.mark.parametrize(
    "config",
    [
        {"headers": {"Content-Type": "application/vnd.api+json; charset=UTF-8"}},
        {"headers": {"Content-Type": "{{ booking.id }}"}},
        {"method": "GET", "headers": {"Content-Type": "text/plain"}},
        {"method": "DELETE", "body_type": "form"},
        {"body_type": "text", "body": "<a/>", "headers": {"Content-Type": "application/xml"}},
        {"body_type": "form", "body": "a={{ booking.id }}\n&b=1"},
    ],
)
def test_labels_that_fit_are_no_problem(config: dict[str, Any]) -> None:
    assert problems(hook("https://crm.example.com", **config)) == []
