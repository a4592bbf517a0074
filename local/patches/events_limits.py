"""Gap: PutEvents accepts a Detail that is no JSON object, and entries of any size.

AWS rejects such an entry with `MalformedDetail`, an entry without Source, DetailType or Detail with
`InvalidArgument`, and a request of more than 256 KiB with a `ValidationException`.
"""

# ministack has no types and lives in another environment.
# mypy: ignore-errors

from __future__ import annotations

import json

from ministack.services import eventbridge

_REQUEST_LIMIT_BYTES = 262_144
_REQUIRED = ("Source", "DetailType", "Detail")


def apply() -> None:
    """Checks the entries one by one; good entries of a request still go through."""
    put_events = eventbridge._put_events

    def put_checked(data, allow_aws_source=False):
        entries = data.get("Entries", [])
        if sum(map(_size, entries)) > _REQUEST_LIMIT_BYTES:
            return eventbridge.error_response_json(
                "ValidationException",
                "Total size of the entries in the request is over the limit.",
                400,
            )
        errors = [_error_of(entry) for entry in entries]
        good = [entry for entry, error in zip(entries, errors, strict=True) if not error]
        if len(good) == len(entries):
            return put_events(data, allow_aws_source=allow_aws_source)
        accepted = []
        if good:
            response = put_events({**data, "Entries": good}, allow_aws_source=allow_aws_source)
            if response[0] != 200:
                return response
            accepted = json.loads(response[2])["Entries"]
        remaining = iter(accepted)
        results = [error or next(remaining) for error in errors]
        failed = sum("ErrorCode" in result for result in results)
        return eventbridge.json_response({"FailedEntryCount": failed, "Entries": results})

    eventbridge._put_events = put_checked


def _size(entry) -> int:
    texts = [str(entry.get(name) or "") for name in _REQUIRED] + list(entry.get("Resources") or [])
    return sum(len(text.encode()) for text in texts)


def _error_of(entry):
    for name in _REQUIRED:
        if not entry.get(name):
            message = f"Parameter {name} is not valid. Reason: {name} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    try:
        is_object = isinstance(json.loads(entry["Detail"]), dict)
    except ValueError:
        is_object = False
    if is_object:
        return None
    return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
