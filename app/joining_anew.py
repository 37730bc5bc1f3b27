"""A laptop that was made of a backup joins its own centre anew: another device, with what it has.

The laptop that the backup was made of may still be at work, or be in a thief's hands; two machines
with one device key are told apart by nobody. So a restored one draws another, asks its centre for
it by the two files and two codes of any new laptop (:mod:`sync.envelope.enrolment`), and gets
another letter. Its cases, attachments and the secrets of former epochs stay; only an answer of the
same centre is taken. An administering laptop that was restored grants itself: it becomes a plain
device, until the region says otherwise. Part of the composition root; storage thread.
"""

from __future__ import annotations

from typing import Final

from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.laptop import (
    DEVICE_SEED,
    PROVISIONAL_TAG,
    REQUEST,
    Laptop,
    device_keys,
    keep_joined,
    laptop_of,
)
from app.services import access
from app.services.ports import UnitOfWork
from app.services.restored import RESTORED
from sync.envelope import enrolment
from sync.envelope.keyring import Keyring

__all__ = ["accept_anew", "accepted", "asked", "draw_device", "joins_anew", "request_anew"]

_RESTORE: Final = "restore_backup"
"""The act of the matrix that joining anew ends."""


def draw_device(uow: UnitOfWork) -> None:
    """Draw the key of another device, for when this laptop asks to join; of one that belongs to no
    centre yet the letters that stand for it are drawn anew, too, so that no number of a case is
    given twice. What was asked under the former key is asked anew. The caller commits."""
    uow.local.put(DEVICE_SEED, SecretKey.random().reveal())
    uow.local.put(REQUEST, None)
    uow.local.put(PROVISIONAL_TAG, None)


def joins_anew(laptop: Laptop) -> bool:
    """Return whether this laptop was made of a backup and works under the device key of then."""
    if laptop.keys is None:
        return False
    with laptop.store.unit() as uow:
        is_restored = uow.local.get(RESTORED) is not None
        seed = uow.local.get(DEVICE_SEED)
    return is_restored and seed != laptop.keys.keyring.keys.seed.reveal()


def asked(laptop: Laptop) -> tuple[bytes, str]:
    """Return the solicitud of a laptop, and its 32 digits: to join a centre, or to join its own
    anew. Raises DomainError ``enrolment_already``."""
    return request_anew(laptop) if joins_anew(laptop) else laptop.request()


def accepted(laptop: Laptop, reply: bytes, typed: str) -> Laptop:
    """Take the answer to it. Raises as :meth:`app.laptop.Laptop.accept` and :func:`accept_anew`
    do."""
    if joins_anew(laptop):
        return accept_anew(laptop, reply, typed)
    return laptop.accept(reply, typed)


def request_anew(laptop: Laptop) -> tuple[bytes, str]:
    """Return the solicitud to join its centre as another device, and its 32 digits; the same until
    answered. Raises DomainError ``joins_anew_not_needed``, and as
    :func:`app.services.access.ask`."""
    keyring = _former(laptop)
    with laptop.store.unit() as uow:
        access.ask(uow, laptop.desk, _RESTORE)
        content = uow.local.get(REQUEST)
        if content is None:
            content = enrolment.make_request(device_keys(uow), keyring.centre)
            uow.local.put(REQUEST, content)
            uow.commit()
    return content, enrolment.request_code(content)


def accept_anew(laptop: Laptop, reply: bytes, typed: str) -> Laptop:
    """Join it; return the laptop as it is from now on. What was sealed under the former key stays
    sealed and is sent on as it is.

    Raises DomainError ``joins_anew_not_needed``, ``enrolment_other_device``, as
    :func:`app.services.access.ask`, and as :func:`sync.envelope.enrolment.accept` does,
    ``enrolment_other_centre`` among them; a refusal changes nothing.
    """
    _former(laptop)
    desk = laptop.desk
    assert laptop.keys is not None, "it has a former keyring"
    with laptop.store.unit() as uow:
        access.ask(uow, desk, _RESTORE)
        request = uow.local.get(REQUEST)
        if request is None:
            raise DomainError("enrolment_other_device")
        answer = enrolment.accept(device_keys(uow), request, reply, typed)
        joined = _with_former(answer.keyring, laptop.keys.with_stored(uow))
        keep_joined(uow, desk, joined, answer.profile)
    return laptop_of(laptop.store, desk.definitions, desk.clock, desk.ids, vault=laptop.vault)


def _former(laptop: Laptop) -> Keyring:
    if not joins_anew(laptop) or laptop.keys is None:
        raise DomainError("joins_anew_not_needed")
    return laptop.keys.keyring


def _with_former(joined: Keyring, former: Keyring) -> Keyring:
    """Return what was joined, with the epochs and statements that were held before: what the region
    has under a former epoch still has to open."""
    return Keyring.of(
        joined.keys,
        centre=joined.centre,
        root_key=joined.root_key,
        epochs=(*former.epochs.values(), *joined.epochs.values()),
        current=joined.current,
        statements=(*former.statements, *joined.statements),
        server=joined.server,
    )
