"""The issuer's keys: kept, refreshed on an unknown id, and never asked for too often."""

from __future__ import annotations

import pytest

from bookflow.api.auth.keys import KEPT_SECONDS, REFRESH_PAUSE_SECONDS, IssuerKeys
from bookflow.domain.shared.errors import TransientError
from tests.api import ISSUER, TestIssuer, ec_key, rsa_key


class Elapsed:
    """A clock for durations that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def elapsed() -> Elapsed:
    return Elapsed()


@pytest.fixture
def keys(issuer: TestIssuer, elapsed: Elapsed) -> IssuerKeys:
    return IssuerKeys(ISSUER, issuer.fetch, elapsed)


def test_keys_are_fetched_once_and_kept(issuer: TestIssuer, keys: IssuerKeys) -> None:
    for _ in range(5):
        assert keys.find("rsa-1") is not None
    assert issuer.asked == [f"{ISSUER}/.well-known/openid-configuration", f"{ISSUER}/jwks"]


def test_each_key_verifies_one_algorithm_only(keys: IssuerKeys) -> None:
    assert [found[1] for found in map(keys.find, ("rsa-1", "ec-1")) if found] == ["RS256", "ES256"]


def test_a_new_key_is_found_after_the_pause(
    issuer: TestIssuer, keys: IssuerKeys, elapsed: Elapsed
) -> None:
    assert keys.find("rsa-1")
    issuer.serve(issuer.jwk("rsa-2", rsa_key("rsa-2")))
    assert keys.find("rsa-2") is None
    elapsed.seconds += REFRESH_PAUSE_SECONDS
    assert keys.find("rsa-2") is not None
    assert keys.find("rsa-1") is None


def test_made_up_key_ids_do_not_flood_the_issuer(issuer: TestIssuer, keys: IssuerKeys) -> None:
    for number in range(100):
        assert keys.find(f"made-up-{number}") is None
    assert len(issuer.asked) == 2


def test_a_withdrawn_key_ends_when_the_kept_ones_are_old(
    issuer: TestIssuer, keys: IssuerKeys, elapsed: Elapsed
) -> None:
    assert keys.find("rsa-1")
    issuer.serve(issuer.jwk("rsa-2", rsa_key("rsa-2")))
    elapsed.seconds += KEPT_SECONDS
    assert keys.find("rsa-1") is None


def test_kept_keys_serve_while_the_issuer_is_away(
    issuer: TestIssuer, keys: IssuerKeys, elapsed: Elapsed
) -> None:
    assert keys.find("rsa-1")

    def away(_: str) -> None:
        raise TransientError("away")

    issuer.fetch = away  # type: ignore[method-assign]
    elapsed.seconds += KEPT_SECONDS
    assert keys.find("rsa-1") is not None


def test_without_any_keys_the_caller_may_try_again(elapsed: Elapsed) -> None:
    asked = []

    def away(url: str) -> None:
        asked.append(url)
        raise TransientError("away")

    keys = IssuerKeys(ISSUER, away, elapsed)
    for _ in range(10):
        with pytest.raises(TransientError):
            keys.find("rsa-1")
    assert len(asked) == 1
    elapsed.seconds += REFRESH_PAUSE_SECONDS
    with pytest.raises(TransientError):
        keys.find("rsa-1")
    assert len(asked) == 2


@pytest.mark.parametrize(
    "configuration",
    [
        {"issuer": "https://other.example", "jwks_uri": f"{ISSUER}/jwks"},
        {"issuer": ISSUER, "jwks_uri": "http://issuer.example/jwks"},
        {"issuer": ISSUER, "jwks_uri": "file:///etc/passwd"},
        {"issuer": ISSUER},
        [],
    ],
)
def test_a_discovery_document_that_does_not_fit_is_refused(
    issuer: TestIssuer, keys: IssuerKeys, configuration: object
) -> None:
    issuer.served[f"{ISSUER}/.well-known/openid-configuration"] = configuration
    with pytest.raises(TransientError):
        keys.find("rsa-1")


@pytest.mark.parametrize(
    "changes",
    [{"use": "enc"}, {"alg": "RS512"}, {"kty": "oct", "k": "c2VjcmV0"}, {"n": "!"}, {"kid": 1}],
)
def test_keys_that_may_not_sign_tokens_are_left_out(
    issuer: TestIssuer, keys: IssuerKeys, changes: dict[str, object]
) -> None:
    good = issuer.jwk("ec-1", ec_key("ec-1"))
    issuer.serve({**issuer.jwk("rsa-1", rsa_key("rsa-1")), **changes}, good)
    assert keys.find("rsa-1") is None
    assert keys.find("ec-1") is not None
