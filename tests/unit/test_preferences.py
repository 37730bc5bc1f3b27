"""The language last used on a laptop, told before anything is open."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.preferences import language_at_start, remember_language
from app.settings import Settings


def test_a_new_laptop_speaks_spanish(tmp_path: Path) -> None:
    assert language_at_start(Settings(tmp_path / "none")) == "es"


def test_the_last_one_used_is_spoken_unless_another_is_asked_for(tmp_path: Path) -> None:
    remember_language(Settings(tmp_path), "quy")
    remember_language(Settings(tmp_path), "agr")
    assert language_at_start(Settings(tmp_path)) == "agr"
    assert language_at_start(Settings(tmp_path, "quy")) == "quy"
    assert [one.name for one in tmp_path.iterdir()] == ["preferencias.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\x00",
        b'{"language": "qu',
        b'{"language": "klingon"}',
        b'{"language": ["quy"]}',
        b'{"language": {}}',
        b'["quy"]',
        b"[" * 10_000,
    ],
)
def test_a_damaged_file_is_ignored(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "preferencias.json").write_bytes(content)
    assert language_at_start(Settings(tmp_path)) == "es"
