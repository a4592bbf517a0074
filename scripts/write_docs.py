"""Generates docs/events.md and docs/actions.md from the models; --check only compares.

Usage: python scripts/write_docs.py [--check]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bookflow.actions.catalogue import action_types
from bookflow.domain.bookings.statuses import BookingStatus
from bookflow.domain.events import Event, event_types
from bookflow.domain.events.base import MAX_CHAIN, TriggerConfig
from bookflow.domain.events.envelope import MAX_DETAIL_BYTES
from bookflow.domain.flow import FLOW_CONFIGS
from bookflow.domain.flow.conditions.operators import OPERATORS
from bookflow.domain.validation.structure import handles_of
from bookflow.domain.workflows.graph import Node

ROOT = Path(__file__).resolve().parents[1]

Schema = Mapping[str, Any]
Page = Iterator[str]

GENERATED = "This page is generated from the models by `make docs`."

EVENTS = f"""\
# Events

An event is an EventBridge event on the stack's bus. Its `detail-type` is the trigger's name, its
`detail` a JSON object of at most {MAX_DETAIL_BYTES // 1024} KiB. Fields that are not listed here
are kept, and texts and rules can name them: 32 KB for each booking, customer, activity and
location. Times are RFC 3339 with an offset; `-0700` and `+05` are read too. Ids are letters,
digits and `. _ : @ -`, at most 128 characters; whole numbers are read as text. Money is
`{{"amount": "118.00", "currency": "EUR"}}` or `"118.00 EUR"`. Statuses are
{{statuses}};
`canceled` is read as `cancelled`. A booking in `draft` starts no workflow.

## What an event newly states

Booking systems report one fact several times. So a workflow starts for a fact, not for an event:

- A booking is made once. Each series of equal statuses is one fact, and so is each series of
  equal times. The first event that reports a fact starts the workflow; other events that report
  the same fact start nothing. Chat messages, surveys and reminders are news each time.
- An event whose old and new status, or old and new times, are equal starts nothing.
- A change of status to `completed` is also Booking Completed, one to `cancelled` (not from
  `draft`) also Booking Cancelled, and one from `draft` to `pending` or `confirmed` also Booking
  Created. A booking that is confirmed for the first time since it was made, or since a
  cancellation, is also Booking Confirmed. These need a known customer.
- Statements are ordered by `occurred_at`, or by their receipt if that was earlier; then by
  `sequence`, by status (a cancellation comes last) and by `event_id`, with digits as numbers.
- After the end of a visit, Booking Created, Booking Confirmed and Booking Rescheduled write
  nothing to the customer and other guests (`visit_over`), unless the trigger says "Also for past
  visits". Webhooks, notes, tasks and messages to the staff continue. A custom recipient that reads
  the booking, the customer or the event is a guest.
- A late event starts its workflow once, even if another event superseded it. The customer then
  gets no message about what is no longer so.
- Half of a character pair in a text is stored as U+FFFD.

## Filters of a trigger

Any trigger can have a `filter`: a [rule](actions.md#rules) on the event and the records around it. An event that does not
meet it starts nothing and leaves no record; it is counted in the metric `EventsFiltered`. The filter is decided before anything is claimed:

- A filtered event claims no fact. A later event of the same fact that meets the filter starts the workflow.
- The filter sees the records as they are after the event. An execution that was claimed goes on, whatever changes before its start.
- A reminder is planned if the booking's own fields may meet the filter, and each change of these fields plans it anew. What the
  filter asks of the event, the customer, the activity, the location or of the present moment is decided when the reminder fires. One that was filtered
  then is recorded as skipped (`filtered`) and is not asked again for the same time of the booking.
- A workflow that is started by hand asks its filter too. A reminder that a person sends now does not.

## Invalid events

An invalid event goes to the dead-letter queue, with the reason and the field as message attributes.
So does an event of an unknown location: redrive it after the location's settings are saved.

{GENERATED} The examples are the files in `events/`.
"""

RULES = """\
A value that is missing, null, an empty text, an empty list or an empty object counts as no value, and meets no
comparison. A negated operator (`not_equals`, `not_in`, `not_contains`, `is_empty`) is exactly the opposite of its positive
form, so it is met where there is no value: `customer.locale` does not equal `de-DE` also takes customers whose language is
not known. To leave them out, add a comparison with `is_not_empty`.

A path through a list means its items. `booking.extras.name` equals `Lunch` is met if any extra has that name, and does not
equal `Lunch` if none has; `booking.extras.quantity` is greater than `2` is met if any extra has such a quantity. Each
comparison looks at all items: two comparisons may be met by two different ones. A number picks one item, as in
`booking.extras.0.name`. In the rule builder, search for the variable or type its path.
"""

ACTIONS = f"""\
# Actions and flow nodes

The nodes that follow the trigger of a workflow, with the fields of their `config`. Texts may hold
variables where the field says so; docs/variables.md lists them. Every node offers the handle
`on_error`, which a failed step follows; the other handles are named with the node.

{GENERATED}
"""


def main(arguments: list[str]) -> int:
    """Write the pages; with --check say which of them differ, and return 1 if any does."""
    only_check = arguments == ["--check"]
    stale = [path for path, text in pages().items() if not _is(path, text)]
    for path in stale:
        if only_check:
            name = path.relative_to(ROOT)
            print(f"{name} is not what the models say. Run make docs.", file=sys.stderr)
        else:
            path.write_text(pages()[path], encoding="utf-8")
    return 1 if stale and only_check else 0


def pages() -> Mapping[Path, str]:
    """Return each page's text by its file."""
    return {
        ROOT / "docs" / "events.md": _text(_events()),
        ROOT / "docs" / "actions.md": _text(_actions()),
    }


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


def _text(parts: Iterable[str]) -> str:
    return "\n".join(part.rstrip() + "\n" for part in parts)


# --- Events ------------------------------------------------------------------------------------


def _events() -> Page:
    statuses = ", ".join(f"`{status.value}`" for status in BookingStatus)
    yield EVENTS.replace("{statuses}", statuses)
    common = Event.model_json_schema()
    yield "## Fields of every event"
    yield _table(common, common)
    yield (
        f"`causation_chain` keeps workflows from starting each other endlessly: it is at most {MAX_CHAIN}"
        " long, and a workflow never enters it twice."
    )
    objects: dict[str, Schema] = dict(common["$defs"])
    samples = _samples()
    for detail_type, model in sorted(event_types().items()):
        schema = model.model_json_schema()
        objects |= schema["$defs"]
        yield f"## {detail_type}"
        yield model.description
        yield _table(_own(schema, common), schema)
        if derived := _derived_from(detail_type, samples):
            yield f"It also follows from {_listed(derived)}, with that event's fields and id."
        yield from _trigger_settings(model)
        yield _json(samples[detail_type])
    yield "## Objects"
    yield from _objects(objects)


def _own(schema: Schema, common: Schema) -> Schema:
    """Return the fields that a type of event has beside the common ones, or by other rules."""
    required = set(schema.get("required", ())) - set(common.get("required", ()))
    fields = {
        name: field
        for name, field in schema["properties"].items()
        if name not in common["properties"] or name in required
    }
    return {**schema, "properties": fields}


_EVERY_TRIGGERS = frozenset({"event", "filter"})
"""Settings that each trigger has; the page explains them once."""


def _trigger_settings(model: type[Event]) -> Page:
    if model.config is TriggerConfig:
        return
    schema = model.config.model_json_schema()
    fields = {
        name: field for name, field in schema["properties"].items() if name not in _EVERY_TRIGGERS
    }
    yield "Settings of the trigger:"
    yield _table({**schema, "properties": fields}, schema)


def _derived_from(detail_type: str, samples: Mapping[str, Any]) -> list[str]:
    """Return the events that amount to this one, as their samples show with some status."""
    changes = [
        {"old_status": old, "new_status": new}
        for old in (BookingStatus.DRAFT, BookingStatus.PENDING)
        for new in BookingStatus
    ]
    return sorted(
        source
        for source, model in event_types().items()
        if source != detail_type
        and any(
            derived.detail_type == detail_type
            for change in changes
            for derived in model.model_validate({**samples[source]["detail"], **change}).derived(
                None
            )
        )
    )


def _samples() -> Mapping[str, Any]:
    found = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "events").glob("*.json"))
    ]
    return {envelope["detail-type"]: envelope for envelope in found}


