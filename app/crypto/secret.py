"""A key in memory: never printed, never pickled, overwritten when it is no longer needed.

Python may have copied the bytes on their way here (arguments, the library's own buffers), so
wiping is a courtesy and no promise. What is promised is that lock ends the process (DESIGN 5).
"""

from __future__ import annotations

import hmac
import secrets
from typing import NoReturn, Self

__all__ = ["KEY_BYTES", "SecretKey"]

KEY_BYTES = 32


class SecretKey:
    """Exactly 32 secret bytes. ``repr`` and ``str`` show nothing of them."""

    __slots__ = ("_content",)

    def __init__(self, content: bytes | bytearray) -> None:
        """Copy the key. Raises ValueError for another length: SQLCipher would silently take
        31 bytes for a passphrase.
        """
        if len(content) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        self._content = bytearray(content)

    @classmethod
    def random(cls) -> Self:
        """Return a new key from the operating system's generator."""
        return cls(secrets.token_bytes(KEY_BYTES))

    def reveal(self) -> bytes:
        """Return the bytes. Raises ValueError once the key was wiped."""
        if not self._content:
            raise ValueError("the key was wiped")
        return bytes(self._content)

    def wipe(self) -> None:
        """Overwrite and forget the bytes; harmless when repeated."""
        for index in range(len(self._content)):
            self._content[index] = 0
        self._content.clear()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretKey):
            return NotImplemented
        return hmac.compare_digest(self._content, other._content)

    __hash__ = None  # type: ignore[assignment]  # a secret is no dictionary key

    def __repr__(self) -> str:
        return "SecretKey(…)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is not pickled or copied")
