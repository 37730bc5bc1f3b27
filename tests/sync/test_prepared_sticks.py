"""A stick that somebody prepared: what lies on it never leads this program to anybody's files."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.errors import EnvironmentFault
from app.services.messages import SENTENCES
from app.services.read_models import SyncReport, SyncStep
from sync.client.folder import BATCH, STATEMENT
from sync.client.stick import FOLDER_NAME, Stick, Wanted
from sync.protocol.batch import batch_id
from tests.support.spoilt import batches_of
from tests.support.sticks import files, home, listed

LETTER = b"Querida hermana: "


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    (folder / FOLDER_NAME).mkdir(parents=True)
    return folder


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    """A file of the person who works here."""
    path = tmp_path / "carta.txt"
    path.write_bytes(LETTER)
    return path


@pytest.mark.parametrize("ending", [".part", ""])
@pytest.mark.parametrize(
    "plant",
    [
        lambda path, letter: path.symlink_to(letter),
        lambda path, letter: path.hardlink_to(letter),
        lambda path, letter: path.symlink_to(letter.with_name("not there yet")),
        lambda path, _: os.mkfifo(path),
        lambda path, _: path.write_bytes(b"left over"),
    ],
    ids=["link", "hard link", "dangling link", "pipe", "left over"],
)
def test_what_lies_under_the_name_of_a_file_to_write_is_replaced_and_never_written_through(
    pair: tuple[Typist, Typist],
    stick: Path,
    letter: Path,
    plant: Callable[[Path, Path], None],
    ending: str,
) -> None:
    """(I3)"""
    a, b = pair
    a.register({"names": "Inventada"})
    contents = {f"{batch_id(one).hex()}{BATCH}": one for one in batches_of(a)}
    for name in contents:
        plant(home(stick, f"{name}{ending}"), letter)

    assert a.use_stick(stick).failure is None

    assert letter.read_bytes() == LETTER
    assert [one.name for one in letter.parent.iterdir() if one.is_file()] == [letter.name]
    for name, content in contents.items():
        found = home(stick, name)
        assert not found.is_symlink()
        assert found.read_bytes() == content
    assert b.use_stick(stick).batches_received == len(contents)


@pytest.mark.parametrize(
    "plant",
    [
        lambda path, elsewhere: path.symlink_to(elsewhere, target_is_directory=True),
        lambda path, elsewhere: path.symlink_to(elsewhere / "not there"),
        lambda path, _: path.write_bytes(b"a file"),
        lambda path, _: os.mkfifo(path),
    ],
    ids=["link", "dangling link", "file", "pipe"],
)
def test_a_stick_whose_folder_is_none_is_refused_and_nothing_is_written_behind_it(
    pair: tuple[Typist, Typist], stick: Path, tmp_path: Path, plant: Callable[[Path, Path], None]
) -> None:
    a, _ = pair
    a.register({"names": "Inventada"})
    assert a.use_stick(stick).failure is None
    elsewhere = tmp_path / "mis documentos"
    shutil.move(stick / FOLDER_NAME, elsewhere)  # with batches in it, as if it were ours
    for one in elsewhere.rglob(f"*{BATCH}"):
        one.unlink()
    left = sorted(elsewhere.rglob("*"))
    plant(stick / FOLDER_NAME, elsewhere)

    report = a.use_stick(stick)

    assert report.failure == "stick_not_ours"
    assert SENTENCES["stick_not_ours"].endswith(".")
    assert sorted(elsewhere.rglob("*")) == left


def test_a_folder_under_the_name_of_a_file_to_write_is_named_and_left_alone(
    pair: tuple[Typist, Typist], stick: Path
) -> None:
    a, _ = pair
    a.register({"names": "Inventada"})
    name = f"{batch_id(batches_of(a)[0]).hex()}{BATCH}"
    for planted in (f"{name}.part", name):
        inside = home(stick, planted) / "foto.jpg"
        inside.parent.mkdir()
        inside.write_bytes(b"\xff\xd8")
        assert a.use_stick(stick).failure == "stick_not_ours"
        assert inside.read_bytes() == b"\xff\xd8"
        shutil.rmtree(inside.parent)
    assert a.use_stick(stick).failure is None


@pytest.mark.parametrize(
    "swap",
    [lambda path, other: path.symlink_to(other), lambda path, _: os.mkfifo(path)],
    ids=["link", "pipe"],
)
def test_a_file_that_turned_into_something_else_since_it_was_listed_is_not_read(
    pair: tuple[Typist, Typist], stick: Path, tmp_path: Path, swap: Callable[[Path, Path], None]
) -> None:
    """(I3)"""
    a, b = pair
    a.register({"names": "Inventada"})
    assert a.use_stick(stick).failure is None
    names = [one.name for one in files(stick)]
    reports: list[SyncReport] = []

    def on_progress(progress) -> None:
        if progress.step is not SyncStep.RECEIVE or (tmp_path / names[0]).exists():
            return
        for name in names:
            home(stick, name).replace(tmp_path / name)
            swap(home(stick, name), tmp_path / name)

    b.workplace.sync.sync_folder(stick, on_progress, reports.append)

    assert (tmp_path / names[0]).exists()
    assert reports[0].batches_received == 0
    assert reports[0].set_aside == len(names)


def test_statements_behind_a_link_are_not_read(
    pair: tuple[Typist, Typist], stick: Path, tmp_path: Path
) -> None:
    a, _ = pair
    secret = tmp_path / f"acta{STATEMENT}"
    secret.write_bytes(LETTER)
    planted = stick / FOLDER_NAME / f"{'aa' * 32}{STATEMENT}"
    planted.symlink_to(secret)
    held = Stick(stick, lambda _up, _down: None)
    assert (
        planted.name not in listed(stick, {STATEMENT: Wanted(100, range(1 << 20))})[STATEMENT].sizes
    )
    assert held.read(planted.name, 100) is None
    assert a.use_stick(stick).failure is None
    assert secret.read_bytes() == LETTER


_ON_A_SMALL_STICK = """
import sys
from pathlib import Path
from app.domain.errors import EnvironmentFault
from sync.client.stick import Stick

