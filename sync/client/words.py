"""What a stick tells of the region's log: the word of its server, carried to who has no network."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, Final

from app.services import evidence
from app.services.ports import Desk, KeptReceipt, ToldBatch, UnitOfWork
from sync.client.keys import CentreKeys
from sync.client.requests import Ask, Store
from sync.client.stick import Stick
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.errors import CodecError
from sync.protocol.extract import (
    EXTRACT_IDS_MAX,
    EXTRACT_MAX,
    FRONT_BYTES,
    LogExtract,
    encode_extract,
    extract_centre,
    extract_name,
    parse_extract,
)

__all__ = ["EXTRACT", "hear_words", "leave_word"]

EXTRACT: Final = ".sello"
OF_CENTRE_MAX: Final = 16
"""Read on one stick for one centre: one for each log that its server ever had."""


def hear_words(
    desk: Desk, keys: CentreKeys, stick: Stick, sizes: Mapping[str, int]
) -> Generator[Ask, Any, None]:
    """Keep what the stick's extracts say of batches that are here: those that the pinned server
    signed. Nothing leaves the outbox for it."""
    heard = 0
    for place in sorted(sizes):
        if extract_centre(stick.read(place, FRONT_BYTES) or b"") != keys.centre:
            continue
        heard += 1
        if heard > OF_CENTRE_MAX:
            return
        extract = _read(keys, stick, place)
        if extract is not None:
            yield Store(_keeping(desk, extract))


def leave_word(keys: CentreKeys, stick: Stick) -> Generator[Ask, Any, None]:
    """Leave what the server signed last of the log that this laptop verified, unless the stick has
    that already, or more of it."""
    own: LogExtract | None = yield Store(lambda uow: _own(keys.centre, uow))
    if own is None:
        return
    name = extract_name(own.centre, own.log_id).hex() + EXTRACT
    there = _read(keys, stick, stick.home(name))
    if there is None or there.log_id != own.log_id or there.position < own.position:
        stick.write(name, encode_extract(own))


def _read(keys: CentreKeys, stick: Stick, place: str) -> LogExtract | None:
    """Return the extract in a file when the pinned server signed it, of this centre."""
    content = stick.read(place, EXTRACT_MAX)
    try:
        extract = parse_extract(content or b"")
    except CodecError:
        return None
    if extract.centre != keys.centre or not keys.holds(extract.receipt()):
        return None
    return extract


def _keeping(desk: Desk, extract: LogExtract) -> Callable[[UnitOfWork], None]:
    def keep(uow: UnitOfWork) -> None:
        told = [
            ToldBatch(one, extract.log_id, position)
            for position, one in enumerate(extract.ids, extract.first)
        ]
        last = extract.receipt()
        signed = KeptReceipt(last.batch, last.log_id, last.position, last.chain, last.signature)
        # Evidence, as every receipt: should the log turn out otherwise, two laptops know it.
        evidence.keep_receipts(uow, desk, [signed])
        uow.log_words.keep(told)
        uow.commit()

    return keep


def _own(centre: bytes, uow: UnitOfWork) -> LogExtract | None:
    """Return the extract of the verified log up to the last place that the server signed, or None
    where there is none; nothing is left that its signature does not cover."""
    signed = uow.log_words.signed_place()
    if signed is None:
        return None
    ids = uow.log_words.ids_up_to(signed.position)
    chain = before = chain_start(signed.log_id)
    left_out = max(0, len(ids) - EXTRACT_IDS_MAX)
    for number, one in enumerate(ids, 1):
        chain = chain_after(chain, one)
        if number == left_out:
            before = chain
    if len(ids) != signed.position or chain != signed.chain:
        return None
    return LogExtract(
        centre, signed.log_id, signed.position, before, signed.signature, ids[left_out:]
    )
