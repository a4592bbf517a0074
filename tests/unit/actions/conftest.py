"""Fixtures of the actions' tests: ports in memory, and one way to run an action's step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from bookflow.actions.base import Action
from bookflow.actions.calendar_links import booking_calendar_url
from bookflow.domain.catalogue.step_scope import Scope
from tests.fakes import FakePorts
from tests.unit.actions.samples import new_ports
from tests.unit.actions.samples import scope as make_scope

Run = Callable[..., Mapping[str, Any]]


@pytest.fixture
def ports() -> FakePorts:
    return new_ports()


@pytest.fixture
def run(ports: FakePorts) -> Run:
    """Plan and perform as the step runner does."""

    def step(
        action: type[Action[Any, Any]], config: Mapping[str, Any], scope: Scope | None = None
    ) -> Mapping[str, Any]:
        where = scope or make_scope()
        link = partial(booking_calendar_url, ports, "loc-1", where.execution.booking_id)
        where = replace(where, calendar_url=link)
        made = action(ports)
        plan = made.plan(action.config_model.model_validate(config), where)
        return made.perform(
            plan,
            lambda name, effect, message=None: ports.effects.once(
                f"{where.effect_key}#{name}", effect, message=message
            ),
        )

    return step
