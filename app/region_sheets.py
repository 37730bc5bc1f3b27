"""The region's root key on three paper sheets: two of them bring it back when its file is gone.

The seed of the root is then what two sheets give (:mod:`app.crypto.sheets`), so that its file holds
nothing that the sheets lack. Part of the composition root.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from app.crypto.passphrase import STANDARD, Argon2Cost
from app.crypto.secret import SecretKey
from app.crypto.sheets import Sheet, SheetKind, joined, new_sheets
from app.documents.recovery_sheet import RecoverySheetPaper
from app.documents.words import words_for
from app.domain.errors import DomainError, EnvironmentFault
from app.domain.sheet_rows import ROWS, read_row, write_name
from app.region import ROOT_NAME, new_root
from app.services.sheet_ports import PaperSheet, RecoverySheet, Rows
from sync.envelope.region import RegionRoot, root_code

__all__ = ["DrawnRoot", "draw_root", "keep_root", "restored_root", "write_papers"]

_PAPER: Final = "hoja-{letter}.pdf"


@dataclass(frozen=True, slots=True)
class DrawnRoot:
    """A root key that is on no disk yet, and its sheets. ``asked``: by the number of each sheet,
    the row that is typed back from its paper."""

    set_name: str
    sheets: tuple[PaperSheet, ...]
    asked: Mapping[int, int]
    seed: SecretKey = field(repr=False)

    def check(self, number: int, typed: str) -> None:
        """Refuse what is not the row that was asked for. Raises DomainError ``sheet_proof_wrong``,
        ``sheet_proof_other`` (``sheet``, ``row``)."""
        sheet, row = self.sheets[number - 1], self.asked[number]
        try:
            content = read_row(row, typed)
        except DomainError:
            raise DomainError("sheet_proof_wrong", sheet=sheet.letter, row=row) from None
        if content != read_row(row, sheet.rows[row - 1]):
            raise DomainError("sheet_proof_other", sheet=sheet.letter, row=row)


def draw_root() -> DrawnRoot:
    """Return a new root key with its sheets, in memory alone."""
    seed, sheets = new_sheets(SheetKind.ROOT, secrets.token_bytes)
    return DrawnRoot(
        write_name(sheets[0].set_id),
        tuple(PaperSheet(one.number, one.rows()) for one in sheets),
        {one.number: secrets.randbelow(ROWS) + 1 for one in sheets},
        seed,
    )


def write_papers(drawn: DrawnRoot, folder: Path, day: date) -> tuple[Path, ...]:
    """Write the three sheets as files to be printed and deleted; return where they are.

    Raises EnvironmentFault ``paper_not_written``, with none of them left.
    """
    words = words_for(("es",))
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for sheet in drawn.sheets:
            paper = RecoverySheet(sheet, drawn.set_name, f"{day:%d/%m/%Y}", is_root=True)
            place = folder / _PAPER.format(letter=sheet.letter.lower())
            descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            written.append(place)
            with os.fdopen(descriptor, "wb") as file:
                file.write(RecoverySheetPaper(words, paper).draw())
    except OSError:
        for place in written:
            place.unlink(missing_ok=True)
        raise EnvironmentFault("paper_not_written") from None
    return tuple(written)


def keep_root(
    folder: Path, drawn: DrawnRoot, passphrase: str, *, cost: Argon2Cost = STANDARD
) -> str:
    """Write the root key into a folder; return its 32 digits. Raises as
    :func:`app.region.new_root`."""
    return new_root(folder, passphrase, seed=drawn.seed, cost=cost)


def restored_root(folder: Path, one: Rows, other: Rows) -> tuple[str, SecretKey]:
    """Return the 32 digits of the root key of two sheets, to be compared with those of the official
    letter, and its seed for :func:`app.region.new_root`.

    Raises DomainError ``already_set_up`` where the folder has a root key, ``sheets_not_root``, and
    of the sheets as :func:`app.crypto.sheets.joined`.
    """
    if (folder / ROOT_NAME).exists():
        raise DomainError("already_set_up")
    first, second = Sheet.typed(tuple(one)), Sheet.typed(tuple(other))
    if SheetKind.CENTRE in (first.kind, second.kind):
        raise DomainError("sheets_not_root")
    seed = joined(first, second)
    return root_code(RegionRoot(seed).public), seed
