"""`make run`: the whole product on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from local.console import Console, run_command
from local.demo import demonstrate
from local.event import put_events_line
from local.product import local_product
from local.stack import LocalStack

_LOST = (
    "deleting the workflows that were drawn and what they did; make run KEEP=1 keeps them for the "
    "next start with KEEP=1"
)


def _print_urls(stack: LocalStack, console: Console) -> None:
    console.say("the product is up; Ctrl-C stops it")
    console.say(f"  dashboard           {stack.dashboard_url}")
    console.say(f"  API                 {stack.outputs['ApiUrl']}/v1/health")
    console.say(f"  token issuer        {stack.issuer.url}/.well-known/openid-configuration")
    console.say(f"  AWS endpoint        {stack.endpoint}")
    console.say(f"  HTTP receiver       {stack.receiver.url}/_receiver/requests")
    console.say(f"  e-mails             {stack.endpoint}/_ministack/ses/messages")
    console.say(f"  text messages       {stack.endpoint}/_ministack/sns/sms-messages")
    console.say(f"  event bus           {stack.outputs['EventBusName']}")
    console.say("in another terminal: make event, make invoke, or with the AWS CLI")
    console.show(put_events_line(stack.endpoint, stack.outputs["EventBusName"]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the product until it is stopped; return the exit code."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="keep what is drawn for the next start")
    keep = parser.parse_args(arguments).keep
    console = Console()

    def until_stopped() -> None:
        with local_product(console, keep=keep) as stack:
            demonstrate(stack, console)
            _print_urls(stack, console)
            try:
                stack.wait_for_ever()
            finally:
                if not keep:
                    console.say(_LOST)

    return run_command(until_stopped, console)


if __name__ == "__main__":
    raise SystemExit(main())
