"""What the use cases need to know of where each change is, and of the laptops of the centre.

Part of :mod:`app.services.ports`, which gives the ports of a unit of work with the others.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from app.domain.change import Change, ChangeId, RecordId
from app.services.origin_ports import Origins
from app.services.urgent import UrgentMarks

__all__ = [
    "NO_LAPTOPS",
    "CentreLaptops",
    "NoLaptops",
    "PlacedTrace",
    "Reach",
    "Refusals",
    "RefusedBatch",
    "ShareKind",
    "StrayCount",
    "Traces",
    "WaitingShare",
    "WaitingTrace",
    "Whereabouts",
]


class Reach(enum.IntEnum):
    """How far something came; a smaller one is less.

    ``REFUSED``: the region was offered it, and did not take it the last time; it outranks where the
    batch went else, since somebody has to do something about it.
    ``IN_SNAPSHOT``: another laptop's snapshot brought it by stick, and no batch that holds it is
    here yet. ``SEEN``: it stands in the part of the log that another laptop had read, so that it
    reached that laptop. Whether it could open it is not known: the laptop sets aside and carries on
    what it cannot open, and tells its own people alone.
    """

    REFUSED = 0
    HERE = 1
    ON_STICK = 2
    IN_SNAPSHOT = 3
    AT_ANOTHER = 4
    TOLD = 5
    RECEIVED = 6
    SEEN = 7


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where something is.

    ``laptops`` are letters: of those that have it (``AT_ANOTHER``; of none that was taken out of
    the centre) or that it reached in the log (``SEEN``). ``since_ms``: since when it is only here,
    lies on a stick, or is refused. ``is_part``: of several things this is said of the one that came
    least far, which is not the region's log, and others came further.
    """

    reach: Reach
    laptops: tuple[str, ...] = ()
    since_ms: int | None = None
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class WaitingTrace:
    """A current change that the verified log lacks, with one of the batches that hold it.

    ``kind`` and ``field`` are names. ``batch`` is None while it is in none that is here: it is to
    be sealed here, or, if ``is_awaited``, is known from a snapshot alone, and its batch is to come.
    ``is_own`` says that this laptop sealed that batch; ``stick_ms`` when it last lay whole on
    a stick here; ``refused_ms`` since when the region does not take that batch, if it does not.
    """

    record_id: RecordId
    kind: str
    field: str
    change: int
    wall_ms: int
    batch: bytes | None
    is_own: bool
    stick_ms: int | None
    is_awaited: bool = False
    refused_ms: int | None = None


@dataclass(frozen=True, slots=True)
class PlacedTrace:
    """A current change and the first place of the verified log where a batch holds it.

    ``heads`` counts all current changes of its field.
    """

    record_id: RecordId
    kind: str
    field: str
    position: int
    batch: bytes
    heads: int


class ShareKind(enum.Enum):
    """What waits, by what it costs people that it waits; in this order it leaves."""

    URGENT = "urgent"
    OTHER = "other"
    CLOSED = "closed"  # batches of which no change waits, or is known here
    ATTACHMENT = "attachment"
    TOO_LARGE = "too_large"  # changes that fit into no batch: they do not leave
    STATEMENT = "statement"  # who came to the centre, who was taken out, and the key renewed for it


@dataclass(frozen=True, slots=True)
class WaitingShare:
    """How many changes (attachments, batches, statements) of a kind wait, their bytes sealed, and
    since when the oldest of them does.

    A batch that holds urgent changes and others counts once, as urgent, since it leaves first:
    ``size`` is 0 where all of them are in such batches. ``is_estimated``: a part of it is not
    sealed yet (:mod:`app.services.sealed_size`). ``on_stick``: of statements, how many were left on
    a stick.
    """

    kind: ShareKind
    count: int
    size: int
    since_ms: int | None
    on_stick: int = 0
    is_estimated: bool = False


@dataclass(frozen=True, slots=True)
class RefusedBatch:
    """A batch that could not be used: set aside here, or not taken by the server.

    ``is_own`` says that this laptop sealed it, ``by_server`` who refused; ``is_kept`` whether its
    bytes are here; ``position`` its place in the verified log, when it came from there.
    ``is_unsealed``: it is no batch, but a change of this laptop that fits into none; ``id`` and
    ``size`` are the change's.
    """

    id: bytes
    reason: str
    at_ms: int
    size: int
    is_own: bool
    by_server: bool
    is_kept: bool
    is_signed: bool
    position: int | None = None
    is_unsealed: bool = False


