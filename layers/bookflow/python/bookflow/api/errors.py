"""Errors of a call itself, before any use case runs."""

from __future__ import annotations

from bookflow.domain.shared.errors import PermanentError, TransientError


class UnauthenticatedError(PermanentError):
    """There is no token, or not one that can be trusted."""


class ForbiddenError(PermanentError):
    """The caller is known and may not do this."""


class MalformedRequestError(PermanentError):
    """The request cannot be read at all: not UTF-8, not JSON, a broken header."""


class BodyTooLargeError(PermanentError):
    """The body is larger than the API takes."""


class PreconditionRequiredError(PermanentError):
    """A change of a saved thing must say which revision it is based on (RFC 6585, 3)."""


class TooManyCallsError(TransientError):
    """The location has made too many costly calls; `retry_after` says when the next may come."""


class MethodNotAllowedError(PermanentError):
    """The address exists and does not support the method.

    Args:
        allowed: The methods that it knows.
    """

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(
            "is not supported at this address", field="method", remedy=f"Use {', '.join(allowed)}."
        )
        self.allowed = allowed
