"""The `bookflow` command: for engineers and CI, on files and without AWS."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bookflow.domain.bookings.records import Location
    from bookflow.domain.events import Event
    from bookflow.domain.validation.problems import Problem
    from bookflow.domain.workflows.export import WorkflowExport
    from bookflow.domain.workflows.graph import Graph
    from bookflow.use_cases.workflows.make_machine import Machine

OK, PROBLEMS, UNUSABLE = 0, 1, 2

BYTE_ORDER_MARK = "\ufeff"
"""Editors on Windows begin UTF-8 files with it; a reader of JSON may pass over it (RFC 8259, 8.1)."""

FUNCTION_ARN_PREFIX = "arn:aws:lambda:eu-central-1:000000000000:function:bookflow-dev-"
"""Stands for the deployed stack's functions, so that `compile` needs no stack."""


class UnusableInputError(Exception):
    """The input is not what the command works on; the message says why and what to do."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 for success, 1 for problems, 2 for unusable input."""
    parsed = _parser().parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Names may hold letters that the terminal's encoding has not.
        sys.stdout.reconfigure(errors="backslashreplace")
    run: Callable[[argparse.Namespace], int] = parsed.run
    try:
        code = run(parsed)
        sys.stdout.flush()
        return code
    except UnusableInputError as error:
        print(f"bookflow {parsed.command}: {error}", file=sys.stderr)
        return UNUSABLE
    except BrokenPipeError:
        # The reader of a pipe went away, as `head` does; Python flushes once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bookflow", description="Checks workflows and templates.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_file_command(commands, "compile", _compile, "print the state machine (ASL) of a workflow")
    check = _add_file_command(commands, "check", _check, "print the problems of a workflow")
    check.add_argument("--json", action="store_true", help="print the problems as JSON")
    _add_file_command(commands, "draw", _draw, "print a workflow as a Mermaid diagram")
    _add_simulate(commands)
    _add_preview(commands)
    check_url = commands.add_parser("check-url", help="say whether a webhook may call a URL")
    check_url.add_argument("url", metavar="URL")
    check_url.set_defaults(run=_check_url)
    return parser


def _add_file_command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=text)
    command.add_argument(
        "file", metavar="FILE", help="a workflow as exported, - for standard input"
    )
    command.set_defaults(run=run)
    return command


def _add_simulate(commands: Any) -> None:
    simulate = commands.add_parser(
        "simulate", help="replay events on a virtual clock and print each booking's timeline"
    )
    simulate.add_argument(
        "workflows", metavar="WORKFLOWS", help="an exported workflow, or a folder"
    )
    simulate.add_argument(
        "events",
        metavar="EVENTS",
        help="an event, a list or lines of events, or a folder; - for standard input",
    )
    simulate.add_argument("--until", metavar="TIME", help="stop there (RFC 3339 with offset)")
    simulate.add_argument("--location", metavar="FILE", help="the location's record (default: UTC)")
    simulate.add_argument("--json", action="store_true", help="print the timelines as JSON")
    simulate.set_defaults(run=_simulate)


def _add_preview(commands: Any) -> None:
    preview = commands.add_parser("preview", help="print the messages that a template makes")
    preview.add_argument("template", metavar="TEMPLATE", help="a template as exported")
    preview.add_argument(
        "event",
        metavar="EVENT",
        help="an event, or several of one booking, of which the last counts; - for standard input",
    )
    preview.add_argument("--location", metavar="FILE", help="the location's record (default: UTC)")
    preview.add_argument("--locale", metavar="L", help="the guest's locale, such as fr-CA")
    preview.add_argument("--json", action="store_true", help="print one JSON object")
    preview.set_defaults(run=_preview)


def _compile(arguments: argparse.Namespace) -> int:
    problems, machine = _made(arguments.file)
    if machine is None:
        _print_problems(problems, sys.stderr)
        return PROBLEMS
    print(json.dumps(machine.compiled.definition, indent=2))
    return OK


def _check(arguments: argparse.Namespace) -> int:
    problems, machine = _made(arguments.file)
    if arguments.json:
        print(json.dumps([problem.model_dump() for problem in problems], indent=2))
    else:
        _print_problems(problems, sys.stdout)
    return PROBLEMS if machine is None else OK


def _draw(arguments: argparse.Namespace) -> int:
    from bookflow.domain.workflows.mermaid import to_mermaid

    graph, problems = _checked(arguments.file)
    if graph is None:
        _print_problems(problems, sys.stderr)
        return PROBLEMS
    print(to_mermaid(graph))
    return OK


def _check_url(arguments: argparse.Namespace) -> int:
    from bookflow.adapters.http.resolver import system_resolver
    from bookflow.domain.webhooks.url_policy import UrlPolicy, explain

    verdict = explain(arguments.url, UrlPolicy(), system_resolver)
    print(f"{'allowed' if verdict.allowed else 'blocked'}: {verdict.message}")
    return OK if verdict.allowed else PROBLEMS


def _simulate(arguments: argparse.Namespace) -> int:
    from bookflow.domain.shared.errors import BookflowError
    from bookflow.simulation.files import read_events, read_location, read_workflows
    from bookflow.simulation.locations import SampleLocation
    from bookflow.simulation.report import as_json, as_text
    from bookflow.simulation.world import World

    until = _moment(arguments.until)
    try:
        location = read_location(Path(arguments.location)) if arguments.location else None
        workflows = read_workflows(Path(arguments.workflows))
        events = read_events(Path(arguments.events))
        _require_events_of(location, events)
        if not _are_sound(workflows):
            return PROBLEMS
        world = World(SampleLocation(workflows, {location.id: location} if location else {}))
        world.replay(events, until)
    except BookflowError as error:
        raise UnusableInputError(str(error)) from None
    except OSError as error:
        raise UnusableInputError(f"{error.filename} cannot be read: {error.strerror}.") from None
    print(as_json(world) if arguments.json else as_text(world))
    return OK


