"""The pages about events and actions are what the models say."""

from __future__ import annotations

from pathlib import Path

import pytest

from bookflow.actions.catalogue import action_types
from bookflow.domain.events import event_types
from bookflow.domain.flow import FLOW_CONFIGS
from scripts.write_docs import ROOT, main, pages


@pytest.mark.parametrize("name", ["docs/events.md", "docs/actions.md"])
def test_a_page_is_current(name: str) -> None:
    assert (ROOT / name).read_text(encoding="utf-8") == pages()[ROOT / name], "Run make docs."


def test_every_event_and_its_own_fields_are_described() -> None:
    page = pages()[ROOT / "docs/events.md"]
    for detail_type, model in event_types().items():
        section = page.split(f"\n## {detail_type}\n")[1].split("\n## ")[0]
        assert model.description in section
        assert f'"detail-type": "{detail_type}"' in section
        for name, field in model.model_fields.items():
            if field.is_required() and name not in ("event_id", "location_id", "occurred_at"):
                assert f"| `{name}` |" in section


def test_derived_events_are_reported() -> None:
    page = pages()[ROOT / "docs/events.md"]
    section = page.split("\n## Booking Completed\n")[1].split("\n## ")[0]
    assert "follows from Booking Status Changed" in section


def test_every_node_and_its_fields_are_described() -> None:
    page = pages()[ROOT / "docs/actions.md"]
    models = {name: action.config_model for name, action in action_types().items()}
    for name, model in {**models, **FLOW_CONFIGS}.items():
        section = page.split(f"\n`{name}` with ")[1].split("\n## ")[0]
        for field in model.model_json_schema()["properties"]:
            assert f"| `{field}` |" in section


def test_a_page_that_differs_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("scripts.write_docs.ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "events").symlink_to(ROOT / "events")
    assert main(["--check"]) == 1
    assert "docs/events.md is not what the models say" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0
