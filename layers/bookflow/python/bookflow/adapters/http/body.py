"""Keeps the first bytes of a response body, and never unpacks more than it keeps."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

COMPRESSIONS = frozenset({"gzip", "x-gzip", "deflate"})
"""Values of Content-Encoding that are undone; a body in any other is kept as it came."""

# Detects gzip or zlib by the first bytes.
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def read_plain(chunks: Iterable[bytes], limit: int) -> tuple[bytes, bool]:
    """Return at most `limit` bytes, and whether there were more."""
    kept = bytearray()
    for chunk in chunks:
        kept += chunk
        if len(kept) > limit:
            return bytes(kept[:limit]), True
    return bytes(kept), False


def read_compressed(chunks: Iterable[bytes], limit: int) -> tuple[bytes, bool]:
    """Return at most `limit` unpacked bytes, and whether something is missing.

    Both sides are bounded: the output by `limit`, so that a bomb costs no memory, and the input
    by twice that, since a stream of empty blocks unpacks to nothing for ever. Broken compression
    ends the reading with what was unpacked until then.
    """
    kept, taken = bytearray(), 0
    inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
    for chunk in chunks:
        taken += len(chunk)
        while chunk:
            if inflater.eof:  # gzip may be several members in a row
                inflater = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                # One more than fits, to notice the overflow; and 0 would mean no limit.
                kept += inflater.decompress(chunk, limit - len(kept) + 1)
            except zlib.error:
                return bytes(kept), True
            if len(kept) > limit:
                return bytes(kept[:limit]), True
            chunk = inflater.unused_data
        if taken > 2 * limit + 1024:
            return bytes(kept), True
    return bytes(kept), taken > 0 and not inflater.eof
