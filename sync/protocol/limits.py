"""Every upper limit of the protocol, in one place. Bytes unless the name says otherwise.

What is over a limit is refused before memory is taken for it.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "BATCH_MAX",
    "BLOBS_BYTES_MAX",
    "BLOBS_OF_DEVICE_MAX",
    "BLOB_HELD_MIN",
    "BLOB_UNFINISHED_BYTES_MAX",
    "BLOB_UNFINISHED_MAX",
    "ERROR_MAX",
    "EXCHANGE_BATCHES_MAX",
    "EXCHANGE_BYTES_MAX",
    "HAVE_IDS_MAX",
    "HAVE_MAX",
    "HELD_IDS_MAX",
    "HELLO_MAX",
    "PARTIAL_BYTES_MAX",
    "REASON_LENGTH_MAX",
    "REPLY_HEAD_MAX",
    "REQUEST_HEAD_MAX",
    "RESUMABLE_MIN",
    "ROSTER_MAX",
    "SNAPSHOTS_MAX",
    "STATEMENTS_MAX",
    "STATEMENTS_PER_ADMIN_MAX",
    "STATEMENT_MAX",
    "TOKEN_SECONDS",
]

BATCH_MAX: Final = 1 << 20
"""A whole batch: header, signature and body."""

EXCHANGE_BATCHES_MAX: Final = 2048
"""Batches offered, and entries returned, in one exchange (a number)."""

EXCHANGE_BYTES_MAX: Final = 16 << 20
"""Batches of one exchange in one direction, all together."""

RESUMABLE_MIN: Final = 16 << 10
"""A batch of this size or more goes up in a frame that says its id, and can be gone on with."""

PARTIAL_BYTES_MAX: Final = 4 << 20
"""What a server keeps of a centre's batches that were cut on their way up, all together."""

BLOBS_BYTES_MAX: Final = 8 << 30
"""What a server keeps of a centre's whole attachments, all together: more is ``blob_quota``."""

BLOBS_OF_DEVICE_MAX: Final = 4 << 30
"""Of them those that one device signed: none has all the room of its colleagues."""

BLOB_UNFINISHED_BYTES_MAX: Final = 128 << 20
"""What a server keeps of a centre's attachments and snapshots that are not whole yet."""

BLOB_UNFINISHED_MAX: Final = 64
"""How many of them it keeps (a number)."""

BLOB_HELD_MIN: Final = 1 << 10
"""Less of a piece that was cut is not kept; it comes again."""

SNAPSHOTS_MAX: Final = 2
"""Snapshots that a server keeps of a centre, the newest (a number)."""

HAVE_IDS_MAX: Final = 2048
"""Batches that a device asks about at once (a number)."""

HAVE_MAX: Final = 32 * HAVE_IDS_MAX + 64
"""A message that asks, or says, what of some batches is held."""

REQUEST_HEAD_MAX: Final = 4096
REPLY_HEAD_MAX: Final = 1 << 20
HELLO_MAX: Final = 4096
ERROR_MAX: Final = 4096
HELD_IDS_MAX: Final = 8192
"""Ids of statements that a device says it holds (a number)."""

STATEMENT_MAX: Final = 4096
"""One signed statement of the roster."""

STATEMENTS_MAX: Final = 512
"""Statements in one message (a number)."""

STATEMENTS_PER_ADMIN_MAX: Final = 2_048
"""Kept of what one admin says of its centre (a number). Each has room of its own, and what the root
says finds some always: whoever has the keys of a stolen laptop cannot keep its revocation out."""

ROSTER_MAX: Final = 2 << 20
"""A message that carries statements."""

REASON_LENGTH_MAX: Final = 64
"""Characters of a reason id."""

TOKEN_SECONDS: Final = 900
"""How long a session token lives, counted by the server's own monotonic clock."""
