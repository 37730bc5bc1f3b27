"""A server whose log does not hold at one place: what stands before it arrives, and what the server
said beside it is kept; the lie is named at every run, and no run is without end."""

from __future__ import annotations

import dataclasses
import secrets

import pytest

from app.demo.actors import Typist
from app.services import refusals, replication
from sync.protocol.batch import batch_id
from sync.protocol.compact import PullHead
from sync.protocol.frames import Entry
from sync.protocol.messages import Refusal
from tests.support.answers import head_with, told
from tests.support.line import Fault, Line, Passing, cut
from tests.support.spoilt import altered, batches_of
from tests.support.stations import view

Answer = tuple[PullHead, list[Entry]]


def wrong_at(position: int, *refused: Refusal, **head: object) -> Fault:
    """The server gives this entry another chain at every run, refuses these batches, and says this
    in its head."""
    names = {one.batch for one in refused}

    def change(said: PullHead, entries: list[Entry]) -> Answer:
        lying = [
            dataclasses.replace(one, chain=bytes(32)) if one.position == position else one
            for one in entries
        ]
        receipts = tuple(one for one in said.receipts if one.batch not in names)
        return head_with(refused=refused, receipts=receipts, **head)(said, lying)

    return told(change)


@pytest.fixture
def full(pair: tuple[Typist, Typist]) -> tuple[Typist, Typist, int]:
    """The pair, level; then the first laptop sent four batches. And the last position before."""
    a, b = pair
    for one in (a, b, a):
        assert one.sync().failure is None
    cursor = b.run(lambda uow: uow.batches.cursor())
    assert cursor is not None
    for number in range(4):
        a.register({"names": f"Inventada {number}"})
        batches_of(a)
    assert a.sync().failure is None
    return a, b, cursor.position


def is_level(a: Typist, b: Typist) -> None:
    for one in (b, a, b):
        assert one.sync().failure is None
    assert a.digest() == b.digest()


def test_what_is_proven_before_a_wrong_entry_arrives(
    full: tuple[Typist, Typist, int], line: Line
) -> None:
    a, b, before = full
    line.heard.clear()
    with line.faulty(wrong_at(before + 3), "x"):
        first, second = b.sync(), b.sync()
    assert [one.failure for one in (first, second)] == ["server_log_wrong"] * 2
    assert [one.batches_received for one in (first, second)] == [2, 0]
    cursor = b.run(lambda uow: uow.batches.cursor())
    assert cursor is not None
    assert cursor.position == before + 2
    assert len(line.heard) < 10
    is_level(a, b)


@pytest.mark.parametrize("place", [1, 3], ids=["at once", "behind good entries"])
def test_what_the_server_says_beside_a_wrong_entry_is_kept(
    full: tuple[Typist, Typist, int], line: Line, place: int
) -> None:
    a, b, before = full
    b.register({"names": "De la colega"})
    batches_of(b)
    b.register({"names": "Otra de la colega"})
    taken, refused = (batch_id(one) for one in batches_of(b)[-2:])
    lie = wrong_at(before + place, Refusal(refused, "batch_over_limit"))
    waiting = view(b).waiting_changes
    with line.faulty(lie, "x"):
        assert b.sync().failure == "server_log_wrong"
    (row,) = b.run(lambda uow: refusals.list_refused(uow, b.workplace.laptops))
    assert (row.id, row.reason) == (refused, "batch_over_limit")
    (receipt,) = b.run(lambda uow: uow.receipts.of_batch(taken))
    assert receipt.position > before + 4
    assert view(b).waiting_changes == waiting, "a word is no proof"
    is_level(a, b)
    assert b.run(lambda uow: refusals.list_refused(uow, b.workplace.laptops)) == ()


def test_a_wrong_entry_behind_the_end_that_the_server_names_is_no_success(
    full: tuple[Typist, Typist, int], line: Line
) -> None:
    a, b, before = full
    with line.faulty(wrong_at(before + 3, top=before + 2, more=False), "x"):
        report = b.sync()
    assert report.failure == "server_log_wrong"
    assert report.batches_received == 2
    is_level(a, b)


def test_a_server_that_never_ends_the_entry_it_began_is_left(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    """It breaks off in an entry, then ends it with other bytes, then breaks off anew, for ever."""
    a, b = pair
    for one in (a, b, a):
        assert one.sync().failure is None
    text = "".join(chr(0x4E00 + secrets.randbelow(0x5000)) for _ in range(19_000))
    a.register({"names": "Inventada", "relato": text})
    a.run(lambda uow: replication.seal_pending(uow, a.laptop.desk, a.laptop.envelope))
    assert a.sync().failure is None

    def other_bytes(said: PullHead, entries: list[Entry]) -> Answer:
        return said, [
            dataclasses.replace(one, content=altered(one.content)) if one.start else one
            for one in entries
        ]

    breaks, ends = cut(lambda body: len(body) * 2 // 3), told(other_bytes)
    times: list[None] = []

    def never_ending(passing: Passing) -> None:
        times.append(None)
        (breaks if len(times) % 2 else ends)(passing)

    with line.faulty(never_ending, "x"):
        report = b.sync()
    assert report.failure == "server_log_wrong"
    assert len(times) < 12
    is_level(a, b)
