"""Finds the action types: every module of this folder that defines one."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import Any

from bookflow.actions.base import Action


@cache
def action_types() -> Mapping[str, type[Action[Any, Any]]]:
    """Return each action class by its node type."""
    package = import_module("bookflow.actions")
    found: dict[str, type[Action[Any, Any]]] = {}
    for module_info in pkgutil.iter_modules(package.__path__):
        module = import_module(f"{package.__name__}.{module_info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Action) and "type" in vars(value):
                found[value.type] = value
    return found
