"""What a colleague's laptop really signed, and this program cannot use: it stops nothing, and is
carried on, until a key or a newer program opens it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.domain.value import Value
from app.services import casework, ledger, replication
from app.services.messages import SENTENCES
from app.services.ports import FieldKey
from app.services.read_models import CaseFilter
from sync.client.folder import BATCH
from sync.client.keys import HeldKeys
from sync.client.stick import FOLDER_NAME
from sync.protocol.batch import batch_id
from tests.support.spoilt import batches_of, of_other_epoch, written
from tests.support.stations import RegionPlace, view
from tests.support.sticks import files, home

RECORD = RecordId("77" * 16)


def on_stick(stick: Path, *contents: bytes) -> None:
    (stick / FOLDER_NAME).mkdir(exist_ok=True)
    for content in contents:
        (stick / FOLDER_NAME / f"{batch_id(content).hex()}{BATCH}").write_bytes(content)


def reasons(typist: Typist) -> list[str]:
    return sorted(row.reason for row in view(typist).set_aside)


def cases(typist: Typist) -> int:
    return typist.run(lambda uow: casework.count_cases(uow, CaseFilter()))


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("referral", "case", "no es un caso"),
        ("case", "survivor", "nadie"),
        ("case", "EDAD_VICTIMA", 2**63),
        ("case", "EDAD_VICTIMA", -(10**40)),
    ],
)
def test_a_value_that_no_screen_would_take_stops_no_laptop(
    pair: tuple[Typist, Typist], tmp_path: Path, kind: str, field: str, value: Value
) -> None:
    a, b = pair
    on_stick(tmp_path, written(a, FieldKey(kind, RECORD, field), value))
    assert a.use_stick(tmp_path).failure is None
    assert a.sync().failure is None
    a.register({"names": "Última Inventada"})
    assert a.sync().failure is None

    report = b.sync()
    assert (report.failure, report.set_aside) == (None, 0)
    assert a.sync().failure is None
    assert a.digest() == b.digest()
    assert cases(b) == (2 if kind == "case" else 1)
    before = b.digest()
    with b.laptop.store.unit() as uow:
        ledger.rebuild(uow, b.laptop.desk.definitions)
        uow.commit()
    assert b.digest() == before


@contextmanager
def refusing_a_record(typist: Typist) -> Iterator[None]:
    """The database of this laptop takes nothing of one record: a fault that nobody thought of."""

    def run(statement: str) -> None:
        with typist.laptop.store.unit() as uow:
            connection: Connection = uow._connection
            connection.exec_driver_sql(statement)
            uow.commit()

    run(
        f"CREATE TRIGGER nobody_thought_of BEFORE INSERT ON field WHEN NEW.record_id = x'{RECORD}' "
        "BEGIN SELECT RAISE(ABORT, 'never'); END"
    )
    yield
    run("DROP TRIGGER nobody_thought_of")


def test_what_nobody_expected_is_the_trouble_of_one_batch_until_a_newer_program_comes(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    on_stick(tmp_path, written(a, FieldKey("case", RECORD, "code"), "2026-Z0001"))
    a.register({"names": "Última Inventada"})
    assert a.use_stick(tmp_path).failure is None
    assert a.sync().failure is None

    with refusing_a_record(b):
        report = b.sync()
        assert (report.failure, report.set_aside) == (None, 1)
        assert reasons(b) == ["batch_unusable"]
        assert SENTENCES["batch_unusable"]
        assert cases(b) == 1, "of the batch that failed nothing is left"
    assert b.sync().failure is None
    assert reasons(b) == ["batch_unusable"], "the same program does not try again and again"

    keys, envelope = b.laptop.keys, b.laptop.envelope
    assert keys is not None
    assert envelope is not None
    newer = HeldKeys(keys.keyring, lambda _keyring: None, program="99.0")
    taken = b.run(
        lambda uow: replication.retry_set_aside(uow, b.laptop.desk, envelope, newer.mark())
    )
    assert taken.batches == 1
    assert reasons(b) == []
    assert a.sync().failure is None
    assert b.sync().failure is None
    assert a.digest() == b.digest()
    assert view(b).waiting_changes == 0, "its place in the log is known"


def test_a_batch_of_an_epoch_not_held_here_is_carried_to_the_region_and_to_other_sticks(
    region: RegionPlace, pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    sealed = of_other_epoch(a)
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    assert a.sync().failure is None
    on_stick(first, sealed)
    assert b.use_stick(first).set_aside == 1
    assert reasons(b) == ["batch_unknown_key"]

    assert b.use_stick(second).failure is None
    carried = home(second, f"{batch_id(sealed).hex()}{BATCH}")
    assert carried.read_bytes() == sealed

    sent = b.sync()
    assert sent.failure is None
    assert sent.batches_sent == 2, "who works here, and what was set aside"
    c = region.joining(a)
    assert a.sync().failure is None
    assert c.sync().set_aside == 1
    assert reasons(c) == ["batch_unknown_key"]
    again = b.sync()
    assert (again.failure, again.batches_sent) == (None, 0)
    c.laptop.close()


def test_a_stick_of_another_centre_costs_no_room_and_is_nobodys_trouble(
    region: RegionPlace, pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, _ = pair
    other = region.first()
    for number in range(5):
        other.register({"names": f"Ajena {number}", "relato": "Relato inventado. " * 500})
        batches_of(other)
    assert other.use_stick(tmp_path).failure is None
    before = {path.name: path.read_bytes() for path in files(tmp_path, "")}
    report = a.use_stick(tmp_path)
    assert (report.failure, report.set_aside, report.batches_received) == (None, 0, 0)
    assert view(a).set_aside == ()
    foreign = sum(len(one) for name, one in before.items() if name.endswith(BATCH))
    assert report.bytes_down < foreign
    for name, content in before.items():
        assert home(tmp_path, name).read_bytes() == content
    other.laptop.close()
