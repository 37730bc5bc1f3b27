"""The store of datasets: rows in the official format, without names, kept apart from the cases.

A dataset is no case file: it is in no change log, is never sent, and is only counted and compared
(``docs/adr`` has the reasons).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from app.domain.change import RecordId
from app.domain.official_format import Block

__all__ = ["Dataset", "DatasetFacts", "Datasets"]


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """What an import found: numbers, and two digests (SHA-256).

    ``digest`` is that of the accepted rows as an export writes them, so that it is the digest of
    the exported file; ``source_digest`` that of the file as it was read. ``incomplete`` rows were
    loaded without the cells that were refused; rows ``set_aside`` were not loaded at all.
    """

    rows: int
    incomplete: int
    set_aside: int
    refused: int
    digest: bytes
    source_digest: bytes
    source_bytes: int
    had_bom: bool


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset as lists show it: its name, when it was imported (ms, UTC), and its facts."""

    id: RecordId
    name: str
    at_ms: int
    facts: DatasetFacts


class Datasets(Protocol):
    """The datasets of this laptop."""

    def begin(self, dataset_id: RecordId, name: str, at_ms: int) -> None:
        """Begin a dataset without rows. The name is new: ask :meth:`find` before."""

    def append(self, dataset_id: RecordId, block: Block) -> None:
        """Add rows at its end; a refused cell keeps its mark."""

    def finish(self, dataset_id: RecordId, facts: DatasetFacts) -> None:
        """Write what the import found."""

    def find(self, name: str) -> Dataset | None:
        """Return the dataset of this name, or None."""

    def all(self) -> tuple[Dataset, ...]:
        """Return every dataset, oldest first."""

    def blocks(self, dataset_id: RecordId) -> Iterator[Block]:
        """Yield its rows in their order, a few thousand at a time."""

    def remove(self, dataset_id: RecordId) -> None:
        """Delete a dataset and its rows; what was there is overwritten."""
