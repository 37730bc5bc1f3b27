"""A device leaves a centre: an admin revokes it, and the others get a secret that it cannot know.

What the revoked device sealed before stays, and what it holds it keeps: that is said to people.
From then on the server lets it in no longer, and what its former colleagues seal it cannot open.
Nothing here waits for the others: each uses the new secret as soon as it hears of it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from app.crypto.recipient import SealError, seal_to
from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import DomainError
from sync.envelope.keyring import Keyring, epoch_tag
from sync.protocol.epochs import sign_epoch
from sync.protocol.errors import CodecError, ProtocolError
from sync.protocol.limits import STATEMENTS_PER_ADMIN_MAX
from sync.protocol.roster import ROLE_ADMIN, ROOT, Device
from sync.protocol.statements import (
    REVOKED_MAX,
    SealedSecret,
    epoch_context,
    next_place,
    read_statement,
    revocations,
    sign_statement,
)

__all__ = ["complete_epoch", "fresh_epoch", "renew_epoch", "revoke"]

log = logging.getLogger("qispi.keys")

Draw = Callable[[int], bytes]

_ROOM_TO_COMPLETE: Final = STATEMENTS_PER_ADMIN_MAX // 2
_ROOM_TO_RENEW: Final = STATEMENTS_PER_ADMIN_MAX * 7 // 8
"""Of what a server keeps of an admin: the rest is for whom it revokes and grants."""


def revoke(keyring: Keyring, device: bytes, draw: Draw) -> Keyring:
    """Return the keyring after an admin laptop took a device out of its centre and renewed the
    epoch for those that stay; its own revocation it can say, too. Another admin only the region's
    root takes out. The revocation holds also where the epoch cannot be renewed: see
    :func:`fresh_epoch`.

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
    return after if is_itself else _renewed(after, draw)


def renew_epoch(keyring: Keyring, draw: Draw) -> Keyring:
    """Return the keyring with a new secret, sealed to every device that belongs to the centre now.

    After a revocation, or when the region's root revoked one: see
    :attr:`sync.envelope.keyring.Keyring.needs_epoch`. Raises DomainError ``revoke_not_admin``;
    CodecError ``epoch_over_limit`` when the server would not take all of its statements.
    """
    _must_be_admin(keyring)
    secret = SecretKey(draw(KEY_BYTES))
    sealed = _sealed_to(keyring, secret, keyring.roster.members(keyring.centre))
    made = _signed(keyring, secret, sealed, keyring.roster.gone(keyring.centre))
    if len(made) > _room_left(keyring, _ROOM_TO_RENEW):
        raise CodecError("epoch_over_limit")
    return keyring.with_statements(made)


def fresh_epoch(keyring: Keyring, draw: Draw) -> Keyring:
    """Return the keyring of an admin that did what falls to it; for others nothing changes.

    It renews the epoch when what is sealed now could be opened by a device that was taken out: by
    the region's root, by itself, or by another admin while this one took out somebody else. And it
    does what :func:`complete_epoch` does. What cannot be done is left out, with a warning in the
    log; while :attr:`sync.envelope.keyring.Keyring.needs_epoch` says so, each call tries again.
    """
    if not _may_administer(keyring):
        return keyring
    if keyring.needs_epoch:
        keyring = _renewed(keyring, draw)
    try:
        return complete_epoch(keyring)
    except ProtocolError as failure:
        log.warning("an epoch is not given to who lacks it: %s", failure.reason)
        return keyring


def _renewed(keyring: Keyring, draw: Draw) -> Keyring:
    try:
        return renew_epoch(keyring, draw)
    except ProtocolError as failure:
        log.warning("the epoch is not renewed: %s", failure.reason)
        return keyring


def complete_epoch(keyring: Keyring) -> Keyring:
    """Return the keyring with every epoch that this admin made given also to those who lack it.

    A device that one admin granted while another renewed the epoch is not among those that the new
    secret was sealed to; nor is one that a copy of this laptop granted, or this laptop itself put
    back to an old state. Older epochs count too: what was sealed under them is to be read. The
    admin that made an epoch gives it; for others nothing changes. Whom the root or this admin
    granted comes first: who grants without end does not use up the room to speak in.
    """
    if not _may_administer(keyring):
        return keyring
    own = keyring.device.id
    members = keyring.roster.members(keyring.centre)
    made = [
        one
        for one in keyring.roster.epochs
        if (one.centre, one.by) == (keyring.centre, own) and one.tag in keyring.epochs
    ]
    for epoch in made:
        lacking = [one for one in members if one.id not in epoch.sealed]
        # Without the current one a laptop seals under an older one, which those who left know.
        room = _ROOM_TO_RENEW if epoch.tag == keyring.current else _ROOM_TO_COMPLETE
        left = _room_left(keyring, room) if lacking else 0
        if len(lacking) > left:
            log.warning("an epoch is not given to all who lack it: epoch_over_limit")
        if not left:
            continue
        lacking.sort(key=lambda one: one.by not in (ROOT, own))
        secret = keyring.epochs[epoch.tag]
        # Each statement holds one at least.
        sealed = _sealed_to(keyring, secret, lacking)[:left]
        if sealed:
            # Where the names stand in lists they stay there: this part is none.
            names = epoch.revoked if len(epoch.revoked) <= REVOKED_MAX else ()
            keyring = keyring.with_statements(_signed(keyring, secret, sealed, names))
    return keyring


def _sealed_to(
    keyring: Keyring, secret: SecretKey, devices: Iterable[Device]
) -> list[SealedSecret]:
    """Return the secret sealed to each device. Who grants may name a receive key that is none: to
    that one nothing is sealed, now or later, and nobody else goes without."""
    tag = epoch_tag(secret)
    sealed: list[SealedSecret] = []
    without_key = 0
    for one in devices:
        context = epoch_context(keyring.centre, tag, one.id)
        try:
            sealed.append(
                SealedSecret(one.id, seal_to(one.enc_key, secret.reveal(), context=context))
            )
        except SealError:
            without_key += 1
    if without_key:
        log.warning("%d devices have a receive key to which nothing can be sealed", without_key)
    return sealed


def _signed(
    keyring: Keyring,
    secret: SecretKey,
    sealed: Sequence[SealedSecret],
    revoked: Collection[bytes],
) -> tuple[bytes, ...]:
    return sign_epoch(
        epoch_tag(secret),
        sealed,
        revoked,
        centre=keyring.centre,
        by=keyring.device.id,
        place=next_place(keyring.statements, keyring.device.id, keyring.centre),
        sign=keyring.keys.sign,
    )


def _room_left(keyring: Keyring, most: int) -> int:
    said = sum(read_statement(one).by == keyring.device.id for one in keyring.statements)
    return max(0, most - said)


def _may_administer(keyring: Keyring) -> bool:
    return keyring.device.role == ROLE_ADMIN and not keyring.is_revoked


def _must_be_admin(keyring: Keyring) -> None:
    if not _may_administer(keyring):
        raise DomainError("revoke_not_admin")
