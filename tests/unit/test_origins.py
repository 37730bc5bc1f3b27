"""Payloads that name what they replace by its place in the log: small, whole, and never believed
further than what is here."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from app.domain.change import Change
from app.domain.errors import DomainError
from app.domain.value import Absent, Value
from app.services.ports import AwaitsEarlier, UnitOfWork
from db.store import memory_store
from sync.envelope import origin_payload
from sync.envelope.origin_payload import (
    KEPT_MAX,
    OriginPayload,
    decode_with_origins,
    encode_with_origins,
)
from sync.envelope.payload import FORMAT, PLAIN, decode_changes, encode_changes, format_of
from sync.envelope.varints import write_varints
from tests.support.centres import REGISTRY, change
from tests.support.logs import hold

FIRST, SECOND = b"\x01" * 32, b"\x02" * 32
TEXT = "Un relato inventado que ya es largo y al que se agrega una frase."
BEFORE: tuple[Value, ...] = (TEXT, "2", 7, ("1", "3"), Absent.UNKNOWN, None, True)


def earlier(number: int, value: Value) -> Change:
    return change(number, value, field=f"case_{number}", record=number)


@pytest.fixture
def unit() -> Iterator[UnitOfWork]:
    store = memory_store(REGISTRY)
    with store.unit() as opened:
        yield opened
    store.close()


@pytest.fixture
def log(unit: UnitOfWork) -> UnitOfWork:
    """Two batches that were seen in the log, and one that was not."""
    hold(
        unit, FIRST, [earlier(number, value) for number, value in enumerate(BEFORE, 1)], position=1
    )
    hold(unit, SECOND, [earlier(20, "más"), earlier(21, "aún más")], position=2)
    hold(unit, b"\x03" * 32, [earlier(30, "en camino")], position=None)
    return unit


def edit(before: Change, value: Value, *others: Change, number: int = 50) -> Change:
    return change(
        number,
        value,
        field=before.field,
        record=int(before.record_id, 16),
        bases=(before.id, *(one.id for one in others)),
    )


def edits() -> list[Change]:
    """One of every kind of value, of both batches, a new field, and one that replaces two."""
    made = [
        edit(earlier(number, value), f"{value}, dicho ahora", number=50 + number)
        for number, value in enumerate(BEFORE, 1)
    ]
    return [
        edit(earlier(1, TEXT), TEXT + " Otra frase.", number=49),
        *made,
        change(60, "algo nuevo", field="case_9", record=90),
        edit(earlier(21, "aún más"), 3, made[0], earlier(30, "en camino"), number=61),
    ]


def test_edits_of_the_log_come_out_as_they_went_in(log: UnitOfWork) -> None:
    content = encode_with_origins(REGISTRY, edits(), log.origins)
    assert decode_with_origins(REGISTRY, content, log.origins) == tuple(edits())


def test_neither_record_nor_base_nor_the_text_that_stays_travels(log: UnitOfWork) -> None:
    before = earlier(1, TEXT)
    added = edit(before, TEXT + " Otra frase.")
    content = encode_with_origins(REGISTRY, [added], log.origins)
    assert bytes.fromhex(before.record_id) not in content
    assert before.id not in content
    assert TEXT.encode() not in content
    assert b"Otra frase." in content
    assert len(content) < len(encode_changes(REGISTRY, [added])) - len(TEXT)


def test_a_batch_that_was_not_seen_in_the_log_is_not_named(log: UnitOfWork) -> None:
    content = encode_with_origins(REGISTRY, [edit(earlier(30, "en camino"), "x")], log.origins)
    assert format_of(content).reader == PLAIN
    assert decode_changes(REGISTRY, content)[0].bases == (earlier(30, "en camino").id,)


def test_what_replaces_nothing_travels_in_the_format_that_everybody_reads(log: UnitOfWork) -> None:
    content = encode_with_origins(REGISTRY, [change(1)], log.origins)
    said = format_of(content)
    assert (said.format, said.reader) == (FORMAT, PLAIN)


def test_a_base_of_another_field_gives_no_field(log: UnitOfWork) -> None:
    strange = change(70, "x", field="case_5", record=3, bases=(earlier(1, TEXT).id,))
    content = encode_with_origins(REGISTRY, [strange], log.origins)
    assert decode_changes(REGISTRY, content) == (strange,)


def test_without_the_earlier_batch_it_waits_and_says_for_which(log: UnitOfWork) -> None:
    content = encode_with_origins(REGISTRY, edits(), log.origins)
    store = memory_store(REGISTRY)
    with store.unit() as empty:
        hold(empty, SECOND, [earlier(20, "más"), earlier(21, "aún más")], position=1)
        with pytest.raises(AwaitsEarlier) as waits:
            decode_with_origins(REGISTRY, content, empty.origins)
    store.close()
    assert waits.value.context == FIRST[:16]
    with pytest.raises(AwaitsEarlier):
        decode_with_origins(REGISTRY, content, None)


def test_an_older_program_knows_that_it_cannot_read_it(log: UnitOfWork) -> None:
    content = encode_with_origins(REGISTRY, edits(), log.origins)
    with pytest.raises(DomainError, match="batch_unknown_version"):
        decode_changes(REGISTRY, content)


def test_all_texts_together_take_over_only_so_much(unit: UnitOfWork) -> None:
    long = "x" * (1 << 20)
    count = KEPT_MAX // len(long) + 2
    texts = [earlier(number, long) for number in range(1, count)]
    hold(unit, FIRST, texts, position=1)
    made = [edit(one, long[:-1] + "y", number=80 + at) for at, one in enumerate(texts)]
    content = encode_with_origins(REGISTRY, made, unit.origins)
    assert len(content) < 2 * len(long)
    assert decode_with_origins(REGISTRY, content, unit.origins) == tuple(made)


def lie(**columns: object) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda told: told | columns


LIES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a context twice": lambda told: told | {"contexts": told["contexts"][:16] * 2},
    "a context cut": lambda told: told | {"contexts": told["contexts"][:-1]},
    "a context that nothing names": lambda told: told | {"contexts": told["contexts"] + b"z" * 16},
    "no contexts": lie(contexts=b""),
    "an origin beyond the contexts": lambda told: (
        told | {"origin_of": b"\3" + told["origin_of"][1:]}
    ),
    "an origin less": lambda told: told | {"origin_of": told["origin_of"][:-1]},
    "an origin more": lambda told: told | {"origin_of": told["origin_of"] + b"\0"},
    "no origin at all": lambda told: told | {"origin_of": b"\0" * told["count"]},
    "a place that the batch does not have": lambda told: (
        told | {"origin_place": b"\x7f" + told["origin_place"][1:]}
    ),
    "a place beyond every batch": lambda told: (
        told | {"origin_place": write_varints([2**60]) + told["origin_place"][1:]}
    ),
    "a place beyond every number": lambda told: (
        told | {"origin_place": write_varints([2**64 - 1]) + told["origin_place"][1:]}
    ),
    "a place less": lambda told: told | {"origin_place": told["origin_place"][1:]},
    "a place more": lambda told: told | {"origin_place": told["origin_place"] + b"\0"},
    "more kept than there is": lambda told: told | {"kept": b"\x7f" + told["kept"][1:]},
    "kept of no text": lambda told: told | {"kept": told["kept"][:3] + b"\1" + told["kept"][4:]},
    "kept without end": lambda told: (
        told | {"kept": write_varints([KEPT_MAX + 1]) + told["kept"][1:]}
    ),
    "kept less": lambda told: told | {"kept": told["kept"][1:]},
    "kept more": lambda told: told | {"kept": told["kept"] + b"\0"},
    "records more": lambda told: told | {"records": told["records"] + b"r" * 16},
    "records less": lie(records=b""),
    "record references more": lambda told: told | {"record_of": told["record_of"] + b"\0"},
    "fields more": lambda told: told | {"field_of": told["field_of"] + b"\0"},
    "bases more": lambda told: told | {"base_counts": told["base_counts"] + b"\0"},
    "base ids more": lambda told: told | {"base_ids": told["base_ids"] + b"b" * 16},
    "values less": lambda told: told | {"values": told["values"][1:]},
}


@pytest.mark.parametrize("name", LIES)
def test_no_lie_of_a_column_is_believed(log: UnitOfWork, name: str) -> None:
    content = encode_with_origins(REGISTRY, edits(), log.origins)
    told = msgspec.structs.asdict(msgspec.msgpack.decode(content, type=OriginPayload))
    lying = OriginPayload(**LIES[name](told))
    assert msgspec.structs.asdict(lying) != told
    with pytest.raises(DomainError, match="batch_malformed"):
        decode_with_origins(REGISTRY, msgspec.msgpack.encode(lying), log.origins)


def told_of(content: bytes, **columns: Any) -> bytes:
    """Return a payload with these columns in place of its own."""
    told = msgspec.msgpack.decode(content, type=OriginPayload)
    return msgspec.msgpack.encode(msgspec.structs.replace(told, **columns))


def test_a_context_that_stands_twice_is_refused_also_where_one_is_named(log: UnitOfWork) -> None:
    made = [edit(earlier(1, TEXT), "otro"), edit(earlier(2, "2"), "otro", number=51)]
    content = encode_with_origins(REGISTRY, made, log.origins)
    contexts = msgspec.msgpack.decode(content, type=OriginPayload).contexts
    assert decode_with_origins(REGISTRY, told_of(content, contexts=contexts), log.origins)
    with pytest.raises(DomainError, match="batch_malformed"):
        decode_with_origins(REGISTRY, told_of(content, contexts=contexts * 2), log.origins)


def test_what_is_kept_of_one_text_again_and_again_is_counted_each_time(unit: UnitOfWork) -> None:
    """A small batch that grows to any size. Control: as much as may be is read."""
    long = "x" * (1 << 20)
    before = earlier(1, long)
    hold(unit, FIRST, [before], position=1)
    for count, is_read in ((KEPT_MAX // len(long), True), (KEPT_MAX // len(long) + 1, False)):
        made = [edit(before, f"{at}", number=80 + at) for at in range(count)]
        content = told_of(
            encode_with_origins(REGISTRY, made, unit.origins),
            kept=write_varints([len(long)] * count),
            values=("",) * count,
        )
        if is_read:
            assert len(decode_with_origins(REGISTRY, content, unit.origins)) == count
            continue
        with pytest.raises(DomainError, match="batch_malformed"):
            decode_with_origins(REGISTRY, content, unit.origins)


def test_values_that_weigh_too_much_are_neither_named_nor_read(
    log: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = encode_with_origins(REGISTRY, edits(), log.origins)
    assert decode_with_origins(REGISTRY, content, log.origins), "the control"
    monkeypatch.setattr(origin_payload, "ORIGINS_MAX", 80)
    with pytest.raises(DomainError, match="batch_over_limit"):
        encode_with_origins(REGISTRY, edits(), log.origins)
    with pytest.raises(DomainError, match="batch_malformed"):
        decode_with_origins(REGISTRY, content, log.origins)


def test_a_text_is_no_longer_than_any_other_by_what_it_keeps(unit: UnitOfWork) -> None:
    before = earlier(1, "x" * (1 << 19))
    hold(unit, FIRST, [before], position=1)
    made = edit(before, "x" * (1 << 19) + "y" * (1 << 19))
    content = encode_with_origins(REGISTRY, [made], unit.origins)
    assert decode_with_origins(REGISTRY, content, unit.origins) == (made,), "the control"
    with pytest.raises(DomainError, match="batch_malformed"):
        longer = told_of(content, values=("y" * ((1 << 19) + 1),))
        decode_with_origins(REGISTRY, longer, unit.origins)


def test_a_value_that_is_no_text_keeps_nothing(log: UnitOfWork) -> None:
    content = encode_with_origins(REGISTRY, [edit(earlier(1, TEXT), 5)], log.origins)
    told = msgspec.structs.asdict(msgspec.msgpack.decode(content, type=OriginPayload))
    lying = msgspec.msgpack.encode(OriginPayload(**(told | {"kept": b"\4"})))
    with pytest.raises(DomainError, match="batch_malformed"):
        decode_with_origins(REGISTRY, lying, log.origins)


def test_every_altered_byte_and_every_cut_ends_in_a_reason(log: UnitOfWork) -> None:
    content = encode_with_origins(REGISTRY, edits(), log.origins)
    altered = (
        content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]
        for at, bits in itertools.product(range(len(content)), (0x01, 0x80, 0xFF))
    )
    reasons = set()
    for one in itertools.chain(altered, (content[:at] for at in range(len(content)))):
        try:
            decode_with_origins(REGISTRY, one, log.origins)
        except DomainError as refused:
            reasons.add(refused.message_id)
    assert reasons <= {"batch_malformed", "batch_unknown_version", "batch_awaits_earlier"}
    assert len(reasons) == 3


def test_the_places_of_a_file_of_before_are_found_once_they_are_noted(log: UnitOfWork) -> None:
    assert list(log.origins.unplaced()) == []
    log.origins.note_places(FIRST, [earlier(1, TEXT).id])
    assert log.origins.changes_at(FIRST[:16], [0]) == {0: earlier(1, TEXT)}
    assert log.origins.changes_at(FIRST[:16], [0, 99]) == {0: earlier(1, TEXT)}
    assert log.origins.changes_at(b"\x09" * 16, [0]) is None
