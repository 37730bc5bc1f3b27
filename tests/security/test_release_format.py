"""A manifest is read in one way only, within limits, and leads nowhere outside its tree."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import release_format
from app.domain.errors import DomainError
from app.release_format import (
    FILE_BYTES_MAX,
    FILES_MAX,
    MANIFEST_BYTES_MAX,
    SEQUENCE_MAX,
    TOTAL_BYTES_MAX,
    ReleaseFile,
    check_path,
    read_manifest,
    read_signatures,
    shown_path,
    write_manifest,
    write_signatures,
)
from tests.security.releases import FILES, manifest_of
from tests.support.every import some

WHOLE = write_manifest(manifest_of(FILES))
HASH = "0" * 64


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as caught:
        act()
    return caught.value.message_id


def written(**changes: object) -> bytes:
    """The manifest with other values, in canonical form."""
    return json.dumps(
        json.loads(WHOLE) | changes, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def test_what_is_written_is_read_and_written_alike() -> None:
    assert read_manifest(WHOLE) == manifest_of(FILES)
    assert written() == WHOLE  # these tests know the form too, by another library


@pytest.mark.parametrize(
    ("changes", "message_id"),
    [
        ({"format": 2, "invented": True}, "release_format_newer"),
        ({"format": 0}, "release_manifest_wrong"),
        ({"format": "1"}, "release_manifest_wrong"),
        ({"sequence": 0}, "release_manifest_wrong"),
        ({"sequence": -7}, "release_manifest_wrong"),
        ({"sequence": SEQUENCE_MAX + 1}, "release_manifest_wrong"),
        ({"sequence": 10**40}, "release_manifest_wrong"),
        ({"sequence": True}, "release_manifest_wrong"),
        ({"sequence": 7.0}, "release_manifest_wrong"),
        ({"sequence": None}, "release_manifest_wrong"),
        ({"program": "0.2"}, ""),
        ({"program": "2"}, "release_manifest_wrong"),
        ({"program": "0.2.0-rc1"}, "release_manifest_wrong"),
        ({"program": "٠.٢"}, "release_manifest_wrong"),
        ({"platform": "plan9"}, "release_manifest_wrong"),
        ({"keys": []}, "release_manifest_wrong"),
        ({"keys": ["1" * 64] * 3}, "release_manifest_wrong"),
        ({"keys": ["3" * 64, "2" * 64, "1" * 64]}, "release_manifest_wrong"),
        ({"keys": ["1" * 64, "2" * 64, "3" * 64]}, ""),
        ({"keys": ["A" * 64, "B" * 64, "C" * 64]}, "release_manifest_wrong"),
        ({"keys": ["1" * 64, "2" * 64, "3" * 62]}, "release_manifest_wrong"),
        ({"files": []}, ""),
        ({"files": [{"path": "a", "sha256": HASH, "size": -1}]}, "release_manifest_wrong"),
        ({"files": [{"path": "a", "sha256": HASH[1:], "size": 1}]}, "release_manifest_wrong"),
        (
            {"files": [{"path": "a", "sha256": HASH, "size": 1, "mode": 7}]},
            "release_manifest_wrong",
        ),
        ({"files": [{"path": "a", "size": 1}]}, "release_manifest_wrong"),
        ({"more": 1}, "release_manifest_wrong"),
    ],
)
def test_a_value_that_no_release_has_is_refused(
    changes: dict[str, object], message_id: str
) -> None:
    if message_id:
        assert refusal(lambda: read_manifest(written(**changes))) == message_id
    else:
        read_manifest(written(**changes))  # the control: such a change alone is none


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        WHOLE + b"\n",
        b" " + WHOLE,
        b"\xef\xbb\xbf" + WHOLE,
        WHOLE.decode().encode("utf-16"),
        WHOLE.replace(b":", b": ", 1),
        WHOLE.replace(b'"format":1', b'"format":1,"format":1'),
        WHOLE.replace(b'"sequence":7', b'"sequence":9,"sequence":7'),
        WHOLE.replace(b"bin/", b"bin\\/"),
        WHOLE.replace(b"bin/", b"\\u0062in/"),
        WHOLE.replace(b'"sequence":7', b'"sequence":7e0'),
        WHOLE.replace(b'"sequence":7', b'"sequence":07'),
        WHOLE[:-1],
        b"[" * 100_000,
        b'{"files":' * 50_000,
        b'{"format":' + b"9" * 100_000 + b"}",
        b'"\xff\xfe"',
        b'{"format":NaN}',
    ],
)
def test_another_way_to_say_it_is_refused(content: bytes) -> None:
    assert refusal(lambda: read_manifest(content)) in (
        "release_manifest_wrong",
        "release_format_newer",
    )


def test_the_check_of_the_one_way_is_what_stops_them(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = WHOLE.replace(b'"sequence":7', b'"sequence":9,"sequence":7')
    monkeypatch.setattr(release_format, "write_manifest", lambda _: twice)
    assert read_manifest(twice).sequence == 7  # and another reader would see 9


BAD_PATHS = [
    *("", "/", "/etc/passwd", "//host/share", "..", "../a", "a/../b", "a/..", ".", "./a", "a//b"),
    *("a/", "C:/a", "C:a", "a:stream", "a\\b", "..\\a", "\\\\host\\a", "a\0b", "a\nb", "a\x7f"),
    *("con", "CON", "Con.txt", "aux.py", "lib/nul", "NUL.tar.gz", "com1", "LPT9.x", "con .txt"),
    *("prn", "COM0", "a.", "a ", " a", "a/b.", "PROGRA~1/a", "a*b", "a?", "a|b", "<a>", 'a"b'),
    *("ñ.py", "a\u0301.py", "\u202egpj.exe", "COM\u00b9", "\udc80", "a%2fb", "$MFT", "a`b`"),
    *("release.json", "release.sig", "RELEASE.JSON", "Release.Sig"),
    *("a" * 129, "/".join(["a"] * 17), "/".join(["a" * 60] * 4)),
]
GOOD_PATHS = [
    *("a", "a/b.py", "_x/__init__.py", ".hidden", "a..b", "...a", "setuptools/script (dev).tmpl"),
    *("qml/+Universal/a@2x.png", "libstdc++.so.6", "constant.py", "console", "com10", "auxiliary"),
    *("lpt", "release.json.txt", "lib/release.json", "/".join(["a"] * 16), "a" * 128, "a,b=c"),
]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    assert refusal(lambda: check_path(path)) == "release_path_wrong"
    if path.isprintable():
        entry = {"path": path, "sha256": HASH, "size": 1}
        assert refusal(lambda: read_manifest(written(files=[entry]))) == "release_path_wrong"
    assert shown_path(path).isascii()


@pytest.mark.parametrize("path", GOOD_PATHS)
def test_a_path_of_a_release_is_none(path: str) -> None:
    check_path(path)


@pytest.mark.parametrize(
    ("paths", "is_refused"),
    [
        (["a", "A"], True),
        (["a", "a"], True),
        (["lib/a", "Lib/b"], True),
        (["a", "a/b"], True),
        (["a/b", "A"], True),
        (["x/a", "x/b", "y/a"], False),
        (["a", "a.b/c"], False),
    ],
)
def test_names_that_hide_each_other_are_refused(paths: list[str], is_refused: bool) -> None:
    for order in (paths, paths[::-1]):
        files = tuple(ReleaseFile(path, 1, HASH) for path in order)
        content = write_manifest(replace(manifest_of(FILES), files=files))
        if is_refused:
            assert refusal(lambda content=content: read_manifest(content)) == "release_path_wrong"
        else:
            read_manifest(content)


def test_amounts_beyond_the_limits_are_refused() -> None:
    def of(*sizes: int) -> bytes:
        files = tuple(ReleaseFile(f"{at:06}", size, HASH) for at, size in enumerate(sizes))
        return write_manifest(replace(manifest_of(FILES), files=files))

    whole = TOTAL_BYTES_MAX // FILE_BYTES_MAX
    for within in (of(FILE_BYTES_MAX), of(*[FILE_BYTES_MAX] * whole), of(*[0] * FILES_MAX)):
        read_manifest(within)
    for beyond in (
        of(FILE_BYTES_MAX + 1),
        of(*[FILE_BYTES_MAX] * whole, 1),
        of(*[0] * (FILES_MAX + 1)),
        bytes(MANIFEST_BYTES_MAX + 1),
    ):
        assert refusal(lambda beyond=beyond: read_manifest(beyond)) == "release_too_large"


WORDS = st.sampled_from(
    [b'"', b"{", b"}", b"[", b"]", b",", b":", b"null", b"1e9", b"..", b"/", b"\\u0000", b"9" * 30]
)


@settings(max_examples=some(150, 5000), deadline=None)
@given(at=st.floats(0, 1, exclude_max=True), length=st.integers(0, 60), words=st.lists(WORDS))
def test_a_damaged_manifest_is_read_or_refused_by_name(
    at: float, length: int, words: list[bytes]
) -> None:
    start = int(at * len(WHOLE))
    _read_or_refused(WHOLE[:start] + b"".join(words) + WHOLE[start + length :])


@settings(max_examples=some(150, 5000), deadline=None)
@given(content=st.one_of(st.binary(max_size=600), st.text(max_size=300).map(str.encode)))
def test_any_bytes_are_refused_by_name(content: bytes) -> None:
    _read_or_refused(content)
    try:
        assert write_signatures(read_signatures(content)) == content
    except DomainError as refused:
        assert refused.message_id.startswith("release_")


def test_a_reader_that_lets_another_error_through_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted: paths are not looked at, and a name that is no text goes through."""
    monkeypatch.setattr(release_format, "check_path", lambda path: path.encode("ascii"))
    entry = {"path": "ñ", "sha256": HASH, "size": 1}
    with pytest.raises(UnicodeEncodeError):
        _read_or_refused(written(files=[entry]))


def _read_or_refused(content: bytes) -> None:
    try:
        assert write_manifest(read_manifest(content)) == content
    except DomainError as refused:
        assert refused.message_id.startswith("release_")
