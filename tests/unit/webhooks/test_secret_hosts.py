"""An editor cannot get a secret's value to a host that no admin named, in whatever way."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from bookflow.actions.webhook import Webhook, WebhookConfig
from bookflow.domain.shared.errors import BookflowError, InvalidInputError, PermanentError
from bookflow.domain.webhooks.http_messages import HttpResponse
from bookflow.domain.webhooks.secret_hosts import MAX_HOSTS, check_hosts
from bookflow.domain.webhooks.secrets import Secret
from bookflow.domain.webhooks.signature import encode_secret
from bookflow.domain.webhooks.url_policy import UrlPolicy
from tests.fakes import FakePorts
from tests.unit.actions.samples import new_ports, scope

TOKEN = "tok-0123456789"
OTHER = "oth-0123456789"
SIGNING = encode_secret(b"s" * 32)
HEADERS = {"X-Crm": "{{ secret.crm_token }}"}
LOCAL = UrlPolicy(allowed_loopback=frozenset({("127.0.0.1", 9000)}))

OTHER_HOSTS = [
    "https://evil.com/",
    "https://crm.example.com.evil.com/",
    "https://evil.com/crm.example.com",
    "https://evil.com?crm.example.com",
    "https://evil.com#crm.example.com",
    "https://evilcrm.example.com/",
    "https://example.com/",
    "https://deep.crm.example.com/",
    "https://example.org/",
    "https://example.org.evil.com/",
    "https://evilexample.org/",
    "http://crm.example.com/",
    "http://crm.example.com:443/",
    "HTTP://CRM.EXAMPLE.COM/",
    "https://crm.example.com@evil.com/",
    "https://evil.com@crm.example.com/",
    "https://crm.example.com:x@evil.com/",
    "https://crm.example.com\\@evil.com/",
    "https://crm.example.com\\.evil.com/",
    "https://crm.ex\u0430mple.com/",
    "https://xn--crm-example-com.evil.com/",
    "https://crm.example.com\u3002evil.com/",
    "https://crm.example.com..evil.com/",
    "https://93.184.215.14/",
    "https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/",
    "https://0x5db8d70e/",
    "https://1572394766/",
    "https://127.0.0.1:9000/",
    "https://{{ event.reason }}/",
    "https://{{ event.reason }}.example.org/",
    "https://crm.example.com{{ event.reason }}/",
    "https://crm.example.com{# #}.evil.com/",
    "https://crm.example.com{% if 1 %}.evil.com{% endif %}/",
    "https://crm.example.com:{{ event.reason }}/",
    "{{ event.reason }}",
    "{% if 1 %}https://evil.com/{% endif %}https://crm.example.com/",
    "https:/{{ event.reason }}/crm.example.com/",
]

ANY_VALUE = ["evil.com", "https://evil.com/", "@evil.com", ".evil.com", "crm.example.com", "443"]


@pytest.fixture
def ports() -> FakePorts:
    made = new_ports()
    hosts = ("crm.example.com", "*.example.org")
    made.secrets.put("loc-1", "crm_token", Secret(TOKEN, hosts=hosts))
    made.secrets.put("loc-1", "other", Secret(OTHER, hosts=("other.example.com",)))
    made.secrets.put("loc-1", "no_hosts", Secret(TOKEN))
    made.secrets.put("loc-1", "webhook-signing", Secret(SIGNING, hosts=hosts))
    return made


def send(ports: FakePorts, config: dict[str, Any], reason: str = "rain") -> None:
    """Plan and perform as an execution does, the resumed ones too: nobody checks it before."""
    action = Webhook(ports)
    where = scope(event_data={"reason": reason})
    plan = action.plan(WebhookConfig.model_validate(config), where)
    action.perform(plan, lambda _, effect, *kept: effect())


def assert_nothing_left(ports: FakePorts, config: dict[str, Any], reason: str = "rain") -> None:
    with pytest.raises((BookflowError, ValidationError)) as refused:
        send(ports, config, reason)
    assert not any(value in str(refused.value) for value in (TOKEN, OTHER, SIGNING))
    assert ports.http.requests == []


@pytest.mark.parametrize("url", OTHER_HOSTS)
def test_a_secret_is_sent_to_no_other_host(ports: FakePorts, url: str) -> None:
    for reason in ANY_VALUE if "{" in url else ["rain"]:
        assert_nothing_left(ports, {"url": url, "headers": HEADERS}, reason)


@pytest.mark.parametrize(
    "config",
    [
        {"url": "https://crm.example.com/{{ secret.crm_token }}"},
        {"url": "https://crm.example.com/?t={{ secret.crm_token }}"},
        {"url": "https://{{ secret.crm_token }}.evil.com/"},
        {"body": '{"t": "{{ secret.crm_token }}"}'},
        {"body_type": "form", "body": "t={{ secret.crm_token }}"},
        {"body_type": "text", "body": "{{ secret.crm_token }}"},
        {"body_type": "text", "body": "{{ secret['crm_token'] }}"},
        {
            "url": "https://evil.com/",
            "headers": {"X-A": "{{ secret }}", "X-B": "{{ secret.crm_token }}"},
        },
        {"headers": {"X-A": "{% for a in secret %}{{ a }}{% endfor %}"}},
        {"headers": {"X-A": "{{ secret.crm_token | upper }}"}},
        {"headers": {"X-A": "{{ secret.webhook-signing }}"}},
        {"headers": {"X-A": "{{ secret.no_hosts }}"}},
        {"headers": {"X-A": "{{ secret.crm_token }}", "X-B": "{{ secret.other }}"}},
        {"headers": {"X-A": "{{ secret.crm_token }}{{ secret.other }}"}},
    ],
)
def test_a_secret_stands_in_no_other_place(ports: FakePorts, config: dict[str, Any]) -> None:
    assert_nothing_left(ports, {"url": "https://crm.example.com/", **config})


@pytest.mark.parametrize(
    "url",
    [
        "https://crm.example.com/",
        "https://CRM.Example.Com/",
        "https://crm.example.com./",
        "https://crm.example.com:8443/x",
        " https://crm.example.com",
        "https://crm.example.com/{{ booking.id }}?why={{ event.reason }}",
        "https://crm.example.com?{{ event.reason }}",
        "https://a.example.org/",
        "https://a.b.example.org/",
    ],
)
def test_a_secret_is_sent_to_the_hosts_that_admins_named(ports: FakePorts, url: str) -> None:
    for reason in ANY_VALUE:
        send(ports, {"url": url, "headers": HEADERS}, reason)
        assert ports.http.requests.pop().headers["x-crm"] == TOKEN


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_carries_no_secret_elsewhere(ports: FakePorts, status: int) -> None:
    where = {"location": "https://evil.com/"}
    ports.http.respond = lambda _: HttpResponse(status, where, b"", False, 1)
    with pytest.raises(PermanentError):
        send(ports, {"url": "https://crm.example.com/", "headers": HEADERS})
    assert [request.url for request in ports.http.requests] == ["https://crm.example.com/"]


def test_an_admin_takes_a_host_away_from_steps_that_were_planned_before(ports: FakePorts) -> None:
    action = Webhook(ports)
    config = {"url": "https://crm.example.com/", "headers": HEADERS}
    plan = action.plan(WebhookConfig.model_validate(config), scope())
    ports.secrets.put("loc-1", "crm_token", Secret(TOKEN, hosts=("new.example.com",)), based_on=1)
    for late in (
        lambda: action.check(plan),
        lambda: action.perform(plan, lambda _, do, *kept: do()),
    ):
        with pytest.raises(
            PermanentError, match=r"may not be sent to crm\.example\.com"
        ) as refused:
            late()
        assert refused.value.field == "headers.x-crm"


def test_the_local_receiver_gets_a_secret_if_an_admin_named_it(ports: FakePorts) -> None:
    ports.url_policy = LOCAL
    config = {"url": "http://127.0.0.1:9000/", "headers": {"X-A": "{{ secret.local }}"}}
    ports.secrets.put("loc-1", "local", Secret(TOKEN, hosts=check_hosts(["127.0.0.1"], LOCAL)))
    send(ports, config)
    assert len(ports.http.requests) == 1
    ports.http.requests.clear()
    assert_nothing_left(ports, {**config, "url": "http://127.0.0.1:9001/"})
    assert_nothing_left(ports, {**config, "headers": HEADERS})


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("", "empty"),
        ("user@example.com", "user name"),
        ("https://api.example.com", "whole address"),
        ("api.example.com/hook", "whole address"),
        ("api.example.com?x", "whole address"),
        ("api.example.com:443", "without a port"),
        ("bücher.example.com", "outside a to z"),
        ("api.example.com.", "ends with a dot"),
        ("93.184.215.14", "IP address"),
        ("[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", "IP address"),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", "IP address"),
        ("127.0.0.1", "machine itself"),
        ("0x7f.1", "unusual spelling"),
        ("localhost", "inside a network"),
        ("crm.internal", "inside a network"),
        ("api..example.com", "not a valid name"),
        ("api example.com", "blank"),
        ("*", "star"),
        ("*.", "empty"),
        ("api.*.com", "star"),
        ("*.*.example.com", "star"),
        ("*.com", "inside a network"),
        ("*.co.uk", "many owners"),
        ("*.com.au", "many owners"),
        ("*.github.io", "many owners"),
        ("*.GITHUB.IO", "many owners"),
        ("*.foo.ck", "many owners"),
        ("*.execute-api.eu-central-1.amazonaws.com", "many owners"),
        ("*.amazonaws.com", "many owners"),
        ("*.azurewebsites.net", "many owners"),
        ("*.unknown-top-level", "inside a network"),
        ("xn--a.example.com", "not a valid name"),
    ],
)
def test_a_host_that_cannot_be_one_is_refused_in_plain_words(host: str, said: str) -> None:
    with pytest.raises(InvalidInputError, match=said) as refused:
        check_hosts(["api.example.com", host], UrlPolicy())
    assert refused.value.field == "hosts.1"
    assert refused.value.remedy


def test_a_host_in_other_letters_is_answered_with_its_spelling() -> None:
    with pytest.raises(InvalidInputError, match=r"xn--bcher-kva\.example\.com"):
        check_hosts(["bücher.example.com"], UrlPolicy())


@pytest.mark.parametrize(
    "host",
    ["*.example.com", "*.www.ck", "*.city.kawasaki.jp", "*.mine.github.io", "*.example.co.uk"],
)
def test_all_hosts_of_one_owner_can_be_named_at_once(host: str) -> None:
    assert check_hosts([host], UrlPolicy()) == (host,)


def test_hosts_are_stored_in_one_spelling_each_once_and_not_without_end() -> None:
    given = [" API.Example.com", "api.example.com", "*.EXAMPLE.org"]
    assert check_hosts(given, UrlPolicy()) == ("api.example.com", "*.example.org")
    for many in ([f"h{n}.example.com" for n in range(MAX_HOSTS + 1)], ["a" * 5_000_000]):
        with pytest.raises(InvalidInputError) as refused:
            check_hosts(many, UrlPolicy())
        assert refused.value.field == "hosts"
