"""A recipe for each use case that leaves something in the audit: here those that need no more than
the laptop itself, with a case, a colleague or a file; the others stand beside it."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

from app.domain.change import RecordId
from app.domain.work_calendar import DaySort
from app.services import (
    accounts,
    answered_facts,
    attachments,
    backups,
    case_records,
    casework,
    devices,
    ficha_sheet,
    forms,
    handover,
    official_export,
    official_import,
    people,
    referrals,
    register,
    risk,
    staff,
    tasks,
    teams,
    work_calendar,
)
from app.services.account_ports import NewPerson
from app.services.backup_ports import TriedBackup
from app.services.device_ports import CentreDevice
from app.services.ports import UnitOfWork
from app.services.read_models import SyncFact
from app.services.register import Wanted
from tests.security.entries_carried import CARRIED
from tests.security.entries_left import Recipe, Work
from tests.security.entries_met import MET
from tests.security.entries_sheets import SHEETS
from tests.support.laptops import Laptop
from tests.support.official import SplitsHere, load, official_file, official_row

__all__ = ["REASON", "RECIPES"]

SLOT: Final = bytes(16)
REASON: Final = "Reemplazo a la colega"


def _case(laptop: Laptop) -> RecordId:
    return laptop.open_case()


def _denounced(laptop: Laptop) -> tuple[RecordId, str]:
    case_id = _case(laptop)
    values = {"code": "denuncia_recibida", "happened_on": "2026-11-23", "happened_at": "09:00"}

    def work(uow: UnitOfWork) -> None:
        forms.open_record(uow, laptop.desk, "suceso", case_id, values)
        uow.commit()

    laptop.run(work)
    plan = laptop.run(lambda uow: tasks.case_plan(uow, laptop.desk, case_id))
    return case_id, plan.tasks[0].key


def _of_task(do: Callable[..., object], *more: object) -> Recipe:
    def recipe(laptop: Laptop, _: Path) -> Work:
        case_id, key = _denounced(laptop)
        return lambda uow: do(uow, laptop.desk, case_id, key, *more)

    return recipe


def _of_case(do: Callable[..., object], *more: object) -> Recipe:
    def recipe(laptop: Laptop, _: Path) -> Work:
        case_id = _case(laptop)
        return lambda uow: do(uow, laptop.desk, case_id, *more)

    return recipe


def _plain(do: Callable[..., object], *more: object, **named: object) -> Recipe:
    return lambda laptop, _: lambda uow: do(uow, laptop.desk, *more, **named)


def _after(first: Callable[..., Any], then: Callable[..., object], *more: object) -> Recipe:
    """What begins with a case, and then does something with what that gave."""

    def recipe(laptop: Laptop, _: Path) -> Work:
        case_id = _case(laptop)
        made = laptop.run(lambda uow: first(uow, laptop.desk, case_id))
        return lambda uow: then(uow, laptop.desk, made, *more)

    return recipe


def _reopen(laptop: Laptop, _: Path) -> Work:
    case_id, key = _denounced(laptop)
    today = laptop.desk.clock.today()
    laptop.run(lambda uow: tasks.mark_done(uow, laptop.desk, case_id, key, today))
    return lambda uow: tasks.reopen(uow, laptop.desk, case_id, key, REASON)


def _begun(uow: UnitOfWork, desk: Any, case_id: RecordId) -> RecordId:
    return case_records.begin(uow, desk, "nota", case_id, {"text": "Inventado"})


def _discarded(uow: UnitOfWork, desk: Any, case_id: RecordId) -> RecordId:
    made = _begun(uow, desk, case_id)
    case_records.discard(uow, desk, made)
    return made


def _scan(uow: UnitOfWork, desk: Any, case_id: RecordId) -> RecordId:
    return attachments.attach(uow, desk, case_id, case_id, b"%PDF-1.7 inventado")


def _valued(uow: UnitOfWork, desk: Any, case_id: RecordId) -> RecordId:
    return risk.open_valuation(uow, desk, case_id)


def _fvr(uow: UnitOfWork, desk: Any, case_id: RecordId) -> RecordId:
    return risk.open_fvr(uow, desk, case_id)


def _day(uow: UnitOfWork, desk: Any) -> RecordId:
    return work_calendar.add_day(uow, desk, date(2026, 11, 30), DaySort.HOLIDAY, district="010401")


def _distance(uow: UnitOfWork, desk: Any) -> RecordId:
    return work_calendar.set_distance(uow, desk, "010401", 3, source="Inventado")


def _of_made(first: Callable[..., Any], then: Callable[..., object]) -> Recipe:
    def recipe(laptop: Laptop, _: Path) -> Work:
        made = laptop.run(lambda uow: first(uow, laptop.desk))
        return lambda uow: then(uow, laptop.desk, made)

    return recipe


def _removed_day(uow: UnitOfWork, desk: Any) -> RecordId:
    made = _day(uow, desk)
    work_calendar.remove_day(uow, desk, made)
    return made


def _given(uow: UnitOfWork, desk: Any) -> RecordId:
    return handover.give(uow, desk, shift="1", note="Inventado")


def _dataset(laptop: Laptop) -> None:
    load(laptop, official_file(official_row()))


def _export_dataset(laptop: Laptop, folder: Path) -> Work:
    _dataset(laptop)
    return lambda uow: official_export.export_dataset(
        uow, laptop.desk, folder / "datos.csv", "prueba"
    )


def _remove_dataset(laptop: Laptop, _: Path) -> Work:
    _dataset(laptop)
    return lambda uow: official_import.remove_dataset(uow, laptop.desk, "prueba")


def _backup(laptop: Laptop) -> TriedBackup:
    return TriedBackup("respaldo", laptop.desk.clock.now_ms(), 1, "0", 0, 0, 1, 1, was_opened=True)


def _colleague(laptop: Laptop) -> RecordId:
    new = NewPerson("Beta Inventada", "social")
    person: RecordId = laptop.run(lambda uow: staff.account_begun(uow, laptop.desk, new, SLOT))
    return person


def _of_colleague(do: Callable[..., object], *more: object, **named: object) -> Recipe:
    def recipe(laptop: Laptop, _: Path) -> Work:
        person = _colleague(laptop)
        return lambda uow: do(uow, laptop.desk, person, *more, **named)

    return recipe


def _blocked(laptop: Laptop) -> tuple[RecordId, RecordId]:
    """Return a case, and somebody who may be kept from it: another stays who attends persons."""
    other = NewPerson("Gama Inventada", "legal")
    laptop.run(lambda uow: staff.account_begun(uow, laptop.desk, other, b"2" * 16))
    return _case(laptop), _colleague(laptop)


def _block(laptop: Laptop, _: Path) -> Work:
    case_id, person = _blocked(laptop)
    return lambda uow: teams.block(uow, laptop.desk, case_id, person)


def _lift(laptop: Laptop, _: Path) -> Work:
    case_id, person = _blocked(laptop)
    laptop.run(lambda uow: teams.block(uow, laptop.desk, case_id, person))
    return lambda uow: teams.lift_block(uow, laptop.desk, case_id, person)


def _open_access(laptop: Laptop, _: Path) -> Work:
    case_id = _case(laptop)
    social = replace(
        laptop.desk, actor=replace(laptop.desk.actor, role="social", roles=("social",))
    )
    return lambda uow: teams.open_access(uow, social, case_id, ["see_psychological"], REASON)


def _set_team(laptop: Laptop, _: Path) -> Work:
    person, case_id = _colleague(laptop), _case(laptop)
    return lambda uow: teams.set_team(uow, laptop.desk, case_id, [person], person)


def _to_file(do: Callable[..., object], name: str, *more: object) -> Recipe:
    return lambda laptop, folder: lambda uow: do(uow, laptop.desk, folder / name, *more)


def _open_record(laptop: Laptop, _: Path) -> Work:
    case_id = _case(laptop)

    def work(uow: UnitOfWork) -> None:
        forms.open_record(uow, laptop.desk, "nota", case_id, {"text": "Inventado"})
        uow.commit()  # it leaves that to who calls it

    return work


def _put_back(laptop: Laptop, _: Path) -> Work:
    person = _colleague(laptop)
    was = laptop.run(lambda uow: staff.slot_replaced(uow, laptop.desk, person, b"1" * 16))
    return lambda uow: staff.slot_put_back(uow, laptop.desk, was)


def _words_chosen(laptop: Laptop, _: Path) -> Work:
    def enter(uow: UnitOfWork) -> None:
        accounts.adopt(uow, laptop.desk.actor, SLOT, bytes, laptop.desk.clock.now_ms())
        uow.commit()

    laptop.run(enter)
    return lambda uow: staff.note_words_chosen(uow, laptop.desk)


def _lost(laptop: Laptop, _: Path) -> Work:
    lost = CentreDevice(b"1" * 16, "B", is_admin=False, is_own=False, is_revoked=True)
    return lambda uow: devices.lost_report(uow, laptop.desk, lost)


_ALONE: Final[Mapping[str, Recipe]] = {
    "casework.open_case": _plain(casework.open_case),
    "casework.note_view": _of_case(casework.note_view),
    "people.note_search": _plain(people.note_search),
    "forms.set_field": _of_case(
        lambda uow, desk, case_id: forms.set_field(
            uow, desk, forms.FICHA, case_id, "names", "Inventada"
        )
    ),
    "forms.open_record": _open_record,
    "case_records.begin": _of_case(_begun),
    "case_records.discard": _after(_begun, case_records.discard),
    "case_records.restore": _after(_discarded, case_records.restore),
    "attachments.attach": _of_case(_scan),
    "attachments.content_of": _after(_scan, attachments.content_of),
    "attachments.withdraw": _after(_scan, attachments.withdraw),
    "risk.open_valuation": _of_case(risk.open_valuation),
    "risk.withdraw": _after(_valued, risk.withdraw),
    "risk.open_fvr": _of_case(risk.open_fvr),
    "risk.set_fvr_field": _after(_fvr, risk.set_fvr_field, "applied_on", "2026-11-20"),
    "referrals.open_referral": _of_case(referrals.open_referral),
    "referrals.open_like": _after(referrals.open_referral, referrals.open_like),
    "referrals.set_field": _after(
        referrals.open_referral, referrals.set_field, "contact_person", "Inventada"
    ),
    "tasks.mark_done": _of_task(tasks.mark_done, date(2026, 11, 24)),
    "tasks.postpone": _of_task(
        tasks.postpone, date(2026, 11, 24) + timedelta(days=30), "No hay bote"
    ),
    "tasks.not_needed": _of_task(tasks.not_needed, REASON),
    "tasks.no_professional": _of_task(tasks.no_professional, REASON),
    "tasks.assign": _of_task(tasks.assign, "social"),
    "tasks.reopen": _reopen,
    "teams.set_team": _set_team,
    "teams.reserve": _of_case(teams.reserve),
    "teams.open_reserve": _after(
        lambda uow, desk, case_id: (teams.reserve(uow, desk, case_id), case_id)[1],
        teams.open_reserve,
    ),
    "teams.block": _block,
    "teams.lift_block": _lift,
    "teams.open_access": _open_access,
    "ficha_sheet.note_print": _of_case(ficha_sheet.note_print, "rights", "print"),
    "handover.give": _plain(handover.give, shift="1", note="Inventado"),
    "handover.take": _of_made(_given, handover.take),
    "work_calendar.add_day": _plain(_day),
    "work_calendar.remove_day": _of_made(_day, work_calendar.remove_day),
    "work_calendar.restore": _of_made(_removed_day, work_calendar.restore),
    "work_calendar.set_distance": _plain(_distance),
    "work_calendar.remove_distance": _of_made(_distance, work_calendar.remove_distance),
    "official_import.import_dataset": lambda laptop, _: (
        lambda uow: official_import.import_dataset(
            uow,
            laptop.desk,
            io.BytesIO(official_file(official_row())),
            "prueba",
            SplitsHere(),
        )
    ),
    "official_import.remove_dataset": _remove_dataset,
    "official_export.export_dataset": _export_dataset,
    "official_export.export_own": _to_file(official_export.export_own, "propios.csv"),
    "staff.account_begun": _plain(staff.account_begun, NewPerson("Beta Inventada", "social"), SLOT),
    "staff.account_undone": lambda laptop, _: (
        _colleague(laptop),
        lambda uow: staff.account_undone(uow, laptop.desk, SLOT),
    )[1],
    "staff.account_ended": _of_colleague(staff.account_ended, leaves_centre=True),
    "staff.set_roles": _of_colleague(staff.set_roles, "legal", ()),
    "staff.slot_replaced": _of_colleague(staff.slot_replaced, b"1" * 16),
    "staff.slot_put_back": _put_back,
    "devices.lost_report": _lost,
    "staff.review_roles": _plain(staff.review_roles),
    "staff.note_words_chosen": _words_chosen,
    "register.note_read": _plain(register.note_read),
    "register.export_register": _to_file(register.export_register, "registro.csv", Wanted(), str),
    "backups.note_made": lambda laptop, _: (
        lambda uow: backups.note_made(uow, laptop.desk, _backup(laptop), is_apart=True)
    ),
    "backups.note_tried": lambda laptop, _: (
        lambda uow: backups.note_tried(uow, laptop.desk, _backup(laptop))
    ),
    "answered_facts.note_answered": lambda _, __: (
        lambda uow: answered_facts.note_answered(uow, [SyncFact("laptops_copied", 1)])
    ),
}

RECIPES: Final[Mapping[str, Recipe]] = {**_ALONE, **MET, **CARRIED, **SHEETS}
