"""``qispi audit``: the register holds, and where it does not; its export (A)."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from app.cli import main
from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import open_laptop, set_up_laptop
from app.people_keys import LaptopPeople
from app.services import casework, staff
from app.services.account_ports import NewPerson
from db.presence import VAULT_NAME
from tests.support.centres import PROFILE
from tests.support.forged_audit import forge
from tests.support.storage import PASSPHRASE


def said(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        main, ("--data", str(folder), *arguments), input=f"{PASSPHRASE}\ns\n", prog_name="qispi"
    )


def new_laptop(folder: Path, role: str) -> Laptop:
    clock = SystemClock()
    return set_up_laptop(
        folder,
        PASSPHRASE,
        person="Persona Inventada",
        role=role,
        centre=PROFILE,
        clock=clock,
        ids=SystemIds(clock),
        cost=SMALL_MACHINE,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "data"
    laptop = new_laptop(place, "coordinacion")
    with laptop.store.unit() as uow:
        casework.open_case(uow, laptop.desk)
    laptop.close()
    return place


def test_what_a_vault_opened_is_signed_and_verified(folder: Path, tmp_path: Path) -> None:
    done = said(folder, "audit", "verify")
    assert done.exit_code == 0, done.output
    assert "Íntegro hasta la N.º" in done.output
    assert "Firmadas: " in done.output
    assert "Sin firma" not in done.output, "whoever opened the vault signs everything"

    out = tmp_path / "registro.csv"
    written = said(folder, "audit", "export", "--out", str(out), "--in-clear")
    assert written.exit_code == 0, written.output
    assert "Persona Inventada" in out.read_text(encoding="utf-8-sig")
    again = said(folder, "audit", "verify")
    assert "Íntegro" in again.output


def test_the_first_that_does_not_hold_is_named_and_the_command_fails(folder: Path) -> None:
    """(A1)"""
    clock = SystemClock()
    laptop = open_laptop(folder, PASSPHRASE, clock, SystemIds(clock))
    with laptop.store._engine.begin() as connection:
        connection.execute(text("UPDATE audit SET action = 'view' WHERE number = 2"))
    laptop.close()
    done = said(folder, "audit", "verify")
    assert done.exit_code == 1
    assert "No es íntegro: la N.º 2" in done.output


def test_who_signs_in_a_colleagues_name_is_named_and_the_command_fails(folder: Path) -> None:
    """(A1) Control: before, it is whole, and what her colleague does to let her in is no fault."""
    clock = SystemClock()
    laptop = open_laptop(folder, PASSPHRASE, clock, SystemIds(clock))
    people = LaptopPeople(folder / VAULT_NAME, laptop)
    people.add(NewPerson("Ana Inventada", "psicologia"), people.draw())
    with laptop.store.unit() as uow:
        members = staff.list_staff(uow, laptop.desk, people.tags)
    ana = next(one.id for one in members if not one.is_self)
    laptop.close()
    whole = said(folder, "audit", "verify")
    assert (whole.exit_code, "Ana" in whole.output) == (0, False), "the control"
    laptop = open_laptop(folder, PASSPHRASE, clock, SystemIds(clock))
    forge(laptop.store, ana)
    laptop.close()
    done = said(folder, "audit", "verify")
    assert done.exit_code == 1
    assert "no se sabe quién firmó" in done.output
    assert "En nombre de Ana Inventada" in done.output


def test_who_may_not_read_it_is_told_so(tmp_path: Path) -> None:
    new_laptop(tmp_path / "data", "psicologia").close()
    done = said(tmp_path / "data", "audit", "verify")
    assert done.exit_code != 0
    assert "Íntegro" not in done.output