# --- Actions and flow nodes --------------------------------------------------------------------


def _actions() -> Page:
    yield ACTIONS
    objects: dict[str, Schema] = {}
    for name, action in sorted(action_types().items()):
        yield f"## {action.title}"
        yield f"`{name}` with the handle `out`. {action.description}"
        yield from _config(action.config_model, objects)
    for name, model in FLOW_CONFIGS.items():
        schema = model.model_json_schema()
        yield f"## {schema['title']}"
        yield f"`{name}` with {_flow_handles(name)}. {_paragraph(schema.get('description', ''))}"
        yield from _config(model, objects)
    yield "## Rules"
    yield (
        'A rule is `{"all": [rule, ...]}`, `{"any": [rule, ...]}`, `{"not": rule}` or a comparison '
        'such as `{"variable": "booking.status", "operator": "equals", "value": "confirmed"}`. '
        'Comparisons of text may carry `"ignore_case": true`.'
    )
    yield (
        'A single value may be another variable: `{"variable": "event.occurred_at"}`. If that is a '
        'time, `plus` or `minus` may carry an offset: `{"variable": "event.occurred_at", "plus": '
        '{"value": 48, "unit": "hours"}}`. `within_next` and `within_last` compare with now, when the '
        "execution comes to the rule; their value is such an offset. Days are calendar days of the "
        "location."
    )
    rows = [
        (f"`{operator.value}`", rule.label, ", ".join(sorted(rule.kinds)))
        for operator, rule in OPERATORS.items()
    ]
    yield _rows(("Operator", "Reads", "Applies to"), rows)
    yield RULES
    if objects:
        yield "## Objects"
        yield from _objects(objects)


