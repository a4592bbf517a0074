"""Templates: checked before they are saved, kept in every version, shown before they are sent."""

from __future__ import annotations

from typing import Any

import pytest

from bookflow.actions.templates import active_template
from bookflow.domain.events import event_types
from bookflow.domain.shared.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermanentError,
    StaleRevisionError,
)
from bookflow.domain.templates import TemplateContent
from bookflow.use_cases.messages.manage_templates import InvalidTemplateError, TemplateManager
from bookflow.use_cases.preview.preview_template import problems_of
from bookflow.use_cases.workflows.references import InUseError
from tests.fakes import Crash, FakePorts
from tests.unit.runtime.samples import LOCATION_ID, event, graph, new_ports, publish

MAIL = {"id": "mail", "type": "send_template", "config": {"template": "welcome"}}


def content(**changes: Any) -> TemplateContent:
    fields = {"name": "Hello", "subject": "Hello", "html": "<p>Dear {{ customer.first_name }}</p>"}
    return TemplateContent(**{**fields, **changes})


@pytest.fixture
def ports() -> FakePorts:
    return new_ports()


@pytest.fixture
def templates(ports: FakePorts) -> TemplateManager:
    return TemplateManager(ports)


def test_every_version_stays_readable(ports: FakePorts, templates: TemplateManager) -> None:
    first = templates.create(LOCATION_ID, content())
    second = templates.update(LOCATION_ID, first.id, content(subject="New"), based_on=1)
    third = templates.set_active(LOCATION_ID, first.id, False, based_on=2)
    assert (second.subject, third.subject, third.active) == ("New", "New", False)
    assert templates.get(LOCATION_ID, first.id) == third
    assert ports.templates.version(LOCATION_ID, first.id, 1) == first
    listed = ports.templates.versions(LOCATION_ID, first.id).items
    assert list(listed) == [third.head, second.head, first.head]


def test_a_save_names_the_version_that_it_was_based_on(templates: TemplateManager) -> None:
    template = templates.create(LOCATION_ID, content())
    templates.update(LOCATION_ID, template.id, content(name="A"), based_on=1)
    for save in (
        lambda: templates.update(LOCATION_ID, template.id, content(name="B"), based_on=1),
        lambda: templates.set_active(LOCATION_ID, template.id, False, based_on=1),
        lambda: templates.delete(LOCATION_ID, template.id, based_on=1),
    ):
        with pytest.raises(StaleRevisionError):
            save()
    assert templates.get(LOCATION_ID, template.id).name == "A"


@pytest.mark.parametrize(
    ("changes", "part", "line"),
    [
        ({"subject": "Hi\n{{ customer.first_name }}"}, "subject", 1),
        ({"subject": ""}, "subject", None),
        ({"html": "<p>\n{{ customer.first_name"}, "html", 2),
        ({"html": "{{ customer.__class__ }}"}, "html", 1),
        ({"html": "{% for x in range(9**9) %}{% endfor %}"}, "html", 1),
        ({"html": "", "text": " "}, "html", None),
        ({"text": "{{ customer | explode }}"}, "text", 1),
        ({"channel": "both"}, "sms", None),
        ({"channel": "sms", "sms": "{{"}, "sms", 1),
        ({"reply_to": "nobody"}, "reply_to", None),
        ({"html": "<a href='{{ unsubscribe_url }}'>Bye</a>"}, "html", None),
    ],
)
def test_a_template_with_a_problem_is_not_saved(
    ports: FakePorts,
    templates: TemplateManager,
    changes: dict[str, Any],
    part: str,
    line: int | None,
) -> None:
    with pytest.raises(InvalidTemplateError) as refused:
        templates.create(LOCATION_ID, content(**changes))
    first = refused.value.problems[0]
    assert (first.part, first.line) == (part, line)
    assert first.message
    assert first.remedy
    with pytest.raises(InvalidTemplateError):
        templates.update(LOCATION_ID, "welcome", content(**changes), based_on=1)
    assert "templates.save" not in ports.calls.made


@pytest.mark.parametrize(
    "changes",
    [
        {"category": "marketing", "html": "{{ unsubscribe_url }}"},
        {"html": "{{ survey.link }} {{ unsubscribe_url }}"},
        {"html": "{% if unsubscribe_url %}{{ unsubscribe_url }}{% endif %}"},
    ],
)
def test_marketing_and_survey_texts_may_name_the_unsubscribe_link(changes: dict[str, Any]) -> None:
    assert problems_of(content(**changes)) == []


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"category": "marketing"}, True),
        ({"subject": "{{ survey.name }}"}, True),
        ({}, False),
    ],
)
def test_a_preview_offers_the_unsubscribe_link_where_it_is_sent(
    templates: TemplateManager, changes: dict[str, Any], shown: bool
) -> None:
    text = "Bye {{ unsubscribe_url | default('nothing') }}"
    made = templates.preview(LOCATION_ID, content(text=text, **changes), trigger="Booking Created")
    assert ("nothing" not in str(made.text)) is shown


