"""The account that `make smoke` signs in with is made for it in the user pool, and removed again."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.stub import ANY, Stubber

from local.console import LocalError
from scripts.smoke import SmokeError, pool_account, target_of
from tests.unit.template import checks

OUTPUTS = {"TokenIssuerUrl": "https://login.example.com", "DashboardClientId": "dashboard"}
POOL = "eu-west-1_abcdefghi"


@pytest.fixture
def cognito() -> Stubber:
    client = boto3.client(
        "cognito-idp",
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    stub = Stubber(client)
    made = {
        "UserPoolId": POOL,
        "Username": ANY,
        "MessageAction": "SUPPRESS",
        "UserAttributes": [
            {"Name": "email", "Value": ANY},
            {"Name": "custom:bookflow_roles", "Value": json.dumps({"bookflow-smoke": "admin"})},
        ],
    }
    known = {"UserPoolId": POOL, "Username": ANY}
    stub.add_response("admin_create_user", {}, made)
    password = {**known, "Password": ANY, "Permanent": True}
    stub.add_response("admin_set_user_password", {}, password)
    return stub


def sign_in(stub: Stubber, answer: dict[str, object]) -> str:
    asked = {
        "UserPoolId": POOL,
        "ClientId": "dashboard",
        "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": ANY,
    }
    stub.add_response("admin_initiate_auth", answer, asked)
    stub.add_response("admin_delete_user", {}, {"UserPoolId": POOL, "Username": ANY})
    try:
        with stub, pool_account(stub.client, POOL, "dashboard", "bookflow-smoke") as token:
            return token
    finally:
        stub.assert_no_pending_responses()


def test_an_account_has_its_role_and_is_removed(cognito: Stubber) -> None:
    answer: dict[str, object] = {"AuthenticationResult": {"IdToken": "the id token"}}
    assert sign_in(cognito, answer) == "the id token"


def test_it_is_removed_too_where_the_pool_asks_for_more(cognito: Stubber) -> None:
    with pytest.raises(SmokeError, match="MFA_SETUP: set SMOKE_TOKEN"):
        sign_in(cognito, {"ChallengeName": "MFA_SETUP"})


def test_the_stacks_own_client_lets_it_sign_in() -> None:
    client = checks.resources(checks.load(), "AWS::Cognito::UserPoolClient")["UserPoolClient"]
    # Not USER_PASSWORD_AUTH, by which anybody could try passwords without the sign-in page.
    assert set(client["ExplicitAuthFlows"]) == {
        "ALLOW_ADMIN_USER_PASSWORD_AUTH",
        "ALLOW_REFRESH_TOKEN_AUTH",
        "ALLOW_USER_SRP_AUTH",
    }


def test_another_issuer_needs_somebody_who_signs_in() -> None:
    with pytest.raises(LocalError, match="nothing says who signs in"):
        target_of(OUTPUTS, {}, lambda: None)
    target = target_of(OUTPUTS, {"SMOKE_TOKEN": "t", "SMOKE_LOCATION": "loc-9"}, lambda: None)
    assert target.location == "loc-9"
    with target.sign_in() as token:
        assert token == "t"
