"""Paper sheets: any two open, one opens nothing, and a typing error is named by its row."""

from __future__ import annotations

import itertools
import random
import secrets

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from app.crypto.recipient import RecipientKey
from app.crypto.secret import SecretKey
from app.crypto.sheets import PART_BYTES, Sheet, SheetKind, joined, new_sheets
from app.domain.errors import DomainError
from app.domain.sheet_rows import CONTENT_BYTES, ROWS, read_row, read_rows, write_name, write_rows

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOKS_ALIKE = {"O": "0", "I": "1", "L": "1"}


def a_set(kind: SheetKind = SheetKind.CENTRE, seed: int = 1) -> tuple[SecretKey, tuple[Sheet, ...]]:
    return new_sheets(kind, random.Random(seed).randbytes)


def of_parts(drawn: list[bytes]) -> tuple[SecretKey, tuple[Sheet, ...]]:
    left = iter(drawn)
    return new_sheets(SheetKind.CENTRE, lambda _: next(left))


def bare(row: str) -> str:
    return row.replace(" ", "").replace("·", "")


def refusal(place: int, row: str) -> DomainError | None:
    try:
        read_row(place, row)
    except DomainError as found:
        return found
    return None


@pytest.mark.parametrize("length", [CONTENT_BYTES - 1, CONTENT_BYTES + 1])
def test_a_sheet_of_another_length_is_not_written(length: int) -> None:
    with pytest.raises(ValueError, match="a sheet holds"):
        write_rows(bytes(length))


def test_a_set_of_another_length_has_no_name() -> None:
    for length in (4, 6):
        with pytest.raises(ValueError, match="a set is named by"):
            write_name(bytes(length))


@pytest.mark.parametrize("kind", SheetKind)
def test_every_two_sheets_open_in_either_order_and_as_they_were_typed(kind: SheetKind) -> None:
    """(K7)"""
    secret, sheets = new_sheets(kind, secrets.token_bytes)
    for one, other in itertools.permutations(sheets, 2):
        typed = [Sheet.typed(sheet.rows()) for sheet in (one, other)]
        assert joined(*typed) == secret


def test_the_secret_is_what_the_manual_says_to_compute_without_this_program() -> None:
    secret, (first, second, _) = a_set()
    parts = first.parts[0] + first.parts[1] + second.parts[1]
    hkdf = HKDF(hashes.SHA256(), 32, bytes(32), b"qispi/v1/sheets/centre")
    assert secret.reveal() == hkdf.derive(parts)


def test_one_sheet_lacks_a_whole_part_of_the_secret() -> None:
    """Of all that stands on it the third part is no function: another one gives another secret.
    (K7)"""
    for number in range(1, 4):
        drawn = [secrets.token_bytes(size) for size in (5, PART_BYTES, PART_BYTES, PART_BYTES)]
        lacking = {1: 3, 2: 1, 3: 2}[number]
        other = list(drawn)
        other[lacking] = secrets.token_bytes(PART_BYTES)
        (one, sheets), (another, changed) = (of_parts(row) for row in (drawn, other))
        assert sheets[number - 1] == changed[number - 1]
        assert one != another
        assert RecipientKey(one).public != RecipientKey(another).public


def test_one_sheet_twice_or_sheets_of_two_sets_are_told_apart() -> None:
    """(K7)"""
    _, (first, second, third) = a_set(seed=1)
    _, (strange, _, _) = a_set(seed=2)
    _, (of_root, _, _) = a_set(SheetKind.ROOT, seed=1)
    for one, other, why in (
        (first, first, "sheets_same"),
        (strange, second, "sheets_apart"),
        (of_root, second, "sheets_apart"),
        (Sheet(first.kind, first.set_id, 1, third.parts), first, "sheets_apart"),
        (
            Sheet(first.kind, first.set_id, 1, (first.parts[0], third.parts[0])),
            second,
            "sheets_apart",
        ),
    ):
        with pytest.raises(DomainError, match=why):
            joined(one, other)


def test_a_sheet_shows_nothing_of_its_parts_where_it_is_printed_by_mistake() -> None:
    _, sheets = a_set()
    for sheet in sheets:
        assert not any(part.hex() in f"{sheet!r} {sheet}" for part in sheet.parts)


