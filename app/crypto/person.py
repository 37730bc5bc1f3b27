"""A person's own keys: she signs what she did, and receives the key of the database."""

from __future__ import annotations

from app.crypto.recipient import RecipientKey
from app.crypto.secret import SecretKey
from app.crypto.signing import SigningKey

__all__ = ["PersonKey"]


class PersonKey:
    """Two key pairs that grow from 32 bytes, which her words wrap. Shows nothing of its secret."""

    __slots__ = ("receiving", "seed", "signing")

    def __init__(self, seed: SecretKey) -> None:
        self.seed = seed
        self.signing = SigningKey(seed)
        self.receiving = RecipientKey(seed)

    @property
    def public(self) -> bytes:
        """The key to which the key of the database is sealed for her (1216 bytes)."""
        return self.receiving.public

    def __repr__(self) -> str:
        return f"PersonKey({self.signing.public.hex()[:16]}…)"
