"""Whatever use case of an act is done, where every text is marked: neither the register, nor the
log, nor what is said where the database refuses carries a mark."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from app.domain.errors import DomainError, EnvironmentFault
from app.domain.form import FieldType
from app.domain.records import Kind
from app.domain.value import Value
from app.services import accounts, recovery_sheets
from app.services.forms import FICHA, change_fields
from app.services.ports import FieldKey, StoredField, UnitOfWork
from db.store import memory_store
from tests.security.entries_left import Work
from tests.security.entries_made import REASON, RECIPES
from tests.security.entries_sheets import keys_in, made
from tests.support.laptops import Laptop, definitions, make_desk

MARK: Final = "Zmarcado"
TYPED: Final = (MARK, "nventad", REASON, "No hay bote")
"""What stands in every text of the laptop, and what is typed at the use cases themselves."""

TEXTS: Final = (FieldType.TEXT, FieldType.NARRATIVE)


@pytest.fixture
def laptop() -> Iterator[Laptop]:
    one = Laptop(memory_store(definitions().registry), make_desk())
    yield one
    one.store.close()


def mark_every_text(laptop: Laptop) -> int:
    """Write a mark into every field for text of every record that there is, the people of each
    case among them; return how many. What was typed into one before use stays: a question about
    it, and what was decided, would be gone with it."""
    named = [one for one in definitions().forms[FICHA].fields() if one.field == "names"]
    for case_id in laptop.run(lambda uow: tuple(uow.records.ids(Kind.CASE))):
        assert not laptop.fill(case_id, **{one.id: MARK for one in named})
    forms = definitions().forms.values()
    fields = {(one.kind, one.field) for form in forms for one in form.fields() if one.type in TEXTS}
    fields.add((Kind.PERSON, accounts.NAME))

    def work(uow: UnitOfWork) -> int:
        keyed: dict[FieldKey, Value] = {
            FieldKey(kind, record, field): f"{MARK} {field}"
            for kind, field in sorted(fields)
            for record in uow.records.ids(kind)
            if not _is_typed(uow.records.fields(record).get(field))
        }
        with uow.access.inside():
            change_fields(uow, laptop.desk, keyed)
        uow.commit()
        return len(keyed)

    return laptop.run(work)


def _is_typed(held: StoredField | None) -> bool:
    return held is not None and bool(told(str(held.value)))


def told(text: str) -> list[str]:
    """Return what of that which was typed stands in a text."""
    return [one for one in TYPED if one in text]


def register_of(laptop: Laptop) -> str:
    """Return every column of every entry, as it lies in the database."""

    def look(uow: Any) -> str:
        rows = uow._connection.exec_driver_sql("SELECT * FROM audit")  # below the port
        return "\n".join(repr(tuple(row)) for row in rows)

    return laptop.run(look)


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """Return everything that was handed to a log, whether the formatter would drop it or not."""
    lines = []
    for one in caplog.records:
        lines.append(f"{one.getMessage()} {vars(one)!r}")
        if one.exc_info and one.exc_info[1] is not None:
            lines.append(said_by(one.exc_info[1]))
    return "\n".join(lines)


def said_by(error: BaseException) -> str:
    """Return the texts of an exception and of those behind it. Where it happened is no text: lines
    of these sources stand in a traceback."""
    behind = error.__cause__ or error.__context__
    said = f"{error!r} {error.args!r} {getattr(error, '__dict__', {})!r}"
    return said if behind is None else f"{said}\n{said_by(behind)}"


def prepared(laptop: Laptop, folder: Path, name: str) -> Work:
    """Return the use case, ready to be done, with a mark in every text that it may meet."""
    work = RECIPES[name](laptop, folder)
    mark_every_text(laptop)
    return work


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_no_use_case_tells_the_register_or_a_log_what_was_typed(
    laptop: Laptop, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """(A4, L6)"""
    work = prepared(laptop, tmp_path, name)
    before = laptop.run(lambda uow: uow.audit.count())
    with caplog.at_level(logging.DEBUG):
        laptop.run(work)
    assert laptop.run(lambda uow: uow.audit.count()) > before
    assert told(register_of(laptop)) == []
    assert told(logged(caplog)) == []


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_no_use_case_that_the_database_refuses_says_what_was_typed(
    laptop: Laptop, tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    """(L6)"""
    work = prepared(laptop, tmp_path, name)

    def refused(uow: Any) -> None:
        uow._connection.exec_driver_sql("PRAGMA query_only=ON")
        try:
            work(uow)
        finally:
            uow._connection.exec_driver_sql("PRAGMA query_only=OFF")

    with caplog.at_level(logging.DEBUG), pytest.raises(EnvironmentFault) as fault:
        laptop.run(refused)
    assert told(said_by(fault.value)) == []
    assert told(logged(caplog)) == []


def test_no_row_of_a_sheet_is_told(
    laptop: Laptop, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """(A4, L6) Of what is typed at the sheets the rows alone would open the laptop."""
    keys, desk = keys_in(tmp_path), laptop.desk
    with caplog.at_level(logging.DEBUG):
        a, b, _ = sheets = [one.rows for one in made(laptop, keys).drawn.sheets]
        assert laptop.run(lambda uow: recovery_sheets.drill(uow, desk, keys, a, b)).pair == "A+B"
        with pytest.raises(DomainError) as fault:
            laptop.run(lambda uow: recovery_sheets.adopt(uow, desk, keys, a, (*b[:-1], b[0])))
    said = "\n".join((register_of(laptop), logged(caplog), said_by(fault.value)))
    assert [row for rows in sheets for row in rows if row in said] == []


def test_a_use_case_that_tells_is_found(laptop: Laptop, caplog: pytest.LogCaptureFixture) -> None:
    """(control of A4, control of L6)"""
    case_id = laptop.open_case()
    assert mark_every_text(laptop) > 50
    names = str(laptop.ficha(case_id).values["names"])
    assert told(names) == [MARK]

    def tells(uow: UnitOfWork) -> None:
        uow.audit.append(
            actor=laptop.desk.actor.id, action="view", object_id=case_id, at_ms=1, detail=names
        )
        uow.commit()

    laptop.run(tells)
    assert told(register_of(laptop)) == [MARK]
    try:
        raise ValueError(names)
    except ValueError as error:
        logging.getLogger("qispi.control").warning("something", exc_info=error)
    assert told(logged(caplog)) == [MARK]
