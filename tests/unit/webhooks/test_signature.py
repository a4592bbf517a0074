"""Signatures agree with the Standard Webhooks specification, rotate, and prove what they claim."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.domain.shared.errors import InvalidInputError
from bookflow.domain.webhooks.signature import (
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SignatureError,
    encode_secret,
    message_id,
    sign,
    verify,
)

# The example of the specification and of its libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
TIMESTAMP = 1614265330
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

OTHER = encode_secret(bytes(range(32)))


def signed(*secrets: str) -> dict[str, str]:
    return sign(secrets, message_id=MESSAGE, timestamp=TIMESTAMP, body=BODY)


def test_the_example_of_the_specification() -> None:
    assert signed(SECRET) == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_each_secret_signs_while_they_rotate() -> None:
    headers = signed(OTHER, SECRET)
    assert headers[SIGNATURE_HEADER].split(" ")[1] == SIGNATURE
    for accepted in ([SECRET], [OTHER], [SECRET, OTHER]):
        verify(accepted, headers=headers, body=BODY, now=TIMESTAMP)


def test_a_receiver_that_rotates_first_still_accepts() -> None:
    verify([OTHER, SECRET], headers=signed(SECRET), body=BODY, now=TIMESTAMP)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJel"},
        {"webhook-id": ""},
        {"webhook-timestamp": "1614265331"},
        {"webhook-timestamp": "now"},
        {"webhook-timestamp": "-1"},
        {"webhook-signature": ""},
        {"webhook-signature": SIGNATURE.replace("g0", "g1")},
        {"webhook-signature": SIGNATURE.replace("v1,", "v2,")},
        {"webhook-signature": "v1,\u00e9"},
    ],
)
def test_a_changed_header_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(SignatureError):
        verify([SECRET], headers=signed(SECRET) | change, body=BODY, now=TIMESTAMP)


@given(st.binary())
def test_a_changed_body_is_refused(body: bytes) -> None:
    headers = sign([SECRET], message_id=MESSAGE, timestamp=TIMESTAMP, body=body)
    verify([SECRET], headers=headers, body=body, now=TIMESTAMP)
    with pytest.raises(SignatureError):
        verify([SECRET], headers=headers, body=body + b" ", now=TIMESTAMP)


def test_another_secret_is_refused() -> None:
    with pytest.raises(SignatureError):
        verify([OTHER], headers=signed(SECRET), body=BODY, now=TIMESTAMP)


@pytest.mark.parametrize(("seconds", "accepted"), [(300, True), (301, False)])
def test_an_old_or_early_message_is_refused(seconds: int, accepted: bool) -> None:
    for now in (TIMESTAMP + seconds, TIMESTAMP - seconds):
        if accepted:
            verify([SECRET], headers=signed(SECRET), body=BODY, now=now)
        else:
            with pytest.raises(SignatureError) as refused:
                verify([SECRET], headers=signed(SECRET), body=BODY, now=now)
            assert refused.value.field == TIMESTAMP_HEADER


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaS!",
        "whsec_\u00e9",
        "whsec_" + base64.b64encode(bytes(23)).decode(),
        "whsec_" + base64.b64encode(bytes(65)).decode(),
    ],
)
def test_a_malformed_secret_is_refused_by_its_place_and_never_shown(secret: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        signed(SECRET, secret)
    assert refused.value.field == "secrets.1"
    assert not secret or secret == "whsec_" or secret not in str(refused.value)


def test_without_a_secret_nothing_is_signed() -> None:
    with pytest.raises(InvalidInputError):
        signed()


@pytest.mark.parametrize("size", [23, 65])
def test_a_new_secret_has_24_to_64_bytes(size: int) -> None:
    with pytest.raises(InvalidInputError):
        encode_secret(bytes(size))


def test_a_message_keeps_its_id_over_retries() -> None:
    assert message_id("execution#node") == message_id("execution#node")
    assert message_id("execution#node") != message_id("execution#other")
    assert re.fullmatch(r"msg_[0-9a-f]{32}", message_id("execution#node"))
    sign([SECRET], message_id=message_id("é#1"), timestamp=TIMESTAMP, body=BODY)


@pytest.mark.parametrize(
    "identifier", ["", "msg_", "msg_with.a.dot.inside", "evt_0123456789abcdef"]
)
def test_an_id_that_could_blur_the_signed_content_is_refused(identifier: str) -> None:
    with pytest.raises(InvalidInputError):
        sign([SECRET], message_id=identifier, timestamp=TIMESTAMP, body=BODY)
