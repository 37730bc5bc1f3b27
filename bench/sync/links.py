"""The links that are measured. Plain Python only: the proxy and the peers know nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["HEADER_BYTES", "LINKS", "OPEN", "SEGMENT_BYTES", "Link"]

SEGMENT_BYTES: Final = 1_400
HEADER_BYTES: Final = 40
"""Of IP and TCP, for each segment: they take their time on the line and are not in the counts."""


@dataclass(frozen=True, slots=True)
class Link:
    """How a link behaves; without a rate, bytes are handed on at once and only counted.

    ``loss`` is the share of segments that are lost, those sent again included;
    ``cut_seconds`` after how long, again and again, all connections break.
    """

    name: str
    bits_per_second: float = 0.0
    round_trip_seconds: float = 0.0
    loss: float = 0.0
    cut_seconds: float = 0.0


OPEN: Final = Link("loopback")

LINKS: Final[Mapping[str, Link]] = {
    one.name: one
    for one in (
        OPEN,
        Link("2g", 64_000, 0.6, 0.02),
        Link("cut", 64_000, 0.6, 0.02, cut_seconds=30),
    )
}