def _config(model: type[BaseModel], objects: dict[str, Schema]) -> Page:
    schema = model.model_json_schema()
    objects |= schema.get("$defs", {})
    yield _table(schema, schema) if schema["properties"] else "It has no settings."


def _flow_handles(node_type: str) -> str:
    if node_type == "switch":
        return "a handle for each case's id, and `default`"
    names = sorted(handles_of(Node(id=node_type, type=node_type)) - {"on_error"}, reverse=True)
    return f"the handle{'s' if len(names) > 1 else ''} {_listed(f'`{name}`' for name in names)}"


# --- Tables ------------------------------------------------------------------------------------


def _objects(definitions: Mapping[str, Schema]) -> Page:
    for name, schema in sorted(definitions.items()):
        if "properties" in schema:
            yield f"### {name}"
            yield _paragraph(schema.get("description", ""))
            yield _table(schema, {"$defs": definitions})


def _table(schema: Schema, root: Schema) -> str:
    """Return the fields of an object as a table; the required ones first."""
    required = set(schema.get("required", ()))
    fields = sorted(schema["properties"].items(), key=lambda item: item[0] not in required)
    rows = [
        (
            f"`{name}`",
            _type(field, root),
            "yes" if name in required else _default(field),
            _said(field, root),
        )
        for name, field in fields
    ]
    return _rows(("Field", "Type", "Required", "Meaning"), rows)


def _rows(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def _default(field: Schema) -> str:
    default = field.get("default")
    return "no" if default in (None, "", [], {}) else f"no; `{json.dumps(default)}`"


def _said(field: Schema, root: Schema) -> str:
    limits = [
        form.format(field[name])
        for name, form in (
            ("minimum", "from {:,}"),
            ("maximum", "to {:,}"),
            ("maxLength", "at most {:,} characters"),
        )
        if field.get(name)
    ]
    shown = [text for text in (_description(field, root), ", ".join(limits)) if text]
    example = next((each for each in field.get("examples", ()) if isinstance(each, str)), None)
    return "; ".join(shown) + (f". Example: `{example}`" if example else "")


def _description(field: Schema, root: Schema) -> str:
    """Return what is said of a field, or else of the object that it holds."""
    for each in (field, *field.get("anyOf", ())):
        target = root.get("$defs", {}).get(each.get("$ref", "").rsplit("/", 1)[-1], {})
        if text := each.get("description") or target.get("description"):
            return _paragraph(text).removesuffix(".")
    return ""


def _type(field: Schema, root: Schema) -> str:
    """Return a JSON type in words; null goes without saying, as the field is optional."""
    if "$ref" in field:
        name = field["$ref"].rsplit("/", 1)[-1]
        target = root.get("$defs", {}).get(name, {})
        return f"[{name}](#{name.lower()})" if "properties" in target else _type(target, root)
    if "anyOf" in field or "oneOf" in field:
        options = [
            each for each in field.get("anyOf", field.get("oneOf")) if each.get("type") != "null"
        ]
        return " or ".join(dict.fromkeys(_type(each, root) for each in options))
    if "enum" in field or "const" in field:
        return ", ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    kind = str(field.get("type", "any"))
    if field.get("format") == "rule":
        return "[rule](#rules)"
    if kind == "array":
        return f"list of {_type(field.get('items', {}), root)}"
    return {"date-time": "time"}.get(
        str(field.get("format")),
        {"string": "text", "integer": "whole number", "boolean": "true or false"}.get(kind, kind),
    )


def _json(value: Any) -> str:
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"


def _listed(names: Iterable[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _paragraph(text: str) -> str:
    """Return a docstring's prose: what follows under a heading such as Attributes is for code."""
    return " ".join(text.split("\n\nAttributes:")[0].split())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
