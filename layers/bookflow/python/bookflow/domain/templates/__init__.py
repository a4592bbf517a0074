"""Communication templates: what operators write, and the messages that are made of it."""

from bookflow.domain.templates.content import (
    PartName,
    Template,
    TemplateContent,
    TemplateHead,
    TemplatePart,
    TemplateText,
)
