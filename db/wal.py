"""Reads the write-ahead log for what SQLite says nothing about: damage before its end.

SQLite takes a log up to the first frame whose checksum does not fit, which is how a power cut ends
a transaction nobody was told of. Damage in the middle looks the same to it, and what had been
called saved behind it would be gone without a word. A checksum goes on from the one that stands in
the frame before, so the frames behind the damage can be verified from there: when they hold two
commits, the first of them had been waited for before the second was begun, and something is lost.

The format: https://www.sqlite.org/fileformat2.html#walformat. The pages in it are ciphertext.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["is_damaged", "mended"]

_HEAD: Final = struct.Struct(">8I")
_FRAME: Final = struct.Struct(">6I")
_PAGE_BYTES: Final = 4096
_STEP: Final = _FRAME.size + _PAGE_BYTES
_MAGIC: Final = 0x377F0682
"""Its last bit says that checksums are of big-endian numbers."""

_FORMAT: Final = 3_007_000
_COMMITS_MIN: Final = 2
_MASK: Final = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class _Frame:
    at: int
    page: int
    pages_after: int
    """Of a commit, the size of the database behind it; else 0."""
    salts: tuple[int, int]
    sums: tuple[int, int]
    is_linked: bool
    """Its checksum goes on from the one in the frame before."""


def is_damaged(content: bytes) -> bool:
    """Return whether commits that were waited for stand behind damage."""
    head = _head(content)
    is_broken = head is None
    commits = 0
    for one in _frames(content, head):
        if not one.is_linked:
            if is_broken and commits >= _COMMITS_MIN:
                return True
            is_broken, commits = True, 0
        elif is_broken and one.pages_after:
            commits += 1
    return is_broken and commits >= _COMMITS_MIN


def mended(content: bytes, is_whole: Callable[[int, bytes], bool]) -> bytes:
    """Return the log with checksums that fit everywhere, up to its last commit.

    A page that is not whole (``is_whole`` is given its number and its bytes) is left out: what
    stood there before is then read instead.
    """
    head = _head(content)
    frames = list(_frames(content, head))
    last = max((n for n, one in enumerate(frames) if one.pages_after), default=-1)
    if last < 0:
        return b""
    is_big = bool(head[0] & 1) if head else False
    salts = (head[4], head[5]) if head else frames[0].salts
    start = (_MAGIC | is_big, _FORMAT, _PAGE_BYTES, head[3] if head else 0, *salts)
    opening = struct.pack(">6I", *start)
    sums = _sums(opening, (0, 0), is_big=is_big)
    made = [opening, struct.pack(">2I", *sums)]
    kept = [
        (one, page)
        for one in frames[: last + 1]
        if is_whole(one.page, page := content[one.at + _FRAME.size : one.at + _STEP])
    ]
    for number, (one, page) in enumerate(kept):
        # A log ends with a commit, whichever frame of it was left out.
        size = frames[last].pages_after if number == len(kept) - 1 else one.pages_after
        begin = struct.pack(">2I", one.page, size)
        sums = _sums(page, _sums(begin, sums, is_big=is_big), is_big=is_big)
        made += [begin, struct.pack(">4I", *salts, *sums), page]
    return b"".join(made)


def _head(content: bytes) -> tuple[int, ...] | None:
    if len(content) < _HEAD.size:
        return None
    head: tuple[int, ...] = _HEAD.unpack_from(content)
    if head[0] | 1 != _MAGIC | 1 or head[1] != _FORMAT or head[2] != _PAGE_BYTES:
        return None
    sums = _sums(content[:24], (0, 0), is_big=bool(head[0] & 1))
    return head if sums == (head[6], head[7]) else None


def _frames(content: bytes, head: tuple[int, ...] | None) -> Iterator[_Frame]:
    """Yield the frames of this log. Those with other salts are of an earlier one, whose pages are
    in the database: with them it ends, unless ours go on behind (then one is damaged)."""
    is_big = bool(head[0] & 1) if head else False
    before: tuple[int, int] | None = (head[6], head[7]) if head else None
    salts = (head[4], head[5]) if head else None
    held: list[_Frame] = []
    for at in range(_HEAD.size, len(content) - _STEP + 1, _STEP):
        page, pages_after, salt_1, salt_2, *sums = _FRAME.unpack_from(content, at)
        salts = salts or (salt_1, salt_2)
        linked = False
        if before is not None:
            partly = _sums(content[at : at + 8], before, is_big=is_big)
            whole = _sums(content[at + _FRAME.size : at + _STEP], partly, is_big=is_big)
            linked = whole == (sums[0], sums[1])
        before = (sums[0], sums[1])
        one = _Frame(
            at, page, pages_after, (salt_1, salt_2), before, linked and salts == (salt_1, salt_2)
        )
        held.append(one)
        if one.salts == salts:
            yield from held
            held.clear()
        elif len(held) > 1:
            return


def _sums(content: bytes, before: tuple[int, int], *, is_big: bool) -> tuple[int, int]:
    first, second = before
    words = iter(struct.unpack(f"{'>' if is_big else '<'}{len(content) // 4}I", content))
    # All of the log is summed at every start: two at a time, and cut to 32 bits once for both.
    for even, odd in zip(words, words, strict=True):
        first += even + second
        second = (second + odd + first) & _MASK
        first &= _MASK
    return first, second
