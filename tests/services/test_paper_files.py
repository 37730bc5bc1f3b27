"""A paper takes the chosen name whole or not at all; what stood there before is never lost."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.domain.errors import EnvironmentFault
from app.services.paper_files import stage_paper, write_paper

LIMIT = 4096
BEFORE = b"%PDF the paper of yesterday"


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process grows beyond the limit: a disk that is full in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_a_paper_stands_whole_and_alone_under_its_name(tmp_path: Path) -> None:
    target = tmp_path / "derivacion.pdf"
    target.write_bytes(BEFORE)
    content = b"%PDF" + b"x" * 100_000
    write_paper(target, content)
    assert target.read_bytes() == content
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_a_paper_is_for_the_account_that_wrote_it_alone(tmp_path: Path) -> None:
    target = tmp_path / "derivacion.pdf"
    target.write_bytes(BEFORE)
    target.chmod(0o644)
    staged = stage_paper(target, b"%PDF new")
    assert {one.stat().st_mode & 0o777 for one in tmp_path.iterdir() if one != target} == {0o600}
    staged.place()
    assert target.stat().st_mode & 0o777 == 0o600


def test_a_full_disk_leaves_the_paper_that_stood_there(tmp_path: Path) -> None:
    """(F3)"""
    target = tmp_path / "derivacion.pdf"
    target.write_bytes(BEFORE)
    with full_disk(), pytest.raises(EnvironmentFault, match="paper_disk_full"):
        write_paper(target, b"x" * (LIMIT * 3))
    assert target.read_bytes() == BEFORE
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """(F3)"""
    with full_disk(), pytest.raises(EnvironmentFault, match="paper_disk_full"):
        write_paper(tmp_path / "derivacion.pdf", b"x" * (LIMIT * 3))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_gone_is_said_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="paper_not_written"):
        write_paper(tmp_path / "gone" / "derivacion.pdf", b"%PDF")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_cannot_be_taken_leaves_what_has_it(tmp_path: Path) -> None:
    target = tmp_path / "derivacion.pdf"
    (target / "inside").mkdir(parents=True)
    with pytest.raises(EnvironmentFault, match="paper_not_written"):
        write_paper(target, b"%PDF")
    assert (target / "inside").is_dir()
    assert list(tmp_path.iterdir()) == [target]


def test_until_it_is_placed_the_former_paper_stands(tmp_path: Path) -> None:
    target = tmp_path / "derivacion.pdf"
    target.write_bytes(BEFORE)
    staged = stage_paper(target, b"%PDF new")
    assert target.read_bytes() == BEFORE
    staged.discard()
    assert list(tmp_path.iterdir()) == [target]
    stage_paper(target, b"%PDF new").place()
    assert target.read_bytes() == b"%PDF new"
