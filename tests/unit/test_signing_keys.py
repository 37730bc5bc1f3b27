"""Whose signature counts: the entries present the keys, by keys that count already (A1)."""

from __future__ import annotations

import pytest

from app.domain.signing_keys import (
    BY_COPY,
    BY_SHEETS,
    UNPRESENTED,
    KeysSeen,
    SignedEntry,
    key_said,
    keys_after,
)

ROSA, ANA, EVA = "a" * 32, "b" * 32, "c" * 32
ROSAS, ANAS, ANAS_NEW, FORGED = b"R" * 32, b"A" * 32, b"N" * 32, b"F" * 32

Row = tuple[str, bytes, str, str, str]


def with_key(key: bytes, before: str = "") -> str:
    return f"{before} key={key.hex()}".strip()


BEGUN: tuple[Row, ...] = (
    (ROSA, ROSAS, "edit", ROSA, "person.name"),
    (ROSA, ROSAS, "keys_presented", "", ""),
)
ANA_COMES: Row = (ROSA, ROSAS, "person_added", ANA, with_key(ANAS, "psicologia,coordinacion"))
ANA_WORKS: Row = (ANA, ANAS, "view", "c1", "")
NEW_WORDS: Row = (ROSA, ROSAS, "words_given", ANA, with_key(ANAS_NEW))


def seen(*rows: Row) -> KeysSeen:
    now = KeysSeen()
    for number, (person, key, action, about, detail) in enumerate(rows, 1):
        now = keys_after(now, SignedEntry(number, person, action, about, detail, key))
    return now


def told(*rows: Row) -> list[tuple[str, int, str, int]]:
    return [(one.person, one.number, one.how, one.entries) for one in seen(*rows).found]


def test_a_key_counts_behind_the_entry_that_presents_it() -> None:
    assert told(*BEGUN, ANA_COMES, ANA_WORKS) == []
    assert seen(*BEGUN, ANA_COMES, ANA_WORKS).before == 0


def test_a_key_that_nobody_presented_is_told_with_where_it_begins_and_how_often() -> None:
    forged = (ANA, FORGED, "view", "c1", "")
    rows = (*BEGUN, ANA_COMES, ANA_WORKS, forged, ANA_WORKS, forged)
    assert told(*rows) == [(ANA, 5, UNPRESENTED, 2)]
    assert seen(*rows).doubtful == 2


def test_a_key_before_the_entry_that_presents_it_is_told() -> None:
    assert told(*BEGUN, ANA_WORKS, ANA_COMES, ANA_WORKS) == [(ANA, 3, UNPRESENTED, 1)]


def test_a_key_that_counts_for_nothing_presents_nobody() -> None:
    presents = (ANA, FORGED, "person_added", EVA, with_key(b"E" * 32))
    work = (EVA, b"E" * 32, "view", "c1", "")
    assert told(*BEGUN, ANA_COMES, presents, work) == [
        (ANA, 4, UNPRESENTED, 1),
        (EVA, 5, UNPRESENTED, 1),
    ]


def test_a_key_presents_nobody_in_another_entry_than_those_for_it() -> None:
    says_it = (ROSA, ROSAS, "edit", ANA, with_key(FORGED))
    assert told(*BEGUN, ANA_COMES, says_it, (ANA, FORGED, "view", "c1", "")) == [
        (ANA, 5, UNPRESENTED, 1)
    ]


def test_words_given_end_the_key_of_before_and_put_back_it_counts_again() -> None:
    new = (ANA, ANAS_NEW, "view", "c1", "")
    given = (*BEGUN, ANA_COMES, ANA_WORKS, NEW_WORDS)
    assert told(*given, new) == []
    assert told(*given, ANA_WORKS) == [(ANA, 6, UNPRESENTED, 1)]
    undone = (*given, (ROSA, ROSAS, "words_not_given", ANA, ""))
    assert told(*undone, ANA_WORKS) == []
    assert told(*undone, new) == [(ANA, 7, UNPRESENTED, 1)]


