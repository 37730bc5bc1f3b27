"""What is known here of damage to what was saved."""

from __future__ import annotations

from typing import Final

__all__ = ["Damage"]

_REASONS: Final = frozenset({"file_damaged", "database_damaged", "disk_failing"})
"""Behind these nobody knows yet what is left of what was saved."""


class Damage:
    """Whether something of what was saved could not be read: that stays so until it is made anew,
    which is another start of the program. GUI thread."""

    def __init__(self) -> None:
        self._is_known = False

    @property
    def is_known(self) -> bool:
        """Whether nobody may say any more that nothing was lost."""
        return self._is_known

    def note(self, reason: str) -> None:
        """Something could not be done, for this reason (a message id)."""
        self._is_known |= reason in _REASONS
