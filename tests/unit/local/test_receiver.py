"""The local HTTP receiver records what comes and answers as planned."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from local.receiver import Answer, Receiver


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Receiver]:
    with Receiver(log=tmp_path / "deep" / "receiver.jsonl") as receiver:
        yield receiver


@pytest.fixture
def client(receiver: Receiver) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=receiver.url, trust_env=False) as client:
        yield client


def test_a_request_is_recorded_whole(receiver: Receiver, client: httpx.Client) -> None:
    answer = client.put("/hook?a=1", json={"name": "Zoë"}, headers={"X-Sign": "s"})
    assert answer.status_code == 200
    (request,) = receiver.requests
    assert (request.method, request.path) == ("PUT", "/hook?a=1")
    assert request.headers["x-sign"] == "s"
    assert request.json() == {"name": "Zoë"}
    assert request.received_at.endswith("Z")


def test_a_chunked_body_is_read_to_its_end(receiver: Receiver, client: httpx.Client) -> None:
    client.post("/hook", content=iter([b"ab", b"cd"]))
    client.post("/hook", content=b"next")
    assert [request.body for request in receiver.requests] == ["abcd", "next"]


def test_each_request_is_one_line_of_the_log(
    receiver: Receiver, client: httpx.Client, tmp_path: Path
) -> None:
    client.post("/one")
    client.post("/two")
    lines = (tmp_path / "deep" / "receiver.jsonl").read_text().splitlines()
    assert [json.loads(line)["path"] for line in lines] == ["/one", "/two"]


def test_planned_answers_are_given_so_many_times(receiver: Receiver, client: httpx.Client) -> None:
    receiver.recorder.plan(Answer(status=503, headers={"Retry-After": "1"}, times=2))
    receiver.recorder.plan(Answer(status=410, path_prefix="/gone"))
    answers = [client.post("/a") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "1"
    assert client.post("/gone/x").status_code == 410


def test_a_fixed_path_answers_as_usual_and_others_do_not(
    receiver: Receiver, client: httpx.Client
) -> None:
    receiver.recorder.plan(Answer(status=500, times=9, path_prefix="/crm"))
    receiver.recorder.plan(Answer(status=410, path_prefix="/gone"))
    assert client.post("/crm/x").status_code == 500
    receiver.recorder.forget_answers("/crm")
    assert client.post("/crm/x").status_code == 200
    assert client.post("/gone").status_code == 410
    assert len(receiver.recorder.requests("/crm")) == 2


def test_an_answer_without_content_has_none(receiver: Receiver, client: httpx.Client) -> None:
    receiver.recorder.plan(Answer(status=204))
    assert client.post("/a").content == b""
    assert client.post("/b").status_code == 200


def test_the_control_paths_plan_read_and_forget(client: httpx.Client) -> None:
    planned = client.post("/_receiver/answers", json={"status": 500, "delay_seconds": 0})
    assert planned.status_code == 201
    assert client.get("/hook").status_code == 500
    (request,) = client.get("/_receiver/requests").json()
    assert request["path"] == "/hook"
    client.delete("/_receiver/requests")
    assert client.get("/_receiver/requests").json() == []


@pytest.mark.parametrize("body", ['{"status": 99}', '{"times": 0}', '{"nonsense": 1}', "no json"])
def test_an_impossible_answer_is_refused(client: httpx.Client, body: str) -> None:
    refused = client.post("/_receiver/answers", content=body)
    assert refused.status_code == 400
    assert refused.json()["error"]


def test_an_unknown_control_path_is_not_recorded(receiver: Receiver, client: httpx.Client) -> None:
    assert client.get("/_receiver/other").status_code == 404
    assert receiver.requests == []


def test_the_url_is_known_only_after_the_start() -> None:
    with pytest.raises(RuntimeError, match="start"):
        _ = Receiver().url
