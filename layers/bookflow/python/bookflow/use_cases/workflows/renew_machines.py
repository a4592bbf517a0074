"""Moves enabled workflows to machines of the newest compiler, after a deploy that raised its version."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

from bookflow.domain.compiler import COMPILER_VERSION, compiler_version_of
from bookflow.domain.shared.errors import BookflowError
from bookflow.domain.workflows.workflow import Subscription
from bookflow.ports import Ports
from bookflow.use_cases.workflows.make_machine import MachineTarget
from bookflow.use_cases.workflows.republish import renew

SECONDS_A_MACHINE = 1.0
"""Step Functions lets an account create 100 machines at once and one a second after that (AWS,
"Step Functions service quotas"); publishing needs some of them."""

LONGEST = timedelta(minutes=8)
"""How long one pass lasts, so that it and the rest of the sweep fit into the function's time."""


class MachineRenewal:
    """One pass over the workflows that run on machines of an older compiler.

    What was moved is not found again, so a pass that broke off is resumed by the next one.

    Args:
        ports: What it needs.
        target: Where machines run.
        sleep: Waits for some seconds.
    """

    def __init__(
        self, ports: Ports, target: MachineTarget, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._ports = ports
        self._target = target
        self._sleep = sleep

    def run(self) -> Mapping[str, int]:
        """Move workflows until none is left or the time is over; return how many, and how many failed.

        A workflow that fails keeps no other from its turn; the next pass tries it again.
        """
        ends = self._ports.clock.now() + LONGEST
        done: Counter[str] = Counter()
        for subscription in self._outdated():
            if self._ports.clock.now() >= ends:
                break
            done[self._renew(subscription)] += 1
            self._sleep(SECONDS_A_MACHINE)
        for outcome, count in done.items():
            self._ports.counter.count(f"Machines{outcome.title()}", count)
        return dict(done)

    def _outdated(self) -> Iterator[Subscription]:
        for arn in self._ports.machines.arns():
            if compiler_version_of(arn) < COMPILER_VERSION:
                yield from self._ports.workflows.subscriptions_on(arn)

    def _renew(self, subscription: Subscription) -> str:
        try:
            renewed = renew(
                self._ports, self._target, subscription.location_id, subscription.workflow_id
            )
        except BookflowError:
            return "unrenewed"
        return "renewed" if renewed else "current"
