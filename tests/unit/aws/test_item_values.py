"""Items are written and read as boto3 would: the values of ours have the same form there and back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from bookflow.adapters.dynamodb.base.values import from_dynamodb, to_dynamodb
from bookflow.domain.bookings.statuses import BookingStatus

SCALARS = st.one_of(
    st.text(),
    st.booleans(),
    st.integers(-(10**37), 10**37),
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9
    ),
    st.sampled_from(BookingStatus),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner)
)


@given(VALUES)
def test_a_value_is_written_and_read_as_boto3_does_it(value: Any) -> None:
    written = to_dynamodb(value)
    assert written == TypeSerializer().serialize(value)
    assert from_dynamodb(written) == TypeDeserializer().deserialize(written) == value


def test_texts_without_an_order_are_a_set() -> None:
    assert to_dynamodb({"b", "a"}) == {"SS": ["a", "b"]}
    assert from_dynamodb({"SS": ["a", "b"]}) == {"a", "b"}


def test_bytes_are_read_as_bytes() -> None:
    assert from_dynamodb(to_dynamodb(b"\0\xff")) == b"\0\xff"


@pytest.mark.parametrize("value", [1.5, None, frozenset("ab"), object()])
def test_what_no_item_holds_is_a_mistake_of_ours(value: Any) -> None:
    with pytest.raises(TypeError, match=f"cannot hold a {type(value).__name__}"):
        to_dynamodb(value)


def test_numbers_keep_their_digits() -> None:
    assert from_dynamodb({"N": "0.10"}) == Decimal("0.10")
