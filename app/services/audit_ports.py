"""What the use cases need of the audit: who did what, and when, and what other laptops noted of it.

Part of :mod:`app.services.ports`, which gives these names with the others.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from app.domain.change import AuthorId
from app.domain.signing_keys import KeysSeen

__all__ = [
    "AUDIT_BEGIN",
    "Anchor",
    "Anchors",
    "AuditAuthor",
    "AuditCheck",
    "AuditEntry",
    "AuditFilter",
    "AuditHead",
    "AuditLog",
    "BrokenAudit",
    "Signer",
]


class Signer(Protocol):
    """The key with which a person signs what she did."""

    @property
    def public(self) -> bytes:
        """Whoever has this (32 bytes) can check what was signed."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature (64 bytes); the caller puts the purpose in front of the message."""


@dataclass(frozen=True, slots=True)
class AuditAuthor:
    """Who works in this run of the program, as its entries say it: the person, the role in which
    she acts unless a unit says another, the run. Without ``signer`` (practice, the simulator, a
    command that opened no vault) her entries are unsigned."""

    person: AuthorId
    role: str
    session: bytes
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class AuditHead:
    """The last entry of a laptop's audit: its number and its hash, which covers all before it."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry, as people may read it: names of fields and codes, never a value. Of an entry of
    the first version nobody knows the role or the run."""

    number: int
    at_ms: int
    actor: AuthorId
    role: str
    session: bytes
    action: str
    object_id: str
    detail: str
    is_signed: bool
    """That a signature stands there; whether it is hers :meth:`AuditLog.check` says."""


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; all of these at once. ``objects`` None: about whatever."""

    actor: AuthorId | None = None
    actions: frozenset[str] = frozenset()
    since_ms: int | None = None
    before_ms: int | None = None
    objects: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class BrokenAudit:
    """The first entry that does not hold, and why: ``altered`` (or taken out, or put in),
    ``signature`` (not made by the key that it names), ``signer`` (a key of somebody else, or of
    nobody known here)."""

    number: int
    why: str


@dataclass(frozen=True, slots=True)
class AuditCheck:
    """How far the chain was checked, and what was found up to there."""

    head: AuditHead
    signed: int = 0
    unsigned: int = 0
    """Of this version, by no person's key."""
    first_version: int = 0
    """From before entries were signed."""
    broken: BrokenAudit | None = None
    is_whole: bool = False
    """Nothing is left to check: it broke, or it holds up to its end."""
    keys: KeysSeen = field(default_factory=KeysSeen)
    """Whose keys count, and which signed that nobody presented."""


AUDIT_BEGIN: Final = AuditCheck(AuditHead(0, bytes(32)))
"""Where a check begins."""


class AuditLog(Protocol):
    """Who did what, and when; hash-chained; appended only. Never a value of a case."""

    def append(
        self, *, actor: AuthorId, action: str, object_id: str, at_ms: int, detail: str = ""
    ) -> None:
        """Append an entry; ``detail`` holds field names or codes only. Role, run and signature are
        those of who works here; of another actor's entry there is none."""

    def acts_as(self, role: str) -> None:
        """What is noted from now on in this unit is done in this role."""

    def details(self, action: str, object_id: str, most: int) -> tuple[str, ...]:
        """Return the details of the first entries of this action about an object, oldest first."""

    def entries(
        self, wanted: AuditFilter, *, most: int, before: int | None = None
    ) -> tuple[AuditEntry, ...]:
        """Return the newest entries that the filter lets through, the newest first; with ``before``
        those of smaller numbers."""

    def actors(self) -> tuple[AuthorId, ...]:
        """Return everybody who has an entry, by id."""

    def actions(self) -> tuple[str, ...]:
        """Return every action of which there is an entry, by name."""

    def count(self) -> int:
        """Return the number of entries."""

    def head(self) -> AuditHead | None:
        """Return the last entry's number and hash, or None before the first."""

    def hashes(self, numbers: Sequence[int]) -> dict[int, bytes]:
        """Return the hash of each of these entries that is there."""

    def verify(self) -> int | None:
        """Return the number of the first entry that does not hold, or None when all do. Of a long
        audit slow: :meth:`check` goes on piece by piece."""

    def check(self, after: AuditCheck = AUDIT_BEGIN, *, most: int | None = None) -> AuditCheck:
        """Check at most so many more entries behind those of an earlier check: the chain, of each
        signature that the key which the entry names made it, and who presented that key."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a laptop said in a batch of its own audit. ``seen`` is how far of which log its device
    had read then: what it says here is not older than what it had read."""

    batch: bytes
    device: bytes
    head: AuditHead
    session: bytes
    number: int
    """Of the batch in its session."""
    log_id: bytes | None = None
    log_position: int = 0


class Anchors(Protocol):
    """Heads of the audits of the centre's laptops, as their batches told them."""

    def note(self, anchor: Anchor) -> bytes | None:
        """Note what a batch told, once; return a batch whose word contradicts it, or None: another
        entry of the same number, or a shorter audit though it is known to be the later word."""

    def newest(self, devices: Collection[bytes]) -> dict[bytes, AuditHead]:
        """Return the furthest head that each of these devices told."""

    def of_device(self, device: bytes) -> tuple[Anchor, ...]:
        """Return everything that a device told, by the number of the entry."""
