"""What waits has a size in bytes, by urgency: it is what people pay for to send it."""

from __future__ import annotations

import pytest

from app.domain.change import RecordId
from app.samples import load_samples
from app.services.ports import SealedBatch, UnitOfWork
from app.services.replication import seal_pending
from app.services.sync_page import SyncPage, sync_page
from app.services.whereabouts_ports import NO_LAPTOPS, ShareKind
from tests.support.laptops import Laptop
from tests.support.offline import Station

Sizes = dict[ShareKind, tuple[int, bool]]


def page_of(laptop: Laptop) -> SyncPage:
    return laptop.run(lambda uow: sync_page(uow, laptop.desk, NO_LAPTOPS))


def sizes(laptop: Laptop) -> Sizes:
    return {one.kind: (one.size, one.is_estimated) for one in page_of(laptop).shares}


def seal(laptop: Laptop, number: int, size: int) -> None:
    """Put all that waits into one batch of our own, of that size."""

    def work(uow: UnitOfWork) -> None:
        uow.batches.add(
            SealedBatch(bytes([number]) * 32, bytes(size)),
            device=b"d" * 16,
            session=laptop.desk.stamper.session,
            number=number,
            is_own=True,
            change_ids=[one.id for one in uow.changes.pending(1_000)],
            at_ms=1,
        )
        uow.commit()

    laptop.run(work)


def urgent_case(laptop: Laptop) -> RecordId:
    case_id = laptop.open_case()
    laptop.fill(case_id, names="Inventada", never_call=True)
    return case_id


def test_a_batch_with_both_counts_once_and_as_urgent_since_it_leaves_first(laptop: Laptop) -> None:
    urgent_case(laptop)
    other = laptop.open_case()
    laptop.fill(other, names="Otra inventada")
    seal(laptop, 1, 900)
    assert sizes(laptop) == {ShareKind.URGENT: (900, False), ShareKind.OTHER: (0, False)}
    laptop.fill(other, surname_1="Escrita después")
    seal(laptop, 2, 550)
    assert sizes(laptop) == {ShareKind.URGENT: (900, False), ShareKind.OTHER: (550, False)}
    page = page_of(laptop)
    assert (page.size, page.is_estimated) == (1_450, False)


def test_what_is_not_sealed_yet_is_estimated_and_says_so(laptop: Laptop) -> None:
    case_id = laptop.open_case()
    laptop.fill(case_id, names="Inventada")
    seal(laptop, 1, 700)
    assert sizes(laptop) == {ShareKind.OTHER: (700, False)}
    laptop.fill(case_id, surname_1="Quispe")
    size, is_estimated = sizes(laptop)[ShareKind.OTHER]
    assert is_estimated
    assert size == 700 + 542, "the smallest batch"
    assert page_of(laptop).is_estimated


def test_what_is_estimated_of_each_is_together_what_is_estimated_of_all(laptop: Laptop) -> None:
    laptop.fill(laptop.open_case(), names="Otra", relato="palabras inventadas " * 300)
    alone = sizes(laptop)[ShareKind.OTHER][0]
    urgent_case(laptop)
    both = sizes(laptop)
    assert both[ShareKind.URGENT][0] >= 542, "a batch is no smaller"
    assert 0 < both[ShareKind.OTHER][0] < alone, "they share one batch"
    assert page_of(laptop).size == sum(size for size, _ in both.values())


@pytest.mark.parametrize("cases", [1, 4, 12])
def test_the_estimate_is_near_what_the_sample_cases_take(cases: int) -> None:
    a = Station.of(0)
    for one in load_samples().cases[:cases]:
        values = {name: value for name, value in one.items() if name != "CEM"}
        a.laptop.fill(a.laptop.open_case(), **values)
    told = page_of(a.laptop)
    assert told.is_estimated
    while a.laptop.run(lambda uow: seal_pending(uow, a.laptop.desk, a.envelope)):
        pass
    sealed = page_of(a.laptop)
    assert not sealed.is_estimated
    assert abs(told.size - sealed.size) <= 0.2 * sealed.size
    a.laptop.store.close()
