"""Progress and failures of the local run, as they are printed."""

from __future__ import annotations

import io

import pytest

from local.console import Console, ExitCode, LocalError, run_command


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_progress_lines_carry_the_elapsed_seconds() -> None:
    stream, clock = io.StringIO(), Clock()
    console = Console(stream, clock)
    clock.now += 3.25
    with console.step("deploying"):
        clock.now += 1.5
    assert stream.getvalue() == ("[   3.2 s] deploying ...\n[   4.8 s] deploying: done in 1.5 s\n")


def test_a_failure_says_what_failed_the_detail_and_what_to_do() -> None:
    error = LocalError("It broke.", "Fix it.", detail="one\ntwo")
    assert error.render().splitlines() == [
        "FAILED  It broke.",
        "        | one",
        "        | two",
        "TO DO   Fix it.",
    ]


def test_a_quiet_console_still_prints_failures() -> None:
    stream = io.StringIO()
    console = Console(stream, quiet=True)
    console.say("progress")
    console.fail(LocalError("It broke.", "Fix it."))
    assert stream.getvalue() == "FAILED  It broke.\nTO DO   Fix it.\n"


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (None, ExitCode.OK),
        (LocalError("x", "y"), ExitCode.SETUP),
        (LocalError("x", "y", exit_code=ExitCode.FAILED), ExitCode.FAILED),
        (KeyboardInterrupt(), ExitCode.INTERRUPTED),
    ],
)
def test_a_command_ends_with_the_code_of_its_outcome(
    outcome: BaseException | None, code: ExitCode
) -> None:
    def command() -> None:
        if outcome is not None:
            raise outcome

    assert run_command(command, Console(io.StringIO())) == code
