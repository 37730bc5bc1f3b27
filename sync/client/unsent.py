"""Which of the centre's statements the region's server is known to hold, as this laptop stores it.

A server is known to hold what its mark covered when it was last heard. Of what was not heard
nothing is known: after a database was made anew, or put back to a backup, what is stored may be
less than the truth and is never more, for a name is that of the bytes. Storage thread.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from app.services.ports import UnitOfWork
from app.services.unsent_statements import UnsentStatements, put_unsent_statements
from sync.envelope.keyring import Keyring
from sync.protocol.roster import statement_id

__all__ = ["put_left", "put_there"]

_THERE: Final = "sync/statements_there"
"""The ids of those that the server is known to hold, one after the other."""
_LEFT: Final = "sync/statements_left"
"""Of the others the ids of those that were left on a stick."""
_ID_BYTES: Final = 32


def put_there(uow: UnitOfWork, keyring: Keyring, heard: frozenset[bytes] | None) -> None:
    """Store which of a keyring's statements the server holds, and count the others; ``heard`` is
    what it was heard to hold in this run of the program, None for nothing new. The caller commits.
    """
    there = _ids(uow, _THERE) if heard is None else heard & keyring.roster.proven
    _put(uow, _THERE, there)
    _count(uow, keyring, there, _ids(uow, _LEFT))


def put_left(uow: UnitOfWork, keyring: Keyring, left: Iterable[bytes]) -> None:
    """Store that these statements lie on a stick. The caller commits."""
    _count(uow, keyring, _ids(uow, _THERE), _ids(uow, _LEFT).union(map(statement_id, left)))


def _count(
    uow: UnitOfWork, keyring: Keyring, there: frozenset[bytes], left: frozenset[bytes]
) -> None:
    # A server takes none that a revocation cut off, and nobody misses it.
    done = there | {one.statement for one in keyring.roster.refused}
    waiting = {statement_id(one): len(one) for one in keyring.statements}
    for name in done & waiting.keys():
        del waiting[name]
    on_stick = left & waiting.keys()
    _put(uow, _LEFT, on_stick)
    put_unsent_statements(uow, UnsentStatements(len(waiting), sum(waiting.values()), len(on_stick)))


def _ids(uow: UnitOfWork, name: str) -> frozenset[bytes]:
    content = uow.local.get(name) or b""
    return frozenset(content[at : at + _ID_BYTES] for at in range(0, len(content), _ID_BYTES))


def _put(uow: UnitOfWork, name: str, ids: Iterable[bytes]) -> None:
    content = b"".join(sorted(ids)) or None
    if uow.local.get(name) != content:
        uow.local.put(name, content)
