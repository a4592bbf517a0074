"""Ready-made communication templates that operators start from: one template a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from bookflow.domain.templates import TemplateContent
from bookflow.gallery.reading import models_in


@cache
def ready_made_templates() -> Mapping[str, TemplateContent]:
    """Return the gallery's templates by their id, which is the name of their file."""
    return models_in(__name__, TemplateContent)
