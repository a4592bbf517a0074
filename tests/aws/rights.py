"""Judges each call that a function's code makes in a test by that function's role.

A handler is wrapped by `acted`, which says who acts. Calls that tests make themselves have no
function behind them and are not judged. What no role allows is answered with AccessDenied, as AWS
does, and fails the suite at its end even if the code bears with the answer. The rights that were
needed are noted; `python -m tests.aws.rights_page` makes `docs/rights.md` of them.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.aws.policies import Request, allowing
from tests.aws.refusals import Refusal, answer_problem
from tests.aws.requests import requests_of
from tests.aws.stack import Deployed, Right

RECORD_VARIABLE = "RECORD_RIGHTS"
"""A folder for what was needed, one file a suite; unset: nothing is written."""


Handler = Callable[[Any, Any], Any]
"""A function's handler: takes event and context."""


class AnswerTooLargeError(Exception):
    """Lambda does not hand an answer over that is larger than it takes."""

    error_type = "Function.ResponseSizeTooLarge"


class _Actor(threading.local):
    name: str | None = None


class Rights:
    """The roles of a deployed stack, and what was asked of them.

    Attributes:
        needed: The rights that let calls pass.
        denied: Calls that no right of their function lets pass, each in words.
    """

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._statements = {owner: deployed.statements(owner) for owner in deployed.roles()}
        self._here = _Actor()
        self._main: str | None = None
        self.needed: set[Right] = set()
        self.denied: set[str] = set()

    @contextmanager
    def acting(self, function: str) -> Iterator[None]:
        """Say that the function acts in this thread, and in the threads that it starts.

        A function that runs in the main thread counts for threads that say nothing themselves.
        """
        before = self._here.name
        is_main = threading.current_thread() is threading.main_thread()
        self._here.name = function
        if is_main:
            self._main = function
        try:
            yield
        finally:
            self._here.name = before
            if is_main:
                self._main = before

    def acted(self, function: str, handler: Handler) -> Handler:
        """Return the handler as Lambda runs it: with its role, and a limit to its answer."""

        def run(event: Any, context: Any) -> Any:
            with self.acting(function):
                answer = handler(event, context)
            problem = answer_problem(answer)
            if problem:
                raise AnswerTooLargeError(problem.message)
            return answer

        return run

    def judge(self, service: str, operation: str, params: Mapping[str, Any]) -> Refusal | None:
        """Return AWS's denial of a call, None if the acting function may make it."""
        function = self._here.name or self._main
        if function is None:
            return None
        for request in requests_of(service, operation, params):
            refused = self._ask(function, request)
            if refused:
                return refused
        return None

    def invoked(self, function: str) -> None:
        """Judge a machine's call of a function by the machines' role; a denial fails the suite."""
        self._ask("MachineRole", self._deployed.invocation(function))

    def _ask(self, owner: str, request: Request) -> Refusal | None:
        found = allowing(self._statements[owner], request)
        if found:
            self.needed |= {statement["Right"] for statement in found}
            return None
        reported = f"{owner} is not authorized to perform {request.action} on {request.resource}"
        self.denied.add(reported)
        return Refusal("AccessDeniedException", reported)

    def close(self, suite: str) -> None:
        """End a suite: write down what was needed, and fail if a call was denied."""
        folder = os.environ.get(RECORD_VARIABLE)
        if folder:
            rows = sorted([each.owner, each.action, each.resource] for each in self.needed)
            Path(folder).mkdir(parents=True, exist_ok=True)
            Path(folder, f"{suite}.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
        assert not self.denied, "\n".join(sorted(self.denied))
