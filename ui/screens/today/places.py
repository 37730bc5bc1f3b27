"""Where to write what is missing for a term: the page of the shell and what it is opened with."""

from __future__ import annotations

from typing import Final

from app.domain.change import RecordId
from app.domain.definitions import Definitions
from app.services.forms import FICHA
from app.services.read_models import ResumePoint
from app.services.task_view import TaskView

__all__ = ["paper_of", "where_to_write"]

EVENT_FORM: Final = "suceso"
_RISK: Final = frozenset({"@level", "@fvr_level"})


def where_to_write(
    definitions: Definitions, case_id: RecordId, name: str
) -> tuple[str, dict[str, object]]:
    """Return page and arguments for a field of the ficha, an event, or a derived value."""
    form = definitions.form(FICHA)
    section = form.section_of(name)
    if section is not None:
        place = ResumePoint(case_id, FICHA, section.id, name)
        return "ficha", {"case_id": case_id, "place": place, "is_asked": True}
    if name in _RISK:
        return "risk", {"case_id": case_id}
    if definitions.catalogues["sucesos"].get(name) is not None:
        return "records", {"case_id": case_id, "form_id": EVENT_FORM, "values": {"code": name}}
    return "ficha", {"case_id": case_id}


def paper_of(task: TaskView, slug: str) -> tuple[str, dict[str, object]]:
    """Return page and arguments for a letter about a task, told what is known of its term."""
    return "papers", {"case_id": task.case_id, "paper": slug, "facts": dict(task.claim_facts)}
