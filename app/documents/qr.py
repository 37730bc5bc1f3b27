"""A QR code as plain rectangles: sharp on any printer, no image in the PDF."""

from __future__ import annotations

from collections.abc import Iterator

import segno

__all__ = ["runs", "side"]


def side(text: str) -> int:
    """Return how many modules wide the code of this text is, without its quiet zone."""
    return len(_matrix(text))


def runs(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield the dark runs of the code as (row from the top, first column, length in modules).

    Error correction M: a crease or a stamp over a corner does no harm (ISO/IEC 18004).
    """
    for row, modules in enumerate(_matrix(text)):
        start: int | None = None
        for column, dark in enumerate((*modules, 0)):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                yield row, start, column - start
                start = None


def _matrix(text: str) -> tuple[bytearray, ...]:
    return tuple(segno.make(text, error="m", micro=False, boost_error=False).matrix)
