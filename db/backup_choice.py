"""Which of the backups on a stick is taken, and what is said where none is.

Nobody vouches for what lies on a stick before a key does: of each laptop the backups are tried from
the newest on, as they say themselves, until the index of one holds under the key that its own vault
file gave. The database of that one is read later (:mod:`db.restore`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.services.backup_messages import TYPED_WRONG, beside_untried
from app.services.backup_ports import PassedOver
from db.backup import checked_small_file
from db.backup_found import FoundBackup, lying_at
from db.backup_stick import on_stick
from db.laptop_files import VAULT_NAME
from db.vault import Entered

__all__ = ["OpenedBy", "Opener", "Taken", "take", "vault_of"]

_VAULTS_MAX: Final = 24
"""So many different vault files on one stick are tried; a laptop's backups mostly have the same. It
does not bound how long that takes: each may have as many slots as a vault file can, at the dearest
cost that is accepted. Who chooses a folder instead of the stick has one tried."""
_NAMED_MAX: Final = 4
_NO_MEMORY: Final = "not_enough_memory"
_SAID_FIRST: Final = (
    frozenset({"backup_altered", "vault_altered"}),
    frozenset({"restore_too_many"}),
    TYPED_WRONG,
)
"""What is said where several say why not: of what was opened, for what was typed is right; that not
all were tried; that what was typed is wrong. No stick is called bad while one says that; what
was not tried, and may be what the words are of, is named behind it."""
_BESIDE_OLDER: Final[Mapping[str, str]] = {
    "backup_damaged": "backup_damaged_beside_older",
    "backup_altered": "backup_altered_beside_older",
}


@dataclass(frozen=True, slots=True)
class OpenedBy:
    """The key of the database, and whose words led to it: None where nobody's did (two sheets)."""

    key: SecretKey
    entered: Entered | None = None


Opener = Callable[[bytes], OpenedBy]
"""Opens what the vault file of a backup holds: by somebody's words, or by two sheets. Raises
DomainError, EnvironmentFault ``not_enough_memory``."""

_Answers = dict[bytes, OpenedBy | QispiError]


@dataclass(frozen=True, slots=True)
class Taken:
    """The backup that was opened, with its vault file, what was passed over for it, and what of its
    laptop says that it is older."""

    found: FoundBackup
    vault: bytes
    opened: OpenedBy
    passed_over: tuple[PassedOver, ...]
    older: tuple[FoundBackup, ...]

    @contextmanager
    def naming_older(self) -> Iterator[None]:
        """Read it inside: where it proves bad, the refusal names the older ones of its laptop that
        lie beside it, those of its key first. Raises DomainError ``backup_damaged_beside_older``
        (``file``, ``name``, ``names``), ``backup_altered_beside_older`` (``name``, ``names``)."""
        try:
            yield
        except DomainError as refusal:
            more = _BESIDE_OLDER.get(refusal.message_id)
            if more is None or not self.older:
                raise
            key = self.opened.key
            ordered = sorted(self.older, key=lambda one: not one.manifest.is_of(key))
            names = ", ".join(one.folder.name for one in ordered[:_NAMED_MAX])
            name = self.found.folder.name
            raise DomainError(more, name=name, names=names, **refusal.parameters) from None


def take(place: Path, opener: Opener) -> Taken:
    """Return the newest backup whose index and small files hold, of the laptop that the opener
    opens. Which is the newest each says itself: one that does not hold under the key that its own
    vault file gave, that of its time, is passed over. Slow (Argon2id).

    Raises, where none holds, DomainError ``restore_too_many`` (``limit``), those of the opener, and
    as :func:`db.restore.probe`; EnvironmentFault ``not_enough_memory``, of the stick.
    """
    lying = lying_at(place)
    answers: _Answers = {}
    refusals: list[QispiError] = []
    altered: list[PassedOver] = []
    untried = list(lying.unread)
    wanted: OpenedBy | None = None
    try:
        for laptop in lying.laptops:
            behind: list[PassedOver] = []
            for at, found in enumerate(laptop, 1):
                try:
                    vault, opened = _opened(found, opener, answers)
                except QispiError as refusal:
                    if isinstance(refusal, EnvironmentFault) and refusal.message_id != _NO_MEMORY:
                        raise  # the stick is gone: there is nothing to go on with
                    refusals.append(refusal)
                    behind.append(PassedOver(found.folder.name, refusal.message_id))
                    continue
                wanted = opened
                passed_over = (*lying.unread, *altered, *behind)
                return Taken(found, vault, opened, passed_over, laptop[at:])
            # Opened, and not of that laptop: whose it is, an index says that did not hold.
            altered += [one for one in behind if one.reason == "backup_altered"]
            untried += _untried(behind)
        raise _foremost(refusals, untried)
    finally:
        for one in answers.values():
            if isinstance(one, OpenedBy) and one is not wanted:
                one.key.wipe()


def vault_of(found: FoundBackup) -> bytes:
    """Return the vault file of a backup. Everything small is compared, but for what opens it where
    there is no program. Raises DomainError ``backup_damaged`` (``file``), also of what cannot be
    read; EnvironmentFault of the stick where it is gone."""
    manifest, vault = found.manifest, b""
    with on_stick():
        for one in manifest.files:
            if one not in (*manifest.openers, *manifest.pieces):
                content = checked_small_file(found.folder, one)
                vault = content if one.name == VAULT_NAME else vault
    return vault


def _untried(behind: Sequence[PassedOver]) -> list[PassedOver]:
    """Return those of one laptop that were not tried and that something older was tried for: her
    words may be of now, and right. Where none was tried, all of them."""
    tried = [at for at, one in enumerate(behind) if one.reason in TYPED_WRONG]
    newer = behind[: tried[-1]] if tried else behind
    return [one for one in newer if one.reason not in TYPED_WRONG]


def _foremost(refusals: Sequence[QispiError], untried: Sequence[PassedOver]) -> QispiError:
    """Return which of them is said: by :data:`_SAID_FIRST`, else that of the newest."""
    for ids in _SAID_FIRST:
        for one in refusals:
            if one.message_id in ids:
                return beside_untried(one, untried) if ids == TYPED_WRONG else one
    return refusals[0]


def _opened(found: FoundBackup, opener: Opener, answers: _Answers) -> tuple[bytes, OpenedBy]:
    """Return the vault file of a backup and what it opened, which is asked once and noted."""
    vault = vault_of(found)
    if vault not in answers:
        if len(answers) >= _VAULTS_MAX:
            raise DomainError("restore_too_many", limit=_VAULTS_MAX)
        try:
            answers[vault] = opener(vault)
        except QispiError as refusal:
            answers[vault] = refusal
    answer = answers[vault]
    if isinstance(answer, QispiError):
        raise answer
    if not found.manifest.is_of(answer.key):
        raise DomainError("backup_altered")
    return vault, answer
