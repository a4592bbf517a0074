"""Every stored entity ends by itself, or docs/data-model.md says why it does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bookflow.bootstrap import Services
from tests.integration.api.conftest import CountedAws
from tests.records import know_location_as, store_all_around, store_one_of_each

PAGE = Path(__file__).parents[3] / "docs/data-model.md"
REASON = re.compile(r"none\b.*: .+|none while .+")


@dataclass(frozen=True)
class Entity:
    """A line of the page's table."""

    name: str
    pk: re.Pattern[str]
    sk: re.Pattern[str]
    time_to_live: str

    def __str__(self) -> str:
        return self.name


def entities() -> Iterator[Entity]:
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) == 6 and cells[1].startswith("`"):
            yield Entity(cells[0], _pattern(cells[1]), _pattern(cells[2]), cells[5])


def _pattern(cell: str) -> re.Pattern[str]:
    """Return what keys of a form such as `L#loc#TASK#<id>` match."""
    form = re.escape(cell.strip("`")).replace("L\\#loc", "L#loc-1")
    form = re.sub("<[^>]+>", "[^#]+", form.replace("\\ ", " "))
    form = form.replace("<time>", "[^#]+").replace("000012", r"\d{6}")
    return re.compile(f"^{form}$")


def test_every_entity_has_a_time_to_live_or_a_reason(aws: CountedAws, services: Services) -> None:
    know_location_as(services, "loc-1", "Kayaks")
    store_one_of_each(services, "loc-1", "one", "mark")
    store_all_around(services, "loc-1", "one")
    table = services.settings.table
    items = aws.client("dynamodb").scan(TableName=table)["Items"]
    known = list(entities())
    seen: set[str] = set()
    for item in items:
        pk, sk = item["PK"]["S"], item["SK"]["S"]
        matching = [each for each in known if each.pk.match(pk) and each.sk.match(sk)]
        assert len(matching) == 1, (pk, sk, matching)
        (entity,) = matching
        ends = "expires_at" in item
        assert ends is not bool(REASON.match(entity.time_to_live)), (pk, sk, entity.time_to_live)
        seen.add(entity.name)
    assert {entity.name for entity in known} == seen
