"""The product on this machine: the local stack, deployed and seeded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from bookflow.bootstrap import Services
from bookflow.settings import Settings
from local.console import Console
from local.issuer import AUDIENCE, CLIENT_ID, LocalMachine, demo_users
from local.paths import LocalPaths
from local.ports import FIRST_PORT
from local.seed import LOCATION_ID, SECOND_LOCATION_ID, seed
from local.stack import LocalStack

SENDER = "bookings@bookflow.example.com"
SMOKE_LOCATION = "bookflow-smoke"
SMOKE_MACHINE = LocalMachine(
    client_id="smoke",
    client_secret="for this machine alone",
    location_id=SMOKE_LOCATION,
    roles={SMOKE_LOCATION: "admin"},
)
"""Who `make smoke` signs in as: a machine with a role, as an issuer can say it (docs/api.md)."""


def local_product(
    console: Console,
    *,
    paths: LocalPaths | None = None,
    first_port: int = FIRST_PORT,
    keep: bool = False,
) -> LocalStack:
    """Return the product's stack, to be entered as a context manager; see `LocalStack`."""
    return LocalStack(
        parameters=_parameters,
        prepare=_prepare,
        users=demo_users(LOCATION_ID, SECOND_LOCATION_ID),
        machines=(SMOKE_MACHINE,),
        paths=paths,
        first_port=first_port,
        keep=keep,
        console=console,
    )


def _parameters(stack: LocalStack) -> Mapping[str, str]:
    return {
        "Stage": "dev",
        "SenderEmail": SENDER,
        "WebhookAllowedLoopback": stack.receiver.url.removeprefix("http://"),
        "PublicBaseUrl": stack.api_url,
        "TokenIssuer": stack.issuer.url,
        "TokenAudience": AUDIENCE,
        "DashboardClientId": CLIENT_ID,
        # API Gateway takes https issuers only; the function checks every token itself.
        "GatewayChecksTokens": "false",
    }


def _prepare(stack: LocalStack) -> None:
    _verify_sender(stack)
    stack.console.say("seeding the demo location ...")
    seed(services_of(stack), stack.receiver.url)


def _verify_sender(stack: LocalStack) -> None:
    """Do what the owner of a domain does once in AWS: verify the sender with SES."""
    stack.client("sesv2").create_email_identity(EmailIdentity=SENDER)


class DeployedStack(Protocol):
    """A stack on the emulator, no matter who started it."""

    @property
    def outputs(self) -> Mapping[str, str]:
        """The outputs of the deployed template."""
        ...

    def client(self, service: str) -> Any:
        """Return a boto3 client of the emulator."""
        ...


def services_of(stack: DeployedStack) -> Services:
    """Return the ports of the deployed stack, wired as its API function is."""
    name = f"{stack.outputs['FunctionArnPrefix']}api"
    function = stack.client("lambda").get_function_configuration(FunctionName=name)
    return Services(
        Settings.from_environment(function["Environment"]["Variables"]), client=stack.client
    )
