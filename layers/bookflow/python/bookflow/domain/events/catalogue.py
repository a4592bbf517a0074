"""Finds the event types: every module of this folder that defines one."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module

from bookflow.domain.events.base import Event


@cache
def event_types() -> Mapping[str, type[Event]]:
    """Return each event model by its EventBridge `detail-type`."""
    package = import_module("bookflow.domain.events")
    found: dict[str, type[Event]] = {}
    for module_info in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{module_info.name}")
        for value in vars(module).values():
            if (
                isinstance(value, type)
                and issubclass(value, Event)
                and "detail_type" in vars(value)
            ):
                found[value.detail_type] = value
    return found
