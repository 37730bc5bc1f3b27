"""What is read from the disk before the lock screen shows: it is looked at many times a day, on a
slow disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.storage import PASSPHRASE
from tests.support.windows import set_up_here

SHOW = """
import sys
from pathlib import Path

read = []
sys.addaudithook(lambda event, said: read.append(said[0]) if event == "open" else None)

import app.cli  # by which every start comes
from app.settings import Settings
from app.window import open_window

assert open_window(Settings(Path(sys.argv[1]), "quy"), until_first_paint=True) == 0
print(*sorted(sys.modules))
print(*sorted({Path(one).parts[-3] for one in map(str, read) if one.endswith((".po", ".mo"))}))
"""

OPEN = """
import sys
from pathlib import Path

from app.bootstrap import Direct, LaptopDoor
from app.clock import FixedClock, SystemClock
from app.settings import Settings

clock = FixedClock(SystemClock().now_ms())
door = LaptopDoor(Settings(Path(sys.argv[1])), Direct(), clock)
for piece in door.pieces_ahead():
    piece()
ahead = set(sys.modules)
read = []
sys.addaudithook(lambda event, said: read.append(str(said[0])) if event == "open" else None)


def open_and_close():
    read.clear()
    door.unlock(sys.argv[2]).close()
    return sum(one.endswith(".yaml") for one in read)


print(open_and_close())
print(*sorted({one.split(".")[0] for one in set(sys.modules) - ahead}))
clock.ms += 24 * 60 * 60 * 1000
print(open_and_close())
"""

LATER = (
    "alembic",
    "app.definitions",
    "app.documents",
    "app.domain.definitions",
    "app.domain.form",
    "app.entering",
    "app.laptop",
    "app.services.ports",
    "app.services.read_models",
    "app.services.workplace",
    "db.engine",
    "httpx2",
    "reportlab",
    "sqlalchemy",
    "sqlcipher3",
    "sync",
    "ui.forms",
    "ui.screens.lock.first_start",
    "ui.screens.lock.recover",
    "ui.shell",
    "yaml",
)
"""What an open vault works with, and what a laptop shows once in its life."""


def _shown(data: Path) -> tuple[set[str], list[str]]:
    """Show the lock screen of a laptop in Quechua once; return what was imported until then, and
    the languages of which a catalogue was read."""
    (data / "llaves.json").touch()  # or it is the first start that shows
    done = subprocess.run(
        [sys.executable, "-c", SHOW, str(data)],
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    modules, languages = done.stdout.splitlines()
    return set(modules.split()), languages.split()


def test_before_the_lock_screen_only_what_it_shows_is_read(tmp_path: Path) -> None:
    modules, languages = _shown(tmp_path)

    assert "ui.screens.lock.view" in modules
    assert [
        one
        for one in sorted(modules)
        if any(one == late or one.startswith(f"{late}.") for late in LATER)
    ] == []
    assert languages == ["quy"]


def test_what_is_loaded_while_the_words_are_typed_is_not_loaded_when_they_open(
    tmp_path: Path,
) -> None:
    set_up_here(tmp_path).close()

    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(tmp_path), PASSPHRASE],
        capture_output=True,
        text=True,
        check=True,
    )

    files, packages, files_of_the_next_day = done.stdout.splitlines()
    assert int(files) == 0
    assert not {"sqlalchemy", "sqlcipher3", "reportlab", "httpx2", "yaml"} & set(packages.split())
    assert int(files_of_the_next_day) > 0
