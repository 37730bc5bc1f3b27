"""The scanner finds what is planted, in every shape it names, and refuses to scan nothing."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests.support.leakscan import EmptyScanError, scan, self_test

MARKER = "Ñantip Inventáda Ejemplo"
PHONE = "999 000 123"


def _zip(content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", content)
    return file.getvalue()


@pytest.mark.parametrize(
    "hide",
    [
        lambda text: text.encode(),
        lambda text: text.upper().encode("utf-16le"),
        lambda text: text.lower().encode("utf-16be"),
        lambda text: text.encode("latin-1"),
        lambda text: base64.b64encode(b"a" + text.encode() + b"tail"),
        lambda text: base64.b64encode(b"ab" + text.encode()),
        lambda text: base64.urlsafe_b64encode(b"abc" + text.encode() + b"t"),
        lambda text: text.encode().hex().encode(),
        lambda text: zlib.compress(text.encode() * 2),
        lambda text: gzip.compress(zlib.compress(text.encode())),
        lambda text: zstandard.compress(_zip(text.encode())),
        lambda text: _zip(text.encode())[:-40],
        lambda text: b"stream\n" + base64.a85encode(zlib.compress(text.encode())) + b"~>endstream",
        lambda text: repr(text).encode("ascii", "backslashreplace"),
    ],
)
def test_a_planted_text_is_found_in_every_shape(
    tmp_path: Path, hide: Callable[[str], bytes]
) -> None:
    """(control of L1)"""
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / ".hidden").write_bytes(bytes(range(256)) * 9 + hide(MARKER) + b"\0" * 99)
    assert {finding.marker for finding in scan([tmp_path], [PHONE, MARKER])} == {MARKER}


def test_a_number_is_found_without_its_spaces_and_a_name_without_its_accents(
    tmp_path: Path,
) -> None:
    (tmp_path / "log").write_bytes(b"call 999000123 nantip inventada ejemplo")
    assert {finding.marker for finding in scan([tmp_path], [PHONE, MARKER])} == {PHONE, MARKER}


def test_a_file_name_is_searched(tmp_path: Path) -> None:
    (tmp_path / f"{MARKER}.pdf").write_bytes(b"nothing inside")
    assert [finding.where for finding in scan([tmp_path], [MARKER])] == ["name"]


def test_clean_files_give_nothing(tmp_path: Path) -> None:
    (tmp_path / "clean").write_bytes(bytes(range(256)) * 400)
    assert scan([tmp_path], [MARKER, PHONE]) == []


def test_scanning_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyScanError):
        scan([tmp_path], [MARKER])
    (tmp_path / "file").write_bytes(b"content")
    with pytest.raises(EmptyScanError):
        scan([tmp_path], [])
    with pytest.raises(ValueError, match="four"):
        scan([tmp_path], ["ab"])


def test_the_self_test_finds_its_own_leak(tmp_path: Path) -> None:
    self_test(tmp_path, [MARKER, PHONE, "DNI 99999001"])
    assert list(tmp_path.iterdir()) == []
