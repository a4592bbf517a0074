"""Webhooks speak forms and text, read answers in any charset, and keep secrets where they belong."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from bookflow.actions.webhook import Webhook
from bookflow.adapters.memory.bundle import InMemoryPorts
from bookflow.domain.shared.errors import BookflowError
from bookflow.domain.webhooks.http_messages import HttpResponse
from bookflow.domain.webhooks.secrets import Secret
from tests.cases.commands import check, workflow
from tests.cases.conftest import Run
from tests.unit.actions.samples import scope

URL = "https://crm.example.com/hook"


def hook(**config: Any) -> dict[str, Any]:
    return {"id": "hook", "type": "webhook", "config": {"url": URL, **config}}


def answers(ports: InMemoryPorts, body: bytes = b"", status: int = 200, **headers: str) -> None:
    """Let the receiver give this answer to each request."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = HttpResponse(status, named, body, truncated=False, elapsed_ms=5)
    ports.http.respond = lambda _: answer


@pytest.mark.parametrize(
    ("label", "text", "encoding"),
    [
        ("application/json; charset=ISO-8859-15", '{"guide": "Jörg", "fee": "12 €"}', "iso8859-15"),
        ("application/json; charset=utf-16", '{"guide": "Jörg"}', "utf-16"),
        ("text/plain; charset=windows-1252", "Café \u2013 12 €", "cp1252"),
        ('text/plain; charset="Shift_JIS"', "東京", "shift_jis"),
    ],
)
def test_an_answer_is_read_in_its_charset(
    ports: InMemoryPorts, run: Run, label: str, text: str, encoding: str
) -> None:
    answers(ports, text.encode(encoding), content_type=label)
    output = run(Webhook, {"url": URL})
    assert output["body"] == text
    if "json" in label:
        assert output["json"]["guide"] == "Jörg"


def test_a_webhook_sends_a_form_whose_values_stay_in_their_fields(
    ports: InMemoryPorts, run: Run
) -> None:
    form = {
        "body_type": "form",
        "body": "To={{ customer.phone | default('none') }}&Body={{ event.reason }}",
    }
    assert check(workflow(hook(**form), trigger="Booking Cancelled")) == []
    answers(ports)
    run(Webhook, {"url": URL, **form}, scope(event_data={"reason": "Rain & wind = 100%+\n"}))
    (request,) = ports.http.requests
    assert request.headers["content-type"].startswith("application/x-www-form-urlencoded")
    assert parse_qs((request.body or b"").decode(), strict_parsing=True) == {
        "To": ["0170 1234567"],
        "Body": ["Rain & wind = 100%+\n"],
    }


def test_a_webhook_sends_text(ports: InMemoryPorts, run: Run) -> None:
    text = {"body_type": "text", "body": "Cancelled: {{ event.reason }}"}
    assert check(workflow(hook(**text), trigger="Booking Cancelled")) == []
    answers(ports)
    run(Webhook, {"url": URL, **text})
    (request,) = ports.http.requests
    assert request.headers["content-type"].startswith("text/plain")
    assert request.body == b'Cancelled: Rain, "heavy"'


@pytest.mark.parametrize("label", ["application/x-www-form-urlencoded", "text/plain"])
def test_a_content_type_that_contradicts_the_body_is_a_problem(label: str) -> None:
    problems = check(workflow(hook(headers={"content-TYPE": label}, body='{"a": 1}')))
    assert [each["node_id"] for each in problems] == ["hook"]
    assert "headers" in problems[0]["field"]


@pytest.mark.parametrize("status", [301, 302, 303])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_redirect_in_answer_to_a_write_says_that_the_receiver_may_have_acted(
    ports: InMemoryPorts, run: Run, status: int, method: str
) -> None:
    answers(ports, b"Moved", status, location="https://script.example.com/echo?key=x")
    with pytest.raises(BookflowError) as caught:
        run(Webhook, {"url": URL, "method": method})
    assert "may have" in str(caught.value)
    assert "enter the address that it leads to" not in str(caught.value)


def test_a_webhook_may_count_302_as_success(ports: InMemoryPorts, run: Run) -> None:
    statuses = {"success_statuses": ["2xx", "302"]}
    assert check(workflow(hook(**statuses))) == []
    answers(ports, b"Moved", 302, location="https://script.example.com/echo?key=x")
    assert run(Webhook, {"url": URL, **statuses})["status"] == 302


TOKEN = {"headers": {"X-Crm": "{{ secret.crm_token }}"}}


@pytest.mark.parametrize(
    "url", [URL, "http://crm.example.com/hook", "https://{{ event.reason }}.example.com/hook"]
)
def test_a_secret_leaves_for_no_host_that_no_admin_named(
    ports: InMemoryPorts, run: Run, url: str
) -> None:
    ports.secrets.put("loc-1", "crm_token", Secret("tok-0123456789"))
    answers(ports)
    with pytest.raises(BookflowError):
        run(Webhook, {"url": url, **TOKEN}, scope(event_data={"reason": "rain"}))
    assert ports.http.requests == []


def test_a_secret_over_plain_http_is_an_error_at_publish() -> None:
    problems = check(workflow(hook(url="http://crm.example.com/hook", **TOKEN)))
    assert [(each["node_id"], each["severity"]) for each in problems] == [("hook", "error")]
