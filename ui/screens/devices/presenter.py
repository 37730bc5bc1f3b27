"""The laptops of the centre: joining it, granting another, taking a lost one out. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

from app.domain.errors import QispiError
from app.services import access, devices
from app.services.chosen_files import read_chosen_file
from app.services.device_ports import CentreDevice
from app.services.devices import DeviceRow, LostReport, LostSheet
from app.services.exchange_files import new_file
from app.services.ports import UnitOfWork
from app.services.workplace import StorageRunner, Workplace

__all__ = ["FILE_MAX", "JOIN", "MANAGE", "DevicesPresenter", "DevicesView", "Found"]

T = TypeVar("T")

MANAGE: Final = "manage_devices"
JOIN: Final = "join_centre"
FILE_MAX: Final = 1 << 20
"""Of a solicitud or a respuesta; longer ones are refused unread."""


class Runner(StorageRunner, Protocol):
    """Runs plain work on the storage thread, too: keys are outside of any unit."""

    def ask(
        self,
        work: Callable[[], T],
        done: Callable[[T], None],
        failed: Callable[[QispiError], None],
    ) -> None:
        """Queue work; ``done`` or ``failed`` follows."""


@dataclass(frozen=True, slots=True)
class Found:
    """The laptops of the centre; none before this one belongs to one, nor for whoever may not
    manage them. ``joins_by``: the act that joining is here; ``administers``: this laptop takes
    others in and out."""

    rows: tuple[DeviceRow, ...]
    is_enrolled: bool
    joins_anew: bool
    joins_by: str = ""
    administers: bool = False


class DevicesView(Protocol):
    """What the page can show."""

    def show_found(self, found: Found) -> None:
        """Show the laptops."""

    def show_code(self, code: str, *, is_reply: bool) -> None:
        """A file was written: show the digits that are read out over the telephone."""

    def show_accepted(self) -> None:
        """The centre took this laptop in; in force once it was locked and opened again."""

    def show_revoked(self, letter: str) -> None:
        """A laptop was taken out."""

    def show_report(self, device: CentreDevice, report: LostReport) -> None:
        """Show what a laptop held."""

    def print_report(self, pdf: bytes) -> None:
        """Print it: it was noted that it was asked."""

    def show_busy(self) -> None:
        """Keys are being read or made: it takes a moment."""

    def show_done(self) -> None:
        """It ended, well or not."""

    def show_fault(self, fault: QispiError) -> None:
        """Something could not be done; nothing changed."""


class DevicesPresenter:
    """The laptops. GUI thread only."""

    def __init__(self, runner: Runner, workplace: Workplace, view: DevicesView) -> None:
        self._runner = runner
        self._workplace = workplace
        self._desk = workplace.desk
        self._keys = workplace.devices
        self._view = view
        self._asked: CentreDevice | None = None
        self._report: LostReport | None = None
        self._is_busy = False

    def look(self) -> None:
        """Show the laptops."""
        desk, keys = self._desk, self._keys

        people = self._workplace.people

        def listed(there: tuple[tuple[CentreDevice, ...], bool, bool]) -> None:
            known, is_enrolled, joins_anew = there

            def found(uow: UnitOfWork) -> Found:
                # Of a laptop that belongs to no centre yet there is nothing to ask anybody about.
                is_open = bool(known) and access.may(uow, desk, MANAGE) is None
                rows = devices.list_devices(uow, desk, known) if is_open else ()
                # Where several work, whoever manages the laptops decides that this one joins.
                joins_by = JOIN if len(people.tags) <= 1 else MANAGE
                administers = any(one.is_own and one.is_admin for one in known)
                return Found(rows, is_enrolled, joins_anew, joins_by, administers)

            self._runner.on_storage(found, self._view.show_found, self._view.show_fault)

        self._runner.ask(
            lambda: (keys.list(), keys.is_enrolled, keys.joins_anew), listed, self._view.show_fault
        )

    def request(self, target: Path) -> None:
        """Write the solicitud of this laptop into a file."""

        def work() -> str:
            asked = self._keys.request()
            _write(target, asked.content)
            return asked.code

        self._do(work, lambda code: self._view.show_code(code, is_reply=False))

    def accept(self, reply: Path, typed: str) -> None:
        """Join the centre whose answer lies in a file."""
        self._do(
            lambda: self._keys.accept(read_chosen_file(reply, FILE_MAX), typed),
            lambda _: self._view.show_accepted(),
        )

    def grant(self, request: Path, typed: str, target: Path) -> None:
        """Answer the solicitud of another laptop in a file."""

        def work() -> str:
            granted = self._keys.grant(read_chosen_file(request, FILE_MAX), typed)
            _write(target, granted.content)
            return granted.code

        self._do(work, lambda code: self._view.show_code(code, is_reply=True))

    def revoke(self, device: CentreDevice) -> None:
        """Take a laptop out of the centre for good."""
        self._do(
            lambda: self._keys.revoke(device.id), lambda _: self._view.show_revoked(device.letter)
        )

    def report(self, device: CentreDevice) -> None:
        """Show what a laptop held."""
        desk = self._desk
        self._asked = device

        def told(report: LostReport) -> None:
            if device == self._asked:  # else another one was asked about meanwhile
                self._report = report
                self._view.show_report(device, report)

        self._runner.on_storage(
            lambda uow: devices.lost_report(uow, desk, device), told, self._view.show_fault
        )

    def print(self) -> None:
        """Put the report that shows on paper."""
        report, place = self._report, self._workplace
        if report is not None:
            sheet = LostSheet(place.centre, report)
            self._runner.ask(
                lambda: place.documents.lost_report(sheet),
                self._view.print_report,
                self._view.show_fault,
            )

    def _do(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        if self._is_busy:
            return
        self._is_busy = True
        self._view.show_busy()

        def finished(answer: T) -> None:
            self._end()
            done(answer)
            self.look()

        def failed(fault: QispiError) -> None:
            self._end()
            self._view.show_fault(fault)

        self._runner.ask(work, finished, failed)

    def _end(self) -> None:
        self._is_busy = False
        self._view.show_done()


def _write(target: Path, content: bytes) -> None:
    with new_file(target) as file:
        file.write(content)
