"""Webhook: the request that is sent, the answer that is kept, and when it is tried again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bookflow.actions.webhook import Webhook, WebhookConfig
from bookflow.adapters.dynamodb.base.documents import decode_model, encode_model
from bookflow.domain.bookings.records import Customer
from bookflow.domain.events.envelope import MAX_DETAIL_BYTES, check_storable
from bookflow.domain.executions.execution import Step
from bookflow.domain.rendering.escaping import plain
from bookflow.domain.shared.errors import OutcomeUnknownError, PermanentError, TransientError
from bookflow.domain.webhooks.answers import MAX_BODY_BYTES, MAX_HEADER_CHARACTERS
from bookflow.domain.webhooks.http_messages import (
    DeliveryUncertain,
    HttpRequest,
    HttpResponse,
    check_headers,
)
from bookflow.domain.webhooks.requests import PlannedRequest
from bookflow.domain.webhooks.secrets import Secret, hidden
from bookflow.domain.webhooks.signature import encode_secret, verify
from tests.fakes import Crash, FakePorts
from tests.unit.actions.conftest import Run
from tests.unit.actions.samples import EVENT_DATA, NOW, scope

URL = "https://crm.example.com/hook"
TOKEN = "tok-0123456789"
HOSTS = ("crm.example.com",)
OLD_KEY, NEW_KEY = encode_secret(b"o" * 32), encode_secret(b"n" * 32)


def answer(status: int = 200, body: str | bytes = "", **headers: str) -> HttpResponse:
    content = body.encode() if isinstance(body, str) else body
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status, named, content, truncated=False, elapsed_ms=12)


def answers(ports: FakePorts, *responses: HttpResponse | Exception) -> None:
    """Let the receiver give these answers, one a request."""
    left = list(responses)

    def respond(_: HttpRequest) -> HttpResponse:
        response = left.pop(0)
        if isinstance(response, Exception):
            raise response
        return response

    ports.http.respond = respond


def test_the_default_is_a_post_of_the_whole_event_in_an_envelope(
    ports: FakePorts, run: Run
) -> None:
    answers(ports, answer(204))
    run(Webhook, {"url": URL})
    (request,) = ports.http.requests
    assert request.method == "POST"
    assert request.total_timeout_seconds == 30.0
    assert json.loads(request.body or b"") == {
        "type": "Booking Cancelled",
        "timestamp": "2026-11-01T08:59:00+00:00",
        "data": EVENT_DATA,
        "workflow": {"id": "wf_1", "name": "Welcome"},
        "execution_id": "ex_1",
    }


def test_standard_headers_are_added(ports: FakePorts, run: Run) -> None:
    answers(ports, answer())
    run(Webhook, {"url": URL})
    headers = ports.http.requests[0].headers
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"] == "Bookflow"
    assert headers["webhook-id"] == headers["idempotency-key"]
    assert headers["webhook-id"].startswith("msg_")
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_headers_of_one_s_own_win_in_any_spelling(ports: FakePorts, run: Run) -> None:
    answers(ports, answer())
    own = {"CONTENT-TYPE": "application/vnd.x+json", "Idempotency-Key": "{{ booking.id }}"}
    run(Webhook, {"url": URL, "headers": own})
    headers = ports.http.requests[0].headers
    assert headers["content-type"] == "application/vnd.x+json"
    assert headers["idempotency-key"] == "b-1"
    assert len(check_headers(headers)) == len(headers)


def test_variables_are_put_in_place_by_where_they_stand(ports: FakePorts, run: Run) -> None:
    answers(ports, answer())
    config = {
        "url": URL + "?why={{ event.reason }}",
        "method": "PUT",
        "headers": {"X-Why": "{{ event.reason }}"},
        "body": '{"why": "{{ event.reason }}", "all": {{ eventData }}}',
    }
    run(Webhook, config, scope(event_data={"reason": 'a "b"\r\n&c=d'}))
    (request,) = ports.http.requests
    assert request.method == "PUT"
    assert request.url == URL + "?why=a%20%22b%22%0D%0A%26c%3Dd"
    assert request.headers["x-why"] == 'a "b" &c=d'
    sent = json.loads(request.body or b"")
    assert sent["why"] == sent["all"]["reason"] == 'a "b"\r\n&c=d'


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_get_and_delete_carry_no_body_by_default(ports: FakePorts, run: Run, method: str) -> None:
    answers(ports, answer())
    run(Webhook, {"url": URL, "method": method, "body": " "})
    (request,) = ports.http.requests
    assert request.body is None
    assert "content-type" not in request.headers


def test_the_answer_is_kept_with_its_json(ports: FakePorts, run: Run) -> None:
    answers(ports, answer(201, '{"id": 7}', content_type="application/json", set_cookie="x"))
    assert run(Webhook, {"url": URL}) == {
        "status": 201,
        "headers": {"content-type": "application/json"},
        "body": '{"id": 7}',
        "json": {"id": 7},
        "truncated": False,
        "elapsed_ms": 12,
    }


@pytest.mark.parametrize(
    "body",
    [
        "not json",
        "",
        '{"n": NaN}',
        b"\xff\xfe\x00binary",
        "[" * 8000 + "]" * 8000,
        "[" * 100 + "]" * 100,
        "9" * 5000,
        '{"n": 1e400}',
        '{"n": "\\ud800"}',
        '{"\\ud800": 1}',
    ],
)
def test_an_answer_that_is_no_plain_json_is_kept_as_text(
    ports: FakePorts, run: Run, body: str | bytes
) -> None:
    answers(ports, answer(200, body))
    output = run(Webhook, {"url": URL})
    assert "json" not in output
    assert "\x00" not in output["body"]


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"id": 7}', {"id": 7}),
        (b'{"id": 1, "id": 2}', {"id": 2}),
        (b'{"n": ' + b"9" * 4000 + b"}", {"n": int("9" * 4000)}),
        (b'"\\ud83d\\udef6"', "\U0001f6f6"),
        (b"null", None),
    ],
)
def test_odd_json_is_handed_on_as_it_is_meant(
    ports: FakePorts, run: Run, body: bytes, value: Any
) -> None:
    answers(ports, answer(200, body))
    assert run(Webhook, {"url": URL})["json"] == value


@pytest.mark.parametrize(
    "body", ['{"n": 1e400}', '{"n": "\\ud800"}', "9" * 4000, "\u202e\U0001f6f6", "\x00\x85\u2028"]
)
def test_whatever_comes_back_can_be_kept(ports: FakePorts, run: Run, body: str) -> None:
    answers(ports, answer(200, body))
    output = dict(run(Webhook, {"url": URL}))
    fields = {"location_id": "loc-1", "execution_id": "ex_1", "node_id": "n", "node_type": "x"}
    step = Step(**fields, output_data=output, started_at=NOW)
    kept = decode_model(Step, encode_model(step))
    assert kept.output_data == output
    json.dumps(kept.output_data, allow_nan=False)


def test_a_secret_in_a_header_of_the_answer_is_hidden_and_the_header_is_capped(
    ports: FakePorts, run: Run
) -> None:
    config = {"url": URL, "headers": {"Authorization": "Bearer s3cr3t-token"}}
    answers(ports, answer(201, location="https://x.example/?t=s3cr3t-token&" + "a" * 90_000))
    location = run(Webhook, config)["headers"]["location"]
    assert location.startswith("https://x.example/?t=***&")
    assert len(location) == MAX_HEADER_CHARACTERS


def test_the_answer_s_text_is_capped(ports: FakePorts, run: Run) -> None:
    answers(ports, answer(200, b"\xff" * MAX_BODY_BYTES))
    output = run(Webhook, {"url": URL})
    assert ports.http.requests[0].max_response_bytes == MAX_BODY_BYTES
    assert len(output["body"].encode()) <= MAX_BODY_BYTES


@pytest.mark.parametrize(
    ("status", "retry_after", "seconds"),
    [
        (408, None, None),
        (429, "17", 17.0),
        (503, "Sun, 01 Nov 2026 09:01:00 GMT", 59.75),
        (503, "Sun, 01 Nov 2020 09:01:00 GMT", 0.0),
        (429, "soon", None),
        (429, "-5", None),
        (429, "Sun, 01 Nov 99999 09:01:00 GMT", None),
        (429, "0", 0.0),
        (429, "1.5", None),
        (429, "9" * 30, None),
        (429, "\u0663", None),
        (429, "Mon, 01 Jan 0001 00:00:00 GMT", 0.0),
        (429, "Fri, 31 Dec 9999 23:59:59 -2359", 251608863538.75),
    ],
)
def test_busy_receivers_are_tried_again_when_they_ask_for_it(
    ports: FakePorts, run: Run, status: int, retry_after: str | None, seconds: float | None
) -> None:
    headers = {"retry_after": retry_after} if retry_after else {}
    answers(ports, answer(status, **headers), answer())
    with pytest.raises(TransientError, match=str(status)) as failed:
        run(Webhook, {"url": URL})
    assert failed.value.retry_after == seconds
    assert run(Webhook, {"url": URL})["status"] == 200


def test_a_retry_after_a_network_error_carries_the_same_key(ports: FakePorts, run: Run) -> None:
    answers(ports, TransientError("No connection came about."), answer())
    with pytest.raises(TransientError):
        run(Webhook, {"url": URL})
    ports.clock.advance(minutes=5)
    run(Webhook, {"url": URL})
    first, second = ports.http.requests
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]


DOUBTS = [
    DeliveryUncertain("The connection broke off."),
    *map(answer, (500, 502, 503, 504, 507, 520, 599)),
]
NO_TIMES = [answer(503, retry_after=text) for text in ("soon", "-5", "")]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("doubt", [*DOUBTS, *NO_TIMES], ids=str)
def test_a_request_that_may_have_arrived_is_of_unknown_outcome_and_not_sent_again(
    ports: FakePorts, run: Run, method: str, doubt: Any
) -> None:
    answers(ports, doubt, answer())
    for _ in range(3):
        with pytest.raises(OutcomeUnknownError) as failed:
            run(Webhook, {"url": URL, "method": method})
        assert "It arrived or Send again" in (failed.value.remedy or "")
    assert len(ports.http.requests) == 1


@pytest.mark.parametrize("doubt", DOUBTS, ids=str)
def test_a_question_without_effect_is_asked_again(ports: FakePorts, run: Run, doubt: Any) -> None:
    answers(ports, doubt, answer())
    with pytest.raises(TransientError):
        run(Webhook, {"url": URL, "method": "GET"})
    assert run(Webhook, {"url": URL, "method": "GET"})["status"] == 200


@pytest.mark.parametrize("status", [501, 505])
def test_a_receiver_that_cannot_act_is_not_asked_again(
    ports: FakePorts, run: Run, status: int
) -> None:
    answers(ports, answer(status), answer())
    with pytest.raises(PermanentError) as failed:
        run(Webhook, {"url": URL})
    assert not isinstance(failed.value, OutcomeUnknownError)


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (308, "Redirects are not followed"),
        (400, "Compare the body"),
        (401, "credentials"),
        (404, "path of the URL"),
        (418, "why it refuses"),
    ],
)
def test_a_refusal_is_final_and_says_what_to_check(
    ports: FakePorts, run: Run, status: int, advice: str
) -> None:
    answers(ports, answer(status, "no\x07 \n such" + "x" * 500))
    with pytest.raises(PermanentError) as failed:
        run(Webhook, {"url": URL})
    assert f"status {status}: “no such" in failed.value.message
    assert len(failed.value.message) < 260
    assert advice in (failed.value.remedy or "")


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_after_a_write_leaves_it_open_whether_the_receiver_acted(
    ports: FakePorts, run: Run, status: int
) -> None:
    answers(ports, answer(status))
    with pytest.raises(OutcomeUnknownError, match="may have acted") as failed:
        run(Webhook, {"url": URL})
    assert f"add {status} to the step's successful statuses" in (failed.value.remedy or "")


@pytest.mark.parametrize(("method", "status"), [("GET", 302), ("PUT", 307), ("POST", 308)])
def test_a_redirect_that_asks_for_the_same_again_is_an_error_of_the_address(
    ports: FakePorts, run: Run, method: str, status: int
) -> None:
    answers(ports, answer(status))
    with pytest.raises(PermanentError, match="enter the address that it leads to") as failed:
        run(Webhook, {"url": URL, "method": method})
    assert not isinstance(failed.value, OutcomeUnknownError)


def test_a_secret_that_the_receiver_echoes_is_not_repeated(ports: FakePorts, run: Run) -> None:
    config = {"url": URL, "headers": {"Authorization": "Bearer s3cr3t-token"}}
    answers(ports, answer(200, '{"got": "Bearer s3cr3t-token"}'), answer(401, "s3cr3t-token"))
    assert run(Webhook, config)["json"] == {"got": "***"}
    action = Webhook(ports)
    plan = action.plan(WebhookConfig.model_validate(config), scope())
    with pytest.raises(PermanentError) as failed:
        action.perform(plan, lambda _, effect, *kept: effect())
    assert "s3cr3t" not in str(failed.value)
    assert "s3cr3t" not in repr(plan)


@pytest.mark.parametrize(
    "echo",
    [
        r'{"got": "abc\/d\u00e4f"}',
        r'{"got": "\u0061\u0062c/d\u00E4f"}',
        '{"got": "abc/däf"}',
        '{"abc/däf": 1}',
    ],
)
def test_a_secret_that_is_echoed_in_another_spelling_of_json_is_hidden(
    ports: FakePorts, run: Run, echo: str
) -> None:
    answers(ports, answer(200, echo))
    output = run(Webhook, {"url": URL, "headers": {"X-Auth": "abc/däf"}})
    assert "***" in output["body"]
    assert output["json"] in ({"got": "***"}, {"***": 1})


@pytest.mark.parametrize(
    ("echo", "kept"),
    [
        ("got s3cr3t-tok", "got ***"),
        ("got s", "got ***"),
        (r"got \u0073\u0033c", "got ***"),
        (r"got s3c\u00", "got ***"),
        ("got t", "got t"),
    ],
)
def test_a_secret_that_the_end_of_the_answer_cuts_is_hidden(
    ports: FakePorts, run: Run, echo: str, kept: str
) -> None:
    answers(ports, replace(answer(200, echo), truncated=True))
    output = run(Webhook, {"url": URL, "headers": {"Authorization": "Bearer s3cr3t-token"}})
    assert output["body"] == kept


@given(
    st.text(min_size=6, max_size=20).filter(str.isprintable),
    st.randoms(use_true_random=False),
    st.integers(0, 40),
)
def test_no_spelling_of_a_secret_is_left(value: str, random: Random, cut: int) -> None:
    def spelt(character: str) -> str:
        spellings = [json.dumps(character, ensure_ascii=False)[1:-1]]
        if ord(character) < 0x10000:
            spellings.append(f"\\u{ord(character):04X}")
        return random.choice(spellings)

    text = "".join(map(spelt, value))
    assert hidden(f"x {text} y", [value]) == "x *** y"
    if 0 < cut < len(text):
        assert hidden(f" {text[:cut]}", [value], is_cut=True) in (" ***", " ")


@pytest.mark.parametrize(
    ("name", "is_secret"),
    [
        *((name, True) for name in ("X-Auth", "X-Pass", "X-Session", "Dsn", "X-Jwt", "Pwd")),
        *((name, True) for name in ("Authorization", "X-Api-Key", "X-Authority", "Passphrase")),
        *((name, False) for name in ("X-Author", "X-Passengers", "X-Booking", "Accept")),
    ],
)
def test_a_header_s_name_tells_whether_it_is_a_secret(name: str, is_secret: bool) -> None:
    shown = Webhook.masked(WebhookConfig(url=URL, headers={name: "some value"}))
    assert shown["headers"][name] == ("***" if is_secret else "some value")


def test_a_request_that_is_sent_needs_its_secret_no_more(ports: FakePorts, run: Run) -> None:
    ports.secrets.put("loc-1", "crm_token", Secret(TOKEN, hosts=HOSTS))
    config = {"url": URL, "headers": {"X-Crm": "{{ secret.crm_token }}"}}
    answers(ports, answer())
    output = run(Webhook, config)
    ports.secrets.delete("loc-1", "crm_token", based_on=1)
    assert run(Webhook, config) == output


def test_secrets_are_masked_in_the_step(ports: FakePorts) -> None:
    config = WebhookConfig(
        url=URL + "?api_key=abc&page=2",
        headers={
            "Authorization": "Bearer x",
            "X-Api-Key": "y",
            "Cookie": "z",
            "X-Booking": "{{ booking.id }}",
        },
    )
    masked = Webhook.masked(config)
    assert masked["url"] == URL + "?api_key=***&page=2"
    assert masked["headers"] == {
        "Authorization": "***",
        "X-Api-Key": "***",
        "Cookie": "***",
        "X-Booking": "{{ booking.id }}",
    }
    assert masked["method"] == "POST"


def test_a_secret_is_put_into_the_header_and_shown_nowhere(ports: FakePorts, run: Run) -> None:
    ports.secrets.put("loc-1", "crm_token", Secret(TOKEN, hosts=HOSTS))
    answers(ports, answer(200, f'{{"got": "{TOKEN}"}}'), answer(400, TOKEN))
    config = {
        "url": URL,
        "headers": {
            "X-Crm": "Basic {{secret.crm_token}} for {{ booking.id }} {{ secret.crm_token }}"
        },
    }
    output = run(Webhook, config)
    assert ports.http.requests[0].headers["x-crm"] == f"Basic {TOKEN} for b-1 {TOKEN}"
    assert output["json"] == {"got": "***"}
    assert Webhook.masked(WebhookConfig.model_validate(config))["headers"] == {
        "X-Crm": "Basic *** for {{ booking.id }} ***"
    }
    action = Webhook(ports)
    plan = action.plan(WebhookConfig.model_validate(config), scope())
    assert plan.headers["x-crm"] == "Basic *** for b-1 ***"
    with pytest.raises(PermanentError) as failed:
        action.perform(plan, lambda _, effect, *kept: effect())
    assert TOKEN not in str(failed.value) + repr(plan) + str(ports.effects.outcomes)


def test_a_value_cannot_name_a_secret(ports: FakePorts, run: Run) -> None:
    ports.secrets.put("loc-1", "crm_token", Secret(TOKEN, hosts=HOSTS))
    answers(ports, answer())
    reason = "{{ secret.crm_token }} <0:crm_token>"
    where = scope(event_data={"reason": reason})
    run(Webhook, {"url": URL, "headers": {"X-Why": "{{ event.reason }}"}}, where)
    assert ports.http.requests[0].headers["x-why"] == reason


def test_a_secret_that_does_not_exist_fails_the_step_before_anything_is_sent(
    ports: FakePorts, run: Run
) -> None:
    ports.secrets.put("loc-2", "crm_token", Secret(TOKEN, hosts=HOSTS))
    with pytest.raises(PermanentError, match="secret crm_token does not exist") as failed:
        run(Webhook, {"url": URL, "headers": {"X-Crm": "{{ secret.crm_token }}"}})
    assert failed.value.field == "headers.x-crm"
    assert ports.http.requests == []


@pytest.mark.parametrize(
    "config",
    [
        {"url": URL + "?t={{ secret.crm_token }}"},
        {"body": '{"t": "{{ secret.crm_token }}"}'},
        {"headers": {"X-A": "{{ secret.crm_token | upper }}"}},
        {"headers": {"X-A": "{% if secret.crm_token %}x{% endif %}"}},
        {"headers": {"X-A": "{{ secret['crm_token'] }}"}},
        {"headers": {"X-A": "{{ secret.Crm }}"}},
    ],
)
def test_secrets_stand_alone_and_in_headers_only(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="secret"):
        WebhookConfig.model_validate({"url": URL, **config})


@pytest.mark.parametrize(("hours", "keys"), [(0, [NEW_KEY, OLD_KEY]), (25, [NEW_KEY])])
def test_the_request_is_signed_with_every_secret_that_counts(
    ports: FakePorts, run: Run, hours: int, keys: list[str]
) -> None:
    rotated = Secret(NEW_KEY, OLD_KEY, NOW + timedelta(hours=24))
    ports.secrets.put("loc-1", "webhook-signing", rotated)
    ports.clock.advance(hours=hours)
    answers(ports, answer())
    run(Webhook, {"url": URL})
    (request,) = ports.http.requests
    now = int(ports.clock.now().timestamp())
    assert len(request.headers["webhook-signature"].split()) == len(keys)
    for key in keys:
        verify([key], headers=request.headers, body=request.body or b"", now=now)


def test_without_a_signing_secret_there_is_no_signature(ports: FakePorts, run: Run) -> None:
    answers(ports, answer())
    run(Webhook, {"url": URL})
    assert "webhook-signature" not in ports.http.requests[0].headers


@pytest.mark.parametrize(("call", "unknown"), [(1, False), (2, False), (3, False), (4, True)])
def test_a_crash_after_any_call_sends_no_second_request(
    ports: FakePorts, run: Run, call: int, unknown: bool
) -> None:
    """The calls: read two secrets, then remember the effect around sending."""
    ports.secrets.put("loc-1", "webhook-signing", Secret(NEW_KEY))
    ports.secrets.put("loc-1", "crm_token", Secret(TOKEN, hosts=HOSTS))
    config = {"url": URL, "headers": {"X-Crm": "{{ secret.crm_token }}"}}
    answers(ports, answer(), answer())
    ports.crash_after(call)
    with pytest.raises(Crash):
        run(Webhook, config)
    if unknown:  # sent, and the record of it never written
        with pytest.raises(OutcomeUnknownError):
            run(Webhook, config)
    else:
        assert run(Webhook, config)["status"] == 200
    assert len(ports.http.requests) == 1


@given(name=st.text(max_size=60))
def test_any_customer_name_gives_valid_json_headers_and_url(name: str) -> None:
    where = scope(customer=Customer(id="c-1", first_name=name))
    config = WebhookConfig(
        url=URL + "?name={{ customer.first_name }}",
        headers={"X-Name": "{{ customer.first_name }}"},
        body='{"name": {{ customer.first_name }}, "text": "Dear {{ customer.first_name }}!"}',
    )
    plan = Webhook(FakePorts()).plan(config, where)
    assert json.loads(plan.body or b"")["name"] == name
    assert check_headers(plan.headers) == plan.headers
    assert plan.url.isascii()


@given(name=st.text(max_size=60), note=st.text(max_size=60))
def test_a_form_value_never_leaves_its_field(name: str, note: str) -> None:
    where = scope(customer=Customer(id="c-1", first_name=name), event_data={"reason": note})
    config = WebhookConfig(
        url=URL,
        body_type="form",
        body="Name={{ customer.first_name }}\n& Why=+49 100% {{ event.reason }}!&Last=ä=b%26c&",
    )
    plan = Webhook(FakePorts()).plan(config, where)
    sent = parse_qsl((plan.body or b"").decode("ascii"), keep_blank_values=True)
    assert sent == [
        ("Name", plain(name)),
        ("Why", f"+49 100% {plain(note)}!"),
        ("Last", "ä=b&c"),
    ]
    assert plan.headers["content-type"] == "application/x-www-form-urlencoded"


def test_a_form_of_5_mb_is_refused_where_it_is_written_and_where_it_is_rendered() -> None:
    with pytest.raises(ValidationError, match="65536"):
        WebhookConfig(url=URL, body_type="form", body="a=" + "x" * 5_000_000)
    where = scope(event_data={"reason": "&=" * 2_500_000})
    config = WebhookConfig(url=URL, body_type="form", body="a={{ event.reason }}")
    with pytest.raises(PermanentError) as refused:
        Webhook(FakePorts()).plan(config, where)
    assert refused.value.field == "body"


@pytest.mark.parametrize(
    ("listed", "status", "is_success"),
    [
        (["2xx"], 204, True),
        (["302"], 204, False),
        (["2xx", "409"], 409, True),
        (["2xx", "409"], 404, False),
        (["4xx"], 429, True),
        (["503"], 503, True),
    ],
)
def test_the_statuses_that_count_as_success_are_listed(
    ports: FakePorts, run: Run, listed: list[str], status: int, is_success: bool
) -> None:
    answers(ports, answer(status))
    config = {"url": URL, "success_statuses": listed}
    if is_success:
        assert run(Webhook, config)["status"] == status
    else:
        with pytest.raises(PermanentError):
            run(Webhook, config)


@pytest.mark.parametrize("wrong", [[], ["1xx"], ["600"], ["20"], ["2XX "], ["ok"], ["200"] * 21])
def test_a_status_that_is_none_is_refused(wrong: list[str]) -> None:
    with pytest.raises(ValidationError):
        WebhookConfig.model_validate({"url": URL, "success_statuses": wrong})


def test_an_odd_charset_of_the_answer_is_said_in_the_output(ports: FakePorts, run: Run) -> None:
    answers(ports, answer(200, b"J\xc3\xb6rg", content_type="text/plain; charset=klingon"))
    output = run(Webhook, {"url": URL})
    assert output["body"] == "Jörg"
    assert "klingon" in output["charset_note"]


LONG = ["x", '"', "\\", "é", "👩", "\u202e{{ a }}\r\n", "\x01"]


@pytest.mark.parametrize("piece", LONG)
def test_the_envelope_of_any_accepted_event_fits(piece: str) -> None:
    detail = {"reason": ""}
    room = MAX_DETAIL_BYTES - len(json.dumps({**EVENT_DATA, **detail}, ensure_ascii=False))
    cost = len(json.dumps(piece, ensure_ascii=False).encode()) - 2
    detail["reason"] = piece * (room // cost)
    check_storable({**EVENT_DATA, **detail})
    plan = Webhook(FakePorts()).plan(WebhookConfig(url=URL), scope(event_data=detail))
    assert json.loads(plan.body or b"")["data"]["reason"] == detail["reason"]


@pytest.mark.parametrize("piece", LONG)
def test_a_long_note_gives_a_valid_request_or_is_named(piece: str) -> None:
    reason = (piece * 100_000)[:100_000]
    config = {"url": URL, "headers": {"X-Why": "{{ event.reason }}"}}
    config |= {"body": '{"a": "{{ event.reason }}", "b": ["x {{ event.reason }}"]}'}

    def plan(config: dict[str, Any]) -> PlannedRequest | PermanentError:
        where = scope(event_data={"reason": reason})
        try:
            return Webhook(FakePorts()).plan(WebhookConfig.model_validate(config), where)
        except PermanentError as refusal:
            return refusal

    ready = plan(config)
    if isinstance(ready, PermanentError):
        assert ready.field in ("body", "headers.X-Why")
        assert "event.reason" in str(ready)
        assert "truncate" in (ready.remedy or "")
        ready = plan(json.loads(json.dumps(config).replace("reason }}", "reason | truncate(9) }}")))
    assert isinstance(ready, PlannedRequest)
    assert set(json.loads(ready.body or b"")) == {"a", "b"}
    assert check_headers(ready.headers) == ready.headers


@pytest.mark.parametrize(
    "config",
    [
        {"url": "ftp://example.com"},
        {"url": "https://user:hunter2@example.com/"},
        {"url": " HTTPS://user@example.com"},
        {"url": ""},
        {"method": "HEAD"},
        {"headers": {"Host": "x"}},
        {"headers": {"Bad Name": "x"}},
        {"headers": {"Webhook-Id": "x"}},
        {"headers": {"X-A": "1", "x-a": "2"}},
        {"headers": {"X-A": "x" * 5000}},
        {"method": "GET", "body": "{}"},
    ],
)
def test_what_cannot_be_sent_is_refused_at_publish(config: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        WebhookConfig.model_validate({"url": URL, **config})


def test_every_text_with_variables_is_listed_with_its_mode() -> None:
    config = WebhookConfig(url=URL, headers={"X-A": "a"}, body="{}")
    listed = [(text.field, text.mode) for text in Webhook.texts(config)]
    assert listed == [("url", "url"), ("headers.X-A", "header"), ("body", "json")]
