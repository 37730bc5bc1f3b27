"""What other laptops of the centre said to hold, brought by a stick.

A laptop's signed word of batches that the region's log lacks: it lets who wrote them say at whom
they are, without a network. It is a word of some time: nothing leaves the outbox for it. Storage
thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

__all__ = ["Holdings"]


class Holdings(Protocol):
    """What other laptops said to hold of what the log lacked, and what this one can say."""

    def keep(self, device: bytes, batch_ids: Sequence[bytes]) -> int:
        """Keep that a device holds these, as far as they are here and it is not known to have read
        them in the log; return how many were new. What it said once stays until then: a word that
        is older, or of a stick that lay about, says less and takes nothing back."""

    def holders(self, batch_ids: Sequence[bytes]) -> Mapping[bytes, frozenset[bytes]]:
        """Return the devices that said to hold each of these batches; of those of which nobody
        did, nothing."""

    def outside(self, limit: int) -> tuple[bytes, ...]:
        """Return the ids of the batches that were taken in here and that the verified log lacks,
        rising; of more than ``limit`` the newest."""
