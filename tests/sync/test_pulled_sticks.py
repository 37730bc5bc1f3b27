"""Two laptops and a stick that is pulled out at every file operation: no loss, no half file read.

``QISPI_EVERY=1`` tries every call of the exchange; otherwise some of them, drawn from a seed.
"""

from __future__ import annotations

import errno
import os
import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.services.read_models import SyncReport
from sync.client import stick as stick_module
from sync.client.folder import EXTRACT
from sync.client.stick import FOLDER_NAME, PART
from sync.protocol.batch import batch_id
from tests.support.offline import Station
from tests.support.pulled import AFTER, BEFORE, Pulled
from tests.support.sticks import files

EVERY = "QISPI_EVERY" in os.environ
WRITING = ("mkdir", "write", "fsync", "replace", "unlink")
"""Calls of which more are tried than of those that read."""

NAMED = {None, "stick_gone", "stick_full", "stick_read_only", "stick_not_ours", "stick_unsuited"}


@dataclass
class Pair:
    """Two laptops that both have something for the other, and a stick that both used before."""

    a: Station
    b: Station
    stick: Path
    spoilt: int = 0
    """How many files either laptop ever found spoilt."""

    @classmethod
    def at(cls, stick: Path) -> Pair:
        """Write all of it."""
        stick.mkdir()
        pair = cls(Station.of(0), Station.of(1), stick)
        pair.a.write("Inventada primera")
        pair.b.write("Inventada de la colega")
        assert pair.a.use(stick).failure is None
        pair.b.write(random.Random(7).randbytes(2_000).hex())
        pair.a.write("Inventada segunda")
        pair.a.was_online()
        pair.a.write("Inventada tercera")
        (stick / FOLDER_NAME / f"{'ab' * 32}.lote{PART}").write_bytes(b"half")
        return pair

    def exchange(self) -> list[SyncReport]:
        reports = [one.use(self.stick) for one in (self.a, self.b, self.a)]
        self.spoilt += sum(one.spoilt for one in reports)
        return reports

    @property
    def set_aside(self) -> int:
        """For how many reasons either laptop keeps files that it could not use."""
        return self.a.set_aside + self.b.set_aside

    def close(self) -> None:
        for one in (self.a, self.b):
            one.laptop.store.close()


@dataclass
class Place:
    """Where a pair is again and again what it was before: it is written once, and copied."""

    before: Pair
    used: tuple[Station, Station]

    def pair(self, stick: Path) -> Pair:
        """Return the pair with its stick there; of one that was given before nothing stays."""
        shutil.copytree(self.before.stick, stick)
        a, b = self.used
        pair = Pair(a.put_back(self.before.a), b.put_back(self.before.b), stick)
        assert pair.a.digest == self.before.a.digest != pair.b.digest == self.before.b.digest
        return pair


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    before = Pair.at(tmp_path_factory.mktemp("before") / "stick")
    made = Place(before, (Station.of(0), Station.of(1)))
    yield made
    before.close()
    for one in made.used:
        one.laptop.store.close()


