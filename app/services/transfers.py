"""A case that goes on in another CEM: the ficha that is opened there, and the number that comes
back.

What links the two centres is on paper: the folio of the referral with its check code and the number
of the case. A sealed file to the other centre needs that centre's keys and is not part of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from app.domain.change import RecordId
from app.domain.definitions import Institution
from app.domain.errors import DomainError
from app.domain.folding import query_text
from app.domain.folio import check_code, read_code
from app.domain.marks import N_
from app.domain.records import Kind
from app.domain.value import Value, is_answered
from app.services import casework, forms
from app.services.access import act, seen_by
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.read_models import FormFile
from app.services.values import stored_text, text_of

__all__ = ["Origin", "Proposal", "number_that_came_back", "open_linked", "proposals"]

CONDITION: Final = "CONDICION"
COMES_ALONE: Final = "ACUDE_SOLA"
WAY_OF_ENTRY: Final = "FORMA_INGRESO"
REFERRED: Final = "4"
"""CONDICION: *Derivado*, the person is attended by more than one CEM."""
REFERRED_FILE: Final = "3"
"""ACUDE_SOLA: *Ficha de condición «Derivado» o «Continuador»*."""
SAME_FOLIO_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Origin:
    """What the paper of the other centre says: its name, the folio and check code as printed, the
    number of the case there (empty: it is in the folio), and of its ficha, when that is known."""

    centre: str
    folio: str
    check: str
    case_code: str = ""
    ficha: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value that follows from the link and that a person has to choose; ``reason`` is a Spanish
    message id."""

    field_id: str
    value: str
    reason: str


@act("register")
def open_linked(uow: UnitOfWork, desk: Desk, origin: Origin) -> RecordId:
    """Open the ficha of a case that another CEM transferred, linked to it; return the case's id.
    Commits.

    That it came from another CEM is a fact (FORMA_INGRESO); condition and company are proposed
    (:func:`proposals`) and set by nobody but a person. Raises DomainError ``origin_needs_centre``,
    ``slip_no_code``, ``slip_check_wrong``, ``origin_case_differs`` and ``origin_open_already``,
    with nothing changed.
    """
    centre = " ".join(origin.centre.split())
    if not centre:
        raise DomainError("origin_needs_centre")
    read = read_code(f"{origin.folio} {origin.check}")
    if read is None:
        raise DomainError("slip_no_code")
    folio, check = read
    if check_code(folio) != check:
        raise DomainError("slip_check_wrong", folio=folio)
    case_code = folio.rpartition("-")[0]
    if _plain(origin.case_code) not in ("", _plain(case_code)):
        raise DomainError("origin_case_differs")
    if (code := _open_already(uow, desk, folio, centre)) is not None:
        raise DomainError("origin_open_already", code=code)
    known: dict[str, Value] = {
        "origin_centre": centre,
        "origin_folio": folio,
        "origin_case_code": case_code,
        "origin_ficha": origin.ficha.strip() or None,
        WAY_OF_ENTRY: _way_of_entry(desk),
    }
    fitting = {name: value for name, value in known.items() if value is not None}
    for name, value in fitting.items():
        definition = desk.definitions.field_of(Kind.CASE, name)
        if definition is None or len(str(value)) > definition.length_max:
            raise DomainError("text_too_long", limit=definition.length_max if definition else 0)
    return casework.open_case(uow, desk, fitting)


def proposals(desk: Desk, ficha: FormFile) -> tuple[Proposal, ...]:
    """Return what a linked ficha proposes and nobody answered yet."""
    if not text_of(ficha, "origin_folio"):
        return ()
    said = N_("Viene de otro CEM con la derivación {folio}: más de un CEM atiende el caso.")
    wanted = (Proposal(CONDITION, REFERRED, said), Proposal(COMES_ALONE, REFERRED_FILE, said))
    form = desk.definitions.form(forms.FICHA)
    return tuple(
        one
        for one in wanted
        if form.get(one.field_id) is not None and not is_answered(ficha.values.get(one.field_id))
    )


def number_that_came_back(
    uow: UnitOfWork, desk: Desk, file: FormFile, value: Value
) -> dict[FieldKey, Value]:
    """Return what the origin's ficha notes when the other CEM gives the number of its ficha: where
    nothing is written yet, so that what a person wrote there stands."""
    institution = desk.definitions.institutions.get(text_of(file, "institution"))
    if institution is None or not institution.is_another_centre or not isinstance(value, str):
        return {}
    held = uow.records.fields(file.case_id)
    known = {
        "derived_to_centre": text_of(file, "institution_name") or institution.name,
        "derived_to_ficha": value.strip(),
    }
    noted: dict[FieldKey, Value] = {}
    for name, text in known.items():
        definition = desk.definitions.field_of(Kind.CASE, name)
        fits = definition is not None and 0 < len(text) <= definition.length_max
        if fits and not stored_text(held, name):
            noted[FieldKey(Kind.CASE, file.case_id, name)] = text
    return noted


def _way_of_entry(desk: Desk) -> str | None:
    others = (one for one in desk.definitions.institutions.values() if one.is_another_centre)
    return next((_entry_code(one) for one in others), None)


def _entry_code(institution: Institution) -> str | None:
    return institution.entry.code if institution.entry is not None else None


def _open_already(uow: UnitOfWork, desk: Desk, folio: str, centre: str) -> str | None:
    """Return the number of the case that this very paper opened before, or None."""
    hidden = seen_by(uow, desk, "find_person").hidden
    for row in uow.cases.search(query_text(folio), limit=SAME_FOLIO_MAX):
        if row.case_id in hidden:
            continue
        held = uow.records.fields(row.case_id)
        same_centre = stored_text(held, "origin_centre").casefold() == centre.casefold()
        if stored_text(held, "origin_folio") == folio and same_centre:
            return row.code
    return None


def _plain(code: str) -> str:
    return "".join(one for one in code.upper() if one.isalnum())
