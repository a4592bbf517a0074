"""How `make run` ends: it says what is lost, unless that is kept."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import pytest

from local import run
from local.console import ExitCode


class StoppedAtOnce:
    """A stack that somebody stops as soon as it is up."""

    endpoint = api_url = dashboard_url = "http://127.0.0.1:1"

    def __init__(self, *_: Any, **__: Any) -> None:
        self.outputs = {"ApiUrl": self.endpoint, "EventBusName": "events"}
        self.issuer = self.receiver = self
        self.url = self.endpoint

    def __enter__(self) -> StoppedAtOnce:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: Any, _trace: TracebackType | None
    ) -> None:
        pass

    def wait_for_ever(self) -> None:
        raise KeyboardInterrupt


@pytest.mark.parametrize(("arguments", "is_lost"), [([], True), (["--keep"], False)])
def test_the_end_says_what_is_lost(
    arguments: list[str],
    is_lost: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("MAKELEVEL", raising=False)
    monkeypatch.setattr(run, "local_product", StoppedAtOnce)
    monkeypatch.setattr(run, "demonstrate", lambda *_: None)
    assert run.main(arguments) == ExitCode.INTERRUPTED
    said = capsys.readouterr().err
    assert ("deleting the workflows that were drawn" in said) is is_lost
    assert ("make run KEEP=1" in said) is is_lost
