"""What must not wait goes first whoever wrote it: carried for a colleague, and after a rebuild."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.services.ports import UnitOfWork
from tests.support.stations import RegionPlace, impatient, make_anew, open_again

SEVERE = {"NIVEL_DE_RIESGO_VICTIMA": "3"}


@pytest.fixture
def folders(region: RegionPlace) -> tuple[Path, Path]:
    return region.new_folder(), region.new_folder()


@pytest.fixture
def pair(region: RegionPlace, folders: tuple[Path, Path]) -> Iterator[list[Typist]]:
    """Two laptops; the first has days of work in batches of their own, and one severe risk last."""
    first = region.first_at(folders[0])
    second = region.joining_at(first, folders[1])
    for number in range(4):
        first.register({"names": f"Inventada {number}"})
        assert first.laptop.seal()
    first.register({"names": "En peligro", **SEVERE})
    assert first.laptop.seal()
    open_now = [first, second]
    yield open_now
    for one in open_now:
        one.laptop.close()


def offered(typist: Typist) -> list[bytes]:
    """Return what this laptop offers next, in order: it knows that the first presses, and no
    other."""
    offers = typist.run(lambda uow: uow.batches.to_offer())
    assert [one.is_urgent for one in offers] == [True, *(len(offers) - 1) * [False]]
    return [one.id for one in offers]


def test_a_courier_offers_a_colleagues_severe_risk_first(
    pair: list[Typist], tmp_path: Path
) -> None:
    a, b = pair
    urgent = offered(a)[0]
    for one in (a, b):
        assert one.use_stick(tmp_path).failure is None
    assert offered(b)[0] == urgent


def test_a_laptop_that_was_made_anew_offers_its_own_severe_risk_first(
    pair: list[Typist], folders: tuple[Path, Path]
) -> None:
    a, _ = pair
    before = offered(a)
    a.laptop.close()
    make_anew(folders[0])
    pair[0] = impatient(open_again(folders[0]))
    assert offered(pair[0])[0] == before[0]


def test_what_a_region_forgot_is_offered_again_in_that_order(pair: list[Typist]) -> None:
    a, b = pair
    urgent = offered(a)[0]
    for one in (a, b):
        assert one.sync().failure is None
        assert one.run(lambda uow: uow.batches.to_offer()) == ()
        one.run(_forget)
        assert offered(one)[0] == urgent


def _forget(uow: UnitOfWork) -> None:
    uow.batches.forget_positions_after(0)
    uow.commit()
