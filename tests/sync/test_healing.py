"""Copies, backups, gaps, restored and doubled servers: told in words, healed by a named procedure.

Each test walks through the procedure of ``docs/operator.md`` with real laptops and a real server,
and ends where the procedure says how one sees that it is over.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.machine_notes import ProfileMachine
from app.services.machine_watch import note_start
from app.services.messages import SENTENCES
from app.services.sync_advice import PROCEDURES, fact_procedure
from sync.client.folder import BATCH
from sync.client.stick import FOLDER_NAME
from sync.protocol.batch import batch_id
from tests.support.line import Line
from tests.support.spoilt import batches_of
from tests.support.stations import RegionPlace, impatient, open_again, served, view

MANUAL = (Path(__file__).parents[2] / "docs" / "operator.md").read_text(encoding="utf-8")


def told(typist: Typist) -> dict[str, int]:
    return {one.message_id: one.count for one in view(typist).facts}


def heads_to_manual(fact: str) -> None:
    """What is told has its words, and its procedure stands in the manual under its number."""
    assert fact in SENTENCES
    number = fact_procedure(fact)
    assert number is not None
    assert f"### {number}. {PROCEDURES[number]}" in MANUAL


def starts(typist: Typist, profile: Path, computer: bytes) -> Typist:
    """Note the start of a laptop, as unlocking does."""
    machine = ProfileMachine(profile, computer)
    typist.run(lambda uow: note_start(uow, typist.laptop.desk, machine))
    return typist


def level(*laptops: Typist) -> None:
    for one in (*laptops, *laptops):
        assert one.sync().failure is None
    assert len({one.digest() for one in laptops}) == 1
    for one in laptops:
        assert view(one).waiting_changes == 0
        assert view(one).set_aside == ()


class Places:
    """A region, the folders of its laptops, and where each laptop's profile lies."""

    def __init__(self, place: Path) -> None:
        self.region = RegionPlace.make(place)
        self.place = place
        self._running = ExitStack()
        self.address = self._running.enter_context(served(self.region))
        self.line = Line(self.region.server, self.address)
        self.region.url = self.line.url

    def stop(self) -> dict[str, bytes]:
        """Stop the server and return its database as it is."""
        self._running.close()
        return {one.name: one.read_bytes() for one in self._files()}

    def go_on(self, dump: dict[str, bytes] | None = None) -> None:
        """Start the server again, with a dump in place of its database when one is given."""
        if dump is not None:
            for one in self._files():
                one.unlink()
            for name, content in dump.items():
                (self.region.server.folder / name).write_bytes(content)
        self.address = self._running.enter_context(served(self.region))
        self.line.region_address = self.address

    def close(self) -> None:
        self.line.close()
        self._running.close()

    def _files(self) -> list[Path]:
        return list(self.region.server.folder.glob("batches.db*"))


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    made = Places(tmp_path)
    yield made
    made.close()


def open_at(folder: Path, profile: Path, computer: bytes) -> Typist:
    return starts(impatient(open_again(folder)), profile, computer)


def test_a_copied_laptop_is_told_and_joins_anew(places: Places, tmp_path: Path) -> None:
    """(C4)"""
    folder = places.region.new_folder()
    a = starts(places.region.first_at(folder), tmp_path / "profile-a", b"A")
    b = places.region.joining(a)
    a.register({"names": "Primera Inventada"})
    level(a, b)
    a.laptop.close()
    copied = [places.place / "copied", places.place / "copied too"]
    for one in copied:
        shutil.copytree(folder, one)

    # All three go on, one at each computer; the copies number further up, both from the same.
    a = open_at(folder, tmp_path / "profile-a", b"A")
    copies = [
        open_at(copied[0], tmp_path / "profile-c", b"C"),
        open_at(copied[1], tmp_path / "profile-d", b"D"),
    ]
    assert told(a) == {}
    a.register({"names": "De la original"})
    for copy in copies:
        assert told(copy) == {"folder_moved": 1}
        copy.register({"names": "De la copia"})
    heads_to_manual("folder_moved")
    level(a, b, *copies)  # nothing is held up, nothing lost
    for laptop in (a, b, *copies):
        twice = [fact for fact in view(laptop).facts if fact.message_id == "case_numbers_twice"]
        assert [[number[4:] for number in fact.named] for fact in twice] == [["-A0101"]]
    heads_to_manual("case_numbers_twice")

    # Procedure 1: a copy has nothing left to send; it is put away, and that computer joins anew.
    for copy, place in zip(copies, copied, strict=True):
        assert view(copy).waiting_changes == 0
        copy.laptop.close()
        shutil.rmtree(place)
    fresh = [places.region.joining(a) for _ in copies]
    level(a, b, *fresh)
    letters = [laptop.laptop.desk.device_letter for laptop in (a, b, *fresh)]
    assert len(set(letters)) == 4, "over: every laptop of the list has a letter of its own"
    for laptop in fresh:
        assert told(laptop) == {"case_numbers_twice": 1, "audit_contradicted": 1}, "both stay"
    for laptop in (a, b, *fresh):
        laptop.laptop.close()


