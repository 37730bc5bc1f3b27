"""The port to the keys of the people of a laptop: their slots in its vault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from app.domain.change import RecordId
from app.domain.errors import DomainError

__all__ = ["NO_PEOPLE", "NewPerson", "PeopleKeys"]


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who comes to a laptop. ``service`` is her first role; ``known``: her record, where she works
    at another laptop of the centre already."""

    name: str
    service: str
    roles: tuple[str, ...] = ()
    known: RecordId | None = None


class PeopleKeys(Protocol):
    """Gives people their way into this laptop, and takes it. Storage thread, outside of any unit.

    Everything but the properties and :meth:`draw` raises EnvironmentFault of the disk, with nothing
    changed; what changes words is slow (Argon2id).
    """

    @property
    def tags(self) -> Mapping[bytes, str]:
        """The two letters of each slot, by its id."""

    @property
    def entered(self) -> bytes | None:
        """The slot of whoever works now; None where there is no vault."""

    @property
    def administers(self) -> bool | None:
        """Whether this laptop administers its centre, and so renews the secret of the centre when
        somebody leaves; None where it belongs to none."""

    @property
    def stays_behind(self) -> frozenset[str]:
        """The names of the files beside the database that keep the key of their time when it is
        replaced: damaged databases that were put aside. Raises EnvironmentFault."""

    def draw(self) -> str:
        """Return five words that nobody has."""

    def confirms(self, words: str, typed: str) -> bool:
        """Return whether what was typed are these words."""

    def add(self, new: NewPerson, words: str) -> str:
        """Give a person a way in by these words, which she changes when she first enters; return
        her two letters. Raises DomainError ``people_incomplete``, ``people_twice``,
        ``vault_full``."""

    def give_words(self, person: RecordId, words: str) -> str:
        """Give whoever forgot her words others, as :meth:`add` does; what she had opens this laptop
        no longer. The key stays, for nobody is taken to know them. Raises DomainError
        ``people_unknown``; ``words_own`` for whoever works now, who says those of now first
        (:meth:`choose_words`)."""

    def choose_words(self, current: str, words: str) -> None:
        """Let whoever works now enter by other words. Where the current ones were her own choice,
        the next opening replaces the key, as in :meth:`end`: somebody may have seen them. Raises
        DomainError ``passphrase_wrong`` where the current ones are not hers."""

    def end(self, person: RecordId, *, leaves_centre: bool) -> None:
        """Take a person's way in. The next opening replaces the key of the database, so that an old
        copy of the vault opens nothing that is written from then on; a laptop that administers its
        centre renews the epoch. Raises DomainError ``people_unknown``, ``people_self``."""


class _NoPeople:
    """A laptop without a vault: practice, and tests of screens."""

    tags: Mapping[bytes, str] = {}
    entered: bytes | None = None
    administers: bool | None = None
    stays_behind: frozenset[str] = frozenset()

    def draw(self) -> str:
        raise DomainError("people_no_vault")

    def confirms(self, words: str, typed: str) -> bool:
        return words == typed

    def add(self, new: NewPerson, words: str) -> str:
        del new, words
        raise DomainError("people_no_vault")

    def give_words(self, person: RecordId, words: str) -> str:
        del person, words
        raise DomainError("people_no_vault")

    def choose_words(self, current: str, words: str) -> None:
        del current, words
        raise DomainError("people_no_vault")

    def end(self, person: RecordId, *, leaves_centre: bool) -> None:
        del person, leaves_centre
        raise DomainError("people_no_vault")


NO_PEOPLE: PeopleKeys = _NoPeople()
