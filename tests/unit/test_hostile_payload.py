"""Payloads whose columns do not fit each other: what is sealed with real keys may be anything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from msgspec.msgpack import Ext

from app.domain.change import ChangeId
from app.domain.errors import DomainError
from app.domain.registry import FIELD_NUMBER_MAX, KIND_NUMBER_MAX
from app.services.ports import AuditHead
from sync.envelope.audit_column import head_of, with_head
from sync.envelope.columns import steps
from sync.envelope.payload import (
    BASES_MAX,
    CHANGES_MAX,
    Payload,
    decode_changes,
    encode_changes,
)
from sync.envelope.varints import write_varints
from sync.envelope.wire_values import CODES_MAX, DIGITS_MAX, TEXT_LENGTH_MAX, TEXTS_MAX
from tests.support import centres

FIRST = centres.change(1, "uno")
CHANGES = (
    FIRST,
    centres.change(2, "dos", bases=(FIRST.id,)),
    centres.change(3, 5, field="case_2", record=2, bases=(ChangeId(b"e" * 16),)),
    centres.change(4, True, kind="survivor", field="person_1", record=3),
)
CONTENT = encode_changes(centres.REGISTRY, CHANGES)
TRUE = msgspec.msgpack.decode(CONTENT, type=Payload)


def lying(**columns: Any) -> bytes:
    """Return the payload with these columns in place of the true ones."""
    return msgspec.msgpack.encode(msgspec.structs.replace(TRUE, **columns))


def refusal(content: bytes) -> str:
    with pytest.raises(DomainError) as refused:
        decode_changes(centres.REGISTRY, content)
    return refused.value.message_id


def test_the_true_columns_are_read() -> None:
    """(control of what follows)"""
    assert decode_changes(centres.REGISTRY, lying()) == CHANGES


LIES: dict[str, dict[str, Any]] = {
    "a change more": {"count": 5},
    "a change less": {"count": 3},
    "a value less": {"values": TRUE.values[:-1]},
    "a value more": {"values": (*TRUE.values, "más")},
    "a field that nobody has": {"field_of": b"\0\0\0\0"},
    "a field that is not there": {"field_of": b"\0\0\1\3"},
    "fields twice": {"field_kinds": b"\1\1\2", "field_numbers": steps([1, 1, 1])},
    "fields that fall": {"field_kinds": b"\2\1\1", "field_numbers": steps([1, 1, 2])},
    "a kind out of the registry": {
        "field_kinds": write_varints([1, 1, KIND_NUMBER_MAX + 1]),
    },
    "a field out of the registry": {
        "field_numbers": steps([1, 2, FIELD_NUMBER_MAX + 1]),
    },
    "a field below the registry": {"field_numbers": steps([-1, 2, 1])},
    "more kinds than there can be": {"field_kinds": bytes(41)},
    "a record before the first": {"record_of": b"\1\1\0\0"},
    "a record of none": {"records": TRUE.records[:32]},
    "a record of no change": {"records": bytes(64)},
    "records cut": {"records": TRUE.records[:-1]},
    "a session cut": {"sessions": TRUE.sessions[:-1]},
    "more sessions than changes": {"sessions": TRUE.sessions * 5},
    "a session that is not there": {"session_of": b"\0\0\0\1"},
    "an author cut": {"authors": TRUE.authors[:-1]},
    "an author that is not there": {"author_of": b"\0\0\0\1"},
    "a clock before all time": {"wall_steps": steps([-1, 0, 0, 0])},
    "a clock behind all time": {"wall_steps": steps([2**62, 0, 0, 0])},
    "a counter below none": {"counter_steps": steps([-1, 0, 0, 0])},
    "more bases than there may be": {"base_counts": write_varints([0, 1, BASES_MAX, 0])},
    "one base again and again": {
        "base_counts": write_varints([0, BASES_MAX + 1, 0, 0]),
        "base_of": b"\1" * (BASES_MAX + 1),
        "base_ids": b"",
    },
    "too many bytes of bases": {"base_of": bytes(10 * BASES_MAX + 1)},
    "a base before the first": {"base_of": b"\2\0"},
    "a base less": {"base_of": b"\1"},
    "a base of no change": {"base_of": b"\1\0\1"},
    "an id less": {"base_ids": b""},
    "an id of no base": {"base_ids": TRUE.base_ids * 2},
    "an id cut": {"base_ids": TRUE.base_ids[:-1]},
    "a column cut": {"session_of": b"\0\0\0"},
    "a number written long": {"session_of": b"\0\0\0\x80\0"},
    "an extension of nobody": {"values": ("uno", "dos", Ext(9, b""), True)},
    "an absence of nobody": {"values": ("uno", "dos", Ext(1, b"\x09"), True)},
    "a number that is small": {"values": ("uno", "dos", Ext(2, b"5"), True)},
    "a number written otherwise": {"values": ("uno", "dos", Ext(2, b"+" + b"9" * 30), True)},
    "a number of too many digits": {"values": ("uno", "dos", Ext(2, b"9" * 4001), True)},
    "a text too long": {"values": ("x" * (TEXT_LENGTH_MAX + 1), "dos", 5, True)},
    "codes too many": {"values": ("uno", "dos", ("",) * (CODES_MAX + 1), True)},
}


@pytest.mark.parametrize("name", LIES)
def test_no_lie_of_a_column_is_believed(name: str) -> None:
    assert refusal(lying(**LIES[name])) == "batch_malformed"


def test_codes_of_all_sets_together_are_counted_before_they_are_read() -> None:
    """Control: as many as may be are read."""
    many = tuple(tuple("" for _ in range(TEXTS_MAX // 20)) for _ in range(20))
    changes = [centres.change(1 + at, "uno") for at in range(21)]
    true = msgspec.msgpack.decode(encode_changes(centres.REGISTRY, changes), type=Payload)

    def held(*values: Any) -> bytes:
        return msgspec.msgpack.encode(msgspec.structs.replace(true, values=values))

    assert len(decode_changes(centres.REGISTRY, held(*many, ()))) == 21
    assert refusal(held(*many, ("",))) == "batch_malformed"


def test_what_only_a_later_reader_reads_is_said_to_be_newer() -> None:
    assert refusal(lying(reader=2)) == "batch_unknown_version"
    for content in (b"", b"\x90", b"\x92\x00\x01", b"\xc0"):
        assert refusal(content) == "batch_malformed"


def test_a_head_of_the_audit_that_only_a_later_reader_finds_is_left_alone() -> None:
    """Control: behind a layout that is known it is found."""
    head = AuditHead(7, b"h" * 32)
    told = with_head(CONTENT, head)
    assert head_of(told) == head
    assert head_of(CONTENT) is None
    format_, _, *columns = msgspec.msgpack.decode(told)
    assert head_of(msgspec.msgpack.encode([format_, 9, *columns])) is None


def many_bases() -> tuple[ChangeId, ...]:
    return tuple(ChangeId(at.to_bytes(16, "big")) for at in range(BASES_MAX + 1))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (list, "batch_empty"),
        (lambda: [FIRST] * (CHANGES_MAX + 1), "batch_over_limit"),
        (lambda: [centres.change(1, "uno", bases=many_bases())], "batch_over_limit"),
        (lambda: [centres.change(1, "x" * (TEXT_LENGTH_MAX + 1))], "batch_over_limit"),
        (lambda: [centres.change(1, ("a",) * (CODES_MAX + 1))], "batch_over_limit"),
        (lambda: [centres.change(1, 10**DIGITS_MAX)], "batch_over_limit"),
        (
            lambda: [
                centres.change(at, tuple(f"{code:05}" for code in range(CODES_MAX)))
                for at in range(1, TEXTS_MAX // CODES_MAX + 2)
            ],
            "batch_over_limit",
        ),
    ],
    ids=[
        "none",
        "many",
        "many bases",
        "a long text",
        "many codes",
        "many digits",
        "many codes together",
    ],
)
def test_what_no_reader_would_take_is_never_made(changes: Callable[[], Any], why: str) -> None:
    with pytest.raises(DomainError) as refused:
        encode_changes(centres.REGISTRY, changes())
    assert refused.value.message_id == why
