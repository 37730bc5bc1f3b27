"""What someone began to write for the calendar and did not add yet: kept on this laptop alone.

A half written day must move no term, so it is no record of the centre; nothing that was typed is
lost by a lock or a power cut either.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from app.domain.value import Value
from app.services.access import act
from app.services.ports import UnitOfWork

__all__ = ["draft", "forget_draft", "keep_draft"]

_DRAFT: Final = "calendar_draft/{form_id}"


@act("keep_calendar")
def keep_draft(uow: UnitOfWork, form_id: str, values: Mapping[str, Value]) -> None:
    """Keep what stands in a form that was not added yet, by name of the record's field; texts and
    numbers only. Commits."""
    known = {name: value for name, value in values.items() if _is_plain(value)}
    uow.local.put(_DRAFT.format(form_id=form_id), json.dumps(known).encode())
    uow.commit()


@act("keep_calendar")
def forget_draft(uow: UnitOfWork, form_id: str) -> None:
    """Forget what was kept of a form. The caller commits, with what was written instead."""
    uow.local.put(_DRAFT.format(form_id=form_id), None)


@act("keep_calendar")
def draft(uow: UnitOfWork, form_id: str) -> Mapping[str, Value] | None:
    """Return what was kept of a form, or None."""
    content = uow.local.get(_DRAFT.format(form_id=form_id))
    if content is None:
        return None
    held = json.loads(content)
    return {name: value for name, value in held.items() if _is_plain(value)}


def _is_plain(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
