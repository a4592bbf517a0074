"""A sample of each action: a configuration, and what its step does; the contract of all actions runs with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ActionSample:
    """One action as a workflow may use it.

    Attributes:
        config: Its configuration; the template is `welcome`, an e-mail and an SMS to the customer.
        effects: How often each kind of thing happens that the outside world sees, if the step is
            done once.
    """

    config: Mapping[str, Any]
    effects: Mapping[str, int]


ACTIONS: Mapping[str, ActionSample] = {
    "send_template": ActionSample({"template": "welcome"}, {"emails": 1, "texts": 1}),
    "send_survey_email": ActionSample({}, {"emails": 1}),
    "update_booking": ActionSample({"value": "cancelled"}, {"cancelled": 1, "events": 2}),
    "add_booking_note": ActionSample({"note": "Hello {{ customer.first_name }}"}, {"notes": 1}),
    "create_task": ActionSample({"title": "Call {{ customer.first_name }}"}, {"tasks": 1}),
    "webhook": ActionSample(
        {"url": "https://crm.example.com/hook", "headers": {"X-Api-Key": "hush-hush"}},
        {"requests": 1},
    ),
}
"""The sample of each action, by its type: a new action is added here; docs/contributing.md says
where else."""