def _preview(arguments: argparse.Namespace) -> int:
    from bookflow.domain.shared.errors import BookflowError
    from bookflow.simulation.files import read_events, read_location
    from bookflow.simulation.preview import preview_for
    from bookflow.simulation.preview_report import (
        as_file_problem,
        preview_as_json,
        preview_as_text,
    )
    from bookflow.simulation.template_files import read_template

    try:
        location = read_location(Path(arguments.location)) if arguments.location else None
        file = read_template(Path(arguments.template))
        events = read_events(Path(arguments.event))
        _require_events_of(location, events)
        preview = None
        if file.content:
            preview = preview_for(file.content, events, location, reader_locale=arguments.locale)
    except BookflowError as error:
        raise UnusableInputError(str(error)) from None
    except OSError as error:
        raise UnusableInputError(f"{error.filename} cannot be read: {error.strerror}.") from None
    found = [*(map(as_file_problem, preview.problems) if preview else ()), *file.problems]
    if arguments.json:
        print(preview_as_json(preview, found))
    else:
        if preview:
            print(f"{preview_as_text(preview)}\n\n--- Problems ---")
        for each in found:
            _print_line(f"{each.severity}: {each.field}: {each.message}", sys.stdout)
        if not found:
            print("no problems")
    return PROBLEMS if any(each.severity == "error" for each in found) else OK


def _require_events_of(location: Location | None, events: Sequence[Event]) -> None:
    if location and location.id not in {event.location_id for event in events}:
        raise UnusableInputError(
            f"--location has the id {location.id}, but no event has it. "
            "Correct the id there or in the events."
        )


def _are_sound(workflows: Mapping[str, WorkflowExport]) -> bool:
    """Print the problems that keep workflows from running; say whether there are none."""
    from bookflow.domain.validation import ValidationContext, validate
    from bookflow.use_cases.workflows.check_graph import Catalogue

    context = ValidationContext(catalogue=Catalogue())
    sound = True
    for name, workflow in workflows.items():
        problems = [each for each in validate(workflow.graph, context) if each.severity == "error"]
        if problems:
            print(f"{name}:", file=sys.stderr)
            _print_problems(problems, sys.stderr)
            sound = False
    return sound


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UnusableInputError(
            f"--until {text} is not a time with an offset, such as 2026-12-24T18:00:00+01:00."
        )
    return moment


def _made(file: str) -> tuple[Sequence[Problem], Machine | None]:
    """Return a file's problems as publishing finds them, and its machine if none forbids it."""
    from bookflow.use_cases.workflows.make_machine import machine_or_problems

    graph, problems = _checked(file)
    if graph is None:
        return problems, None
    return machine_or_problems(graph, problems, FUNCTION_ARN_PREFIX)


def _checked(file: str) -> tuple[Graph | None, Sequence[Problem]]:
    """Return a file's graph, None if its form is broken, and the problems of its graph."""
    from bookflow.domain.validation import ValidationContext, check
    from bookflow.use_cases.workflows.check_graph import Catalogue

    catalogue = Catalogue()
    graph, problems = check(_graph_of(_read(file)), ValidationContext(catalogue=catalogue))
    if graph is not None:
        problems += [problem for node in graph.nodes for problem in catalogue.action_problems(node)]
    return graph, problems


def _read(file: str) -> Any:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        text = text.removeprefix(BYTE_ORDER_MARK)
    except OSError as error:
        raise UnusableInputError(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UnusableInputError(f"{file} is not UTF-8 text.") from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableInputError(f"{file} is not JSON: {error}.") from None


def _graph_of(content: Any) -> dict[str, Any]:
    """Return the graph of an exported workflow; its other fields must be valid as well."""
    from pydantic import ValidationError

    from bookflow.domain.shared.input_problems import problems_of
    from bookflow.domain.workflows.export import (
        EXPORT_FORMAT,
        EXPORT_FORMAT_VERSION,
        WorkflowExport,
    )

    if not isinstance(content, dict) or content.get("format") != EXPORT_FORMAT:
        raise UnusableInputError(
            f'this is not an exported workflow: it has no "format": "{EXPORT_FORMAT}". '
            "Export the workflow from the dashboard or the API."
        )
    if content.get("format_version") != EXPORT_FORMAT_VERSION:
        raise UnusableInputError(
            f"format_version {content.get('format_version')!r} is unknown; "
            f"this command reads version {EXPORT_FORMAT_VERSION}."
        )
    graph = content.get("graph")
    if not isinstance(graph, dict):
        raise UnusableInputError('"graph" is missing or not an object.')
    try:
        WorkflowExport.model_validate({**content, "graph": {}})
    except ValidationError as error:
        (name, *_), _, reason, remedy = next(problems_of(error))
        raise UnusableInputError(f'"{name}": {reason} {remedy}') from None
    return graph


def _print_problems(problems: Sequence[Problem], stream: Any) -> None:
    for problem in problems:
        place = problem.node_id or problem.edge_id or "graph"
        field = f" {problem.field}" if problem.field else ""
        _print_line(
            f"{problem.severity}: {place}{field}: {problem.reason} {problem.remedy}", stream
        )
    if not problems:
        print("no problems", file=stream)


def _print_line(line: str, stream: Any) -> None:
    # An id may hold anything; a terminal would obey its control characters.
    print("".join(each if each.isprintable() else "?" for each in line), file=stream)


if __name__ == "__main__":
    raise SystemExit(main())
