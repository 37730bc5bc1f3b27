"""Writing a finished paper where a person chose: a folder or a stick.

It is written beside its place, put on the disk, and only then takes the name that was chosen: what
stood under that name before stays whole until the new paper is.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from app.atomic_file import sync_folder
from app.domain.errors import EnvironmentFault
from app.file_beside import NO_ROOM, begun_beside, place_beside

__all__ = ["StagedPaper", "stage_paper", "write_paper"]


@dataclass(frozen=True, slots=True)
class StagedPaper:
    """A paper that is whole on the disk and has not taken its name yet. Storage thread."""

    target: Path
    _beside: Path

    def place(self) -> None:
        """Take the name. Raises EnvironmentFault ``paper_not_written``; the file of before stays
        then."""
        try:
            self._beside.replace(self.target)
        except OSError as error:
            self.discard()
            raise _fault(error) from error
        # Some sticks cannot sync a folder; the paper itself is on them.
        with contextlib.suppress(OSError):
            sync_folder(self.target.parent)

    def discard(self) -> None:
        """Leave no trace."""
        with contextlib.suppress(OSError):
            self._beside.unlink(missing_ok=True)


def stage_paper(target: Path, content: bytes) -> StagedPaper:
    """Write a PDF beside the name that a person chose, for her account alone. Storage thread.

    Nothing half-written stays. Raises EnvironmentFault ``paper_disk_full`` or
    ``paper_not_written``.
    """
    beside = place_beside(target)
    staged = StagedPaper(target, beside)
    try:
        with begun_beside(beside) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        staged.discard()
        raise _fault(error) from error
    return staged


def write_paper(target: Path, content: bytes) -> None:
    """Write a PDF under a name that a person chose. Raises what :func:`stage_paper` and
    :meth:`StagedPaper.place` raise."""
    stage_paper(target, content).place()


def _fault(error: OSError) -> EnvironmentFault:
    return EnvironmentFault("paper_disk_full" if error.errno in NO_ROOM else "paper_not_written")
