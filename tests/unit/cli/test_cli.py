"""The command line says what is wrong, where it should go, by its exit code and stream."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from bookflow.cli import OK, PROBLEMS, UNUSABLE, main

EXAMPLES = sorted(
    path.name for path in files("bookflow.gallery").iterdir() if path.name.endswith(".json")
)
NOTE = {"id": "note", "type": "add_booking_note", "config": {"note": "Hello"}}
FILE_COMMANDS = ["compile", "check", "draw"]


def example(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(
        files("bookflow.gallery").joinpath(name).read_text(encoding="utf-8")
    )
    return content


def export(*nodes: dict[str, Any], **changes: Any) -> dict[str, Any]:
    trigger = {"id": "trigger", "type": "trigger", "config": {"event": "Booking Created"}}
    edges = [{"id": node["id"], "source": "trigger", "target": node["id"]} for node in nodes]
    content = example(EXAMPLES[0])
    return {**content, "graph": {"nodes": [trigger, *nodes], "edges": edges}, **changes}


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Any], str]:
    """Write a file and return its path: text as it is, anything else as JSON."""

    def written(content: Any) -> str:
        path = tmp_path / "workflow.json"
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_text(text, encoding="utf-8")
        return str(path)

    return written


Write = Callable[[Any], str]
Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_compile(name: str, write: Write, capsys: Output) -> None:
    assert main(["compile", write(example(name))]) == OK
    output = capsys.readouterr()
    machine = json.loads(output.out)
    assert machine["StartAt"] in machine["States"]
    assert output.err == ""


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_are_sound(name: str, write: Write, capsys: Output) -> None:
    assert main(["check", write(example(name))]) == OK
    assert capsys.readouterr().out == "no problems\n"


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_can_be_drawn(name: str, write: Write, capsys: Output) -> None:
    assert main(["draw", write(example(name))]) == OK
    drawn = capsys.readouterr().out
    assert drawn.startswith("flowchart TD\n")
    assert drawn.count("-->") == len(example(name)["graph"]["edges"])


def test_check_prints_each_problem_with_its_place_and_remedy(write: Write, capsys: Output) -> None:
    bad = {"id": "hook", "type": "webhook", "config": {"url": "ftp://example.com"}}
    worse = {"id": "odd", "type": "teleport"}
    assert main(["check", write(export(bad, worse))]) == PROBLEMS
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": ")[:2] for line in lines] == [
        ["error", "hook config.url"],
        ["error", "odd type"],
    ]
    assert lines[1].endswith("Delete the node and add one from the list.")


def test_check_prints_problems_as_json(write: Write, capsys: Output) -> None:
    odd = {"id": "odd", "type": "teleport"}
    assert main(["check", "--json", write(export(odd))]) == PROBLEMS
    (problem,) = json.loads(capsys.readouterr().out)
    assert (problem["node_id"], problem["field"], problem["severity"]) == ("odd", "type", "error")
    assert main(["check", "--json", write(export(NOTE))]) == OK
    assert json.loads(capsys.readouterr().out) == []


def test_warnings_do_not_fail_a_check(write: Write, capsys: Output) -> None:
    note = {**NOTE, "config": {"note": "{{ event.colour }}"}}
    assert main(["check", write(export(note))]) == OK
    assert capsys.readouterr().out.startswith("warning: note config.note: ")


def test_compile_prints_problems_where_no_pipe_takes_them_for_a_machine(
    write: Write, capsys: Output
) -> None:
    assert main(["compile", write(export({"id": "odd", "type": "teleport"}))]) == PROBLEMS
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("error: odd type: ")


def test_a_graph_that_nests_too_deep_for_a_machine_is_a_problem(
    write: Write, capsys: Output
) -> None:
    # Each note starts the next split and one note beside it; all of them meet in pairs again.
    depth = 60
    nodes: list[dict[str, Any]] = [
        {"id": "n0", "type": "trigger", "config": {"event": "Booking Created"}}
    ]
    ways: list[tuple[str, str]] = []
    for level in range(1, depth):
        nodes += [
            {**NOTE, "id": f"n{level}"},
            {**NOTE, "id": f"s{level}"},
            {**NOTE, "id": f"j{level}"},
        ]
        ways += [
            (f"n{level - 1}", f"n{level}"),
            (f"n{level - 1}", f"s{level}"),
            (f"s{level}", f"j{level}"),
        ]
        ways += [(f"j{level + 1}" if level < depth - 1 else f"n{level}", f"j{level}")]
    edges = [
        {"id": f"e{place}", "source": source, "target": target}
        for place, (source, target) in enumerate(ways)
    ]
    content = export(graph={"nodes": nodes, "edges": edges})
    assert main(["check", "--json", write(content)]) == PROBLEMS
    (problem,) = json.loads(capsys.readouterr().out)
    assert problem["node_id"] == "n50"
    assert "splits inside" in problem["reason"]
    assert problem["remedy"]
    assert main(["compile", write(content)]) == PROBLEMS
    assert "splits inside" in capsys.readouterr().err


def test_a_graph_that_is_too_large_for_a_machine_is_a_problem(write: Write, capsys: Output) -> None:
    notes = [{**NOTE, "id": str(number)} for number in range(900)]
    assert main(["check", "--json", write(export(*notes))]) == OK
    assert json.loads(capsys.readouterr().out) == []
    hook = {"type": "webhook", "config": {"url": "https://example.com"}}
    hooks = [{**hook, "id": str(number)} for number in range(999)]
    assert main(["check", "--json", write(export(*hooks))]) == PROBLEMS
    (problem,) = json.loads(capsys.readouterr().out)
    assert "Step Functions takes 1,048,576" in problem["reason"]
    assert (problem["field"], problem["remedy"]) == ("nodes", "Split it into several workflows.")


def test_check_finds_what_is_wrong_in_a_text(write: Write, capsys: Output) -> None:
    note = {**NOTE, "config": {"note": "{{ event.booking_id"}}
    assert main(["check", write(export(note))]) == PROBLEMS
    assert capsys.readouterr().out.startswith("error: note config.note: Line 1: ")


def test_control_characters_of_an_id_do_not_reach_the_terminal(
    write: Write, capsys: Output
) -> None:
    assert main(["check", write(export({**NOTE, "id": "\x1b[2J\x07"}))]) == PROBLEMS
    printed = capsys.readouterr().out
    assert printed.startswith("error: ?[2J? id: ")
    assert printed.replace("\n", "").isprintable()


def test_a_draft_with_problems_can_be_drawn(write: Write, capsys: Output) -> None:
    assert main(["draw", write(export({"id": "odd", "type": "teleport", "name": "Beam"}))]) == OK
    assert "Beam" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["compile", "draw"])
def test_a_graph_that_cannot_be_read_is_a_problem(
    command: str, write: Write, capsys: Output
) -> None:
    content = export(NOTE)
    content["graph"]["nodes"].append({"type": "webhook"})
    assert main([command, write(content)]) == PROBLEMS
    output = capsys.readouterr()
    assert output.out == ""
    assert "error: " in output.err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        (b"\xff\xfe", "is not UTF-8"),
        ("[]", "not an exported workflow"),
        ({"nodes": [], "edges": []}, "Export the workflow"),
        (export(NOTE, format="other"), "not an exported workflow"),
        (export(NOTE, format_version=2), "reads version 1"),
        (export(NOTE, graph=None), '"graph" is missing'),
        (export(NOTE, name=""), '"name"'),
        (export(NOTE, location_id="loc-1"), '"location_id"'),
    ],
)
@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_a_file_that_is_no_workflow_is_unusable(
    command: str, content: Any, says: str, write: Write, capsys: Output
) -> None:
    assert main([command, write(content)]) == UNUSABLE
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith(f"bookflow {command}: ")
    assert says in output.err


@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_a_file_that_cannot_be_opened_is_unusable(
    command: str, tmp_path: Path, capsys: Output
) -> None:
    for path in (tmp_path / "missing.json", tmp_path):
        assert main([command, str(path)]) == UNUSABLE
        assert "cannot be read" in capsys.readouterr().err


@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_a_dash_is_standard_input(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(export(NOTE))))
    assert main([command, "-"]) == OK
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("url", "code", "says"),
    [
        ("https://93.184.215.14/hook", OK, "allowed: "),
        ("http://127.0.0.1/", PROBLEMS, "blocked: "),
        ("http://0x7f.1/", PROBLEMS, "blocked: "),
        ("http://169.254.169.254/latest/meta-data/", PROBLEMS, "blocked: "),
        ("ftp://example.com/", PROBLEMS, "blocked: "),
        ("no address at all", PROBLEMS, "blocked: "),
        ("", PROBLEMS, "blocked: "),
    ],
)
def test_check_url_tells_whether_a_webhook_may_call_it(
    url: str, code: int, says: str, capsys: Output
) -> None:
    assert main(["check-url", url]) == code
    output = capsys.readouterr()
    assert output.out.startswith(says)
    assert output.err == ""


@pytest.mark.parametrize(
    "arguments",
    [[], ["fly"], ["compile"], ["check", "a", "b"], ["check-url"], ["draw", "--json", "f"]],
)
def test_wrong_arguments_are_unusable(arguments: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == UNUSABLE
    assert "usage: bookflow" in capsys.readouterr().err


def test_help_lists_the_commands(capsys: Output) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == OK
    assert {"compile", "check", "draw", "check-url"} <= set(capsys.readouterr().out.split())


@pytest.mark.parametrize("command", FILE_COMMANDS)
def test_a_reader_that_goes_away_is_no_failure(command: str, write: Write) -> None:
    """As a process, since the interpreter flushes its own streams at the end."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bookflow.cli", command, write(example(EXAMPLES[0]))],
            stdout=writing,
            stderr=subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (OK, "")


@pytest.mark.parametrize("command", ["check", "draw"])
def test_names_come_out_of_a_terminal_that_has_no_such_letters(command: str, write: Write) -> None:
    word = "n\N{LATIN SMALL LETTER O WITH DIAERESIS}te"
    note = {**NOTE, "id": word, "name": word}
    broken = {**note, "config": {}} if command == "check" else note
    done = subprocess.run(
        [sys.executable, "-m", "bookflow.cli", command, write(export(broken))],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.stderr == b""
    assert rb"n\xf6te" in done.stdout
    assert done.returncode == (PROBLEMS if command == "check" else OK)
