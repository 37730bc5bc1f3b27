"""The decoders under test, by name, and what they share: good inputs, and a centre of two laptops."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.crypto.secret import SecretKey
from tests.support import centres

__all__ = [
    "KEY",
    "TARGETS",
    "VECTORS",
    "Target",
    "in_pieces",
    "laptops",
    "scratch",
    "target",
    "vectors",
]

KEY: Final = SecretKey(bytes(range(32)))
VECTORS: Final = Path(__file__).parent.parent / "vectors"


@dataclass(frozen=True, slots=True)
class Target:
    """A decoder under test."""

    name: str
    run: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]


TARGETS: dict[str, Target] = {}


def target(
    seeds: Callable[[], Iterable[bytes]], *named: type[Exception]
) -> Callable[[Callable[[bytes], object]], Callable[[bytes], object]]:
    """Register a target whose decoder may raise only these."""

    def register(run: Callable[[bytes], object]) -> Callable[[bytes], object]:
        def guarded(content: bytes) -> object:
            try:
                return run(content)
            except named:
                return None

        name = run.__name__
        TARGETS[name] = Target(name, guarded, seeds)
        return run

    return register


def vectors(*patterns: str) -> Callable[[], list[bytes]]:
    """Return the test vectors of these names."""
    return lambda: [
        one.read_bytes() for pattern in patterns for one in sorted(VECTORS.rglob(pattern))
    ]


@cache
def laptops() -> centres.TwoLaptops:
    """A centre of two laptops, the same at every run."""
    return centres.two_laptops()


@cache
def scratch() -> Path:
    """A folder of this run."""
    return Path(tempfile.mkdtemp(prefix="qispi-fuzz-"))


def in_pieces(content: bytes, feed: Callable[[bytes], Iterable[object]]) -> list[object]:
    """Feed a reader in pieces of the size that the first byte says; return what it gave."""
    size = 1 + content[0] if content else 1
    found: list[object] = []
    for start in range(1, len(content), size):
        found += feed(content[start : start + size])
    return found
