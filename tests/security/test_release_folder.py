"""A release in a folder: links and pipes are refused, and a copy cut short changes nothing."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app import release_folder
from app.domain.errors import DomainError
from app.release_folder import CURRENT, PARTIAL, FolderTree, list_files, stage_release
from app.release_format import MANIFEST, SIGNATURES
from app.release_manifest import Installed, ReleaseTree, check_release
from tests.security.releases import (
    FILES,
    INSTALLED,
    OLD,
    PLATFORM,
    Tree,
    manifest_of,
    release,
)

POSIX = pytest.mark.skipif(os.name == "nt", reason="makes links and pipes")


def lay(tree: Tree, folder: Path) -> Path:
    for path, content in tree.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    return lay(release(), tmp_path / "stick")


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """What a laptop has: release 6, that works."""
    place = tmp_path / "versions"
    lay(release(manifest_of(FILES, 6)), place / "6")
    (place / CURRENT).write_text("6\n")
    return place


def stage(stick: Path, versions: Path) -> str:
    try:
        stage_release(stick, INSTALLED, versions, platform=PLATFORM)
    except DomainError as refused:
        return refused.message_id
    return "taken"


def still_runs_6(versions: Path) -> bool:
    """The old version is named, and whole."""
    before = Installed(5, OLD)
    check_release(FolderTree(versions / "6"), before, platform=PLATFORM)
    return (versions / CURRENT).read_text() == "6\n"


def listed(folder: Path) -> str:
    try:
        list_files(folder)
    except DomainError as refused:
        return refused.message_id
    return "listed"


def test_what_is_not_there_is_said(stick: Path, versions: Path, tmp_path: Path) -> None:
    (stick / SIGNATURES).unlink()
    assert stage(stick, versions) == "release_unsigned"
    (stick / MANIFEST).unlink()
    assert stage(stick, versions) == "release_no_manifest"
    assert listed(stick) == "listed"
    assert listed(tmp_path / "pulled out") == "release_unreadable"
    assert still_runs_6(versions)


@pytest.mark.parametrize(
    ("limit", "lowest"), [("FILES_MAX", 4), ("ENTRIES_MAX", 10), ("FILE_BYTES_MAX", 26)]
)
def test_what_no_laptop_would_take_is_not_listed(
    limit: str, lowest: int, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_folder, limit, lowest - 1)
    assert listed(stick) == "release_too_large"
    monkeypatch.setattr(release_folder, limit, lowest)
    assert listed(stick) == "listed"


def test_a_folder_is_a_tree(stick: Path) -> None:
    tree: ReleaseTree = FolderTree(stick)
    assert check_release(tree, INSTALLED, platform=PLATFORM) == manifest_of(FILES)
    assert list_files(stick) == manifest_of(FILES).files


def test_a_good_release_is_copied_whole_and_starts_next(stick: Path, versions: Path) -> None:
    assert stage(stick, versions) == "taken"

    assert (versions / CURRENT).read_text() == "7\n"
    check_release(FolderTree(versions / "7"), INSTALLED, platform=PLATFORM)
    assert sorted(one.name for one in versions.iterdir()) == ["6", "7", CURRENT]
    if os.name != "nt":
        assert os.access(versions / "7" / "bin" / "python3.11", os.X_OK)


def of_the_file(stick: Path) -> Path:
    return stick / "lib" / "empty.py"


def link_to_a_file(stick: Path) -> None:
    of_the_file(stick).unlink()
    of_the_file(stick).symlink_to("qispi/app/version.py")


def link_beside(stick: Path) -> None:
    (stick / "lib" / "more.py").symlink_to("/etc/hostname")


def link_to_a_folder(stick: Path) -> None:
    (stick / "lib" / "qispi").rename(stick.parent / "elsewhere")
    (stick / "lib" / "qispi").symlink_to(stick.parent / "elsewhere")


def pipe(stick: Path) -> None:
    of_the_file(stick).unlink()
    os.mkfifo(of_the_file(stick))


def name_without_letters(stick: Path) -> None:
    os.mkfifo(os.fsencode(stick) + b"/\xff\xfe")


@POSIX
@pytest.mark.parametrize(
    "act", [link_to_a_file, link_beside, link_to_a_folder, pipe, name_without_letters]
)
def test_what_is_no_plain_file_is_refused(
    act: Callable[[Path], None], stick: Path, versions: Path
) -> None:
    act(stick)
    assert stage(stick, versions) == "release_not_plain"
    assert still_runs_6(versions)
    assert listed(stick) == "release_not_plain"  # nor is it signed


@POSIX
@pytest.mark.parametrize("act", [link_to_a_file, pipe])
def test_a_file_that_turns_into_something_else_after_the_look_is_refused(
    act: Callable[[Path], None], stick: Path, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = list(FolderTree(stick).entries())
    act(stick)
    monkeypatch.setattr(FolderTree, "entries", lambda _: iter(seen))

    assert stage(stick, versions) in ("release_not_plain", "release_unreadable")
    assert still_runs_6(versions)


def test_a_manifest_that_is_a_link_is_not_followed(stick: Path, versions: Path) -> None:
    if os.name == "nt":
        pytest.skip("makes links")
    (stick / MANIFEST).rename(stick.parent / "m")
    (stick / MANIFEST).symlink_to(stick.parent / "m")
    assert stage(stick, versions) == "release_unreadable"


def pulled_out(monkeypatch: pytest.MonkeyPatch, at: int) -> None:
    """The stick fails at its so-manieth piece; after that nothing of it is there."""
    count = 0
    read = FolderTree.read

    def failing(self: FolderTree, path: str) -> Iterator[bytes]:
        nonlocal count
        for piece in read(self, path):
            count += 1
            if count > at:
                raise DomainError("release_unreadable")
            yield piece

    monkeypatch.setattr(FolderTree, "read", failing)


def test_a_stick_pulled_out_at_any_piece_leaves_the_old_version(
    stick: Path, versions: Path
) -> None:
    """(U4)"""
    pieces = 0
    while True:
        with pytest.MonkeyPatch.context() as patch:
            pulled_out(patch, pieces)
            said = stage(stick, versions)
        if said == "taken":
            break
        assert said == "release_unreadable"
        assert still_runs_6(versions)
        assert not (versions / "7").exists()
        pieces += 1

    assert pieces == 5  # manifest, signatures, three files that are not empty
    assert (versions / CURRENT).read_text() == "7\n"


class Cut(BaseException):
    """The power goes: nothing catches it."""


@pytest.mark.parametrize("name", ["sync_folder", "write_atomically", "check_release"])
def test_a_power_cut_between_the_steps_leaves_the_old_version(
    name: str, stick: Path, versions: Path
) -> None:
    """(U4)"""

    def cut(*_: object, **__: object) -> None:
        raise Cut

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release_folder, name, cut)
        with pytest.raises(Cut):
            stage(stick, versions)
    assert still_runs_6(versions)

    assert stage(stick, versions) == "taken"  # what was left is in nobody's way
    assert not (versions / PARTIAL).exists()


def test_a_full_disk_leaves_the_old_version(stick: Path, versions: Path) -> None:
    """(U4)"""
    fsync = os.fsync
    for fails_at in range(1, 5):
        left = fails_at

        def full(descriptor: int) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise OSError(errno.ENOSPC, "full")
            fsync(descriptor)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="full"):
                stage(stick, versions)
        assert still_runs_6(versions)


def test_a_power_cut_while_a_release_is_given_twice_leaves_one_that_starts(
    stick: Path, versions: Path
) -> None:
    """(U4) The first copy starts next, and the old version runs still. Control: cut off, the first
    copy leaves the old one."""
    assert stage(stick, versions) == "taken"

    def cut(*_: object) -> None:
        raise Cut

    for name in ("rename", "replace"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Path, name, cut)
            with contextlib.suppress(Cut):
                stage(stick, versions)
        assert (versions / CURRENT).read_text() == "7\n"
        check_release(FolderTree(versions / "7"), INSTALLED, platform=PLATFORM)

    assert stage(stick, versions) == "taken"
    assert sorted(one.name for one in versions.iterdir()) == ["6", "7", CURRENT]


def test_a_release_older_than_the_one_that_starts_next_is_refused(
    stick: Path, versions: Path, tmp_path: Path
) -> None:
    """(U2) Though newer than the one that runs. Control: the newer one is taken over it."""
    assert stage(lay(release(manifest_of(FILES, 8)), tmp_path / "eight"), versions) == "taken"
    assert stage(stick, versions) == "release_sequence_old"
    assert (versions / CURRENT).read_text() == "8\n"
    assert stage(lay(release(manifest_of(FILES, 9)), tmp_path / "nine"), versions) == "taken"
    assert (versions / CURRENT).read_text() == "9\n"


def test_a_copy_that_names_the_version_first_is_found(
    stick: Path, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the three above: a pointer that moves before the files are there. (control
    of U4)"""

    def hasty(source: Path, *_: object, **__: object) -> None:
        (versions / CURRENT).write_text("7\n")
        list(FolderTree(source).read(MANIFEST))

    pulled_out(monkeypatch, 0)
    with pytest.raises(DomainError):
        hasty(stick)
    assert (versions / CURRENT).read_text() != "6\n"


