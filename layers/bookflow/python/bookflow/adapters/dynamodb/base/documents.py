"""How a record becomes one attribute: JSON, exact, compressed when it is large."""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Any, TypeVar

from bookflow.domain.shared.errors import InvalidInputError

if TYPE_CHECKING:
    from bookflow.domain.shared.records import StoredModel

COMPRESSED_ABOVE_BYTES = 4096
"""Larger documents are deflated: an item may hold 400 KB, a graph 256 KiB of JSON."""

ModelT = TypeVar("ModelT", bound="StoredModel")


def encode(value: Any) -> str | bytes:
    """Return a JSON value as text, or as deflated bytes when it is large.

    Raises:
        InvalidInputError: A text is not Unicode, so it cannot be stored exactly.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        raise InvalidInputError(
            "a text holds half of a character pair (U+D800 to U+DFFF)",
            remedy="Send valid Unicode.",
        ) from None
    return text if len(raw) <= COMPRESSED_ABOVE_BYTES else zlib.compress(raw)


def decode(stored: Any) -> Any:
    """Return the JSON value of a stored document."""
    return json.loads(stored if isinstance(stored, str) else zlib.decompress(bytes(stored)))


def encode_model(model: StoredModel) -> str | bytes:
    """Return one of Bookflow's own records as a document."""
    return encode(model.model_dump(mode="json"))


def decode_model(model: type[ModelT], stored: Any, **native: Any) -> ModelT:
    """Return the record of a document; `native` attributes of the item replace its fields."""
    return model.model_validate({**decode(stored), **native})