stick = Stick(Path(sys.argv[1]), lambda up, down: None)
written = []
try:
    for number in range(100):
        stick.write(f"{number:02}.lote", bytes(100_000))
        written.append(f"{number:02}/{number:02}.lote")
except EnvironmentFault as fault:
    assert fault.message_id == "stick_full", fault
assert 0 < len(written) < 100
left = {str(one.relative_to(stick.folder)) for one in stick.folder.rglob("*") if one.is_file()}
assert left == set(written), "a half was left"
stick.drop(written[0])
stick.write("00.lote", bytes(50_000))
print("held")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="needs a small file system of its own")
def test_a_really_full_stick_is_named_and_not_left_full_of_halves(
    tmp_path: Path, checkout: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    apart = ["unshare", "--map-root-user", "--mount"]
    mounted = 'mount -t tmpfs -o size=1m none "$1" && exec "$2" -c "$3" "$1"'
    probe = subprocess.run(
        [*apart, "mount", "-t", "tmpfs", "none", str(disk)], capture_output=True, check=False
    )
    if probe.returncode != 0:
        pytest.skip("this machine allows no file system of one's own")
    done = subprocess.run(
        [*apart, "sh", "-c", mounted, "sh", str(disk), sys.executable, _ON_A_SMALL_STICK],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(checkout)},
    )
    assert done.stdout.strip() == "held", done.stderr


def test_a_folder_that_becomes_a_link_while_it_is_used_is_not_followed(
    stick: Path, tmp_path: Path
) -> None:
    held = Stick(stick, lambda _up, _down: None)
    held.write("one.lote", b"1")
    (stick / FOLDER_NAME).rename(tmp_path / "elsewhere")
    (stick / FOLDER_NAME).symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    for work in (
        lambda: held.write("two.lote", b"2"),
        lambda: listed(stick, {BATCH: Wanted(100, range(1 << 20))}),
    ):
        with pytest.raises(EnvironmentFault, match="stick_not_ours"):
            work()
    assert [one.name for one in (tmp_path / "elsewhere").rglob("*.lote")] == ["one.lote"]
