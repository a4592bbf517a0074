"""Domains below which anybody may have a host, by the Public Suffix List (publicsuffix.org)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList


def has_many_owners(domain: str) -> bool:
    """Return whether the hosts below a domain belong to different owners.

    They do below a public suffix such as `co.uk` and `github.io`, and below a domain that has
    public suffixes itself: `s3.amazonaws.com` is one, so `amazonaws.com` has many owners.

    Args:
        domain: A name in small ASCII letters, without a dot at its end.
    """
    rules, text = _list()
    below = rf"^[!*]?[^\s/]*\.{re.escape(domain)}\s*$"
    return rules.is_public(domain) or re.search(below, text, re.MULTILINE) is not None


@cache
def _list() -> tuple[PublicSuffixList, str]:
    """Return the list as it is asked, and its text with a rule a line."""
    from publicsuffixlist import PSLFILE, PublicSuffixList  # it takes 0.1 s to read

    return PublicSuffixList(), Path(PSLFILE).read_text(encoding="utf-8")
