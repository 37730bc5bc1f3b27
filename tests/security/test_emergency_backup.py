"""A stick with a backup and two sheets are enough, without the program (K7, L)."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from app.backups import BackupRuns
from app.bootstrap import Direct
from app.clock import FixedClock
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.ids import SystemIds
from app.opening import open_laptop
from app.resources import emergency_files
from app.restoring import by_words, restore_laptop, try_backup
from app.services.backup_ports import BackupReport
from app.services.emergency_names import emergency_names
from db.backup import make_backup, read_source
from db.backup_found import lying_at, remove_backup
from db.backup_manifest import MANIFEST_NAME, Manifest
from db.backup_openers import OPENER_NAMES
from db.backup_openers import openers as openers_of
from tests.security.test_emergency import PAGE, Left
from tests.security.test_emergency import left as left
from tests.support.laptops import NOON_MS, definitions
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE

CLOCK = FixedClock(NOON_MS)
TELLING = re.compile(
    r"violen|v[ií]ctim|agres|mujer|\bCEM|aurora|warmi|denunci|MIMP|relato|riesgo", re.IGNORECASE
)


@pytest.fixture(scope="module")
def stick(left: Left, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stick with one backup, the database in several pieces."""
    place = tmp_path_factory.mktemp("stick")
    laptop = open_laptop(
        left.folder,
        PASSPHRASE,
        CLOCK,
        SystemIds(CLOCK),
        bounds=CHEAP_BOUNDS,
        definitions=definitions(),
    )
    assert laptop.vault is not None
    source = read_source(
        laptop.store.stand_still(),
        laptop.vault.key,
        program="0",
        made_ms=NOON_MS,
        day=CLOCK.today(),
        last_number=0,
        openers=emergency_files(),
        names=emergency_names(definitions()),
        bounds=CHEAP_BOUNDS,
    )
    make_backup(
        place, source, lambda: source.standing.holds, lambda *_: None, piece_bytes=64 * 4096
    )
    source.standing.end()
    laptop.close()
    return place


def whole(stick: Path, tmp_path: Path) -> Path:
    """Return a copy of the backup's folder, as step 1 of the page has it."""
    (folder,) = stick.iterdir()
    return Path(shutil.copytree(folder, tmp_path / "copia"))


