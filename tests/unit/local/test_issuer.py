"""The local issuer gives real tokens that the API's own verifier takes, and only by the rules."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from bookflow.api.auth.access import MachineScope, Role
from bookflow.api.auth.keys import IssuerKeys
from bookflow.api.auth.tokens import TokenVerifier
from local.issuer import (
    AUDIENCE,
    CLIENT_ID,
    LocalIssuer,
    LocalMachine,
    challenge_of,
    demo_users,
)

VERIFIER = "v" * 43
REDIRECT = "http://127.0.0.1:5173/"
MACHINE = LocalMachine("booking-system", "a secret", "loc-1")


@pytest.fixture(scope="module")
def issuer() -> Iterator[LocalIssuer]:
    with LocalIssuer(demo_users("loc-1"), (MACHINE,)) as running:
        yield running


@pytest.fixture
def http(issuer: LocalIssuer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=issuer.url, trust_env=False) as client:
        yield client


@pytest.fixture
def verifier(issuer: LocalIssuer) -> TokenVerifier:
    return TokenVerifier(issuer.url, frozenset({AUDIENCE}), IssuerKeys(issuer.url))


def request(**changes: str) -> dict[str, str]:
    return {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
        "state": "s-1",
        "nonce": "n-1",
        **changes,
    }


ADMIN, EDITOR, VIEWER = (user.subject for user in demo_users("loc-1"))


def sign_in(http: httpx.Client, user: str = EDITOR) -> str:
    """Click a user's button and return the code."""
    answer = http.get("/authorize", params=request(user=user))
    assert answer.status_code == 302
    location = urlsplit(answer.headers["location"])
    query = parse_qs(location.query)
    assert query["state"] == ["s-1"]
    assert answer.headers["location"].startswith(REDIRECT)
    return query["code"][0]


def exchange(http: httpx.Client, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "client_id": CLIENT_ID,
        "redirect_uri": REDIRECT,
        "code": code,
        "code_verifier": VERIFIER,
        **changes,
    }
    return http.post("/token", data=form)


def test_the_page_has_a_button_for_each_user(http: httpx.Client) -> None:
    page = http.get("/authorize", params=request(state='"><script>'))
    assert page.status_code == 200
    for subject in (ADMIN, EDITOR, VIEWER):
        assert f"value='{subject}'" in page.text
    assert "<script>" not in page.text


def test_one_click_leads_to_a_token_that_the_api_takes(
    http: httpx.Client, verifier: TokenVerifier
) -> None:
    tokens = exchange(http, sign_in(http)).json()
    for name in ("access_token", "id_token"):
        caller = verifier.verify(f"Bearer {tokens[name]}")
        assert (caller.subject, caller.roles) == (EDITOR, {"loc-1": Role.EDITOR})
        assert caller.name == "Demo editor"


def test_a_code_serves_once(http: httpx.Client) -> None:
    code = sign_in(http)
    assert exchange(http, code).status_code == 200
    assert exchange(http, code).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"redirect_uri": "http://127.0.0.1:1/"},
        {"client_id": "another"},
        {"code": "made-up"},
    ],
)
def test_a_code_serves_only_who_asked_for_it(http: httpx.Client, changes: dict[str, str]) -> None:
    given = {"code": sign_in(http), **changes}
    assert exchange(http, **given).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "another"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"user": "nobody"},
    ],
)
def test_requests_outside_the_rules_are_refused(
    http: httpx.Client, changes: dict[str, str]
) -> None:
    assert http.get("/authorize", params=request(**changes)).status_code == 400


def test_a_machine_gets_a_token_for_its_location(
    http: httpx.Client, verifier: TokenVerifier
) -> None:
    form = {"grant_type": "client_credentials", "scope": "bookflow/events"}
    tokens = http.post("/token", data=form, auth=("booking-system", "a secret")).json()
    caller = verifier.verify(f"Bearer {tokens['access_token']}")
    assert caller.machine_location == "loc-1"
    assert caller.scopes == {MachineScope.EVENTS}


@pytest.mark.parametrize(
    ("client", "secret", "scope"),
    [
        ("booking-system", "wrong", ""),
        ("nobody", "a secret", ""),
        ("booking-system", "a secret", "bookflow/everything"),
    ],
)
def test_a_machine_gets_nothing_that_is_not_its_own(
    http: httpx.Client, client: str, secret: str, scope: str
) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": client,
        "client_secret": secret,
        "scope": scope,
    }
    assert http.post("/token", data=form).status_code == 400


def test_only_pages_of_this_machine_may_read_tokens(http: httpx.Client) -> None:
    allowed = http.options("/token", headers={"origin": "http://127.0.0.1:5173"})
    assert allowed.headers["access-control-allow-origin"] == "http://127.0.0.1:5173"
    refused = http.options("/token", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in refused.headers


def test_tokens_of_another_run_are_refused(verifier: TokenVerifier, issuer: LocalIssuer) -> None:
    from bookflow.api.errors import UnauthenticatedError

    other = LocalIssuer(demo_users("loc-1"))
    with pytest.raises(UnauthenticatedError):
        verifier.verify(f"Bearer {other.user_token(other.users[0], iss=issuer.url)}")
    other._server.server_close()


def test_signing_out_leads_back_to_where_it_was_asked_for(http: httpx.Client) -> None:
    answer = http.get("/logout", params={"post_logout_redirect_uri": REDIRECT})
    assert answer.status_code == 302
    assert answer.headers["location"] == REDIRECT


@pytest.mark.parametrize("back", ["", "https://evil.example/", "javascript:alert(1)//127.0.0.1"])
def test_signing_out_leads_nowhere_else(http: httpx.Client, back: str) -> None:
    answer = http.get("/logout", params={"post_logout_redirect_uri": back})
    assert (answer.status_code, "location" in answer.headers) == (200, False)
    assert "Signed out." in answer.text
