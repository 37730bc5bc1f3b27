"""What a laptop remembers before anything is open: the language of its screens, and nothing else.

A small plain file in the data folder. One that is damaged, or of a newer version, is ignored.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from app.atomic_file import write_atomically
from app.i18n import LANGUAGES
from app.settings import Settings

__all__ = ["language_at_start", "remember_language"]

_LANGUAGE: Final = "language"
_BYTES_MAX: Final = 4096


def language_at_start(settings: Settings) -> str:
    """Return the language that was asked for, or the one last used here, or Spanish."""
    return settings.language or _remembered(settings.preferences_file) or LANGUAGES[0]


def remember_language(settings: Settings, code: str) -> None:
    """Keep a language for the next start. Raises OSError, with the file as it was."""
    write_atomically(settings.preferences_file, json.dumps({_LANGUAGE: code}).encode())


def _remembered(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(_BYTES_MAX))
    except (OSError, ValueError, RecursionError):
        return None
    code = content.get(_LANGUAGE) if isinstance(content, dict) else None
    return code if code in LANGUAGES else None
