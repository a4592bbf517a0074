"""Ready-made communication templates that operators start from: one template a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from bookflow.domain.templates import TemplateContent


@cache
def ready_made_templates() -> Mapping[str, TemplateContent]:
    """Return the gallery's templates by their id, which is the name of their file."""
    entries = sorted(files(__name__).iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".json"): TemplateContent.model_validate_json(
            entry.read_text(encoding="utf-8")
        )
        for entry in entries
        if entry.name.endswith(".json")
    }
