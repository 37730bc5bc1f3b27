"""The weekly reminder (DS 016-2024-JUS art. 51, as the data has it), and who may make a backup."""

from __future__ import annotations

import dataclasses

import pytest

from app.domain.errors import DomainError
from app.services import backups
from app.services.backup_ports import TriedBackup
from app.services.ports import Desk
from app.services.restored import note_restored
from app.services.sync_facts import SyncTimes
from tests.support.laptops import NOON_MS, Laptop

DAY_MS = 24 * 60 * 60 * 1000


def later(laptop: Laptop, days: float) -> Desk:
    """Return the desk of so many days later."""
    ms = NOON_MS + int(days * DAY_MS)
    return dataclasses.replace(laptop.desk, clock=type(laptop.desk.clock)(ms))  # type: ignore[call-arg]


def note(laptop: Laptop, desk: Desk | None = None, *, is_apart: bool = True) -> None:
    """Note that a backup was made."""
    about = made(laptop)
    laptop.run(lambda uow: backups.note_made(uow, desk or laptop.desk, about, is_apart=is_apart))


def made(laptop: Laptop) -> TriedBackup:
    changes = laptop.run(lambda uow: uow.changes.count())
    return TriedBackup("respaldo-2026-11-26-BC", NOON_MS, 1, "0", changes, 0, 1, 1, was_opened=True)


def state(laptop: Laptop, days: float = 0) -> backups.BackupState:
    return laptop.run(lambda uow: backups.state(uow, later(laptop, days)))


def test_nothing_is_due_before_there_is_a_case(laptop: Laptop) -> None:
    assert not state(laptop).is_due
    laptop.open_case()
    found = state(laptop)
    assert found.is_due and found.days is None


def test_a_week_may_pass_by_the_law_and_no_day_more(laptop: Laptop) -> None:
    laptop.open_case()
    note(laptop)
    laptop.open_case()
    assert [(state(laptop, n).days, state(laptop, n).is_due) for n in (0, 6, 7, 8, 9)] == [
        (0, False), (6, False), (7, False), (8, True), (9, True),
    ]  # fmt: skip
    rule = laptop.desk.definitions.deadlines["BACKUP_SEMANAL"][-1]
    assert rule.amount == 7


def test_a_backup_on_the_laptops_own_disk_counts_as_none(laptop: Laptop) -> None:
    """It is lost with it. Control: on a stick it counts. The next one has a greater number all the
    same."""
    laptop.open_case()
    note(laptop, is_apart=False)
    found = state(laptop)
    assert (found.is_due, found.made_ms, found.days) == (True, None, None)
    assert laptop.run(backups.last_number) == 1
    note(laptop)
    assert not state(laptop).is_due


def test_a_backup_of_before_joining_counts_as_none(laptop: Laptop) -> None:
    """It has neither the keys of the centre nor what came since. Control: one behind it counts."""
    laptop.open_case()
    note(laptop)
    assert not state(laptop).is_due
    laptop.run(lambda uow: (backups.note_joined(uow, later(laptop, 1)), uow.commit()))
    found = state(laptop, 1)
    assert (found.is_due, found.is_before_joining) == (True, True)
    note(laptop, later(laptop, 1))  # begun before it joined, and noted after
    assert state(laptop, 1).is_before_joining
    about = dataclasses.replace(made(laptop), made_ms=later(laptop, 2).clock.now_ms())
    laptop.run(lambda uow: backups.note_made(uow, later(laptop, 2), about, is_apart=True))
    found = state(laptop, 2)
    assert (found.is_due, found.is_before_joining) == (False, False)


def test_a_clock_that_ran_ahead_when_it_joined_asks_for_no_backup_for_ever(
    laptop: Laptop,
) -> None:
    """Control: where no clock was put back, one begun before it joined does not count."""
    laptop.open_case()
    note(laptop)
    laptop.run(lambda uow: (backups.note_joined(uow, later(laptop, 900)), uow.commit()))
    assert state(laptop, 901).is_before_joining
    note(laptop, later(laptop, 901))
    assert state(laptop, 901).is_before_joining, "the control"
    note(laptop)
    assert not state(laptop).is_before_joining


def test_a_week_without_a_change_asks_for_none(laptop: Laptop) -> None:
    """The exception of art. 51.1, as the source of the rule says it."""
    laptop.open_case()
    note(laptop)
    assert not state(laptop, 30).is_due


def test_a_clock_that_was_put_back_frightens_nobody(laptop: Laptop) -> None:
    """(F8)"""
    laptop.open_case()
    note(laptop)
    laptop.open_case()
    assert state(laptop, -400).days == 0


def test_it_is_quieter_when_the_region_has_everything(laptop: Laptop) -> None:
    laptop.open_case()
    assert not state(laptop).is_at_region
    laptop.run(lambda uow: (uow.local.put(SyncTimes.LAST_SUCCESS, b"1"), uow.commit()))
    assert not state(laptop).is_at_region, "what waits is at the region no more than before"


def test_a_trial_is_noted_with_its_day_and_both_stand_in_the_audit(laptop: Laptop) -> None:
    laptop.open_case()
    note(laptop)
    assert state(laptop).is_trial_due
    about = made(laptop)
    laptop.run(lambda uow: backups.note_tried(uow, laptop.desk, about))
    found = state(laptop)
    assert (found.tried_ms, found.is_trial_due) == (NOON_MS, False)
    assert state(laptop, 200).is_trial_due
    for action in ("backup_made", "backup_tried"):
        details = laptop.run(
            lambda uow, action=action: uow.audit.details(action, "respaldo-2026-11-26-BC", 5)  # type: ignore[misc]
        )
        assert len(details) == 1, action


def test_who_only_audits_makes_none(laptop: Laptop) -> None:
    actor = dataclasses.replace(laptop.desk.actor, role="auditoria", roles=("auditoria",))
    auditor = dataclasses.replace(laptop.desk, actor=actor)
    laptop.open_case()
    with pytest.raises(DomainError, match="access_role"):
        note(laptop, auditor)
    assert laptop.run(lambda uow: backups.state(uow, auditor)).made_ms is None
    note(laptop)
    assert state(laptop).made_ms == NOON_MS, "the control: who attends persons does"


def test_a_restored_laptop_is_told_and_leaves_the_numbers(laptop: Laptop) -> None:
    laptop.open_case()
    laptop.run(lambda uow: note_restored(uow, laptop.desk, name="respaldo", made_ms=1))
    case_id = laptop.open_case()
    code = laptop.run(lambda uow: uow.records.fields(case_id)["code"].value)
    assert isinstance(code, str) and int(code[-4:]) > 100
