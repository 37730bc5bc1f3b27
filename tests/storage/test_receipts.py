"""The server's signed word is kept, and what it does not keep of it is told once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.services.ports import Cursor, KeptReceipt, UnitOfWork
from db.store import Store

LOG, OTHER_LOG = b"l" * 16, b"o" * 16


def receipt(batch: int, position: int, chain: bytes = b"", log_id: bytes = LOG) -> KeptReceipt:
    return KeptReceipt(
        bytes([batch]) * 32, log_id, position, chain or bytes([position]) * 32, b"s" * 64
    )


@pytest.fixture
def unit(ram_store: Store) -> Iterator[UnitOfWork]:
    with ram_store.unit() as opened:
        yield opened


def test_a_receipt_is_kept_for_each_log(unit: UnitOfWork) -> None:
    one, again = receipt(1, 4), receipt(1, 9, log_id=OTHER_LOG)
    assert unit.receipts.put([one, again, one]) == ()
    assert unit.receipts.get(one.batch, LOG) == one
    assert unit.receipts.of_batch(one.batch) == (one, again)
    assert unit.receipts.get(b"x" * 32, LOG) is None
    assert unit.receipts.of_batch(b"x" * 32) == ()


def test_a_second_word_about_one_batch_that_differs_is_broken(unit: UnitOfWork) -> None:
    one, other = receipt(1, 4), receipt(1, 5)
    unit.receipts.put([one])
    assert unit.receipts.put([other]) == (other,)
    assert unit.receipts.put([other]) == (), "it is told once"
    assert unit.receipts.get(one.batch, LOG) == one
    assert unit.receipts.broken() == 1


def test_a_receipt_that_the_chain_contradicts_is_told_once(unit: UnitOfWork) -> None:
    kept, broken, ahead = receipt(1, 1), receipt(2, 2), receipt(3, 3)
    elsewhere = receipt(4, 2, b"x" * 32, log_id=OTHER_LOG)
    unit.receipts.put([kept, broken, ahead, elsewhere])
    assert unit.receipts.newly_broken() == ()
    unit.witness.note_places([(1, kept.chain), (2, b"\x09" * 32)])
    unit.batches.set_cursor(Cursor(LOG, 2, b"\x09" * 32))
    assert unit.receipts.newly_broken() == (broken,)
    assert unit.receipts.newly_broken() == ()
    assert unit.receipts.broken() == 1
    unit.witness.note_places([(3, b"\x08" * 32)])
    assert unit.receipts.newly_broken() == (ahead,)
