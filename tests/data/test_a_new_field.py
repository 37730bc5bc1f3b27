"""A field that a definition file gains is asked, found and listed without a line of code."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from app.definitions import load
from app.services import case_records, casework, forms
from db.store import memory_store
from tests.support.laptops import Laptop, make_desk


@pytest.fixture
def laptop(data: Path) -> Laptop:
    """A laptop whose definitions gained a field in the ficha and a column in the actions."""
    _after(
        data / "forms" / "ficha.yaml",
        "  - {id: basin,",
        '  - {id: boat, type: text, label: "Embarcación (inventada)", in_search: true}\n'
        '  - {id: boat_number, type: text, label: "Matrícula (inventada)", search_digits: true}\n',
    )
    _after(
        data / "forms" / "accion.yaml",
        "  - {id: action_number,",
        '  - {id: action_where, field: where, type: text, label: "Lugar", listed: true}\n',
    )
    with (data / "registry.csv").open("a", encoding="utf-8") as file:
        file.write("survivor,2,boat,9001\nsurvivor,2,boat_number,9002\naction,7,where,9001\n")
    definitions = load(data)
    desk = dataclasses.replace(make_desk(), definitions=definitions)
    return Laptop(memory_store(definitions.registry), desk)


def _after(path: Path, anchor: str, lines: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert anchor in text
    path.write_text(text.replace(anchor, lines + anchor, 1), encoding="utf-8")


def test_it_is_asked_saved_and_shown(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    shown = {one.id for _, one in laptop.desk.definitions.form("ficha").shown({})}

    assert {"boat", "boat_number"} <= shown
    assert laptop.fill(case_id, boat="Peque Inventado") == []
    assert laptop.ficha(case_id).values["boat"] == "Peque Inventado"


def test_the_case_is_found_by_it_however_its_number_was_grouped(laptop: Laptop) -> None:
    case_id, _ = laptop.open_case(), laptop.open_case()
    laptop.fill(case_id, boat="Peque Inventado", boat_number="AB-12 345")

    for text in ("inventado peque", "12345", "12 345"):
        found = laptop.run(lambda uow, text=text: casework.search_cases(uow, text, 10))  # type: ignore[misc]
        assert [row.case_id for row in found] == [case_id], text


def test_it_is_a_column_of_the_list(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    record_id = laptop.run(
        lambda uow: case_records.begin(uow, laptop.desk, "accion", case_id, {"part": "plan"})
    )
    laptop.run(
        lambda uow: forms.set_field(
            uow, laptop.desk, "accion", record_id, "action_where", "Comunidad Inventada"
        )
    )
    (row,) = laptop.run(lambda uow: case_records.list_records(uow, laptop.desk, "accion", case_id))

    names = [one.id for one in case_records.columns_of(laptop.desk.definitions.form("accion"))]
    assert row.columns[names.index("action_where")] == "Comunidad Inventada"
