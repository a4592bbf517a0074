"""Lists the workflows that use a template, a survey or a secret."""

from __future__ import annotations

from bookflow.api.calls import Call, View
from bookflow.use_cases.workflows.references import Use, UseKind, uses


class UsePage(View):
    """The workflows among a page of the location's that name the record; it may be empty."""

    items: tuple[Use, ...]
    next_cursor: str | None = None


def use_page(
    call: Call,
    location_id: str,
    kind: UseKind,
    record_id: str,
    *,
    limit: int,
    cursor: str | None,
) -> UsePage:
    """Return a page of the uses of a template, survey or secret."""
    cursors = call.cursors(location_id, "uses", kind=kind, id=record_id)
    page = uses(
        kind, record_id, location_id, call.ports, limit=limit, position=cursors.read(cursor)
    )
    return UsePage(items=tuple(page.items), next_cursor=cursors.write(page.position))
