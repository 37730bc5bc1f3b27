"""Answers of the region as a test may read and change them on their way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sync.protocol.compact import PullHead, ShortReceipt
from sync.protocol.frames import Entry, PullReader, encode_pull
from tests.support.line import Fault, altered

__all__ = ["head_with", "receipts_with", "told"]

Change = Callable[[PullHead, list[Entry]], tuple[PullHead, list[Entry]]]


def told(change: Change) -> Fault:
    """The server lies about what it did with what it was given, or about what it holds."""

    def lie(body: bytes) -> bytes:
        reader = PullReader()
        entries = reader.feed(body)
        assert reader.head is not None
        return b"".join(encode_pull(*change(reader.head, entries)))

    return altered(lie)


def head_with(**other: object) -> Change:
    """Say this in the head; what is called is called anew each time."""

    def change(head: PullHead, entries: list[Entry]) -> tuple[PullHead, list[Entry]]:
        said = {name: one() if callable(one) else one for name, one in other.items()}
        fields: dict[str, Any] = {name: getattr(head, name) for name in head.__struct_fields__}
        made = PullHead(**{**fields, **said})
        return made, entries[: made.entries]

    return change


def receipts_with(**false: object) -> Change:
    """Say this in every receipt, and give no entry."""

    def change(head: PullHead, entries: list[Entry]) -> tuple[PullHead, list[Entry]]:
        receipts = []
        for one in head.receipts:
            fields: dict[str, Any] = {name: getattr(one, name) for name in one.__struct_fields__}
            receipts.append(ShortReceipt(**{**fields, **false}))
        return head_with(receipts=tuple(receipts), entries=0, skipped=0)(head, entries)

    return change
