"""moto's Step Functions with handlers in this process: its gaps fixed, its slow parts quickened."""

from __future__ import annotations

import functools
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final
from unittest.mock import patch

from antlr4.atn.PredictionMode import PredictionMode
from antlr4.ListTokenSource import ListTokenSource
from antlr4.Token import CommonToken
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval.environment import Environment
from moto.stepfunctions.parser.asl.parse import asl_parser
from moto.stepfunctions.parser.asl.utils import json_path

MOTO_CONFIG: Final[Any] = {
    "stepfunctions": {"execute_state_machine": True},
    "lambda": {"use_docker": False},
}
"""What `mock_aws` is reported, so that machines run."""

SLICE_SECONDS = 0.02

Invoke = Callable[[str, Any], Any]
"""Runs a function by its ARN with a payload; returns its result or raises its error."""


class Functions:
    """What moto takes for a client of Lambda: calls handlers here, and reports errors as Lambda.

    An error is reported by its `error_type`, or by its class if it has none.
    """

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke

    def invoke(self, **call: Any) -> dict[str, Any]:
        """Answer as boto3's `invoke` does."""
        answer: dict[str, Any] = {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
        try:
            result = self._invoke(call["FunctionName"], json.loads(call["Payload"]))
        except Exception as error:
            answer["FunctionError"] = "Unhandled"
            result = {
                "errorMessage": str(error),
                "errorType": getattr(error, "error_type", type(error).__name__),
                "stackTrace": ["a", "b"],
            }
        return {**answer, "Payload": io.BytesIO(json.dumps(result).encode())}


class _NoSleep:
    """Stands for the module `time` where moto waits between retries."""

    @staticmethod
    def sleep(_: float) -> None:
        return None


def _wait_interval(_: WaitFunction, env: Environment, wait_seconds: int) -> None:
    """Wait in slices, and look between them whether the run was stopped."""
    until = time.monotonic() + wait_seconds
    while env.is_running() and (left := until - time.monotonic()) > 0:
        env.program_state_event.wait(min(left, SLICE_SECONDS))


@contextmanager
def handlers_in_process(invoke: Invoke) -> Iterator[None]:
    """Let moto's machines call `invoke`, and fix or quicken what of moto the tests need.

    - It takes `$[*].stopped[*]` without a match for an error; Step Functions gives `[]`
      (an indefinite path selects nothing), so its pattern of such paths is widened.
    - It makes a boto3 client for each call, in many threads at once, which boto3 does not allow
      (the default session is not thread-safe).
    - It misses a stop that comes between the entry of a Wait and its waiting, and waits it out.
    - It sleeps between retries for as long as the machine says, and parses each JSONPath anew.
    - It parses a definition at each creation and start, in the slower of ANTLR's modes, and its
      lexer is slow.
    """
    functions = Functions(invoke)
    with ExitStack() as patches:
        for target, name, replacement in (
            (lambda_eval_utils, "boto_client_for", lambda **_: functions),
            (json_path, "_PATTERN_SLICE_OR_WILDCARD_ACCESS", _INDEFINITE_PATH),
            (json_path, "parse", functools.lru_cache(maxsize=None)(json_path.parse)),
            (retrier_decl, "time", _NoSleep),
            (WaitFunction, "_wait_interval", _wait_interval),
            (
                asl_parser.AmazonStateLanguageParser,
                "parse",
                staticmethod(functools.lru_cache(maxsize=32)(_parse)),
            ),
        ):
            patches.enter_context(patch.object(target, name, replacement))
        yield


_INDEFINITE_PATH = r"\$(?:\..+)?\[\*\](?:\.[^[]+|\[\*\])*$"

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
"""A token of JSON."""


@functools.cache
def _token_type(text: str) -> int:
    """Ask moto's lexer, which takes its time, once for each text."""
    return int(asl_parser.ASLLexer(asl_parser.InputStream(text)).nextToken().type)


def _token(text: str) -> CommonToken:
    found = CommonToken(type=_token_type(text))
    found.text = text
    found.line = found.column = found.start = found.stop = 0
    return found


def _parse(definition: str) -> tuple[Any, Any]:
    """Parse as moto does, but in ANTLR's faster mode, and with the tokens known already."""
    source = ListTokenSource([*map(_token, _TOKEN.findall(definition))])
    parser = asl_parser.ASLParser(asl_parser.CommonTokenStream(source))
    parser._interp.predictionMode = PredictionMode.SLL
    parser.removeErrorListeners()
    errors = asl_parser.SyntaxErrorListener()
    parser.addErrorListener(errors)
    tree = parser.state_machine()
    assert not errors.errors, errors.errors
    return asl_parser.Preprocessor().visit(tree), tree
