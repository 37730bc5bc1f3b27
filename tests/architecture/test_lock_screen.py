"""What is read from the disk before the lock screen shows: it is looked at many times a day, on a
slow disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
        [sys.executable, "-c", SHOW, str(data)], capture_output=True, text=True, check=True
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
