"""A device leaves a centre: an admin revokes it, and the others get a secret that it cannot know.

What the revoked device sealed before stays, and what it holds it keeps: that is said to people.
From then on the server lets it in no longer, and what its former colleagues seal it cannot open.
Nothing here waits for the others: each uses the new secret as soon as it hears of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.crypto.recipient import seal_to
from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import DomainError
from sync.envelope.keyring import Keyring, epoch_tag
from sync.protocol.roster import ROLE_ADMIN, Device
from sync.protocol.statements import (
    REVOKED_MAX,
    SealedSecret,
    epoch_context,
    next_place,
    revocations,
    sign_epoch,
    sign_statement,
)

__all__ = ["complete_epoch", "fresh_epoch", "renew_epoch", "revoke"]

Draw = Callable[[int], bytes]


def revoke(keyring: Keyring, device: bytes, draw: Draw) -> Keyring:
    """Return the keyring after an admin laptop took a device out of its centre and renewed the
    epoch for those that stay; its own revocation it can say, too. Another admin only the region's
    root takes out.

    Raises DomainError ``revoke_not_admin``, ``revoke_unknown_device``, ``revoke_admin``.
    """
    _must_be_admin(keyring)
    found = keyring.roster.devices.get(device)
    if found is None or found.centre != keyring.centre:
        raise DomainError("revoke_unknown_device")
    is_itself = device == keyring.device.id
    if found.role == ROLE_ADMIN and not is_itself:
        raise DomainError("revoke_admin")
    made: list[bytes] = []
    for body in revocations(keyring.statements, device):
        place = next_place((*keyring.statements, *made), keyring.device.id, keyring.centre)
        made.append(
            sign_statement(
                body,
                centre=keyring.centre,
                by=keyring.device.id,
                place=place,
                sign=keyring.keys.sign,
            )
        )
    after = keyring.with_statements(made)
    return after if is_itself else renew_epoch(after, draw)


def renew_epoch(keyring: Keyring, draw: Draw) -> Keyring:
    """Return the keyring with a new secret, sealed to every device that belongs to the centre now.

    After a revocation, or when the region's root revoked one: see
    :attr:`sync.envelope.keyring.Keyring.needs_epoch`. Raises DomainError ``revoke_not_admin``.
    """
    _must_be_admin(keyring)
    secret = SecretKey(draw(KEY_BYTES))
    return _shared(keyring, secret, keyring.roster.members(keyring.centre))


def fresh_epoch(keyring: Keyring, draw: Draw) -> Keyring:
    """Return the keyring of an admin that did what falls to it; for others nothing changes.

    It renews the epoch when what is sealed now could be opened by a device that was taken out: by
    the region's root, by itself, or by another admin while this one took out somebody else. And it
    does what :func:`complete_epoch` does.
    """
    is_admin = keyring.device.role == ROLE_ADMIN and not keyring.is_revoked
    if is_admin and keyring.needs_epoch and len(keyring.roster.gone(keyring.centre)) <= REVOKED_MAX:
        keyring = renew_epoch(keyring, draw)
    return complete_epoch(keyring)


def complete_epoch(keyring: Keyring) -> Keyring:
    """Return the keyring with every epoch that this admin made given also to those who lack it.

    A device that one admin granted while another renewed the epoch is not among those that the new
    secret was sealed to; nor is one that a copy of this laptop granted, or this laptop itself put
    back to an old state. Older epochs count too: what was sealed under them is to be read. The
    admin that made an epoch gives it; for others nothing changes.
    """
    members = keyring.roster.members(keyring.centre)
    made = [
        one
        for one in keyring.roster.epochs
        if (one.centre, one.by) == (keyring.centre, keyring.device.id) and one.tag in keyring.epochs
    ]
    for epoch in made:
        lacking = [one for one in members if one.id not in epoch.sealed]
        if lacking:
            keyring = _shared(keyring, keyring.epochs[epoch.tag], lacking)
    return keyring


def _shared(keyring: Keyring, secret: SecretKey, devices: Iterable[Device]) -> Keyring:
    tag = epoch_tag(secret)
    sealed = [
        SealedSecret(
            one.id,
            seal_to(
                one.enc_key, secret.reveal(), context=epoch_context(keyring.centre, tag, one.id)
            ),
        )
        for one in devices
    ]
    made = sign_epoch(
        tag,
        sealed,
        keyring.roster.gone(keyring.centre),
        centre=keyring.centre,
        by=keyring.device.id,
        place=next_place(keyring.statements, keyring.device.id, keyring.centre),
        sign=keyring.keys.sign,
    )
    return keyring.with_statements(made)


def _must_be_admin(keyring: Keyring) -> None:
    if keyring.device.role != ROLE_ADMIN or keyring.is_revoked:
        raise DomainError("revoke_not_admin")
