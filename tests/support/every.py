"""How much of a long row of cases is tried: some of it in every run, all when somebody asks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

__all__ = ["EVERY", "some", "spread"]

T = TypeVar("T")

EVERY = "QISPI_EVERY" in os.environ
"""``QISPI_EVERY=1`` tries every case of every row."""


def some(few: int, full: int) -> int:
    """Return how many cases are tried: few, or the full number when every case is wanted."""
    return full if EVERY else few


def spread(row: Sequence[T], few: int) -> Sequence[T]:
    """Return so many of a row, its first and last among them; all when every case is wanted."""
    if EVERY or len(row) <= few:
        return row
    return [row[at * (len(row) - 1) // (few - 1)] for at in range(few)]
