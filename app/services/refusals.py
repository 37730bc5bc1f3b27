"""Batches that could not be used, for people: why, what is safe, and what stands in them.

Nothing typed is lost because a server or another program will not take it: what such a batch holds
can be read, printed and carried to the region as the sealed bytes that it is. Storage thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.domain.change import CHANGE_ID_BYTES, Change, RecordId
from app.domain.errors import DomainError
from app.domain.marks import N_
from app.domain.records import Name, is_reference
from app.domain.value import Value, canonical_bytes
from app.services.access import act
from app.services.case_file import cases_of
from app.services.display import shown_value
from app.services.exchange_files import new_file
from app.services.ports import Desk, FieldKey, UnitOfWork
from app.services.read_models import CentreProfile
from app.services.readable import Readable
from app.services.sealing import TOO_LARGE, too_large
from app.services.strays import strays_beside
from app.services.sync_advice import Advice, refusal_advice
from app.services.values import stored_text
from app.services.whereabouts_ports import CentreLaptops, RefusedBatch

__all__ = [
    "AWAITS_EARLIER",
    "RefusalSheet",
    "RefusedEntry",
    "RefusedRow",
    "export_sealed",
    "list_refused",
    "neutral_name",
    "note_also_refused",
    "note_leaves",
    "note_refused",
    "refusal_sheet",
    "refused_row",
    "safe_words",
    "who_refused",
]

AWAITS_EARLIER: Final = "batch_awaits_earlier"
"""It waits for another batch: that is no fault, and is told of apart."""

_REPLACED: Final = "change_replaced"
_OTHER: Final = N_("Otros datos")
_LEFT_OUT: Final = N_("Datos que no corresponden a su servicio: los imprime quien los atiende")
_LABELS: Final = {
    Name.CODE: N_("Número de caso"),
    Name.FOLIO: N_("Número de derivación"),
    "name": N_("Nombre"),
}
"""Of fields that no form asks for."""

_ROWS_MAX: Final = 500
_SHORT_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A batch in the list: ``short`` is the beginning of its name, as people read it to each other;
    ``letter`` is of the laptop that wrote it, empty when nobody knows."""

    id: bytes
    short: str
    letter: str
    reason: str
    at_ms: int
    size: int
    is_own: bool
    by_server: bool
    is_kept: bool
    is_signed: bool
    """By a device of the centre."""
    in_log: bool
    """It stands in the log that this laptop verified."""
    is_unsealed: bool = False
    """It is no batch, but a change of this laptop that fits into none."""

    @property
    def is_stray(self) -> bool:
        """Whether it is a file of which nobody proved anything (:mod:`app.services.strays`)."""
        return not (self.by_server or self.is_signed or self.in_log)


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """A value that a refused batch holds, in Spanish words: of which case, of what, which field,
    what was typed, and when by the clock of that laptop. Labels are message ids."""

    case_code: str
    record: str
    label: str
    value: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class RefusalSheet:
    """All that a paper about a refused batch says."""

    row: RefusedRow
    centre: CentreProfile
    safe: str
    """A message id."""
    advice: Advice
    printed_ms: int
    entries: tuple[RefusedEntry, ...]
    """Empty when it does not open here."""
    changes: int = 0
    """How many changes it holds, as they are counted where they wait: also those that nobody typed,
    which bind records together and are no entries."""
    left_out: int = 0
    """How many values more it holds: those of a paper that only shows how it begins."""
    beside: tuple[bytes, ...] = ()
    """Of a stray: all that were set aside for the same reason, itself among them."""


def note_refused(uow: UnitOfWork, desk: Desk, refused: Mapping[bytes, str]) -> None:
    """Note what the server did not take in a synchronisation that went to its end, by id and
    reason; what was noted before and was not refused again is forgotten. Commits."""
    if uow.refusals.note(refused, desk.clock.now_ms()):
        uow.commit()


def note_also_refused(uow: UnitOfWork, desk: Desk, refused: Mapping[bytes, str]) -> None:
    """Note what the server did not take in a synchronisation that did not go to its end: what was
    noted before stays, since not all was offered again. Commits."""
    if uow.refusals.note(refused, desk.clock.now_ms(), is_all=False):
        uow.commit()


def list_refused(uow: UnitOfWork, laptops: CentreLaptops) -> tuple[RefusedRow, ...]:
    """Return what could not be used, one by one, without what only waits for an earlier batch and
    without strays (:mod:`app.services.strays`): what fits into no batch, then what the server
    refused first."""
    found = [one for one in uow.refusals.rows(_ROWS_MAX) if one.reason != AWAITS_EARLIER]
    return _rows(uow, laptops, [*map(_unsealed, too_large(uow)), *found])