UNKNOWN_NAMES = [
    "{{ no_such }}",
    "{{ no_such.part }}",
    "{{ no_such | upper }}",
    "{{ no_such | default('x') }}",
    "{{ activity.name | default(no_such) }}",
    "{{ activity.name if no_such else 'x' }}",
    "{{ no_such if activity.name else 'x' }}",
    "{{ activity.name if activity.name else no_such }}",
    "{% if no_such %}x{% endif %}",
    "{% if no_such.part %}x{% endif %}",
    "{% if not no_such %}x{% endif %}",
    "{% if no_such is defined %}x{% endif %}",
    "{% if activity.name and no_such %}x{% endif %}",
    "{% if activity.name or no_such %}x{% endif %}",
    "{% if activity.name == no_such %}x{% endif %}",
    "{% if activity.name %}x{% elif no_such %}y{% endif %}",
    "{% if activity.name %}{{ no_such }}{% endif %}",
    "{% if activity.name %}x{% else %}{{ no_such }}{% endif %}",
    "{% for each in no_such %}x{% endfor %}",
    "{% for each in no_such | default([]) %}x{% endfor %}",
    "{% for each in activity.facilitators if no_such %}x{% endfor %}",
    "{% for each in activity.facilitators %}{{ no_such }}{% endfor %}",
    "{% for each in activity.facilitators %}x{% else %}{{ no_such }}{% endfor %}",
]


@pytest.mark.parametrize("part", ["subject", "html", "text", "sms"])
@pytest.mark.parametrize("source", UNKNOWN_NAMES)
def test_a_name_that_no_trigger_knows_is_not_saved_in_any_place(part: str, source: str) -> None:
    text = source if part == "subject" else f"Hello\n{source}"
    changes = {"channel": "both", "sms": "Hi", **{part: text}}
    (found,) = problems_of(content(**changes))
    assert (found.part, found.line) == (part, text.count("\n") + 1)
    assert found.message.startswith("Unknown variable no_such")
    assert found.remedy


@pytest.mark.parametrize(
    "source",
    [
        "{{ event.new_start_time | default('') }}",
        "{{ event.field_of_the_booking_system }}",
        "{{ steps.hook.output.body }}",
        "{{ survey.link }}",
        "{{ eventData }}",
        "{% for each in activity.facilitators %}{{ each.name }}{{ loop.index }}{% endfor %}",
        "{% for each in booking.extras %}{{ each.name }}{% endfor %}",
    ],
)
def test_a_name_that_some_trigger_or_step_may_know_is_saved(source: str) -> None:
    assert problems_of(content(html=source)) == []


def test_a_preview_has_outputs_for_the_earlier_steps_that_a_template_names(
    templates: TemplateManager,
) -> None:
    html = "{{ steps.hook.status }} {{ steps.hook.output.elapsed_ms }} {{ steps.t.output.title }}"
    shown = templates.preview(LOCATION_ID, content(html=html), trigger="Booking Created")
    assert shown.problems == ()
    assert "completed 120 Call Ada" in (shown.html or "")


def test_parts_of_another_channel_are_not_checked() -> None:
    assert problems_of(content(channel="sms", sms="Hi", html="{{")) == []


def test_a_copy_has_an_id_and_name_of_its_own(templates: TemplateManager) -> None:
    copy = templates.duplicate(LOCATION_ID, "welcome")
    original = templates.get(LOCATION_ID, "welcome")
    assert copy.id != "welcome"
    assert (copy.name, copy.version) == ("Welcome (copy)", 1)
    assert copy.content.changed(name="Welcome") == original.content


def test_a_template_that_an_enabled_workflow_sends_is_not_deleted(
    ports: FakePorts, templates: TemplateManager
) -> None:
    publish(ports, "wf-1", graph(MAIL))
    publish(ports, "wf-off", graph(MAIL), enabled=False)
    with pytest.raises(InUseError, match="enabled workflows") as refused:
        templates.delete(LOCATION_ID, "welcome", based_on=1)
    assert len(refused.value.workflows) == 1
    assert templates.get(LOCATION_ID, "welcome").active


def test_a_deleted_template_fails_a_step_clearly_and_keeps_its_versions(
    ports: FakePorts, templates: TemplateManager
) -> None:
    templates.delete(LOCATION_ID, "welcome", based_on=1)
    with pytest.raises(PermanentError, match="is deleted"):
        active_template(ports, LOCATION_ID, "welcome")
    with pytest.raises(NotFoundError):
        templates.get(LOCATION_ID, "welcome")
    assert list(ports.templates.list(LOCATION_ID).items) == []
    assert ports.templates.version(LOCATION_ID, "welcome", 1).active
    again = templates.create(LOCATION_ID, content(), record_id="welcome")
    assert (again.version, again.active, again.deleted_at) == (3, True, None)


