"""The emergency scripts open what two sheets open, with nothing of the program (K7)."""

from __future__ import annotations

import io
import itertools
import random
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.clock import FixedClock
from app.crypto.recipient import RecipientKey
from app.crypto.secret import SecretKey
from app.crypto.sheets import Sheet, SheetKind, new_sheets
from app.documents.registry import PaperDocuments
from app.ids import SystemIds
from app.opening import set_up_laptop
from app.services import casework, forms, recovery_sheets
from app.services.emergency_names import emergency_names
from app.services.read_models import CentreProfile
from app.services.sheet_ports import PaperSheet, RecoverySheet
from db import key_slots
from db.folder import VAULT_NAME
from db.hold import FolderHold
from db.laptop_files import READY_NAME
from db.rotation import rotate
from db.rotation_files import ROTATED_NAME
from db.sheet_keys import VaultSheets
from db.vault import enter
from tests.support.file_faults import in_child
from tests.support.laptops import NOON_MS, definitions
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "packaging" / "emergency" / "llave.py"
PAGE = ROOT / "docs" / "emergency.md"
CHANCE = random.Random(20261126)
SECRET, SHEETS = new_sheets(SheetKind.CENTRE, CHANCE.randbytes)
FILE, SHE = key_slots.new_file(
    "cinco palabras inventadas de prueba", cost=CHEAP, draw=CHANCE.randbytes
)
PAPER = key_slots.with_recovery(FILE, SHE.key, SHEETS[0].set_id, RecipientKey(SECRET).public)


def run(
    tmp_path: Path, *typed: str, content: bytes | None = None
) -> subprocess.CompletedProcess[str]:
    """Run it as somebody would with a bare Python, in an empty folder."""
    file = tmp_path / "llaves.json"
    file.write_bytes(PAPER.to_bytes() if content is None else content)
    return subprocess.run(
        [sys.executable, "-P", "-s", f"{SCRIPT}", f"{file}"],
        input="".join(f"{line}\n" for line in typed),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def rows(*numbers: int) -> list[str]:
    return [row for number in numbers for row in SHEETS[number - 1].rows()]


def test_the_scripts_import_nothing_of_the_program() -> None:
    imported = [
        line.split()[1].partition(".")[0]
        for script in (SCRIPT, READER)
        for line in script.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert set(imported) - sys.stdlib_module_names == {"cryptography", "sqlcipher3"}


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations((1, 2, 3), 2)))
def test_every_two_sheets_print_the_key(tmp_path: Path, one: int, other: int) -> None:
    """(K7)"""
    ended = run(tmp_path, *rows(one, other))
    assert (ended.returncode, ended.stdout.strip()) == (0, SHE.key.reveal().hex())


def test_after_the_panic_key_too(tmp_path: Path) -> None:
    """(K6, K7)"""
    content = key_slots.without_people(PAPER).to_bytes()
    ended = run(tmp_path, *rows(3, 1), content=content)
    assert ended.stdout.strip() == SHE.key.reveal().hex()


def test_a_mistyped_row_is_asked_for_again_by_its_number(tmp_path: Path) -> None:
    """(K7)"""
    typed = rows(1, 2)
    wrong = "0" if typed[2][0] != "0" else "1"
    ended = run(tmp_path, *typed[:2], wrong + typed[2][1:], typed[2].lower(), *typed[3:])
    assert "La fila 3 no coincide" in ended.stderr
    assert ended.stdout.strip() == SHE.key.reveal().hex()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (rows(1, 1), "son la misma"),
        ([*rows(1), *new_sheets(SheetKind.CENTRE, CHANCE.randbytes)[1][1].rows()], "distintos"),
        ([*new_sheets(SheetKind.ROOT, CHANCE.randbytes)[1][0].rows()], "no es de un centro"),
    ],
)
def test_sheets_that_do_not_belong_together_print_no_key(
    tmp_path: Path, typed: list[str], said: str
) -> None:
    """(K7)"""
    ended = run(tmp_path, *typed)
    assert ended.returncode != 0
    assert said in ended.stderr
    assert ended.stdout == ""


def test_sheets_of_another_centre_print_no_key(tmp_path: Path) -> None:
    """(K7)"""
    _, strange = new_sheets(SheetKind.CENTRE, CHANCE.randbytes)
    typed = [row for sheet in strange[:2] for row in Sheet.typed(sheet.rows()).rows()]
    ended = run(tmp_path, *typed)
    assert "no son de este archivo" in ended.stderr
    assert ended.stdout == ""
    ended = run(tmp_path, *rows(1, 2), content=FILE.to_bytes())
    assert "no tiene hojas" in ended.stderr


# The whole of it, as the printed page says it: sheets and files of a laptop, and no program.

READER = SCRIPT.with_name("leer.py")


