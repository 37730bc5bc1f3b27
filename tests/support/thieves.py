"""What whoever has an admin's keys can sign: well formed, entitled, and meant to do harm."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from app.crypto.recipient import seal_to
from sync.envelope.keyring import DeviceKeys, Keyring, epoch_tag
from sync.protocol.roster import Device
from sync.protocol.statements import (
    ENC_KEY_BYTES,
    ROLE_DEVICE,
    EpochShare,
    Grant,
    Revoke,
    SealedSecret,
    device_id,
    epoch_context,
    next_place,
    sign_statement,
    statement_id,
)
from tests.support import centres

NO_KEYS = {
    "of all ones": b"\xff" * ENC_KEY_BYTES,
    "of small order": bytes(ENC_KEY_BYTES),
}
"""Receive keys to which nothing can be sealed: the first half is none, or the second."""


def said_by(thief: Keyring, bodies: Iterable[Grant | Revoke | EpochShare]) -> list[bytes]:
    """Return these sentences as the admin of this keyring signs them, one after the other."""
    place = next_place(thief.statements, thief.device.id, thief.centre)
    made: list[bytes] = []
    for body in bodies:
        made.append(
            sign_statement(
                body,
                centre=thief.centre,
                by=thief.device.id,
                place=place,
                sign=thief.keys.sign,
            )
        )
        place = place[0] + 1, statement_id(made[-1])
    return made


def grant_of(
    thief: Keyring, name: str, *, enc_key: bytes | None = None, letter: str = "Z"
) -> Grant:
    """Return the grant of an invented device; with real keys unless its receive key is given."""
    if enc_key is None:
        keys = DeviceKeys(centres.seed(name))
        sign_key, enc_key = keys.signing.public, keys.recipient.public
    else:
        sign_key = hashlib.sha256(name.encode()).digest()
    new_id = device_id(thief.centre, sign_key, enc_key)
    return Grant(new_id, sign_key, enc_key, ROLE_DEVICE, letter, "", None)


def granted_and_revoked(thief: Keyring, count: int) -> list[bytes]:
    """Return so many grants of devices that nobody has, and the revocation of each."""
    bodies: list[Grant | Revoke] = []
    for number in range(count):
        granted = grant_of(
            thief, f"nobody's {number}", enc_key=bytes([number % 256]) * ENC_KEY_BYTES
        )
        bodies += [granted, Revoke(granted.device)]
    return said_by(thief, bodies)


def granted_and_left(thief: Keyring, count: int) -> list[bytes]:
    """Return so many grants of devices, and of each that it leaves, as it says itself."""
    granted = [DeviceKeys(centres.seed(f"puppet {number}")) for number in range(count)]
    bodies = [grant_of(thief, f"puppet {number}") for number in range(count)]
    left = [
        sign_statement(
            Revoke(body.device),
            centre=thief.centre,
            by=body.device,
            place=next_place((), body.device, thief.centre),
            sign=keys.sign,
        )
        for keys, body in zip(granted, bodies, strict=True)
    ]
    return [*said_by(thief, bodies), *left]


def revoked_of_nobody(thief: Keyring, count: int) -> list[bytes]:
    """Return so many revocations of ids that no device ever had."""
    ids = (hashlib.sha256(b"nobody %d" % number).digest()[:16] for number in range(count))
    return said_by(thief, map(Revoke, ids))


def epochs_for(thief: Keyring, device: Device, count: int) -> list[bytes]:
    """Return so many epochs, each of a real secret that is sealed to this device."""
    bodies = []
    for number in range(count):
        secret = centres.seed(f"epoch {number}")
        tag = epoch_tag(secret)
        context = epoch_context(thief.centre, tag, device.id)
        sealed = seal_to(device.enc_key, secret.reveal(), context=context)
        bodies.append(EpochShare(tag, (SealedSecret(device.id, sealed),)))
    return said_by(thief, bodies)
