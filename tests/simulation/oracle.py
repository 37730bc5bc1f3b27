"""What must be true, computed apart from the code that is tested.

The oracle keeps every change that was ever made, and says of each whether it may be missing: only
when the last copy of it was destroyed (a laptop put back to an old backup before anything left it).
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final

from app.domain.change import Change, ChangeId
from app.services.batch_ports import REVOKED_DEVICE
from app.services.behind import BEHIND, Behind
from app.services.forms import Current
from app.services.ports import Cursor
from app.services.replication import MAY_OPEN_LATER
from db.set_aside import AWAITS_EARLIER
from sync.client.folder import BATCH
from sync.protocol.batch import batch_id, parse_header
from sync.protocol.errors import ProtocolError
from sync.protocol.roster import StatementKind, read_statement
from tests.simulation.faults import Violation
from tests.simulation.keys import sim_centre
from tests.simulation.sealed import Sealed

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.region import SimRegion
    from tests.simulation.stick import SimStick
    from tests.simulation.world import World

__all__ = ["Oracle", "cursor_of", "lacking_of", "must", "places_of"]

STRANGERS_BYTES: Final = 30_000
STRANGERS_ROWS: Final = 30
"""What a simulated laptop keeps and lists of what nobody known signed."""

MARKERS: Final = (b"palabra", b"Persona", b"\x01\x90\xa0\x00\x00\x00\x70\x00\x80", b"0190a000")
"""What stands in every text, and in every id of a record, as it is and in digits."""


def must(is_so: bool, otherwise: str) -> None:
    """Raise Violation unless it is so."""
    if not is_so:
        raise Violation(otherwise)


class Oracle:
    """Knows all that was made, and what may be missing of it."""

    def __init__(self) -> None:
        self.made: dict[ChangeId, Change] = {}
        self.acknowledged: set[ChangeId] = set()
        self.copied: set[bytes] = set()
        """Runs of the program that somebody copied while they went on."""
        self._perished: set[ChangeId] = set()
        self._cursors: dict[str, Cursor] = {}
        self.sealed = Sealed()

        self.after_leaving: dict[ChangeId, bytes] = {}
        """What was typed at laptops that were taken out, and at which device."""
        self.poison: set[bytes] = set()
        """Batches that nobody ever has to take in."""
        self._in_a_log: set[ChangeId] = set()
        self._logged: set[bytes] = set()

    def missing(self, everything: Collection[ChangeId]) -> set[ChangeId]:
        """Return what was called saved, whose last copy was not destroyed, and that is not there."""
        return self.acknowledged - self._perished - set(everything)

    def ever_in_a_log(self, world: World) -> set[ChangeId]:
        """Return the changes of every batch to which a server ever gave a place."""
        self.sealed.learn(world)
        for laptop in world.laptops:
            for name in laptop.first("SELECT id FROM batch"):
                if name not in self.sealed:
                    ((content,),) = laptop.rows(_CONTENT, name)
                    self.sealed.changes_of(name, content)
        for name, content in world.region.ever.items():
            if name not in self._logged:
                changes = self.sealed.changes_of(name, content)
                self._in_a_log |= {one.id for one in changes}
                if changes:
                    self._logged.add(name)
        return self._in_a_log

    def held_in(self, content: bytes) -> set[ChangeId]:
        """Return the changes of a batch that somebody may take in."""
        return {one.id for one in self.sealed.changes_of(batch_id(content), content)}

    def make(self, changes: Iterable[Change]) -> None:
        """These are about to be written."""
        self.made |= {one.id: one for one in changes}

    def acknowledge(self, changes: Iterable[Change]) -> None:
        """The screen says of these that they are saved."""
        self.acknowledged |= {one.id for one in changes}

    @contextlib.contextmanager
    def destroying(self, world: World) -> Iterator[None]:
        """Within, something is put back or damaged: what is nowhere afterwards may be missing."""
        before = self._present(world)
        with world.scans.destroying(world):
            yield
        after = self._present(world)
        self._perished = (self._perished | before) - after
        self._cursors.clear()

    def forget_cursor(self, laptop: SimLaptop) -> None:
        """It may be lied to: then it goes back, and finds its way again."""
        self._cursors.pop(laptop.name, None)

    def _present(self, world: World) -> set[ChangeId]:
        """Return every change that somebody holds, or could take in of what lies about."""
        present: set[ChangeId] = set()
        self.sealed.learn(world)
        gone = {one.device for one in world.gone}
        held: set[bytes] = set()
        outside: dict[bytes, bytes] = {}
        for laptop in world.laptops:
            present |= laptop.first("SELECT id FROM change")
            held |= laptop.first("SELECT id FROM batch")
            outside |= dict(
                laptop.rows(
                    "SELECT batch, content FROM set_aside"
                    f" WHERE content IS NOT NULL AND {_MAY_OPEN}"
                )
            )
        for stick in world.sticks:
            outside |= {batch_id(content): content for content in stick.readable()}
        # Of a laptop that was taken out, what no log has need not be taken in.
        about = {name: one for name, one in outside.items() if _device_of(one) not in gone}
        about |= world.region.contents(self.sealed)
        return present | self.sealed.changes_in(world, about, held)

    # --- at any time -----------------------------------------------------------------------------

    def check_admitted(self, region: SimRegion, device: bytes) -> None:
        """Whom the server let in, nobody took out of the centre, as far as it was told."""
        for content in region.statements():
            said = read_statement(content)
            if said.kind == StatementKind.REVOKE:
                must(device not in said.body, "the server lets in a device that was taken out")

    def of_those_taken_out(self, laptop: SimLaptop) -> dict[ChangeId, bytes]:
        """Return what a laptop holds that was typed at a device which it knows to be taken out,
        after that was said."""
        if not self.after_leaving:
            return {}
        revoked = laptop.keys.keyring.roster.revoked
        here = laptop.first("SELECT id FROM change")
        of = self.after_leaving.items()
        return {one: device for one, device in of if device in revoked and one in here}

    def check_taken_out(
        self, world: World, laptop: SimLaptop, before: Container[ChangeId], heard: Container[bytes]
    ) -> None:
        """Of a device of which a laptop had heard that it was taken out it took in nothing that
        this device made since, unless a log had it."""
        new = {
            one
            for one, device in self.of_those_taken_out(laptop).items()
            if one not in before and device in heard
        }
        if new:
            must(
                new <= self.ever_in_a_log(world),
                f"{laptop.name}: takes in what a laptop wrote that was taken out",
            )

    def check_sealed(self, content: bytes, what: str) -> None:
        """Nothing of a case can be read in what leaves a laptop."""
        for marker in MARKERS:
            must(marker not in content, f"{what} can be read by anybody")

    def check_queue(self, laptop: SimLaptop) -> None:
        """Every change waits, unless a batch with it was seen in the log."""
        lacking = lacking_of(laptop)
        must(
            not laptop.rows(_NEITHER if lacking is None else _NEITHER_OR_HEAD),
            f"{laptop.name}: a change left the queue before it was in the log",
        )
        cursor = laptop.rows("SELECT position FROM cursor")
        ((furthest,),) = laptop.rows("SELECT max(position) FROM batch")
        must(
            (furthest or 0) <= (cursor[0][0] if cursor else 0),
            f"{laptop.name}: counts a batch as received that was not seen in the log",
        )

    def check_done(self, laptop: SimLaptop, before: Collection[bytes] | None) -> None:
        """What was called synchronised is in the log, whole. ``before``: the batches that were there
        when it began, where scans go behind them; what is typed meanwhile may wait for the next."""
        batches = laptop.first("SELECT id FROM batch WHERE position IS NULL")
        if before is not None:
            batches &= set(before)
        lacking = lacking_of(laptop)
        if lacking is not None:
            # The region says where it stands: before the snapshot, which is read later.
            batches -= laptop.first(
                "SELECT batch FROM receipt WHERE position < ?", lacking.position
            )
        must(not batches, f"{laptop.name}: says all is sent, and a batch was not seen in the log")
        ((aside,),) = laptop.rows(_ASIDE_TO_CARRY)
        must(not aside, f"{laptop.name}: says all is sent, and did not offer what it set aside")

    def check_cursor(self, world: World, laptop: SimLaptop) -> None:
        """Nothing before the cursor is missing, and what counts as sent is in the log."""
        cursor = cursor_of(laptop)
        rows = world.region.rows()
        if cursor is None or not _is_of(cursor, world, rows):
            return
        last = self._cursors.get(laptop.name, cursor)
        must(
            cursor.log_id != last.log_id or cursor.position >= last.position,
            f"{laptop.name}: the cursor went back, and the log did not",
        )
        self._cursors[laptop.name] = cursor
        held = places_of(laptop)
        aside = laptop.first("SELECT batch FROM set_aside")
        by_position = {position: name for position, name, _ in rows}
        lacking = lacking_of(laptop)
        first = lacking.position - 1 if lacking is not None else 0
        for position, name, _ in rows[first : cursor.position]:
            must(
                name in held or name in aside,
                f"{laptop.name}: passed position {position} without taking it in",
            )
        for name, at in held.items():
            if at is not None and at <= cursor.position:
                must(
                    by_position.get(at) == name,
                    f"{laptop.name}: counts a batch as received that the log lacks",
                )

    def check_stick(
        self,
        laptop: SimLaptop,
        stick: SimStick,
        listed: AbstractSet[bytes],
        misnamed: AbstractSet[bytes],
    ) -> None:
        """After a whole exchange both have everything; the laptop may have set some of it aside.
        ``listed``: what it listed before without the bytes. What of it is used since then may have
        left the list only when other things of strangers had come in vain. ``misnamed``: what bore
        another batch's name before. Of it the laptop lists no longer what nobody can ever open,
        once that other batch is here, though the same bytes lie under a third name, too: it took its
        place in the list meanwhile."""
        held = laptop.first("SELECT id FROM batch")
        aside = laptop.first("SELECT batch FROM set_aside")
        left = (listed | misnamed) - aside
        was_full = self.strangers(laptop)[0] + len(left) >= STRANGERS_ROWS
        for content in stick.readable():
            name = batch_id(content)
            is_known = name in held | aside or was_full
            is_spoilt = name in misnamed and not self.held_in(content)
            must(
                is_known or is_spoilt or not _is_of_centre(content),
                f"{laptop.name}: left a batch on the stick",
            )
        whole = {one.name: one.stat().st_size for one in stick.files(BATCH)}
        for name, size in laptop.rows("SELECT id, size FROM batch"):
            is_there = whole.get(f"{name.hex()}{BATCH}") == size
            must(is_there, f"{laptop.name}: the stick does not carry a batch, or not all of it")

    def listed(self, laptop: SimLaptop) -> AbstractSet[bytes]:
        """Return what of strangers' batches is listed without bytes."""
        return laptop.first(_LISTED)

    def strangers(self, laptop: SimLaptop, *, at_most: bool = False) -> tuple[int, int]:
        """Return how many batches of strangers, and of laptops that were taken out, are listed
        without bytes, and how much the others take; ``at_most``, with what is kept already of
        laptops of which it may hear that they were taken out."""
        ((rows, size),) = laptop.rows(_STRANGERS)
        for device in {one.device for one in laptop.world.gone} if at_most else ():
            ((more,),) = laptop.rows(_KEPT_OF, device)
            size += more
        return rows, size

    def check_strangers(self, laptop: SimLaptop, before: tuple[int, int]) -> None:
        """What nobody known signed takes no more room than it may."""
        rows, size = self.strangers(laptop)
        is_small = size <= max(before[1], STRANGERS_BYTES) and rows <= max(
            before[0], STRANGERS_ROWS
        )
        must(is_small, f"{laptop.name}: strangers take more room than they may")

    def check_replaced(
        self, change: Change, heads: Sequence[Change], seen: tuple[ChangeId, ...] | Current
    ) -> None:
        """What was typed replaces what stood on the screen, and nothing that came since."""
        current = {head.id for head in heads}
        bases = set(change.bases)
        if isinstance(seen, Current):
            must(bases <= current and bool(bases) == bool(current), "it replaces another value")
            return
        must(set(seen) <= bases, "it does not replace what was seen")
        # Whoever wrote the very same stood on the screen, too.
        read = {repr(head.value) for head in heads if head.id in seen}
        beside = {repr(head.value) for head in heads if head.id in bases - set(seen)}
        must(beside <= read, "it replaces a value that came since")
        must(bases <= current | set(seen), "it replaces a value that nobody saw")

    def check_settled(self, made: set[Change], seen: Sequence[ChangeId]) -> None:
        """A settled conflict replaces what the person saw, and nothing else."""
        must(len(made) == 1, "settling a conflict made more than one change, or none")
        (change,) = made
        must(set(change.bases) == set(seen), "a conflict was settled over what nobody saw")

    def check_undone(
        self, history: Sequence[Change], decision: ChangeId, written: Sequence[ChangeId]
    ) -> None:
        """What was undone stands there again: every value that the decision had replaced."""
        known = {one.id: one for one in history}
        replaced = {repr(known[one].value) for one in known[decision].bases if one in known}
        back = {repr(known[one].value) for one in written}
        must(replaced == back, "undoing a decision brought other values back")


