"""A laptop as the demo's invented people use it: fields typed one by one, each saved on its own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.bootstrap import Direct, workplace_of
from app.domain.change import RecordId
from app.domain.value import Value
from app.laptop import Laptop
from app.services import casework, forms, ledger, referrals
from app.services.ports import UnitOfWork
from app.services.read_models import FormFile, SyncReport
from app.services.workplace import Workplace

__all__ = ["Typist"]

T = TypeVar("T")


@dataclass(slots=True)
class Typist:
    """Somebody at an open laptop."""

    laptop: Laptop
    workplace: Workplace

    @classmethod
    def at(cls, laptop: Laptop) -> Typist:
        """Return somebody at this laptop."""
        return cls(laptop, workplace_of(laptop, Direct()))

    def run(self, work: Callable[[UnitOfWork], T]) -> T:
        """Run work in a unit of its own."""
        with self.laptop.store.unit() as uow:
            return work(uow)

    def register(self, values: Mapping[str, Value]) -> tuple[RecordId, list[float]]:
        """Open a case and type its fields; return its id and the milliseconds of each save."""
        case_id = self.run(lambda uow: casework.open_case(uow, self.laptop.desk))
        return case_id, self.type_fields(case_id, values)

    def type_fields(self, case_id: RecordId, values: Mapping[str, Value]) -> list[float]:
        """Type fields of the ficha; return the milliseconds of each save."""
        times = []
        for field_id, value in values.items():
            began = time.perf_counter()
            with self.laptop.store.unit() as uow:
                forms.set_field(uow, self.laptop.desk, forms.FICHA, case_id, field_id, value)
            times.append((time.perf_counter() - began) * 1000)
        return times

    def ficha(self, case_id: RecordId) -> FormFile:
        """Return the ficha of a case as the screen shows it."""
        return self.run(lambda uow: forms.form_file(uow, self.laptop.desk, forms.FICHA, case_id))

    def rebuild(self) -> None:
        """Work out anew everything that is derived from the log of changes."""
        with self.laptop.store.unit() as uow:
            ledger.rebuild(uow, self.laptop.desk.definitions)
            uow.commit()

    def refer(self, case_id: RecordId, values: Mapping[str, Value]) -> RecordId:
        """Open a referral of a case and fill it in."""
        desk = self.laptop.desk
        referral_id = self.run(lambda uow: referrals.open_referral(uow, desk, case_id))
        today = {"consent_given_on": desk.clock.today().isoformat()}
        for field_id, value in {**values, **today}.items():
            with self.laptop.store.unit() as uow:
                referrals.set_field(uow, desk, referral_id, field_id, value)
        return referral_id

    def referral_pdf(self, referral_id: RecordId, languages: tuple[str, ...]) -> bytes:
        """Return the paper of a referral, as it is printed, and note that it leaves."""
        desk, centre = self.laptop.desk, self.laptop.centre
        sheet = self.run(
            lambda uow: referrals.issue(uow, desk, referral_id, "pdf", centre, languages)
        )
        return self.workplace.documents.referral(sheet)

    def sync(self) -> SyncReport:
        """Synchronise over the network; return how it ended."""
        reports: list[SyncReport] = []
        self.workplace.sync.sync_now(lambda _: None, reports.append)
        return reports[0]

    def use_stick(self, folder: Path) -> SyncReport:
        """Exchange batches with a stick; return how it ended."""
        reports: list[SyncReport] = []
        self.workplace.sync.sync_folder(folder, lambda _: None, reports.append)
        return reports[0]

    def digest(self) -> str:
        """Return one hash of everything this laptop holds."""
        return self.run(lambda uow: uow.changes.digest()).hex()
