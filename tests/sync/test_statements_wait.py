"""Who came to the centre and who was taken out waits like whatever was typed: a revocation that is
in one folder only protects nobody once that folder is put away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.services.ports import UnitOfWork
from app.services.read_models import SyncProgress, SyncReport, SyncStep
from app.services.sync_page import sync_page
from app.services.whereabouts_ports import ShareKind, WaitingShare
from db.presence import DATABASE_NAME
from tests.support.stations import RegionPlace, impatient, make_anew, open_again, said, view

NOTHING = " · nada por enviar"
TWO = " · 2 avisos de altas o bajas de equipos por enviar"
"""A revocation, and the key that is renewed for it."""


@pytest.fixture
def level(pair: tuple[Typist, Typist]) -> tuple[Typist, Typist]:
    """The administrator's laptop and one that will be lost: they have nothing to send."""
    for one in (*pair, *pair):
        assert one.sync().failure is None
    return pair


@pytest.fixture
def alone(region: RegionPlace, tmp_path: Path) -> Iterator[tuple[Path, Typist]]:
    """An administrator's laptop in a folder of its own that revoked another, without a network."""
    folder = tmp_path / "a"
    admin = region.first_at(folder)
    lost = region.joining(admin)
    for one in (admin, lost, admin):
        assert one.sync().failure is None
    assert said(admin).endswith(NOTHING)
    revoke(admin, lost)
    yield folder, admin
    lost.laptop.close()


def revoke(admin: Typist, lost: Typist) -> None:
    assert lost.laptop.keys is not None
    admin.laptop.revoke(lost.laptop.keys.keyring.device.id)


def share(typist: Typist) -> WaitingShare | None:
    page = typist.run(lambda uow: sync_page(uow, typist.laptop.desk, typist.workplace.laptops))
    assert (page.size or 0) >= sum(one.size or 0 for one in page.shares)
    return next((one for one in page.shares if one.kind is ShareKind.STATEMENT), None)


def has_region_all(typist: Typist) -> bool:
    desk, laptops = typist.laptop.desk, typist.workplace.laptops
    return typist.run(lambda uow: sync_page(uow, desk, laptops)).has_region_all


def test_a_revocation_waits_until_the_region_holds_it(level: tuple[Typist, Typist]) -> None:
    admin, lost = level
    assert said(admin).endswith(NOTHING)
    assert said(lost).endswith(NOTHING)
    revoke(admin, lost)
    assert said(admin).endswith(TWO)
    assert view(admin).waiting_of_all == 2
    assert not has_region_all(admin)
    waiting = share(admin)
    assert waiting is not None
    assert (waiting.count, waiting.on_stick) == (2, 0)
    assert waiting.size
    assert admin.sync().failure is None
    assert said(admin).endswith(NOTHING)
    assert share(admin) is None
    assert has_region_all(admin)


def test_so_does_a_laptop_that_was_granted_and_it_knows_of_nothing_yet(
    level: tuple[Typist, Typist], region: RegionPlace
) -> None:
    admin, _ = level
    new = region.joining(admin)
    assert said(admin).endswith(" · 1 aviso de altas o bajas de equipos por enviar")
    assert view(new).waiting_statements == 3, "of none it knows whether the region holds it"
    assert new.sync().failure is None
    assert said(new).endswith(NOTHING)
    assert view(admin).waiting_statements == 1, "it did not hear of that yet"
    assert admin.sync().failure is None
    assert said(admin).endswith(NOTHING)
    new.laptop.close()


def test_what_was_left_on_a_stick_is_on_its_way_and_waits(
    level: tuple[Typist, Typist], region: RegionPlace, tmp_path: Path
) -> None:
    admin, lost = level
    third = region.joining(admin)
    assert third.sync().failure is None
    assert admin.sync().failure is None
    revoke(admin, lost)
    assert admin.use_stick(tmp_path).failure is None
    assert said(admin).endswith(TWO)
    waiting = share(admin)
    assert waiting is not None
    assert (waiting.count, waiting.on_stick) == (2, 2)
    # A colleague hears of it from the stick and takes it to the region.
    assert third.use_stick(tmp_path).failure is None
    assert view(third).waiting_statements == 2
    assert third.sync().failure is None
    assert said(third).endswith(NOTHING)
    assert admin.sync().failure is None
    assert said(admin).endswith(NOTHING)
    third.laptop.close()