_CONTENT = "SELECT content FROM batch_content JOIN batch ON batch_seq = seq WHERE id = ?"
_NEITHER = (
    "SELECT seq FROM change WHERE seq NOT IN (SELECT change_seq FROM outbox) AND NOT EXISTS"
    " (SELECT 1 FROM batch JOIN batch_change ON batch_change.batch_seq = batch.seq"
    " WHERE batch_change.change_seq = change.seq AND batch.position IS NOT NULL) LIMIT 1"
)
_NEITHER_OR_HEAD = _NEITHER.replace(
    " LIMIT 1",
    " AND (is_own = 1 OR EXISTS (SELECT 1 FROM batch_change WHERE change_seq = change.seq)) LIMIT 1",
)
"""While the log before a snapshot is read, its heads stand in no batch that is here."""
_ASIDE_TO_CARRY = (
    "SELECT count(*) FROM set_aside WHERE is_signed = 1 AND position IS NULL"
    f" AND reason != '{REVOKED_DEVICE}'"
)
_LISTED = "SELECT batch FROM set_aside WHERE content IS NULL AND position IS NULL"
_STRANGERS = (
    "SELECT count(*) FILTER (WHERE content IS NULL),"
    " coalesce(sum(size + 512) FILTER (WHERE content IS NOT NULL), 0)"
    f" FROM set_aside WHERE (is_signed = 0 OR reason = '{REVOKED_DEVICE}') AND position IS NULL"
)
_KEPT_OF = (
    "SELECT coalesce(sum(size + 512), 0) FROM set_aside WHERE is_signed = 1"
    f" AND reason != '{REVOKED_DEVICE}' AND substr(content, 23, 16) = ?"
)
_MAY_OPEN = "reason IN ({})".format(
    ", ".join(f"'{one}'" for one in sorted({*MAY_OPEN_LATER, AWAITS_EARLIER}))
)


