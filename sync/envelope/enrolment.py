"""A laptop joins a centre by two small files and two codes read over a known telephone.

The new laptop writes a *solicitud* (its public keys). Whoever may grant opens it, types the 32
digits that the new laptop shows, and gives back a *respuesta*: the signed grant and, sealed to the
new laptop alone, what it needs. The new laptop's person types the 32 digits of the respuesta. So
neither file can be exchanged on its way without both telephones lying; and nothing changes
on either side until the digits are right.
"""

from __future__ import annotations

import dataclasses
import string
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from app.crypto.fingerprint import fingerprint, is_typed
from app.crypto.recipient import SealError, seal_to
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.services.read_models import CentreProfile
from sync.envelope.keyring import DeviceKeys, Keyring, ServerAddress, epoch_tag
from sync.protocol.batch import CENTRE_BYTES, EPOCH_TAG_BYTES, batch_id
from sync.protocol.codec import fitting
from sync.protocol.limits import STATEMENT_MAX, STATEMENTS_MAX
from sync.protocol.messages import Key32, Signature64
from sync.protocol.roster import (
    ENC_KEY_BYTES,
    ROLE_ADMIN,
    ROLE_DEVICE,
    Grant,
    device_id,
    next_place,
    sign_statement,
)
from sync.protocol.signature import SIGNATURE_BYTES, Purpose, is_signed

__all__ = [
    "REPLY_MAX",
    "REQUEST_MAX",
    "Accepted",
    "EnrolmentRequest",
    "Granted",
    "accept",
    "grant",
    "make_request",
    "read_request",
    "reply_code",
    "request_code",
    "seal_reply",
]

REQUEST_MAX: Final = 4096
REPLY_MAX: Final = 1 << 20
_PROFILE_MAX: Final = 4096
_VERSION: Final = 1
_REQUEST_MAGIC: Final = b"QSPR"
_REPLY_MAGIC: Final = b"QSPA"
_FRONT: Final = 5
_REQUEST_ID_BYTES: Final = 32
_EPOCHS_MAX: Final = 1024
_EPOCH_BYTES: Final = 34
_AROUND: Final = 24 << 10
"""Of a respuesta, at the most, beside statements and epochs: the letterhead, the server's address
and certificate, and what sealing adds."""


