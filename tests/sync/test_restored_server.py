"""A server that came back from an old dump, or was set up anew, gets everything again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from app.demo.actors import Typist
from sync.protocol import codec
from sync.protocol.messages import RosterReply
from tests.support.line import Line, Passing, cut
from tests.support.stations import RegionPlace, said, served, view


class Region:
    """A region whose server can be stopped, put back to a dump, or set up without its database."""

    def __init__(self, place: RegionPlace) -> None:
        self.place = place
        self._running = ExitStack()
        address = self._running.enter_context(served(place))
        self.line = Line(place.server, address)
        place.url = self.line.url

    def dump(self) -> dict[str, bytes]:
        """Stop the server, return its database as it is, and go on."""
        self._running.close()
        found = {one.name: one.read_bytes() for one in self._files()}
        self._go_on()
        return found

    def restore(self, dump: dict[str, bytes]) -> None:
        """Stop the server, put a dump in place of its database (or none), and go on."""
        self._running.close()
        for one in self._files():
            one.unlink()
        for name, content in dump.items():
            (self.place.server.folder / name).write_bytes(content)
        self._go_on()

    def close(self) -> None:
        self.line.close()
        self._running.close()

    def _go_on(self) -> None:
        self.line.region_address = self._running.enter_context(served(self.place))

    def _files(self) -> list[Path]:
        return list(self.place.server.folder.glob("batches.db*"))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Region]:
    region = Region(RegionPlace.make(tmp_path_factory.mktemp("restored")))
    yield region
    region.close()


@pytest.fixture
def laptops(place: Region) -> Iterator[tuple[Typist, Typist]]:
    made = place.place.pair()
    yield made
    for one in made:
        one.laptop.close()


def level(*laptops: Typist) -> None:
    for one in (*laptops, *laptops):
        assert one.sync().failure is None
    assert len({one.digest() for one in laptops}) == 1
    for one in laptops:
        assert view(one).waiting_changes == 0
        assert view(one).set_aside == ()


def test_a_server_put_back_to_an_old_dump_gets_again_what_it_lost(
    place: Region, laptops: tuple[Typist, Typist]
) -> None:
    """(C7)"""
    a, b = laptops
    a.register({"names": "Primera Inventada"})
    level(a, b)
    dump = place.dump()
    a.register({"names": "Segunda Inventada"})
    b.register({"names": "Tercera Inventada"})
    level(a, b)
    place.restore(dump)

    report = a.sync()
    assert report.failure is None
    # A was level with the lost log: it offers its own and its colleague's.
    assert report.batches_sent >= 2
    assert [one.message_id for one in view(a).facts] == ["other_history_seen"]
    level(a, b)
    c = place.place.joining(a)
    level(a, b, c)
    c.laptop.close()


def test_a_server_that_went_another_way_after_the_dump_still_gets_everything(
    place: Region, laptops: tuple[Typist, Typist]
) -> None:
    """Other laptops wrote into the restored log before A came back: two histories, nothing lost.
    (C7)"""
    a, b = laptops
    level(a, b)
    dump = place.dump()
    a.register({"names": "Cuarta Inventada"})
    assert a.sync().failure is None
    place.restore(dump)
    for number in range(3):
        b.register({"names": f"Otra Inventada {number}"})
        assert b.sync().failure is None
    level(a, b)
    # A had verified another chain there, under the same log id, and had the server's word for it:
    # people are told.
    told = [one.message_id for one in view(a).facts]
    assert told == ["other_history_seen", "receipt_broken"]


def test_a_server_set_up_without_its_database_gets_everything_statements_too(
    place: Region, laptops: tuple[Typist, Typist]
) -> None:
    a, b = laptops
    a.register({"names": "Quinta Inventada"})
    b.register({"names": "Sexta Inventada"})
    level(a, b)
    place.restore({})
    report = b.sync()
    assert report.failure is None
    assert "nada por enviar" in said(b)
    level(a, b)
    assert view(a).facts == view(b).facts == (), "its log has another id: no other history"


def test_statements_that_a_server_kept_back_once_are_asked_for_again(
    place: Region, laptops: tuple[Typist, Typist]
) -> None:
    a, b = laptops
    level(a, b)
    c = place.place.joining(a)
    c.register({"names": "Novena Inventada"})
    level(a, c)
    asked = []

    def keeps_back(passing: Passing) -> None:
        asked.append(passing.hand_on())
        passing.answer(replace(asked[-1], body=codec.encode(RosterReply())))

    with place.line.faulty(keeps_back, "roster"):
        assert b.sync().failure is None
    assert 0 < len(asked) <= 3, "however often it keeps them back, the run ends"
    assert b.digest() != c.digest(), "it was not told who C's laptop is"
    assert b.sync().failure is None
    assert b.digest() == c.digest()
    c.laptop.close()


def test_until_the_restored_server_has_it_again_nothing_is_said_to_be_there(
    place: Region, laptops: tuple[Typist, Typist]
) -> None:
    a, _ = laptops
    a.register({"names": "Séptima Inventada"})
    assert a.sync().failure is None
    held = a.run(lambda uow: uow.changes.count())
    place.restore({})
    told: list[int] = []

    def once_told_it_is_cut(passing) -> None:
        if 200 in told:
            cut(lambda _: 0)(passing)
        else:
            answer = passing.hand_on()
            told.append(answer.status)
            passing.answer(answer)

    with place.line.faulty(once_told_it_is_cut, "x"):
        assert a.sync().failure == "answer_cut"
    assert view(a).waiting_changes == held
    assert a.sync().failure is None
    assert view(a).waiting_changes == 0


def test_a_revocation_that_went_with_the_servers_disk_is_there_again_when_nothing_waits(
    place: Region, laptops: tuple[Typist, Typist]
) -> None:
    admin, lost = laptops
    level(admin, lost)
    dump = place.dump()
    assert lost.laptop.keys is not None
    admin.laptop.revoke(lost.laptop.keys.keyring.device.id)
    assert admin.sync().failure is None
    place.restore(dump)
    assert admin.sync().failure is None
    assert "nada por enviar" in said(admin)
    assert lost.sync().failure is not None, "it is let in no more"
