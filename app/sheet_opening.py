"""A laptop opened by two recovery sheets, when nobody remembers the words that open it.

Part of the composition root. Whoever typed the sheets says who she is: somebody of the centre, who
gets another way in for the one that she lost, or somebody who comes. That it was done stands in the
audit before anything of the database is shown or the vault file is touched, and the next opening
replaces the key. Nobody works yet, and so no role is asked: the two sheets are the proof
(``recover_centre`` of the authorisation matrix). Storage thread.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.crypto.passphrase import Argon2Bounds, Argon2Cost, cost_for_memory
from app.definitions import load
from app.domain.change import AuthorId, RecordId
from app.domain.definitions import Definitions
from app.domain.errors import EnvironmentFault, QispiError
from app.laptop import Laptop, laptop_of
from app.machine import total_memory
from app.services import accounts, recovery_sheets, staff
from app.services.account_ports import NewPerson
from app.services.accounts import NOBODY, Account
from app.services.machine_watch import note_lost_end
from app.services.ports import Actor, Clock, Desk, Ids
from app.services.sheet_ports import Rows
from app.services.staff import StaffMember
from app.word_list import draw_words
from db.sheet_keys import OpenedBySheets, open_by_sheets, set_at_door
from db.store import Store
from db.vault import BOUNDS

__all__ = ["SheetOpening", "desk_of_nobody"]


@dataclass(frozen=True, slots=True)
class SheetOpening:
    """Opens the laptop of one folder by its sheets."""

    folder: Path
    clock: Clock
    ids: Ids
    memory: Callable[[], int | None] = total_memory
    bounds: Argon2Bounds = BOUNDS
    cost: Argon2Cost | None = None
    """What a guess at the new words costs; None: what this machine can bear."""
    definitions: Definitions | None = None
    """None: the shipped ones that hold today."""

    def set_name(self) -> str:
        """Return the name of the set that opens this laptop. Raises DomainError ``not_set_up``,
        ``sheets_first_format``, ``sheets_none``."""
        return set_at_door(self.folder, bounds=self.bounds)

    def draw(self) -> str:
        """Return five words that nobody has."""
        return draw_words()

    def look(self, one: Rows, other: Rows) -> tuple[StaffMember, ...]:
        """Return who works at the centre, so that whoever has the sheets says who she is. It is
        noted first, and nothing else changes. Raises as :func:`db.sheet_keys.open_by_sheets`."""
        definitions = self._definitions()
        opened = self._open(one, other, definitions)
        with contextlib.closing(opened.store) as store:
            desk = self._desk(opened, definitions)
            with store.unit() as uow:
                recovery_sheets.note_opened(uow, desk, opened.set_name, opened.pair)
                uow.commit()
            with store.unit() as uow, uow.access.inside():
                people = staff.list_staff(uow, desk, {})
            store.checkpoint()
        return tuple(one for one in people if not one.left_on)

    def enter(self, one: Rows, other: Rows, words: str, who: NewPerson) -> Laptop:
        """Let a person in by these words from now on; return the laptop, open. Slow (Argon2id).

        Raises as :func:`db.sheet_keys.open_by_sheets`; DomainError ``vault_full``,
        ``people_incomplete``; EnvironmentFault, with nobody let in.
        """
        definitions = self._definitions()
        opened = self._open(one, other, definitions)
        try:
            cost = self.cost or cost_for_memory(self.memory())
            person = who.known or self.ids.new_record_id()
            former = _former(opened, person)
            entered = opened.with_person(words, cost=cost, former=former)
            desk = replace(
                self._desk(opened, definitions),
                actor=Actor(AuthorId(person), who.name, who.service),
            )
            signer = entered.opened.person.signing
            opened.store.work_at(desk, signer)
            slot = entered.opened.slot.id
            was = self._note(opened, desk, replace(who, known=person), slot, signer.public)
            try:
                with opened.store.unit() as uow:
                    gone = accounts.ended_slots(uow)
                entered = opened.keep(entered, without=gone)
            except EnvironmentFault:
                _take_back(opened, desk, slot, was)
                raise
            return laptop_of(opened.store, desk.definitions, self.clock, self.ids, vault=entered)
        except BaseException:
            with contextlib.suppress(QispiError):
                opened.store.close()
            raise

    def _definitions(self) -> Definitions:
        return self.definitions or load(day=self.clock.today())

    def _open(self, one: Rows, other: Rows, definitions: Definitions) -> OpenedBySheets:
        return open_by_sheets(self.folder, one, other, definitions.registry, bounds=self.bounds)

    def _desk(self, opened: OpenedBySheets, definitions: Definitions) -> Desk:
        desk = desk_of_nobody(opened.store, definitions, self.clock, self.ids)
        if opened.lost:
            with opened.store.unit() as uow:
                note_lost_end(uow, desk, opened.lost)
        return desk

    def _note(
        self, opened: OpenedBySheets, desk: Desk, who: NewPerson, slot: bytes, signs: bytes
    ) -> Account | None:
        """Write down who comes in by which slot; return the account that she had."""
        person = who.known
        assert person is not None
        with opened.store.unit() as uow, uow.access.inside():
            recovery_sheets.note_opened(uow, desk, opened.set_name, opened.pair)
            # An old vault file opens with the words of before, and with sheets that were read out.
            uow.local.put(accounts.RENEWAL, b"1")
            there = accounts.accounts_of(uow)
            if any(one.person == person and one.is_living for one in there):
                return staff.slot_replaced(uow, desk, RecordId(person), slot, signs)
            staff.account_begun(uow, desk, who, slot, signs)
            return None


def _former(opened: OpenedBySheets, person: RecordId) -> bytes | None:
    with opened.store.unit() as uow:
        there = accounts.accounts_of(uow)
    return next((one.slot for one in there if one.person == person and one.is_living), None)


def desk_of_nobody(store: Store, definitions: Definitions, clock: Clock, ids: Ids) -> Desk:
    """Return the desk of an open database at which nobody works yet: what is noted there is
    nobody's act."""
    desk = laptop_of(store, definitions, clock, ids).desk
    desk = replace(desk, actor=Actor(NOBODY, "", ""))
    store.work_at(desk)
    return desk


def _take_back(opened: OpenedBySheets, desk: Desk, slot: bytes, was: Account | None) -> None:
    with contextlib.suppress(QispiError), opened.store.unit() as uow, uow.access.inside():
        if was is None:
            staff.account_undone(uow, desk, slot)
        else:
            staff.slot_put_back(uow, desk, was)