@act("rescue_batch")
def refusal_sheet(
    uow: UnitOfWork, desk: Desk, laptops: CentreLaptops, centre: CentreProfile, batch_id: bytes
) -> RefusalSheet:
    """Return what a paper about a refused batch says. Raises DomainError ``refusal_gone``."""
    one = _get(uow, batch_id)
    changes = _large(uow, batch_id) if one.is_unsealed else uow.changes.of_batch(batch_id)
    if not changes and one.is_kept:
        changes = laptops.opened(uow.batches.content(batch_id) or b"", uow.origins)
    (row,) = _rows(uow, laptops, [one])
    return RefusalSheet(
        row=row,
        centre=centre,
        safe=safe_words(row),
        advice=refusal_advice(_reason(uow, one, changes), by_server=one.by_server),
        printed_ms=desk.clock.now_ms(),
        entries=_entries(uow, desk, changes),
        changes=len(changes),
        beside=strays_beside(uow, batch_id),
    )


@act("see_sync")
def refused_row(
    uow: UnitOfWork, laptops: CentreLaptops, batch_id: bytes
) -> tuple[RefusedRow, tuple[bytes, ...]]:
    """Return how a refused batch stands now, and which strays stand beside it: quick, also for a
    batch that holds thousands of values. Raises DomainError ``refusal_gone``."""
    (row,) = _rows(uow, laptops, [_get(uow, batch_id)])
    return row, strays_beside(uow, batch_id)


@act("export_sealed")
def export_sealed(uow: UnitOfWork, desk: Desk, batch_id: bytes, target: Path) -> None:
    """Write the sealed bytes of a refused batch as a file for the region, and note that it leaves.
    Commits.

    The file holds exactly the bytes that were refused: nobody outside the centre can open them.
    Raises DomainError ``refusal_gone``, ``refusal_not_kept``, ``file_exists``; EnvironmentFault
    ``exchange_disk_full``, ``exchange_not_written``.
    """
    one = _get(uow, batch_id)
    content = uow.batches.content(batch_id) if one.is_kept else None
    if content is None:
        raise DomainError("refusal_not_kept")
    with new_file(target) as file:
        file.write(content)
        note_leaves(uow, desk, batch_id, "export")


@act("export_sealed")
def note_leaves(uow: UnitOfWork, desk: Desk, batch_id: bytes, how: str) -> None:
    """Note that what a refused batch holds leaves the program: ``print``, ``pdf`` or ``export``.
    Commits."""
    uow.audit.append(
        actor=desk.actor.id,
        action="print_refused",
        object_id=batch_id.hex(),
        at_ms=desk.clock.now_ms(),
        detail=how,
    )
    uow.commit()


def neutral_name(batch_id: bytes, ending: str) -> str:
    """Return a name for a file about a batch that says nothing about anybody."""
    return f"paquete-{batch_id[:_SHORT_BYTES].hex()}.{ending}"


def safe_words(row: RefusedRow) -> str:
    """Return the message id of what is safe, whatever becomes of a refused batch."""
    if row.is_unsealed:
        return N_(
            "Está guardado en este equipo, en su ficha o en el historial de ella. No estorba a lo "
            "demás, que se envía igual."
        )
    if row.is_own:
        return N_(
            "Todo lo que trae está guardado en este equipo y se ve en sus fichas. Se vuelve a "
            "ofrecer a la región cada vez, y puede viajar por memoria USB."
        )
    if row.by_server:
        return N_(
            "Lo escribió otro equipo y ya está guardado aquí. Se vuelve a ofrecer a la región cada "
            "vez, y puede viajar por memoria USB."
        )
    if row.is_kept:
        return N_(
            "Está guardado aquí, cifrado, tal como llegó. No estorba a los demás, y se prueba de "
            "nuevo solo cuando llega una llave, un equipo o una versión nueva."
        )
    if row.in_log:
        return N_("No estorba a los demás. Aquí no se guardó; la región lo tiene en su registro.")
    return N_(
        "No estorba a los demás. Tal como llegó no lo firmó ningún equipo del centro: no se sabe "
        "qué es ni si traía algo. Por eso no se usa, y aquí no se guardó."
    )


