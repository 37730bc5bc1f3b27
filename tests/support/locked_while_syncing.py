"""``python -m tests.support.locked_while_syncing FOLDER``: the program's real threads synchronise,
and are told to lock by a line on the standard input, whatever the network does.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from app.bootstrap import workplace_of
from app.clock import SystemClock
from app.ids import SystemIds
from app.opening import open_laptop
from app.supervisor import EXIT_LOCKED
from app.window import leave
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE
from ui.runtime.task_runner import TaskRunner

__all__ = ["main"]


def main(folder: Path) -> None:
    """Synchronise, and lock when told, as the window does: cancel, close the vault, leave."""
    application = QCoreApplication([])
    runner = TaskRunner()
    clock = SystemClock()
    laptop = runner.on_storage_thread(
        lambda: open_laptop(folder, PASSPHRASE, clock, SystemIds(clock), bounds=CHEAP_BOUNDS)
    ).result()
    workplace = workplace_of(laptop, runner)
    workplace.sync.sync_now(lambda _: None, lambda _: application.exit(1))

    def wait_for_the_word() -> None:
        sys.stdin.readline()
        runner.post(lambda: application.exit(EXIT_LOCKED))

    threading.Thread(target=wait_for_the_word).start()
    code = application.exec()
    workplace.sync.cancel()
    runner.last_on_storage_thread(workplace.close).result()
    runner.close()
    leave(code)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
