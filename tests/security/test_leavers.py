"""Somebody leaves at a laptop that does not administer its centre: another renews the secret, and
both are told (K4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.domain.change import RecordId
from app.laptop import Laptop
from app.services import accounts, upkeep
from app.services.account_ports import NewPerson
from app.services.forms import change_fields
from app.services.sheet_ports import NO_SHEETS
from tests.security.test_people import audited, epoch_of, listed, people
from tests.support.stations import RegionPlace, open_again

EPOCH_DUE = "epoch_due"


@dataclass(slots=True)
class Centre:
    """An administering laptop, and one that joined by it; nobody synchronises."""

    folder: Path
    other_folder: Path
    admin: Laptop
    other: Laptop

    def says(self, laptop: Laptop, folder: Path) -> bool:
        keys = people(laptop, folder)
        with laptop.store.unit() as uow:
            found = upkeep.due(uow, laptop.desk, keys, NO_SHEETS)
        return EPOCH_DUE in [one.message_id for one in found]

    def admin_again(self) -> Laptop:
        self.admin.close()
        self.admin = open_again(self.folder)
        return self.admin


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Centre]:
    region = RegionPlace.make(tmp_path / "region")
    region.url = "https://127.0.0.1:1"
    folder, other_folder = region.new_folder(), region.new_folder()
    admin = region.first_at(folder)
    other = region.joining_at(admin, other_folder)
    made = Centre(folder, other_folder, admin.laptop, other.laptop)
    yield made
    made.admin.close()
    made.other.close()


def left_elsewhere(laptop: Laptop, person: RecordId, day: str) -> None:
    """Write that somebody left, as it comes from another laptop."""
    values = {
        accounts.NAME: "Ana Inventada",
        accounts.ROLE: "legal",
        accounts.LEFT_ON: day,
    }
    with laptop.store.unit() as uow:
        change_fields(
            uow, laptop.desk, {accounts.key_of(person, name): said for name, said in values.items()}
        )
        uow.commit()


def test_an_administering_laptop_is_told_of_who_left_elsewhere_until_it_renewed(
    centre: Centre,
) -> None:
    """Control: of somebody who leaves here it is renewed at once, and an opening more leaves it."""
    ana = RecordId("a" * 32)
    epochs = [epoch_of(centre.admin)]
    assert not centre.says(centre.admin, centre.folder)
    left_elsewhere(centre.admin, ana, "2026-11-26")
    assert centre.says(centre.admin, centre.folder)
    epochs.append(epoch_of(centre.admin_again()))
    assert not centre.says(centre.admin, centre.folder)
    epochs.append(epoch_of(centre.admin_again()))
    left_elsewhere(centre.admin, ana, "2026-12-01")  # she came back, and left again
    assert centre.says(centre.admin, centre.folder)
    epochs.append(epoch_of(centre.admin_again()))
    assert [one == epochs[0] for one in epochs] == [True, False, False, False]
    assert epochs[1] == epochs[2] != epochs[3]
    assert audited(centre.admin, "epoch_renewed", RecordId("")) == 2

    keys = people(centre.admin, centre.folder)
    keys.add(NewPerson("Eva Inventada", "legal"), keys.draw())
    keys.end(listed(centre.admin, centre.folder)["Eva Inventada"].id, leaves_centre=True)
    assert not centre.says(centre.admin, centre.folder)


def test_a_laptop_that_does_not_administer_renews_nothing_and_says_so_of_itself(
    centre: Centre,
) -> None:
    keys = people(centre.other, centre.other_folder)
    assert keys.administers is False
    assert people(centre.admin, centre.folder).administers is True
    keys.add(NewPerson("Ana Inventada", "legal"), keys.draw())
    epoch = epoch_of(centre.other)
    keys.end(listed(centre.other, centre.other_folder)["Ana Inventada"].id, leaves_centre=True)
    assert epoch_of(centre.other) == epoch
    assert not centre.says(centre.other, centre.other_folder)  # nobody could do it here
