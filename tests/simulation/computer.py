"""The computer of a simulated laptop, and the profile of its user: what no copy of the files has."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["SimComputer"]


@dataclass(slots=True, eq=False)
class SimComputer:
    """:class:`app.services.machine_watch.Machine`."""

    serial: str
    count: int = 0
    """Starts of the program on it."""
    _noted: dict[bytes, int] = field(default_factory=dict)

    def image(self) -> SimComputer:
        """Return what an image of the whole disk brings along: the system cannot tell them apart."""
        return SimComputer(self.serial, self.count, dict(self._noted))

    def name(self) -> bytes:
        """Return what the system calls it."""
        return self.serial.encode()

    def starts(self, tag: bytes) -> int | None:
        """Return how many starts are noted."""
        return self._noted.get(tag)

    def note(self, tag: bytes, starts: int) -> None:
        """Note the starts."""
        self._noted[tag] = starts
        self.count += 1
