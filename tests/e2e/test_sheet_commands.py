"""The sheets at a terminal: a laptop opened by two of them, and a region's root brought back (K7)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfReader

import app.region_sheets
from app.backups import BackupRuns
from app.bootstrap import Direct
from app.cli import main
from app.clock import SystemClock
from app.crypto.sheets import Sheet, SheetKind, new_sheets
from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.ids import SystemIds
from app.opening import open_laptop, set_up_laptop
from app.region import open_root
from app.region_sheets import DrawnRoot, draw_root
from app.services import accounts, recovery_sheets
from app.services.forms import change_fields
from app.services.read_models import CentreProfile
from db.folder import VAULT_NAME
from db.sheet_keys import VaultSheets

PHRASE = "cinco palabras inventadas de prueba"
ROOT_PHRASE = "otra frase larga inventada para raíz"
ROW = re.compile(r"((?:[0-9A-Z]{4} ){4}· \d\d)")


def typed(*lines: str) -> str:
    return "".join(f"{line}\n" for line in lines)


def wrong(row: str) -> str:
    return ("0" if row[0] != "0" else "1") + row[1:]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> DrawnRoot:
    """The root key that the next command draws."""
    made = draw_root()
    monkeypatch.setattr(app.region_sheets, "draw_root", lambda: made)
    return made


def new_root(tmp_path: Path, lines: str) -> Result:
    arguments = ["region", "new", "--out", str(tmp_path / "root")]
    arguments += ["--sheets", str(tmp_path / "papers"), "--passphrase", ROOT_PHRASE]
    return CliRunner().invoke(main, arguments, input=lines)


def proofs(drawn: DrawnRoot) -> list[str]:
    return [sheet.rows[drawn.asked[sheet.number] - 1] for sheet in drawn.sheets]


def restore(tmp_path: Path, *lines: str, out: str = "again") -> Result:
    arguments = ["region", "restore", "--out", str(tmp_path / out), "--passphrase", ROOT_PHRASE]
    return CliRunner().invoke(main, arguments, input=typed(*lines))


def test_two_sheets_bring_a_region_s_root_back(tmp_path: Path, drawn: DrawnRoot) -> None:
    right = proofs(drawn)
    another = drawn.sheets[2].rows[drawn.asked[1] - 1]
    made = new_root(tmp_path, typed(another, right[0], wrong(right[1]), *right[1:]))
    assert made.exit_code == 0, made.output
    assert f"Eso no es la fila {drawn.asked[1]} de la hoja A" in made.output
    assert f"Hoja B, fila {drawn.asked[2]}" in made.output
    assert list((tmp_path / "papers").iterdir()) == []  # the files were to be printed, and are gone
    first, _, third = drawn.sheets
    ended = restore(tmp_path, wrong(first.rows[0]), *first.rows, *third.rows, "s")
    assert ended.exit_code == 0, ended.output
    assert "Fila 1: algo no coincide" in ended.output
    roots = [open_root(tmp_path / name, ROOT_PHRASE).public for name in ("root", "again")]
    assert roots[0] == roots[1]
    (code,) = {re.search(r"Código[^:]*: (.*)", one.output)[1] for one in (made, ended)}  # type: ignore[index]
    assert len(code.replace(" ", "")) == 32
    again = restore(tmp_path, *first.rows, *third.rows)
    assert "ya tiene" in again.output


def test_the_papers_hold_the_sheets(tmp_path: Path, drawn: DrawnRoot) -> None:
    from datetime import date

    papers = app.region_sheets.write_papers(drawn, tmp_path / "papers", date(2026, 11, 26))
    for place, sheet in zip(papers, drawn.sheets, strict=True):
        (page,) = PdfReader(place).pages
        rows = tuple(ROW.findall(page.extract_text()))
        assert Sheet.typed(rows).kind is SheetKind.ROOT
        assert rows == sheet.rows


def test_a_root_that_was_given_up_leaves_nothing(tmp_path: Path, drawn: DrawnRoot) -> None:
    ended = new_root(tmp_path, typed(proofs(drawn)[0]))
    assert ended.exit_code != 0
    assert not (tmp_path / "root").exists()
    assert list((tmp_path / "papers").iterdir()) == []


def test_one_sheet_two_sets_or_a_centre_s_sheets_restore_no_root(tmp_path: Path) -> None:
    one, other = draw_root(), draw_root()
    _, centre = new_sheets(SheetKind.CENTRE, bytes)
    for rows, said in (
        ((one.sheets[0].rows, one.sheets[0].rows), "dos veces la misma hoja"),
        ((one.sheets[0].rows, other.sheets[1].rows), "no son del mismo juego"),
        ((centre[0].rows(), centre[1].rows()), "son de un equipo"),
    ):
        ended = restore(tmp_path, *rows[0], *rows[1], "s")
        assert ended.exit_code != 0
        assert said in " ".join(ended.output.split())
    assert not (tmp_path / "again").exists()
    ended = restore(tmp_path, *one.sheets[0].rows, *one.sheets[1].rows, "n")
    assert ended.exit_code != 0  # it is not the code of the letter
    assert not (tmp_path / "again").exists()


def test_the_emergency_page_and_what_it_takes_are_copied_and_nothing_is_written_over(
    tmp_path: Path,
) -> None:
    arguments = ["emergency", "--out", str(tmp_path / "con-las-hojas")]
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 0, ended.output
    names = {one.name for one in (tmp_path / "con-las-hojas").iterdir()}
    assert names == {"emergency.md", "llave.py", "leer.py", "nombres.json"}
    assert "dicen para qué es el programa" in " ".join(ended.output.split()), "whoever finds it"
    again = CliRunner().invoke(main, arguments)
    assert again.exit_code != 0


def test_two_sheets_make_a_laptop_of_a_backup(tmp_path: Path) -> None:
    """No words are asked for, and whoever has the sheets gets words of her own."""
    clock, folder, new = SystemClock(), tmp_path / "data", str(tmp_path / "new")
    laptop = set_up_laptop(
        folder,
        PHRASE,
        person="Ana Inventada",
        role="coordinacion",
        centre=CentreProfile("Centro Inventado", "", "", "", "", ""),
        clock=clock,
        ids=SystemIds(clock),
    )
    keys, stick = VaultSheets(folder / VAULT_NAME, laptop), tmp_path / "stick"
    with laptop.store.unit() as uow:
        making = recovery_sheets.draw(uow, laptop.desk, keys)
        sheets = {one.number: one.rows for one in making.drawn.sheets}
        rows = {one.number: sheets[one.number][one.row - 1] for one in making.asked}
        recovery_sheets.keep(uow, laptop.desk, keys, making, rows)
    with laptop.store.unit() as uow, uow.access.inside():  # somebody of her name, elsewhere
        said = {accounts.NAME: "Ana Inventada", accounts.ROLE: "legal"}
        namesake = RecordId("ff" * 16)
        named = {accounts.key_of(namesake, field): value for field, value in said.items()}
        change_fields(uow, laptop.desk, named)
        uow.commit()
    stick.mkdir()
    BackupRuns(laptop, Direct()).make(stick, lambda _: None, lambda _: None)
    laptop.close()

    restore = ["--data", new, "restore", str(stick), "--sheets"]
    refused = CliRunner().invoke(main, restore, input=typed(*sheets[1], *sheets[1]))
    assert "dos veces la misma hoja" in " ".join(refused.output.split())
    assert not (tmp_path / "new" / VAULT_NAME).exists()
    elsewhere = ["--data", str(tmp_path / "elsewhere"), *restore[2:]]
    asked = CliRunner().invoke(main, elsewhere, input=typed(*sheets[1], *sheets[3])).output
    assert "1. Ana Inventada · Coordinación\n  2. Ana Inventada · Legal\n" in asked
    words = _drawn_words(restore, typed(wrong(sheets[1][0]), *sheets[1], *sheets[3], "1"))
    laptop = open_laptop(tmp_path / "new", words, clock, SystemIds(clock))
    assert laptop.desk.actor.name == "Ana Inventada"
    laptop.close()
    again = CliRunner().invoke(main, restore, input=typed(*sheets[1], *sheets[3]))
    assert "ya tiene un registro" in again.output


def test_two_sheets_open_a_laptop_whose_words_nobody_remembers(tmp_path: Path) -> None:
    clock = SystemClock()
    folder = tmp_path / "data"
    laptop = set_up_laptop(
        folder,
        PHRASE,
        person="Ana Inventada",
        role="coordinacion",
        centre=CentreProfile("Centro Inventado", "", "", "", "", ""),
        clock=clock,
        ids=SystemIds(clock),
    )
    keys = VaultSheets(folder / VAULT_NAME, laptop)
    arguments = ["--data", str(folder), "recover-with-sheets"]
    laptop.store.checkpoint()
    with laptop.store.unit() as uow:
        making = recovery_sheets.draw(uow, laptop.desk, keys)
        sheets = {one.number: one.rows for one in making.drawn.sheets}
        rows = {one.number: sheets[one.number][one.row - 1] for one in making.asked}
    laptop.close()
    without = CliRunner().invoke(main, arguments)
    assert "todavía no tiene hojas" in without.output
    laptop = open_laptop(folder, PHRASE, clock, SystemIds(clock))
    keys = VaultSheets(folder / VAULT_NAME, laptop)
    with laptop.store.unit() as uow:
        recovery_sheets.keep(uow, laptop.desk, keys, making, rows)
    laptop.close()

    scanned = "".join(sheets[3]).replace(" ", "").replace("·", "")
    lines = typed(wrong(sheets[1][0]), *sheets[1], scanned, "1", "no son estas", "no")
    refused = CliRunner().invoke(main, arguments, input=lines)
    assert "Fila 1: algo no coincide" in refused.output
    assert "1. Ana Inventada" in refused.output
    assert "No son las mismas" in refused.output
    open_laptop(folder, PHRASE, clock, SystemIds(clock)).close()  # given up: nothing changed

    words = _drawn_words(arguments, typed(*sheets[1], scanned, "1"))
    with pytest.raises(DomainError, match="passphrase_wrong"):
        open_laptop(folder, PHRASE, clock, SystemIds(clock))
    laptop = open_laptop(folder, words, clock, SystemIds(clock))
    assert laptop.desk.actor.name == "Ana Inventada"
    laptop.close()


def _drawn_words(arguments: list[str], lines: str) -> str:
    """Let the command draw words that are known beforehand, as somebody reads them."""
    words = "ábaco sandía trébol gaviota farol"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.sheet_opening.draw_words", lambda: words)
        ended = CliRunner().invoke(main, arguments, input=lines + typed(words))
    assert ended.exit_code == 0, ended.output
    assert words in ended.output
    return words
