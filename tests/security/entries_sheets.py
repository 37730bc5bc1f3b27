"""The recovery sheets and the key that is held: what is noted of them, beside a vault file.

The vault lies in the folder of the recipe, of a cost that nobody waits for; the database in which
the sheets are noted is that of the laptop that is measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.errors import EnvironmentFault
from app.services import panic, recovery_sheets
from app.services.recovery_sheets import Custody, Making
from db.sheet_keys import VaultSheets
from db.vault import Entered, new_vault
from tests.security.entries_left import Recipe, Work
from tests.support.laptops import Laptop
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

__all__ = ["SHEETS", "keys_in", "made", "typed"]

KEPT: Final = tuple(Custody(f"Persona Inventada {one}", f"Casa Inventada {one}") for one in "ABC")


@dataclass(slots=True)
class Vault:
    """What holds the vault of an open laptop."""

    vault: Entered | None


def keys_in(folder: Path) -> VaultSheets:
    """Return the keys of a vault that no sheet opens yet."""
    path = folder / "vault"
    entered = new_vault(PASSPHRASE, cost=CHEAP, bounds=CHEAP_BOUNDS).keep(path)
    return VaultSheets(path, Vault(entered), CHEAP_BOUNDS)


def typed(making: Making) -> dict[int, str]:
    """Return the rows that are asked for, as they stand on the paper."""
    rows = {one.number: one.rows for one in making.drawn.sheets}
    return {one.number: rows[one.number][one.row - 1] for one in making.asked}


def _drawn(laptop: Laptop, keys: VaultSheets) -> Making:
    return laptop.run(lambda uow: recovery_sheets.draw(uow, laptop.desk, keys))


def made(laptop: Laptop, keys: VaultSheets) -> Making:
    """Return a set that opens the laptop."""
    making = _drawn(laptop, keys)
    laptop.run(lambda uow: recovery_sheets.keep(uow, laptop.desk, keys, making, typed(making)))
    return making


def _switch_key(laptop: Laptop, folder: Path) -> Work:
    keys = keys_in(folder)
    made(laptop, keys)
    return lambda uow: panic.switch_key(uow, laptop.desk, keys, is_on=True)


def _draw(laptop: Laptop, folder: Path) -> Work:
    keys = keys_in(folder)
    return lambda uow: recovery_sheets.draw(uow, laptop.desk, keys)


def _keep(laptop: Laptop, folder: Path) -> Work:
    keys = keys_in(folder)
    making = _drawn(laptop, keys)
    return lambda uow: recovery_sheets.keep(uow, laptop.desk, keys, making, typed(making))


def _adopt(laptop: Laptop, folder: Path) -> Work:
    """The sheets of another laptop of the centre, where this one has others."""
    (folder / "other").mkdir()
    keys, other = keys_in(folder), keys_in(folder / "other")
    made(laptop, keys)
    drawn = other.draw()
    one, two = (sheet.rows for sheet in drawn.sheets[:2])
    return lambda uow: recovery_sheets.adopt(uow, laptop.desk, keys, one, two)


def _note_custody(laptop: Laptop, folder: Path) -> Work:
    keys = keys_in(folder)
    made(laptop, keys)
    return lambda uow: recovery_sheets.note_custody(uow, laptop.desk, keys, KEPT)


def _drill(laptop: Laptop, folder: Path) -> Work:
    keys = keys_in(folder)
    one, _, two = (sheet.rows for sheet in made(laptop, keys).drawn.sheets)
    return lambda uow: recovery_sheets.drill(uow, laptop.desk, keys, one, two)


def _state(laptop: Laptop, folder: Path) -> Work:
    """Somebody was making a set, and where the vault file lies nothing could be written."""
    keys = keys_in(folder)
    making = _drawn(laptop, keys)
    keys.path.unlink()
    keys.path.mkdir()  # what stands there is not written over
    with suppress(EnvironmentFault):
        laptop.run(lambda uow: recovery_sheets.keep(uow, laptop.desk, keys, making, typed(making)))
    assert not keys.set_name
    return lambda uow: recovery_sheets.state(uow, laptop.desk, keys)


SHEETS: Final[Mapping[str, Recipe]] = {
    "panic.switch_key": _switch_key,
    "recovery_sheets.draw": _draw,
    "recovery_sheets.keep": _keep,
    "recovery_sheets.adopt": _adopt,
    "recovery_sheets.note_custody": _note_custody,
    "recovery_sheets.drill": _drill,
    "recovery_sheets.state": _state,
}