def test_an_id_that_is_taken_is_refused(templates: TemplateManager) -> None:
    with pytest.raises(ConflictError):
        templates.create(LOCATION_ID, content(), record_id="welcome")


@pytest.mark.parametrize("call", [1, 2])
def test_a_deletion_that_broke_off_is_done_whole_or_not_at_all(
    ports: FakePorts, templates: TemplateManager, call: int
) -> None:
    ports.crash_after(call)
    with pytest.raises(Crash):
        templates.delete(LOCATION_ID, "welcome", based_on=1)
    assert templates.get(LOCATION_ID, "welcome").version == 1
    templates.delete(LOCATION_ID, "welcome", based_on=1)
    with pytest.raises(NotFoundError):
        templates.get(LOCATION_ID, "welcome")


@pytest.mark.parametrize("trigger", sorted(event_types()))
def test_a_preview_shows_every_part_with_the_sample(
    templates: TemplateManager, trigger: str
) -> None:
    shown = templates.preview(
        LOCATION_ID,
        content(channel="both", sms="{{ location.name }}: {{ event.booking_id }}"),
        trigger=trigger,
    )
    assert shown.problems == ()
    assert shown.subject == "Hello"
    assert shown.html is not None
    assert ">Dear Ada</p>" in shown.html
    assert "<html" in shown.html
    assert shown.text == "Dear Ada"
    assert shown.sms == "Spree Kayaks: bk-4711"
    assert shown.sms_size is not None
    assert shown.sms_size.segments == 1


def test_a_preview_reads_a_real_booking(ports: FakePorts, templates: TemplateManager) -> None:
    made = event()
    ports.bookings.record(made)
    booking_id = made.booking_id
    source = "{{ customer.first_name }} {{ event.booking_id }} {{ event.start_time | date }}"
    shown = templates.preview(
        LOCATION_ID, content(text=source), trigger="Booking Created", booking_id=booking_id
    )
    context = ports.bookings.context(LOCATION_ID, booking_id)
    assert context is not None
    assert context.customer is not None
    assert shown.problems == ()
    assert shown.text is not None
    assert shown.text.startswith(f"{context.customer.first_name} {booking_id} ")


def test_a_part_that_cannot_be_rendered_is_a_problem_and_the_others_are_shown(
    templates: TemplateManager,
) -> None:
    broken = content(
        subject="{{ event.gone }}", text="a\n{{ 'x' | money }}", channel="both", sms="x" * 1601
    )
    shown = templates.preview(LOCATION_ID, broken, trigger="Booking Created")
    assert shown.subject is None
    assert shown.html is not None
    assert [(each.part, each.line) for each in shown.problems] == [
        ("subject", 1),
        ("text", 2),
        ("sms", None),
    ]
    assert all(each.remedy for each in shown.problems)


def test_a_source_that_is_refused_is_named_once(templates: TemplateManager) -> None:
    shown = templates.preview(LOCATION_ID, content(html="{{"), trigger="Booking Created")
    assert [each.part for each in shown.problems] == ["html"]


@pytest.mark.parametrize("html", ["<p>\na <![", "<p>\n<a", "<p>\nto <ada@example.com>"])
def test_html_that_mail_programs_cannot_read_is_a_problem_of_its_line(
    templates: TemplateManager, html: str
) -> None:
    with pytest.raises(InvalidTemplateError) as refused:
        templates.create(LOCATION_ID, content(html=html))
    (problem,) = refused.value.problems
    assert (problem.part, problem.line) == ("html", 2)
    assert problem.remedy
    shown = templates.preview(LOCATION_ID, content(html=html), trigger="Booking Created")
    assert (shown.html, shown.problems) == (None, (problem,))


def test_html_that_blocks_break_is_a_problem_of_the_preview(templates: TemplateManager) -> None:
    broken = content(html="{% for a in [1, 2] %}<{% endfor %}")
    assert templates.create(LOCATION_ID, broken)
    shown = templates.preview(LOCATION_ID, broken, trigger="Booking Created")
    (problem,) = shown.problems
    assert (shown.html, problem.part, problem.line) == (None, "html", None)
    assert problem.remedy


def test_a_preview_of_what_does_not_exist_is_refused(templates: TemplateManager) -> None:
    with pytest.raises(InvalidInputError):
        templates.preview(LOCATION_ID, content(), trigger="Booking Exploded")
    with pytest.raises(NotFoundError):
        templates.preview(LOCATION_ID, content(), trigger="Booking Created", booking_id="b-0")
