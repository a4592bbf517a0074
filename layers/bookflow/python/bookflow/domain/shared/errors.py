"""The error family: what went wrong, where, what to do, and whether a retry can help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, Self

LackKind = Literal["template", "text", "variable", "secret", "sender", "public_url"]
"""What a step may lack: a template that may be sent, a text that can be rendered, a variable's value,
a secret that may be sent there, a sender that the mail service accepts, the address of our own pages."""


class Lack(NamedTuple):
    """What has to be there before a retry can help.

    Attributes:
        name: Id or name of the one that is missing, such as `crm_token`; empty where there is one only.
    """

    kind: LackKind
    name: str = ""


class BookflowError(Exception):
    """Any failure that Bookflow itself reports.

    Args:
        message: What went wrong, in plain words; never a secret or a person's data. Only that of
            a step may quote what a receiver answered: it is recorded, and not logged.
        field: Path of the invalid input, such as `detail.booking.start_time`.
        remedy: What the reader can do about it, as a sentence.

    Attributes:
        output: What was done before the failure, in the form of the step's output.
        lacks: What has to be there before a retry can help, where that is known.
    """

    output: Mapping[str, Any] = {}
    lacks: Lack | None = None

    def __init__(
        self, message: str, *, field: str | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.remedy = remedy

    def lacking(self, kind: LackKind, name: str = "") -> Self:
        """Return this error, which says now what has to be there before a retry can help."""
        self.lacks = Lack(kind, name)
        return self

    def __str__(self) -> str:
        where = f"{self.field}: " if self.field else ""
        end = "" if not self.remedy or self.message.endswith((".", "!", "?")) else "."
        advice = f"{end} {self.remedy}" if self.remedy else ""
        return f"{where}{self.message}{advice}"


class PermanentError(BookflowError):
    """A retry cannot help: the input or the configuration has to change."""


class InvalidInputError(PermanentError):
    """Input from outside breaks a contract; `field` names the place."""


class NotFoundError(PermanentError):
    """A record that was asked for does not exist in this location."""


class ConflictError(PermanentError):
    """The stored state forbids what was asked."""


class StaleRevisionError(ConflictError):
    """A write was based on an older revision than the one that is stored.

    Args:
        what: The kind of record, such as `workflow`.
        based_on: The revision that the write names.
        stored: The revision that is stored.
    """

    def __init__(self, what: str, *, based_on: int, stored: int) -> None:
        super().__init__(
            f"the save is based on revision {based_on}, the stored one is {stored}",
            field="revision",
            remedy=f"Load the {what} again and repeat the change.",
        )
        self.based_on = based_on
        self.stored = stored


class OutcomeUnknownError(PermanentError):
    """An effect was begun and its result was never recorded.

    It is permanent on purpose: a second try could send the same message twice, so a person
    decides (design, "Effects happen once").
    """


class NothingFollows(PermanentError):
    """A step ended, and nothing that it leads to may run.

    It is no failure: the state machine catches it by this name, which a function's report of an
    exception carries, and the execution continues elsewhere.
    """


RETRY_AFTER_ERRORS: Mapping[str, int] = {
    "RetryAfter60": 60,
    "RetryAfter300": 300,
    "RetryAfter900": 900,
}
"""Names of errors by which a function asks a machine to wait, and for how long, in seconds."""


class TransientError(BookflowError):
    """The same call may succeed later.

    Args:
        retry_after: Seconds that the other side asked us to wait, if it did.
        outcome_unknown: Whether the effect may have happened all the same; if no further try
            comes to a result, a person has to look.
    """

    def __init__(
        self,
        message: str,
        *,
        field: str | None = None,
        remedy: str | None = None,
        retry_after: float | None = None,
        outcome_unknown: bool = False,
    ) -> None:
        super().__init__(message, field=field, remedy=remedy)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown
