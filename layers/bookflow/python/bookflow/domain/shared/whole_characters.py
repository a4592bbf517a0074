"""Replaces halves of character pairs, which JSON can write and no encoding can carry."""

from __future__ import annotations

import json
import re
from typing import Any

_HALF_CHARACTER = re.compile("[\ud800-\udfff]")


def with_whole_characters(value: Any) -> Any:
    """Return a JSON value in which U+FFFD stands for each half of a character pair.

    Senders cut texts in the middle of an emoji, and JSON can write that. The half holds nothing
    that could be saved, and it must not cost the whole event.
    """
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return _replace_halves(value)
    except (ValueError, RecursionError):
        pass  # not storable for another reason, which `check_storable` names
    return value


def _replace_halves(value: Any) -> Any:
    if isinstance(value, str):
        return _HALF_CHARACTER.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_replace_halves(key): _replace_halves(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_replace_halves(each) for each in value]
    return value