def test_what_is_said_while_a_stick_is_written_is_not_said_to_lie_on_it(
    level: tuple[Typist, Typist], tmp_path: Path
) -> None:
    admin, lost = level
    lost_id = lost.laptop.devices()[1].id

    def revoke_meanwhile(progress: SyncProgress) -> None:
        is_writing = progress.step is SyncStep.SEND and progress.total_bytes > 0
        if is_writing and not admin.laptop.devices()[1].is_revoked:
            admin.laptop.revoke(lost_id)

    reports: list[SyncReport] = []
    admin.register({"names": "Nantip", "relato": "Relato inventado."})
    admin.workplace.sync.sync_folder(tmp_path, revoke_meanwhile, reports.append)
    assert [one.failure for one in reports] == [None]
    waiting = share(admin)
    assert waiting is not None
    assert (waiting.count, waiting.on_stick) == (2, 0)
    # What lies there is told, once it does.
    assert admin.use_stick(tmp_path).failure is None
    waiting = share(admin)
    assert waiting is not None
    assert (waiting.count, waiting.on_stick) == (2, 2)


def test_it_waits_still_after_the_program_was_started_again(alone: tuple[Path, Typist]) -> None:
    folder, admin = alone
    admin.laptop.close()
    admin = impatient(open_again(folder))
    assert said(admin).endswith(TWO)
    assert admin.sync().failure is None
    admin.laptop.close()
    admin = impatient(open_again(folder))
    assert said(admin).endswith(NOTHING), "nothing is asked of the region for that"
    admin.laptop.close()


def test_of_a_database_that_never_noted_it_all_waits_until_the_region_is_heard(
    alone: tuple[Path, Typist],
) -> None:
    folder, admin = alone
    assert admin.sync().failure is None

    def forget(uow: UnitOfWork) -> None:
        for name in ("sync/statements_there", "sync/statements_unsent"):
            uow.local.put(name, None)
        uow.commit()

    admin.run(forget)  # as an older program left it
    admin.laptop.close()
    admin = impatient(open_again(folder))
    assert view(admin).waiting_statements == 4
    assert admin.sync().failure is None
    assert said(admin).endswith(NOTHING)
    admin.laptop.close()


@pytest.mark.parametrize("is_readable", [True, False])
def test_it_waits_still_when_the_database_is_made_anew(
    alone: tuple[Path, Typist], *, is_readable: bool
) -> None:
    folder, admin = alone
    admin.laptop.close()
    if not is_readable:
        database = folder / DATABASE_NAME
        content = bytearray(database.read_bytes())
        for at in range(200, len(content), 4096):
            content[at] ^= 0x10
        database.write_bytes(content)
    make_anew(folder)
    admin = impatient(open_again(folder))
    assert view(admin).waiting_statements >= 2
    assert "nada por enviar" not in said(admin)
    assert admin.sync().failure is None
    assert view(admin).waiting_statements == 0
    admin.laptop.close()


def test_it_waits_again_when_a_backup_from_before_it_left_is_put_back(
    alone: tuple[Path, Typist],
) -> None:
    folder, admin = alone
    admin.laptop.close()
    backup = (folder / DATABASE_NAME).read_bytes()
    admin = impatient(open_again(folder))
    assert admin.sync().failure is None
    assert said(admin).endswith(NOTHING)
    admin.laptop.close()
    (folder / DATABASE_NAME).write_bytes(backup)
    admin = impatient(open_again(folder))
    assert said(admin).endswith(TWO)
    assert admin.sync().failure is None
    assert said(admin).endswith(NOTHING)
    admin.laptop.close()
