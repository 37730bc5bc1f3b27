"""What was answered gives way until its number rises, and only what people act on is answered."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.services.answered_facts import ANSWERS, answered, forget_fallen, note_answered
from app.services.messages import SENTENCES
from app.services.ports import UnitOfWork
from app.services.read_models import SyncFact
from app.services.sync_advice import told_procedure
from app.services.sync_facts import note_attempt
from app.services.sync_messages import SYNC_SENTENCES
from app.services.sync_page import SyncPage, sync_page
from app.services.whereabouts_ports import NO_LAPTOPS
from tests.support.laptops import Laptop


def _answered(laptop: Laptop, *facts: SyncFact) -> frozenset[str]:
    return laptop.run(lambda uow: answered(uow, facts))


def _answer(laptop: Laptop, *facts: SyncFact) -> None:
    laptop.run(lambda uow: note_answered(uow, facts))


def _fall(laptop: Laptop, facts: Sequence[SyncFact]) -> None:
    laptop.run(lambda uow: forget_fallen(uow, facts))


def test_an_answer_holds_until_the_number_rises(laptop: Laptop) -> None:
    twice = SyncFact("log_short", 2)
    assert _answered(laptop, twice) == frozenset()
    _answer(laptop, twice)
    assert _answered(laptop, twice) == {"log_short"}
    assert _answered(laptop, SyncFact("log_short", 1)) == {"log_short"}
    assert _answered(laptop, SyncFact("log_short", 3)) == frozenset()
    assert _answered(laptop, SyncFact("receipt_broken", 1)) == frozenset(), "each for itself"


def test_what_fell_and_rises_again_is_news(laptop: Laptop) -> None:
    _answer(laptop, SyncFact("batches_missing", 5), SyncFact("log_short", 4))
    _fall(laptop, [SyncFact("batches_missing", 2)])
    assert _answered(laptop, SyncFact("batches_missing", 2)) == {"batches_missing"}
    assert _answered(laptop, SyncFact("batches_missing", 3)) == frozenset()
    assert _answered(laptop, SyncFact("log_short", 1)) == frozenset(), "it was gone between"


def test_what_rose_is_not_answered_by_noting_that_others_fell(laptop: Laptop) -> None:
    _answer(laptop, SyncFact("log_short", 1))
    risen = SyncFact("log_short", 2)
    _fall(laptop, [risen])
    assert _answered(laptop, risen) == frozenset()


def test_a_copy_that_is_seen_once_more_is_news_and_so_is_another_number(laptop: Laptop) -> None:
    copied = SyncFact("laptops_copied", 1, 3)
    numbers = SyncFact("case_numbers_twice", 1, named=("2026-A0005",))
    _answer(laptop, copied, numbers)
    assert _answered(laptop, copied, numbers) == {"laptops_copied", "case_numbers_twice"}
    other = SyncFact("case_numbers_twice", 1, named=("2026-A0007",))
    assert _answered(laptop, SyncFact("laptops_copied", 1, 4), other) == frozenset()


def test_a_number_of_several_words_is_answered_and_is_not_its_parts(laptop: Laptop) -> None:
    told = SyncFact("case_numbers_twice", 1, named=("2026 A\u00a00005\n",))
    _answer(laptop, told)
    assert _answered(laptop, told) == {"case_numbers_twice"}
    part = SyncFact("case_numbers_twice", 1, named=("2026",))
    assert _answered(laptop, part) == frozenset()


@pytest.mark.parametrize(("content", "is_known"), [(b"1", True), (b"1 2026-A0005", False)])
def test_an_answer_that_a_former_version_noted_is_no_obstacle(
    laptop: Laptop, content: bytes, is_known: bool
) -> None:
    """Of a number alone it holds; where names stood behind it, people are told once more."""
    told = SyncFact("case_numbers_twice", 1)

    def note(uow: UnitOfWork) -> None:
        uow.local.put("sync/answered/case_numbers_twice", content)
        uow.commit()

    laptop.run(note)
    assert (_answered(laptop, told) == {"case_numbers_twice"}) is is_known
    _fall(laptop, [told])
    _answer(laptop, told)
    assert _answered(laptop, told) == {"case_numbers_twice"}


def test_whatever_asks_to_tell_somebody_can_be_answered() -> None:
    assert set(ANSWERS) <= set(SENTENCES)
    for name in SYNC_SENTENCES:
        assert told_procedure(name) is None or name in ANSWERS
    assert "history_behind" not in ANSWERS, "it says how far something is, and goes by itself"


def _page(laptop: Laptop) -> SyncPage:
    return laptop.run(lambda uow: sync_page(uow, laptop.desk, NO_LAPTOPS))


def test_the_region_is_said_to_have_all_only_where_nothing_waits(laptop: Laptop) -> None:
    assert not _page(laptop).has_region_all, "they never met"
    laptop.run(lambda uow: note_attempt(uow, now_ms=1, failure=None, next_ms=None))
    assert _page(laptop).has_region_all
    laptop.run(lambda uow: note_attempt(uow, now_ms=2, failure="answer_cut", next_ms=None))
    assert not _page(laptop).has_region_all
    laptop.run(lambda uow: note_attempt(uow, now_ms=3, failure=None, next_ms=None))
    laptop.open_case()
    assert not _page(laptop).has_region_all, "what was typed waits"
