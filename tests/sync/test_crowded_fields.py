"""A field in which a malicious or broken laptop wrote more than anybody reads: what a colleague wrote
there is told beside it. Real batches, sealed by laptops of the centre."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from app.domain.change import AuthorId, Change, ChangeId, new_change
from app.domain.stamp import Stamp
from app.domain.value import Value
from app.services import conflicts, joined, ledger, replication, settled
from app.services.conflict_models import ConflictRow
from app.services.conflict_values import TOLD_MAX
from app.services.forms import BASES_MAX, FICHA
from app.services.ports import FieldKey
from tests.support.laptops import NOON_MS, definitions
from tests.support.offline import Station
from tests.sync.test_bombs import in_log, take

CROWD = 300
HERS = "Lo que ella contó"
COLLEAGUE, CROWDING, READER = range(3)


@dataclass
class Centre:
    """Three laptops: a colleague's, one that crowds a field, and the one where it is read."""

    colleague: Station
    crowding: Station
    reader: Station

    def key(self, field_id: str = "relato") -> FieldKey:
        """Open a case at the colleague's and return the key of a field of it."""
        case_id = self.colleague.laptop.open_case()
        definition = definitions().form(FICHA).get(field_id)
        assert definition is not None
        record_id = self.colleague.laptop.ficha(case_id).records[definition.kind]
        return FieldKey(definition.kind, record_id, definition.field)

    def read(self) -> ConflictRow:
        """Return the one question that the reader has."""
        laptop = self.reader.laptop
        (row,) = laptop.run(lambda uow: conflicts.list_conflicts(uow, laptop.desk))
        return row

    def take(self, *contents: bytes) -> None:
        """Give the reader these batches, in this order."""
        (taken,) = take(self.reader, in_log(list(contents)))
        assert (taken.batches, taken.set_aside) == (len(contents), 0)


@pytest.fixture
def centre() -> Iterator[Centre]:
    stations = [Station.of(number) for number in (COLLEAGUE, CROWDING, READER)]
    yield Centre(*stations)
    for one in stations:
        one.laptop.store.close()


def seal(station: Station, *changes: Change) -> bytes:
    """Seal whatever waits at a laptop, and these changes with it, whoever made them."""
    laptop = station.laptop

    def work(uow) -> None:
        ledger.record(uow, definitions(), changes, is_own=True)
        replication.seal_pending(uow, laptop.desk, station.envelope)
        uow.commit()

    laptop.run(work)
    *_, last = laptop.run(lambda uow: tuple(uow.batches.ids()))
    content = laptop.run(lambda uow: uow.batches.content(last))
    assert content is not None
    return content


def wrote(
    station: Station,
    key: FieldKey,
    value: Value,
    at: int,
    *,
    author: AuthorId | None = None,
    bases: tuple[ChangeId, ...] = (),
) -> Change:
    """What somebody wrote, so many milliseconds after noon."""
    return new_change(
        definitions().registry,
        kind=key.kind,
        record_id=key.record_id,
        field=key.field,
        value=value,
        stamp=Stamp(NOON_MS + at, bytes([station.number]) * 8, at),
        author=author or station.laptop.desk.actor.id,
        bases=bases,
    )


def crowd(station: Station, key: FieldKey, values: Sequence[Value]) -> list[Change]:
    """These values, beside each other, each later than the one before and than noon."""
    return [wrote(station, key, value, at) for at, value in enumerate(values, 1)]


def texts(count: int = CROWD) -> list[str]:
    return [f"Texto {number}" for number in range(count)]


def test_a_crowd_that_says_what_a_colleague_wrote_hides_neither_it_nor_her(centre: Centre) -> None:
    key = centre.key()
    hers = wrote(centre.colleague, key, HERS, 0)
    crowded = crowd(centre.crowding, key, [*[HERS] * CROWD, *texts()])
    centre.take(seal(centre.colleague, hers), seal(centre.crowding, *crowded))
    row = centre.read()
    assert len({one.value for one in row.values}) == TOLD_MAX
    told = [one.author for one in row.values if one.value == HERS]
    assert hers.author in told, "with all the others that say it"
    assert len(row.values) + row.more == 2 * CROWD + 1


