"""The product on this machine: the local stack deployed, seeded and ready to be used."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bookflow.bootstrap import Services
from bookflow.settings import Settings
from local.console import Console
from local.seed import seed
from local.stack import LocalStack

SENDER = "bookings@bookflow.example.com"


@contextlib.contextmanager
def local_product(console: Console, *, keep_emulator: bool = False) -> Iterator[LocalStack]:
    """Start, deploy and seed; stop everything that was started at the end."""
    with LocalStack(parameters=_parameters, keep_emulator=keep_emulator, console=console) as stack:
        _verify_sender(stack)
        console.say("seeding the demo location ...")
        seed(services_of(stack), stack.receiver.url)
        yield stack


def _verify_sender(stack: LocalStack) -> None:
    """Do what the owner of a domain does once in AWS: verify the sender with SES."""
    ses = stack.client("sesv2")
    with contextlib.suppress(ses.exceptions.AlreadyExistsException):
        ses.create_email_identity(EmailIdentity=SENDER)


def _parameters(stack: LocalStack) -> dict[str, str]:
    receiver = stack.receiver.url.removeprefix("http://")
    return {
        "Stage": "dev",
        "SenderEmail": SENDER,
        "WebhookAllowedLoopback": receiver,
        "PublicBaseUrl": stack.endpoint,
    }


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
            public_base_url=stack.endpoint,
        ),
        client=stack.client,
    )
