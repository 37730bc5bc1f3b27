"""Each batch says where the audit of its laptop ends, and the others notice what contradicts it (A)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sqlalchemy import text

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services import register
from app.services.messages import SENTENCES
from app.services.ports import AuditHead, BatchOutline, FieldKey
from app.services.sync_advice import fact_procedure
from sync.client.folder import BATCH
from sync.client.stick import FOLDER_NAME
from sync.protocol.batch import NO_BATCH, batch_id
from tests.support.spoilt import batches_of, written
from tests.support.stations import view

KEY = FieldKey("case", RecordId("77" * 16), "code")
SESSION = b"\x77" * 8
FACT = "audit_contradicted"


def told(typist: Typist) -> dict[str, int]:
    return {one.message_id: one.count for one in view(typist).facts}


def device_of(typist: Typist) -> bytes:
    envelope = typist.laptop.envelope
    assert envelope is not None
    return envelope.device()


def rows(typist: Typist, about: bytes) -> tuple[str, ...]:
    return typist.run(lambda uow: uow.audit.details(FACT, about.hex(), 99))


def on_stick(stick: Path, *contents: bytes) -> None:
    folder = stick / FOLDER_NAME
    folder.mkdir(exist_ok=True)
    for content in contents:
        (folder / f"{batch_id(content).hex()}{BATCH}").write_bytes(content)


def test_a_colleagues_laptop_knows_where_the_audit_ended(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    for number in range(4):
        a.register({"names": f"Inventada {number}"})
        batches_of(a)
        head = a.run(lambda uow: uow.audit.head())
        assert a.use_stick(tmp_path).failure is None
        assert b.use_stick(tmp_path).failure is None
        b.register({"names": f"De la colega {number}"})
    owner = device_of(a)
    assert b.run(lambda uow: uow.anchors.newest([owner])) == {owner: head}
    mine = a.run(lambda uow: uow.anchors.of_device(owner))
    theirs = b.run(lambda uow: uow.anchors.of_device(owner))
    assert [one.head for one in mine] == [one.head for one in theirs]
    hashes = a.run(lambda uow: uow.audit.hashes([one.head.number for one in theirs]))
    assert hashes == {one.head.number: one.head.hash for one in theirs}
    assert (told(a), told(b)) == ({}, {})


def test_an_audit_cut_at_its_end_holds_by_itself_and_is_noticed_by_a_colleague(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    """(A2) Control: by itself it holds."""
    a, b = pair
    case_id, _ = a.register({"names": "Inventada"})
    assert a.use_stick(tmp_path).failure is None
    assert b.use_stick(tmp_path).failure is None

    with a.laptop.store._engine.begin() as connection:
        connection.execute(text("DELETE FROM audit WHERE number > 2"))
    assert a.run(lambda uow: uow.audit.verify()) is None, "nobody can see it there"
    a.type_fields(case_id, {"relato": "Inventado"})
    assert a.use_stick(tmp_path).failure is None
    assert b.use_stick(tmp_path).failure is None

    assert told(b) == {FACT: 1}
    assert len(rows(b, device_of(a))) == 1
    assert FACT in SENTENCES
    assert fact_procedure(FACT) is not None


def test_a_laptop_that_lies_is_noted_up_to_a_limit_and_its_data_are_taken(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    previous = NO_BATCH
    for number in range(1, 41):
        head = AuditHead(100 - number, bytes([number]) * 32)
        outline = BatchOutline(SESSION, number, previous, None, head)
        content = written(a, KEY, f"2026-Z{number:04}", outline)
        previous = batch_id(content)
        on_stick(tmp_path, content)
    report = b.use_stick(tmp_path)
    assert (report.failure, report.batches_received) == (None, 40)
    assert told(b) == {FACT: 1}
    assert len(rows(b, device_of(a))) == 32


def test_the_check_compares_the_register_with_what_this_laptop_told_and_shows_the_others(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    a.register({"names": "Inventada"})
    b.register({"names": "De la colega"})
    for one in (a, b, a):
        assert one.use_stick(tmp_path).failure is None
    said = told_to(a)
    letter = b.laptop.desk.device_letter
    newest = a.run(lambda uow: uow.anchors.newest([device_of(b)]))[device_of(b)]
    assert [one[0] for one in said.heads] == [letter]
    assert said.heads[0][1].startswith(f"{newest.number} · ")
    assert (said.words > 0, said.otherwise) == (True, None)

    own = a.run(lambda uow: uow.anchors.of_device(device_of(a)))
    with a.laptop.store._engine.begin() as connection:
        changed = text("UPDATE audit SET hash = zeroblob(32) WHERE number = :number")
        connection.execute(changed, {"number": own[0].head.number})
    assert told_to(a).otherwise == own[0].head.number


def told_to(typist: Typist) -> register.Told:
    desk = replace(
        typist.laptop.desk, actor=replace(typist.laptop.desk.actor, roles=("auditoria",))
    )
    laptops = typist.workplace.laptops
    return typist.run(lambda uow: register.told(uow, desk, laptops))
