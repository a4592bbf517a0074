"""The product on this machine: the local stack deployed, seeded and ready to be used."""

from __future__ import annotations

from collections.abc import Mapping

from bookflow.bootstrap import Services
from bookflow.settings import Settings
from local.console import Console
from local.paths import LocalPaths
from local.ports import FIRST_PORT
from local.seed import seed
from local.stack import LocalStack

SENDER = "bookings@bookflow.example.com"


def local_product(
    console: Console, *, paths: LocalPaths | None = None, first_port: int = FIRST_PORT
) -> LocalStack:
    """Return the product's stack, to be entered as a context manager; see `LocalStack`."""
    return LocalStack(
        parameters=_parameters,
        prepare=_prepare,
        paths=paths,
        first_port=first_port,
        console=console,
    )


def _parameters(stack: LocalStack) -> Mapping[str, str]:
    return {
        "Stage": "dev",
        "SenderEmail": SENDER,
        "WebhookAllowedLoopback": stack.receiver.url.removeprefix("http://"),
        "PublicBaseUrl": stack.api_url,
    }


def _prepare(stack: LocalStack) -> None:
    _verify_sender(stack)
    stack.console.say("seeding the demo location ...")
    seed(services_of(stack), stack.receiver.url)


def _verify_sender(stack: LocalStack) -> None:
    """Do what the owner of a domain does once in AWS: verify the sender with SES."""
    stack.client("sesv2").create_email_identity(EmailIdentity=SENDER)


def services_of(stack: LocalStack) -> Services:
    """Return the ports of the deployed stack, wired from its outputs as the functions are."""
    outputs = stack.outputs
    return Services(
        Settings(
            table=outputs["TableName"],
            idempotency_table=outputs["IdempotencyTableName"],
            event_bus=outputs["EventBusName"],
            machine_role_arn=outputs["MachineRoleArn"],
            machine_log_group_arn=outputs["MachineLogGroupArn"],
            machine_name_prefix=outputs["MachineNamePrefix"],
            function_arn_prefix=outputs["FunctionArnPrefix"],
            sender_email=SENDER,
            public_base_url=stack.api_url,
        ),
        client=stack.client,
    )