class _Request(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    centre: Annotated[bytes, msgspec.Meta(max_length=CENTRE_BYTES)]
    sign_key: Key32
    enc_key: Annotated[bytes, msgspec.Meta(min_length=ENC_KEY_BYTES, max_length=ENC_KEY_BYTES)]


class _ReplyBody(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    centre: Annotated[bytes, msgspec.Meta(min_length=CENTRE_BYTES, max_length=CENTRE_BYTES)]
    root_key: Key32
    epochs: Annotated[tuple[Key32, ...], msgspec.Meta(max_length=_EPOCHS_MAX)]
    current: Annotated[bytes, msgspec.Meta(max_length=EPOCH_TAG_BYTES)]
    statements: Annotated[
        tuple[Annotated[bytes, msgspec.Meta(max_length=STATEMENT_MAX)], ...],
        msgspec.Meta(max_length=STATEMENTS_MAX),
    ]
    server: ServerAddress
    profile: CentreProfile


class _SignedReply(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    granter_key: Key32
    signature: Signature64
    body: bytes


@dataclass(frozen=True, slots=True)
class EnrolmentRequest:
    """What a solicitud asks. ``centre`` is None when the laptop takes the granter's."""

    id: bytes
    centre: bytes | None
    sign_key: bytes
    enc_key: bytes


@dataclass(frozen=True, slots=True)
class Granted:
    """The respuesta to carry back, and the granter's keyring, which now knows the new device."""

    reply: bytes
    keyring: Keyring


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the new laptop starts with; its letter stands in ``keyring.device``."""

    keyring: Keyring
    profile: CentreProfile


def make_request(keys: DeviceKeys, centre: bytes | None = None) -> bytes:
    """Return the solicitud of these keys. ``centre`` only when the laptop already knows it."""
    body = msgspec.msgpack.encode(
        _Request(centre or b"", keys.signing.public, keys.recipient.public)
    )
    content = _REQUEST_MAGIC + bytes([_VERSION]) + body
    return content + keys.sign(Purpose.ENROLMENT_REQUEST, content)


def read_request(content: bytes) -> EnrolmentRequest:
    """Return what a solicitud asks; it is signed by the keys it shows.

    Raises DomainError ``file_not_ours``, ``file_newer``, ``enrolment_damaged``.
    """
    _check_front(content, _REQUEST_MAGIC, REQUEST_MAX)
    signed, signature = content[:-SIGNATURE_BYTES], content[-SIGNATURE_BYTES:]
    body = signed[_FRONT:]
    try:
        asked = msgspec.msgpack.decode(body, type=_Request)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise DomainError("enrolment_damaged") from None
    if (
        msgspec.msgpack.encode(asked) != body
        or len(asked.centre) not in (0, CENTRE_BYTES)
        or not is_signed(asked.sign_key, Purpose.ENROLMENT_REQUEST, signed, signature)
        or not _can_receive(asked.enc_key)
    ):
        raise DomainError("enrolment_damaged")
    return EnrolmentRequest(batch_id(content), asked.centre or None, asked.sign_key, asked.enc_key)


def _can_receive(enc_key: bytes) -> bool:
    try:
        seal_to(enc_key, b"", context=b"")
    except SealError:
        return False
    return True


def request_code(content: bytes) -> str:
    """Return the 32 digits of a solicitud: shown on the new laptop, typed where it is granted."""
    return fingerprint("enrolment-request", content)


def reply_code(content: bytes) -> str:
    """Return the 32 digits of a respuesta: shown where it was made, typed on the new laptop."""
    return fingerprint("enrolment-reply", content)


def grant(
    keyring: Keyring,
    request: bytes,
    typed: str,
    *,
    profile: CentreProfile,
    letter: str | None = None,
    label: str = "",
) -> Granted:
    """Grant a plain device of this admin laptop's centre; the next free letter unless one is given.

    The same laptop asking again gets another respuesta with the letter it has. Raises DomainError
    as :func:`read_request` does, and ``enrolment_code_wrong``, ``enrolment_not_admin``,
    ``enrolment_other_centre``, ``enrolment_letter_taken``; ``enrolment_revoked`` for keys that were
    taken out of the centre: the respuesta holds every secret of it; ``enrolment_over_limit`` when
    what the new laptop cannot begin without finds no room in it.
    """
    asked = read_request(request)
    if not is_typed(request_code(request), typed):
        raise DomainError("enrolment_code_wrong")
    if keyring.device.role != ROLE_ADMIN or keyring.is_revoked:
        raise DomainError("enrolment_not_admin")
    if asked.centre not in (None, keyring.centre):
        raise DomainError("enrolment_other_centre")
    new_id = device_id(keyring.centre, asked.sign_key, asked.enc_key)
    if new_id in keyring.roster.revoked:
        raise DomainError("enrolment_revoked")
    is_new = new_id not in keyring.roster.devices
    # Nothing is signed for a respuesta that could not be written.
    _told_first(keyring, new_id, profile, room_for=1 if is_new else 0)
    if is_new:
        statement = sign_statement(
            Grant(
                device=new_id,
                sign_key=asked.sign_key,
                enc_key=asked.enc_key,
                role=ROLE_DEVICE,
                letter=_free_letter(keyring.roster.letters(keyring.centre), letter),
                label=label,
                server=keyring.server.pin(),
            ),
            centre=keyring.centre,
            by=keyring.device.id,
            place=next_place(keyring.statements, keyring.device.id, keyring.centre),
            sign=keyring.keys.sign,
        )
        keyring = keyring.with_statements([statement])
    reply = seal_reply(
        asked,
        centre=keyring.centre,
        root_key=keyring.root_key,
        epochs=keyring.epochs_first(_EPOCHS_MAX),
        current=keyring.current,
        statements=_told_first(keyring, new_id, profile),
        server=keyring.server,
        profile=profile,
        granter_key=keyring.keys.signing.public,
        sign=keyring.keys.sign,
    )
    return Granted(reply, keyring)


def _told_first(
    keyring: Keyring, device: bytes, profile: CentreProfile, *, room_for: int = 0
) -> tuple[bytes, ...]:
    """Return the statements that go along to a new device, and leave ``room_for`` so many more: all
    without which it cannot begin, and of the rest what fits. That comes with its first exchange.

    Raises DomainError ``enrolment_over_limit``.
    """
    needed, rest = keyring.needed_and_rest(device)
    beside = (
        _AROUND + _EPOCH_BYTES * min(len(keyring.epochs), _EPOCHS_MAX) + room_for * STATEMENT_MAX
    )
    chosen = fitting((*needed, *rest), beside=beside, most=REPLY_MAX)
    has_room = len(chosen) >= len(needed) and len(needed) + room_for <= STATEMENTS_MAX
    if not has_room or not _is_short(profile):
        raise DomainError("enrolment_over_limit")
    return chosen


def seal_reply(
    asked: EnrolmentRequest,
    *,
    centre: bytes,
    root_key: bytes,
    epochs: Iterable[SecretKey],
    current: bytes,
    statements: Collection[bytes],
    server: ServerAddress,
    profile: CentreProfile,
    granter_key: bytes,
    sign: Callable[[Purpose, bytes], bytes],
) -> bytes:
    """Return the respuesta to a solicitud: everything but its front is sealed to the asker.

    Raises DomainError ``enrolment_over_limit`` for one that nobody would read.
    """
    body = msgspec.msgpack.encode(
        _ReplyBody(
            centre=centre,
            root_key=root_key,
            epochs=tuple(secret.reveal() for secret in epochs),
            current=current,
            statements=tuple(statements),
            server=server,
            profile=profile,
        )
    )
    front = _REPLY_MAGIC + bytes([_VERSION]) + asked.id
    signed = _SignedReply(granter_key, sign(Purpose.ENROLMENT_REPLY, front + body), body)
    sealed = seal_to(asked.enc_key, msgspec.msgpack.encode(signed), context=_context(front))
    content = front + sealed
    is_many = len(statements) > STATEMENTS_MAX
    if is_many or len(content) > REPLY_MAX or not _is_short(profile):
        raise DomainError("enrolment_over_limit")
    return content


def accept(keys: DeviceKeys, request: bytes, reply: bytes, typed: str) -> Accepted:
    """Return what the new laptop starts with, from the respuesta to the solicitud it wrote.

    In the first laptop of a centre, which the region's root granted, this draws the centre's
    first epoch secret: the region never holds it. Raises DomainError ``file_not_ours``,
    ``file_newer``, ``enrolment_damaged``, ``enrolment_other_device``, ``enrolment_code_wrong``,
    ``enrolment_other_centre``, ``enrolment_not_granted``. A refusal changes nothing.
    """
    asked = read_request(request)
    opened = _open_reply(keys, asked, reply)
    if not is_typed(reply_code(reply), typed):
        raise DomainError("enrolment_code_wrong")
    body = _checked_body(opened, front=reply[: _FRONT + _REQUEST_ID_BYTES])
    if asked.centre not in (None, body.centre):
        raise DomainError("enrolment_other_centre")
    epochs, current = [SecretKey(secret) for secret in body.epochs], body.current
    is_first = opened.granter_key == body.root_key
    if is_first:
        # Secrets that came with the root's word would be secrets that the region had.
        if epochs or current:
            raise DomainError("enrolment_damaged")
        epochs = [SecretKey.random()]
        current = epoch_tag(epochs[0])
    keyring = Keyring.of(
        keys,
        centre=body.centre,
        root_key=body.root_key,
        epochs=epochs,
        current=current,
        statements=body.statements,
        server=body.server,
    )
    is_by_admin = any(
        device.role == ROLE_ADMIN and device.sign_key == opened.granter_key
        for device in keyring.roster.of_centre(body.centre)
    )
    if not (is_first or is_by_admin) or keyring.device.server != body.server.pin():
        raise DomainError("enrolment_not_granted")
    return Accepted(keyring, body.profile)


def _open_reply(keys: DeviceKeys, asked: EnrolmentRequest, reply: bytes) -> _SignedReply:
    _check_front(reply, _REPLY_MAGIC, REPLY_MAX)
    front_end = _FRONT + _REQUEST_ID_BYTES
    front = reply[:front_end]
    if front[_FRONT:] != asked.id or keys.recipient.public != asked.enc_key:
        raise DomainError("enrolment_other_device")
    try:
        opened = keys.recipient.open(reply[front_end:], context=_context(front))
        return msgspec.msgpack.decode(opened, type=_SignedReply)
    except (SealError, msgspec.MsgspecError, ValueError, RecursionError):
        raise DomainError("enrolment_damaged") from None


def _checked_body(opened: _SignedReply, *, front: bytes) -> _ReplyBody:
    if not is_signed(
        opened.granter_key, Purpose.ENROLMENT_REPLY, front + opened.body, opened.signature
    ):
        raise DomainError("enrolment_damaged")
    try:
        body = msgspec.msgpack.decode(opened.body, type=_ReplyBody)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise DomainError("enrolment_damaged") from None
    if not _is_short(body.profile):
        raise DomainError("enrolment_damaged")
    return body


def _check_front(content: bytes, magic: bytes, most: int) -> None:
    if content[: len(magic)] != magic or len(content) > most:
        raise DomainError("file_not_ours")
    if len(content) < _FRONT:
        raise DomainError("enrolment_damaged")
    if content[_FRONT - 1] > _VERSION:
        raise DomainError("file_newer")
    if content[_FRONT - 1] < _VERSION:
        raise DomainError("enrolment_damaged")


def _context(front: bytes) -> bytes:
    return Purpose.ENROLMENT_REPLY.value + b"\0" + front


def _is_short(profile: CentreProfile) -> bool:
    return sum(len(text) for text in dataclasses.astuple(profile)) <= _PROFILE_MAX


def _free_letter(taken: Collection[str], wanted: str | None) -> str:
    if wanted is None:
        wanted = next((letter for letter in _letters() if letter not in taken), "")
    if wanted in taken or wanted not in _letters():
        raise DomainError("enrolment_letter_taken")
    return wanted


def _letters() -> Iterator[str]:
    yield from string.ascii_uppercase
    for first in string.ascii_uppercase:
        yield from (first + second for second in string.ascii_uppercase)
