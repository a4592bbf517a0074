"""Runs one function once as Lambda's runtime does, in a plain process without a container.

Usage: python -I -S plain_function.py FACTS_FILE EVENT_FILE ANSWER_FILE

FACTS_FILE holds `path` (what `sys.path` gets, in this order), `handler` and `timeout` as JSON. It is
started with the function's environment and nothing else, and imports nothing of this repository.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
import uuid
from typing import Any


class Context:
    """What a handler gets as its second argument (Lambda guide, "context object in Python")."""

    client_context = None
    identity = None

    def __init__(self, timeout: float) -> None:
        name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.aws_request_id = str(uuid.uuid4())
        self.function_name = name
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        region, account = os.environ["AWS_REGION"], os.environ["AWS_ACCOUNT_ID"]
        self.invoked_function_arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self._ends_at = time.monotonic() + timeout

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of the function's time."""
        return max(0, int((self._ends_at - time.monotonic()) * 1000))


def main(facts_file: str, event_file: str, answer_file: str) -> None:
    """Call the handler and write what it answers, or which error it raised, as Lambda says it."""
    facts, event = _read(facts_file), _read(event_file)
    sys.path[:0] = facts["path"]
    module, _, name = facts["handler"].rpartition(".")
    try:
        handler = getattr(importlib.import_module(module), name)
        answer = json.dumps(handler(event, Context(facts["timeout"])))
    except Exception as error:
        traceback.print_exc()
        failure = {
            "errorMessage": str(error),
            "errorType": type(error).__name__,
            "stackTrace": traceback.format_tb(error.__traceback__)[1:],
        }
        answer = json.dumps(failure)
    with open(answer_file, "w", encoding="utf-8") as file:
        file.write(answer)


def _read(path: str) -> Any:
    with open(path, encoding="utf-8") as file:
        return json.load(file)


if __name__ == "__main__":
    main(*sys.argv[1:])
