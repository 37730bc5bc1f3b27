"""A laptop that was lost is taken out of its centre, from a laptop that administers it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.errors import DomainError
from tests.support.stations import RegionPlace, served


@pytest.fixture
def region(tmp_path: Path) -> RegionPlace:
    return RegionPlace.make(tmp_path)


def _failure(typist: Typist) -> str | None:
    reports: list[str | None] = []
    typist.workplace.sync.sync_now(lambda _: None, lambda report: reports.append(report.failure))
    return reports[0]


def _narratives(typist: Typist, case: str) -> list[object]:
    return typist.run(
        lambda uow: [
            field.value for name, field in uow.records.fields(case).items() if name == "relato"
        ]
    )


def test_a_lost_laptop_is_let_in_no_longer_and_reads_nothing_new(region: RegionPlace) -> None:
    with served(region) as address:
        region.url = f"https://{address}"
        admin, lost = region.pair()
        third = region.joining(admin)
        case, _ = admin.register({"names": "Nantip", "relato": "Relato inventado."})
        lost.register({"names": "Yampis", "relato": "Lo que envió antes de perderse."})
        assert [_failure(one) for one in (admin, lost, third, admin)] == [None] * 4

        device = lost.laptop.devices()[1]
        assert (device.letter, device.is_own) == ("B", True)
        admin.laptop.revoke(device.id)

        assert _failure(admin) is None
        assert _failure(lost) == "server_refused"
        # The third hears of it by itself, and both seal so that the lost one cannot open it.
        assert _failure(third) is None
        third.type_fields(case, {"relato": "Escrito después de la baja."})
        assert [_failure(one) for one in (third, admin)] == [None] * 2
        assert _narratives(admin, case) == ["Escrito después de la baja."]
        digests = {one.run(lambda uow: uow.changes.digest()) for one in (admin, third)}
        assert len(digests) == 1
        newest = admin.run(lambda uow: [uow.batches.content(one) for one in uow.batches.ids()])[-1]
        assert lost.laptop.envelope is not None
        with pytest.raises(DomainError, match="batch_unknown_key"):
            lost.laptop.envelope.open(newest or b"")
        shown = {one.letter: one.is_revoked for one in admin.laptop.devices()}
        assert shown == {"A": False, "B": True, "C": False}
        for one in (admin, lost, third):
            one.laptop.close()


def test_only_the_laptop_that_administers_takes_another_out(region: RegionPlace) -> None:
    with served(region) as address:
        region.url = f"https://{address}"
        admin, plain = region.pair()
        assert [_failure(one) for one in (admin, plain)] == [None] * 2
        admins_id = plain.laptop.devices()[0].id
        with pytest.raises(DomainError, match="revoke_not_admin"):
            plain.laptop.revoke(admins_id)
        for one in (admin, plain):
            one.laptop.close()