@dataclass(frozen=True, slots=True)
class StrayCount:
    """How many strays were set aside for a reason, and the last of them: its number (it rises),
    its id, and when it came."""

    reason: str
    count: int
    last_number: int
    last_id: bytes
    at_ms: int


class Traces(Protocol):
    """Where the changes of this laptop are, as far as it saw it."""

    def note_on_stick(self, batch_ids: Sequence[bytes], at_ms: int) -> None:
        """Note that these batches lie whole on a stick since ``at_ms``; of those that the log has
        already, nothing."""

    def waiting(self, record_ids: Sequence[RecordId]) -> tuple[WaitingTrace, ...]:
        """Return the current changes of these records that the log lacks: a row for each batch
        that holds one."""

    def placed_after(
        self, record_ids: Sequence[RecordId], position: int
    ) -> tuple[PlacedTrace, ...]:
        """Return the current changes of these records whose first place lies behind a position."""

    def field_counts(self, record_ids: Sequence[RecordId]) -> Mapping[RecordId, int]:
        """Return how many fields each of these records has, of whatever kind."""

    def size_after(self, position: int) -> int:
        """Return the bytes of the batches that stand behind a position of the log."""

    def fronts(self, batch_ids: Sequence[bytes]) -> Mapping[bytes, bytes]:
        """Return the first bytes of these batches, by id: their headers."""

    def shares(
        self, marks: UrgentMarks, apart: Collection[ChangeId] = ()
    ) -> tuple[WaitingShare, ...]:
        """Return which changes wait to be sent, by kind, in the order in which they leave, without
        those ``apart``, and the batches beside them (:meth:`closed`); nothing where nothing does.
        Urgent are those of a record of which an urgent one waits, whoever wrote and sealed them,
        and before that."""

    def closed(self) -> WaitingShare | None:
        """Return the batches that wait to be carried to the region although no change that waits is
        in them: others' that are set aside here and a device of the centre signed, and those whose
        changes came to the log in other batches; None where there are none."""


class Refusals(Protocol):
    """Batches that could not be used, one by one: for people, never in the way."""

    def note(self, refused: Mapping[bytes, str], at_ms: int, *, is_all: bool = True) -> bool:
        """Note what the server did not take in a whole synchronisation, instead of what was noted
        before, or, unless this ``is_all``, beside it; what was refused before for the same reason
        keeps its time. Return whether anything changed."""

    def rows(self, limit: int) -> tuple[RefusedBatch, ...]:
        """Return them without the strays (:meth:`strays`): those that the server refused first,
        then the newest; at most ``limit``."""

    def get(self, batch_id: bytes) -> RefusedBatch | None:
        """Return one, or None when it is refused no longer."""

    def count(self) -> int:
        """Return how many the server did not take."""

    def strays(self) -> tuple[StrayCount, ...]:
        """Return what is set aside that no device of the centre signed and that stands in no log,
        counted by reason, the newest first."""

    def strays_beside(self, batch_id: bytes, limit: int) -> tuple[bytes, ...]:
        """Return the ids of the strays that are set aside for the same reason as this one, the
        newest first; at most ``limit``."""


class CentreLaptops(Protocol):
    """The laptops of this centre, by their letters, and what batches tell of them. Storage
    thread."""

    @property
    def own(self) -> bytes | None:
        """The id of this laptop, or None before it belongs to a centre."""

    def letters(self) -> Mapping[bytes, str]:
        """Return the letter of each laptop of the roster, by its id; of those that were taken out,
        too: what they had read and written stays true."""

    def gone(self) -> AbstractSet[bytes]:
        """Return the ids of the laptops that were taken out of the centre: stolen, lost, given
        away. What they hold is nobody's any more."""

    def writer(self, front: bytes) -> bytes | None:
        """Return which device a batch that begins so says that it is of, or None."""

    def opened(self, content: bytes, origins: Origins) -> tuple[Change, ...]:
        """Return the changes of a batch; nothing when it does not open here."""


class NoLaptops:
    """:class:`CentreLaptops` of a laptop that belongs to no centre yet."""

    own = None

    def letters(self) -> Mapping[bytes, str]:
        """There are none."""
        return MappingProxyType({})

    def gone(self) -> AbstractSet[bytes]:
        """There are none."""
        return frozenset()

    def writer(self, front: bytes) -> bytes | None:
        """Nobody's."""
        del front
        return None

    def opened(self, content: bytes, origins: Origins) -> tuple[Change, ...]:
        """Nothing opens."""
        del content, origins
        return ()


NO_LAPTOPS: Final = NoLaptops()
