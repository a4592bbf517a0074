"""ETags name revisions; cursors pass only where they were made."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookflow.api.errors import MalformedRequestError, PreconditionRequiredError
from bookflow.api.etags import etag, revision_of
from bookflow.api.pagination import Cursors
from bookflow.domain.shared.errors import InvalidInputError


@given(st.integers(0, 10**17))
def test_an_etag_leads_back_to_its_revision(revision: int) -> None:
    assert revision_of(etag(revision)) == revision


@pytest.mark.parametrize("header", [None, "", "  "])
def test_a_missing_precondition_is_asked_for(header: str | None) -> None:
    with pytest.raises(PreconditionRequiredError):
        revision_of(header)


@pytest.mark.parametrize("header", ["*", "7", 'W/"7"', '"7", "8"', '"-1"', '"x"', '"٣"', '"' * 99])
def test_what_is_no_etag_of_ours_is_refused(header: str) -> None:
    with pytest.raises(MalformedRequestError):
        revision_of(header)


def cursors(location: str = "loc-1", route: str = "workflows", **query: str) -> Cursors:
    return Cursors.of("key", f"/v1/locations/{location}/{route}", query)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_cursor_leads_back_to_its_position(position: str) -> None:
    cursor = cursors().write(position)
    assert cursor is not None
    assert cursors().read(cursor) == position
    assert cursor.isascii()


def test_pages_of_a_list_may_differ_in_size() -> None:
    cursor = cursors(status="failed", limit="2").write("position")
    assert cursors(status="failed", limit="5", cursor=cursor or "").read(cursor) == "position"


def test_the_end_of_a_list_has_no_cursor() -> None:
    assert cursors().write(None) is None
    assert cursors().read(None) is None


@pytest.mark.parametrize(
    "other",
    [
        cursors("loc-2"),
        cursors(route="executions"),
        cursors(status="failed"),
        Cursors.of("another key", "/v1/locations/loc-1/workflows", {}),
    ],
)
def test_a_cursor_of_another_list_does_not_pass(other: Cursors) -> None:
    with pytest.raises(InvalidInputError):
        other.read(cursors().write("position"))


@given(st.data())
def test_a_changed_cursor_does_not_pass(data: st.DataObject) -> None:
    cursor = cursors().write("a position") or ""
    place = data.draw(st.integers(0, len(cursor) - 2))
    letter = data.draw(st.sampled_from("ABCxyz019-_"))
    changed = cursor[:place] + letter + cursor[place + 1 :]
    if changed != cursor:
        with pytest.raises(InvalidInputError):
            cursors().read(changed)


@given(st.text())
def test_rubbish_is_no_cursor(text: str) -> None:
    with pytest.raises(InvalidInputError):
        cursors().read(text)
