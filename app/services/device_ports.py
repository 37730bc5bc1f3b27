"""The centre's laptops: what their batches say of them, and the port to their keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from app.domain.errors import DomainError
from app.services.batch_ports import Cursor

__all__ = ["NO_DEVICES", "CentreDevice", "DeviceKeys", "Devices", "Sealed"]


@dataclass(frozen=True, slots=True)
class CentreDevice:
    """A laptop of the centre, as its roster has it."""

    id: bytes
    letter: str
    is_admin: bool
    is_own: bool
    is_revoked: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """A file to carry to another laptop, and the 32 digits that are read out over a known
    telephone."""

    content: bytes
    code: str


class Devices(Protocol):
    """What the batches of the centre's laptops say of their programs, and of what they had read."""

    def note(self, device: bytes, *, format: int, seen: Cursor | None) -> None:
        """Note what a batch of a device says of it: the newest format that its program knows, and
        how far it had verified a log. Batches come in any order."""

    def format_of_all(self, devices: Collection[bytes]) -> int | None:
        """Return the newest format that each of these devices knows; 0 when one was never heard,
        None when there are none."""

    def seen_by(self, position: int) -> tuple[bytes, ...]:
        """Return the devices that had verified the log of the cursor up to this position or
        further, by what their own batches say, in the order of their ids."""

    def positions(self) -> Mapping[bytes, int]:
        """Return for each device that was heard how far it had verified the log of the cursor."""

    def last_heard(self) -> Mapping[bytes, int]:
        """Return when the last batch of each device came here, wall time in ms."""

    def held_by(self, device: bytes, position: int, kinds: Sequence[str]) -> Mapping[str, int]:
        """Return of how many records of each of these kinds a device has a change: those of its own
        batches, of those that stand in the log up to a position, and of those that it said on
        sticks to hold. A record that is in several counts once. Reads the whole log."""


class DeviceKeys(Protocol):
    """The laptops of the centre. Storage thread, outside of any unit. Every refusal changes
    nothing."""

    @property
    def is_enrolled(self) -> bool:
        """Whether this laptop belongs to a centre."""

    @property
    def joins_anew(self) -> bool:
        """Whether it was made of a backup, and is to join its centre as another device."""

    def list(self) -> tuple[CentreDevice, ...]:
        """Return the laptops of the centre, by letter; none before this one belongs to it."""

    def request(self) -> Sealed:
        """Return the solicitud of this laptop, the same until answered. Raises DomainError
        ``enrolment_already``."""

    def accept(self, reply: bytes, typed: str) -> None:
        """Join the centre that answered; in force once this laptop is opened again. Raises
        DomainError as :meth:`app.laptop.Laptop.accept` does."""

    def grant(self, request: bytes, typed: str) -> Sealed:
        """Grant another laptop and return the respuesta. Raises DomainError."""

    def revoke(self, device: bytes) -> None:
        """Take a laptop out of the centre for good. Raises DomainError."""


class _NoDevices:
    """A laptop without keys: practice, and tests of screens."""

    is_enrolled = False
    joins_anew = False

    def list(self) -> tuple[CentreDevice, ...]:
        return ()

    def request(self) -> Sealed:
        raise DomainError("sync_not_enrolled")

    def accept(self, reply: bytes, typed: str) -> None:
        del reply, typed
        raise DomainError("sync_not_enrolled")

    def grant(self, request: bytes, typed: str) -> Sealed:
        del request, typed
        raise DomainError("sync_not_enrolled")

    def revoke(self, device: bytes) -> None:
        del device
        raise DomainError("sync_not_enrolled")


NO_DEVICES: Final = _NoDevices()