def test_what_a_crowding_laptop_sealed_of_a_colleague_is_told_beside_its_own(
    centre: Centre,
) -> None:
    """Her change comes in its batch before it comes in hers: by stick, say."""
    key = centre.key()
    hers = wrote(centre.colleague, key, HERS, 0)
    crowded = crowd(centre.crowding, key, texts())
    centre.take(seal(centre.crowding, hers, *crowded), seal(centre.colleague, hers))
    (told,) = [one for one in centre.read().values if one.value == HERS]
    assert told.author == hers.author


def test_whoever_names_many_people_takes_no_turn_of_another_laptop(centre: Centre) -> None:
    key = centre.key()
    hers = wrote(centre.colleague, key, HERS, 0)
    crowded = [
        wrote(centre.crowding, key, text, at, author=AuthorId(f"{at:032x}"))
        for at, text in enumerate(texts(), 1)
    ]
    centre.take(seal(centre.colleague, hers), seal(centre.crowding, *crowded))
    assert HERS in [one.value for one in centre.read().values]


def test_more_than_one_decision_replaces_hides_nothing_and_is_asked_again(centre: Centre) -> None:
    """Nor when it is the same person, whose other laptop is broken."""
    key, left = centre.key(), 50
    hers = wrote(centre.colleague, key, HERS, 0)
    crowded = [
        wrote(centre.crowding, key, text, at, author=hers.author)
        for at, text in enumerate(texts(BASES_MAX + left), 1)
    ]
    centre.take(seal(centre.colleague, hers), seal(centre.crowding, *crowded))
    row = centre.read()
    assert HERS in [one.value for one in row.values]
    assert len(row.values) + row.more == 1 + len(crowded)
    assert {one.change_id for one in row.values} <= set(row.heads)
    assert (len(row.heads), row.beyond) == (BASES_MAX, 1 + left)

    desk = centre.reader.laptop.desk
    centre.reader.laptop.run(lambda uow: conflicts.settle(uow, desk, key, "Decidido", row.heads))
    again = centre.read()
    assert "Decidido" in [one.value for one in again.values]
    assert (len(again.values) + again.more, again.beyond) == (1 + left + 1, 0)


def test_what_a_decision_replaced_of_a_colleague_is_told_beside_a_crowd(centre: Centre) -> None:
    key = centre.key()
    hers = wrote(centre.colleague, key, HERS, 0)
    crowded = crowd(centre.crowding, key, [*[HERS] * CROWD, *texts()])
    centre.take(seal(centre.colleague, hers), seal(centre.crowding, *crowded))
    laptop, heads = centre.reader.laptop, centre.read().heads
    laptop.run(lambda uow: conflicts.settle(uow, laptop.desk, key, "Decidido", heads))
    (row,) = laptop.run(lambda uow: settled.list_settled(uow, laptop.desk))
    assert len(row.replaced) == TOLD_MAX
    assert HERS in [one.value for one in row.replaced]
    assert row.more == len(texts()) + 1 - TOLD_MAX


def test_what_joined_by_itself_of_a_colleague_is_told_beside_any_crowd(centre: Centre) -> None:
    key = centre.key("names")
    hers = wrote(centre.colleague, key, HERS, 0)
    crowded = crowd(centre.crowding, key, [*[HERS] * CROWD, *texts(BASES_MAX)])
    centre.take(seal(centre.colleague, hers), seal(centre.crowding, *crowded))
    laptop = centre.reader.laptop
    (row,) = laptop.run(lambda uow: joined.list_joined(uow, laptop.desk))
    assert row.value == crowded[-1].value
    assert len(row.others) == TOLD_MAX
    assert HERS in [one.value for one in row.others]
    assert len(row.others) + row.more == len(crowded)
