"""Files from outside, read apart: the good ones show, the others are refused, all within bounds."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from typing import Any, Final

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader, PdfWriter

from app.apart.frames import HEAD_BYTES, FrameError, frame, read_frame
from app.apart.requests import (
    CONTENT_BYTES_MAX,
    Bounds,
    Job,
    PdfCheck,
    PdfCheckJob,
    PdfPage,
    PdfPageJob,
    Picture,
    PictureJob,
    SetAside,
    Table,
    TableJob,
)
from app.apart.runner import Apart
from app.domain.errors import DomainError
from app.files_apart import SplitsApart, rows_in_order
from app.services.apart_ports import NotARow
from app.services.official_lines import OfficialLines
from tests.support import bad_files

MIB: Final = 1024 * 1024
APART: Final = Apart()
# A program that gives back the request: the shortest-lived worker there is.
ECHO: Final = (
    sys.executable,
    "-I",
    "-S",
    "-c",
    "import sys; sys.stdout.buffer.write({!r}); sys.stdout.buffer.flush()",
)


def read(job: Job, apart: Apart = APART) -> Picture | PdfPage | PdfCheck | Table:
    if isinstance(job, PictureJob):
        return apart.picture(job)
    if isinstance(job, PdfCheckJob):
        return apart.pdf_check(job)
    return apart.pdf_page(job) if isinstance(job, PdfPageJob) else apart.table(job)


def outcome(job: Job, apart: Apart = APART) -> str:
    """Return ``shown`` or the reason."""
    try:
        read(job, apart)
    except DomainError as refused:
        assert refused.message_id == "file_not_shown"
        return str(refused.parameters["reason"])
    return "shown"


def reason(job: Job, apart: Apart = APART) -> str:
    found = outcome(job, apart)
    assert found != "shown"
    return found


# --- pictures ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_a_png_of_every_kind_is_shown(mode: str) -> None:
    found = APART.picture(PictureJob(bad_files.png(mode), screen_side=32, thumbnail_side=8))

    assert (found.width, found.height, found.media_type) == (64, 48, "image/png")
    assert (found.screen.width, found.screen.height) == (32, 24)
    assert (found.thumbnail.width, found.thumbnail.height) == (8, 6)
    assert found.screen.is_whole
    assert found.thumbnail.is_whole


def test_what_shines_through_shows_white() -> None:
    clear = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    clear.save(target := io.BytesIO(), "PNG")

    assert APART.picture(PictureJob(target.getvalue())).screen.rgb == b"\xff" * 48


@pytest.mark.parametrize("keep", [bad_files.jpeg_with_a_place, bad_files.png_with_words])
def test_where_a_picture_was_taken_does_not_survive(keep: Callable[[], bytes]) -> None:
    """(L8) Control: the file that came says where."""
    content = keep()
    found = APART.picture(PictureJob(content, with_file=True))

    assert found.file is not None
    with Image.open(io.BytesIO(content)) as before:
        assert before.getexif()  # the control
    with Image.open(io.BytesIO(found.file)) as after:
        assert not after.getexif()
        assert not after.getexif().get_ifd(0x8825)
        said = {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert set(after.info) <= said
    assert bad_files.GPS_MARK in content
    for word in (bad_files.GPS_MARK, b"Exif", b"eXIf", b"tEXt", b"iTXt", b"ICC_PROFILE", b"Rosa"):
        assert word not in found.file


def test_a_picture_taken_upright_is_upright() -> None:
    lying = APART.picture(PictureJob(bad_files.jpeg_with_a_place(orientation=1)))
    upright = APART.picture(PictureJob(bad_files.jpeg_with_a_place(orientation=6)))

    assert (lying.screen.width, lying.screen.height) == (64, 48)
    assert (upright.screen.width, upright.screen.height) == (48, 64)


@pytest.mark.parametrize("orientation", [0, 99])
def test_a_picture_that_says_nonsense_of_how_it_was_held_shows_as_it_lies(
    orientation: int,
) -> None:
    found = APART.picture(PictureJob(bad_files.jpeg_with_a_place(orientation=orientation)))

    assert (found.screen.width, found.screen.height) == (64, 48)


def test_a_picture_of_four_thousand_million_points_is_refused_unread() -> None:
    """(I4) Control: without that bound it asks for 4 GiB."""
    bomb = bad_files.png_of(65535, 65535)
    before = time.monotonic()

    assert len(bomb) < 64 * 1024
    assert reason(PictureJob(bomb)) == "too_many_pixels"
    assert time.monotonic() - before < APART.bounds.wall_seconds
    # The control: without that bound it asks for 4 GiB, and the next one stops it.
    assert reason(PictureJob(bomb, pixels_max=2**40)) == "too_much_memory"


def test_the_bound_of_points_is_what_refuses_a_large_picture() -> None:
    """(I4) Control: with a wider bound it shows."""
    large = bad_files.png_of(9000, 9000, is_whole=True)

    assert reason(PictureJob(large)) == "too_many_pixels"
    assert outcome(PictureJob(large, pixels_max=81_000_000)) == "shown"
    small = Apart(bounds=Bounds(memory_bytes=96 * MIB))
    assert reason(PictureJob(large, pixels_max=81_000_000), small) == "too_much_memory"


@pytest.mark.parametrize("cut", [3, 20, 200, 0.5, 0.9])
def test_a_picture_cut_short_is_refused(cut: float) -> None:
    """(I4) Control: whole it shows."""
    whole = bad_files.jpeg(640, 480)

    assert outcome(PictureJob(whole)) == "shown"
    assert reason(PictureJob(whole[: int(cut if cut > 1 else len(whole) * cut)])) == "damaged"


@pytest.mark.parametrize("kind", list(bad_files.other_pictures()))
def test_what_is_no_jpeg_and_no_png_is_refused_whatever_its_name(kind: str) -> None:
    """(I1)"""
    assert reason(PictureJob(bad_files.other_pictures()[kind])) == "wrong_type"


def test_the_first_bytes_decide_and_not_pillow() -> None:
    """(I1) Control: left to itself Pillow opens it."""
    tiff = bad_files.other_pictures()["TIFF"]

    with Image.open(io.BytesIO(tiff)) as image:  # the control: left to itself it opens more
        assert image.format == "TIFF"
    assert reason(PictureJob(b"\xff\xd8\xff" + tiff)) == "damaged"
    assert reason(PictureJob(bad_files.plain_pdf())) == "wrong_type"


def test_what_hides_behind_a_picture_does_not_come_along() -> None:
    """(I1) Control: it was a picture and an archive."""
    with zipfile.ZipFile(target := io.BytesIO(), "w") as packed:
        packed.writestr("run.js", "alert(1)")
    hidden = target.getvalue()
    both = bad_files.jpeg() + b"<script>alert(1)</script>" + hidden

    with zipfile.ZipFile(io.BytesIO(both)) as packed:  # the control: it is both
        assert packed.namelist() == ["run.js"]
    found = APART.picture(PictureJob(both, with_file=True))
    assert found.file is not None
    assert b"script" not in found.file
    assert not zipfile.is_zipfile(io.BytesIO(found.file))


# --- PDF ---------------------------------------------------------------------------------------------


def test_a_page_is_drawn() -> None:
    found = APART.pdf_page(PdfPageJob(bad_files.plain_pdf(), side=200, with_file=True))

    assert (found.count, found.page.width, found.page.height) == (1, 199, 100)
    middle = 3 * (199 * 60 + 30)
    assert found.page.rgb[middle : middle + 3] == b"\xff\0\0"
    assert found.page.rgb[:3] == b"\xff\xff\xff"
    assert found.file is not None
    with Image.open(io.BytesIO(found.file)) as image:
        assert image.tobytes() == found.page.rgb
        assert not image.info


def test_a_page_that_is_not_there_is_refused() -> None:
    assert reason(PdfPageJob(bad_files.plain_pdf(), page=1)) == "no_such_page"
    assert reason(PdfPageJob(b"%PDF-1.7\nand nothing else")) == "damaged"
    assert reason(PdfPageJob(bad_files.jpeg())) == "wrong_type"
    assert reason(PdfPageJob(b"\n" + bad_files.plain_pdf())) == "wrong_type"


def test_a_pdf_without_a_page_is_damaged() -> None:
    PdfWriter().write(target := io.BytesIO())

    assert reason(PdfCheckJob(target.getvalue())) == "damaged"
    assert reason(PdfPageJob(target.getvalue())) == "damaged"


def test_a_locked_pdf_says_so() -> None:
    writer = PdfWriter(PdfReader(io.BytesIO(bad_files.plain_pdf())))
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(target := io.BytesIO())

    assert reason(PdfPageJob(target.getvalue())) == "locked"


def test_a_pdf_that_wants_to_run_something_only_shows() -> None:
    """(I5)"""
    content = bad_files.script_pdf()

    assert b"/JavaScript" in content
    shown, plain = (APART.pdf_page(PdfPageJob(one)) for one in (content, bad_files.plain_pdf()))
    assert shown == plain
    assert "V8" not in pypdfium2.PDFIUM_INFO.flags
    assert "XFA" not in pypdfium2.PDFIUM_INFO.flags


def test_a_pdf_whose_table_goes_round_in_a_circle_ends() -> None:
    """(I5)"""
    before = time.monotonic()

    assert outcome(PdfPageJob(bad_files.plain_pdf(before=0))) in {"shown", "damaged"}
    assert time.monotonic() - before < APART.bounds.wall_seconds


def test_a_pdf_of_a_million_objects_ends_within_its_bounds() -> None:
    """(I5)"""
    content = bad_files.many_objects(1_000_000)
    before = time.monotonic()

    assert len(content) < CONTENT_BYTES_MAX
    assert outcome(PdfPageJob(content)) == "shown"
    assert time.monotonic() - before < APART.bounds.wall_seconds
    small = Apart(bounds=Bounds(memory_bytes=112 * MIB))
    assert reason(PdfPageJob(content), small) in {"crashed", "too_much_memory"}
    assert outcome(PdfPageJob(bad_files.plain_pdf()), small) == "shown"


def test_a_page_that_draws_itself_for_ever_is_ended() -> None:
    """(I5) Control: with few of the same forms it shows."""
    quick = Apart(bounds=Bounds(cpu_seconds=2))

    assert outcome(PdfPageJob(bad_files.nested_forms(4)), quick) == "shown"
    before = time.monotonic()
    # By the processor or by memory, whichever comes first.
    assert reason(PdfPageJob(bad_files.nested_forms(14)), quick) in {"too_long", "crashed"}
    assert time.monotonic() - before < APART.bounds.wall_seconds


@pytest.mark.parametrize(
    "box", [b"0 0 1 1000000", b"0 0 1e30 1", b"0 0 0 0", b"5 5 -5 -5", b"0 0 0.001 0.001", b"(a)"]
)
def test_a_page_of_an_odd_size_is_drawn_small_or_refused(box: bytes) -> None:
    job = PdfPageJob(bad_files.plain_pdf(box=box), side=300)
    found = outcome(job)

    assert found in {"shown", "damaged"}
    if found == "shown":
        page = APART.pdf_page(job).page
        assert max(page.width, page.height) <= 300


# --- before one is kept ------------------------------------------------------------------------------


def test_what_is_kept_of_a_picture_is_no_larger_than_asked() -> None:
    """A PNG of a photograph becomes a JPEG, a JPEG a coarser one; what fits in no way is refused."""
    noise = Image.effect_noise((800, 600), 90).convert("RGB")
    noise.save(target := io.BytesIO(), "PNG")
    content = target.getvalue()

    def kept(most: int) -> bytes:
        found = APART.picture(PictureJob(content, with_file=True, file_bytes_max=most)).file
        assert found is not None
        assert len(found) <= most
        return found

    whole = kept(2 * MIB)
    assert whole.startswith(b"\x89PNG")
    fine = kept(len(whole) - 1)
    coarse = kept(len(fine) - 1)
    coarsest = kept(len(coarse) - 1)
    assert all(one.startswith(b"\xff\xd8") for one in (fine, coarse, coarsest))
    job = PictureJob(content, with_file=True, file_bytes_max=len(coarsest) - 1)
    assert reason(job) == "too_many_pixels"


def test_a_large_picture_with_a_palette_is_kept_within_the_bounds_of_memory() -> None:
    image = Image.new("P", (7000, 7000))
    image.putpalette(range(256))
    image.save(target := io.BytesIO(), "PNG")

    assert outcome(PictureJob(target.getvalue(), with_file=True)) == "shown"


def test_a_pdf_says_what_it_carries_unseen() -> None:
    assert APART.pdf_check(PdfCheckJob(bad_files.plain_pdf())) == PdfCheck(1, [])
    assert APART.pdf_check(PdfCheckJob(bad_files.script_pdf())) == PdfCheck(1, ["script"])
    writer = PdfWriter(clone_from=io.BytesIO(bad_files.plain_pdf()))
    writer.add_metadata({"/Author": "Nantip"})
    writer.add_attachment("otro.txt", b"otro")
    writer.write(target := io.BytesIO())
    assert APART.pdf_check(PdfCheckJob(target.getvalue())).hidden == ["words", "files"]


def test_a_pdf_of_too_many_pages_is_not_kept_and_one_less_is() -> None:
    content = bad_files.pdf_of_pages(12)

    assert APART.pdf_check(PdfCheckJob(content, pages_max=12)).count == 12
    assert reason(PdfCheckJob(content, pages_max=11)) == "too_many_pages"


def test_a_bomb_is_found_before_it_is_kept() -> None:
    """(I5) Control: where no page is drawn, nobody notices."""
    quick = Apart(bounds=Bounds(cpu_seconds=2))
    bomb = bad_files.nested_forms(14)

    assert reason(PdfCheckJob(bomb), quick) in {"too_long", "crashed"}
    assert outcome(PdfCheckJob(bomb, drawn=0), quick) == "shown"
    assert outcome(PdfCheckJob(bad_files.many_objects(100_000))) == "shown"
    assert outcome(PdfCheckJob(bad_files.plain_pdf(before=0))) in {"shown", "damaged"}


# --- tables ------------------------------------------------------------------------------------------


def test_a_table_is_split_and_a_line_that_is_no_row_set_aside() -> None:
    """(I7)"""
    lines = [
        b"\xef\xbb\xbfa,b",
        b'1,"x, ""y"""\r',
        b"\xff\xfe,2",
        b"a\0b,c",
        b'"open,2',
        b'a"b,2',
        b"1\r2,3",
        b"x" * 70_000,
        b"1," * 2000,
        b'"1\r2",3',
        b'"1",' * 2000,
        "=SUM(1),\u202eñ".encode(),
    ]
    found = APART.table(TableJob(b"\n".join(lines)))

    assert found.had_bom
    # What a cell may hold is for whoever knows its column: a NUL and a carriage return are kept.
    assert found.rows == [
        ["a", "b"],
        ["1", 'x, "y"'],
        ["a\0b", "c"],
        ["1\r2", "3"],
        ["1\r2", "3"],
        ["=SUM(1)", "\u202eñ"],
    ]
    assert found.lines == [1, 2, 4, 7, 10, 12]
    reasons = {3: "not_utf8", 5: "quotes", 6: "quotes", 8: "too_long", 9: "columns", 11: "columns"}
    assert found.set_aside == [SetAside(at, f"line_{one}") for at, one in reasons.items()]


