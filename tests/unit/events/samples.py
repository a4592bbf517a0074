"""The sample events of `events/`, and events made from them."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

EVENTS = Path(__file__).resolve().parents[3] / "events"


@cache
def _samples() -> dict[str, dict[str, Any]]:
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(EVENTS.glob("*.json"))
    }


def sample_names() -> list[str]:
    return list(_samples())


def sample(name: str = "booking_created", **detail: Any) -> dict[str, Any]:
    """Return a fresh envelope with these fields of its `detail` changed; `...` removes one."""
    envelope = deepcopy(_samples()[name])
    envelope["detail"].update(detail)
    envelope["detail"] = {
        key: value for key, value in envelope["detail"].items() if value is not ...
    }
    return envelope
