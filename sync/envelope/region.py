"""The region's root key: kept offline, it grants the first laptop of each centre.

Its file is sealed by a passphrase (Argon2id). Servers never see it; they receive statements that
it signed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from app.crypto.fingerprint import fingerprint, is_typed
from app.crypto.passphrase import Argon2Bounds, Argon2Cost
from app.crypto.secret import SecretKey
from app.crypto.seed_file import SeedFile
from app.crypto.signing import SigningKey
from app.domain.errors import DomainError
from app.services.read_models import CentreProfile
from sync.envelope.enrolment import read_request, request_code, seal_reply
from sync.envelope.keyring import ServerAddress
from sync.protocol.batch import CENTRE_BYTES
from sync.protocol.roster import (
    ROLE_ADMIN,
    ROOT,
    Device,
    Grant,
    device_id,
    evaluate,
    next_place,
    sign_statement,
    statement_id,
)
from sync.protocol.signature import Purpose, signed_bytes
from sync.protocol.statements import about, revocations

__all__ = [
    "GrantedFirst",
    "RegionRoot",
    "appoint",
    "grant_first",
    "read_root",
    "revoke_by_root",
    "root_code",
    "write_root",
]

_FILE: Final = SeedFile(b"QSPK", "region-root")


class RegionRoot:
    """The root's signing key. Shows nothing of its secret."""

    __slots__ = ("public", "seed", "signing")

    def __init__(self, seed: SecretKey) -> None:
        self.seed = seed
        self.signing = SigningKey(seed)
        self.public: bytes = self.signing.public

    def sign(self, purpose: Purpose, message: bytes) -> bytes:
        """Return the signature of a message for one purpose."""
        return self.signing.sign(signed_bytes(purpose, message))

    def __repr__(self) -> str:
        return f"RegionRoot({self.public.hex()[:16]}…)"


@dataclass(frozen=True, slots=True)
class GrantedFirst:
    """The respuesta for a centre's first laptop, and the statement in it, to be kept."""

    centre: bytes
    reply: bytes
    statement: bytes


def root_code(public: bytes) -> str:
    """Return the 32 digits of a root key, for the official letter that announces it."""
    return fingerprint("region-root", public)


def write_root(root: RegionRoot, passphrase: str, *, salt: bytes, cost: Argon2Cost) -> bytes:
    """Return the root's file: its seed, sealed by a passphrase. Slow (Argon2id).

    Raises DomainError ``passphrase_too_short``, ``passphrase_repeats``, ``passphrase_too_long``.
    """
    return _FILE.write(root.seed, passphrase, salt=salt, cost=cost)


def read_root(content: bytes, passphrase: str, *, bounds: Argon2Bounds | None = None) -> RegionRoot:
    """Return the root of a file. Slow (Argon2id).

    Raises DomainError ``file_not_ours``, ``file_newer``, ``file_damaged``, ``passphrase_wrong``.
    """
    return RegionRoot(_FILE.read(content, passphrase, bounds=bounds))


def grant_first(
    root: RegionRoot,
    request: bytes,
    typed: str,
    *,
    centre: bytes,
    server: ServerAddress,
    profile: CentreProfile,
    known: Collection[bytes] = (),
    letter: str = "A",
) -> GrantedFirst:
    """Grant the first laptop of a centre, as its administrator.

    ``centre`` is a fresh random id unless the solicitud names one; ``known`` are the statements
    that the region keeps. Raises DomainError ``file_*`` as :func:`read_request`,
    ``enrolment_code_wrong``, ``enrolment_other_centre``, ``enrolment_centre_exists`` (its own
    laptop must grant).
    """
    asked = read_request(request)
    if not is_typed(request_code(request), typed):
        raise DomainError("enrolment_code_wrong")
    if len(centre) != CENTRE_BYTES or asked.centre not in (None, centre):
        raise DomainError("enrolment_other_centre")
    new_id = device_id(centre, asked.sign_key, asked.enc_key)
    others = [one for one in evaluate(known, root.public).of_centre(centre) if one.id != new_id]
    if others:
        raise DomainError("enrolment_centre_exists")
    statement = sign_statement(
        Grant(
            device=new_id,
            sign_key=asked.sign_key,
            enc_key=asked.enc_key,
            role=ROLE_ADMIN,
            letter=letter,
            label="",
            server=server.pin(),
        ),
        centre=centre,
        by=ROOT,
        place=next_place(known, ROOT, centre),
        sign=root.sign,
    )
    reply = seal_reply(
        asked,
        centre=centre,
        root_key=root.public,
        epochs=(),
        current=b"",
        statements=(statement,),
        server=server,
        profile=profile,
        granter_key=root.public,
        sign=root.sign,
    )
    return GrantedFirst(centre, reply, statement)


def revoke_by_root(
    root: RegionRoot, device: Device, known: Collection[bytes], *, undone: Collection[bytes] = ()
) -> tuple[bytes, ...]:
    """Return the statements by which the region's root takes any device out of its centre.

    ``known`` are the centre's statements. What the device said in them goes on counting, except
    about the devices of ``undone``: what a thief granted or revoked with its keys. Said again, it
    brings nothing back that counts no longer; whom that leaves out, another admin grants anew.
    """
    cut_off = {one.statement for one in evaluate(known, root.public).refused}
    standing = [
        one for one in known if statement_id(one) not in cut_off and about(one) not in undone
    ]
    made: list[bytes] = []
    for body in revocations(standing, device.id):
        place = next_place((*known, *made), ROOT, device.centre)
        made.append(
            sign_statement(body, centre=device.centre, by=ROOT, place=place, sign=root.sign)
        )
    return tuple(made)


def appoint(root: RegionRoot, device: Device, known: Sequence[bytes]) -> bytes:
    """Return the statement by which the root lets a device of a centre administer it, with the
    letter and the keys that it has. ``known`` are the centre's statements."""
    return sign_statement(
        Grant(
            device=device.id,
            sign_key=device.sign_key,
            enc_key=device.enc_key,
            role=ROLE_ADMIN,
            letter=device.letter,
            label=device.label,
            server=device.server,
        ),
        centre=device.centre,
        by=ROOT,
        place=next_place(known, ROOT, device.centre),
        sign=root.sign,
    )
