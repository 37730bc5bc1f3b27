"""What a stick brings cut short or altered is told of, and no longer once it came whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.services.strays import list_strays
from tests.support.spoilt import altered
from tests.support.sticks import files, home


def _reasons(typist: Typist) -> dict[str, int]:
    return {one.reason: one.count for one in typist.run(list_strays)}


def _brought(pair: tuple[Typist, Typist], stick: Path) -> Path:
    """B left something new on a stick that A knows; return the file of it."""
    a, b = pair
    stick.mkdir()
    for one in (b, a):
        assert one.use_stick(stick).failure is None
    before = set(files(stick))
    b.register({"names": "De la colega"})
    assert b.use_stick(stick).failure is None
    (new,) = set(files(stick)) - before
    return new


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "half": lambda good: good[: len(good) // 2],
    "nothing": lambda _: b"",
    "a bit": altered,
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_file_that_came_spoilt_is_told_until_it_came_whole(
    pair: tuple[Typist, Typist], tmp_path: Path, how: str
) -> None:
    a, b = pair
    new = _brought(pair, tmp_path / "stick")
    new.write_bytes(SPOILT[how](new.read_bytes()))
    assert a.use_stick(tmp_path / "stick").spoilt == 1
    assert sum(_reasons(a).values()) == 1
    assert a.use_stick(tmp_path / "stick").spoilt == 0, "it was taken away, and nothing is new"
    assert sum(_reasons(a).values()) == 1, "what it held is lacking still"
    b.use_stick(tmp_path / "stick")
    assert a.use_stick(tmp_path / "stick").spoilt == 0
    assert a.digest() == b.digest()
    assert _reasons(a) == {}


def test_what_came_spoilt_on_a_stick_and_whole_by_network_is_told_no_longer(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    new = _brought(pair, tmp_path / "stick")
    new.write_bytes(altered(new.read_bytes()))
    a.use_stick(tmp_path / "stick")
    assert _reasons(a) == {"batch_altered": 1}
    for one in (b, a):
        assert one.sync().failure is None
    assert a.digest() == b.digest()
    assert _reasons(a) == {}


def test_of_two_that_came_empty_one_is_told_until_both_came(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    stick = tmp_path / "stick"
    first = _brought(pair, stick)
    before = set(files(stick))
    b.register({"names": "Otra de la colega"})
    b.use_stick(stick)
    (second,) = set(files(stick)) - before
    whole = first.read_bytes()
    first.write_bytes(b"")
    second.write_bytes(b"")
    assert a.use_stick(stick).spoilt == 2
    home(stick, first.name).write_bytes(whole)
    a.use_stick(stick)
    assert sum(_reasons(a).values()) == 1
    b.use_stick(stick)
    a.use_stick(stick)
    assert _reasons(a) == {}


def test_a_strangers_file_is_no_spoilt_one_and_stays_told(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, _ = pair
    stick = tmp_path / "stick"
    new = _brought(pair, stick)
    home(stick, "ab" * 32 + ".lote").write_bytes(b"PK\3\4 a document of somebody's" * 20)
    renamed = new.with_name("copia de un lote.lote")
    new.rename(renamed)
    assert a.use_stick(stick).spoilt == 0
    assert _reasons(a) == {"batch_malformed": 1}
