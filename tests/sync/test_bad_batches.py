"""A batch that cannot be used is set aside, counted and named, and holds nothing else up."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.services.messages import SENTENCES
from sync.client.folder import BATCH, STATEMENT
from sync.client.stick import FOLDER_NAME
from sync.protocol.batch import batch_id
from sync.server.sql_store import SqlStore, open_engine
from sync.server.store import NewBatch
from tests.support.answers import head_with, told
from tests.support.line import Line
from tests.support.line import altered as answer_altered
from tests.support.spoilt import altered, batches_of, spoilt
from tests.support.stations import RegionPlace, said, view
from tests.support.sticks import files


@pytest.fixture
def other(region: RegionPlace) -> Iterator[Typist]:
    """Somebody at a laptop of another centre, who wrote something."""
    made = region.first()
    made.register({"names": "Ajena Inventada"})
    yield made
    made.laptop.close()


@pytest.fixture
def log(region: RegionPlace) -> Iterator[SqlStore]:
    """The server's own log, into which a faulty server may have let anything."""
    engine = open_engine(f"sqlite:///{region.server.database}")
    yield SqlStore(engine)
    engine.dispose()


def let_in(log: SqlStore, typist: Typist, content: bytes) -> None:
    new = NewBatch(batch_id(content), bytes(16), bytes(8), 1, content)
    log.append(typist.laptop.keys.keyring.centre, new)


def reasons(typist: Typist) -> list[str]:
    return sorted(row.reason for row in view(typist).set_aside)


def test_what_a_server_hands_out_spoilt_is_set_aside_and_the_rest_arrives(
    pair: tuple[Typist, Typist], other: Typist, log: SqlStore
) -> None:
    a, b = pair
    assert a.sync().failure is None
    a.register({"names": "Primera Inventada"})
    bad = spoilt(a, other)
    del bad["batch_over_limit"]  # no server can send one: the frame refuses it
    for content in bad.values():
        let_in(log, a, content)
    a.register({"names": "Última Inventada"})
    assert a.sync().failure is None

    report = b.sync()
    assert report.failure is None
    assert report.set_aside == len(bad)
    assert reasons(b) == sorted(bad)
    assert set(bad) <= SENTENCES.keys()
    assert a.sync().failure is None
    assert reasons(a) == sorted(bad)
    assert a.digest() == b.digest()
    assert "nada por enviar" in said(b)
    again = b.sync()
    assert (again.failure, again.set_aside) == (None, 0)
    assert reasons(b) == sorted(bad)


def test_what_a_stick_brings_spoilt_is_set_aside_and_the_rest_arrives(
    pair: tuple[Typist, Typist], other: Typist, tmp_path: Path
) -> None:
    a, b = pair
    a.register({"names": "Primera Inventada"})
    bad = spoilt(a, other)
    assert a.use_stick(tmp_path).failure is None
    for content in bad.values():
        name = f"{batch_id(content).hex()}{BATCH}"
        (tmp_path / FOLDER_NAME / name).write_bytes(content)

    report = b.use_stick(tmp_path)
    assert report.failure is None
    # One stick serves many centres: another one's batches are nobody's trouble.
    del bad["batch_wrong_centre"]
    assert report.set_aside == len(bad)
    assert reasons(b) == sorted(bad)
    again = b.use_stick(tmp_path)
    assert (again.failure, again.set_aside) == (None, 0)
    assert a.use_stick(tmp_path).failure is None
    assert a.digest() == b.digest()


def test_a_batch_of_a_laptop_not_known_yet_is_taken_in_once_its_grant_comes(
    region: RegionPlace, pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    c = region.joining(a)
    c.register({"names": "De la tercera laptop"})
    assert c.use_stick(tmp_path).failure is None
    for statement in files(tmp_path, STATEMENT):
        statement.unlink()
    assert b.use_stick(tmp_path).set_aside >= 1
    assert set(reasons(b)) == {"batch_unknown_device"}

    assert a.use_stick(tmp_path).failure is None
    report = b.use_stick(tmp_path)
    assert report.failure is None
    assert report.batches_received >= 1
    assert reasons(b) == []
    assert a.digest() == b.digest()
    c.laptop.close()


def test_a_batch_that_is_altered_on_its_way_is_told_and_the_others_are_sent(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    """What the server refuses is none of ours by its name: the second stays in the queue, and
    people read that it was not confirmed."""
    a, _ = pair
    for number in range(3):
        a.register({"names": f"Inventada {number}"})
        held = batches_of(a)
    doomed = held[1]

    def spoil(passing) -> None:
        body = passing.body.replace(doomed, altered(doomed))
        passing.answer(dataclasses.replace(passing, body=body).hand_on())

    with line.faulty(spoil, "x"):
        report = a.sync()
    assert report.failure == "batches_not_seen"
    assert report.batches_sent == len(held) - 1
    assert SENTENCES[report.failure]
    assert view(a).waiting_changes > 0
    assert a.sync().failure is None
    assert view(a).waiting_changes == 0


@pytest.mark.parametrize("order", [(2, 0, 1), (1, 2, 0), (0, 1, 2, 2, 0)])
def test_batches_may_come_in_any_order_and_more_than_once(
    pair: tuple[Typist, Typist], log: SqlStore, order: tuple[int, ...]
) -> None:
    """(C1, C2)"""
    a, b = pair
    case_id, _ = a.register({"names": "Nombre primero"})
    batches_of(a)
    a.type_fields(case_id, {"names": "Nombre segundo"})
    batches_of(a)
    a.type_fields(case_id, {"names": "Nombre tercero"})
    held = batches_of(a)[-3:]
    assert a.laptop.keys is not None
    for place in order:
        let_in(log, a, held[place])
    assert b.sync().failure is None
    assert reasons(b) in ([], ["batch_unknown_device"])
    assert a.sync().failure is None
    assert b.sync().failure is None
    assert a.digest() == b.digest()


def test_a_server_whose_chain_does_not_hold_is_believed_in_nothing(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, b = pair
    a.register({"names": "Inventada"})
    assert a.sync().failure is None
    before = b.digest()
    with line.faulty(answer_altered(lambda body: altered(body)), "x"):
        assert b.sync().failure == "server_log_wrong"
    assert b.digest() == before
    assert b.sync().failure is None
    assert a.sync().failure is None
    assert a.digest() == b.digest()


def test_a_server_that_leaves_an_entry_out_is_not_followed_past_the_gap(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    """(C6)"""
    a, b = pair
    for number in range(3):
        a.register({"names": f"Inventada {number}"})
        batches_of(a)
    assert a.sync().failure is None

    def without_the_first(head, entries):
        return head_with(entries=max(0, len(entries) - 1))(head, entries[1:])

    with line.faulty(told(without_the_first), "x"):
        report = b.sync()
    assert report.failure == "server_log_wrong"
    assert report.changes_received == 0
    assert b.sync().failure is None
    assert a.sync().failure is None
    assert a.digest() == b.digest()


def test_rubbish_without_end_leaves_room_for_work(
    pair: tuple[Typist, Typist], tmp_path: Path
) -> None:
    a, b = pair
    folder = tmp_path / FOLDER_NAME
    folder.mkdir()
    for number in range(300):
        (folder / f"{number:064x}{BATCH}").write_bytes(b"rubbish %d" % number)
    a.register({"names": "Inventada"})
    assert a.use_stick(tmp_path).set_aside == 300
    assert b.use_stick(tmp_path).failure is None
    assert a.use_stick(tmp_path).set_aside == 0
    assert a.digest() == b.digest()
