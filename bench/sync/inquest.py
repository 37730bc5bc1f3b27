"""After the kills: what was acknowledged, held against what is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from app.clock import SystemClock
from app.ids import SystemIds
from app.opening import open_laptop
from app.services import casework, ledger
from app.services.read_models import CaseFilter
from bench.bulk import driver
from bench.sync.laptop import PASSPHRASE
from bench.sync.own import Region
from bench.sync.syncing import held_of
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.messages import receipt_bytes
from sync.protocol.signature import Purpose, is_signed
from sync.server.identity import ServerFiles
from sync.server.schema import centre, log
from sync.server.sql_store import open_engine

__all__ = ["Acknowledged", "Found", "examine"]


@dataclass(slots=True)
class Acknowledged:
    """All that a laptop ever knew to be in the log: it may never know less again."""

    seen: dict[str, int] = field(default_factory=dict)
    receipts: dict[tuple[str, str], list[Any]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def hear(self, held: Mapping[str, Any]) -> None:
        """Take in what a laptop said when it opened or ended; note what it forgot."""
        if lost := [name for name, at in self.seen.items() if held["seen"].get(name) != at]:
            self.faults.append(f"{len(lost)} batches seen in the log are not any more")
        if held["broken"]:
            self.faults.append(f"{held['broken']} receipts were said to be broken")
        self.seen.update(held["seen"])
        now = {(one[0], one[1]): one for one in held["receipts"]}
        if lost_words := [key for key, one in self.receipts.items() if now.get(key) != one]:
            self.faults.append(f"{len(lost_words)} receipts are gone or say something else")
        self.receipts.update(now)


@dataclass(frozen=True, slots=True)
class Found:
    """What the end showed; every fault is a sentence, and there must be none."""

    cases: tuple[int, int]
    digests: tuple[str, str]
    positions: int
    acknowledged: int
    receipts: int
    faults: tuple[str, ...]


def examine(region: Region, known: Mapping[str, Acknowledged], expected: int) -> Found:
    """Open both laptops and the server's database, and hold everything against everything."""
    faults = [f"laptop {which}: {one}" for which, ack in known.items() for one in ack.faults]
    rows, chain_faults = _log(region)
    faults += chain_faults
    key = ServerFiles(region.server).public.read_bytes()
    looked = {which: _look(region.laptop(which)) for which in ("a", "b")}
    for which, one in looked.items():
        known[which].hear(one.held)
        faults += [f"laptop {which}: {fault}" for fault in one.faults]
        faults += [f"laptop {which}: {f}" for f in _against_the_log(known[which], rows, key)]
        if one.cases != expected:
            faults.append(f"laptop {which}: {one.cases} cases, not {expected}")
        if one.held["waiting"] or one.held["unsealed"]:
            faults.append(f"laptop {which}: something still waits to be sent")
    a, b = looked["a"], looked["b"]
    if a.digest != b.digest:
        faults.append("the laptops do not hold the same")
    return Found(
        (a.cases, b.cases),
        (a.digest, b.digest),
        len(rows),
        len({name for one in known.values() for name in one.seen}),
        len({key for one in known.values() for key in one.receipts}),
        tuple(dict.fromkeys(faults)),
    )


@dataclass(frozen=True, slots=True)
class _Place:
    position: int
    chain: bytes
    log_id: bytes


def _log(region: Region) -> tuple[dict[str, _Place], list[str]]:
    """Return where every batch stands, recomputing the chain from the batches themselves."""
    engine = open_engine(f"sqlite:///{ServerFiles(region.server).database}")
    places: dict[str, _Place] = {}
    faults = []
    with engine.begin() as connection:
        for head in connection.execute(select(centre)):
            chain, last = chain_start(head.log_id), 0
            rows = select(log.c.position, log.c.batch_id, log.c.chain, log.c.content)
            ordered = rows.where(log.c.centre == head.id).order_by(log.c.position)
            for row in connection.execute(ordered):
                name = batch_id(row.content)
                chain, last = chain_after(chain, name), last + 1
                if (row.position, row.batch_id, row.chain) != (last, name, chain):
                    faults.append(f"server: position {row.position} is not what its chain says")
                places[name.hex()] = _Place(row.position, chain, head.log_id)
            if (head.position, head.chain) != (last, chain):
                faults.append("server: the end of the log is not where its head says")
        if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
            faults.append("server: the database is damaged")
    engine.dispose()
    return places, faults


@dataclass(frozen=True, slots=True)
class _Looked:
    cases: int
    digest: str
    held: dict[str, Any]
    faults: list[str]


def _look(folder: Path) -> _Looked:
    clock = SystemClock()
    laptop = open_laptop(folder, PASSPHRASE, clock, SystemIds(clock))
    faults = []
    try:
        if driver(laptop.store).execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            faults.append("the database is damaged")
        with laptop.store.unit() as uow:
            digest = uow.changes.digest()
            cases = casework.count_cases(uow, CaseFilter())
            held = held_of(uow)
            if uow.audit.verify() is not None:
                faults.append("the audit's chain is broken")
            shown = casework.list_cases(uow, CaseFilter(), 0, cases + 1)
        with laptop.store.unit() as uow:
            ledger.rebuild(uow, laptop.desk.definitions)
            if casework.list_cases(uow, CaseFilter(), 0, cases + 1) != shown:
                faults.append("what is derived differs when it is worked out anew")
    finally:
        laptop.close()
    return _Looked(cases, digest.hex(), held, faults)


def _against_the_log(
    known: Acknowledged, places: Mapping[str, _Place], server_key: bytes
) -> list[str]:
    faults = []
    for name, position in known.seen.items():
        if name not in places or places[name].position != position:
            faults.append("a batch that was seen at its position is not there")
    for name, log_id, position, chain, signature in known.receipts.values():
        said = receipt_bytes(
            bytes.fromhex(name), bytes.fromhex(log_id), position, bytes.fromhex(chain)
        )
        if not is_signed(server_key, Purpose.RECEIPT, said, bytes.fromhex(signature)):
            faults.append("a receipt is not signed by the server")
        place = places.get(name)
        promised = _Place(position, bytes.fromhex(chain), bytes.fromhex(log_id))
        if place != promised:
            faults.append("a receipt was not kept by the server")
    return faults
