"""``python -m tests.support.ask_status FOLDER``: a process of its own opens a laptop and says what
its status sentence says.
"""

from __future__ import annotations

import sys
from pathlib import Path

from app.clock import SystemClock
from app.i18n import load
from app.ids import SystemIds
from app.opening import open_laptop
from app.services import replication
from app.services.sync_status import status_sentence
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE


def main(folder: Path) -> None:
    """Say it, in Spanish."""
    clock = SystemClock()
    laptop = open_laptop(folder, PASSPHRASE, clock, SystemIds(clock), bounds=CHEAP_BOUNDS)
    with laptop.store.unit() as uow:
        seen = replication.sync_view(uow)
    laptop.close()
    sys.stdout.buffer.write(status_sentence(seen, clock.now_ms(), load("es")).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
