"""Converts errors of AWS: can a retry succeed, and what else to do.

Messages name the operation, AWS's error code and the request id, and never AWS's own message:
it may quote an address, a phone number or an item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    ProxyConnectionError,
    ResponseStreamingError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from bookflow.domain.shared.errors import (
    BookflowError,
    OutcomeUnknownError,
    PermanentError,
    TransientError,
)

AWS_ERRORS = (BotoCoreError, ClientError, ResponseParserError)
"""All that a call of botocore raises."""

_THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "ExecutionLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttled",
        "ThrottledException",
        "Throttling",
        "ThrottlingError",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)

_PASSING = frozenset(
    {
        "ConflictException",
        "ExpiredToken",
        "ExpiredTokenException",
        "ReplicatedWriteConflictException",
        "RequestExpired",
        "RequestTimeout",
        "RequestTimeoutException",
        "StateMachineDeleting",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)

_DENIED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "InvalidClientTokenId",
        "KMSAccessDeniedException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
    }
)

_ABSENT = frozenset(
    {
        "NotFound",
        "NotFoundException",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "ResourceNotFoundException",
    }
)

_BROKEN = (
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    ResponseParserError,
    ResponseStreamingError,
)

# Errors that botocore raises only before the first byte of a request is written.
_NOT_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)


def error_code(error: Exception) -> str:
    """Return AWS's error code, or the class name of an error that never reached AWS."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "Unknown"))
    return type(error).__name__


def as_bookflow_error(
    error: Exception, action: str, remedies: Mapping[str, str] | None = None
) -> BookflowError:
    """Return what an error of botocore means.

    Args:
        error: One of `AWS_ERRORS`.
        action: What was tried, such as "sending the e-mail".
        remedies: What to do about permanent errors, by AWS's code.
    """
    code = error_code(error)
    what = f"{action} failed: {_answer(error)}."
    if remedies and code in remedies:
        return PermanentError(what, remedy=remedies[code])
    if _may_pass(error, code):
        return TransientError(
            what, remedy="It is retried; if it continues, check the AWS status page."
        )
    return PermanentError(what, remedy=_remedy(error, code))


@contextmanager
def aws_errors(action: str, remedies: Mapping[str, str] | None = None) -> Iterator[None]:
    """Convert errors of botocore inside the block to Bookflow's.

    Raises:
        TransientError: Throttling, an error of the service, a timeout or a broken connection.
        PermanentError: Everything else; the remedy says what to change.
    """
    try:
        yield
    except AWS_ERRORS as error:
        # `from None`: the cause's text may hold what must not be logged.
        raise as_bookflow_error(error, action, remedies) from None


@contextmanager
def sending_errors(action: str, remedies: Mapping[str, str]) -> Iterator[None]:
    """Like `aws_errors`, for a request that must not be made twice.

    Raises:
        OutcomeUnknownError: The connection broke after the request was (or may have been) made, or
            the service answered with a 5xx.
    """
    try:
        yield
    except AWS_ERRORS as error:
        if is_outcome_unknown(error):
            raise OutcomeUnknownError(
                f"{action} was begun, and it is not known whether it succeeded: {_answer(error)}.",
                remedy="Check whether it arrived. Then choose It arrived or Send again.",
            ) from None
        raise as_bookflow_error(error, action, remedies) from None


def is_outcome_unknown(error: Exception) -> bool:
    """Say whether AWS may have acted on the request although it answered with no result.

    A 5xx says that something went wrong in the service, not that nothing was done. Throttling is
    decided before that, whatever its status.
    """
    if isinstance(error, ClientError):
        return _status(error) >= 500 and error_code(error) not in _THROTTLED
    if isinstance(error, _NOT_SENT):
        return False
    return isinstance(
        error, HTTPClientError | SSLError | ResponseStreamingError | ResponseParserError
    )


def require_send_once(client: Any) -> None:
    """Check that a client tries once: botocore must not repeat a send that may have succeeded.

    Raises:
        ValueError: It tries more than once.
    """
    retries = client.meta.config.retries or {}
    if retries.get("total_max_attempts") != 1:
        raise ValueError(
            "the client must be made with total_max_attempts=1: it may not repeat sends"
        )


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _may_pass(error: Exception, code: str) -> bool:
    if isinstance(error, ClientError):
        status = _status(error)
        return status >= 500 or status == 429 or code in _THROTTLED or code in _PASSING
    return isinstance(error, _BROKEN)


def _answer(error: Exception) -> str:
    if not isinstance(error, ClientError):
        return f"AWS sent no readable answer ({error_code(error)})"
    request_id = error.response.get("ResponseMetadata", {}).get("RequestId", "unknown")
    return f"AWS answered {error_code(error)} ({error.operation_name}, request {request_id})"


def _remedy(error: Exception, code: str) -> str:
    if code in _DENIED:
        operation = error.operation_name if isinstance(error, ClientError) else "the call"
        return f"Allow {operation} in the policy of the function's role, and check its credentials."
    if code in _ABSENT:
        return "Check that the whole stack is deployed and that the function's environment has its names."
    return "The request breaks a rule of the service; look the code up in AWS's API reference."
