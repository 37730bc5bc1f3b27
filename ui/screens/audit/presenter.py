"""The register: what is asked of it, whether it holds, and its export. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain.errors import QispiError
from app.services import register
from app.services.audit_ports import AUDIT_BEGIN, AuditCheck
from app.services.ports import UnitOfWork
from app.services.register import Choices, Register, RegisterRow, Told, Wanted
from app.services.workplace import StorageRunner, Workplace

__all__ = ["AuditPresenter", "AuditView", "Checked"]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: of the chain here, and beside it what the laptops told."""

    check: AuditCheck
    told: Told


class AuditView(Protocol):
    """What the page can show."""

    def show_choices(self, choices: Choices) -> None:
        """Offer these people and actions."""

    def show_register(self, rows: tuple[RegisterRow, ...], page: Register) -> None:
        """Show these entries; ``page`` was read last."""

    def show_checking(self, done: int) -> None:
        """So many entries hold so far."""

    def show_checked(self, checked: Checked) -> None:
        """Say what the check found."""

    def show_exported(self, rows: int, words: str) -> None:
        """So many rows were written; these words open the file."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done."""


class AuditPresenter:
    """Decides what the register's page shows. GUI thread only."""

    def __init__(self, runner: StorageRunner, workplace: Workplace, view: AuditView) -> None:
        self._runner = runner
        self._desk = workplace.desk
        self._laptops = workplace.laptops
        self._draw_seal = workplace.draw_seal
        self._view = view
        self.wanted = Wanted()
        self._rows: tuple[RegisterRow, ...] = ()
        self._next: int | None = None
        self._asked = 0
        self._is_checking = False

    def open(self) -> None:
        """Show the newest entries, and note that somebody looks."""
        desk = self._desk

        def work(uow: UnitOfWork) -> Choices:
            register.note_read(uow, desk)
            return register.choices(uow, desk)

        self._runner.on_storage(work, self._view.show_choices, self._view.show_fault)
        self.ask(Wanted())

    def close(self) -> None:
        """Nobody may read on: what still answers shows no longer."""
        self._asked += 1
        self._rows, self._next = (), None

    def ask(self, wanted: Wanted) -> None:
        """Show what is asked for, from its newest entry on."""
        self.wanted, self._rows, self._next = wanted, (), None
        self._read(None)

    def more(self) -> None:
        """Show the entries before those that show."""
        if self._next is not None:
            self._read(self._next)

    def check(self) -> None:
        """Check the whole register, piece by piece: what is typed meanwhile is saved between."""
        if not self._is_checking:
            self._is_checking = True
            self._check_on(AUDIT_BEGIN)

    def export(self, target: Path, say: Callable[[str], str]) -> None:
        """Write what is asked for as a file under words that are drawn now."""
        if self._draw_seal is None:
            return
        desk, wanted, seal = self._desk, self.wanted, self._draw_seal()
        self._runner.on_storage(
            lambda uow: register.export_register(uow, desk, target, wanted, say, seal),
            lambda rows: self._view.show_exported(rows, seal.words),
            self._view.show_fault,
        )

    def _read(self, before: int | None) -> None:
        desk, wanted = self._desk, self.wanted
        self._asked += 1
        asked = self._asked

        def found(page: Register) -> None:
            if asked == self._asked:  # nothing else was asked for meanwhile
                self._rows += page.rows
                self._next = page.next
                self._view.show_register(self._rows, page)

        self._runner.on_storage(
            lambda uow: register.register(uow, desk, wanted, before=before),
            found,
            self._view.show_fault,
        )

    def _check_on(self, after: AuditCheck) -> None:
        desk, laptops = self._desk, self._laptops

        def work(uow: UnitOfWork) -> AuditCheck | Checked:
            check = register.check(uow, desk, after)
            return (
                Checked(check, register.told(uow, desk, laptops, check))
                if check.is_whole
                else check
            )

        def done(found: AuditCheck | Checked) -> None:
            if isinstance(found, Checked):
                self._is_checking = False
                self._view.show_checked(found)
            else:
                self._view.show_checking(found.head.number)
                self._check_on(found)

        def failed(fault: QispiError) -> None:
            self._is_checking = False
            self._view.show_fault(fault)

        self._runner.on_storage(work, done, failed)
