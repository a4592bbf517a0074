"""`make smoke`: walks through a deployed stack as its users do, a line a check, red at the first problem.

It works in a location of its own and removes what it made. Without STACK it takes the local product.

Who signs in: the client of SMOKE_CLIENT_ID and SMOKE_CLIENT_SECRET, whose tokens name it an admin of
SMOKE_LOCATION (docs/api.md, "Who may call"); or the bearer of SMOKE_TOKEN; or else, in the stack's own user
pool, an account that is made for it by the caller's AWS rights and removed at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin

import boto3
import httpx

from local.console import Console, LocalError, run_command
from local.paths import LocalPaths
from local.product import SMOKE_LOCATION, SMOKE_MACHINE
from local.running import running_product
from local.sam import STACK_NAME, client

RECIPIENT = "success@simulator.amazonses.com"
"""SES's mailbox simulator: it counts for nothing, and is allowed in the sandbox too."""

EXECUTION_LIMIT_SECONDS = 60.0
CALL_LIMIT_SECONDS = 30.0


class SmokeError(Exception):
    """A check did not hold; the message says what was seen."""


@dataclass(frozen=True)
class Target:
    """The stack under check.

    Attributes:
        outputs: The stack's outputs.
        location: The location to work in.
        sign_in: Gives a bearer token for as long as it is open.
    """

    outputs: Mapping[str, str]
    location: str
    sign_in: Callable[[], Any]


