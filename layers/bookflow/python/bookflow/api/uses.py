"""Lists the workflows that use a template, a survey or a secret."""

from __future__ import annotations

from bookflow.api.calls import Call, PageView
from bookflow.domain.shared.pagination import PageRequest
from bookflow.use_cases.workflows.references import Use, UseKind, uses


class UsePage(PageView[Use]):
    """The workflows among a page of the location's that name the record; it may be empty."""


def use_page(
    call: Call, location_id: str, kind: UseKind, record_id: str, request: PageRequest
) -> UsePage:
    """Return a page of the uses of a template, survey or secret."""
    return UsePage.of_page(call, uses(kind, record_id, location_id, call.ports, request))
