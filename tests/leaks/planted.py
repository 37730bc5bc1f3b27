"""Ways in which programs leave what they were told on a disk, one a name: each has to be found.

``python -m tests.leaks.planted NAME PLACE`` does it below PLACE, says ``ready`` and waits.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from reportlab.pdfgen.canvas import Canvas
from sqlcipher3 import dbapi2

from app.settings import Settings
from tests.leaks.world import ENVIRONMENT
from tests.support.one_day import MARKERS, PEOPLE, Places

__all__ = ["EVERY_PLACE", "LEAKS"]

EVERY_PLACE: Final = "in every place"
"""Whoever looks in all of them finds every marker."""

_KEY: Final = "PRAGMA key = \"x'" + "ab" * 32 + "'\""
_COPIES: Final = 300
"""Rows of each person: more than the cache of the database holds."""


def _plain_database(places: Places) -> None:
    """A database that is not encrypted."""
    with sqlite3.connect(places.data / "datos.db") as connection:
        connection.execute("CREATE TABLE p (n, d, t, x)")
        connection.executemany("INSERT INTO p VALUES (?, ?, ?, ?)", _rows())
    connection.close()


def _sorted_on_disk(places: Places) -> None:
    """An encrypted database that sorts in temporary files, which it unlinks at once."""
    connection = dbapi2.connect(str(places.data / "datos.db"))
    connection.execute(_KEY)
    connection.execute("PRAGMA temp_store = FILE")
    connection.execute("PRAGMA cache_size = -100")
    connection.execute("CREATE TABLE p (n, d, t, x)")
    connection.executemany("INSERT INTO p VALUES (?, ?, ?, ?)", _rows() * _COPIES)
    connection.commit()
    connection.execute("SELECT n, d, t, x FROM p ORDER BY x DESC, n").fetchone()
    connection.close()


def _deleted_file(places: Places) -> None:
    """A paper in a temporary file, printed, and deleted again."""
    del places
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        canvas = Canvas(file.name, pageCompression=1)
        for one in PEOPLE:
            canvas.drawString(50, 700, f"{one.name} {one.document}")
            canvas.drawString(50, 680, f"{one.phone} {one.story}")
            canvas.showPage()
        canvas.save()


def _settings(places: Places) -> None:
    """What was searched for and saved last, in the settings of Qt."""
    from PySide6.QtCore import QCoreApplication, QSettings

    del places
    QCoreApplication.setOrganizationName("example")
    settings = QSettings("example", "example")
    settings.setValue("search/history", [one.name for one in PEOPLE])
    settings.setValue("last/files", [f"/home/x/{one.document}.pdf" for one in PEOPLE])
    settings.sync()


def _log(places: Places) -> None:
    """A log that says whose case was saved, and then is turned over."""
    file = Settings(places.data).log_file
    logging.basicConfig(filename=file, level=logging.INFO)
    log = logging.getLogger("example")
    for one in PEOPLE:
        log.info("saved %s, %s, %s: %s", one.name, one.document, one.phone, one.story)
    logging.shutdown()
    file.rename(file.with_suffix(".1"))
    file.with_suffix(".1").unlink()


def _every_place(places: Places) -> None:
    """A file in each folder of a program's world and on the stick, deleted again."""
    folders = {
        *(Path(os.environ[name]) for name in ENVIRONMENT),
        *(places.data, places.stick, Path.cwd()),
    }
    files = []
    for at, folder in enumerate(sorted(folders)):
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "notas.txt"
        rows = _rows()[at :: len(folders)]
        file.write_text("\n".join(text for row in rows for text in row), encoding="utf-8")
        files.append(file)
    os.sync()
    for file in files:  # at the end: the next one would be written over it
        file.unlink()


def _memory(places: Places) -> None:
    """A process that holds them and did not give up its core dump."""
    del places
    _HELD.extend(one.encode() for one in MARKERS)


_HELD: Final[list[bytes]] = []

LEAKS: Final[Mapping[str, Callable[[Places], None]]] = {
    "a plain database": _plain_database,
    "sorting in files": _sorted_on_disk,
    "a deleted file": _deleted_file,
    "settings": _settings,
    "a log, deleted": _log,
    EVERY_PLACE: _every_place,
    "a core dump": _memory,
}


def _rows() -> list[tuple[str, str, str, str]]:
    return [(one.name, one.document, one.phone, one.story) for one in PEOPLE]


def main(name: str, place: Path) -> None:
    """Leak, say so, and wait for the end."""
    places = Places(place)
    places.data.mkdir()
    LEAKS[name](places)
    os.sync()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
