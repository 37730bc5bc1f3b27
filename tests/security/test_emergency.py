"""The emergency script opens what two sheets open, with nothing of the program."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
from pathlib import Path

import pytest

from app.crypto.recipient import RecipientKey
from app.crypto.sheets import Sheet, SheetKind, new_sheets
from db import key_slots
from tests.support.storage import CHEAP

SCRIPT = Path(__file__).parents[2] / "packaging" / "emergency" / "llave.py"
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


def test_the_script_imports_nothing_of_the_program() -> None:
    imported = [
        line.split()[1].partition(".")[0]
        for line in SCRIPT.read_text(encoding="utf-8").splitlines()
        if line.startswith(("import ", "from "))
    ]
    assert set(imported) <= {"cryptography", "hashlib", "json", "pathlib", "sys", "typing"}


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations((1, 2, 3), 2)))
def test_every_two_sheets_print_the_key(tmp_path: Path, one: int, other: int) -> None:
    ended = run(tmp_path, *rows(one, other))
    assert (ended.returncode, ended.stdout.strip()) == (0, SHE.key.reveal().hex())


def test_after_the_panic_key_too(tmp_path: Path) -> None:
    content = key_slots.without_people(PAPER).to_bytes()
    ended = run(tmp_path, *rows(3, 1), content=content)
    assert ended.stdout.strip() == SHE.key.reveal().hex()


def test_a_mistyped_row_is_asked_for_again_by_its_number(tmp_path: Path) -> None:
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
    ended = run(tmp_path, *typed)
    assert ended.returncode != 0
    assert said in ended.stderr
    assert ended.stdout == ""


def test_sheets_of_another_centre_print_no_key(tmp_path: Path) -> None:
    _, strange = new_sheets(SheetKind.CENTRE, CHANCE.randbytes)
    typed = [row for sheet in strange[:2] for row in Sheet.typed(sheet.rows()).rows()]
    ended = run(tmp_path, *typed)
    assert "no son de este archivo" in ended.stderr
    assert ended.stdout == ""
    ended = run(tmp_path, *rows(1, 2), content=FILE.to_bytes())
    assert "no tiene hojas" in ended.stderr
