"""What one laptop saves the other shows: by the region's server, by stick, and by both."""

from __future__ import annotations

from pathlib import Path

from app.demo.actors import Typist
from app.services import casework, conflicts
from app.services.read_models import CaseFilter
from tests.support.line import Line
from tests.support.stations import RegionPlace, said, view

CASE = {
    "names": "Ñunkuí Inventada",
    "document_type": "dni",
    "document_number": "99990001",
    "safe_phone": "999000777",
}
STORY = "Relato inventado: junto al río, ñandú y maíz."


def cases(typist: Typist) -> int:
    return typist.run(lambda uow: casework.count_cases(uow, CaseFilter()))


def done(report):
    assert report.failure is None
    return report


def test_a_case_registered_on_one_laptop_appears_on_the_other(
    pair: tuple[Typist, Typist], region: RegionPlace
) -> None:
    a, b = pair
    a.register({**CASE, "relato": STORY})
    assert cases(b) == 0
    sent, received = done(a.sync()), done(b.sync())

    assert sent.batches_sent >= 1
    assert received.changes_received >= len(CASE) + 1
    assert (sent.set_aside, received.set_aside) == (0, 0)
    assert cases(b) == 1
    (row,) = b.run(lambda uow: casework.search_cases(uow, "ñunkui", 5))
    assert row.code
    done(a.sync())
    assert a.digest() == b.digest()
    for one in pair:
        assert view(one).waiting_changes == 0
        assert "nada por enviar" in said(one)


def test_the_server_and_the_line_see_nothing_of_it(
    pair: tuple[Typist, Typist], region: RegionPlace, line: Line
) -> None:
    """(L7, L9) Control: the other laptop finds the same words."""
    a, b = pair
    a.register({**CASE, "relato": STORY})
    done(a.sync())
    done(b.sync())
    travelled = b"".join(one.body for one in line.heard)
    stored = b"".join(path.read_bytes() for path in region.server.folder.glob("batches.db*"))
    assert len(travelled) > 1_000
    # A word of three letters stands by chance in some of so many bytes.
    telling = [one for one in (*CASE.values(), STORY, STORY[:10]) if len(one) >= 6]
    assert len(telling) > 3
    for text in telling:
        for encoding in ("utf-8", "utf-16le"):
            assert text.encode(encoding) not in travelled + stored


def test_a_case_travels_by_stick_alone_both_ways(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    a.register(CASE)
    b.register({"names": "Otra Inventada"})
    done(a.use_stick(tmp_path))
    taken = done(b.use_stick(tmp_path))
    assert taken.batches_received >= 1
    assert cases(b) == 2
    done(a.use_stick(tmp_path))
    assert cases(a) == 2
    assert a.digest() == b.digest()


def test_a_laptop_without_network_reaches_the_region_by_a_courier(
    pair: tuple[Typist, Typist], region: RegionPlace, tmp_path: Path
) -> None:
    """B never sees a network: A carries its batches to the region, and C gets them there. (C9)"""
    a, b = pair
    b.register(CASE)
    done(b.use_stick(tmp_path))
    assert view(b).waiting_changes > 0
    done(a.use_stick(tmp_path))
    assert done(a.sync()).batches_sent >= 2
    c = region.joining(a)
    done(a.sync())
    done(c.sync())
    assert cases(c) == 1
    assert c.run(lambda uow: casework.search_cases(uow, "99990001", 5))
    # What the courier saw in the log does not speak for B, which was not there.
    assert view(b).waiting_changes > 0
    done(b.sync())
    assert view(b).waiting_changes == 0
    done(a.sync())
    done(c.sync())
    assert a.digest() == b.digest() == c.digest()
    c.laptop.close()


def test_edits_that_did_not_see_each_other_are_both_kept_until_somebody_chooses(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    case_id, _ = a.register(CASE)
    done(a.sync())
    done(b.sync())
    a.type_fields(case_id, {"safe_hours": "lunes 9 h"})
    b.type_fields(case_id, {"safe_hours": "viernes 15 h"})
    done(a.sync())
    done(b.sync())
    done(b.use_stick(tmp_path))
    done(a.use_stick(tmp_path))
    for one in pair:
        (open_one,) = one.run(lambda uow, one=one: conflicts.list_conflicts(uow, one.laptop.desk))
        assert {value.value for value in open_one.values} == {"lunes 9 h", "viernes 15 h"}
    assert a.digest() == b.digest()


def test_the_same_batches_by_server_and_stick_count_once(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    """(C1, C9)"""
    a, b = pair
    a.register(CASE)
    done(a.sync())
    done(a.use_stick(tmp_path))
    first = done(b.sync())
    second = done(b.use_stick(tmp_path))
    assert first.batches_received >= 1
    assert (second.batches_received, second.changes_received, second.set_aside) == (0, 0, 0)
    done(a.sync())
    assert a.digest() == b.digest()


def test_a_quiet_synchronisation_is_one_round_trip(pair: tuple[Typist, Typist], line: Line) -> None:
    a, _ = pair
    a.register(CASE)
    done(a.sync())
    line.heard.clear()
    report = done(a.sync())
    assert [one.path.rsplit("/", 1)[1] for one in line.heard] == ["x"]
    assert report.bytes_up < 200
    assert report.bytes_down < 200
