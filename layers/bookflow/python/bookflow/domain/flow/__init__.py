"""The flow nodes, which steer an execution and have no effect: delay, condition, switch."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel

from bookflow.domain.flow.conditions.config import ConditionConfig
from bookflow.domain.flow.delay import DelayConfig
from bookflow.domain.flow.switch import SwitchConfig

FLOW_CONFIGS: Mapping[str, type[BaseModel]] = {
    "delay": DelayConfig,
    "condition": ConditionConfig,
    "switch": SwitchConfig,
}
"""Config model by type of flow node."""
