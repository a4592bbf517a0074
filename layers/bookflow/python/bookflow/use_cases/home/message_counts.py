"""Counts what a location sent in the last 30 days, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import get_args

from bookflow.domain.messages.sent.sent_message import Channel, MessageCounts
from bookflow.ports import Ports

COUNTED = timedelta(days=30)


def message_counts(ports: Ports, location_id: str) -> Mapping[Channel, MessageCounts]:
    """Return the counts of each channel."""
    since = ports.clock.now() - COUNTED
    channels: tuple[Channel, ...] = get_args(Channel)
    return {each: ports.messages.counts(location_id, each, since) for each in channels}
