"""The flow nodes, which steer an execution and have no effect: delay, condition, switch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from bookflow.domain.flow.conditions import ConditionConfig
from bookflow.domain.flow.delay import DelayConfig
from bookflow.domain.flow.switch import SwitchConfig
from bookflow.domain.workflows.graph import (
    DEFAULT_HANDLE,
    ERROR_HANDLE,
    FALSE_HANDLE,
    SUCCESS_HANDLE,
    TRUE_HANDLE,
)

FLOW_CONFIGS: Mapping[str, type[BaseModel]] = {
    "delay": DelayConfig,
    "condition": ConditionConfig,
    "switch": SwitchConfig,
}
"""Config model by type of flow node."""


def flow_handles(node_type: str, config: Mapping[str, Any]) -> frozenset[str]:
    """Return the source handles of a flow node; of any config, a draft's broken one too.

    Raises:
        KeyError: The type is not that of a flow node.
    """
    if node_type == "delay":
        return frozenset({SUCCESS_HANDLE, ERROR_HANDLE})
    if node_type == "condition":
        return frozenset({TRUE_HANDLE, FALSE_HANDLE, ERROR_HANDLE})
    if node_type == "switch":
        return frozenset(_case_ids(config)) | {DEFAULT_HANDLE, ERROR_HANDLE}
    raise KeyError(node_type)


def _case_ids(config: Mapping[str, Any]) -> list[str]:
    cases = config.get("cases")
    if not isinstance(cases, (list, tuple)):
        return []
    ids = [case.get("id") for case in cases if isinstance(case, Mapping)]
    return [each for each in ids if isinstance(each, str)]


__all__ = [
    "FLOW_CONFIGS",
    "ConditionConfig",
    "DelayConfig",
    "SwitchConfig",
    "flow_handles",
]
