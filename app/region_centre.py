"""The region takes a laptop out of a centre, and says which one administers it from then on.

When the laptop that administers is lost, nobody in the centre can take it out: the region's root
does, by statements that travel on a stick. The stick brings what the centre said, and takes back
what the root says; the root key stays offline.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.atomic_file import write_atomically
from app.domain.errors import DomainError, EnvironmentFault
from app.region import STATEMENTS_NAME
from app.services.chosen_files import read_chosen_file
from sync.envelope.region import RegionRoot, appoint, revoke_by_root
from sync.protocol.limits import STATEMENT_MAX
from sync.protocol.roster import Device, Roster, centre_of, evaluate, statement_id

__all__ = ["CentreOnStick", "read_centre", "take_out"]

_FOLDER: Final = "lotes"
_ENDING: Final = ".acta"
_FILES_MAX: Final = 20_000


@dataclass(frozen=True, slots=True)
class CentreOnStick:
    """What is known of one centre: its statements, and what they amount to."""

    centre: bytes
    statements: tuple[bytes, ...]
    roster: Roster

    def device(self, letter: str) -> Device:
        """Return the device with this letter, of those that belong to the centre if one does.
        Raises DomainError ``revoke_unknown_device``."""
        for one in (*self.roster.members(self.centre), *self.roster.of_centre(self.centre)):
            if one.letter == letter.upper():
                return one
        raise DomainError("revoke_unknown_device")


def read_centre(stick: Path, root_folder: Path, root_key: bytes) -> CentreOnStick:
    """Return the centre whose statements a laptop left on a stick, with those that the region kept.

    Raises DomainError ``region_no_centre`` when none of the region's centres is there, or several:
    a stick of one centre alone is wanted. OSError of the stick.
    """
    found, kept = _on_stick(stick), _kept(root_folder)
    roster = evaluate(found, root_key)
    centres = {one.centre for one in roster.devices.values()}
    if len(centres) != 1:
        raise DomainError("region_no_centre")
    (centre,) = centres
    statements = tuple(sorted(one for one in found | kept if centre_of(one) == centre))
    return CentreOnStick(centre, statements, evaluate(statements, root_key))


def take_out(
    root: RegionRoot,
    at: CentreOnStick,
    letter: str,
    *,
    admin: str | None,
    undone: Collection[str],
    stick: Path,
    root_folder: Path,
) -> None:
    """Take the laptop of a letter out, let that of ``admin`` administer, and leave both on the
    stick; what the lost one said about the laptops of ``undone`` counts no longer.

    Raises DomainError ``revoke_unknown_device``, EnvironmentFault ``exchange_not_written``; it
    may be said again.
    """
    lost = at.device(letter)
    heir = at.device(admin) if admin else None
    if heir is not None and (heir.id == lost.id or heir.id in at.roster.revoked):
        raise DomainError("revoke_unknown_device")
    letters = {one.upper() for one in undone}
    without = {one.id for one in at.roster.of_centre(at.centre) if one.letter in letters}
    made = list(revoke_by_root(root, lost, at.statements, undone=without))
    if heir is not None:
        made.append(appoint(root, heir, (*at.statements, *made)))
    try:
        for one in made:
            name = statement_id(one).hex() + _ENDING
            for folder in (root_folder / STATEMENTS_NAME, stick / _FOLDER / name[:2]):
                folder.mkdir(parents=True, exist_ok=True)
                write_atomically(folder / name, one)
    except OSError:
        raise EnvironmentFault("exchange_not_written") from None


def _on_stick(stick: Path) -> frozenset[bytes]:
    """Return the statements on a stick; each proves itself, or is nothing. No link is followed."""
    folder = stick / _FOLDER
    if folder.is_symlink():
        return frozenset()
    shelves = (one for one in folder.glob("[0-9a-fA-F]" * 2) if not one.is_symlink())
    places = (one for shelf in (folder, *shelves) for one in shelf.glob("*" + _ENDING))
    found = set()
    for place in itertools.islice(places, _FILES_MAX):
        if not place.is_symlink() and place.is_file():
            with place.open("rb") as file:
                found.add(file.read(STATEMENT_MAX + 1))
    return frozenset(found)


def _kept(root_folder: Path) -> frozenset[bytes]:
    return frozenset(
        read_chosen_file(one, STATEMENT_MAX)
        for one in (root_folder / STATEMENTS_NAME).glob("*" + _ENDING)
    )
