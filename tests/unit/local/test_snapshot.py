"""The kept state is used for just what it was made from, and only when it is complete."""

from __future__ import annotations

from pathlib import Path

from local.snapshot import SnapshotStore


def kept(folder: Path, digest: str) -> SnapshotStore:
    store = SnapshotStore(folder / "snapshot")
    state = store.make_room()
    state.mkdir()
    (state / "sqs.json").write_text("{}")
    store.keep(digest, {"Bus": "b"})
    return store


def test_a_snapshot_comes_back_with_its_outputs(tmp_path: Path) -> None:
    snapshot = kept(tmp_path, "d1").find("d1")
    assert snapshot is not None
    assert snapshot.outputs == {"Bus": "b"}
    assert (snapshot.state / "sqs.json").exists()


def test_a_snapshot_of_something_else_is_not_used(tmp_path: Path) -> None:
    assert kept(tmp_path, "d1").find("d2") is None


def test_a_snapshot_that_is_being_made_anew_is_not_used(tmp_path: Path) -> None:
    store = kept(tmp_path, "d1")
    state = store.make_room()
    state.mkdir()
    assert store.find("d1") is None


def test_a_snapshot_without_its_state_or_with_a_broken_note_is_not_used(tmp_path: Path) -> None:
    store = kept(tmp_path, "d1")
    (tmp_path / "snapshot" / "emulator").rename(tmp_path / "elsewhere")
    assert store.find("d1") is None
    (tmp_path / "elsewhere").rename(tmp_path / "snapshot" / "emulator")
    (tmp_path / "snapshot" / "snapshot.json").write_text("{")
    assert store.find("d1") is None
