"""What is loaded while somebody types her words holds up nothing that the lock screen asks for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

LOADS_FOR_EVER = """
import sys
import threading
from pathlib import Path

from app.bootstrap import LaptopDoor
from app.settings import Settings
from ui.application import run

has_asked, has_ended = threading.Event(), threading.Event()


class Door(LaptopDoor):
    def tags(self):
        has_asked.set()
        return super().tags()

    def pieces_ahead(self):
        while not has_ended.is_set():
            yield lambda: None


def must_end():
    # Asked twice a second, and for ten seconds at most.
    looks.append(has_asked.is_set())
    if looks[-1] or len(looks) > 20:
        has_ended.set()
    return has_ended.is_set()


looks = []
run(
    lambda threads: Door(Settings(Path(sys.argv[1])), threads),
    language="es",
    idle_minutes=5,
    must_end=must_end,
)
print(any(looks))
"""


def test_whose_words_open_the_laptop_is_asked_between_two_pieces(
    tmp_path: Path, checkout: Path
) -> None:
    (tmp_path / "llaves.json").touch()

    ended = subprocess.run(
        [sys.executable, "-c", LOADS_FOR_EVER, str(tmp_path)],
        cwd=checkout,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert ended.stdout.split() == ["True"]