def asked(folder: Path, *arguments: str, typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-s", *arguments],
        input=typed,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def joined(folder: Path) -> None:
    """Join the pieces by the very line that the page has."""
    page = PAGE.read_text(encoding="utf-8")
    lines = re.findall(r"^ *(cat datos\S+ > datos\.db)$", page, re.MULTILINE)
    assert len(lines) == 1
    subprocess.run(["sh", "-c", lines[0]], cwd=folder, check=True, timeout=60)


def test_two_sheets_and_the_stick_alone_give_back_the_cases(
    left: Left, stick: Path, tmp_path: Path
) -> None:
    folder = whole(stick, tmp_path)
    pieces = sorted(one.name for one in folder.glob("datos.*"))
    assert pieces[:2] == ["datos.001", "datos.002"]
    joined(folder)
    rows = "".join(f"{row}\n" for number in (3, 1) for row in left.rows[number])
    key = asked(folder, "llave.py", "llaves.json", typed=rows).stdout
    assert re.fullmatch("[0-9a-f]{64}\n", key)
    ended = asked(folder, "leer.py", "datos.db", "nombres.bin", typed=key)
    assert ended.returncode == 0, ended.stderr
    assert "Nombres: Nantip" in ended.stdout
    (folder / "nombres.bin").unlink()  # the control: without it they are numbers
    without = asked(folder, "leer.py", "datos.db", typed=key)
    assert "Nantip" in without.stdout
    assert "Nombres" not in without.stdout


def test_names_that_are_damaged_or_of_another_backup_are_told(
    left: Left, stick: Path, tmp_path: Path
) -> None:
    folder = whole(stick, tmp_path)
    joined(folder)
    rows = "".join(f"{row}\n" for number in (1, 2) for row in left.rows[number])
    key = asked(folder, "llave.py", "llaves.json", typed=rows).stdout
    content = bytearray((folder / "nombres.bin").read_bytes())
    content[40] ^= 1
    (folder / "nombres.bin").write_bytes(content)
    ended = asked(folder, "leer.py", "datos.db", "nombres.bin", typed=key)
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert f"«{ended.stderr.splitlines()[-1].rpartition(': ')[2]}»" in PAGE.read_text("utf-8")


def test_nothing_in_clear_on_the_stick_says_what_it_is_for(stick: Path) -> None:
    """(L) The names of the fields do, and they lie there sealed."""
    (folder,) = stick.iterdir()
    for one in folder.iterdir():
        said = one.read_bytes().decode("utf-8", errors="replace")
        if one.name.startswith("datos."):
            assert "EDAD_VICTIMA" not in said
        elif one.name != "nombres.bin":
            assert TELLING.findall(said) == [], one.name
        else:
            assert b"case" not in one.read_bytes()
    assert TELLING.search(emergency_names(definitions()).decode())  # the control


def test_they_are_in_the_index_and_verified_like_the_rest(stick: Path, tmp_path: Path) -> None:
    found = lying_at(stick).laptops[0][0]
    said = {one.name: one.size for one in found.manifest.files}
    assert set(OPENER_NAMES) <= set(said)
    assert 20_000 < sum(said[name] for name in OPENER_NAMES) < 100_000
    opener = by_words(PASSPHRASE, bounds=CHEAP_BOUNDS)
    try_backup(stick, opener)
    for name in OPENER_NAMES:
        copy = Path(shutil.copytree(stick, tmp_path / name))
        path = next(copy.iterdir()) / name
        path.write_bytes(path.read_bytes()[:-1] + b"?")
        with pytest.raises(DomainError, match="backup_damaged") as refused:
            try_backup(copy, opener)
        assert refused.value.parameters["file"] == name
        # It opens the backup for nobody who has the program: a laptop is made of it all the same.
        new = tmp_path / f"new-{name}"
        restore_laptop(copy, new, opener, CLOCK, SystemIds(CLOCK), definitions=definitions())
        remove_backup(next(copy.iterdir()))
        assert list(copy.iterdir()) == []


def test_an_index_of_before_is_read_as_it_is_and_one_of_now_says_that_it_is_newer(
    stick: Path,
) -> None:
    (folder,) = stick.iterdir()
    content = (folder / MANIFEST_NAME).read_bytes()
    now = Manifest.from_bytes(content)
    assert b'"version":3' in content
    files = tuple(one for one in now.files if one.name not in OPENER_NAMES)
    for version, held in ((2, now.files), (1, files)):
        before = replace(now, files=held, number=0).to_bytes()
        assert b'"version":%d' % version in before
        assert Manifest.from_bytes(before).files == held
        with pytest.raises(DomainError, match="backup_damaged"):
            Manifest.from_bytes(content.replace(b'"version":3', b'"version":%d' % version))
    with pytest.raises(DomainError, match="file_newer"):
        Manifest.from_bytes(content.replace(b'"version":3', b'"version":4'))


def test_the_page_makes_backups_with_them(left: Left, tmp_path: Path) -> None:
    laptop = open_laptop(
        left.folder,
        PASSPHRASE,
        CLOCK,
        SystemIds(CLOCK),
        bounds=CHEAP_BOUNDS,
        definitions=definitions(),
    )
    reports: list[BackupReport] = []
    BackupRuns(laptop, Direct(), bounds=CHEAP_BOUNDS).make(tmp_path, lambda _: None, reports.append)
    laptop.close()
    assert reports[0].fault is None
    (folder,) = tmp_path.iterdir()
    assert set(OPENER_NAMES) <= {one.name for one in folder.iterdir()}
    made = reports[0].made
    assert made is not None
    on_stick = [one.stat().st_size for one in folder.iterdir() if one.name != MANIFEST_NAME]
    assert made.total_bytes == sum(on_stick)


def test_a_backup_is_made_where_they_are_gone(tmp_path: Path) -> None:
    """Better without them than none."""
    assert openers_of([tmp_path / "leer.py"], b"", SecretKey(bytes(32)), bytes) == {}
