"""Fixtures of the open cases: ports in memory, and one way to run an action's step.

An open case is a problem or a gap that people reported or an attack showed. Its test states what is
right and is expected to fail, strictly: the change that makes it pass takes the mark away. What
is not there yet has no name; where a test had to choose one (`success_statuses`,
`calendar_entry`), the change may choose a better one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from bookflow.actions.base import Action
from bookflow.adapters.memory import InMemoryPorts
from bookflow.domain.catalogue.step_scope import Scope
from tests.unit.actions.samples import new_ports
from tests.unit.actions.samples import scope as make_scope

Run = Callable[..., Mapping[str, Any]]


@pytest.fixture
def ports() -> InMemoryPorts:
    return new_ports()


@pytest.fixture
def run(ports: InMemoryPorts) -> Run:
    """Plan and perform a step as the runtime does."""

    def step(
        action: type[Action[Any, Any]], config: Mapping[str, Any], scope: Scope | None = None
    ) -> Mapping[str, Any]:
        where = scope or make_scope()
        made = action(ports)
        plan = made.plan(action.config_model.model_validate(config), where)
        return made.perform(
            plan,
            lambda name, effect: ports.effects.once(f"{where.effect_key}#{name}", effect),
        )

    return step
