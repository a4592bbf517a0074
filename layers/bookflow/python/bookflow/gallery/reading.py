"""Reads a folder of ready-made things: one JSON file each."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import TypeVar

from pydantic import BaseModel

ModelT = TypeVar("ModelT", bound=BaseModel)


def models_in(package: str, model: type[ModelT]) -> Mapping[str, ModelT]:
    """Return what the package's files hold, by their names without `.json`, in their order."""
    entries = sorted(files(package).iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".json"): model.model_validate_json(
            entry.read_text(encoding="utf-8")
        )
        for entry in entries
        if entry.name.endswith(".json")
    }
