"""What two simulations of one booking do differently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from bookflow.domain.timeline import TimelineEntry


class DifferenceKind(StrEnum):
    """How two timelines differ in one entry."""

    ONLY_DRAFT = "only_draft"
    ONLY_PUBLISHED = "only_published"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True)
class Difference:
    """One entry that is not the same; what is missing on one side is None there."""

    kind: DifferenceKind
    draft: TimelineEntry | None
    published: TimelineEntry | None


def differences(
    draft: Iterable[TimelineEntry], published: Iterable[TimelineEntry]
) -> Sequence[Difference]:
    """Return what is not the same, by time.

    The same execution of the same node is compared, whatever became of it. One at another time has
    moved, even if its text is another one as well.
    """
    ours, theirs = _by_place(draft), _by_place(published)
    found = [
        Difference(kind, one, other)
        for place in dict.fromkeys((*ours, *theirs))
        for one, other in zip_longest(ours[place], theirs[place])
        if (kind := _kind(one, other)) is not None
    ]
    return sorted(found, key=lambda each: _first(each).at)


def _by_place(entries: Iterable[TimelineEntry]) -> dict[Any, list[TimelineEntry]]:
    found: dict[Any, list[TimelineEntry]] = defaultdict(list)
    for entry in entries:
        found[entry.execution_id, entry.node_id, entry.what].append(entry)
    return found


def _kind(draft: TimelineEntry | None, published: TimelineEntry | None) -> DifferenceKind | None:
    if published is None:
        return DifferenceKind.ONLY_DRAFT
    if draft is None:
        return DifferenceKind.ONLY_PUBLISHED
    if draft.at != published.at:
        return DifferenceKind.MOVED
    # The workflow's own name is no part of what it does.
    if draft.changed(workflow_name="") != published.changed(workflow_name=""):
        return DifferenceKind.CHANGED
    return None


def _first(difference: Difference) -> TimelineEntry:
    entry = difference.draft or difference.published
    if entry is None:
        raise ValueError("a difference has at least one side")
    return entry
