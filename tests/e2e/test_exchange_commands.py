"""The commands of the exchange, from the terminal: what they write, say and refuse."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.ids import SystemIds
from app.opening import open_laptop, set_up_laptop
from app.services import casework, forms, register
from tests.support.centres import PROFILE
from tests.support.laptops import EVERY_SERVICE
from tests.support.official import official_file, official_row
from tests.support.storage import PASSPHRASE


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A laptop's folder with one case, made once."""
    folder, clock = tmp_path_factory.mktemp("made") / "data", SystemClock()
    laptop = set_up_laptop(
        folder,
        PASSPHRASE,
        person="Persona Inventada",
        role="social",
        roles=EVERY_SERVICE,
        centre=PROFILE,
        clock=clock,
        ids=SystemIds(clock),
        cost=SMALL_MACHINE,
    )
    with laptop.store.unit() as uow:
        case_id = casework.open_case(uow, laptop.desk)
    for field, value in (("EDAD_VICTIMA", 34), ("SEXO_VICTIMA", "0"), ("names", "Inventada")):
        with laptop.store.unit() as uow:
            forms.set_field(uow, laptop.desk, forms.FICHA, case_id, field, value)
    laptop.close()
    return folder


@pytest.fixture
def data(tmp_path: Path, made: Path) -> Path:
    """A copy of that folder."""
    return Path(shutil.copytree(made, tmp_path / "data"))


def said(data: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        main,
        ("--data", str(data), *arguments, "--passphrase", PASSPHRASE),
        input="s\n",  # to what is asked before something leaves in clear
        prog_name="qispi",
    )


def head_of(data: Path) -> str:
    """Where the register of a closed laptop ends."""
    clock = SystemClock()
    laptop = open_laptop(data, PASSPHRASE, clock, SystemIds(clock))
    with laptop.store.unit() as uow:
        code = register.head_code(uow)
    laptop.close()
    return code


def done(data: Path, *arguments: str) -> str:
    result = said(data, *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_import_report_export_and_figures_of_one_file(data: Path, tmp_path: Path) -> None:
    source, report, out = (tmp_path / name for name in ("ra.csv", "informe.csv", "otra.csv"))
    rows = (official_row(), official_row(EDAD_VICTIMA="200", CEM="=1+1"), "x")
    source.write_bytes(b"\xef\xbb\xbf" + official_file(*rows))

    imported = done(
        data, "import", "ra-cem", str(source), "--name", "marzo", "--report", str(report)
    )

    assert "Filas cargadas: 2" in imported
    assert "  de ellas incompletas (sin sus celdas rechazadas): 1" in imported
    assert "Líneas apartadas: 1" in imported
    assert "Celdas rechazadas: 2" in imported
    assert "El archivo empieza con una marca BOM" in imported
    assert "  1 · columna EDAD_VICTIMA: está fuera de rango: de 0 a 120" in imported
    assert "=1+1" not in imported
    with report.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["fila", "columna", "valor", "motivo"],
            ["3", "CEM", "'=1+1", "empieza como una fórmula de hoja de cálculo"],
            ["3", "EDAD_VICTIMA", "200", "está fuera de rango: de 0 a 120"],
            ["4", "", "", "faltan columnas: hay 1 de 168"],
        ]

    exported = done(data, "export", "ra-cem", "--out", str(out), "--dataset", "marzo", "--in-clear")

    assert "Filas: 2" in exported
    assert "no está cifrado" in exported
    assert out.read_bytes() == official_file(official_row(), official_row(EDAD_VICTIMA="", CEM=""))
    digest = re.compile(r"\(SHA-256\): ([0-9a-f]{64})")
    assert digest.findall(exported)[0] == digest.findall(imported)[0]

    counted = done(data, "figures", "--dataset", "marzo", "--bands", "grande")

    assert counted.startswith("Casos: 2\n")
    assert "Filas con algún dato rechazado al importar: 1" in counted
    assert re.search(r"^  18-59 +1 +0 +1 +50\.0$", counted, re.MULTILINE)
    assert "NO CUADRA" not in counted
    assert "No publique ni envíe" in counted
    assert f"terminaba en {head_of(data)}:" in counted
    assert done(data, "datasets", "list").startswith("marzo: 2 filas, 1 incompletas, 1 apartadas")
    assert done(data, "datasets", "remove", "marzo") == "Eliminado.\n"
    assert f"terminaba en {head_of(data)}:" not in counted  # it went on: that was noted
    assert done(data, "datasets", "list") == "No hay conjuntos importados.\n"


