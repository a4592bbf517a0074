"""How long an SMS is: its encoding and the segments that it is billed as.

Sources: 3GPP TS 23.040 (140 bytes a segment, 6 of them for the header of a message in parts);
Amazon SNS Developer Guide, "Publishing to a mobile phone" (1,600 characters a message).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from bookflow.domain.rendering.gsm7 import EXTENDED, outside_of_gsm7

MAX_CHARACTERS = 1600
"""Amazon SNS takes no longer message, whatever its number of segments."""

_GSM7_ALONE, _GSM7_PART = 160, 153
_UCS2_ALONE, _UCS2_PART = 70, 67


@dataclass(frozen=True)
class SmsSize:
    """The size of one SMS.

    Attributes:
        encoding: GSM-7 as long as its alphabet suffices, else UCS-2 for the whole message.
        units: Septets or UTF-16 code units; `€` or an emoji takes two.
        segments: How many messages the network sends, and bills.
        outside: The characters, each once, that GSM-7 does not have.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    units: int
    segments: int
    outside: tuple[str, ...] = ()


def sms_size(text: str) -> SmsSize:
    """Return the size of a text as the network counts it; an empty text still is one segment."""
    outside = outside_of_gsm7(text)
    if not outside:
        widths = [2 if letter in EXTENDED else 1 for letter in text]
        return SmsSize("GSM-7", sum(widths), _segments(widths, _GSM7_ALONE, _GSM7_PART))
    widths = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    return SmsSize("UCS-2", sum(widths), _segments(widths, _UCS2_ALONE, _UCS2_PART), outside)


def _segments(widths: Iterable[int], alone: int, part: int) -> int:
    """Count segments; a character of two units never stands across two of them."""
    widths = list(widths)
    if sum(widths) <= alone:
        return 1
    segments, used = 1, 0
    for width in widths:
        if used + width > part:
            segments, used = segments + 1, 0
        used += width
    return segments
