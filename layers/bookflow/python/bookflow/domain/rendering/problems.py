"""What can be wrong with a template, at save time and at run time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bookflow.domain.shared.errors import PermanentError


@dataclass(frozen=True, slots=True)
class TemplateProblem:
    """One thing to fix in a template's source.

    `line` counts from 1; `remedy` is a sentence that says what the operator has to write.
    """

    line: int
    message: str
    remedy: str


class TemplateError(PermanentError):
    """A template cannot be rendered; a retry cannot help.

    `line` is the template's line (from 1) and `variable` the dotted name concerned, where known.
    The text never holds a value, so it may be logged and shown.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str | None = None,
        line: int | None = None,
        variable: str | None = None,
        field: str | None = None,
    ) -> None:
        self.line = line
        self.variable = variable
        self.bare_message = message
        located = message if line is None else f"line {line}: {message}"
        super().__init__(located, field=field, remedy=remedy)
        if variable is not None:
            self.lacking("variable", variable)

    def at(self, *, field: str | None = None, line: int | None = None) -> TemplateError:
        """Return the same error with the config field, or the line, that only the caller knows."""
        return TemplateError(
            self.bare_message,
            remedy=self.remedy,
            line=self.line if self.line is not None else line,
            variable=self.variable,
            field=self.field if self.field is not None else field,
        )

    def about(self, variable: str | None, line: int) -> TemplateError:
        """Return the same error with the variable and line it concerns, unless it names a line."""
        if self.line is not None:
            return self
        message = self.bare_message if variable is None else f"{variable}: {self.bare_message}"
        return TemplateError(
            message, remedy=self.remedy, line=line, variable=variable, field=self.field
        )


class TemplateSourceError(TemplateError):
    """The source itself is refused; `problems` lists every reason found, in order of line."""

    def __init__(self, problems: Sequence[TemplateProblem], *, field: str | None = None) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(first.message, remedy=first.remedy, line=first.line, field=field)

    def at(self, *, field: str | None = None, line: int | None = None) -> TemplateSourceError:
        """Return the same error with the config field that only the caller knows."""
        return TemplateSourceError(self.problems, field=self.field or field)
