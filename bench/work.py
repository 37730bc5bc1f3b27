"""What people do all day, as the window asks the store for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from app.domain.change import RecordId
from app.domain.value import Value
from app.services import casework, forms, referral_answers
from app.services.ports import Desk, UnitOfWork
from app.services.read_models import CaseFilter
from bench.bulk import driver
from bench.cases import edits, queries
from bench.paired import Samples
from db.store import Store
from ui.screens.cases.presenter import PAGE

__all__ = ["NAMES", "Day", "key_presses"]

NAMES = {
    "commit": "save a field",
    "search": "search, each key press",
    "list": f"the list, its first {PAGE} rows",
    "open": "open a case",
}

Part = Callable[[UnitOfWork], object]


class Day:
    """Rounds of the four kinds of work, on random cases, the same in both stores."""

    def __init__(self, sealed: Store, plain: Store, desk: Desk, seed: int) -> None:
        self._stores = (sealed, plain)
        self._desk = desk
        self._chance = random.Random(seed)
        self._edits = edits(self._chance)
        run = driver(sealed).execute
        self._cases = [RecordId(row[0].hex()) for row in run("SELECT case_id FROM case_row")]
        code, document = _somebody(sealed, desk, self._chance.choice(self._cases))
        self._presses = [part for text in queries(code, document) for part in key_presses(text)]
        self.samples = {name: Samples() for name in NAMES}

    def round(self, *, commits: int, lists: int, opens: int) -> None:
        """Do everything once more."""
        sealed, plain = self._stores
        do = {name: one.round for name, one in self.samples.items()}
        do["commit"](sealed, plain, (self._commit() for _ in range(commits)))
        do["search"](sealed, plain, ((_searched(text),) for text in self._presses))
        do["list"](sealed, plain, ((_listed,) for _ in range(lists)))
        do["open"](sealed, plain, (self._open() for _ in range(opens)))

    def forget(self) -> None:
        """Forget what was measured so far: it warmed the caches."""
        self.samples = {name: Samples() for name in NAMES}

    def _commit(self) -> Sequence[Part]:
        case_id = self._chance.choice(self._cases)
        field_id, value = next(self._edits)
        return (lambda uow: self._set(uow, case_id, field_id, value),)

    def _set(self, uow: UnitOfWork, case_id: RecordId, field_id: str, value: Value) -> None:
        forms.set_field(uow, self._desk, forms.FICHA, case_id, field_id, value)

    def _open(self) -> Sequence[Part]:
        desk, case_id = self._desk, self._chance.choice(self._cases)
        return (
            lambda uow: forms.form_file(uow, desk, forms.FICHA, case_id),
            lambda uow: casework.note_view(uow, desk, case_id),
            lambda uow: referral_answers.of_case(uow, desk, case_id),
        )


def key_presses(text: str) -> Iterator[str]:
    """Yield what stands in the search box after each key press."""
    for end in range(1, len(text) + 1):
        yield text[:end]


def _searched(text: str) -> Part:
    def search(uow: UnitOfWork) -> object:
        # The list says "500 of 20 000": the window counts with every look.
        return casework.count_cases(uow, CaseFilter()), casework.search_cases(uow, text, PAGE)

    return search


def _listed(uow: UnitOfWork) -> object:
    everything = CaseFilter()
    return casework.count_cases(uow, everything), casework.list_cases(uow, everything, 0, PAGE)


def _somebody(store: Store, desk: Desk, case_id: RecordId) -> tuple[str, str]:
    with store.unit() as uow:
        file = forms.form_file(uow, desk, forms.FICHA, case_id)
    return file.case_code, str(file.values["document_number"])
