"""Encoding and segments of SMS, by 3GPP TS 23.038 and 23.040."""

from __future__ import annotations

import pytest

from bookflow.domain.messages.sms import SmsSize, sms_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", SmsSize("GSM-7", 0, 1)),
        ("a" * 160, SmsSize("GSM-7", 160, 1)),
        ("a" * 161, SmsSize("GSM-7", 161, 2)),
        ("a" * 306, SmsSize("GSM-7", 306, 2)),
        ("a" * 307, SmsSize("GSM-7", 307, 3)),
        ("äöüß€", SmsSize("GSM-7", 6, 1)),
        ("€" * 80, SmsSize("GSM-7", 160, 1)),
        # 153 is odd: a euro sign cannot stand across two segments, so each holds 76 of them.
        ("€" * 153, SmsSize("GSM-7", 306, 3)),
        ("я" * 70, SmsSize("UCS-2", 70, 1, ("я",))),
        ("я" * 71, SmsSize("UCS-2", 71, 2, ("я",))),
        ("я" * 135, SmsSize("UCS-2", 135, 3, ("я",))),
        ("😀" * 35, SmsSize("UCS-2", 70, 1, ("😀",))),
        # 67 is odd as well: a segment holds 33 emoji.
        ("😀" * 67, SmsSize("UCS-2", 134, 3, ("😀",))),
        # One typographic quote makes the whole message UCS-2.
        ("a" * 70 + "\u2019", SmsSize("UCS-2", 71, 2, ("\u2019",))),
        ("ç", SmsSize("UCS-2", 1, 1, ("ç",))),
        ("Ç", SmsSize("GSM-7", 1, 1)),
    ],
)
def test_size(text: str, size: SmsSize) -> None:
    assert sms_size(text) == size
