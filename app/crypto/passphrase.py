"""From a person's passphrase to a key: one normal form, Argon2id (RFC 9106), bounded cost.

The bounds hold for what is read as much as for what is written: a vault file that asks for 64 GiB
or for one kibibyte is refused before anything is computed.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from app.crypto.secret import KEY_BYTES, SecretKey
from app.domain.errors import DomainError, EnvironmentFault
from app.domain.passphrase import BYTES_MAX, LENGTH_MIN, check_new_passphrase, normal_form

__all__ = [
    "LENGTH_MIN",
    "SALT_BYTES",
    "SMALL_MACHINE",
    "STANDARD",
    "Argon2Bounds",
    "Argon2Cost",
    "check_new_passphrase",
    "cost_for_memory",
    "derive_key",
]

SALT_BYTES = 16
MEBIBYTE_KIB = 1024
GIBIBYTE = 1024**3


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What one guess costs: memory in KiB, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int


@dataclass(frozen=True, slots=True)
class Argon2Bounds:
    """Which costs are accepted, both ends inclusive."""

    memory_kib_min: int = 64 * MEBIBYTE_KIB
    memory_kib_max: int = 1024 * MEBIBYTE_KIB
    passes_min: int = 3
    passes_max: int = 10
    lanes_max: int = 4

    def allow(self, cost: Argon2Cost) -> bool:
        """Return whether a cost lies within the bounds."""
        return (
            self.memory_kib_min <= cost.memory_kib <= self.memory_kib_max
            and self.passes_min <= cost.passes <= self.passes_max
            and 1 <= cost.lanes <= self.lanes_max
        )


STANDARD = Argon2Cost(memory_kib=256 * MEBIBYTE_KIB, passes=3, lanes=1)
SMALL_MACHINE = Argon2Cost(memory_kib=64 * MEBIBYTE_KIB, passes=3, lanes=1)


def cost_for_memory(total_bytes: int | None) -> Argon2Cost:
    """Return the cost for a machine with that much memory (``None``: not known).

    Below 4 GiB (less what the graphics take of it) a quarter of a gibibyte would make the old
    laptop swap, and a swap file is the last place for a key.
    """
    if total_bytes is None or total_bytes < 3.5 * GIBIBYTE:
        return SMALL_MACHINE
    return STANDARD


def derive_key(passphrase: str, *, salt: bytes, cost: Argon2Cost) -> SecretKey:
    """Return the key that a passphrase gives with this salt and cost (a second or so).

    Raises DomainError ``passphrase_wrong`` for one over 1024 bytes, EnvironmentFault
    ``not_enough_memory`` when the machine cannot give the memory now.
    """
    content = normal_form(passphrase).encode("utf-8", "surrogatepass")
    if len(content) > BYTES_MAX:
        raise DomainError("passphrase_wrong")
    kdf = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=cost.passes,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    try:
        return SecretKey(kdf.derive(content))
    except MemoryError:
        raise EnvironmentFault("not_enough_memory") from None