@pytest.mark.parametrize("action", ["person_left", "person_removed", "person_not_added"])
def test_the_key_of_who_left_counts_no_more_until_she_comes_again(action: str) -> None:
    gone = (*BEGUN, ANA_COMES, (ROSA, ROSAS, action, ANA, ""))
    assert told(*gone, ANA_WORKS) == [(ANA, 5, UNPRESENTED, 1)]
    again = (ROSA, ROSAS, "person_added", ANA, with_key(ANAS_NEW))
    assert told(*gone, again, (ANA, ANAS_NEW, "view", "c1", "")) == []


@pytest.mark.parametrize(
    ("action", "how"), [("sheets_opened", BY_SHEETS), ("key_of_copy", BY_COPY)]
)
def test_who_presents_herself_counts_and_is_told_for_ever(action: str, how: str) -> None:
    enters = (ANA, ANAS_NEW, action, "", "")
    own = (ANA, ANAS_NEW, "words_given", ANA, with_key(ANAS_NEW))
    rows = (*BEGUN, ANA_COMES, ANA_WORKS, enters, own)
    assert told(*rows, (ANA, ANAS_NEW, "view", "c1", "")) == [(ANA, 5, how, 1)]
    assert seen(*rows).doubtful == 0
    assert told(*rows, ANA_WORKS)[1:] == [(ANA, 7, UNPRESENTED, 1)], "her words of before ended"


def test_keys_of_before_they_were_presented_count_as_before_and_are_counted() -> None:
    old = ((ROSA, ROSAS, "unlock", "", ""), ANA_WORKS, (ROSA, ROSAS, "person_added", EVA, "legal"))
    undone = (ROSA, ROSAS, "words_not_given", ANA, "")
    rows = (*old, undone, *BEGUN[1:], ANA_WORKS)
    assert (told(*rows), seen(*rows).before) == ([], 1)
    evas = (EVA, b"E" * 32, "unlock", "", "")
    assert (told(*rows, evas), seen(*rows, evas).before) == ([], 2)
    assert told(*rows, evas, (EVA, FORGED, "view", "c1", "")) == [(EVA, 8, UNPRESENTED, 1)]


def test_words_taken_back_from_who_had_not_signed_yet_leave_her_the_key_of_before() -> None:
    """Control: the key that was taken back counts for nothing."""
    came = ((ROSA, ROSAS, "unlock", "", ""), (ROSA, ROSAS, "person_added", ANA, "legal"))
    undone = (ROSA, ROSAS, "words_not_given", ANA, "")
    rows = (*came, *BEGUN[1:], NEW_WORDS, undone)
    assert (told(*rows, ANA_WORKS), seen(*rows, ANA_WORKS).before) == ([], 1)
    new = (ANA, ANAS_NEW, "view", "c1", "")
    assert told(*rows, ANA_WORKS, new) == [(ANA, 7, UNPRESENTED, 1)]


def test_from_there_on_nobody_is_presented_without_a_key() -> None:
    came = (ROSA, ROSAS, "person_added", ANA, "psicologia")
    assert told(*BEGUN, came, ANA_WORKS) == [(ANA, 4, UNPRESENTED, 1)]


def test_a_second_beginning_changes_nothing() -> None:
    forged = (ANA, FORGED, "keys_presented", "", "")
    assert told(*BEGUN, ANA_COMES, forged, (ANA, FORGED, "view", "", "")) == [
        (ANA, 4, UNPRESENTED, 2)
    ]


def test_a_detail_is_read_without_its_key() -> None:
    assert key_said(with_key(ANAS, "legal")) == ("legal", ANAS)
    assert key_said(with_key(ANAS)) == ("", ANAS)
    for other in ("", "legal", "rows=12", f"key={'z' * 64}", f"monkey={ANAS.hex()}"):
        assert key_said(other) == (other, b"")
