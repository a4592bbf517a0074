"""What only admins change: secrets, which never come back, and addresses that are not written to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bookflow.api.app import Api
from tests.api import Client, TestIssuer
from tests.fakes import FakePorts
from tests.unit.api.graphs import LOCATION, WORKFLOWS, graph_of

SECRETS = f"{LOCATION}/secrets"
SUPPRESSIONS = f"{LOCATION}/suppressions"
VALUE = "s3cr3t-of-the-crm"


@pytest.fixture
def editor(api: Api, issuer: TestIssuer) -> Client:
    """An editor of the location loc-1."""
    return Client(api, issuer.person(loc_1="editor"))


def test_a_secret_goes_in_and_never_comes_out(ports: FakePorts, admin: Client) -> None:
    answers = [
        admin.post(SECRETS, {"name": "crm-key", "value": VALUE}),
        admin.get(SECRETS),
        admin.post(
            f"{SECRETS}/crm-key/rotate",
            {"value": f"{VALUE}-2", "overlap_hours": 1},
            if_match='"1"',
        ),
        admin.get(f"{LOCATION}/audit"),
    ]
    assert [each.status for each in answers] == [201, 200, 200, 200]
    assert not any(VALUE in each.text for each in answers)
    stored = ports.secrets.get("loc-1", "crm-key")
    assert (stored.current, stored.previous) == (f"{VALUE}-2", VALUE)
    assert stored.previous_until == ports.clock.now() + timedelta(hours=1)
    (shown,) = admin.get(SECRETS).json["items"]
    assert (shown["name"], shown["revision"]) == ("crm-key", 2)
    assert admin.delete(f"{SECRETS}/crm-key", if_match='"2"').status == 204
    assert admin.get(SECRETS).json["items"] == []


def test_a_signing_secret_that_is_made_is_shown_once(admin: Client) -> None:
    made = admin.post(SECRETS, {"name": "webhook-signing"}).json["made"]
    assert made.startswith("whsec_")
    rotated = admin.post(f"{SECRETS}/webhook-signing/rotate", {}, if_match='"1"').json["made"]
    assert rotated.startswith("whsec_")
    assert rotated != made
    assert rotated not in admin.get(f"{LOCATION}/audit").text


def test_what_is_no_secret_is_refused_without_repeating_it(admin: Client) -> None:
    for name, body in (
        ("Crm", {"value": VALUE}),
        ("crm", {"value": "short"}),
        ("crm", {"value": f"{VALUE}\n"}),
        ("crm", {}),
        ("webhook-signing", {"value": VALUE}),
    ):
        refused = admin.post(SECRETS, {"name": name, **body})
        assert refused.status == 422, (name, body)
        assert VALUE not in refused.text
    missing = admin.post(f"{SECRETS}/none/rotate", {"value": VALUE}, if_match='"1"')
    assert missing.status == 404


def test_a_secret_is_changed_only_at_the_revision_that_the_admin_saw(admin: Client) -> None:
    made = admin.post(SECRETS, {"name": "crm-key", "value": VALUE})
    assert made.etag == '"1"'
    taken = admin.post(SECRETS, {"name": "crm-key", "value": VALUE})
    assert (taken.status, taken.json["errors"][0]["field"]) == (409, "name")
    changed = admin.put(f"{SECRETS}/crm-key", {"value": f"{VALUE}-2"}, if_match='"1"')
    assert (changed.status, changed.etag) == (200, '"2"')
    stale = admin.put(f"{SECRETS}/crm-key", {"value": f"{VALUE}-3"}, if_match='"1"')
    assert (stale.status, stale.json["based_on"], stale.json["stored"]) == (412, 1, 2)
    for refused in (
        admin.put(f"{SECRETS}/crm-key", {"value": VALUE}),
        admin.post(f"{SECRETS}/crm-key/rotate", {"value": VALUE}),
        admin.delete(f"{SECRETS}/crm-key"),
    ):
        assert refused.status == 428


def test_admins_name_the_hosts_and_editors_see_them_without_a_value(
    admin: Client, editor: Client
) -> None:
    body = {"name": "crm-key", "value": VALUE, "hosts": ["API.example.com"]}
    assert editor.post(SECRETS, body).status == 403
    assert admin.post(SECRETS, body).status == 201
    hosts = f"{SECRETS}/crm-key/hosts"
    assert editor.put(hosts, {"hosts": ["evil.com"]}, if_match='"1"').status == 403
    assert admin.put(hosts, {"hosts": ["evil.com"]}).status == 428
    bad = admin.put(hosts, {"hosts": ["api.example.com", "1.2.3.4"]}, if_match='"1"')
    assert (bad.status, bad.json["errors"][0]["field"]) == (422, "hosts.1")
    named = admin.put(hosts, {"hosts": ["*.Example.org"]}, if_match='"1"')
    assert (named.status, named.etag) == (200, '"2"')
    assert named.json == {"name": "crm-key", "hosts": ["*.example.org"]}
    listed = editor.get(SECRETS)
    assert [each["hosts"] for each in listed.json["items"]] == [["*.example.org"]]
    audit = admin.get(f"{LOCATION}/audit").text
    assert "*.example.org" in audit
    assert VALUE not in listed.text + audit


def test_the_workflows_that_send_a_secret_are_listed(admin: Client, editor: Client) -> None:
    node = {
        "id": "hook",
        "type": "webhook",
        "config": {
            "url": "https://crm.example.com/",
            "headers": {"Authorization": "Bearer {{ secret.crm-key }}"},
        },
    }
    for name, nodes in (("Sends it", [node]), ("Sends none", [])):
        draft = graph_of(*nodes)
        assert editor.post(WORKFLOWS, {"name": name, "draft": draft}).status == 201
    (use,) = editor.get(f"{SECRETS}/crm-key/uses").json["items"]
    assert (use["name"], use["draft_nodes"]) == ("Sends it", ["hook"])
    assert editor.get(f"{SECRETS}/crm/uses").json["items"] == []


def test_an_address_is_added_found_listed_masked_and_removed(admin: Client) -> None:
    made = admin.post(SUPPRESSIONS, {"address": "Ada@Example.com"})
    assert (made.status, made.json["masked"]) == (201, "A…@example.com")
    assert (made.json["reason"], made.json["scope"]) == ("manual", "all")
    found = admin.post(f"{SUPPRESSIONS}/find", {"address": "ada@example.com"}).json
    assert found["suppression"] == made.json
    assert admin.get(SUPPRESSIONS).json["items"] == [made.json]
    audit = admin.get(f"{LOCATION}/audit").text
    assert "example.com" in audit
    assert "ada@" not in audit.lower()
    assert admin.delete(f"{SUPPRESSIONS}/{made.json['id']}").status == 204
    assert admin.get(SUPPRESSIONS).json["items"] == []
    gone = admin.post(f"{SUPPRESSIONS}/find", {"address": "ada@example.com"}).json
    assert gone == {"suppression": None}


def test_what_is_no_address_is_refused_without_repeating_it(admin: Client) -> None:
    refused = admin.post(SUPPRESSIONS, {"address": "ada at example"})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "address")
    assert "ada at" not in refused.text
    assert admin.delete(f"{SUPPRESSIONS}/ada@example.com").status == 422
