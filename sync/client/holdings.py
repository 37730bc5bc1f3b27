"""What laptops of the centre say, on a stick, to hold: how who wrote something without a network
hears that it reached somebody. Network thread; storage is asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

from app.services.ports import Cursor, UnitOfWork
from sync.client.keys import CentreKeys
from sync.client.requests import Ask, Store
from sync.client.stick import Stick
from sync.protocol.batch import Seen
from sync.protocol.errors import CodecError
from sync.protocol.holding import (
    HOLDING_IDS_MAX,
    HOLDING_MAX,
    Holding,
    holding_name,
    is_holding_signed,
    parse_holding,
)

__all__ = ["HOLDING", "hear_holdings", "holding_files", "leave_holding"]

HOLDING: Final = ".acuse"
"""The ending of a laptop's word of what it holds."""

log = logging.getLogger("qispi.sync")


def holding_files(keys: CentreKeys) -> Mapping[bytes, str]:
    """Return the names of the files in which this laptop and the others of the centre say what they
    hold, by device: whatever else lies on a stick, these are looked for."""
    devices = (keys.own, *keys.others())
    return {one: _name(keys, one) for one in devices}


def hear_holdings(
    keys: CentreKeys, stick: Stick, sizes: Mapping[str, int]
) -> Generator[Ask, Any, None]:
    """Keep what each other laptop of the centre says to hold and had read, if it signed that.
    Nothing leaves the outbox for it. Read are those of the roster alone, each where it belongs."""
    for device, sign_key in keys.others().items():
        # The roster may have grown since the visit began: what it says is read once.
        for place in _places(stick, _name(keys, device), sizes):
            said = _read(stick, place, keys.centre, device, sign_key)
            if said is not None:
                yield Store(_keeping(said))


def leave_holding(
    keys: CentreKeys, stick: Stick, sizes: Mapping[str, int]
) -> Generator[Ask, Any, None]:
    """Leave what this laptop holds now, unless the stick says so already."""
    seen, ids = yield Store(_own)
    content = keys.say_holding(seen, ids)
    name = _name(keys, keys.own)
    places = _places(stick, name, sizes)
    if any(stick.read(place, HOLDING_MAX) == content for place in places):
        return
    stick.write(name, content)
    for place in places:
        if place.lower() != stick.home(name):
            stick.drop(place)


def _name(keys: CentreKeys, device: bytes) -> str:
    return holding_name(keys.centre, device).hex() + HOLDING


def _places(stick: Stick, name: str, sizes: Mapping[str, int]) -> tuple[str, ...]:
    """Return where the file of this name lies: at home, or beside the shelves."""
    return tuple(place for place in sizes if place.lower() in (stick.home(name), name))


def _read(
    stick: Stick, place: str, centre: bytes, device: bytes, sign_key: bytes
) -> Holding | None:
    """Return what a device says in a file, or None unless it is of this device and signed."""
    content = stick.read(place, HOLDING_MAX) or b""
    try:
        said = parse_holding(content)
    except CodecError as refusal:
        log.info("what a laptop holds is passed over: %s", refusal.reason)
        return None
    if (said.centre, said.device) != (centre, device) or not is_holding_signed(content, sign_key):
        return None
    return said


def _keeping(said: Holding) -> Callable[[UnitOfWork], None]:
    def keep(uow: UnitOfWork) -> None:
        at = said.seen
        seen = None if at is None else Cursor(at.log_id, at.position, at.chain)
        uow.devices.note(said.device, format=said.format, seen=seen)
        uow.holdings.keep(said.device, said.ids)
        uow.commit()

    return keep


def _own(uow: UnitOfWork) -> tuple[Seen | None, tuple[bytes, ...]]:
    cursor = uow.batches.cursor()
    seen = None if cursor is None else Seen(cursor.log_id, cursor.position, cursor.chain)
    return seen, uow.holdings.outside(HOLDING_IDS_MAX)
