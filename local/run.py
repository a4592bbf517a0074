"""`make run`: the whole product on this machine, until Ctrl-C."""

from __future__ import annotations

from local.console import Console, run_command
from local.demo import demonstrate
from local.event import put_events_line
from local.product import local_product
from local.stack import LocalStack


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


def main() -> int:
    """Run the product until it is stopped; return the exit code."""
    console = Console()

    def until_stopped() -> None:
        with local_product(console) as stack:
            demonstrate(stack, console)
            _print_urls(stack, console)
            stack.wait_for_ever()

    return run_command(until_stopped, console)


if __name__ == "__main__":
    raise SystemExit(main())