def who_refused(row: RefusedRow) -> str:
    """Return the message id of who could not send or use it."""
    if row.is_unsealed:
        return N_("No cabe en ningún paquete")
    return N_("La región no lo recibió") if row.by_server else N_("Este equipo no lo pudo usar")


def _large(uow: UnitOfWork, change_id: bytes) -> tuple[Change, ...]:
    return tuple(one for one in too_large(uow) if one.id == change_id)


def _unsealed(change: Change) -> RefusedBatch:
    """Return a change that fits into no batch as what could not be used."""
    return RefusedBatch(
        id=change.id,
        reason=TOO_LARGE,
        at_ms=change.stamp.wall_ms,
        size=len(canonical_bytes(change.value)) + CHANGE_ID_BYTES * len(change.bases),
        is_own=True,
        by_server=False,
        is_kept=False,
        is_signed=True,
        is_unsealed=True,
    )


def _reason(uow: UnitOfWork, one: RefusedBatch, changes: Sequence[Change]) -> str:
    """Return the reason that says what to do: of what was replaced nothing is left to be done."""
    if not one.is_unsealed:
        return one.reason
    stands = {
        head.id
        for change in changes
        for head in uow.changes.heads(FieldKey(change.kind, change.record_id, change.field))
    }
    return one.reason if one.id in stands else _REPLACED


def _get(uow: UnitOfWork, batch_id: bytes) -> RefusedBatch:
    found = (
        next(map(_unsealed, _large(uow, batch_id)), None)
        if len(batch_id) == CHANGE_ID_BYTES
        else uow.refusals.get(batch_id)
    )
    if found is None:
        raise DomainError("refusal_gone")
    return found


def _rows(
    uow: UnitOfWork, laptops: CentreLaptops, refused: Sequence[RefusedBatch]
) -> tuple[RefusedRow, ...]:
    letters = laptops.letters()
    # Only of what a device of the centre signed is it known whose it is.
    fronts = uow.traces.fronts([one.id for one in refused if one.is_kept and one.is_signed])
    writers = {name: laptops.writer(front) for name, front in fronts.items()}
    return tuple(
        RefusedRow(
            id=one.id,
            short=one.id[:_SHORT_BYTES].hex(),
            letter=letters.get(
                (laptops.own if one.is_unsealed else writers.get(one.id)) or b"", ""
            ),
            reason=one.reason,
            at_ms=one.at_ms,
            size=one.size,
            is_own=one.is_own,
            by_server=one.by_server,
            is_kept=one.is_kept,
            is_signed=one.is_signed,
            in_log=one.position is not None,
            is_unsealed=one.is_unsealed,
        )
        for one in refused
    )


def _entries(uow: UnitOfWork, desk: Desk, changes: Sequence[Change]) -> tuple[RefusedEntry, ...]:
    codes: dict[RecordId, str] = {}
    found = []
    left_out: list[int] = []
    readable = Readable(uow, desk, "list_cases")
    for one in changes:
        if not readable(FieldKey(one.kind, one.record_id, one.field)):
            left_out.append(one.stamp.wall_ms)
            continue
        if one.record_id not in codes:
            codes[one.record_id] = _case_code(uow, one)
        said = _entry(desk, one, codes[one.record_id])
        if said is not None:
            found.append(said)
    if left_out:
        found.append(RefusedEntry("", _OTHER, _LEFT_OUT, str(len(left_out)), max(left_out)))
    return tuple(sorted(found, key=lambda one: (one.case_code, one.record == _OTHER, one.record)))


def _case_code(uow: UnitOfWork, change: Change) -> str:
    cases = cases_of(uow, change.record_id, uow.records.kind_of(change.record_id) or change.kind)
    return stored_text(uow.records.fields(cases[0]), Name.CODE) if cases else ""


def _entry(desk: Desk, change: Change, case_code: str) -> RefusedEntry | None:
    """Return a change in words; None for what nobody typed: a link between records, a hash."""
    if is_reference(change.kind, change.field) or change.field == Name.TAKEN_OUT_AS:
        return None
    for form, field in desk.definitions.fields_of(change.kind):
        if field.field == change.field:
            value = shown_value(desk.definitions, form.id, field.id, change.value)
            return RefusedEntry(case_code, form.title, field.label, value, change.stamp.wall_ms)
    label = _LABELS.get(change.field, f"{change.kind}.{change.field}")
    return RefusedEntry(case_code, _OTHER, label, _plain(change.value), change.stamp.wall_ms)


def _plain(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return "" if value is None else str(value)
