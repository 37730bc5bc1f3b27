"""What the lane asks of the blobs that are kept here, each in one transaction. Storage thread."""

from __future__ import annotations

from collections.abc import Callable

from app.services.behind import behind_of
from app.services.ports import SNAPSHOT, HeldBlob, UnitOfWork

__all__ = ["add_snapshot", "dropping", "waiting_snapshot"]


def dropping(name: bytes) -> Callable[[UnitOfWork], None]:
    """Return what forgets a blob."""

    def drop(uow: UnitOfWork) -> None:
        uow.blobs.drop(name)
        uow.commit()

    return drop


def waiting_snapshot(uow: UnitOfWork) -> HeldBlob | None:
    """Return our own snapshot that is on its way up, unless a later beginning made it useless."""
    if behind_of(uow) is not None:
        return None
    return next((one for one in uow.blobs.waiting() if one.kind == SNAPSHOT), None)


def add_snapshot(uow: UnitOfWork, name: bytes, content: bytes) -> HeldBlob | None:
    """Keep our own snapshot until it is up; return it."""
    uow.blobs.add(name, SNAPSHOT, None, content)
    uow.commit()
    return uow.blobs.get(name)