def places_of(laptop: SimLaptop) -> dict[bytes, int | None]:
    """Return every batch that a laptop holds, with its position in the log."""
    return dict(laptop.rows("SELECT id, position FROM batch"))


def cursor_of(laptop: SimLaptop) -> Cursor | None:
    """Return how far a laptop verified the log."""
    found = laptop.rows("SELECT log_id, position, chain FROM cursor")
    return Cursor(*found[0]) if found else None


def lacking_of(laptop: SimLaptop) -> Behind | None:
    """Return what a laptop has still to read of the log before the snapshot that it began with."""
    found = laptop.rows("SELECT content FROM local WHERE name = ?", BEHIND)
    return Behind.from_bytes(found[0][0]) if found else None


def _device_of(content: bytes) -> bytes | None:
    try:
        return parse_header(content).device
    except ProtocolError:
        return None


def _is_of_centre(content: bytes) -> bool:
    try:
        return parse_header(content).centre == sim_centre().id
    except ProtocolError:
        return True


def _is_of(cursor: Cursor, world: World, rows: list[tuple[int, bytes, bytes]]) -> bool:
    """Return whether the region's log is still the one that the cursor speaks of."""
    if cursor.log_id != world.region.head().log_id or cursor.position > len(rows):
        return False
    return cursor.position == 0 or rows[cursor.position - 1][2] == cursor.chain