@pytest.mark.parametrize(
    ("front", "why"),
    [
        (bytes([2, 1, 1]), "sheet_newer"),
        (bytes([0, 1, 1]), "sheet_unknown"),
        (bytes([1, 9, 1]), "sheet_unknown"),
        (bytes([1, 1, 0]), "sheet_unknown"),
        (bytes([1, 1, 4]), "sheet_unknown"),
    ],
)
def test_what_is_no_sheet_of_this_program_is_said_to_be_none(front: bytes, why: str) -> None:
    rows = write_rows(front + bytes(CONTENT_BYTES - len(front)))
    with pytest.raises(DomainError, match=why):
        Sheet.typed(rows)


@given(st.binary(min_size=CONTENT_BYTES, max_size=CONTENT_BYTES), st.data())
def test_rows_are_read_however_they_are_spaced_and_with_letters_that_look_like_figures(
    content: bytes, data: st.DataObject
) -> None:
    typed = []
    for row in write_rows(content):
        signs = bare(row)
        for letter, figure in LOOKS_ALIKE.items():
            if data.draw(st.booleans()):
                signs = signs.replace(figure, letter)
        if data.draw(st.booleans()):
            signs = signs.lower()
        gap = data.draw(st.sampled_from(["", " ", "-", "\u00a0", " – ", "\t"]))
        typed.append(gap.join(signs))
    assert read_rows(typed) == content


def test_every_letter_mistyped_and_every_two_swapped_are_named_by_their_row() -> None:
    """All of them, on the rows of three sheets: not one goes through. (K7)"""
    tried = 0
    _, sheets = new_sheets(SheetKind.CENTRE, secrets.token_bytes)
    for sheet in sheets:
        for place, row in enumerate(sheet.rows(), 1):
            signs = bare(row)
            wrong = [
                signs[:at] + sign + signs[at + 1 :]
                for at, right in enumerate(signs)
                for sign in (ALPHABET if at < 16 else ALPHABET[:10])
                if sign != right
            ]
            wrong += [
                signs[:at] + signs[at + 1] + signs[at] + signs[at + 2 :]
                for at in range(len(signs) - 1)
                if signs[at] != signs[at + 1]
            ]
            for one in wrong:
                found = refusal(place, one)
                # A letter swapped with the first figure may leave a sign that no figure is.
                assert found is not None, f"{signs} typed as {one}"
                assert found.parameters["row"] == place
            tried += len(wrong)
    assert tried > 15 * 500


def test_a_row_in_another_s_place_is_named() -> None:
    """(K7)"""
    _, (sheet, *_) = a_set()
    rows = sheet.rows()
    for one, other in itertools.combinations(range(ROWS), 2):
        swapped = list(rows)
        swapped[one], swapped[other] = rows[other], rows[one]
        with pytest.raises(DomainError, match="sheet_row_wrong") as found:
            read_rows(swapped)
        assert found.value.parameters["row"] == one + 1


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "sheet_row_length"),
        ("0000 0000 0000 000 · 01", "sheet_row_length"),
        ("0000 0000 0000 0000 · 001", "sheet_row_length"),
        ("0000 0000 0000 000U · 01", "sheet_row_sign"),
        ("0000 0000 0000 000ñ · 01", "sheet_row_sign"),
        ("0000 0000 0000 000٣ · 01", "sheet_row_sign"),
        ("0000 0000 0000 0000 · 0A", "sheet_row_sign"),
        ("0000 0000 0000 0000 · 02", "sheet_row_wrong"),
    ],
)
def test_what_is_no_row_says_why(typed: str, why: str) -> None:
    """(K7) Control: the same row, rightly typed, is read."""
    with pytest.raises(DomainError, match=why):
        read_row(1, typed)
    assert read_row(1, "oooo OOOO 0000 0000 · 01") == bytes(10)


@given(st.lists(st.text(max_size=40), max_size=7))
def test_any_text_is_read_or_refused_in_words(typed: list[str]) -> None:
    try:
        assert len(read_rows(typed)) == CONTENT_BYTES
    except DomainError as refused:
        assert refused.message_id.startswith("sheet_row")