def test_a_portion_amidst_a_table_is_nothing_but_lines() -> None:
    """(I7) Whatever its first line begins with."""
    lines = [b"\xef\xbb\xbfa,b", b"PK\x03\x04,1", b"1,2,3", b"1", b'"a",b,"c"', b""]
    found = APART.table(TableJob(b"\r\n".join(lines), has_header=False, columns=2))
    assert not found.had_bom
    assert found.rows == [["\ufeffa", "b"], ["PK\x03\x04", "1"]]
    told = [(one.line, one.found) for one in found.set_aside]
    assert told == [(3, 3), (4, 1), (5, 3)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no_header"),
        (b"," * 1_000_000 + b"\n1,2\n", "no_header"),
        ("a,b\n".encode("utf-16"), "not_text"),
        (b"\x1f\x8b\x08\x00", "spreadsheet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "spreadsheet"),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, said: str) -> None:
    """(I6, I7)"""
    assert reason(TableJob(content)) == said


def test_a_million_columns_are_a_matter_of_the_bound() -> None:
    """(I7) Control: with a wider bound they are read."""
    wide = b"," * 999_999 + b"\n"
    lifted = TableJob(wide, columns_max=1_000_000, line_bytes_max=2 * MIB)

    assert reason(TableJob(wide)) == "no_header"
    assert len(APART.table(lifted).rows[0]) == 1_000_000


def test_no_archive_is_opened() -> None:
    """(I2, I6) Control: opened by hand they are what they are said to be."""
    bomb, overlapping = bad_files.archive_bomb(), bad_files.overlapping_archive()

    for content in (bomb, overlapping):
        assert reason(TableJob(content)) == "spreadsheet"
        assert reason(PictureJob(content)) == "wrong_type"
        assert reason(PdfPageJob(content)) == "wrong_type"
    # The control: they are what they are said to be.
    with zipfile.ZipFile(io.BytesIO(bomb)) as outer, outer.open("again.zip") as inner:
        packed = io.BytesIO(inner.read())
    with zipfile.ZipFile(packed) as file:
        assert file.infolist()[0].file_size == 100 * MIB
    with zipfile.ZipFile(io.BytesIO(overlapping)) as file:
        assert len(file.infolist()) == 1000
        assert file.infolist()[0].file_size == 4


@settings(max_examples=25)
@given(st.lists(st.text('ab",\r\x00ñ', max_size=12), max_size=8))
def test_a_line_is_a_row_here_exactly_when_it_is_one_for_the_official_format(
    lines: list[str],
) -> None:
    content = "\n".join(["a,b", *lines]).encode()
    official = OfficialLines(io.BytesIO(content), ["a", "b"], SplitsApart(APART))
    block = next(official.blocks(100), None)
    found = APART.table(TableJob(content))
    of_two = {at: row for at, row in zip(found.lines, found.rows, strict=True) if len(row) == 2}
    theirs = {} if block is None else dict(zip(block.lines, block.rows, strict=True))
    assert {at: row for at, row in of_two.items() if at > 1} == theirs


def test_rows_that_a_worker_left_out_or_named_twice_are_not_taken() -> None:
    row, aside = ["1", "2"], SetAside(2, "line_quotes")
    whole = Table(False, [1, 3], [row, row], [aside])
    assert rows_in_order(whole, 3) == [row, NotARow("line_quotes"), row]
    for table, lines in (
        (whole, 4),
        (whole, 2),
        (Table(False, [1, 1], [row, row], [aside]), 3),
        (Table(False, [1, 2], [row, row], [aside]), 3),
        (Table(False, [1, 4], [row, row], [aside]), 3),
    ):
        with pytest.raises(DomainError, match="official_not_split"):
            rows_in_order(table, lines)


def test_an_import_whose_worker_dies_loads_nothing_and_says_so() -> None:
    dies = SplitsApart(Apart((sys.executable, "-c", "raise SystemExit(3)")))
    lines = OfficialLines(io.BytesIO(b"a,b\n1,2\n"), ["a", "b"], dies)
    with pytest.raises(DomainError, match="official_not_split"):
        next(lines.blocks(10))


# --- frames, and chance ------------------------------------------------------------------------------


def pieces(content: bytes, size: int) -> tuple[Callable[[int], bytes], list[int]]:
    source, asked = io.BytesIO(content), []

    def read(wanted: int) -> bytes:
        asked.append(wanted)
        return source.read(min(wanted, size))

    return read, asked


@given(st.binary(max_size=300), st.integers(1, 400), st.integers(0, 300))
def test_a_frame_comes_back_or_is_refused_by_its_length(body: bytes, size: int, limit: int) -> None:
    read, _ = pieces(frame(body) + b"behind", size)

    if len(body) <= limit:
        assert read_frame(read, limit) == body
    else:
        with pytest.raises(FrameError) as refused:
            read_frame(read, limit)
        assert refused.value.is_too_long


def never_more(reader: Callable[..., Any], content: bytes, limit: int) -> bool:
    """Return whether a reader asks for no more than it may hold, whatever comes."""
    read, asked = pieces(content, 1 << 20)
    try:
        found = reader(read, limit)
    except FrameError:
        found = b""
    return max(asked) <= limit + HEAD_BYTES and len(found) <= limit


@given(st.one_of(st.binary(max_size=40), st.binary(max_size=40).map(lambda b: b"QAP1" + b)))
def test_whatever_comes_no_more_is_held_than_allowed(content: bytes) -> None:
    assert never_more(read_frame, content, 16)


def test_a_reader_that_believes_the_length_is_found() -> None:
    """(control of I11)"""

    def believing(read: Callable[[int], bytes], _limit: int) -> bytes:
        return read(int.from_bytes(read(HEAD_BYTES)[4:], "big"))

    assert not never_more(believing, b"QAP1\x7f\xff\xff\xff" + bytes(40), 16)


@settings(max_examples=25)
@given(st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(frame)))
def test_whatever_a_worker_answers_the_program_refuses_in_one_way(content: bytes) -> None:
    """(I12)"""
    program = [one.format(content) if "stdout" in one else one for one in ECHO]

    assert outcome(TableJob(b"a"), Apart(program)) in {"rubbish", "crashed", "too_much_answer"}


@settings(max_examples=25)
@given(
    st.sampled_from(
        [bad_files.jpeg_with_a_place(), bad_files.png_with_words(), bad_files.script_pdf()]
    ),
    st.booleans(),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_a_spoilt_file_is_shown_or_refused(
    content: bytes, is_kept: bool, spoilt: list[tuple[float, int]]
) -> None:
    changed = bytearray(content)
    for place, value in spoilt:
        changed[int(place * (len(changed) - 1))] = value
    job: Job
    if content.startswith(b"%PDF"):
        job = PdfCheckJob(bytes(changed)) if is_kept else PdfPageJob(bytes(changed), side=64)
    else:
        job = PictureJob(bytes(changed), screen_side=64, thumbnail_side=16, with_file=is_kept)

    assert outcome(job) in {"shown", "wrong_type", "damaged", "too_many_pixels", "locked"}


def test_the_echo_of_a_good_answer_is_taken() -> None:
    """The control of the one before: it is the answer that is judged, not the program."""
    done = subprocess.run([*ECHO[:4], "pass"], check=False)
    import msgspec

    said = frame(msgspec.msgpack.encode(Table(False, [1], [["a"]], [])))
    program = [one.format(said) if "stdout" in one else one for one in ECHO]

    assert done.returncode == 0
    assert Apart(program).table(TableJob(b"a")).rows == [["a"]]
