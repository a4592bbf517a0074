"""The environment of a function as one checked value."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from bookflow.domain.shared.errors import PermanentError

PREFIX = "BOOKFLOW_"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What template.yaml sets for a function, without `BOOKFLOW_` in the names.

    Only the tables and the bus are known to all functions; the others are empty where a
    function has no use for them.
    """

    table: str
    idempotency_table: str
    event_bus: str
    dead_letter_queue_url: str = ""
    function_arn_prefix: str = ""
    machine_role_arn: str = ""
    machine_log_group_arn: str = ""
    machine_name_prefix: str = ""
    sender_email: str = ""
    configuration_set: str = ""
    tracking_configuration_set: str = ""
    sms_sender_id: str = ""
    public_base_url: str = ""
    parameter_prefix: str = ""
    schedule_group: str = ""
    scheduler_role_arn: str = ""
    event_queue_arn: str = ""
    event_queue_url: str = ""
    scheduler_dead_letter_queue_arn: str = ""
    scheduler_calls_per_second: int = 100
    messages_per_second: int = 10
    reminder_jobs_queue_url: str = ""
    webhook_allowed_loopback: str = ""
    issuer: str = ""
    audience: str = ""
    allowed_origin: str = ""
    cursor_key: str = ""
    log_retention_days: int = 30
    max_receive_count: int = 5
    service: str = "bookflow"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings.

        Raises:
            PermanentError: A setting is missing, or no number; `field` is the variable's name.
        """
        values: dict[str, Any] = {}
        for field in fields(cls):
            variable = PREFIX + field.name.upper()
            text = environment.get(variable)
            if text is None and field.default is MISSING:
                raise _wrong(variable, "is not set")
            if text is not None:
                values[field.name] = _number(variable, text) if field.type == "int" else text
        if "POWERTOOLS_SERVICE_NAME" in environment:
            values["service"] = environment["POWERTOOLS_SERVICE_NAME"]
        return cls(**values)

    def require(self, name: str) -> str:
        """Return a setting that this function cannot do without.

        Raises:
            PermanentError: It is empty.
        """
        value = str(getattr(self, name))
        if not value:
            raise PermanentError(
                "is not set",
                field=PREFIX + name.upper(),
                remedy="Add it to the function's Environment in template.yaml.",
            )
        return value

    @property
    def audiences(self) -> frozenset[str]:
        """Audiences of which a token must name one."""
        return frozenset(part.strip() for part in self.audience.split(",") if part.strip())

    @property
    def allowed_loopback(self) -> frozenset[tuple[str, int]]:
        """Host and port pairs on loopback that webhooks of the local stack may call."""
        pairs = (
            entry.rpartition(":") for entry in self.webhook_allowed_loopback.split(",") if entry
        )
        return frozenset((host.strip(), int(port)) for host, _, port in pairs)


def _number(variable: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _wrong(variable, "is no whole number") from None


def _wrong(variable: str, reason: str) -> PermanentError:
    remedy = "template.yaml sets it under Globals or the function's Environment."
    return PermanentError(reason, field=variable, remedy=remedy)