class Smoke:
    """One walk through a stack.

    Args:
        target: The stack.
        say: Takes each line of the report.
        limit_seconds: How long an execution may take.
    """

    def __init__(
        self,
        target: Target,
        say: Callable[[str], None] = print,
        *,
        limit_seconds: float = EXECUTION_LIMIT_SECONDS,
    ) -> None:
        self._target = target
        self._say = say
        self._limit = limit_seconds
        self._http = httpx.Client(
            timeout=CALL_LIMIT_SECONDS, follow_redirects=True, trust_env=False
        )
        self._name = f"smoke-{datetime.now(UTC):%Y%m%dt%H%M%S}-{secrets.token_hex(3)}"
        self._workflow: dict[str, Any] = {}
        self._revision = ""
        self._execution: dict[str, Any] = {}
        self._token = ""

    def run(self) -> bool:
        """Make the checks in order until one fails; then clean up. Return whether all held."""
        checks: Sequence[tuple[str, Callable[[], None]]] = (
            ("the API answers", self._health),
            ("the dashboard opens", self._dashboard),
            ("the public pages answer", self._pages),
            ("the caller is signed in", self._location),
            ("a template and a workflow can be made", self._draw),
            ("the workflow is published and on", self._publish),
            ("an event is taken", self._put_event),
            ("the event starts an execution, which completes", self._completed),
            ("the message is sent and on record", self._message),
        )
        with ExitStack() as stack:
            try:
                self._token = stack.enter_context(self._target.sign_in())
            except Exception as error:
                self._say(f"FAILED  sign-in: {_reported(error)}")
                return False
            stack.enter_context(self._http)
            is_well = all(self._holds(name, check) for name, check in checks)
            return self._holds("what was made is removed", self._clean_up) and is_well

    def _holds(self, name: str, check: Callable[[], None]) -> bool:
        try:
            check()
        except (SmokeError, httpx.HTTPError, ValueError, KeyError) as error:
            self._say(f"FAILED  {name}: {_reported(error)}")
            return False
        self._say(f"ok      {name}")
        return True

    # --- The checks -----------------------------------------------------------------------------

    def _health(self) -> None:
        answer = self._get(f"{self._base}/v1/health")
        if answer.json() != {"status": "ok"}:
            raise SmokeError(f"/v1/health answered {answer.text[:200]}")

    def _dashboard(self) -> None:
        address = self._target.outputs["DashboardUrl"]
        page = self._get(address)
        if "<script" not in page.text:
            raise SmokeError(f"{address} is not the dashboard's page")
        config = self._get(urljoin(str(page.url), "config.json")).json()
        if config["issuer"] != self._target.outputs["TokenIssuerUrl"]:
            raise SmokeError("its config.json names another issuer than the stack")

    def _pages(self) -> None:
        address = f"{self._base}/u/{self._target.location}/no-such-link"
        answer = self._http.get(address)
        if answer.status_code != 404 or "text/html" not in answer.headers.get("content-type", ""):
            raise SmokeError(
                f"GET /u/… answered {answer.status_code} in the place of the page that knows no "
                "such link"
            )

    def _location(self) -> None:
        etag = self._call("GET", "settings").headers["etag"]
        settings = {"name": "Smoke test", "timezone": "UTC"}
        self._call("PUT", "settings", settings, etag)

    def _draw(self) -> None:
        template = {
            "id": self._name,
            "name": self._name,
            "channel": "email",
            "subject": "Smoke test of {{ activity.name }}",
            "html": "<p>{{ customer.first_name }}, this is a test.</p>",
        }
        self._call("POST", "templates", template)
        node = {
            "id": "mail",
            "type": "send_template",
            "config": {"template": self._name, "recipient_type": "customer"},
        }
        trigger = {"id": "trigger", "type": "trigger", "config": {"event": "Booking Created"}}
        edge = {"id": "e1", "source": "trigger", "source_handle": "out", "target": "mail"}
        graph = {"schema_version": 1, "nodes": [trigger, node], "edges": [edge]}
        made = self._call("POST", "workflows", {"name": self._name, "draft": graph})
        self._workflow, self._revision = made.json(), made.headers["etag"]

    def _publish(self) -> None:
        path = f"workflows/{self._workflow['id']}"
        answer = self._call("POST", f"{path}/publish", None, self._revision)
        answer = self._call("PUT", f"{path}/enabled", {"enabled": True}, answer.headers["etag"])
        self._revision = answer.headers["etag"]

    def _put_event(self) -> None:
        start = datetime.now(UTC) + timedelta(days=30)
        detail = {
            "event_id": self._name,
            "occurred_at": datetime.now(UTC).isoformat(),
            "booking_id": self._name,
            "customer": {
                "id": "smoke",
                "first_name": "Ada",
                "last_name": "Lovelace",
                "email": os.environ.get("SMOKE_RECIPIENT", RECIPIENT),
            },
            "activity": {"id": "smoke", "name": "Smoke test"},
            "total_amount": {"amount": "0.00", "currency": "EUR"},
            "start_time": start.isoformat(),
            "end_time": (start + timedelta(hours=1)).isoformat(),
            "status": "confirmed",
        }
        event = {"detail-type": "Booking Created", "detail": detail}
        self._call("POST", "events", {"events": [event]})

    def _completed(self) -> None:
        deadline = time.monotonic() + self._limit
        seen = "no execution was started"
        while time.monotonic() < deadline:
            found = self._call("GET", f"executions?workflow_id={self._workflow['id']}").json()
            for each in found["items"]:
                self._execution = self._call("GET", f"executions/{each['id']}").json()
                seen = f"the execution is {each['status']}"
                if each["status"] == "completed":
                    return
                if each["status"] in ("failed", "skipped", "cancelled", "timed_out"):
                    raise SmokeError(f"{seen}: {self._execution.get('error_message')}")
            time.sleep(1)
        raise SmokeError(f"after {self._limit:g} s {seen}{self._step_error()}")

    def _message(self) -> None:
        step = self._step()
        if step is None or step["status"] != "completed":
            raise SmokeError(f"the step is {step['status'] if step else 'missing'}")
        if not any(key.endswith("message_id") and value for key, value in _leaves(step)):
            raise SmokeError(f"the step's record names no message: {step['output_data']}")

    def _clean_up(self) -> None:
        if self._workflow:
            path = f"workflows/{self._workflow['id']}"
            self._call("POST", f"{path}/drain")
            etag = self._call("GET", path).headers["etag"]
            self._call("DELETE", path, None, etag)
        template = self._request("GET", f"templates/{self._name}")
        if template.status_code == 200:
            self._call("DELETE", f"templates/{self._name}", None, template.headers["etag"])

    # --- Calls ----------------------------------------------------------------------------------

    @property
    def _base(self) -> str:
        return self._target.outputs["DashboardUrl"].removesuffix("/dashboard/")

    def _step(self) -> dict[str, Any] | None:
        steps = self._execution.get("steps", [])
        return next((each for each in steps if each["node_id"] == "mail"), None)

    def _step_error(self) -> str:
        step = self._step()
        return f", its step {step['status']}: {step['error_message']}" if step else ""

    def _get(self, address: str) -> httpx.Response:
        answer = self._http.get(address)
        if answer.status_code != 200:
            raise SmokeError(f"GET {address} answered {answer.status_code}: {answer.text[:200]}")
        return answer

    def _request(
        self, method: str, path: str, body: Any = None, revision: str = ""
    ) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._token}"}
        if revision:
            headers["if-match"] = revision
        address = f"{self._base}/v1/locations/{self._target.location}/{path}"
        return self._http.request(method, address, json=body, headers=headers)

    def _call(self, method: str, path: str, body: Any = None, revision: str = "") -> httpx.Response:
        answer = self._request(method, path, body, revision)
        if not answer.is_success:
            raise SmokeError(f"{method} {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer


def _leaves(step: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the keys and plain values of a step's output, at any depth."""
    waiting: list[Any] = [step["output_data"]]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += value
        elif isinstance(value, dict):
            for key, each in value.items():
                yield key, each
                waiting.append(each)


def _reported(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error) or type(error).__name__


# --- Signing in -----------------------------------------------------------------------------------


@contextmanager
def given_token(token: str) -> Iterator[str]:
    """Give a token that the caller has."""
    yield token


@contextmanager
def machine_token(issuer: str, client_id: str, client_secret: str) -> Iterator[str]:
    """Give a token for client credentials (RFC 6749, 4.4), from the issuer's own token endpoint."""
    about = httpx.get(
        f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        timeout=CALL_LIMIT_SECONDS,
        trust_env=False,
    )
    about.raise_for_status()
    answer = httpx.post(
        about.json()["token_endpoint"],
        data={"grant_type": "client_credentials", "scope": os.environ.get("SMOKE_SCOPE", "")},
        auth=(client_id, client_secret),
        timeout=CALL_LIMIT_SECONDS,
        trust_env=False,
    )
    if answer.status_code != 200:
        raise SmokeError(f"the issuer answered {answer.status_code}: {answer.text[:200]}")
    yield answer.json()["access_token"]


@contextmanager
def pool_account(cognito: Any, pool: str, client_id: str, location: str) -> Iterator[str]:
    """Give the token of an account that is made for this and removed at the end.

    Args:
        cognito: A client of `cognito-idp` with rights on the pool.
        pool: The user pool's id.
        client_id: The dashboard's client there.
        location: The location that the account is an admin of.
    """
    name = f"smoke-{secrets.token_hex(8)}@example.com"
    password = f"{secrets.token_urlsafe(24)}aA1"
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=name,
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": name},
            {"Name": "custom:bookflow_roles", "Value": json.dumps({location: "admin"})},
        ],
    )
    try:
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=name, Password=password, Permanent=True
        )
        answer = cognito.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
        if "AuthenticationResult" not in answer:
            raise SmokeError(
                f"the pool asks for {answer.get('ChallengeName')}: set SMOKE_TOKEN instead"
            )
        # The id token has the roles; an access token of Cognito has no attributes.
        yield answer["AuthenticationResult"]["IdToken"]
    finally:
        cognito.admin_delete_user(UserPoolId=pool, Username=name)


