"""Small facts of this laptop that never leave it."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert

from db.schema import local

__all__ = ["SqlLocalStore"]

_GET = select(local.c.content).where(local.c.name == bindparam("of_name"))
_new = insert(local)
_PUT = _new.on_conflict_do_update(
    index_elements=[local.c.name], set_={"content": _new.excluded.content}
)
_DROP = delete(local).where(local.c.name == bindparam("of_name"))


class SqlLocalStore:
    """:class:`app.services.ports.LocalStore` on the connection of one unit of work."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: str) -> bytes | None:
        """Return what was stored under a name, or None."""
        return self._connection.execute(_GET, {"of_name": name}).scalar_one_or_none()

    def put(self, name: str, content: bytes | None) -> None:
        """Store or (``None``) remove."""
        if content is None:
            self._connection.execute(_DROP, {"of_name": name})
        else:
            self._connection.execute(_PUT, {"name": name, "content": content})
