"""The rows of a booking's details: when each is shown, and the values in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bookflow.domain.messages.blocks.model import DetailRow
from bookflow.domain.messages.blocks.source import with_variables
from bookflow.domain.messages.wording import Wording


@dataclass(frozen=True)
class DetailLine:
    """One line of a row.

    Attributes:
        text: With `{{ variables }}`.
        guard: The variable that decides whether the line is shown; empty: always.
        otherwise: The line where the guard has no value; empty: none.
    """

    text: str
    guard: str = ""
    otherwise: str = ""

    def source(self, literal: Callable[[str], str], line_break: str = "") -> str:
        """Return the line as source of a template, a line break before it."""
        shown = line_break + with_variables(self.text, literal)
        if not self.guard:
            return shown
        other = self.otherwise and f"{{% else %}}{line_break}{self.otherwise}"
        # The plus sign keeps a line's end behind the tag.
        return f"{{% if {self.guard} %}}{shown}{other}{{% endif +%}}"


@dataclass(frozen=True)
class Detail:
    """A row of the table.

    Attributes:
        label: In the language of the text.
        guard: A condition; the row is left out where it is not met.
    """

    label: str
    guard: str
    lines: tuple[DetailLine, ...]
    is_strong: bool = False


_START = "booking.start_time"
_NAMES = (
    "{{ customer.first_name | default('', true) }} {{ customer.last_name | default('', true) }}"
)


def detail(row: DetailRow, say: Wording) -> Detail:
    """Return a row with its label in a language."""
    day = DetailLine("{{ booking.start_time | date('full') }}")
    times = DetailLine(say("details_times"), "booking.end_time", "{{ booking.start_time | time }}")
    known: Mapping[DetailRow, tuple[str, Sequence[DetailLine]]] = {
        "activity": ("activity.name", [DetailLine("{{ activity.name }}")]),
        "when": (_START, [day, times]),
        "date": (_START, [day]),
        "time": (_START, [times]),
        "place": ("location.address", [DetailLine("{{ location.address }}")]),
        "party_size": ("booking.party_size", [DetailLine("{{ booking.party_size }}")]),
        "total": ("booking.total_amount", [DetailLine("{{ booking.total_amount | money }}")]),
        "confirmation_code": (
            "booking.confirmation_code",
            [DetailLine("{{ booking.confirmation_code }}")],
        ),
        "guest": (
            "customer.first_name or customer.last_name",
            [DetailLine(_NAMES), DetailLine("{{ customer.phone }}", "customer.phone")],
        ),
    }
    guard, lines = known[row]
    is_strong = row in ("activity", "confirmation_code")
    return Detail(say(f"details_{row}"), guard, tuple(lines), is_strong)
