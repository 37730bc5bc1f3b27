"""Who wrote something without a network hears by stick at whom it arrived: a word, signed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.services import replication, whereabouts
from app.services.whereabouts_ports import Reach, Whereabouts
from sync.client.folder import BATCH
from sync.client.holdings import HOLDING
from sync.client.laptops import RosterLaptops
from sync.envelope.region import RegionRoot, revoke_by_root
from sync.protocol.holding import (
    HOLDING_MAX,
    Holding,
    holding_name,
    holding_said,
    is_holding_signed,
    parse_holding,
)
from sync.protocol.signature import Purpose
from tests.simulation.keys import sim_centre
from tests.support import centres
from tests.support.laptops import RecordId
from tests.support.offline import Station
from tests.support.spoilt import altered
from tests.support.sticks import files, home

CENTRE = sim_centre().id


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


@pytest.fixture
def stations() -> Iterator[tuple[Station, Station, Station]]:
    made = (Station.of(0), Station.of(1), Station.of(2))
    yield made
    for one in made:
        one.laptop.store.close()


def where(station: Station, case_id: RecordId) -> Whereabouts:
    laptops = RosterLaptops(station.runs.keys, station.envelope)
    return station.laptop.run(lambda uow: whereabouts.of_case(uow, laptops, case_id))


def word(station: Station, stick: Path) -> Path:
    device = station.envelope.keyring.device.id
    return home(stick, holding_name(CENTRE, device).hex() + HOLDING)


def taken_out(station: Station, gone: Station) -> None:
    """The region takes a laptop out of the centre, and this one hears of it."""
    held = station.runs.keys
    root = RegionRoot(centres.seed("simulated root"))
    held.learns(revoke_by_root(root, gone.envelope.keyring.device, held.statements()))


def sign(station: Station, said: Holding) -> bytes:
    content = holding_said(said)
    return content + station.envelope.keyring.keys.sign(Purpose.HOLDING, content)


def test_who_wrote_it_hears_by_the_same_stick_that_it_arrived_though_the_other_wrote_nothing(
    stations: tuple[Station, Station, Station], stick: Path
) -> None:
    a, b, _ = stations
    case_id = a.write("relato inventado")
    waiting = a.laptop.run(replication.outbox)
    assert a.use(stick).failure is None
    assert where(a, case_id).reach is Reach.ON_STICK
    assert b.use(stick).failure is None
    assert a.use(stick).failure is None

    assert where(a, case_id) == Whereabouts(Reach.AT_ANOTHER, ("B",))
    assert a.laptop.run(replication.outbox) == waiting, "nothing leaves the outbox for a word"
    later = a.write("otro relato")
    assert a.use(stick).failure is None
    assert where(a, later).reach is Reach.ON_STICK, "nobody can have it yet"


def test_a_third_laptop_is_told_beside_the_second_and_of_what_the_second_wrote(
    stations: tuple[Station, Station, Station], stick: Path
) -> None:
    a, b, c = stations
    case_id = a.write("relato inventado")
    for one in (a, b, c, a, b):
        assert one.use(stick).failure is None
    assert where(a, case_id) == Whereabouts(Reach.AT_ANOTHER, ("B", "C"))
    assert where(b, case_id) == Whereabouts(Reach.AT_ANOTHER, ("A", "C"))


def test_a_laptop_that_was_taken_out_is_no_second_place_of_what_others_wrote(
    stations: tuple[Station, Station, Station], stick: Path
) -> None:
    """It was stolen: what it held is nobody's any more."""
    a, b, c = stations
    case_id = a.write("relato inventado")
    for one in (a, b, c, a, b):
        assert one.use(stick).failure is None
    assert where(a, case_id) == Whereabouts(Reach.AT_ANOTHER, ("B", "C"))
    taken_out(a, b)
    assert where(a, case_id) == Whereabouts(Reach.AT_ANOTHER, ("C",))
    taken_out(a, c)
    alone = where(a, case_id)
    assert (alone.reach, alone.laptops) == (Reach.ON_STICK, ())
    taken_out(b, a)
    taken_out(b, c)
    theirs = where(b, case_id)
    assert (theirs.reach, theirs.laptops) == (Reach.ON_STICK, ()), "who wrote it has it no more"


def test_that_the_log_reached_a_laptop_stays_true_when_it_is_taken_out(
    stations: tuple[Station, Station, Station], stick: Path
) -> None:
    a, b, _ = stations
    case_id = a.write("relato inventado")
    for one in (a, b):
        assert one.use(stick).failure is None
        one.was_online()
    for one in (b, a):
        assert one.use(stick).failure is None
    taken_out(a, b)
    assert where(a, case_id) == Whereabouts(Reach.SEEN, ("B",))


def test_who_read_the_log_and_never_wrote_is_known_by_the_word(
    stations: tuple[Station, Station, Station], stick: Path
) -> None:
    a, b, _ = stations
    case_id = a.write("relato inventado")
    for one in (a, b):
        assert one.use(stick).failure is None
        one.was_online()
    assert where(a, case_id).reach is Reach.RECEIVED
    assert b.use(stick).failure is None
    assert a.use(stick).failure is None
    assert where(a, case_id) == Whereabouts(Reach.SEEN, ("B",))


