"""The laptops of the centre: what was heard of each, and what one that is lost held.

Every laptop of a centre holds the whole of what it had read, so a stolen one holds that: how much,
by its own signed words in batches and on sticks, is what a notice of it has to say (within 48
hours; dossier 7). It is a lower bound: a stick may have told it more, after which nobody heard of
it. Counts only; no name leaves in them. Storage thread, reads only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.errors import DomainError
from app.domain.marks import N_
from app.domain.records import Kind
from app.services.access import act
from app.services.device_ports import CentreDevice
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import CentreProfile
from app.services.register import head_code

__all__ = [
    "HELD_KINDS",
    "DeviceRow",
    "Held",
    "LostReport",
    "LostSheet",
    "list_devices",
    "lost_report",
]

HELD_KINDS: Final[Mapping[str, str]] = {
    Kind.CASE: N_("casos"),
    Kind.SURVIVOR: N_("personas atendidas"),
    Kind.ALLEGED_PERPETRATOR: N_("presuntas personas agresoras"),
    Kind.ATTACHMENT: N_("adjuntos anotados"),
}
"""What is counted, and what it is called."""


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A laptop of the centre. ``heard_ms``: when its last batch came here, None for never;
    ``behind``: how many batches of the region's log it is not known to have read."""

    device: CentreDevice
    heard_ms: int | None
    behind: int | None


@dataclass(frozen=True, slots=True)
class Held:
    """Of a kind of record: how many there are, and how many the laptop is known to have had."""

    kind: str
    held: int
    there: int


@dataclass(frozen=True, slots=True)
class LostReport:
    """What a lost laptop held, as far as its own batches and its words on sticks say."""

    letter: str
    is_revoked: bool
    heard_ms: int | None
    read_position: int
    log_position: int
    held: tuple[Held, ...]
    told_ms: int
    head: str
    """Where the register of this laptop ends, that it was asked among the entries
    (:func:`app.services.register.head_code`)."""


@dataclass(frozen=True, slots=True)
class LostSheet:
    """The same on paper, of this centre."""

    centre: CentreProfile
    report: LostReport


@act("manage_devices")
def list_devices(
    uow: UnitOfWork, desk: Desk, devices: Sequence[CentreDevice]
) -> tuple[DeviceRow, ...]:
    """Return what was heard of each of these laptops, in their order."""
    del desk
    heard, read = uow.devices.last_heard(), uow.devices.positions()
    cursor = uow.batches.cursor()
    end = 0 if cursor is None else cursor.position
    return tuple(
        DeviceRow(
            one,
            heard.get(one.id),
            0 if one.is_own else (max(0, end - read[one.id]) if one.id in read else None),
        )
        for one in devices
    )


@act("manage_devices")
def lost_report(uow: UnitOfWork, desk: Desk, device: CentreDevice) -> LostReport:
    """Return what a laptop held, and note that it was asked. Commits. Raises DomainError
    ``lost_is_here`` for this one."""
    if device.is_own:
        raise DomainError("lost_is_here")
    cursor = uow.batches.cursor()
    read = uow.devices.positions().get(device.id, 0)
    had = uow.devices.held_by(device.id, read, tuple(HELD_KINDS))
    now_ms = desk.clock.now_ms()
    uow.audit.append(
        actor=desk.actor.id, action="lost_report", object_id=device.id.hex(), at_ms=now_ms
    )
    report = LostReport(
        device.letter,
        device.is_revoked,
        uow.devices.last_heard().get(device.id),
        read,
        0 if cursor is None else cursor.position,
        tuple(
            Held(kind, had.get(kind, 0), sum(1 for _ in uow.records.ids(kind)))
            for kind in HELD_KINDS
        ),
        now_ms,
        head_code(uow),
    )
    uow.commit()
    return report
