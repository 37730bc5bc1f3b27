"""The recovery sheets, as the use cases, the papers and the screens know them, and the port to the
keys behind them.

The rows of a sheet are half of what opens a laptop: nothing that holds them shows them when it is
printed or logged, and nobody writes them anywhere but on paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from app.domain.errors import DomainError

__all__ = [
    "LETTERS",
    "NO_SHEETS",
    "DrawnSet",
    "PaperSheet",
    "RecoverySheet",
    "Rows",
    "SheetKeys",
    "letter_of",
]

Rows = Sequence[str]
"""The rows of one sheet, as somebody typed or scanned them."""

LETTERS: Final = ("A", "B", "C")


def letter_of(number: int) -> str:
    """Return the letter of a sheet by its number from 1."""
    return LETTERS[number - 1]


@dataclass(frozen=True, slots=True)
class PaperSheet:
    """One sheet as it is printed; ``number`` from 1."""

    number: int
    rows: tuple[str, ...] = field(repr=False)

    @property
    def letter(self) -> str:
        """A, B or C."""
        return letter_of(self.number)


@dataclass(frozen=True, slots=True)
class DrawnSet:
    """Three new sheets that open nothing yet. ``name``: how the set is called on paper; ``public``:
    the key to which the database's will be sealed."""

    name: str
    sheets: tuple[PaperSheet, ...]
    set_id: bytes = field(repr=False)
    public: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RecoverySheet:
    """One sheet with what its paper says. ``day``: when it was made, in words; ``is_root``: it
    brings back a region's root key, and not a laptop."""

    sheet: PaperSheet
    set_name: str
    day: str
    is_root: bool = False


class SheetKeys(Protocol):
    """The keys behind the sheets of an open laptop. Storage thread."""

    @property
    def set_name(self) -> str:
        """The set that opens this laptop; empty when none does."""

    def draw(self) -> DrawnSet:
        """Return a new set, in memory alone. Raises DomainError ``sheets_not_here``."""

    def keep(self, drawn: DrawnSet) -> None:
        """Let this set open the laptop, and the one before no longer. Raises DomainError
        ``vault_altered``; EnvironmentFault of the disk, with the one before as good as ever."""

    def try_pair(self, one: Rows, other: Rows) -> tuple[int, int]:
        """Return the numbers of two sheets that open this laptop, lower one first; opens and
        changes nothing. Raises DomainError as :func:`app.domain.sheet_rows.read_rows`,
        ``sheet_newer``, ``sheet_unknown``, ``sheets_same``, ``sheets_apart``,
        ``sheets_of_another``, ``sheets_none``."""

    def read_pair(self, one: Rows, other: Rows) -> DrawnSet:
        """Return the set of these two sheets, which opens another laptop of the centre, without its
        sheets, so that it can be kept here, too; changes nothing. Raises, of the sheets, as
        :meth:`try_pair`; ``sheets_not_here``."""

    def leave_to_sheets(self) -> None:
        """Let nobody open this laptop by words any more: two sheets alone do. Raises DomainError
        ``sheets_none``, ``sheets_not_here``; EnvironmentFault of the disk, with nothing changed."""


class _NoSheets:
    """Where there is no vault: practice, and papers without a laptop."""

    set_name = ""

    def draw(self) -> DrawnSet:
        raise DomainError("sheets_not_here")

    def keep(self, drawn: DrawnSet) -> None:
        del drawn
        raise DomainError("sheets_not_here")

    def try_pair(self, one: Rows, other: Rows) -> tuple[int, int]:
        del one, other
        raise DomainError("sheets_not_here")

    def read_pair(self, one: Rows, other: Rows) -> DrawnSet:
        del one, other
        raise DomainError("sheets_not_here")

    def leave_to_sheets(self) -> None:
        raise DomainError("sheets_not_here")


NO_SHEETS: Final[SheetKeys] = _NoSheets()