def test_what_was_planted_where_the_copy_goes_is_not_taken_over(
    stick: Path, versions: Path, tmp_path: Path
) -> None:
    planted = versions / PARTIAL / "lib"
    planted.mkdir(parents=True)
    (planted / "os.py").write_text("invented")
    (versions / "7").mkdir()
    (versions / "7" / "sitecustomize.py").write_text("invented")

    assert stage(stick, versions) == "taken"

    check_release(FolderTree(versions / "7"), INSTALLED, platform=PLATFORM)
    assert not (versions / "7" / "sitecustomize.py").exists()
    if sys.platform == "linux":
        (versions / PARTIAL).symlink_to(tmp_path / "stick")
        assert stage(stick, versions) == "taken"
        assert (tmp_path / "stick" / SIGNATURES).exists()


def test_a_stick_that_changes_while_it_is_read_gives_nothing_else(
    stick: Path, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows the signed file to the first look, and another one to every later."""
    looks: dict[str, int] = {}
    read = FolderTree.read

    def two_faced(self: FolderTree, path: str) -> Iterator[bytes]:
        looks[path] = looks.get(path, 0) + 1
        is_later = looks[path] > 1
        yield from [b"import invented\n"] if is_later else read(self, path)

    monkeypatch.setattr(FolderTree, "read", two_faced)
    assert stage(stick, versions) == "taken"
    monkeypatch.undo()

    check_release(FolderTree(versions / "7"), INSTALLED, platform=PLATFORM)
