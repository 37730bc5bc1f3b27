"""The tables that are derived from the log: made anew they are what step by step derivation gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from app.services import agenda, ledger
from db.schema_sync import metadata
from db.unit_of_work import SqlUnitOfWork
from tests.simulation.oracle import must
from tests.support.laptops import definitions

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop

__all__ = ["check_rebuild"]

ALL: Final = 10_000


def check_rebuild(laptop: SimLaptop) -> None:
    """A rebuild gives what stands in every table; those that it leaves alone are compared, too, so
    that none that is derived later is forgotten here."""
    laptop.disk.end()
    with laptop.store.unit() as uow:
        before = _tables(laptop, uow)
        digest = uow.changes.digest()
        ledger.rebuild(uow, definitions())
        must(digest == uow.changes.digest(), f"{laptop.name}: a rebuild gives other heads")
        after = _tables(laptop, uow)
    for name, rows in before.items():
        must(rows == after[name], f"{laptop.name}: a rebuild gives another {name}")


def _tables(laptop: SimLaptop, uow: SqlUnitOfWork) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table. Tasks are worked out as they are read: none waits for it."""
    left = agenda.refresh(uow, laptop.desk, ALL)
    must(not left, f"{laptop.name}: tasks are never worked out")
    run = uow._connection.exec_driver_sql
    run(_WORDS)
    try:
        read = {name: _READ.get(name) or _all_of(name) for name in (*metadata.tables, *_READ)}
        return {name: sorted(map(tuple, run(sql).all()), key=repr) for name, sql in read.items()}
    finally:
        run("DROP TABLE temp.searched_word")


def _all_of(name: str) -> str:
    # Local handles are given anew.
    columns = [one.name for one in metadata.tables[name].c if one.name != "seq"]
    return f"SELECT {', '.join(columns)} FROM {name}"


_WORDS: Final = (
    "CREATE VIRTUAL TABLE temp.searched_word USING fts5vocab('main', 'case_search', 'instance')"
)
_READ: Final = {
    "person_key": "SELECT key, record_id FROM person_key JOIN person_row USING (seq)",
    "case_search": (
        'SELECT case_id, term, "offset" FROM temp.searched_word'
        " LEFT JOIN case_row ON case_row.seq = searched_word.doc"
    ),
}
