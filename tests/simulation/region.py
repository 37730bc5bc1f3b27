"""The region's server in the simulator: the real services on real SQLite, and what befalls it."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NoReturn, cast

import msgspec
from sqlalchemy import Engine, select

from sync.envelope.keyring import Keyring
from sync.protocol import codec, paths
from sync.protocol.compact import TOKEN_BYTES, HaveRequest, encode_short
from sync.protocol.errors import ProtocolError
from sync.protocol.frames import PushReader, encode_pull
from sync.protocol.lane import BlobGet, BlobHave, BlobPutReply, PutReader
from sync.protocol.limits import BLOB_HELD_MIN
from sync.protocol.messages import Receipt, Refusal, RosterReply, RosterRequest
from sync.server import lane, resuming, services
from sync.server.migrate import migrate
from sync.server.schema import blob, log
from sync.server.sql_store import SqlStore, open_engine
from sync.server.store import LogHead, LogRow, NewBatch
from tests.simulation.keys import sim_centre
from tests.simulation.statements import arm, disarm, share_statements

__all__ = ["Dump", "SimRegion"]

Draw = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Dump:
    """A copy of the database, as a nightly dump is, and the receipts that were true then."""

    content: bytes
    receipts: Mapping[bytes, Receipt]


def _full() -> NoReturn:
    raise sqlite3.OperationalError("database or disk is full")


@cache
def _empty() -> bytes:
    engine = open_engine("sqlite://")
    migrate(engine)
    raw = engine.raw_connection()
    content = cast(sqlite3.Connection, raw.driver_connection).serialize()
    raw.close()
    engine.dispose()
    return content


class _Store(SqlStore):
    """The real one, which also remembers what no dump does."""

    def __init__(
        self, engine: Engine, draw: Draw, ever: dict[bytes, bytes], told: set[bytes]
    ) -> None:
        super().__init__(engine, draw)
        self.ever = ever
        self.told = told

    def append(self, centre_id: bytes, batch: NewBatch) -> tuple[LogHead, LogRow]:
        placed = super().append(centre_id, batch)
        if centre_id == sim_centre().id:
            self.ever.setdefault(batch.id, batch.content)
        return placed

    def add_statements(self, centre_id: bytes, statements: Sequence[bytes]) -> None:
        super().add_statements(centre_id, statements)
        self.told.update(statements)


class SimRegion:
    """One server. Its receipts are remembered, so that none of them can turn out untrue unnoticed."""

    given: set[tuple[bytes, bytes, int, bytes]]
    """Batch, log, position and chain of every receipt that it ever gave, whatever befell it since."""

    ever: dict[bytes, bytes]
    """Every batch to which it ever gave a place."""

    told: set[bytes]
    """Every statement that it ever kept."""

    between: Callable[[], None] | None = None
    """What happens behind a frame, while the request goes on."""

    def __init__(self, chance: random.Random) -> None:
        self.centre = sim_centre().id
        self.region = sim_centre().region
        self._chance = chance
        self._engine = open_engine("sqlite://")
        share_statements("region", self._engine)
        self.ever, self.told = {}, set()
        self._drawing: Draw = chance.randbytes
        self.store = _Store(self._engine, self._draw, self.ever, self.told)
        self._load(_empty())
        self.receipts: dict[bytes, Receipt] = {}
        self.given = set()

    def sign_in(self, keyring: Keyring) -> None:
        """Take the statements that a device brings along, and let it in. Raises ProtocolError."""
        brought = codec.fitting(keyring.statements)
        services.learn(self.store, self.region, self.centre, brought)
        self.admit(keyring.device.id)

    def admit(self, device: bytes) -> None:
        """Look whether a device with a token belongs to the centre still. Raises ProtocolError."""
        services.member_roster(self.store, self.region, self.centre, device)

    def statements(self) -> tuple[bytes, ...]:
        """Return what it holds of the roster."""
        return self.store.statements(self.centre)

    def exchange(self, body: bytes) -> bytes | None:
        """Take a request's body, which may be cut; return the answer's, or None without one."""
        roster = services.roster_of(self.store, self.region, self.centre)
        reader = codec.RequestReader()
        outcomes: list[Receipt | Refusal] = []
        at = 0
        try:
            while at < len(body):
                size = self._chance.choice((1, 7, 100, 1_400, 60_000))
                for content in reader.feed(body[at : at + size]):
                    outcome = services.accept_batch(
                        self.store, self.region, roster, self.centre, content
                    )
                    outcomes.append(outcome)
                    self.remember(outcome)
                    if self.between is not None:
                        self.between()
                at += size
            reader.close()
        except ProtocolError:
            return None
        assert reader.head is not None
        reply, entries = services.answer_exchange(self.store, self.centre, reader.head, outcomes)
        return b"".join(codec.encode_reply(reply, entries))

    def compact(self, body: bytes) -> bytes | None:
        """Take a request's body as :meth:`exchange` does, in the compact version; of a frame that
        is cut, what came is kept."""
        roster = services.roster_of(self.store, self.region, self.centre)
        reader = PushReader()
        outcomes: list[Receipt | Refusal] = []
        at = 0
        try:
            while at < len(body):
                size = self._chance.choice((1, 7, 100, 1_400, 60_000))
                for frame in reader.feed(body[at : at + size]):
                    outcome = resuming.accept_frame(
                        self.store, self.region, roster, self.centre, frame
                    )
                    outcomes.append(outcome)
                    self.remember(outcome)
                    if self.between is not None:
                        self.between()
                at += size
            reader.close()
        except ProtocolError:
            return None
        finally:
            if reader.unfinished is not None:
                resuming.keep_unfinished(self.store, self.centre, reader.unfinished)
        assert reader.head is not None
        head, entries = resuming.answer_pull(self.store, self.centre, reader.head, outcomes)
        head = msgspec.structs.replace(head, roster=roster.mark)
        return b"".join(encode_pull(head, entries))

    def have(self, body: bytes) -> bytes | None:
        """Say what of some batches is held."""
        try:
            asked = codec.decode(HaveRequest, body)
            return encode_short(resuming.answer_have(self.store, self.centre, asked))
        except ProtocolError:
            return None

    def roster(self, request: RosterRequest) -> RosterReply:
        """Give and take statements."""
        return services.answer_roster(self.store, self.region, self.centre, request)

    def head(self) -> LogHead:
        """Return the end of the log."""
        return self.store.head(self.centre)

    def rows(self) -> list[tuple[int, bytes, bytes]]:
        """Return position, batch and chain of the whole log."""
        wanted = select(log.c.position, log.c.batch_id, log.c.chain).order_by(log.c.position)
        wanted = wanted.where(log.c.centre == self.centre)
        with self._engine.begin() as connection:
            return [(row[0], row[1], row[2]) for row in connection.execute(wanted)]

    def contents(self, known: Container[bytes] = ()) -> dict[bytes, bytes]:
        """Return every batch of the log; of those that are ``known`` no bytes."""
        with self._engine.begin() as connection:
            of_centre = log.c.centre == self.centre
            ids = connection.execute(select(log.c.batch_id).where(of_centre)).scalars().all()
            wanted = select(log.c.content).where(of_centre)
            return {
                one: b""
                if one in known
                else connection.execute(wanted.where(log.c.batch_id == one)).scalar_one()
                for one in ids
            }

    def lane(self, path: str, body: bytes, *, is_cut: bool) -> bytes | None:
        """Answer a question of the own lane; of a piece that is cut, what came is kept. Raises
        ProtocolError for what it does not take."""
        rest = body[TOKEN_BYTES:]
        if path == paths.BLOB_PUT:
            return self._put(body, is_cut=is_cut)
        if is_cut:
            return None
        if path == paths.SNAPSHOT:
            return encode_short(lane.answer_snapshot(self.store, self.centre))
        if path == paths.BLOB_HAVE:
            asked = codec.decode(BlobHave, rest)
            return encode_short(lane.answer_have(self.store, self.centre, asked))
        return lane.give_piece(self.store, self.centre, codec.decode(BlobGet, rest))

    def _put(self, body: bytes, *, is_cut: bool) -> bytes | None:
        roster = services.roster_of(self.store, self.region, self.centre)
        reader = PutReader()
        reader.feed(body)
        if is_cut and len(reader.waiting) < BLOB_HELD_MIN:
            return None
        if not is_cut:
            reader.close()
        start, content = reader.take()
        held = lane.take_piece(self.store, roster, self.centre, reader.name, start, content)
        return None if is_cut else encode_short(BlobPutReply(held))

    def blobs(self, besides: Container[bytes] = ()) -> list[bytes]:
        """Return every whole blob but those of these names."""
        names = [name for name in self.blob_names() if name not in besides]
        return [b"".join(self.store.blobs.pieces(self.centre, name)) for name in names]

    def blob_names(self) -> list[bytes]:
        """Return the names of every whole blob."""
        wanted = select(blob.c.name).where(blob.c.is_whole == 1, blob.c.centre == self.centre)
        with self._engine.begin() as connection:
            return list(connection.execute(wanted).scalars())

    def dump(self) -> Dump:
        """Return a copy of the database."""
        raw = self._engine.raw_connection()
        content = cast(sqlite3.Connection, raw.driver_connection).serialize()
        raw.close()
        return Dump(content, dict(self.receipts))

    def restore(self, dump: Dump) -> None:
        """Put an old dump in the place of the database: what came since is gone."""
        self._load(dump.content)
        self.receipts = dict(dump.receipts)

    def lose(self) -> None:
        """Start anew with an empty database."""
        self.restore(Dump(_empty(), {}))

    def fork(self) -> SimRegion:
        """Return a second server that goes on from the same state, with the same keys."""
        other = SimRegion(self._chance)
        other.restore(self.dump())
        other.given = self.given
        other.ever = other.store.ever = self.ever
        other.told = other.store.told = self.told
        return other

    @contextlib.contextmanager
    def drawing(self, chance: random.Random) -> Iterator[None]:
        """Draw from another source within: what a run did without it stays as it was."""
        before, self._drawing = self._drawing, chance.randbytes
        try:
            yield
        finally:
            self._drawing = before

    @contextlib.contextmanager
    def failing(self, left: int) -> Iterator[None]:
        """Within, the server's disk is full, or the server stops, at a statement of its store,
        after ``left`` others. Whatever it was about to answer is never heard."""
        raw = self._engine.raw_connection()
        connection = raw.driver_connection
        raw.close()
        arm(connection, left, _full)
        try:
            yield
        finally:
            disarm(connection)

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def remember(self, outcome: Receipt | Refusal) -> None:
        """Remember what was answered for."""
        if isinstance(outcome, Receipt):
            self.receipts[outcome.batch] = outcome
            self.given.add((outcome.batch, outcome.log_id, outcome.position, outcome.chain))

    def _draw(self, size: int) -> bytes:
        return self._drawing(size)

    def _load(self, content: bytes) -> None:
        raw = self._engine.raw_connection()
        cast(sqlite3.Connection, raw.driver_connection).deserialize(content)
        raw.close()
