"""The laptop is closed until two recovery sheets come: asked for on its page, or by the key that
is held, which works only where somebody switched it on. Storage thread.

Whoever is forced to open the laptop can then open nothing, and says so. It costs the centre the
days until two sheets are together; so nothing of it happens by a slip of a hand.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Final

from app.domain.errors import DomainError, EnvironmentFault
from app.services.access import act
from app.services.ports import Desk, UnitOfWork
from app.services.sheet_ports import SheetKeys

__all__ = ["Closing", "close", "closing", "switch_key"]

_KEY: Final = "panic/key_is_on"
_ON: Final = b"1"


@dataclass(frozen=True, slots=True)
class Closing:
    """Whether this laptop can be closed. ``set_name``: the sheets that would open it again, empty
    where there are none, and then it cannot; ``key_is_on``: the held key does it."""

    set_name: str
    key_is_on: bool


@act("enter")
def closing(uow: UnitOfWork, keys: SheetKeys) -> Closing:
    """Return how it stands."""
    return Closing(keys.set_name, uow.local.get(_KEY) == _ON)


@act("keep_sheets")
def switch_key(uow: UnitOfWork, desk: Desk, keys: SheetKeys, *, is_on: bool) -> None:
    """Let the held key close the laptop, or no longer. Commits. Raises DomainError
    ``sheets_none``."""
    if is_on and not keys.set_name:
        raise DomainError("sheets_none")
    uow.local.put(_KEY, _ON if is_on else None)
    _note(uow, desk, "panic_key_on" if is_on else "panic_key_off", keys.set_name)
    uow.commit()


def close(uow: UnitOfWork, desk: Desk, keys: SheetKeys, *, by_key: bool) -> None:
    """Close the laptop until two sheets open it: at once, and noted when it is done. Commits.
    Nobody is asked who may: she may have no time.

    Raises DomainError ``panic_key_off`` (``by_key``, where nobody switched it on), and as
    :meth:`app.services.sheet_ports.SheetKeys.leave_to_sheets`.
    """
    if by_key and uow.local.get(_KEY) != _ON:
        raise DomainError("panic_key_off")
    keys.leave_to_sheets()
    with contextlib.suppress(EnvironmentFault):  # it is closed: what the disk refuses is the note
        _note(uow, desk, "left_to_sheets", keys.set_name)
        uow.commit()


def _note(uow: UnitOfWork, desk: Desk, action: str, set_name: str) -> None:
    uow.audit.append(
        actor=desk.actor.id, action=action, object_id=set_name, at_ms=desk.clock.now_ms()
    )
