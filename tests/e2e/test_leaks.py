"""Nothing typed into a laptop stands in clear in any file: laptop, stick, server, temp, home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.clock import SystemClock
from app.demo.region_server import running_server
from app.ids import SystemIds
from app.opening import open_laptop
from app.services import casework
from app.services.read_models import CaseFilter
from db.store import DATABASE_NAME
from tests.support.leakscan import scan, self_test
from tests.support.one_day import MARKERS, PEOPLE, Places, make_root
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE

ENCODINGS = ("utf-8", "utf-16le", "utf-16be", "latin-1")


@contextmanager
def _a_day(places: Places, checkout: Path, url: str) -> Iterator[None]:
    """Live the day in another process; within the block it is open, after it killed."""
    environment = {
        **os.environ,
        "HOME": str(places.home),
        "XDG_CACHE_HOME": str(places.home / "cache"),
        "XDG_CONFIG_HOME": str(places.home / "config"),
        "XDG_DATA_HOME": str(places.home / "data"),
        "TMPDIR": str(places.temporary),
        "SQLITE_TMPDIR": str(places.temporary),
        "PYTHONPATH": str(checkout),
    }
    day = subprocess.Popen(
        [sys.executable, "-m", "tests.support.one_day", str(places.place), url],
        cwd=places.home,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert day.stdin is not None
    assert day.stdout is not None
    try:
        assert day.stdout.readline() == b"ready\n"
        yield
    finally:
        day.kill()
        day.wait()
        day.stdin.close()
        day.stdout.close()


@pytest.mark.timeout(900)
def test_none_of_400_markers_stands_in_clear_in_any_file(tmp_path: Path, checkout: Path) -> None:
    """(L1, L3, L7) Control: the scanner finds each marker that is planted, in four encodings."""
    assert len(set(MARKERS)) == 400
    places = Places(tmp_path / "place")
    for folder in (places.home, places.temporary):
        folder.mkdir(parents=True)
    make_root(places)
    with running_server(places.server, places.root, name="Región Inventada") as server:
        with _a_day(places, checkout, server.folder.url):
            wal = places.data / f"{DATABASE_NAME}-wal"
            assert wal.stat().st_size > 0
            assert scan(places.all(), MARKERS) == [], "while the laptop is open"
        assert wal.stat().st_size > 0
        assert scan(places.all(), MARKERS) == [], "after the laptop was killed"
        _hold_everything_and_close(places)
        assert scan(places.all(), MARKERS) == [], "after the laptop was closed"
    assert scan(places.all(), MARKERS) == [], "after the server ended"
    _something_was_there(places)
    _the_scanner_sees(tmp_path / "control")


def _hold_everything_and_close(places: Places) -> None:
    """The texts are really in the laptop, though in no file in clear."""
    clock = SystemClock()
    laptop = open_laptop(places.data, PASSPHRASE, clock, SystemIds(clock), bounds=CHEAP_BOUNDS)
    with laptop.store.unit() as uow:
        assert casework.count_cases(uow, CaseFilter()) == len(PEOPLE) + 2
        for one in PEOPLE:
            assert len(casework.search_cases(uow, one.document, 5)) == 1
    laptop.close()


def _something_was_there(places: Places) -> None:
    log = (places.data / "qispi.log").read_text()
    assert "bug" in log
    assert len(list(places.stick.rglob("*"))) > 1
    assert sum(path.stat().st_size for path in places.server.rglob("*") if path.is_file()) > 50_000


def _the_scanner_sees(control: Path) -> None:
    """A leak planted in each encoding, in the midst of what looks like ciphertext, is found."""
    control.mkdir()
    self_test(control, [MARKERS[0], MARKERS[1], MARKERS[2], MARKERS[3]])
    noise = os.urandom(1_000)
    for encoding in ENCODINGS:
        planted = control / f"{encoding}.db-wal"
        planted.write_bytes(noise + noise.join(one.encode(encoding) for one in MARKERS) + noise)
        assert {finding.marker for finding in scan([planted], MARKERS)} == set(MARKERS), encoding
        planted.unlink()
