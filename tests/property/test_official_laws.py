"""Whatever a file holds, every line of it is a row or set aside, and what was accepted comes back."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.errors import DomainError
from app.domain.official_block import BlockChecker, block_text, header_text
from app.domain.official_cell import FORMULA_STARTS, cell_problem
from app.domain.official_format import REFUSED, CellKind
from app.domain.official_row import cells_of, value_of
from app.domain.value import is_answered
from app.services.official_import import FaultLine, import_dataset
from app.services.official_lines import OfficialLines
from db.store import memory_store
from tests.support.laptops import definitions, make_desk
from tests.support.official import Faults, SplitsHere, official_row

SPLITS = SplitsHere()
OFFICIAL = definitions().official
HEADER = header_text(OFFICIAL.names).encode()

cell = st.one_of(
    st.sampled_from(
        [
            "",
            "0",
            "1",
            "2",
            "01",
            "1.0",
            "-1",
            "=1+1",
            "2026-03-05",
            "05/03/2026",
            "NA",
            "200",
            "\0",
        ]
    ),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n"), max_size=12),
)
damage = st.one_of(
    st.just(b""),
    st.binary(max_size=40).map(lambda one: one.replace(b"\n", b" ")),
    st.sampled_from([b'"', b'""', b"\r", b"\xff", b"\0", b",", b"," * 200, b'","']),
)


@st.composite
def lines(draw: st.DrawFn) -> list[bytes]:
    """Rows with some odd cells and damage anywhere in the line."""
    found = []
    for _ in range(draw(st.integers(1, 6))):
        row = official_row()
        for position in draw(st.lists(st.integers(0, 167), max_size=4)):
            text = draw(cell)
            row[position] = f'"{text}"' if draw(st.booleans()) else text
        line = ",".join(row).encode()
        cut = draw(st.integers(0, len(line)))
        found.append(line[:cut] + draw(damage) + line[cut:])
    return found


class Importer:
    """A laptop that says little of itself: a failure prints what it was given."""

    def __init__(self) -> None:
        self.store = memory_store(definitions().registry)
        self.desk = make_desk()

    def __repr__(self) -> str:
        return "Importer()"


@pytest.fixture(scope="module")
def laptop() -> Iterator[Importer]:
    made = Importer()
    yield made
    made.store.close()


@given(content=st.binary(max_size=400))
def test_no_bytes_are_more_than_refused(content: bytes) -> None:
    """(I7)"""
    try:
        OfficialLines(io.BytesIO(content), OFFICIAL.names, SPLITS)
    except DomainError as refusal:
        assert refusal.message_id.startswith("official_")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(found=lines())
def test_every_line_is_loaded_or_named(laptop: Importer, found: list[bytes]) -> None:
    report = Faults()
    content = HEADER + b"".join(line + b"\n" for line in found)
    with laptop.store.unit() as uow:
        summary = import_dataset(uow, laptop.desk, io.BytesIO(content), "x", SPLITS, report=report)
        blocks = list(uow.datasets.blocks(summary.dataset.id))
        uow.datasets.remove(summary.dataset.id)
        uow.commit()

    facts = summary.dataset.facts
    assert facts.rows + facts.set_aside == len(found)
    assert facts.rows == sum(len(block[0]) for block in blocks)
    assert facts.refused + facts.set_aside == len(report.lines)
    assert facts.refused == sum(column.count(REFUSED) for block in blocks for column in block)
    for block in blocks:
        for definition, column in zip(OFFICIAL.columns, block, strict=True):
            assert all(one == REFUSED or cell_problem(definition, one) is None for one in column)
    written = HEADER + "".join(map(block_text, blocks)).encode()
    assert facts.digest == hashlib.sha256(written).digest()
    assert _is_accepted_again(laptop, written)
    assert all(_stands_in(one, found) for one in report.lines)


def _is_accepted_again(laptop: Importer, written: bytes) -> bool:
    report = Faults()
    with laptop.store.unit() as uow:
        again = import_dataset(uow, laptop.desk, io.BytesIO(written), "y", SPLITS, report=report)
        uow.datasets.remove(again.dataset.id)
        uow.commit()
    digest = hashlib.sha256(written).digest()
    return report.lines == [] and again.dataset.facts.digest == digest


def _stands_in(fault: FaultLine, found: list[bytes]) -> bool:
    line = found[fault.line - 2].decode(errors="replace")
    return fault.text.replace('"', '""') in line or fault.text in line


@settings(max_examples=200)
@given(
    position=st.integers(0, 167),
    text=st.text(alphabet=st.characters(codec="utf-8"), max_size=20),
)
def test_no_accepted_cell_is_a_formula_or_breaks_its_line(position: int, text: str) -> None:
    """(I7)"""
    column = OFFICIAL.columns[position]
    if text and cell_problem(column, text) is None:
        assert not text.startswith(FORMULA_STARTS)
        assert text.isprintable() or "\n" not in text
        assert text == text.strip()
        assert text != REFUSED


names_of_centres = st.text(alphabet="CEM ñ,\"'12", min_size=1, max_size=43).filter(
    lambda text: cell_problem(OFFICIAL.columns[0], text) is None
)


@st.composite
def answers(draw: st.DrawFn) -> dict[str, object]:
    """An answer for each field that fills official variables, or none."""
    found: dict[str, object] = {}
    for one in definitions().form("ficha").fields():
        names = [variable.name for variable in one.fills]
        if not names or draw(st.booleans()):
            continue
        columns = [OFFICIAL.columns[OFFICIAL.position(name) or 0] for name in names]
        kind = columns[0].kind
        if len(names) == 3 and kind is CellKind.PLACE:
            found[one.id] = draw(st.sampled_from(definitions().places.districts)).code
        elif one.type.value == "choices":
            found[one.id] = tuple(sorted(draw(st.sets(st.sampled_from(names), min_size=1))))
        elif kind is CellKind.NUMBER:
            found[one.id] = draw(st.integers(columns[0].minimum, columns[0].maximum))
        elif kind is CellKind.DAY:
            found[one.id] = draw(st.dates()).isoformat()
        elif kind is CellKind.FLAG:
            found[one.id] = True
        elif kind is CellKind.CODE:
            found[one.id] = draw(st.sampled_from(sorted(columns[0].codes)))
        elif kind is CellKind.SETTLEMENT:
            found[one.id] = f"{draw(st.integers(0, 9999)):04d}"
        else:
            found[one.id] = draw(names_of_centres)
    return found


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(given_answers=answers())
def test_what_the_ficha_says_comes_back_from_its_cells(given_answers: dict[str, object]) -> None:
    form = definitions().form("ficha")
    row = [""] * len(OFFICIAL.columns)
    for one in form.fields():
        spoken = cells_of(OFFICIAL, one, given_answers.get(one.id))  # type: ignore[arg-type]
        assert spoken.unsaid == ()
        for position, text in spoken.cells.items():
            row[position] = text
    check = BlockChecker(OFFICIAL, definitions().places).check([(text,) for text in row])
    assert check.refused == ()
    for one in form.fields():
        cells = dict(enumerate(row))
        value = value_of(OFFICIAL, one, cells) if one.fills else None
        wanted = given_answers.get(one.id)
        assert (value if is_answered(value) else None) == wanted