@dataclass(frozen=True)
class Left:
    """What is left of a laptop: a folder with its files, and the rows of its sheets."""

    folder: Path
    rows: dict[int, tuple[str, ...]]


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Left:
    folder, clock = tmp_path_factory.mktemp("left") / "data", FixedClock(NOON_MS)
    laptop = set_up_laptop(
        folder,
        PASSPHRASE,
        person="Ana Inventada",
        role="psicologia",
        roles=("coordinacion",),
        centre=CentreProfile("Centro Inventado", "", "", "", "", ""),
        clock=clock,
        ids=SystemIds(clock),
        cost=CHEAP,
        bounds=CHEAP_BOUNDS,
        definitions=definitions(),
    )
    desk, keys = laptop.desk, VaultSheets(folder / VAULT_NAME, laptop)
    with laptop.store.unit() as uow:
        making = recovery_sheets.draw(uow, desk, keys)
        printed = {one.number: one.rows for one in making.drawn.sheets}
        typed = {one.number: printed[one.number][one.row - 1] for one in making.asked}
        recovery_sheets.keep(uow, desk, keys, making, typed)
    for name, story in (("Nantip", "Primer relato."), ("Yampán", "Segundo\nrelato.")):
        with laptop.store.unit() as uow:
            case_id = casework.open_case(uow, desk)
        for field, value in (("names", name), ("relato", story), ("EDAD_VICTIMA", 34)):
            with laptop.store.unit() as uow:
                forms.set_field(uow, desk, forms.FICHA, case_id, field, value)
    laptop.close()
    return Left(folder, printed)


def read(folder: Path, key: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-s", f"{READER}", *arguments],
        input=f"{key}\n",
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_two_sheets_and_the_files_of_a_laptop_give_back_its_cases(
    left: Left, tmp_path: Path
) -> None:
    for name in ("llaves.json", "datos.db"):
        shutil.copy(left.folder / name, tmp_path)
    content = (tmp_path / "llaves.json").read_bytes()
    key = run(tmp_path, *left.rows[3], *left.rows[1], content=content).stdout.strip()
    names = tmp_path / "nombres.json"
    names.write_bytes(emergency_names(definitions()))
    ended = read(tmp_path, key, "datos.db", "nombres.json")
    assert ended.returncode == 0, ended.stderr
    first, second = (
        part for part in ended.stdout.split("====================") if "relato" in part
    )
    if "Nantip" not in first:
        first, second = second, first
    assert "    Nombres: Nantip" in first
    assert "Primer relato." in first
    assert "(19) Edad de la persona usuaria: 34" in first
    assert "Yampán" in second
    assert "Nantip" not in second
    without = read(tmp_path, key, "datos.db")
    assert "Primer relato." in without.stdout  # the names of the fields are numbers then
    assert "Nombres" not in without.stdout


def cut_off(folder: Path, place: Path) -> Path:
    """Return a copy of a laptop whose key was being replaced, cut off between its files."""
    entered = enter(folder / VAULT_NAME, PASSPHRASE, bounds=CHEAP_BOUNDS)
    new = SecretKey(b"n" * 32)
    vault = entered.under(new).file.to_bytes()
    for number in itertools.count(1):
        copied = place / str(number)
        shutil.copytree(folder, copied)

        def turn(folder: Path = copied) -> None:
            hold = FolderHold(folder)
            rotate(folder, entered.key, new, vault, definitions().registry, hold=hold)

        assert not in_child(turn, number)
        made = copied / ROTATED_NAME
        if (made / READY_NAME).exists() and not (made / "datos.db").exists():
            return copied
    raise AssertionError


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_a_laptop_that_ended_while_its_key_was_replaced_opens_as_the_page_says(
    left: Left, tmp_path: Path
) -> None:
    """Control: without the files of the folder beside, the database does not open."""
    folder = cut_off(left.folder, tmp_path)
    typed = (*left.rows[1], *left.rows[2])
    key = run(folder, *typed, content=(folder / "llaves.json").read_bytes()).stdout.strip()
    refused = read(folder, key, "datos.db")
    assert "no se abrió" in refused.stderr

    said = PAGE.read_text(encoding="utf-8")
    assert f"`{ROTATED_NAME}`" in said and f"`{READY_NAME}`" in said
    for one in (folder / ROTATED_NAME).iterdir():
        shutil.copy(one, folder)
    (folder / "datos.db-wal").unlink(missing_ok=True)
    key = run(folder, *typed, content=(folder / "llaves.json").read_bytes()).stdout.strip()
    assert "Primer relato." in read(folder, key, "datos.db").stdout


@pytest.mark.parametrize("key", ["0" * 64, "no es una llave", "00" * 31])
def test_another_key_gives_nothing(left: Left, tmp_path: Path, key: str) -> None:
    shutil.copy(left.folder / "datos.db", tmp_path)
    ended = read(tmp_path, key, "datos.db")
    assert ended.returncode != 0
    assert ended.stdout == ""


def test_the_printed_page_names_all_that_it_takes() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name in ("llave.py", "leer.py", "llaves.json", "datos.db", "datos.db-wal", "nombres.json"):
        assert f"`{name}`" in page, name
    for script in (SCRIPT, READER):
        for said in re.findall(r'sys\.exit\(\s*"([^"]+)"', script.read_text(encoding="utf-8")):
            assert said.startswith("Uso:") or f"«{said}»" in page, said


def test_the_sheet_points_to_the_printed_page() -> None:
    title = PAGE.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ")
    sheet = PaperSheet(1, SHEETS[0].rows())
    pdf = PaperDocuments(definitions()).recovery_sheet(RecoverySheet(sheet, "JUEGO", "hoy"))
    (paper,) = PdfReader(io.BytesIO(pdf)).pages
    assert f"«{title}»" in " ".join(paper.extract_text().split())
