"""Where this laptop's files lie, and the few choices that are no secret."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import platformdirs

__all__ = ["Settings", "load_settings"]

IDLE_LOCK_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Settings:
    """Paths and choices of one laptop. Nothing in here is secret or personal."""

    data: Path
    language: str | None = None
    """The one that was asked for at this start, if any."""
    idle_lock_minutes: int = IDLE_LOCK_MINUTES
    notes: Path | None = None
    """Outside the data folder, in the profile of the user: what a copy of that folder does not
    carry. None: nothing is noted there."""

    @property
    def vault_file(self) -> Path:
        """The wrapped keys: not encrypted as the database is."""
        return self.data / "llaves.json"

    @property
    def preferences_file(self) -> Path:
        """The language last used, in clear: all that is known before anything is open."""
        return self.data / "preferencias.json"

    @property
    def log_file(self) -> Path:
        """Events of the program, without personal data."""
        return self.data / "qispi.log"


def load_settings(data: Path | None, language: str | None = None) -> Settings:
    """Return the settings for a data folder, or for the user's own when none is named."""
    folder = data if data is not None else Path(platformdirs.user_data_path("qispi"))
    # On Windows the roaming part: the local one is where the data lie.
    notes = Path(platformdirs.user_config_path("qispi", appauthor=False, roaming=True))
    return Settings(folder.absolute(), language, notes=notes)
