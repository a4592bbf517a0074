"""Every spelling in blocked.txt is refused for its reason, and every URL in allowed.txt passes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bookflow.domain.webhooks.url_policy import Resolver, UrlPolicy, explain

HERE = Path(__file__).parent


def vectors(file: str) -> Iterator[str]:
    for line in (HERE / file).read_text("utf-8").split("\n"):
        if line and not line.startswith("#"):
            yield line


def split(vector: str) -> tuple[str, Resolver]:
    written, _, answers = vector.partition(" => ")
    url = re.sub(r"\\u([0-9a-f]{4})", lambda match: chr(int(match[1], 16)), written)

    def resolver(host: str, port: int) -> list[str]:
        if not answers:
            raise OSError("no such name")
        return answers.split(", ")

    return url, resolver


BLOCKED = list(vectors("blocked.txt"))
ALLOWED = list(vectors("allowed.txt"))


@pytest.mark.parametrize("vector", BLOCKED, ids=ascii)
def test_blocked_for_its_reason(vector: str) -> None:
    reason, _, rest = vector.partition(" ")
    url, resolver = split(rest)
    verdict = explain(url, UrlPolicy(), resolver)
    assert (verdict.allowed, verdict.reason_code) == (False, reason)
    assert verdict.message


@pytest.mark.parametrize("vector", ALLOWED, ids=ascii)
def test_allowed(vector: str) -> None:
    url, resolver = split(vector)
    verdict = explain(url, UrlPolicy(), resolver)
    assert (verdict.allowed, verdict.reason_code) == (True, "allowed"), verdict.message
    assert verdict.addresses


def test_the_vector_files_stay_broad() -> None:
    assert len(set(BLOCKED)) == len(BLOCKED) >= 250
    assert len(set(ALLOWED)) == len(ALLOWED) >= 40