@pytest.fixture(scope="module")
def calls(place: Place, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The calls that the whole exchange makes when nothing fails."""
    pair = place.pair(tmp_path_factory.mktemp("whole") / "stick")
    watched = Pulled(pair.stick)
    with watched.patched():
        reports = pair.exchange()
    assert [one.failure for one in reports] == [None] * 3
    assert pair.a.digest == pair.b.digest
    assert len(watched.names) > 200, "the calls of the stick are not seen"
    assert set(WRITING) < set(watched.names)
    return watched.names


def chosen(calls: list[str], fault: object) -> Iterator[int]:
    """Yield the numbers of the calls to fail at: all, or some of each kind."""
    if EVERY:
        yield from range(1, len(calls) + 1)
        return
    chance = random.Random(f"{fault} 20261127")
    often = 1 if isinstance(fault, int) else 2
    for name in sorted(set(calls)):
        numbers = [number for number, one in enumerate(calls, 1) if one == name]
        yield from chance.sample(numbers, often if name in WRITING else 1)


def finished(pair: Pair, written: int, reports: list[SyncReport]) -> None:
    """Whatever happened: nothing half was read; plugged in again, all is there and nothing more."""
    assert {one.failure for one in reports} <= NAMED
    again = pair.exchange()
    assert [one.failure for one in again] == [None] * 3
    assert pair.set_aside == 0
    assert pair.a.digest == pair.b.digest
    assert pair.a.changes == pair.b.changes == written
    assert pair.a.ids == pair.b.ids
    lying = files(pair.stick)
    assert {batch_id(one.read_bytes()) for one in lying} == pair.a.ids
    assert all(one.stem == batch_id(one.read_bytes()).hex() for one in lying)
    assert len(files(pair.stick, EXTRACT)) == 1
    assert files(pair.stick, PART) == []
    assert len(pair.b.told()) == 2, "what the region holds, by the word that the stick brought"


FAULTS = [BEFORE, AFTER, errno.EIO, errno.ENOSPC, errno.EROFS, errno.EACCES]


@pytest.mark.timeout(3_600 if EVERY else 600)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_stick_that_fails_at_any_call_loses_nothing_and_no_half_file_is_read(
    tmp_path: Path, place: Place, calls: list[str], fault: str | int
) -> None:
    """(F10)"""
    met: Counter[str] = Counter()
    for at in chosen(calls, fault):
        pair = place.pair(tmp_path / f"{at}")
        written = pair.a.changes + pair.b.changes
        pulled = Pulled(pair.stick, at, fault)
        with pulled.patched():
            reports = pair.exchange()
            pulled.plug_in()
        met[pulled.met] += 1
        finished(pair, written, reports)
    assert set(met) == set(calls)
    print(f"{sum(met.values())} of {len(calls)} calls, {fault}: {dict(met)}")


@pytest.mark.timeout(3_600 if EVERY else 600)
def test_whatever_a_power_cut_leaves_on_a_stick_is_no_half_file_to_anybody(
    tmp_path: Path, place: Place, calls: list[str]
) -> None:
    """(F7, F10)"""
    met: Counter[str] = Counter()
    for at in chosen(calls, "power"):
        for state in range(3 if EVERY else 1):
            pair = place.pair(tmp_path / f"{at}-{state}")
            written = pair.a.changes + pair.b.changes
            pulled = Pulled(pair.stick, at, AFTER)
            with pulled.patched():
                reports = pair.exchange()
            pulled.cut_power(random.Random(f"{at} {state}"))
            met[pulled.met] += 1
            finished(pair, written, reports)
    assert set(met) == set(calls)
    print(f"{sum(met.values())} power cuts at {len(calls)} calls: {dict(met)}")


def test_the_test_finds_a_stick_that_is_written_straight_under_its_name(
    tmp_path: Path, place: Place, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Planted: no file beside it, and nothing synchronised. Half files are read then. (control
    of F7, F10)"""

    def write(self, name: str, content: bytes) -> None:
        target = self.folder / self.home(name)
        try:
            target.parent.mkdir(exist_ok=True, parents=True)
            target.unlink(missing_ok=True)
            handle = os.open(target, os.O_WRONLY | os.O_CREAT)
            os.write(handle, content)
            os.close(handle)
        except OSError:
            raise stick_module.EnvironmentFault("stick_gone") from None

    monkeypatch.setattr(stick_module.Stick, "write", write)
    found = 0
    writes = [number for number, one in enumerate(calls, 1) if one == "write"]
    for at in writes[:: 1 if EVERY else 4]:
        pair = place.pair(tmp_path / f"{at}")
        pulled = Pulled(pair.stick, at, AFTER)
        with pulled.patched():
            pair.exchange()
        pulled.cut_power(random.Random(at))
        pair.exchange()
        found += pair.spoilt > 0
    assert found
