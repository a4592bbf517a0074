"""The contracts of templates, surveys, notes and tasks, for the fakes and for DynamoDB."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from bookflow.adapters.dynamodb.templates import KEPT_VERSIONS
from bookflow.domain.messages.sent.sent_sms import KEPT_FOR, SentSms
from bookflow.domain.shared.errors import (
    ConflictError,
    InvalidInputError,
    NotFoundError,
    TransientError,
)
from bookflow.domain.shared.pagination import PageRequest
from bookflow.domain.staff.notes import Note
from bookflow.domain.staff.tasks import Task
from bookflow.domain.surveys.records import SurveyInvitation, SurveyResponse
from bookflow.domain.surveys.survey import StarQuestion, Survey
from bookflow.domain.templates import Template, TemplateText
from bookflow.domain.templates.content import MAX_TRANSLATIONS
from bookflow.domain.templates.edited import EditedText
from bookflow.ports import TaskFilter
from tests.integration.adapters.conftest import TABLE, AwsPorts
from tests.integration.adapters.samples import NOW


def _note(note_id: str, **changes: Any) -> Note:
    values = {"location_id": "loc-1", "booking_id": "b-1", "text": note_id, "created_at": NOW}
    return Note(**{**values, "id": note_id, **changes})


def _task(task_id: str, **changes: Any) -> Task:
    values = {"location_id": "loc-1", "title": task_id, "due_at": NOW, "created_at": NOW}
    return Task(**{**values, "id": task_id, **changes})


def _invitation(**changes: Any) -> SurveyInvitation:
    return SurveyInvitation(
        **{
            "location_id": "loc-1",
            "token_hash": "0" * 64,
            "survey_id": "s-1",
            "booking_id": "b-1",
            "execution_id": "ex-1",
            "created_at": NOW,
            "expires_at": NOW + timedelta(days=30),
            **changes,
        }
    )


def _template(template_id: str = "t-1", **changes: Any) -> Template:
    values = {"location_id": "loc-1", "name": "Hi", "html": "<p>ä</p>", "updated_at": NOW}
    return Template(**{**values, "id": template_id, **changes})


def test_a_template_is_kept_whole_and_for_its_location_only(ports: Any) -> None:
    template = _template(html="<p>ä</p>" * 8000)
    ports.templates.save(template)
    assert ports.templates.get("loc-1", "t-1") == template
    with pytest.raises(NotFoundError):
        ports.templates.get("loc-2", "t-1")


def test_the_text_of_one_message_is_kept_for_its_booking_until_it_is_deleted(ports: Any) -> None:
    text = EditedText(
        location_id="loc-1",
        booking_id="b-1",
        id="edit-1",
        texts=TemplateText(html="<p>ä</p>" * 9000),
        language="de",
        kept_until=NOW + timedelta(days=700),
    )
    ports.templates.save_edited(text)
    assert ports.templates.edited("loc-1", "b-1", "edit-1") == text
    for location_id, booking_id in (("loc-2", "b-1"), ("loc-1", "b-2")):
        assert ports.templates.edited(location_id, booking_id, "edit-1") is None
    for _ in range(2):
        ports.templates.delete_edited("loc-1", "b-1", "edit-1")
    assert ports.templates.edited("loc-1", "b-1", "edit-1") is None


def test_the_texts_of_a_bookings_messages_are_deleted_and_no_others(ports: Any) -> None:
    for booking_id, text_id in (("b-1", "edit-1"), ("b-1", "edit-2"), ("b-2", "edit-3")):
        ports.templates.save_edited(
            EditedText(
                location_id="loc-1", booking_id=booking_id, id=text_id, texts=TemplateText(sms="x")
            )
        )
    assert ports.templates.delete_all_edited("loc-1", "b-1") == 2
    assert ports.templates.delete_all_edited("loc-1", "b-1") == 0
    assert ports.templates.edited("loc-1", "b-1", "edit-2") is None
    assert ports.templates.edited("loc-1", "b-2", "edit-3") is not None


TAGS = "ar bg cs da de el en es et fi fr he hi hr hu id it ja ko lt lv nl no pl pt ro ru sk sl sv"


def _translated(size: int, **changes: Any) -> Template:
    """Return a template with thirty translations, each with texts of this size."""
    texts = {tag: {"html": _incompressible(tag, size), "sms": tag} for tag in TAGS.split()}
    assert len(texts) == MAX_TRANSLATIONS
    return _template(translations=texts, **changes)


def _incompressible(seed: str, size: int) -> str:
    """Return a text that deflates badly, as pictures written out as base64 do."""
    raw = hashlib.shake_256(seed.encode()).digest(size * 3 // 4)
    return base64.b64encode(raw).decode()


def test_translations_are_kept_in_each_version_and_in_their_order(ports: Any) -> None:
    texts = {"fr": {"subject": "Salut"}, "de": {"html": "<p>ü</p>" * 9000}, "ar": {"sms": "x"}}
    first = _template(translations=texts)
    second = _template(translations={"de": {"subject": "Neu"}}, version=2)
    ports.templates.save(first)
    ports.templates.save(second)
    assert ports.templates.get("loc-1", "t-1") == second
    assert ports.templates.version("loc-1", "t-1", 1) == first
    assert list(ports.templates.version("loc-1", "t-1", 1).translations) == ["fr", "de", "ar"]


def test_a_list_reads_no_texts_and_no_item_comes_near_its_limit(aws: AwsPorts) -> None:
    template = _translated(100_000, html="<p>Hello</p>" * 10_000)
    aws.templates.save(template)
    pages = aws.dynamodb.get_paginator("scan").paginate(TableName=TABLE)
    items = [item for page in pages for item in page["Items"]]
    sizes = {item["SK"]["S"]: len(next(iter(item["data"].values()))) for item in items}
    assert len(sizes) == 2 + 31
    assert max(sizes.values()) < 400_000
    assert max(sizes["t-1"], sizes["VERSION#000001"]) < 1_000
    for page in (aws.templates.list("loc-1"), aws.templates.versions("loc-1", "t-1")):
        assert page.items == [template.head]
        assert list(template.head.languages) == TAGS.split()
    assert aws.templates.get("loc-1", "t-1") == template


def test_a_template_that_no_transaction_takes_is_refused_whole(aws: AwsPorts) -> None:
    aws.templates.save(_template())
    too_large = _translated(128 * 1024, html=_incompressible("-", 128 * 1024), version=2)
    bodies = {
        tag: {"html": text.html, "text": text.html} for tag, text in too_large.translations.items()
    }
    with pytest.raises(InvalidInputError, match="too large"):
        aws.templates.save(too_large.changed(translations=bodies))
    assert aws.templates.get("loc-1", "t-1") == _template()


def test_a_save_that_meets_another_one_leaves_no_texts(aws: AwsPorts) -> None:
    aws.templates.save(_template())
    won, lost = (_template(version=2, translations={"fr": {"subject": name}}) for name in "AB")
    aws.templates.save(won)
    aws.templates.save(won)  # a repeat, as after a lost answer
    with pytest.raises(ConflictError):
        aws.templates.save(lost)
    with pytest.raises(ConflictError):
        aws.templates.save(lost.changed(version=4))
    assert aws.templates.get("loc-1", "t-1") == won
    keys = {item["SK"]["S"] for item in aws.dynamodb.scan(TableName=TABLE)["Items"]}
    assert not {key for key in keys if "000004" in key}


def test_a_template_whose_save_is_seen_in_part_is_read_again_later(aws: AwsPorts) -> None:
    template = _template(translations={"fr": {"subject": "Salut"}})
    aws.templates.save(template)
    key = {"PK": {"S": "L#loc-1#TEMPLATE#t-1"}, "SK": {"S": "TEXTS#000001#fr"}}
    item = aws.dynamodb.get_item(TableName=TABLE, Key=key)["Item"]
    aws.dynamodb.delete_item(TableName=TABLE, Key=key)
    with pytest.raises(TransientError):
        aws.templates.get("loc-1", "t-1")
    aws.dynamodb.put_item(TableName=TABLE, Item=item)
    assert aws.templates.get("loc-1", "t-1") == template


def test_a_warm_function_reads_the_texts_of_a_version_once(aws: AwsPorts) -> None:
    saves = [_template(f"t-{number}", subject=f"S {number}") for number in range(KEPT_VERSIONS + 2)]
    for template in saves:
        aws.templates.save(template)
    for _ in range(2):
        assert [aws.templates.get("loc-1", each.id) for each in saves] == saves
    second = saves[-1].changed(version=2, subject="New")
    aws.templates.save(second)
    assert aws.templates.get("loc-1", second.id) == second
    assert aws.templates.version("loc-1", second.id, 1) == saves[-1]


def test_a_template_that_an_earlier_release_stored_is_read(aws: AwsPorts) -> None:
    """Its items hold the texts themselves."""
    template = _template(subject="Hello", html="<p>Hi</p>")
    old = template.model_dump(mode="json", exclude={"translations", "calendar_entry", "blocks"})
    for pk, sk in (
        ("L#loc-1#TEMPLATES", "t-1"),
        ("L#loc-1#TEMPLATE#t-1", "VERSION#000001"),
    ):
        item = {"PK": {"S": pk}, "SK": {"S": sk}, "revision": {"N": "1"}}
        aws.dynamodb.put_item(TableName=TABLE, Item={**item, "data": {"S": json.dumps(old)}})
    assert aws.templates.get("loc-1", "t-1") == template
    assert aws.templates.version("loc-1", "t-1", 1) == template
    assert aws.templates.list("loc-1").items == [template.head]
    aws.templates.save(template.changed(version=2))
    assert aws.templates.get("loc-1", "t-1") == template.changed(version=2)


def test_each_version_of_a_template_stays_as_it_was_saved(ports: Any) -> None:
    saves = [_template(name=f"Name {number}", version=number) for number in (1, 2, 3)]
    for template in saves:
        ports.templates.save(template)
    assert ports.templates.get("loc-1", "t-1").version == 3
    assert ports.templates.version("loc-1", "t-1", 1) == saves[0]
    with pytest.raises(NotFoundError):
        ports.templates.version("loc-1", "t-1", 4)
    page = ports.templates.versions("loc-1", "t-1", PageRequest(2))
    rest = ports.templates.versions("loc-1", "t-1", PageRequest(2, page.position))
    assert [*page.items, *rest.items] == [each.head for each in saves[::-1]]


def test_a_template_is_saved_over_the_version_before_it_only(ports: Any) -> None:
    first = _template()
    ports.templates.save(first)
    ports.templates.save(first)  # a repeat, as after a lost answer
    for late in (_template(name="Other"), _template(version=3)):
        with pytest.raises(ConflictError):
            ports.templates.save(late)
    ports.templates.save(_template(version=2))
    with pytest.raises(ConflictError):
        ports.templates.save(_template(version=2, name="Other"))
    assert ports.templates.get("loc-1", "t-1") == _template(version=2)


def test_templates_are_listed_in_pages_and_without_deleted_ones(ports: Any) -> None:
    for number in range(5):
        deleted_at = NOW if number == 1 else None
        ports.templates.save(_template(f"t-{number}", deleted_at=deleted_at))
    ports.templates.save(_template("t-9", location_id="loc-2"))
    found, position = [], None
    for _ in range(9):
        page = ports.templates.list("loc-1", PageRequest(2, position))
        found += [template.id for template in page.items]
        position = page.position
        if position is None:
            break
    assert found == ["t-0", "t-2", "t-3", "t-4"]


def test_a_position_of_another_list_is_refused(aws: AwsPorts) -> None:
    for location_id in ("loc-1", "loc-2"):
        for number in range(2):
            aws.templates.save(_template(f"t-{number}", location_id=location_id))
    position = aws.templates.list("loc-2", PageRequest(1)).position
    assert position
    for bad in (position, "x", "é", "W10="):
        with pytest.raises(InvalidInputError):
            aws.templates.list("loc-1", PageRequest(position=bad))


def test_a_survey_is_kept_whole_and_for_its_location_only(ports: Any) -> None:
    survey = Survey(
        location_id="loc-1", id="s-1", name="S", questions=(StarQuestion(id="q", text="How?"),)
    )
    ports.surveys.save(survey)
    assert ports.surveys.get("loc-1", "s-1") == survey
    with pytest.raises(NotFoundError):
        ports.surveys.get("loc-2", "s-1")


def test_an_invitation_stays_as_it_was_first_stored(aws: AwsPorts) -> None:
    aws.surveys.invite(_invitation())
    aws.surveys.invite(_invitation(survey_id="s-2"))
    item = aws.dynamodb.get_item(
        TableName=TABLE,
        Key={"PK": {"S": f"L#loc-1#INVITATION#{'0' * 64}"}, "SK": {"S": "INVITATION"}},
    )["Item"]
    assert SurveyInvitation.model_validate_json(item["data"]["S"]) == _invitation()
    # It outlives its link by 90 days, so that the page can say that it has expired.
    assert item["expires_at"] == {"N": str(int((NOW + timedelta(days=30 + 90)).timestamp()))}


def test_the_first_who_asks_a_survey_about_a_booking_is_known(ports: Any) -> None:
    assert ports.surveys.ask(_invitation(), "ex-1#survey") == "ex-1#survey"
    assert ports.surveys.ask(_invitation(), "ex-2#survey") == "ex-1#survey"
    assert ports.surveys.ask(_invitation(), "ex-1#survey") == "ex-1#survey"
    for other in ({"survey_id": "s-2"}, {"booking_id": "b-2"}, {"location_id": "loc-2"}):
        assert ports.surveys.ask(_invitation(**other), "ex-3#survey") == "ex-3#survey"


def test_responses_are_unannounced_until_they_are_marked(ports: Any) -> None:
    late, early = _response("b", hours=2), _response("a")
    for response in (late, early, _response("c", location_id="loc-2")):
        ports.surveys.respond(response)
    until = NOW + timedelta(hours=2)
    assert list(ports.surveys.unannounced("loc-1", until=until)) == [early, late]
    assert list(ports.surveys.unannounced("loc-1", until=until, limit=1)) == [early]
    assert list(ports.surveys.unannounced("loc-1", until=NOW)) == [early]
    ports.surveys.mark_announced(early)
    assert list(ports.surveys.unannounced("loc-1", until=until)) == [late]


def _response(letter: str, *, hours: int = 0, location_id: str = "loc-1") -> SurveyResponse:
    return SurveyResponse(
        location_id=location_id,
        token_hash=letter * 64,
        survey_id="s-1",
        booking_id="b-1",
        submitted_at=NOW + timedelta(hours=hours),
    )


def test_notes_come_oldest_first_and_an_id_counts_once(ports: Any) -> None:
    late, early = _note("n-1", created_at=NOW + timedelta(hours=1)), _note("n-2")
    for note in (late, early, late):
        assert ports.notes.add(note) == note
    assert ports.notes.add(_note("n-1", text="Rewritten")) == late
    ports.notes.add(_note("n-1", booking_id="b-2"))
    assert ports.notes.list("loc-1", "b-1").items == [early, late]
    first = ports.notes.list("loc-1", "b-1", PageRequest(1))
    second = ports.notes.list("loc-1", "b-1", PageRequest(1, first.position))
    assert [*first.items, *second.items] == [early, late]


def test_open_tasks_come_by_their_due_time_and_an_id_counts_once(ports: Any) -> None:
    late, early = _task("t-1", due_at=NOW + timedelta(hours=1)), _task("t-2")
    for task in (late, early):
        assert ports.tasks.add(task) == task
    assert ports.tasks.add(_task("t-1", title="Rewritten")) == late
    ports.tasks.add(_task("t-3", status="completed", completed_at=NOW))
    ports.tasks.add(_task("t-4", location_id="loc-2"))
    assert list(ports.tasks.list("loc-1").items) == [early, late]


def test_a_completed_task_moves_to_the_other_list_newest_first(ports: Any) -> None:
    for number in range(3):
        task = ports.tasks.add(_task(f"t-{number}"))
        done = {"status": "completed", "completed_at": NOW + timedelta(hours=number)}
        ports.tasks.save(task.saved(1, **done))
    assert list(ports.tasks.list("loc-1").items) == []
    first = ports.tasks.list("loc-1", TaskFilter("completed"), PageRequest(2))
    rest = ports.tasks.list("loc-1", TaskFilter("completed"), PageRequest(2, first.position))
    assert [task.id for task in (*first.items, *rest.items)] == ["t-2", "t-1", "t-0"]


def test_a_task_is_saved_over_the_revision_before_it_only(ports: Any) -> None:
    task = ports.tasks.add(_task("t-1"))
    changed = task.saved(1, assignee="Jo")
    ports.tasks.save(changed)
    ports.tasks.save(changed)  # a repeat, as after a lost answer
    with pytest.raises(ConflictError):
        ports.tasks.save(task.saved(1, assignee="Flo"))
    assert ports.tasks.get("loc-1", "t-1") == changed
    with pytest.raises(NotFoundError):
        ports.tasks.get("loc-2", "t-1")


def test_tasks_are_listed_by_who_does_them_and_by_booking(ports: Any) -> None:
    ports.tasks.add(_task("t-1", assignee="Jo # Flo", booking_id="b-1"))
    ports.tasks.add(_task("t-2", assignee="Jo # Flo"))
    ports.tasks.add(_task("t-3", booking_id="b-1"))
    ports.tasks.add(_task("t-4", location_id="loc-2", assignee="Jo # Flo", booking_id="b-1"))

    def ids(**query: Any) -> list[str]:
        return [task.id for task in ports.tasks.list("loc-1", TaskFilter(**query)).items]

    assert ids(assignee="Jo # Flo") == ["t-1", "t-2"]
    assert ids(assignee="") == ["t-3"]
    assert ids(booking_id="b-1") == ["t-1", "t-3"]
    assert ids(booking_id="b-1", assignee="Jo # Flo") == ["t-1"]
    assert ids(booking_id="b-1", status="completed") == []
    task = ports.tasks.get("loc-1", "t-1")
    ports.tasks.save(task.saved(1, assignee=None, status="completed", completed_at=NOW))
    assert ids(assignee="Jo # Flo") == ["t-2"]
    assert ids(assignee="", booking_id="b-1", status="completed") == ["t-1"]


def _sent_sms(**changes: Any) -> SentSms:
    values = {
        "message_id": "34d9b400-c6dd-5444-820d-fbeb0f1f54cf",
        "location_id": "loc-1",
        "owner": "ex-1",
        "execution_id": "ex-1",
        "node_id": "msg",
        "record_id": "msg_1",
        "sent_at": NOW,
    }
    return SentSms(**{**values, **changes})


def test_a_sent_sms_is_found_by_its_id_alone(ports: Any) -> None:
    sent, other = _sent_sms(), _sent_sms(message_id="m-2", location_id="loc-2")
    for each in (sent, other, sent):
        ports.sent_sms.add(each)
    assert ports.sent_sms.find(sent.message_id) == sent
    assert ports.sent_sms.find("m-2") == other
    assert ports.sent_sms.find("m-3") is None


def test_a_sent_sms_is_forgotten_when_no_feedback_can_come(aws: AwsPorts) -> None:
    aws.sent_sms.add(_sent_sms())
    (item,) = aws.dynamodb.scan(TableName=TABLE)["Items"]
    assert item["expires_at"] == {"N": str(int((NOW + KEPT_FOR).timestamp()))}
