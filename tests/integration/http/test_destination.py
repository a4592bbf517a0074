"""A request reaches the checked address or nothing, whatever names, redirects and proxies say."""

from __future__ import annotations

import itertools
import ssl

import pytest

from bookflow.adapters.http.resolver import system_resolver
from bookflow.adapters.http.sender import GuardedHttpSender
from bookflow.domain.shared.errors import TransientError
from bookflow.domain.webhooks.http_messages import DeliveryUncertain, HttpRequest
from bookflow.domain.webhooks.url_policy import (
    BlockedUrlError,
    BlockReason,
    Resolver,
    UrlPolicy,
    explain,
)
from tests.integration.http.certificates import Authority
from tests.integration.http.receivers import HAS_IPV6, MakeSender, StartReceiver, answer


def test_a_name_that_turns_inside_after_the_check_reaches_nothing(start: StartReceiver) -> None:
    victim = start()
    answers = itertools.chain(["93.184.215.14"], itertools.repeat("127.0.0.1"))
    policy = UrlPolicy(allowed_ports=frozenset({victim.port}))

    def resolver(host: str, port: int) -> list[str]:
        return [next(answers)]

    url = f"http://rebind.acme-tours.com:{victim.port}/"
    assert explain(url, policy, resolver).allowed
    with pytest.raises(BlockedUrlError) as refused:
        GuardedHttpSender(policy, resolver=resolver).send(HttpRequest("GET", url))
    assert refused.value.reason is BlockReason.LOOPBACK
    assert victim.connections == 0


def test_a_name_that_turns_between_check_and_connection_is_asked_once(
    start: StartReceiver, make_sender: MakeSender
) -> None:
    checked = start(address="127.0.0.1")
    victim = start(address="127.0.0.2", port=checked.port)
    asked: list[str] = []

    def resolver(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    request = HttpRequest("GET", f"http://hooks.test:{checked.port}/")
    assert make_sender(checked.port, resolver=resolver).send(request).body == b"ok"
    assert asked == ["hooks.test"]
    assert (checked.connections, victim.connections) == (1, 0)


def answering(addresses: list[str]) -> Resolver:
    return lambda host, port: addresses


@pytest.mark.parametrize("bad", ["10.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fe80::1%1"])
def test_one_bad_answer_among_good_ones_refuses_all(
    bad: str, start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start()
    for answers in (["127.0.0.1", bad], [bad, "127.0.0.1"]):
        sender = make_sender(receiver.port, resolver=answering(answers))
        with pytest.raises(BlockedUrlError):
            sender.send(HttpRequest("GET", f"http://hooks.test:{receiver.port}/"))
    assert receiver.connections == 0


def test_the_next_checked_address_is_tried_when_one_is_dead(
    start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver = start()
    sender = make_sender(receiver.port, resolver=answering(["127.0.0.9", "127.0.0.1"]))
    request = HttpRequest("GET", f"http://hooks.test:{receiver.port}/")
    assert sender.send(request).status == 200


@pytest.mark.skipif(not HAS_IPV6, reason="this machine has no IPv6 loopback")
def test_an_ipv6_address_is_connected_to(start: StartReceiver, make_sender: MakeSender) -> None:
    receiver = start(address="::1")
    sender = make_sender(receiver.port, resolver=answering(["::1"]))
    assert sender.send(HttpRequest("GET", f"http://hooks.test:{receiver.port}/")).status == 200


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(
    status: int, start: StartReceiver, make_sender: MakeSender
) -> None:
    victim = start()
    location = f"http://127.0.0.1:{victim.port}/latest/meta-data/"
    redirecting = start(
        answer(f"HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode())
    )
    request = HttpRequest("GET", f"http://hooks.test:{redirecting.port}/")
    response = make_sender(redirecting.port).send(request)
    assert (response.status, response.headers["location"]) == (status, location)
    assert (redirecting.connections, victim.connections) == (1, 0)


def test_another_port_or_name_of_the_local_run_is_refused(
    start: StartReceiver, make_sender: MakeSender
) -> None:
    receiver, other = start(), start()
    for authority in (f"hooks.test:{other.port}", f"127.0.0.1:{receiver.port}", "localhost"):
        with pytest.raises(BlockedUrlError):
            make_sender(receiver.port).send(HttpRequest("GET", f"http://{authority}/"))
    assert (receiver.connections, other.connections) == (0, 0)


@pytest.mark.parametrize("written", ["http_proxy", "https_proxy", "all_proxy"])
def test_a_proxy_in_the_environment_is_ignored(
    written: str,
    start: StartReceiver,
    make_sender: MakeSender,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy, receiver = start(), start()
    for name in (written, written.upper()):
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
    make_sender(receiver.port).send(HttpRequest("GET", f"http://hooks.test:{receiver.port}/"))
    assert (receiver.connections, proxy.connections) == (1, 0)


def test_tls_and_host_are_about_the_name_while_the_socket_goes_to_the_address(
    start: StartReceiver, make_sender: MakeSender, authority: Authority
) -> None:
    server_context = authority.server_context("hooks.test")
    names: list[str | None] = []

    def note(connection: ssl.SSLObject, name: str | None, context: ssl.SSLContext) -> None:
        names.append(name)

    server_context.sni_callback = note
    receiver = start(tls=server_context)
    sender = make_sender(receiver.port, ssl_context=authority.client_context())
    response = sender.send(HttpRequest("POST", f"https://Hooks.Test.:{receiver.port}/", {}, b"x"))
    assert response.body == b"ok"
    assert names == ["hooks.test"]
    assert f"host: hooks.test:{receiver.port}".encode() in receiver.requests[0].lower()


@pytest.mark.parametrize("subject", ["127.0.0.1", "other.test", "test"])
def test_a_certificate_for_anything_but_the_name_is_refused(
    subject: str, start: StartReceiver, make_sender: MakeSender, authority: Authority
) -> None:
    receiver = start(tls=authority.server_context(subject))
    sender = make_sender(receiver.port, ssl_context=authority.client_context())
    with pytest.raises(TransientError, match=r"certificate of hooks\.test") as failed:
        sender.send(HttpRequest("POST", f"https://hooks.test:{receiver.port}/", {}, b"secret"))
    assert not isinstance(failed.value, DeliveryUncertain)
    assert receiver.requests == []


def test_an_authority_that_is_not_public_is_not_trusted_by_default(
    start: StartReceiver, make_sender: MakeSender, authority: Authority
) -> None:
    receiver = start(tls=authority.server_context("hooks.test"))
    with pytest.raises(TransientError, match="certificate"):
        make_sender(receiver.port).send(HttpRequest("GET", f"https://hooks.test:{receiver.port}/"))


def test_the_system_gives_addresses_as_text() -> None:
    assert system_resolver("127.0.0.1", 80) == ("127.0.0.1",)
