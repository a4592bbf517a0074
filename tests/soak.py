"""How much of the same a test tries: a little in `make test`, much in `make soak`."""

from __future__ import annotations

from typing import Any

import pytest


def amounts(usual: int, *, soak: int) -> list[Any]:
    """Return both amounts, for `pytest.mark.parametrize`; the large one is marked `soak`."""
    return [usual, pytest.param(soak, marks=pytest.mark.soak)]
