"""Whose words open this laptop: people come, forget their words, choose others, and go.

Part of the composition root: joins the slots of the vault file (:mod:`db.vault`) and the accounts
(:mod:`app.services.staff`). The account is written first: a power cut in between leaves somebody
who cannot enter yet and is shown as such, never a way in that nobody knows whose it is. Where a way
in is taken, the account counts first, too: whom it says to have left is not let in, whatever the
file says. Storage thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.domain.change import RecordId
from app.domain.errors import DomainError, EnvironmentFault
from app.laptop import Laptop
from app.services import access, accounts, staff
from app.services.account_ports import NewPerson
from app.word_list import confirms, draw_words
from db.rotation import stays_behind
from db.vault import Entered

__all__ = ["LaptopPeople"]


@dataclass(frozen=True, slots=True)
class LaptopPeople:
    """:class:`app.services.account_ports.PeopleKeys` of an open laptop, whose vault file lies at
    ``path``."""

    path: Path
    laptop: Laptop

    @property
    def tags(self) -> Mapping[bytes, str]:
        """The two letters of each slot, by its id."""
        return {one.id: one.tag for one in self._entered.file.slots}

    @property
    def entered(self) -> bytes | None:
        """The slot of whoever works now."""
        return self._entered.opened.slot.id

    @property
    def administers(self) -> bool | None:
        """Whether this laptop administers its centre; None where it belongs to none."""
        return self.laptop.administers

    @property
    def stays_behind(self) -> frozenset[str]:
        """The files beside the database that no new key reaches."""
        return stays_behind(self.path.parent)

    def draw(self) -> str:
        """Return five words that nobody has."""
        return draw_words()

    def confirms(self, words: str, typed: str) -> bool:
        """Return whether what was typed are these words."""
        return confirms(words, typed)

    def add(self, new: NewPerson, words: str) -> str:
        """Give a person a way in."""
        after, made = self._entered.with_person(words)
        slot, signs = made.slot, made.person.signing.public
        with self.laptop.store.unit() as uow:
            staff.account_begun(uow, self.laptop.desk, new, slot.id, signs)
        try:
            self._keep(after)
        except EnvironmentFault:
            with self.laptop.store.unit() as uow:
                staff.account_undone(uow, self.laptop.desk, slot.id)
            raise
        return slot.tag

    def give_words(self, person: RecordId, words: str) -> str:
        """Give whoever forgot her words others."""
        entered = self._entered
        if person == RecordId(self.laptop.desk.actor.id):
            raise DomainError("words_own")
        with self.laptop.store.unit() as uow:
            former = accounts.living(accounts.accounts_of(uow), person).slot
        after, made = entered.with_person(words, former=former)
        slot, signs = made.slot, made.person.signing.public
        with self.laptop.store.unit() as uow:
            was = staff.slot_replaced(uow, self.laptop.desk, person, slot.id, signs)
        try:
            self._keep(after.without(*self._ended()))
        except EnvironmentFault:
            with self.laptop.store.unit() as uow:
                staff.slot_put_back(uow, self.laptop.desk, was)
            raise
        return slot.tag

    def choose_words(self, current: str, words: str) -> None:
        """Let whoever works now enter by other words."""
        entered = self._entered
        entered.confirm(current)
        after = entered.with_words(words)
        self._expect_key()
        self._keep(after)
        with self.laptop.store.unit() as uow:
            staff.note_words_chosen(uow, self.laptop.desk)

    def end(self, person: RecordId, *, leaves_centre: bool) -> None:
        """Take a person's way in."""
        with self.laptop.store.unit() as uow:
            staff.account_ended(uow, self.laptop.desk, person, leaves_centre=leaves_centre)
        # Whatever the disk says: the account has ended, and the next opening finishes the rest.
        try:
            self._keep(self._entered.without(*self._ended()))
        finally:
            self.laptop.renew_epoch()

    def _expect_key(self) -> None:
        """Note, before the file has other words of hers, that the next opening replaces the key
        where those of now are her own: somebody may have seen them, and a cut behind the writing
        of the file would leave what they open. Refuses whoever may do nothing here any more."""
        laptop = self.laptop
        with laptop.store.unit() as uow:
            access.ask(uow, laptop.desk, "enter")
            person = RecordId(laptop.desk.actor.id)
            if not accounts.living(accounts.accounts_of(uow), person).is_provisional:
                uow.local.put(accounts.RENEWAL, b"1")
                uow.commit()

    def _ended(self) -> tuple[bytes, ...]:
        """Return every slot that is nobody's any more: also those of which the vault file of
        before could not be written."""
        with self.laptop.store.unit() as uow:
            return accounts.ended_slots(uow)

    @property
    def _entered(self) -> Entered:
        if self.laptop.vault is None:
            raise DomainError("people_no_vault")
        return self.laptop.vault

    def _keep(self, entered: Entered) -> None:
        self.laptop.vault = entered.keep(self.path)
