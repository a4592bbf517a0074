"""Templates by their routes: every problem at once, versions, previews, and no lost update."""

from __future__ import annotations

from bookflow.use_cases.workflows.references import InUseError
from tests.api import Client
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, create, graph_of, know_location, publish

TEMPLATES = f"{LOCATION}/templates"
HELLO = {
    "name": "Hello",
    "subject": "Welcome {{ customer.first_name }}",
    "html": "<p>See you at {{ location.name }}</p>",
}


def make(client: Client, **changes: object) -> str:
    answer = client.post(TEMPLATES, {**HELLO, **changes})
    assert answer.status == 201, answer.text
    return f"{TEMPLATES}/{answer.json['id']}"


def test_a_template_is_made_read_saved_and_kept_by_version(admin: Client) -> None:
    address = make(admin, id="hello")
    assert address.endswith("/hello")
    first = admin.get(address)
    assert (first.etag, first.json["active"]) == ('"1"', True)
    saved = admin.put(address, {**HELLO, "subject": "Hi"}, if_match='"1"')
    assert (saved.status, saved.etag, saved.json["subject"]) == (200, '"2"', "Hi")
    versions = admin.get(f"{address}/versions").json["items"]
    assert [each["version"] for each in versions] == [2, 1]
    assert admin.get(f"{address}/versions/1").json["subject"] == HELLO["subject"]
    assert admin.get(f"{address}/versions/3").status == 404
    assert admin.post(TEMPLATES, {**HELLO, "name": "Other", "id": "hello"}).status == 409


def test_a_save_needs_the_revision_it_is_based_on(admin: Client) -> None:
    address = make(admin)
    assert admin.put(address, HELLO).status == 428
    assert admin.put(f"{address}/active", {"active": False}).status == 428
    assert admin.delete(address).status == 428
    admin.put(address, HELLO, if_match='"1"')
    stale = admin.put(address, {**HELLO, "subject": "Mine"}, if_match='"1"')
    assert (stale.status, stale.json["stored"]) == (412, 2)


def test_a_template_with_problems_is_refused_with_all_of_them(admin: Client) -> None:
    body = {"name": "Bad", "subject": "{{ oops", "html": "{% include 'x' %}", "reply_to": "nobody"}
    refused = admin.post(TEMPLATES, body)
    assert (refused.status, refused.json["type"]) == (422, "urn:bookflow:invalid")
    assert [each["field"] for each in refused.json["errors"]] == [
        "body.subject",
        "body.html",
        "body.reply_to",
    ]
    assert all(each["remedy"] for each in refused.json["errors"])


def test_a_preview_renders_every_part_and_names_what_cannot_be(
    ports: FakePorts, admin: Client
) -> None:
    know_location(ports)
    content = {**HELLO, "channel": "both", "sms": "Hi {{ customer.first_name }}"}
    body = {"content": content, "trigger": "Booking Created", "booking_id": "b-1"}
    shown = admin.post(f"{TEMPLATES}/preview", body).json
    assert shown["subject"] == "Welcome Ada"
    assert "See you at Kayaks" in shown["html"]
    assert (shown["sms"], shown["sms_size"]["segments"]) == ("Hi Ada", 1)
    assert shown["problems"] == []
    broken = {**body, "content": {**content, "sms": "{{ customer.hat }}"}}
    reported = admin.post(f"{TEMPLATES}/preview", broken).json
    assert (reported["sms"], reported["problems"][0]["part"]) == (None, "sms")
    assert admin.post(f"{TEMPLATES}/preview", {**body, "booking_id": "b-2"}).status == 404
    assert admin.post(f"{TEMPLATES}/preview", {**body, "trigger": "Party"}).status == 422
    assert admin.get(TEMPLATES).json["items"] == []


def test_a_template_is_copied_switched_off_and_deleted(admin: Client) -> None:
    address = make(admin)
    copy = admin.post(f"{address}/duplicate", {})
    assert (copy.status, copy.json["name"]) == (201, "Hello (copy)")
    off = admin.put(f"{address}/active", {"active": False}, if_match='"1"')
    assert off.json["active"] is False
    assert admin.delete(address, if_match='"2"').status == 204
    assert admin.get(address).status == 404
    assert admin.get(f"{address}/versions/1").status == 200
    assert [each["name"] for each in admin.get(TEMPLATES).json["items"]] == ["Hello (copy)"]


def test_a_template_that_is_sent_is_not_deleted(admin: Client) -> None:
    address = make(admin, id="hello")
    node = {
        "id": "send",
        "type": "send_template",
        "config": {"template": "hello", "recipient_type": "customer"},
    }
    publish(admin, create(admin, graph_of(node)))
    refused = admin.delete(address, if_match='"1"')
    assert refused.status == 409
    assert "Welcome" in refused.json["detail"]


def test_the_list_goes_by_cursors(admin: Client) -> None:
    for number in range(5):
        make(admin, id=f"t-{number}")
    seen, cursor = [], None
    while True:
        page = admin.get(TEMPLATES, limit=2, cursor=cursor).json
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"t-{number}" for number in range(5)]


def test_every_ready_made_template_can_be_made(admin: Client) -> None:
    gallery = admin.get(f"{LOCATION}/template-gallery").json["items"]
    assert gallery
    for entry in gallery:
        assert admin.get(f"{LOCATION}/template-gallery/{entry['key']}").json == entry
        assert admin.post(TEMPLATES, entry["content"]).status == 201
    assert admin.get(f"{LOCATION}/template-gallery/none").status == 404


def test_the_workflows_that_send_a_template_are_reported_draft_and_published(admin: Client) -> None:
    address = make(admin, id="hello")
    make(admin, id="other")
    send = {
        "id": "send",
        "type": "send_template",
        "config": {"template": "hello", "recipient_type": "customer"},
    }
    other = {**send, "id": "send-other", "config": {**send["config"], "template": "other"}}
    published = create(admin, graph_of(send, other), name="B")
    publish(admin, published)
    admin.put(
        published, {"name": "B", "draft": graph_of(other)}, if_match=admin.get(published).etag
    )
    drawn = create(admin, graph_of(send), name="A")
    create(admin, graph_of(other), name="C")
    uses = admin.get(f"{address}/uses")
    assert uses.status == 200
    assert uses.json == {
        "items": [
            {
                "workflow_id": drawn.rpartition("/")[2],
                "name": "A",
                "enabled": False,
                "draft_nodes": ["send"],
                "published_nodes": [],
            },
            {
                "workflow_id": published.rpartition("/")[2],
                "name": "B",
                "enabled": True,
                "draft_nodes": [],
                "published_nodes": ["send"],
            },
        ],
        "next_cursor": None,
    }
    seen, cursor = [], None
    while True:
        page = admin.get(f"{TEMPLATES}/other/uses", limit=1, cursor=cursor).json
        seen += [each["name"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert admin.get(f"{address}/uses", limit=1, cursor=cursor).status == 422
    assert seen == ["B", "C"]
    assert admin.get(f"{TEMPLATES}/nobody-names-it/uses").json["items"] == []


def test_a_refusal_names_ten_workflows_at_most() -> None:
    error = InUseError("template", [f"W{number}" for number in range(12)])
    assert error.message.endswith("W8, W9 and 2 more")


def test_an_id_that_is_taken_is_named(admin: Client) -> None:
    make(admin, id="hello")
    taken = admin.post(TEMPLATES, {**HELLO, "id": "hello", "name": "Another"})
    assert (taken.status, taken.json["errors"][0]["field"]) == (409, "id")
