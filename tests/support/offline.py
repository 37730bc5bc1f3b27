"""Laptops of an invented centre that meet by stick alone; their stores live in memory."""

from __future__ import annotations

import random
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from app.bootstrap import Direct
from app.domain.change import RecordId
from app.services import replication
from app.services.ports import Cursor, KeptReceipt
from app.services.read_models import SyncReport
from db.store import Store, memory_store
from sync.client.control import SyncRuns
from sync.client.keys import HeldKeys
from sync.envelope.seal import CentreEnvelope
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.messages import receipt_bytes
from sync.protocol.signature import Purpose, signed_bytes
from tests.simulation.keys import sim_centre
from tests.support.laptops import Laptop, definitions, make_desk

__all__ = ["LOG", "Station", "signed_receipt"]

LOG = b"\x0b" * 16


def _no_network() -> NoReturn:
    raise AssertionError("a stick is no network")


def signed_receipt(batch: bytes, log_id: bytes, position: int, chain: bytes) -> KeptReceipt:
    """Return what the invented region's server signs of a place."""
    said = signed_bytes(Purpose.RECEIPT, receipt_bytes(batch, log_id, position, chain))
    return KeptReceipt(batch, log_id, position, chain, sim_centre().region.key.sign(said))


@dataclass
class Station:
    """A laptop of the invented centre whose store lives in memory."""

    laptop: Laptop
    envelope: CentreEnvelope
    runs: SyncRuns
    number: int

    @classmethod
    def of(cls, number: int, store: Store | None = None) -> Station:
        """Return the laptop of that number: 0 is the administrator's. Its store is a new one, or
        ``store`` as it is."""
        keyring = sim_centre().keyrings[number]
        chance = random.Random(number)
        store = store or memory_store(definitions().registry)
        desk = make_desk(seed=number + 1, letter="ABCD"[number], author=f"{number + 10:02x}")
        envelope = CentreEnvelope(definitions().registry, keyring, chance.randbytes)
        keys = HeldKeys(keyring, lambda wider: setattr(envelope, "keyring", wider))
        runs = SyncRuns(
            desk=desk,
            envelope=envelope,
            keys=keys,
            threads=Direct(),
            open_unit=store.unit,
            transport_of=lambda _counted: _no_network(),
        )
        return cls(Laptop(store, desk), envelope, runs, number)

    def put_back(self, source: Station) -> Station:
        """Return this laptop, started again, whose store holds what that of ``source`` does."""
        into, of = (one.laptop.store._engine.raw_connection() for one in (self, source))
        with closing(into), closing(of):
            of.driver_connection.backup(into.driver_connection)
        return Station.of(self.number, self.laptop.store)

    def use(self, stick: Path) -> SyncReport:
        """Exchange with a stick; return how it ended."""
        reports: list[SyncReport] = []
        self.runs.sync_folder(stick, lambda _progress: None, reports.append)
        return reports[0]

    def write(self, text: str) -> RecordId:
        """Write a case and seal it; return its id."""
        case_id = self.laptop.open_case()
        self.laptop.fill(case_id, names="Inventada", relato=text)
        self.laptop.run(lambda uow: replication.seal_pending(uow, self.laptop.desk, self.envelope))
        return case_id

    def was_online(self, log_id: bytes = LOG) -> None:
        """All that is here stands in the region's log, of which the server signed the end."""

        def work(uow) -> None:
            chain = chain_start(log_id)
            ids = tuple(uow.batches.ids())
            places = []
            for position, one in enumerate(ids, 1):
                chain = chain_after(chain, one)
                places.append((position, chain))
                uow.batches.mark_seen(one, position)
            uow.witness.note_places(places)
            end = len(ids)
            uow.receipts.put([signed_receipt(ids[-1], log_id, end, chain)])
            uow.batches.set_cursor(Cursor(log_id, end, chain))
            uow.commit()

        self.laptop.run(work)

    @property
    def set_aside(self) -> int:
        """How many reasons there are for files that were read and could not be used."""
        return self.laptop.run(lambda uow: len(uow.aside.rows()))

    def told(self) -> dict[bytes, int]:
        """What is known by the word of sticks alone: positions by batch."""
        ids = sorted(self.ids)
        rows = self.laptop.run(lambda uow: uow.log_words.told(ids))
        return {one.batch: one.position for one in rows}

    @property
    def ids(self) -> set[bytes]:
        return self.laptop.run(lambda uow: set(uow.batches.ids()))

    @property
    def changes(self) -> int:
        return self.laptop.run(lambda uow: uow.changes.count())

    @property
    def digest(self) -> bytes:
        return self.laptop.run(lambda uow: uow.changes.digest())