def test_a_report_may_be_json_by_lines(data: Path, tmp_path: Path) -> None:
    source, report = tmp_path / "ra.csv", tmp_path / "informe.jsonl"
    source.write_bytes(official_file(official_row(CONDICION="\x1b[2J" + "9" * 200)))

    done(data, "import", "ra-cem", str(source), "--name", "x", "--report", str(report))

    (entry,) = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert (entry["fila"], entry["columna"]) == (2, "CONDICION")
    assert entry["codigo"] == "official_control_character"
    assert entry["valor"].isprintable()
    assert len(entry["valor"]) == 80


def test_own_cases_are_exported_without_names_and_counted(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "casos.csv"

    exported = done(data, "export", "ra-cem", "--out", str(out), "--extended", "--in-clear")
    counted = done(data, "figures")

    assert "Filas: 1" in exported
    assert "Inventada" not in out.read_text(encoding="utf-8")
    assert counted.startswith("Casos: 1\n")
    # So that the sheet can be compared with the register later.
    assert f"terminaba en {head_of(data)}:" in counted


def test_days_are_given_as_people_write_them(data: Path, tmp_path: Path) -> None:
    some = said(data, "export", "ra-cem", "--out", str(tmp_path / "a"), "--from", "01/01/2020")
    none = said(data, "export", "ra-cem", "--out", str(tmp_path / "b"), "--to", "2020-01-01")
    wrong = said(data, "export", "ra-cem", "--out", str(tmp_path / "c"), "--to", "enero")
    reversed_ = said(
        *(data, "export", "ra-cem", "--out", str(tmp_path / "d")),
        *("--from", "2026-02-01", "--to", "2026-01-01"),
    )

    assert "Filas: 1" in some.output
    assert "Filas: 0" in none.output
    assert wrong.exit_code == 2
    assert wrong.output.startswith("No sirve lo que escribió en --to.")
    assert reversed_.exit_code == 1
    assert "anterior a la fecha «desde»" in reversed_.output
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("import", "ra-cem", "{semicolons}", "--name", "x"), "separadas por punto y coma"),
        (("import", "ra-cem", "{latin}", "--name", "x"), "parece Latin-1"),
        (
            ("import", "ra-cem", "{good}", "--name", "x", "--report", "{good}"),
            "Ya existe un archivo",
        ),
        (("export", "ra-cem", "--out", "{good}"), "Ya existe un archivo"),
        (("export", "ra-cem", "--out", "{new}", "--dataset", "nadie"), "No hay ningún conjunto"),
        (
            ("export", "ra-cem", "--out", "{new}", "--dataset", "a", "--extended"),
            "no se puede ampliar",
        ),
        (
            ("export", "ra-cem", "--out", "{new}", "--dataset", "a", "--to", "2026-01-01"),
            "se exporta entero",
        ),
        (("figures", "--dataset", "nadie"), "No hay ningún conjunto"),
        (("figures", "--bands", "otros"), "No existe esa forma de agrupar"),
        (("datasets", "remove", "nadie"), "No hay ningún conjunto"),
    ],
)
def test_what_is_refused_is_said_in_a_sentence_and_leaves_nothing(
    data: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    good = official_file(official_row())
    files = {
        "good": good,
        "semicolons": good.replace(b",", b";"),
        "latin": good.decode().encode("latin-1"),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    places = {name: str(tmp_path / name) for name in (*files, "new")}

    refused = said(data, *(one.format(**places) for one in arguments))

    assert refused.exit_code == 1
    assert sentence in refused.output
    assert not (tmp_path / "new").exists()
    assert (tmp_path / "good").read_bytes() == good