def test_the_word_says_what_is_held_now_and_is_written_anew_only_when_that_changed(
    stations: tuple[Station, Station, Station], stick: Path
) -> None:
    a, b, _ = stations
    a.write("relato inventado")
    assert a.use(stick).failure is None
    assert b.use(stick).failure is None
    content = word(b, stick).read_bytes()
    said = parse_holding(content)
    assert (said.device, said.seen) == (b.envelope.keyring.device.id, None)
    assert set(said.ids) == a.ids == b.ids
    assert is_holding_signed(content, b.envelope.keyring.device.sign_key)

    before = word(b, stick).stat().st_mtime_ns
    assert b.use(stick).failure is None
    assert word(b, stick).stat().st_mtime_ns == before
    a.write("otro relato")
    for one in (a, b):
        assert one.use(stick).failure is None
    assert set(parse_holding(word(b, stick).read_bytes()).ids) == a.ids


@pytest.mark.parametrize("at", [0, 4, 5, 21, 37, 38, 54, 62, 94, 130, -1])
def test_a_word_that_was_changed_anywhere_is_nobodys(
    stations: tuple[Station, Station, Station], stick: Path, at: int
) -> None:
    a, b, _ = stations
    case_id = a.write("relato inventado")
    for one in (a, b):
        assert one.use(stick).failure is None
    whole = word(b, stick).read_bytes()
    word(b, stick).write_bytes(altered(whole, at))
    report = a.use(stick)
    assert (report.failure, report.set_aside) == (None, 0)
    assert where(a, case_id).reach is Reach.ON_STICK
    assert b.use(stick).failure is None
    assert word(b, stick).read_bytes() == whole, "whose word it is puts it right"


def test_nobody_says_for_another_what_he_holds(
    stations: tuple[Station, Station, Station], stick: Path
) -> None:
    """A member's own signature under a colleague's name, a colleague's word under another name,
    and the word of a laptop of another centre: none of them counts."""
    a, b, c = stations
    for one in (b, c, a):  # who they are
        assert one.use(stick).failure is None
    case_id = a.write("relato inventado")
    assert a.use(stick).failure is None
    ids = tuple(sorted(a.ids))
    honest = Holding(CENTRE, b.envelope.keyring.device.id, 2, None, ids)
    word(b, stick).write_bytes(sign(c, honest))
    word(c, stick).write_bytes(sign(b, honest))
    assert a.use(stick).failure is None
    assert where(a, case_id).reach is Reach.ON_STICK
    other = Holding(b"\x52" * 16, honest.device, 2, None, ids)
    word(b, stick).write_bytes(sign(b, other))
    assert a.use(stick).failure is None
    assert where(a, case_id).reach is Reach.ON_STICK
    word(b, stick).write_bytes(sign(b, honest))
    assert a.use(stick).failure is None
    assert where(a, case_id) == Whereabouts(Reach.AT_ANOTHER, ("B",))


def test_an_old_word_says_less_and_takes_nothing_back(
    stations: tuple[Station, Station, Station], stick: Path
) -> None:
    a, b, _ = stations
    assert b.use(stick).failure is None
    old = word(b, stick).read_bytes()
    case_id = a.write("relato inventado")
    for one in (a, b, a):
        assert one.use(stick).failure is None
    word(b, stick).write_bytes(old)  # of a stick that lay about
    assert a.use(stick).failure is None
    assert where(a, case_id) == Whereabouts(Reach.AT_ANOTHER, ("B",))


def test_what_could_not_be_opened_is_not_said_to_be_held(
    stations: tuple[Station, Station, Station], stick: Path
) -> None:
    a, b, _ = stations
    a.write("relato inventado")
    assert a.use(stick).failure is None
    (batch,) = files(stick, BATCH)
    batch.write_bytes(altered(batch.read_bytes(), -1))
    assert b.use(stick).set_aside == 1
    assert parse_holding(word(b, stick).read_bytes()).ids == ()


def test_words_of_any_number_and_size_cost_little_and_hide_none(
    stations: tuple[Station, Station, Station], stick: Path
) -> None:
    a, b, _ = stations
    for one in (b, a):  # who they are
        assert one.use(stick).failure is None
    case_id = a.write("relato inventado")
    for one in (a, b):
        assert one.use(stick).failure is None
    chance = random.Random(20261126)
    for number in range(3_000):
        name = f"{number:02x}"[:2] + f"{number:062x}" + HOLDING
        home(stick, name).write_bytes(chance.randbytes(200))
    huge = home(stick, "ff" * 32 + HOLDING)
    with huge.open("wb") as file:
        file.truncate(3 << 30)  # sparse
    report = a.use(stick)
    assert (report.failure, report.set_aside) == (None, 0)
    assert report.bytes_down < HOLDING_MAX
    assert where(a, case_id) == Whereabouts(Reach.AT_ANOTHER, ("B",))
