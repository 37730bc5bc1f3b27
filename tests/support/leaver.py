"""Somebody who is written to have left the centre while she works."""

from __future__ import annotations

from app.domain.change import RecordId
from app.services import accounts
from app.services.forms import change_fields
from app.services.ports import Desk, UnitOfWork

__all__ = ["leave_the_centre"]


def leave_the_centre(uow: UnitOfWork, desk: Desk) -> None:
    """Note that who works at this desk left, as if a colleague's laptop had told. Commits."""
    person = RecordId(desk.actor.id)
    with uow.access.inside():
        change_fields(uow, desk, {accounts.key_of(person, accounts.LEFT_ON): "2026-11-26"})
        uow.commit()
