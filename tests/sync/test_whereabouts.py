"""What the screen says of where something is: facts that this laptop saw, and nothing before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.domain.records import Kind
from app.services import replication, whereabouts
from app.services.ports import Cursor, FieldKey
from app.services.whereabouts_ports import Reach, Whereabouts
from tests.support.stations import RegionPlace


@pytest.fixture
def pair(region: RegionPlace) -> Iterator[tuple[Typist, Typist]]:
    """Two laptops that know each other, with nothing to send."""
    laptops = region.pair()
    for one in (*laptops, *laptops):
        assert one.sync().failure is None
    yield laptops
    for one in laptops:
        one.laptop.close()


def place(typist: Typist, case_id: RecordId) -> Whereabouts:
    """Return where a case is, as this laptop says."""
    return typist.run(lambda uow: whereabouts.of_case(uow, typist.workplace.laptops, case_id))


def reach_of(typist: Typist, case_id: RecordId, field: str) -> Reach:
    """Return where a field of a case is."""

    def look(uow):  # type: ignore[no-untyped-def]
        places = whereabouts.of_records(uow, typist.workplace.laptops, [case_id])
        return places.of_field(FieldKey(Kind.CASE, case_id, field)).reach

    return typist.run(look)  # type: ignore[no-any-return]


def test_what_is_typed_is_here_alone_until_the_log_shows_it(pair: tuple[Typist, Typist]) -> None:
    a, _ = pair
    case_id, _ = a.register({"names": "Nunkui"})
    here = place(a, case_id)
    assert here.reach is Reach.HERE
    assert here.since_ms is not None
    assert a.sync().failure is None
    received = place(a, case_id)
    assert received.reach is Reach.RECEIVED
    assert received.laptops == ()


def test_a_laptop_has_seen_it_only_once_its_own_batches_say_so(
    pair: tuple[Typist, Typist],
) -> None:
    a, b = pair
    case_id, _ = a.register({"names": "Nunkui"})
    assert a.sync().failure is None
    assert b.sync().failure is None
    assert a.sync().failure is None
    assert place(a, case_id).reach is Reach.RECEIVED, "B has it, and A cannot know"
    b.register({"names": "Otra Inventada"})
    assert b.sync().failure is None
    assert a.sync().failure is None
    assert place(a, case_id) == Whereabouts(Reach.SEEN, ("B",))


def in_list(typist: Typist, case_id: RecordId) -> Whereabouts:
    """Return where a case is, as the list of cases says."""
    laptops = typist.workplace.laptops
    return typist.run(lambda uow: whereabouts.of_cases(uow, laptops, [case_id]))[case_id]


def test_who_wrote_a_case_is_known_to_have_it_before_anything_else_is_heard_of_that_laptop(
    region: RegionPlace,
) -> None:
    """What a laptop wrote first names no place of the log that it had read."""
    a = region.first()
    b = region.joining(a)
    case_id, _ = a.register({"names": "Nunkui"})
    for one in (a, b):
        assert one.sync().failure is None
    assert not b.run(lambda uow: any(uow.devices.positions().values()))
    assert place(b, case_id) == in_list(b, case_id) == Whereabouts(Reach.SEEN, ("A",))
    for one in (a, b):
        one.laptop.close()


def test_who_wrote_it_counts_beside_laptops_that_read_less(region: RegionPlace) -> None:
    """Nothing of this case is what the third laptop is known to have read."""
    a = region.first()
    b, c = region.joining(a), region.joining(a)
    for one in (a, b):
        assert one.sync().failure is None
    b.register({"names": "Otra Inventada"})
    for one in (b, c, b):
        assert one.sync().failure is None
    c.register({"names": "Tercera Inventada"})
    case_id, _ = a.register({"names": "Nunkui"})
    for one in (c, a, b):
        assert one.sync().failure is None
    assert place(b, case_id) == in_list(b, case_id) == Whereabouts(Reach.SEEN, ("A",))
    for one in (a, b, c):
        one.laptop.close()


def test_a_field_typed_later_is_less_far_than_its_case_was(pair: tuple[Typist, Typist]) -> None:
    a, _ = pair
    case_id, _ = a.register({"names": "Nunkui"})
    assert not place(a, case_id).is_part
    assert a.sync().failure is None
    a.type_fields(case_id, {"relato": "Relato inventado."})
    here = place(a, case_id)
    assert (here.reach, here.is_part) == (Reach.HERE, True)
    assert in_list(a, case_id) == here
    assert reach_of(a, case_id, "code") is Reach.RECEIVED
    assert reach_of(a, case_id, "relato") is Reach.HERE


def test_what_lies_whole_on_a_stick_is_on_its_way_and_what_comes_off_one_is_at_another(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    case_id, _ = a.register({"names": "Nunkui"})
    assert a.use_stick(tmp_path).failure is None
    on_stick = place(a, case_id)
    assert on_stick.reach is Reach.ON_STICK
    assert on_stick.since_ms is not None
    assert b.use_stick(tmp_path).failure is None
    assert place(b, case_id) == Whereabouts(Reach.AT_ANOTHER, ("A",))
    assert b.sync().failure is None
    assert place(a, case_id).reach is Reach.ON_STICK, "A has not heard of it"
    assert a.sync().failure is None
    assert place(a, case_id) == Whereabouts(Reach.RECEIVED)


def test_a_log_that_turns_out_shorter_takes_the_words_back(pair: tuple[Typist, Typist]) -> None:
    a, _ = pair
    before = a.run(lambda uow: uow.batches.cursor())
    assert isinstance(before, Cursor)
    case_id, _ = a.register({"names": "Nunkui"})
    assert a.sync().failure is None
    a.run(lambda uow: replication.fall_back(uow, before, before))
    assert place(a, case_id).reach is Reach.HERE


def test_a_laptop_of_no_centre_has_everything_here_alone(region: RegionPlace) -> None:
    from tests.support.stations import set_up

    typist = Typist.at(set_up(region.new_folder()))
    case_id, _ = typist.register({"names": "Nunkui"})
    assert place(typist, case_id).reach is Reach.HERE
    typist.laptop.close()
