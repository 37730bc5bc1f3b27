"""The readers of catalogues: PO and MO agree, and no damage gets through as anything but a fault."""

from __future__ import annotations

import gettext
import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalogue_files import (
    MAX_BYTES,
    Catalogue,
    CatalogueError,
    Entry,
    read_mo,
    read_po,
    read_review,
    seal,
    write_mo,
)
from tests.locales.catalogue_lint import TRANSLATED, catalogue_text

each_language = pytest.mark.parametrize("code", TRANSLATED)

words = st.text(st.characters(codec="utf-8", exclude_characters="\0\4\r"), min_size=1, max_size=12)
reviews = st.sampled_from(["none", "draft", "speaker", "approved", "stale"])


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    context, source = draw(st.none() | words), draw(words)
    plural = draw(st.none() | words)
    forms = draw(st.tuples(*[words | st.just("")] * (1 if plural is None else 2)))
    said = draw(reviews)
    review = {"status": "approved" if said == "stale" else said}
    if said != "stale":
        review["h"] = seal((context, source), forms)
    return Entry(context, source, plural, forms, {} if said == "none" else review)


@each_language
def test_a_wheel_answers_like_a_checkout(code: str) -> None:
    found = read_po(catalogue_text(code))
    of_wheel = read_mo(write_mo(found, code))

    assert of_wheel == Catalogue.of(found)
    assert of_wheel.total == len(found)


@each_language
def test_the_compiled_catalogue_is_read_by_the_gettext_of_python(code: str) -> None:
    found = read_po(catalogue_text(code))
    theirs = gettext.GNUTranslations(io.BytesIO(write_mo(found, code)))
    asked = 0
    for one in found:
        if not one.is_translated:
            continue
        asked += 1
        if one.plural is not None:
            said = [theirs.ngettext(one.source, one.plural, n) for n in (1, 2)]
        elif one.context is not None:
            said = [theirs.pgettext(one.context, one.source)]
        else:
            said = [theirs.gettext(one.source)]
        assert tuple(said) == one.forms

    assert asked


@given(st.lists(entries(), max_size=6, unique_by=lambda one: one.key))
def test_what_is_compiled_is_read_back(found: list[Entry]) -> None:
    assert read_mo(write_mo(found, "agr")) == Catalogue.of(found)


@given(st.binary(max_size=400))
def test_no_bytes_do_more_than_fail(content: bytes) -> None:
    head = struct.pack("<2I", 0x950412DE, 0)
    for damaged in (content, head + content):
        try:
            read_mo(damaged)
        except CatalogueError:
            continue


@given(st.data())
def test_a_damaged_compiled_catalogue_fails_or_answers_in_texts(data: st.DataObject) -> None:
    content = bytearray(write_mo(data.draw(st.lists(entries(), min_size=1, max_size=4)), "quy"))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)))
    for damaged in (bytes(content), bytes(content[:cut])):
        try:
            catalogue = read_mo(damaged)
        except CatalogueError:
            continue
        assert all(isinstance(form, str) for forms in catalogue.forms.values() for form in forms)


lines = st.sampled_from([
    'msgid "a"', 'msgid ""', 'msgid_plural "b"', 'msgctxt "consent"', 'msgstr "c"',
    'msgstr[0] "d"', 'msgstr[1] "e"', '"more\\n"', '"open', "#, fuzzy", "#~ msgid", "",
    "# @review status=approved h=00000000", "msg", 'msgid "\\', "\ufeff",
])  # fmt: skip


@given(st.lists(lines | st.text(max_size=20), max_size=12))
def test_no_text_does_more_than_fail(found: list[str]) -> None:
    try:
        read = read_po("\n".join(found))
    except CatalogueError as fault:
        assert "line" in str(fault)
        return
    assert all(one.source for one in read)


def test_a_catalogue_over_the_limit_is_refused_unread() -> None:
    with pytest.raises(CatalogueError, match="8 MB"):
        read_po("#" * (MAX_BYTES + 1))
    with pytest.raises(CatalogueError, match="8 MB"):
        read_mo(bytes(MAX_BYTES + 1))


def test_a_string_that_lies_outside_the_file_is_a_fault_and_not_a_shorter_text() -> None:
    content = write_mo([Entry(None, "Buscar", None, ("Maskay",), {})], "quy")

    with pytest.raises(CatalogueError, match="outside"):
        read_mo(content[:-3])


def test_strings_that_overlap_cannot_fill_the_memory() -> None:
    # Ten thousand entries that all name the same long string.
    count, text = 10_000, b"x" * 200_000
    tables = 28 + 16 * count
    row = struct.pack("<2I", len(text), tables)
    content = struct.pack("<7I", 0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0)
    with pytest.raises(CatalogueError, match="overlap"):
        read_mo(content + row * (2 * count) + text)


def test_long_texts_in_many_pieces_are_read_in_one() -> None:
    pieces = 100_000
    text = 'msgid ""\n' + '"ab"\n' * pieces + 'msgstr "c"\n'

    assert [one.source for one in read_po(text)] == ["ab" * pieces]


def test_a_review_line_broken_by_another_program_holds() -> None:
    whole = ["A remark", "@review status=approved by=R07+R12 src=A:OP:530 h=67cf18ab"]
    broken = [*whole[:1], "@review status=approved by=R07+R12", "src=A:OP:530 h=67cf18ab", "x=1"]

    assert read_review(whole) == read_review(broken)
    assert read_review(whole)["h"] == "67cf18ab"
    assert read_review(["A remark that speaks of h=67cf18ab"]) == {}
