"""Columns that do not fit: each is refused before anything is made of it."""

from __future__ import annotations

import pytest

from sync.envelope import columns, varints


def test_what_fits_is_read() -> None:
    """(control of what follows)"""
    ids = [bytes([one]) * 16 for one in (1, 2)]
    assert columns.from_bytes_apart(columns.by_byte(ids), 2) == ids
    assert columns.split(b"".join(ids), 16, 2) == ids
    assert columns.numbers(b"\x01\x02", 2) == [1, 2]
    columns.all_in([0, 1], 2)


@pytest.mark.parametrize("length", [15, 17, 48])
def test_a_table_that_is_cut_off_or_too_long_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="table cut off, or too long"):
        columns.from_bytes_apart(bytes(length), 2)
    with pytest.raises(ValueError, match="table cut off, or too long"):
        columns.split(bytes(length), 16, 2)


@pytest.mark.parametrize("content", [b"\x01", b"\x01\x02\x03", b"\x81\x01", bytes(21)])
def test_a_column_of_another_length_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="a column of another length"):
        columns.numbers(content, 2)


def test_a_place_that_no_table_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no such entry"):
        columns.all_in([0, 2], 2)


def test_a_column_ends_where_it_must() -> None:
    with pytest.raises(ValueError, match="too short"):
        columns.next_of(iter(()))
    with pytest.raises(ValueError, match="too long"):
        columns.end(iter([1]))
    columns.end(iter(()))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff" * 10 + b"\x01", "number too long"),
        (b"\xff" * 9 + b"\x02", "number out of range"),
        (b"\x80\x00", "number out of range"),
        (b"\x05\x80", "number cut off"),
    ],
)
def test_a_number_is_written_in_one_way_alone(content: bytes, why: str) -> None:
    assert varints.varint_list(b"\xff" * 9 + b"\x01") == [2**64 - 1], "the control"
    with pytest.raises(ValueError, match=why):
        varints.varint_list(content)
