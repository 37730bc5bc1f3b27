"""Kill -9 while writing: what was acknowledged is there, what was not is whole or absent."""

from __future__ import annotations

import multiprocessing
import random
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from app.services.ports import FieldKey, StoredField
from db.store import Store, create_store, open_store
from tests.support.every import some
from tests.support.storage import AUTHOR, KEY, REGISTRY, Writer, record_id

KILLS = some(20, 60)
PARTS = ("code", "narrative", "TIPO_VIOLENCIA")


def _write_for_ever(folder: Path, run: int, said: Connection, *, is_rash: bool = False) -> None:
    """One transaction after another: three changes, their derived values, an audit entry.
    ``is_rash`` says that they are saved before they are."""
    store = open_store(folder, KEY, REGISTRY)
    writer = Writer(session=b"run%05d" % run)
    number = 0
    said.send(-1)
    while True:
        number += 1
        record = record_id(run * 1_000_000 + number)
        changes = [writer.change(FieldKey("case", record, part), part * 50) for part in PARTS]
        with store.unit() as unit:
            unit.changes.append(changes, is_own=True)
            for change in changes:
                stored = StoredField(change.value, change.id, False, 1, AUTHOR)
                unit.records.put(FieldKey("case", record, change.field), stored, refers_to=None)
            unit.audit.append(actor=AUTHOR, action="edit", object_id=record, at_ms=number)
            if is_rash:
                said.send(number)
            unit.commit()
        if not is_rash:
            said.send(number)


def _write_rashly(folder: Path, run: int, said: Connection) -> None:
    _write_for_ever(folder, run, said, is_rash=True)


def _read(store: Store) -> tuple[int, int, int]:
    with store.unit() as unit:
        assert unit.audit.verify() is None
        return unit.changes.count(), unit.audit.count(), len(list(unit.records.ids("case")))


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_nothing_acknowledged_is_lost_at_many_kills(tmp_path: Path) -> None:
    """The seed of a failing run is in its message: put it in place of the drawn one. (F1)"""
    kill_often(tmp_path, _write_for_ever, KILLS)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_program_that_says_saved_too_early_is_found(tmp_path: Path) -> None:
    """(control of F1)"""
    with pytest.raises(AssertionError, match="seed"):
        kill_often(tmp_path, _write_rashly, 200)


def kill_often(tmp_path: Path, writes: Callable[[Path, int, Connection], None], kills: int) -> None:
    """Kill what writes at random moments, and look each time at what is there."""
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    create_store(tmp_path, KEY, REGISTRY).close()
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["db.store", "tests.storage.test_kill"])
    acknowledged = 0
    committed = 0
    for run in range(kills):
        ours, theirs = server.Pipe(duplex=False)
        child = server.Process(target=writes, args=(tmp_path, run, theirs), daemon=True)
        child.start()
        theirs.close()
        assert ours.recv() == -1
        # A random moment: after some commits, and some way into the next.
        for _ in range(chance.randrange(12)):
            acknowledged = committed + ours.recv()
        child.join(timeout=chance.random() * 0.004)
        child.kill()
        child.join()
        try:
            while True:
                acknowledged = committed + ours.recv()
        except EOFError:
            ours.close()
        store = open_store(tmp_path, KEY, REGISTRY)
        changes, entries, records = _read(store)
        store.close()
        assert entries in (acknowledged, acknowledged + 1), f"seed {seed}, run {run}"
        assert changes == 3 * entries, f"half a transaction: seed {seed}, run {run}"
        assert records == entries, f"half a transaction: seed {seed}, run {run}"
        acknowledged = committed = entries
    assert committed > kills
