"""Reads the text of an answer by the charset that its Content-Type names.

Source: the Encoding standard of the WHATWG. Its labels are looked up among Python's names of the
same encodings; every other codec of Python (UTF-7, UTF-32, base64, zlib …) is none of its, and a
receiver cannot choose it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from email.message import Message
from typing import NamedTuple

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)

# By Python's name. Where the standard reads a label as a larger encoding, that one is named.
_ENCODINGS: Mapping[str, str] = {
    "ascii": "cp1252",
    "big5": "big5hkscs",
    "cp949": "cp949",
    "euc_jp": "euc_jp",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "shift_jis": "cp932",
    "tis-620": "cp874",
    "utf-16": "utf-16-le",
    **{
        name: name
        for name in (
            *(f"iso8859-{part}" for part in (2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)),
            *(f"cp125{number}" for number in range(9)),
            *("big5hkscs", "cp866", "cp874", "cp932", "gb18030", "iso2022_jp", "koi8-r", "koi8-u"),
            *("mac-cyrillic", "mac-roman", "utf-8", "utf-16-be", "utf-16-le"),
        )
    },
}

# Labels of the standard that Python does not know, with Python's name of their encodings.
_FURTHER_LABELS: Mapping[str, str] = {
    "dos-874": "cp874",
    "iso-8859-8-i": "iso8859-8",
    "koi": "koi8-r",
    "unicode-1-1-utf-8": "utf-8",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gb18030",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-roman": "mac-roman",
    "x-mac-ukrainian": "mac-cyrillic",
    "x-sjis": "cp932",
    "x-x-big5": "big5hkscs",
    **{f"x-cp125{number}": f"cp125{number}" for number in range(9)},
}

_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}")


class ReadText(NamedTuple):
    """The text of an answer.

    Attributes:
        note: What was odd about its charset, as sentences; None if nothing was.
    """

    text: str
    note: str | None


def read_text(body: bytes, content_type: str, *, is_cut: bool) -> ReadText:
    """Return the text of an answer; what cannot be read becomes U+FFFD.

    A byte order mark says more than the label, and is no part of the text. Without mark and label
    the text is UTF-8.

    Args:
        body: The first bytes of the answer.
        content_type: Its Content-Type header, or an empty text.
        is_cut: Whether the last character may be cut.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return _decoded(body[len(mark) :], encoding, None, is_cut)
    label = _label_of(content_type)
    named = _encoding_of(label) if label else "utf-8"
    if named is None:
        shown = label if _LABEL.fullmatch(label or "") else "that is not a name"
        unknown = f"The answer names the unknown charset {shown}. It was read as UTF-8."
        return _decoded(body, "utf-8", unknown, is_cut)
    return _decoded(body, named, None, is_cut)


def _decoded(body: bytes, encoding: str, note: str | None, is_cut: bool) -> ReadText:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        # A cut character at the end is no mistake of the receiver.
        return ReadText(decoder.decode(body, final=not is_cut), note)
    except UnicodeDecodeError:
        damaged = f"Some characters of the answer are not {encoding} and were replaced by \ufffd."
        notes = " ".join(filter(None, [note, damaged]))
        return ReadText(body.decode(encoding, "replace"), notes)


def _label_of(content_type: str) -> str | None:
    header = Message()
    header["content-type"] = content_type
    try:
        return header.get_content_charset()
    except (LookupError, ValueError):
        return "?"


def _encoding_of(label: str) -> str | None:
    name = label.strip().lower()
    try:
        return _FURTHER_LABELS.get(name) or _ENCODINGS.get(codecs.lookup(name).name)
    except (LookupError, ValueError):
        return None
