"""Pages of a SQLCipher file, checked, and its first one opened and closed by hand: only to save
what a damaged file still holds.

SQLCipher 4 with a raw key (https://www.zetetic.net/sqlcipher/design/): AES-256-CBC under the key
itself; HMAC-SHA512, under a key that PBKDF2 makes of it with two rounds, over ciphertext, IV and
page number. The first 16 bytes of the file, the salt, stand in place of SQLite's own magic. A page
ends with IV (16) and HMAC (64).
"""

from __future__ import annotations

import hmac
import secrets
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from app.crypto.secret import KEY_BYTES, SecretKey

__all__ = ["PAGE_BYTES", "SALT_BYTES", "PageCheck", "closed_first_page", "first_page", "pages_said"]

PAGE_BYTES: Final = 4096
SALT_BYTES: Final = 16
_IV_BYTES: Final = 16
_HMAC_BYTES: Final = 64
_END: Final = PAGE_BYTES - _IV_BYTES - _HMAC_BYTES
_SALT_MASK: Final = 0x3A
_ROUNDS: Final = 2
_MAGIC: Final = b"SQLite format 3\0"


class PageCheck:
    """Tells whether pages of one file are whole."""

    def __init__(self, key: SecretKey, salt: bytes) -> None:
        """``salt`` is what the file begins with."""
        masked = bytes(byte ^ _SALT_MASK for byte in salt)
        self._key = PBKDF2HMAC(hashes.SHA512(), KEY_BYTES, masked, _ROUNDS).derive(key.reveal())

    def __call__(self, number: int, page: bytes) -> bool:
        """Return whether this is page ``number``, as it was written."""
        begin = SALT_BYTES if number == 1 else 0
        covered, said = page[begin : PAGE_BYTES - _HMAC_BYTES], page[PAGE_BYTES - _HMAC_BYTES :]
        return hmac.compare_digest(said, self.code(number, covered))

    def code(self, number: int, covered: bytes) -> bytes:
        """Return the authentication code over a page's ciphertext and IV."""
        return hmac.digest(self._key, covered + number.to_bytes(4, "little"), "sha512")


def first_page(page: bytes, key: SecretKey) -> bytes | None:
    """Return the salt (16) and what page 1 holds behind it, or None when it is not whole."""
    if len(page) != PAGE_BYTES:
        return None
    salt, sealed, iv = page[:SALT_BYTES], page[SALT_BYTES:_END], page[_END : _END + _IV_BYTES]
    if not PageCheck(key, salt)(1, page):
        return None
    decryptor = Cipher(AES256(key.reveal()), CBC(iv)).decryptor()
    return salt + decryptor.update(sealed) + decryptor.finalize()


def pages_said(opened: bytes) -> int:
    """Return how many pages the file has, as its first one says."""
    return int.from_bytes(opened[28:32], "big")


def closed_first_page(opened: bytes, key: SecretKey) -> bytes:
    """Return page 1 as it stands in a file, from what :func:`first_page` gave.

    The number of pages in it is marked as not valid: it is of another day, and SQLite then goes by
    the size of the file; so is the list of free pages, which nobody who only reads needs.
    """
    if len(opened) != _END:
        raise ValueError("a first page has another length")
    inside = bytearray(_MAGIC + opened[SALT_BYTES:])
    inside[28:40] = bytes(12)
    inside[92:96] = bytes(byte ^ 0xFF for byte in inside[24:28])
    iv = secrets.token_bytes(_IV_BYTES)
    encryptor = Cipher(AES256(key.reveal()), CBC(iv)).encryptor()
    sealed = encryptor.update(bytes(inside[SALT_BYTES:])) + encryptor.finalize()
    salt = opened[:SALT_BYTES]
    return salt + sealed + iv + PageCheck(key, salt).code(1, sealed + iv)
