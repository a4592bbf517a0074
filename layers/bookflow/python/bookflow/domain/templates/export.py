"""The file form of a template: what is exported, imported, and read by the command line."""

from __future__ import annotations

from typing import Literal

from bookflow.domain.templates.content import TemplateContent

EXPORT_FORMAT = "bookflow.template"
EXPORT_FORMAT_VERSION = 1


class TemplateExport(TemplateContent):
    """A template as a file, with all of its translations: no location, no id, no history."""

    format: Literal["bookflow.template"] = "bookflow.template"
    format_version: Literal[1] = 1

    @classmethod
    def of(cls, content: TemplateContent) -> TemplateExport:
        """Return the file form of what an operator wrote."""
        return cls(**{name: getattr(content, name) for name in TemplateContent.model_fields})

    @property
    def content(self) -> TemplateContent:
        """Return what an operator writes of it."""
        return TemplateContent(
            **{name: getattr(self, name) for name in TemplateContent.model_fields}
        )