def target_of(
    outputs: Mapping[str, str], environment: Mapping[str, str], cognito: Callable[[], Any]
) -> Target:
    """Return what to check, and how to sign in there.

    Raises:
        LocalError: Nothing says how.
    """
    location = environment.get("SMOKE_LOCATION", SMOKE_LOCATION)

    def sign_in() -> Any:
        if token := environment.get("SMOKE_TOKEN"):
            return given_token(token)
        if client_id := environment.get("SMOKE_CLIENT_ID"):
            secret = environment.get("SMOKE_CLIENT_SECRET", "")
            return machine_token(outputs["TokenIssuerUrl"], client_id, secret)
        return pool_account(
            cognito(), outputs["UserPoolId"], outputs["DashboardClientId"], location
        )

    known = {"SMOKE_TOKEN", "SMOKE_CLIENT_ID"} & environment.keys()
    if not known and "UserPoolId" not in outputs:
        raise LocalError(
            "The stack trusts an issuer of yours, and nothing says who signs in.",
            "Set SMOKE_CLIENT_ID and SMOKE_CLIENT_SECRET, or SMOKE_TOKEN (scripts/smoke.py).",
        )
    return Target(outputs, location, sign_in)


def stack_outputs(cloudformation: Any, stack: str) -> dict[str, str]:
    """Return the outputs of a stack."""
    (found,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line: 0 if every check holds, else 1."""
    parser = argparse.ArgumentParser(prog="make smoke", description=__doc__)
    parser.add_argument("stack", nargs="?", help="the stack's name; without it the local product")
    given = parser.parse_args(arguments)
    console = Console()

    def once() -> int:
        if given.stack:
            outputs = stack_outputs(boto3.client("cloudformation"), given.stack)
            target = target_of(outputs, os.environ, lambda: boto3.client("cognito-idp"))
            return 0 if Smoke(target).run() else 1
        with running_product(console, LocalPaths.of()) as product:
            outputs = stack_outputs(client("cloudformation", product.endpoint), STACK_NAME)
            return 0 if Smoke(local_target(outputs)).run() else 1

    return run_command(once, console)


def local_target(outputs: Mapping[str, str]) -> Target:
    """Return the local product as what to check: its issuer knows a machine for it."""
    credentials = {
        "SMOKE_CLIENT_ID": SMOKE_MACHINE.client_id,
        "SMOKE_CLIENT_SECRET": SMOKE_MACHINE.client_secret,
    }
    return target_of(outputs, credentials, lambda: None)


if __name__ == "__main__":
    sys.exit(main())
