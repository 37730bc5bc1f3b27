"""Nothing of a case stands in clear in any file, while the database is open and after."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

from app.domain.folding import index_text
from app.services.ports import FieldKey, SealedBatch, StoredField
from app.services.read_models import CaseRow
from db.store import create_store, open_store
from tests.support.leakscan import scan, self_test
from tests.support.storage import AUTHOR, KEY, REGISTRY, Writer, record_id

MARKERS = [
    *(f"Nantip Inventada{number:03d} Ejemplo" for number in range(40)),
    *(f"999000{number:03d}" for number in range(40)),
    *(f"99999{number:03d}" for number in range(40)),
    *(f"Relato inventado número {number:03d}: ñandú y peñón" for number in range(40)),
    "inventada007",
    "CREATE TABLE change",
    "alembic_version",
    "NIVEL_DE_RIESGO_VICTIMA",
    KEY.reveal().hex(),
]


def _fill(folder: Path) -> None:
    store = create_store(folder, KEY, REGISTRY)
    writer = Writer()
    for number in range(40):
        name, phone, document, story = (MARKERS[number + 40 * part] for part in range(4))
        case, person = record_id(number), record_id(1_000 + number)
        values = {
            FieldKey("survivor", person, "names"): name,
            FieldKey("survivor", person, "phone"): phone,
            FieldKey("case", case, "code"): document,
            FieldKey("case", case, "narrative"): story * 60,
        }
        with store.unit() as unit:
            for key, value in values.items():
                change = writer.change(key, value)
                unit.changes.append([change], is_own=True)
                stored = StoredField(value, change.id, False, 1, AUTHOR)
                unit.records.put(key, stored, refers_to=None)
            row = CaseRow(
                case, document, name, 30, "3", "1", "010401", date(2026, 1, 1), 1,
                has_conflict=False, call_warning=False,
            )  # fmt: skip
            unit.cases.put(row, index_text(name, phone, document))
            unit.local.put(f"resume/{name}", story.encode())
            unit.batches.add(
                SealedBatch(bytes([number]) * 32, story.encode()), device=b"d" * 16,
                session=b"session1", number=number, is_own=True, change_ids=[], at_ms=1,
            )  # fmt: skip
            if number % 2:
                unit.commit()
    # While it is open: the write-ahead log and the shared memory lie beside the file.
    assert {path.name for path in folder.iterdir()} == {"datos.db", "datos.db-wal", "datos.db-shm"}
    assert scan([folder], MARKERS) == []
    store.checkpoint()
    assert scan([folder], MARKERS) == []
    store.close()


def test_no_file_of_the_store_holds_a_text_in_clear(tmp_path: Path) -> None:
    """(L1) Control: a plain database with the same markers gives them all."""
    folder, control = tmp_path / "data", tmp_path / "control"
    folder.mkdir()
    control.mkdir()
    _fill(folder)
    assert scan([folder], MARKERS) == []
    reopened = open_store(folder, KEY, REGISTRY)
    with reopened.unit() as unit:
        assert unit.changes.count() == 80
    reopened.close()
    assert scan([folder], MARKERS) == []

    # The control: the scanner finds each of these markers when they are there, and finds them in
    # a plain database made of the same rows.
    self_test(control, MARKERS)
    plain = sqlite3.connect(control / "plain.db")
    plain.execute("CREATE TABLE change (value)")
    plain.executemany("INSERT INTO change VALUES (?)", [(one,) for one in MARKERS])
    plain.commit()
    plain.close()
    assert {finding.marker for finding in scan([control], MARKERS)} == set(MARKERS)
