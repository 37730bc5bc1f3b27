"""Logs of events, without personal data: a fixed name, ids and counts, never a value or a message.

An exception is logged by its type and place only: its text could carry what was typed.
"""

from __future__ import annotations

import logging
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path

__all__ = ["EventFormatter", "log_bug", "place_of", "start_logging"]

LOG_BYTES_MAX = 1_000_000
KEPT_FILES = 2


class EventFormatter(logging.Formatter):
    """Writes the event's name and its allowed keys; drops messages, arguments and tracebacks."""

    ALLOWED = ("place", "kind", "count", "size", "seconds", "reason")

    def format(self, record: logging.LogRecord) -> str:
        """Return one line: time, level, logger, event, allowed keys."""
        event = record.msg if isinstance(record.msg, str) and not record.args else ""
        event = event.removeprefix(f"{record.name}.")
        keys = [f"{name}={getattr(record, name)}" for name in self.ALLOWED if hasattr(record, name)]
        if record.exc_info and record.exc_info[1] is not None:
            keys.append(f"kind={type(record.exc_info[1]).__name__}")
            keys.append(f"place={place_of(record.exc_info[1])}")
        name = event if event.isidentifier() else "event"
        return " ".join((self.formatTime(record), record.levelname, record.name, name, *keys))


def start_logging(file: Path | None) -> None:
    """Send the program's events to a rotating file (or nowhere). Third parties' messages are
    dropped below WARNING, and reduced to their place above it."""
    root = logging.getLogger()
    root.handlers.clear()
    root.setLevel(logging.WARNING)
    logging.getLogger("qispi").setLevel(logging.INFO)
    if file is None:
        root.addHandler(logging.NullHandler())
        return
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handler = RotatingFileHandler(
        file, maxBytes=LOG_BYTES_MAX, backupCount=KEPT_FILES, encoding="utf-8", delay=True
    )
    handler.setFormatter(EventFormatter())
    root.addHandler(handler)


def place_of(error: BaseException) -> str:
    """Return ``module:line`` of the innermost frame of an exception."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return "unknown:0"
    last = frames[-1]
    return f"{Path(last.filename).stem}:{last.lineno}"


def log_bug(error: BaseException) -> str:
    """Log an exception nobody expected, by type and place; return the place for the screen."""
    place = place_of(error)
    logging.getLogger("qispi.bug").error(
        "bug", extra={"kind": type(error).__name__, "place": place}
    )
    return place
