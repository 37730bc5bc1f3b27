"""Laws of format 2: whatever replaces what of the log comes out as it went in, and whatever comes
in is opened or refused by name."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.change import Change
from app.domain.errors import DomainError
from app.domain.value import Value
from app.services.ports import UnitOfWork
from db.store import memory_store
from sync.envelope.origin_payload import (
    decode_with_origins,
    encode_with_origins,
)
from sync.envelope.wire_values import to_wire
from tests.support.centres import REGISTRY, change
from tests.support.logs import hold

texts = st.text(st.sampled_from("aábñ\U0001f33f "), max_size=60)
values: st.SearchStrategy[Value] = st.one_of(texts, st.integers(), st.none(), st.booleans())
PLACES = [(batch, place) for batch in range(3) for place in range(6)]
BEFORE: dict[tuple[int, int], Change] = {
    (batch, place): change(
        10 * batch + place + 1,
        ("texto de antes que queda al comienzo " * 3)[: 20 * place],
        field=f"case_{place + 1}",
        record=batch + 1,
    )
    for batch, place in PLACES
}


@pytest.fixture(scope="module")
def log() -> Iterator[UnitOfWork]:
    store = memory_store(REGISTRY)
    with store.unit() as unit:
        for batch in range(3):
            # Neither in the order of the places nor all at once.
            unit.changes.append([BEFORE[batch, place] for place in (4, 1)], is_own=False)
            held = [BEFORE[batch, place] for place in range(6)]
            hold(unit, bytes([batch + 1]) * 32, held, position=batch + 1)
        yield unit
    store.close()


@st.composite
def some_edits(draw: st.DrawFn) -> list[Change]:
    made: list[Change] = []
    for number in range(draw(st.integers(1, 10))):
        origin = BEFORE[draw(st.sampled_from(PLACES))]
        others = draw(st.lists(st.sampled_from([*BEFORE.values(), *made]), max_size=2))
        is_edit = draw(st.booleans())
        value = draw(values)
        if isinstance(origin.value, str) and draw(st.booleans()):
            value = origin.value[: draw(st.integers(0, 60))] + draw(texts)
        made.append(
            change(
                100 + number,
                value,
                field=origin.field,
                record=int(origin.record_id, 16),
                bases=tuple(one.id for one in ([origin] if is_edit else []) + others),
            )
        )
    return made


@given(made=some_edits())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_goes_in_comes_out(log: UnitOfWork, made: list[Change]) -> None:
    content = encode_with_origins(REGISTRY, made, log.origins)
    assert decode_with_origins(REGISTRY, content, log.origins) == tuple(made)


@given(
    count=st.integers(1, 6),
    columns=st.lists(st.binary(max_size=40), min_size=14, max_size=14),
    told=st.lists(st.one_of(values.map(to_wire), st.lists(texts, max_size=3)), max_size=6),
    contexts=st.lists(st.sampled_from([1, 2, 3, 9]).map(lambda n: bytes([n]) * 16), max_size=3),
    named=st.lists(st.binary(max_size=8), min_size=3, max_size=3),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_invented_columns_open_or_are_refused_by_name(
    log: UnitOfWork,
    count: int,
    columns: list[bytes],
    told: list[object],
    contexts: list[bytes],
    named: list[bytes],
) -> None:
    content = msgspec.msgpack.encode([2, 2, count, *columns, told, b"".join(contexts), *named])
    try:
        decode_with_origins(REGISTRY, content, log.origins)
    except DomainError as refused:
        assert refused.message_id in {"batch_malformed", "batch_awaits_earlier"}


@given(st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_column_of_a_true_payload_exchanged_is_refused_or_says_something_else(
    log: UnitOfWork, data: st.DataObject
) -> None:
    made = data.draw(some_edits())
    content = encode_with_origins(REGISTRY, made, log.origins)
    told = msgspec.msgpack.decode(content, type=list[object])
    at = data.draw(st.integers(3, len(told) - 1))
    if isinstance(told[at], bytes):
        told[at] = data.draw(st.binary(max_size=24))
    try:
        decode_with_origins(REGISTRY, msgspec.msgpack.encode(told), log.origins)
    except DomainError as refused:
        assert refused.message_id in {"batch_malformed", "batch_awaits_earlier"}
