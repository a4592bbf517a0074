"""The contract of `Secrets`, for the fake and for SSM Parameter Store."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bookflow.adapters.parameters import ParameterStoreSecrets
from bookflow.domain.shared.errors import (
    InvalidInputError,
    NotFoundError,
    StaleRevisionError,
    TransientError,
)
from bookflow.domain.webhooks.secrets import Secret
from tests.integration.adapters.conftest import AwsPorts

UNTIL = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def calls(aws: AwsPorts) -> list[str]:
    """Names of the calls made of SSM from now on."""
    made: list[str] = []
    aws.ssm.meta.events.register("before-call.ssm", lambda model, **_: made.append(model.name))
    return made


def test_a_secret_is_kept_with_the_one_before_it(ports: Any) -> None:
    secret = Secret('new \\ "value"', "old", UNTIL)
    ports.secrets.put("loc-1", "crm_token", secret)
    assert ports.secrets.get("loc-1", "crm_token") == secret
    assert ports.secrets.put("loc-1", "crm_token", Secret("newer"), based_on=1) == 2
    assert ports.secrets.get("loc-1", "crm_token") == Secret("newer")


@pytest.mark.parametrize("value", ["{{name}}", "{{{a}}}", "\\{{{{ssm:x}}", '"{{"}}'])
def test_a_secret_may_hold_double_braces_which_ssm_refuses(ports: Any, value: str) -> None:
    ports.secrets.put("loc-1", "crm_token", Secret(value, value, UNTIL))
    assert ports.secrets.get("loc-1", "crm_token") == Secret(value, value, UNTIL)


def test_secrets_of_one_location_are_not_another_s(ports: Any) -> None:
    ids = ["loc-1", "loc-2", "a:b", "a_3ab", "a@b", "a_b", "a__b"]
    for location_id in ids:
        ports.secrets.put(location_id, "crm_token", Secret(f"value of {location_id}"))
    for location_id in ids:
        assert ports.secrets.get(location_id, "crm_token").current == f"value of {location_id}"
    with pytest.raises(NotFoundError):
        ports.secrets.get("loc", "crm_token")


def test_names_and_dates_are_listed_by_name(ports: Any) -> None:
    for number in reversed(range(12)):
        ports.secrets.put("loc-1", f"s{number:02d}", Secret("value"))
    ports.secrets.put("loc-2", "other", Secret("value"))
    listed = ports.secrets.list("loc-1")
    assert [info.name for info in listed] == [f"s{number:02d}" for number in range(12)]
    assert all(info.updated_at.utcoffset() is not None for info in listed)
    assert ports.secrets.list("loc-3") == []


def test_a_deleted_secret_is_gone(ports: Any) -> None:
    ports.secrets.put("loc-1", "crm_token", Secret("value"))
    ports.secrets.delete("loc-1", "crm_token", based_on=1)
    ports.secrets.delete("loc-1", "crm_token", based_on=1)
    with pytest.raises(NotFoundError):
        ports.secrets.get("loc-1", "crm_token")


def test_a_write_that_is_based_on_another_revision_is_refused(ports: Any) -> None:
    ports.secrets.put("loc-1", "crm_token", Secret("value"))
    ports.secrets.put("loc-1", "crm_token", Secret("newer"), based_on=1)
    for based_on in (0, 1, 3):
        with pytest.raises(StaleRevisionError) as refused:
            ports.secrets.put("loc-1", "crm_token", Secret("stale"), based_on=based_on)
        assert (refused.value.based_on, refused.value.stored) == (based_on, 2)
    with pytest.raises(StaleRevisionError):
        ports.secrets.delete("loc-1", "crm_token", based_on=1)
    with pytest.raises(StaleRevisionError):
        ports.secrets.put("loc-1", "other", Secret("value"), based_on=1)
    assert ports.secrets.get("loc-1", "crm_token") == Secret("newer")
    assert [info.revision for info in ports.secrets.list("loc-1")] == [2]


def test_a_secret_is_stored_encrypted_under_the_stack_s_prefix(aws: AwsPorts) -> None:
    aws.secrets.put("loc-1", "crm_token", Secret("value"))
    parameter = aws.ssm.get_parameter(Name="/bookflow/test/loc-1/crm_token")["Parameter"]
    assert parameter["Type"] == "SecureString"
    assert '"current": "value"' not in parameter["Value"] or "kms:" in parameter["Value"]


def test_one_call_a_minute_finds_what_there_is_and_whether_webhooks_are_signed(
    aws: AwsPorts, calls: list[str]
) -> None:
    aws.secrets.put("loc-1", "crm_token", Secret("value"))
    calls.clear()
    for _ in range(3):
        aws.secrets.get("loc-1", "crm_token")
        assert aws.secrets.signing("loc-1") is None
    assert calls == ["GetParametersByPath"]


def test_a_secret_that_another_process_adds_is_there_in_the_next_second(
    aws: AwsPorts, calls: list[str]
) -> None:
    now = [100.0]
    reader = ParameterStoreSecrets(aws.ssm, "/bookflow/test/", lambda: now[0])
    for _ in range(5):  # a burst of webhooks that name a missing secret makes no burst of calls
        with pytest.raises(NotFoundError):
            reader.get("loc-1", "crm_token")
    assert len(calls) == 2
    aws.secrets.put("loc-1", "crm_token", Secret("value"))
    now[0] += 1
    assert reader.get("loc-1", "crm_token") == Secret("value")


def test_the_signing_secret_is_found_when_it_is_there(ports: Any) -> None:
    assert ports.secrets.signing("loc-1") is None
    ports.secrets.put("loc-1", "webhook-signing", Secret("value"))
    assert ports.secrets.signing("loc-1") == Secret("value")
    assert ports.secrets.signing("loc-2") is None


def test_the_hosts_of_a_secret_are_kept_and_listed(ports: Any) -> None:
    hosts = ("api.example.com", "*.example.org")
    ports.secrets.put("loc-1", "crm_token", Secret("value", "value before", UNTIL, hosts))
    assert ports.secrets.get("loc-1", "crm_token").hosts == hosts
    assert [info.hosts for info in ports.secrets.list("loc-1")] == [hosts]


def test_a_fresh_reading_sees_what_another_process_stored(aws: AwsPorts) -> None:
    other = ParameterStoreSecrets(aws.ssm, "/bookflow/test/")
    aws.secrets.put("loc-1", "crm_token", Secret("value"))
    aws.secrets.get("loc-1", "crm_token")
    other.put("loc-1", "crm_token", Secret("newer"), based_on=1)
    assert aws.secrets.get("loc-1", "crm_token").current == "value"
    assert aws.secrets.get("loc-1", "crm_token", fresh=True).current == "newer"


def test_a_secret_that_is_too_large_is_refused(aws: AwsPorts) -> None:
    with pytest.raises(InvalidInputError) as refused:
        aws.secrets.put("loc-1", "crm_token", Secret("x" * 2100, "y" * 2100, UNTIL))
    assert "xx" not in str(refused.value)


@pytest.mark.parametrize("bad", ["", "../loc-2", "loc-1/x", "a b"])
def test_an_id_that_could_lead_to_another_location_is_refused(aws: AwsPorts, bad: str) -> None:
    with pytest.raises(InvalidInputError):
        aws.secrets.get(bad, "crm_token")


def test_throttling_is_transient_and_names_no_value(aws: AwsPorts) -> None:
    from botocore.exceptions import ClientError

    def throttled(**_: Any) -> None:
        raise ClientError(
            {"Error": {"Code": "ThrottlingException", "Message": "s3cr3t"}}, "GetParametersByPath"
        )

    aws.ssm.meta.events.register("before-call.ssm.GetParametersByPath", throttled)
    with pytest.raises(TransientError) as failed:
        aws.secrets.get("loc-1", "crm_token")
    assert "s3cr3t" not in str(failed.value)


def test_a_list_tells_until_when_a_previous_value_counts(ports: Any) -> None:
    ports.secrets.put("loc-1", "plain", Secret("value"))
    ports.secrets.put("loc-1", "rotated", Secret("value", "value before", UNTIL))
    assert [info.previous_until for info in ports.secrets.list("loc-1")] == [None, UNTIL]
