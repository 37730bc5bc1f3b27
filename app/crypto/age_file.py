"""Sealed files in the format of ``age`` (age-encryption.org/v1), so that whoever gets one opens it
without this program: ``age -d FILE``.

Written to the hybrid key of a recipient (ML-KEM-768 with X25519, ``age1pq…``; age 1.3 or newer) or
under words (scrypt; any age). A header names how the file's key is wrapped and is covered by an
HMAC; then pieces of 64 KiB follow, each sealed by ChaCha20-Poly1305 under its number.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from app.crypto.recipient import PUBLIC_BYTES, SealError, seal_to

__all__ = ["WORK", "WORK_MAX", "AgeWriter", "open_with_words", "read_recipient"]

WORK: Final = 17
"""scrypt with N = 2^17: 128 MiB, half a second or so."""
WORK_MAX: Final = 18
"""More is not computed for a file that asks for it."""

_VERSION: Final = b"age-encryption.org/v1\n"
_HYBRID: Final = b"age-encryption.org/mlkem768x25519"
_SCRYPT: Final = b"age-encryption.org/v1/scrypt"
_KEY_BYTES: Final = 16
_ENCAPSULATION_BYTES: Final = 1120
_PIECE_BYTES: Final = 65_536
_TAG_BYTES: Final = 16
_LINE_BYTES_MAX: Final = 4_096
_WORDS_STANZA: Final = re.compile(rb"-> scrypt ([A-Za-z0-9+/]{22}) ([1-9][0-9]?)\n")
_LETTERS: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_RECIPIENT: Final = "age1pq"


class AgeWriter:
    """Seals what is written, piece by piece, to where it goes. Nothing of it lies on the disk in
    clear."""

    def __init__(
        self, write: Callable[[bytes], object], key: bytes, stanza: bytes, nonce: bytes
    ) -> None:
        """Made by :meth:`under_words` or :meth:`to_recipient`: a key and a nonce serve once."""
        header = _VERSION + stanza + b"---"
        write(header + b" " + _base64(_mac(key, header)) + b"\n" + nonce)
        self._write = write
        self._cipher = ChaCha20Poly1305(_derived(key, nonce, b"payload"))
        self._held = bytearray()
        self._number = 0

    @classmethod
    def under_words(
        cls,
        write: Callable[[bytes], object],
        words: str,
        random: Callable[[int], bytes],
        *,
        work: int = WORK,
    ) -> AgeWriter:
        """Begin a file that these words open. Slow (scrypt). Whoever types them types them just
        so: age compares bytes."""
        key, salt = random(_KEY_BYTES), random(16)
        wrapped = ChaCha20Poly1305(_stretched(words, salt, work)).encrypt(bytes(12), key, None)
        stanza = b"-> scrypt %s %d\n%s\n" % (_base64(salt), work, _base64(wrapped))
        return cls(write, key, stanza, random(16))

    @classmethod
    def to_recipient(
        cls, write: Callable[[bytes], object], public: bytes, random: Callable[[int], bytes]
    ) -> AgeWriter:
        """Begin a file that the holder of this key (1,216 bytes) opens. Raises SealError."""
        key = random(_KEY_BYTES)
        sealed = seal_to(public, key, context=_HYBRID)
        encapsulation, wrapped = sealed[:_ENCAPSULATION_BYTES], sealed[_ENCAPSULATION_BYTES:]
        stanza = b"-> mlkem768x25519 %s\n%s\n" % (_base64(encapsulation), _base64(wrapped))
        return cls(write, key, stanza, random(16))

    def write(self, content: bytes) -> None:
        """Write. Raises what the place raises."""
        self._held += content
        # The last piece is marked, and it is never empty unless the file is.
        while len(self._held) > _PIECE_BYTES:
            self._seal(bytes(self._held[:_PIECE_BYTES]), is_last=False)
            del self._held[:_PIECE_BYTES]

    def finish(self) -> None:
        """Write the end. Without it nobody opens the file."""
        self._seal(bytes(self._held), is_last=True)

    def _seal(self, piece: bytes, *, is_last: bool) -> None:
        self._write(self._cipher.encrypt(_number(self._number, is_last=is_last), piece, None))
        self._number += 1


def open_with_words(source: BinaryIO, words: str) -> Iterator[bytes]:
    """Yield what a file under words holds, each piece once it is proven; what was yielded counts
    only when the end is reached. Slow (scrypt).

    Raises SealError: other words, anything altered or cut, or a file that is no such one.
    """
    version, stanza, body = _line(source), _line(source), _line(source)
    found = _WORDS_STANZA.fullmatch(stanza)
    if version != _VERSION or found is None or int(found[2]) > WORK_MAX:
        raise SealError
    header = version + stanza + body + b"---"
    end = _line(source)
    wrapped = _unbase64(body[:-1])
    if end[:4] != b"--- " or len(wrapped) != _KEY_BYTES + _TAG_BYTES:
        raise SealError
    cipher = ChaCha20Poly1305(_stretched(words, _unbase64(found[1]), int(found[2])))
    try:
        key = cipher.decrypt(bytes(12), wrapped, None)
    except InvalidTag:
        raise SealError from None
    if not hmac.compare_digest(_mac(key, header), _unbase64(end[4:-1])):
        raise SealError
    yield from _pieces(source, key)


def read_recipient(text: str) -> bytes:
    """Return the key (1,216 bytes) of an ``age1pq…`` recipient. Raises SealError."""
    text = text.strip()
    said = text.lower()
    place = said.rfind("1")
    values = [_LETTERS.find(one) for one in said[place + 1 :]]
    if (
        said[:place] != _RECIPIENT
        or text not in (said, said.upper())
        or min(values, default=-1) < 0
    ):
        raise SealError
    front = [ord(one) >> 5 for one in _RECIPIENT] + [0] + [ord(one) & 31 for one in _RECIPIENT]
    if _polymod(front + values) != 1:
        raise SealError
    public, spare = _bytes_of(values[:-6])
    if len(public) != PUBLIC_BYTES or spare:
        raise SealError
    return public


def _pieces(source: BinaryIO, key: bytes) -> Iterator[bytes]:
    nonce = source.read(16)
    if len(nonce) != 16:
        raise SealError
    cipher = ChaCha20Poly1305(_derived(key, nonce, b"payload"))
    whole = _PIECE_BYTES + _TAG_BYTES
    piece, number = source.read(whole), 0
    while True:
        following = source.read(whole) if len(piece) == whole else b""
        try:
            content = cipher.decrypt(_number(number, is_last=not following), piece, None)
        except (InvalidTag, ValueError):
            raise SealError from None
        if not content and number:
            raise SealError
        yield content
        if not following:
            return
        piece, number = following, number + 1


def _line(source: BinaryIO) -> bytes:
    line = source.readline(_LINE_BYTES_MAX)
    if not line.endswith(b"\n"):
        raise SealError
    return line


def _number(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _stretched(words: str, salt: bytes, work: int) -> bytes:
    return Scrypt(salt=_SCRYPT + salt, length=32, n=1 << work, r=8, p=1).derive(words.encode())


def _derived(key: bytes, salt: bytes, kind: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, salt, kind).derive(key)


def _mac(key: bytes, header: bytes) -> bytes:
    return hmac.digest(_derived(key, b"", b"header"), header, "sha256")


def _base64(content: bytes) -> bytes:
    return base64.b64encode(content).rstrip(b"=")


def _unbase64(text: bytes) -> bytes:
    try:
        content = base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except binascii.Error:
        raise SealError from None
    if _base64(content) != text:
        raise SealError  # one way to write it, and no other
    return content


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, part in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= part if top >> at & 1 else 0
    return check


def _bytes_of(values: list[int]) -> tuple[bytes, int]:
    number = 0
    for value in values:
        number = number << 5 | value
    spare = 5 * len(values) % 8
    return (number >> spare).to_bytes(5 * len(values) // 8, "big"), number & ((1 << spare) - 1)