def test_a_backup_that_was_put_back_is_told_and_gets_everything_again(
    places: Places, tmp_path: Path
) -> None:
    """(C5)"""
    folder = places.region.new_folder()
    a = starts(places.region.first_at(folder), tmp_path / "profile", b"A")
    b = places.region.joining(a)
    a.register({"names": "Primera Inventada"})
    level(a, b)
    a.laptop.close()
    backup = places.place / "backup"
    shutil.copytree(folder, backup)
    a = open_at(folder, tmp_path / "profile", b"A")
    a.register({"names": "Después de la copia"})
    b.register({"names": "De la colega"})
    level(a, b)
    held = a.digest()
    a.laptop.close()

    shutil.rmtree(folder)
    shutil.copytree(backup, folder)
    a = open_at(folder, tmp_path / "profile", b"A")
    assert told(a) == {"backup_restored": 1}
    heads_to_manual("backup_restored")
    assert a.digest() != held

    # Procedure 2: synchronise; what this laptop itself had sent comes back, too.
    level(a, b)
    assert a.digest() == held
    assert told(a) == {"backup_restored": 1}, "over: the number stands still"
    for one in (a, b):
        one.laptop.close()


def test_a_server_put_back_without_saying_so_is_told_and_filled_again(places: Places) -> None:
    """(C7)"""
    a, b = places.region.pair()
    a.register({"names": "Primera Inventada"})
    level(a, b)
    dump = places.stop()
    places.go_on()
    a.register({"names": "Segunda Inventada"})
    assert a.sync().failure is None
    places.stop()
    places.go_on(dump)
    for number in range(3):
        b.register({"names": f"Otra Inventada {number}"})
        assert b.sync().failure is None
    assert a.sync().failure is None
    assert told(a)["other_history_seen"] == 1
    heads_to_manual("other_history_seen")

    # Procedure 3: every laptop synchronises; whoever joins gets all that the dump did not have.
    level(a, b)
    c = places.region.joining(a)
    level(a, b, c)
    assert told(c) == {}, "over: a laptop that joins now is told nothing"
    for one in (a, b, c):
        one.laptop.close()


def test_a_batch_that_was_withheld_is_told_until_it_comes(places: Places, tmp_path: Path) -> None:
    a, b = places.region.pair()
    for number in range(3):
        a.register({"names": f"Inventada {number}"})
        held = batches_of(a)
    folder = tmp_path / FOLDER_NAME
    folder.mkdir()
    for content in (held[0], held[2]):
        (folder / f"{batch_id(content).hex()}{BATCH}").write_bytes(content)
    assert b.use_stick(tmp_path).failure is None
    assert told(b) == {"batches_missing": 1}
    heads_to_manual("batches_missing")

    # Procedure 4: the laptop that wrote it offers what the region lacks.
    level(a, b)
    assert told(b) == {}, "over: the sentence is gone"
    for one in (a, b):
        one.laptop.close()


def test_two_servers_are_told_and_each_is_given_what_it_lacks(
    places: Places, tmp_path: Path
) -> None:
    """An operator set the same region up twice: one key, two databases, one address by turns.
    (C8) Control: whoever meets only one of them is told nothing."""
    twin = RegionPlace(tmp_path / "twin")
    shutil.copytree(places.region.server.folder, twin.server.folder)
    for one in twin.server.folder.glob("batches.db*"):
        one.unlink()
    a, b = places.region.pair()
    with served(twin) as other:
        sizes = []
        for turn in range(6):
            places.line.region_address = (places.address, other)[turn % 2]
            a.register({"names": f"Turno {turn} a"})
            b.register({"names": f"Turno {turn} b"})
            for one in (a, b, a):
                report = one.sync()
                assert report.failure is None
            assert a.digest() == b.digest(), "data flow whichever server answers"
            sizes.append(report.bytes_up)
        for one in (a, b):
            assert told(one)["two_servers"] == 4, "the first visit to each server is no news"
        heads_to_manual("two_servers")
        assert max(sizes[2:]) < 64_000, "each gets what it lacks, and not everything each time"

        # Procedure 5: the region leaves one of them; who joins now gets everything from it.
        places.line.region_address = other
        level(a, b)
        before = told(a)["two_servers"]
        c = places.region.joining(a)
        level(a, b, c)
        assert told(a)["two_servers"] == before, "over: the number stands still"
        assert "two_servers" not in told(c)
    for one in (a, b, c):
        one.laptop.close()
