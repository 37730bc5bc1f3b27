"""Which case a list names beside a field: of somebody with several, one that who looks may know."""

from __future__ import annotations

from collections.abc import Collection

from app.domain.change import RecordId
from app.domain.records import Name
from app.services.case_file import cases_of
from app.services.ports import FieldKey, UnitOfWork
from app.services.values import stored_text

__all__ = ["case_named"]


def case_named(
    uow: UnitOfWork, key: FieldKey, hidden: Collection[RecordId]
) -> tuple[RecordId, str]:
    """Return the oldest case of a field that is not ``hidden``, with its number; the record itself
    for one of no case, or whose case has not arrived. Storage thread, reads only."""
    cases = cases_of(uow, key.record_id, key.kind)
    case_id = next((one for one in cases if one not in hidden), None)
    if case_id is None:
        return key.record_id, ""
    return case_id, stored_text(uow.records.fields(case_id), Name.CODE)
