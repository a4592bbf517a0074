"""Generates docs/variables.md from the catalogue of variables, filters and step outputs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bookflow.actions.catalogue import action_types
from bookflow.domain.catalogue.variables import (
    SURVEY,
    UNSUBSCRIBE_URL,
    Variable,
    optional_variables,
    variables_of,
    with_item_parts,
)
from bookflow.domain.events import event_types
from bookflow.domain.rendering import filter_descriptions

TARGET = Path(__file__).resolve().parent.parent / "docs" / "variables.md"

INTRODUCTION = """\
# Variables

Texts name a variable in double braces: `{{ customer.first_name }}`. A filter gives it a form:
`{{ booking.start_time | date('long') }}`. Rules name it without braces. Times are shown in the
location's zone. An optional variable may have no value: give a default, as in
`{{ booking.confirmation_code | default('-') }}`; a message without one is not published. A part "of any
item" goes through a list: a rule is met if any item meets it, and a text names it in a loop. Other
fields that the booking system sends are kept and work as variables too.

This page is generated from the models by `python scripts/write_variables.py`.
"""


def page() -> str:
    """Return the whole page."""
    triggers = sorted(event_types())
    records = [each for each in variables_of(triggers[0]) if not _is_of_event(each)]
    return "\n".join(
        [
            INTRODUCTION,
            "## Of every trigger",
            "",
            *_table(records, optional=_optional_for),
            "## Of each trigger",
            "",
            *(line for name in triggers for line in _trigger(name)),
            "## Of messages",
            "",
            "Templates of survey e-mails can use the survey; marketing templates can use the unsubscribe link.",
            "",
            *_table([*SURVEY, UNSUBSCRIBE_URL]),
            "## Of earlier steps",
            "",
            "Later steps can use the output of a completed step. `notify` stands for the",
            "node's id; `steps.notify.status` exists as well.",
            "",
            *(line for name in sorted(action_types()) for line in _action(name)),
            "## Filters",
            "",
            "| filter | what it does |",
            "|---|---|",
            *(f"| `{name}` | {text} |" for name, text in sorted(filter_descriptions().items())),
            "",
            "## Secrets",
            "",
            "The values of a webhook's headers may name a secret of the location as",
            "`{{ secret.crm_token }}`, alone and without a filter. It is read when the request is",
            "sent, and only over https to the hosts that an admin named for it. Steps, logs and",
            "previews show `***`.",
            "",
        ]
    )


def _trigger(name: str) -> Iterator[str]:
    yield from (f"### {name}", "", event_types()[name].description, "")
    yield from _table(each for each in variables_of(name) if each.path.startswith("event."))


def _action(name: str) -> Iterator[str]:
    action = action_types()[name]
    yield from (f"### {action.title}", "")
    yield from _table(with_item_parts(action.outputs), prefix="steps.notify.")


def _is_of_event(variable: Variable) -> bool:
    return variable.path.startswith("event.")


def _optional(variable: Variable) -> str:
    return "optional" if variable.optional else ""


def _optional_for(variable: Variable) -> str:
    """Say for which triggers a variable of a record can be without a value."""
    always = [
        name for name in sorted(event_types()) if variable.path not in optional_variables(name)
    ]
    if not always:
        return "optional"
    return "" if len(always) == len(event_types()) else f"optional except for {', '.join(always)}"


def _table(
    variables: Iterable[Variable],
    prefix: str = "",
    optional: Callable[[Variable], str] = _optional,
) -> Iterator[str]:
    yield "| variable | kind | meaning | example |"
    yield "|---|---|---|---|"
    for each in variables:
        notes = (each.kind, "of any item" if each.of_items else "", optional(each))
        kind = ", ".join(note for note in notes if note)
        yield f"| `{prefix}{each.path}` | {kind} | {each.description} | {_example(each)} |"
    yield ""


def _example(variable: Variable) -> str:
    if variable.example is None:
        return ""
    text = json.dumps(variable.example, ensure_ascii=False)
    shown = variable.example if isinstance(variable.example, str) else text
    return f"`{shown}`".replace("|", "\\|")


def main() -> int:
    """Write the page; return 1 if it was not current."""
    text = page()
    current = TARGET.exists() and TARGET.read_text(encoding="utf-8") == text
    TARGET.write_text(text, encoding="utf-8")
    return 0 if current else 1


if __name__ == "__main__":
    sys.exit(main())
