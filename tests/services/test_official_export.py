"""Exporting the official format: what the ficha says, what it could not say, and back again."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import pytest

from app.domain.errors import DomainError, EnvironmentFault
from app.domain.records import Kind, Name
from app.domain.value import Absent
from app.services import teams
from app.services.forms import change_fields
from app.services.official_export import Days, ExportSummary, export_dataset, export_own
from app.services.ports import FieldKey
from tests.support.laptops import Laptop, definitions, exchange, laptop, make_desk
from tests.support.official import Faults, load, official_file, official_row, stored

__all__ = ["laptop"]

CASE = {
    "CEM": "CEM DE EJEMPLO",
    "FECHA_INGRESO": "2026-11-02",
    "EDAD_VICTIMA": 34,
    "SEXO_VICTIMA": "0",
    "district": "010401",
    "CENTRO_POBLADO_DOMICILIO": "0012",
    "TIPO_VIOLENCIA": "1",
    "psychological_acts": ("GRITOS_INSULTOS", "RECHAZO"),
    "VINCULO_AGRESOR_VICTIMA": "1",
    "VINCULO_PAREJA": "3",
    "NIVEL_DE_RIESGO_VICTIMA": "2",
    "names": "Persona Inventada",
}


def new_case(laptop: Laptop, **values: object) -> str:
    case_id = laptop.open_case()
    laptop.fill(case_id, **(CASE | values))  # type: ignore[arg-type]
    return case_id


def written(
    laptop: Laptop, target: Path, **options: object
) -> tuple[ExportSummary, list[dict[str, str]]]:
    with laptop.store.unit() as uow:
        summary = export_own(uow, laptop.desk, target, **options)  # type: ignore[arg-type]
    with target.open(encoding="utf-8", newline="") as file:
        return summary, list(csv.DictReader(file))


def filled(row: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in row.items() if text}


# --- own cases -----------------------------------------------------------------------------------


def test_a_case_is_said_by_the_definitions_of_its_ficha(laptop: Laptop, tmp_path: Path) -> None:
    new_case(laptop)

    summary, (row,) = written(laptop, tmp_path / "casos.csv")

    assert tuple(row) == definitions().official.names
    assert filled(row) == {
        "CEM": "CEM DE EJEMPLO",
        "FECHA_INGRESO": "2026-11-02",
        "EDAD_VICTIMA": "34",
        "SEXO_VICTIMA": "0",
        "DPTO_DOMICILIO": "01",
        "PROV_DOMICILIO": "04",
        "DIST_DOMICILIO": "01",
        "CENTRO_POBLADO_DOMICILIO": "0012",
        "TIPO_VIOLENCIA": "1",
        "GRITOS_INSULTOS": "1",
        "RECHAZO": "1",
        "VINCULO_AGRESOR_VICTIMA": "1",
        "VINCULO_PAREJA": "3",
        "NIVEL_DE_RIESGO_VICTIMA": "2",
    }
    assert summary.rows == 1
    assert summary.unsaid == {}


def test_the_file_is_utf8_with_commas_and_lf_and_its_digest_is_said(
    laptop: Laptop, tmp_path: Path
) -> None:
    new_case(laptop, CEM="CEM ÑUSTA, SEDE 2")

    summary, _ = written(laptop, tmp_path / "casos.csv")
    content = (tmp_path / "casos.csv").read_bytes()

    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content
    assert content.endswith(b"\n")
    assert content.count(b"\n") == 2
    assert '"CEM ÑUSTA, SEDE 2"'.encode() in content
    assert summary.digest == hashlib.sha256(content).digest()


def test_no_name_leaves(laptop: Laptop, tmp_path: Path) -> None:
    new_case(laptop, alias="Apodo", document_number="00000000", relato="Relato inventado")

    for name, extended in (("a.csv", False), ("b.csv", True)):
        written(laptop, tmp_path / name, is_extended=extended)
        content = (tmp_path / name).read_text(encoding="utf-8")
        assert not any(word in content for word in ("Persona", "Apodo", "00000000", "Relato"))


def test_an_absent_reason_is_blank_and_counted_never_a_no(laptop: Laptop, tmp_path: Path) -> None:
    new_case(laptop, EDAD_VICTIMA=Absent.UNKNOWN, CENTRO_POBLADO_DOMICILIO=Absent.UNKNOWN)

    summary, (row,) = written(laptop, tmp_path / "casos.csv")

    assert row["EDAD_VICTIMA"] == ""
    assert summary.unsaid == {
        ("EDAD_VICTIMA", "official_absent"): 1,
        ("CENTRO_POBLADO_DOMICILIO", "official_absent"): 1,
    }


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("CEM", "=SUMA(A1)", "official_formula"),
        ("CEM", "C" * 44, "official_too_long"),
        ("EDAD_VICTIMA", 130, "official_out_of_range"),
        ("CENTRO_POBLADO_DOMICILIO", "12", "official_lost_zeros"),
        ("FECHA_INGRESO", "ayer", "official_not_a_day"),
        ("NIVEL_DE_RIESGO_VICTIMA", "9", "official_code_unknown"),
    ],
)
def test_what_the_format_cannot_say_is_blank_and_counted(
    laptop: Laptop, tmp_path: Path, field: str, value: object, reason: str
) -> None:
    new_case(laptop, **{field: value})

    summary, (row,) = written(laptop, tmp_path / "casos.csv")

    assert row[field] == ""
    assert summary.unsaid == {(field, reason): 1}


def test_an_answer_that_no_longer_shows_is_not_said(laptop: Laptop, tmp_path: Path) -> None:
    new_case(laptop, VINCULO_AGRESOR_VICTIMA="2", VINCULO_FAMILIAR="1")

    _, (row,) = written(laptop, tmp_path / "casos.csv")

    assert row["VINCULO_PAREJA"] == ""
    assert row["VINCULO_FAMILIAR"] == "1"


def test_who_did_not_accept_to_be_registered_is_not_in_it(laptop: Laptop, tmp_path: Path) -> None:
    new_case(laptop, attention_consent="0")
    new_case(laptop, attention_consent="1")

    summary, rows = written(laptop, tmp_path / "casos.csv")

    assert len(rows) == 1
    assert summary.without_consent == 1


def test_a_deleted_case_is_not_in_it(laptop: Laptop, tmp_path: Path) -> None:
    case_id = new_case(laptop)
    with laptop.store.unit() as uow:
        change_fields(uow, laptop.desk, {FieldKey(Kind.CASE, case_id, Name.TOMBSTONE): True})  # type: ignore[arg-type]
        uow.commit()

    _, rows = written(laptop, tmp_path / "casos.csv")

    assert rows == []


def test_days_choose_by_the_day_of_entry_both_in(laptop: Laptop, tmp_path: Path) -> None:
    from datetime import date

    for day in ("2026-10-31", "2026-11-01", "2026-11-30", "2026-12-01", None):
        new_case(laptop, FECHA_INGRESO=day)

    days = Days(date(2026, 11, 1), date(2026, 11, 30))
    summary, rows = written(laptop, tmp_path / "noviembre.csv", days=days)

    assert [row["FECHA_INGRESO"] for row in rows] == ["2026-11-01", "2026-11-30"]
    assert summary.without_day == 1


def test_a_field_in_conflict_says_what_shows_and_is_counted(tmp_path: Path) -> None:
    from db.store import memory_store

    one, two = (
        Laptop(memory_store(definitions().registry), make_desk(seed=n, letter=x, author=f"a{n}"))
        for n, x in ((1, "A"), (2, "B"))
    )
    case_id = one.open_case()
    exchange(one, two)
    one.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="1")
    two.fill(case_id, NIVEL_DE_RIESGO_VICTIMA="3")
    exchange(one, two)

    summary, (row,) = written(one, tmp_path / "casos.csv")

    assert row["NIVEL_DE_RIESGO_VICTIMA"] == "3"
    assert summary.conflicts == 1
    one.store.close()
    two.store.close()


def test_what_is_exported_is_imported_the_same_and_exported_the_same(
    laptop: Laptop, tmp_path: Path
) -> None:
    for number in range(5):
        new_case(laptop, EDAD_VICTIMA=number, CEM=f'CEM "{number}", SEDE')
    new_case(laptop, EDAD_VICTIMA=Absent.UNKNOWN)
    first, rows = written(laptop, tmp_path / "uno.csv")
    report = Faults()

    summary = load(laptop, (tmp_path / "uno.csv").read_bytes(), report=report)
    with laptop.store.unit() as uow:
        second = export_dataset(uow, laptop.desk, tmp_path / "dos.csv", "prueba")

    assert report.lines == []
    assert stored(laptop) == [filled(row) for row in rows]
    assert (tmp_path / "dos.csv").read_bytes() == (tmp_path / "uno.csv").read_bytes()
    assert first.digest == second.digest == summary.dataset.facts.digest


# --- the extended file ---------------------------------------------------------------------------


def test_the_extended_file_adds_every_other_field_that_is_not_sensitive(
    laptop: Laptop, tmp_path: Path
) -> None:
    new_case(laptop, shift="1", travel_hours=4, route="- por río\ny a pie", code_phrase="clave")

    _, (plain,) = written(laptop, tmp_path / "a.csv", is_extended=True)
    with pytest.raises(DomainError, match="access_reason_centre"):
        written(laptop, tmp_path / "b.csv", is_extended=True, with_texts=True)
    laptop.run(
        lambda uow: teams.open_access(uow, laptop.desk, None, ["export_texts"], "Estudio interno")
    )
    summary, (full,) = written(laptop, tmp_path / "b.csv", is_extended=True, with_texts=True)

    fields = [one for one in definitions().form("ficha").fields() if not one.fills]
    wanted = [one.id for one in fields if not one.is_sensitive and one.type.value != "reference"]
    assert list(full)[168:] == wanted
    assert "route" not in plain
    assert plain["travel_hours"] == full["travel_hours"] == "4"
    assert full["route"] == "'- por río / y a pie"
    assert "code_phrase" not in full
    assert "Cómo llegar" in summary.free_texts


def test_a_field_added_to_a_definition_file_is_in_the_extended_export(
    tmp_path: Path, checkout: Path
) -> None:
    import dataclasses
    import shutil

    from app.definitions import load as load_definitions
    from db.store import memory_store

    data = tmp_path / "data"
    shutil.copytree(checkout / "app" / "data", data)
    ficha = data / "forms" / "ficha.yaml"
    text = ficha.read_text(encoding="utf-8")
    line = next(one for one in text.splitlines() if "id: shift" in one)
    field = '  - {id: boat_seats, type: number, label: "Asientos del bote", minimum: 0, maximum: 20, source: {reference: "Test", certainty: design}}'
    ficha.write_text(text.replace(line, f"{line}\n{field}"), encoding="utf-8")
    registry = data / "registry.csv"
    rows = [one.split(",") for one in registry.read_text().splitlines()[1:]]
    number = max(int(row[3]) for row in rows if row[0] == "case") + 1
    kind = next(row[1] for row in rows if row[0] == "case")
    registry.write_text(registry.read_text() + f"case,{kind},boat_seats,{number}\n")
    release = load_definitions(data)
    desk = dataclasses.replace(make_desk(), definitions=release)
    laptop = Laptop(memory_store(release.registry), desk)

    new_case(laptop, boat_seats=6)
    _, (row,) = written(laptop, tmp_path / "casos.csv", is_extended=True)

    assert row["boat_seats"] == "6"
    laptop.store.close()


# --- files ---------------------------------------------------------------------------------------


def test_a_file_that_is_there_is_not_touched(laptop: Laptop, tmp_path: Path) -> None:
    target = tmp_path / "casos.csv"
    target.write_text("antes")

    with pytest.raises(DomainError) as caught:
        written(laptop, target)

    assert caught.value.message_id == "file_exists"
    assert target.read_text() == "antes"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_not_there_is_said_and_nothing_is_noted(
    laptop: Laptop, tmp_path: Path
) -> None:
    with pytest.raises(EnvironmentFault) as caught:
        written(laptop, tmp_path / "nada" / "casos.csv")

    assert caught.value.message_id == "exchange_not_written"


def test_the_file_is_for_its_owner_alone(laptop: Laptop, tmp_path: Path) -> None:
    import os

    written(laptop, tmp_path / "casos.csv")

    if os.name != "nt":
        assert (tmp_path / "casos.csv").stat().st_mode & 0o777 == 0o600


def test_an_export_is_in_the_audit_by_its_count(laptop: Laptop, tmp_path: Path) -> None:
    from db.schema import audit

    new_case(laptop)
    written(laptop, tmp_path / "casos.csv")

    with laptop.store.unit() as uow:
        rows = uow._connection.execute(audit.select()).all()
    assert [(one.object_id, one.detail) for one in rows if one.action == "export"] == [
        ("own", "ra-cem rows=1 clear")
    ]


def test_a_dataset_is_exported_with_its_refused_cells_blank(laptop: Laptop, tmp_path: Path) -> None:
    load(laptop, official_file(official_row(EDAD_VICTIMA="200"), official_row()))

    with laptop.store.unit() as uow:
        export_dataset(uow, laptop.desk, tmp_path / "otra.csv", "prueba")

    assert (tmp_path / "otra.csv").read_bytes() == official_file(
        official_row(EDAD_VICTIMA=""), official_row()
    )


def test_a_dataset_that_is_not_there_is_said(laptop: Laptop, tmp_path: Path) -> None:
    with laptop.store.unit() as uow, pytest.raises(DomainError) as caught:
        export_dataset(uow, laptop.desk, tmp_path / "otra.csv", "nadie")

    assert caught.value.message_id == "dataset_unknown"
    assert list(tmp_path.iterdir()) == []
