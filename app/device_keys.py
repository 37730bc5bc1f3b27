"""The laptops of the centre behind the page that lists them. Part of the composition root."""

from __future__ import annotations

from dataclasses import dataclass

from app.joining_anew import accepted, asked, joins_anew
from app.laptop import Laptop
from app.services.device_ports import CentreDevice, Sealed

__all__ = ["LaptopDevices"]


@dataclass(frozen=True, slots=True)
class LaptopDevices:
    """:class:`app.services.device_ports.DeviceKeys` of an open laptop."""

    laptop: Laptop

    @property
    def is_enrolled(self) -> bool:
        """Whether this laptop belongs to a centre."""
        return self.laptop.keys is not None

    @property
    def joins_anew(self) -> bool:
        """Whether it is to join its centre as another device."""
        return joins_anew(self.laptop)

    def list(self) -> tuple[CentreDevice, ...]:
        """Return the laptops of the centre."""
        return self.laptop.devices() if self.laptop.keys is not None else ()

    def request(self) -> Sealed:
        """Return the solicitud of this laptop."""
        return Sealed(*asked(self.laptop))

    def accept(self, reply: bytes, typed: str) -> None:
        """Join the centre that answered."""
        accepted(self.laptop, reply, typed)

    def grant(self, request: bytes, typed: str) -> Sealed:
        """Grant another laptop."""
        return Sealed(*self.laptop.grant(request, typed))

    def revoke(self, device: bytes) -> None:
        """Take a laptop out of the centre."""
        self.laptop.revoke(device)
