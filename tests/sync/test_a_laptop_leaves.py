"""A laptop that was lost is taken out of its centre, from a laptop that administers it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from app.cli import main
from app.crypto.passphrase import STANDARD
from app.demo.actors import Typist
from app.domain.errors import DomainError
from app.region import ROOT_NAME, open_root
from app.services.messages import SENTENCES
from sync.envelope.region import write_root
from tests.support.stations import RegionPlace, served
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE


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


def _as_people_have_it(region: RegionPlace, place: Path) -> Path:
    """The root's folder, its file sealed at the full cost: the command opens no other."""
    root = open_root(region.root, PASSPHRASE, bounds=CHEAP_BOUNDS)
    folder = place / "root at full cost"
    shutil.copytree(region.root, folder)
    content = write_root(root, PASSPHRASE, salt=bytes(16), cost=STANDARD)
    (folder / ROOT_NAME).write_bytes(content)
    return folder


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


def test_the_region_takes_the_laptop_that_administers_out_and_names_another(
    region: RegionPlace, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with served(region) as address:
        region.url = f"https://{address}"
        lost, heir = region.pair()
        third = region.joining(lost)
        case, _ = lost.register({"names": "Nantip", "relato": "Relato inventado."})
        assert [_failure(one) for one in (lost, heir, third, lost)] == [None] * 4
        # Whoever has the lost laptop lets one of its own in before anybody knows.
        thief = region.joining(lost)
        assert [_failure(one) for one in (lost, thief, heir)] == [None] * 3

        assert heir.use_stick(stick).failure is None
        root = _as_people_have_it(region, tmp_path)
        command = [
            *("region", "revoke", str(stick), "a", "--root", str(root)),
            *("--admin", "B", "--without", "D", "--passphrase", PASSPHRASE),
        ]
        shown_first = ""
        for answer in ("n", "s", "s"):
            done = CliRunner().invoke(main, command, input=f"{answer}\n")
            # Said twice it is as good as once.
            assert (done.exit_code == 0) is (answer == "s"), done.output
            shown_first = shown_first or done.output
        assert "Equipo D" in shown_first
        assert heir.use_stick(stick).failure is None

        assert [_failure(one) for one in (heir, third)] == [None] * 2
        assert [_failure(one) for one in (lost, thief)] == ["server_refused"] * 2
        shown = {one.letter: (one.is_admin, one.is_revoked) for one in third.laptop.devices()}
        assert shown == {"A": (True, True), "B": (True, False), "C": (False, False)}
        # The heir renewed the epoch by itself: neither of the two opens what is written now.
        heir.type_fields(case, {"relato": "Escrito después de la baja."})
        assert [_failure(one) for one in (heir, third)] == [None] * 2
        assert _narratives(third, case) == ["Escrito después de la baja."]
        newest = heir.run(lambda uow: [uow.batches.content(one) for one in uow.batches.ids()])[-1]
        for one in (lost, thief):
            assert one.laptop.envelope is not None
            with pytest.raises(DomainError, match="batch_unknown_key"):
                one.laptop.envelope.open(newest or b"")
        # And it administers: another laptop joins by it.
        fourth = region.joining(heir)
        assert [_failure(one) for one in (heir, fourth, third)] == [None] * 3
        assert _narratives(fourth, case) == ["Escrito después de la baja."]
        for one in (lost, heir, third, thief, fourth):
            one.laptop.close()


def test_a_stick_of_no_centre_takes_nobody_out(region: RegionPlace, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    root = _as_people_have_it(region, tmp_path)
    command = ["region", "revoke", str(stick), "A", "--root", str(root)]
    done = CliRunner().invoke(main, [*command, "--passphrase", PASSPHRASE], input="s\n")
    assert done.exit_code == 1
    assert not list(stick.rglob("*.acta"))


def test_what_a_lost_laptop_leaves_on_a_stick_counts_once_the_region_has_it(
    region: RegionPlace, tmp_path: Path
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    with served(region) as address:
        region.url = f"https://{address}"
        admin, lost = region.pair()
        third = region.joining(admin)
        case, _ = admin.register({"names": "Nantip", "relato": "Relato inventado."})
        assert [_failure(one) for one in (admin, lost, third, admin)] == [None] * 4
        admin.laptop.revoke(admin.laptop.devices()[1].id)
        lost.type_fields(case, {"relato": "Escrito por quien la tiene ahora."})
        assert lost.use_stick(stick).failure is None

        # The admin knows: it keeps the bytes, says why, and carries them to nobody.
        assert admin.use_stick(stick).set_aside == 1
        assert _narratives(admin, case) == ["Relato inventado."]
        rows = admin.run(lambda uow: [row.reason for row in uow.aside.rows()])
        assert rows == ["batch_revoked_device"]
        assert SENTENCES[rows[0]]
        assert _failure(admin) is None
        other = tmp_path / "other stick"
        other.mkdir()
        assert admin.use_stick(other).failure is None
        carried = {one.stem for one in other.rglob("*.lote")}
        kept = admin.run(lambda uow: [one.id.hex() for one in uow.aside.kept()])
        assert len(kept) == 1
        assert not carried & set(kept)

        # The third does not know yet, takes it in and brings it: then it stands in the log.
        (stick / "lotes").rename(tmp_path / "all of it")
        for one in (tmp_path / "all of it").rglob("*.acta"):
            one.unlink()
        (tmp_path / "all of it").rename(stick / "lotes")
        assert third.use_stick(stick).failure is None
        assert [_failure(one) for one in (third, admin)] == [None] * 2
        assert _narratives(admin, case) == ["Escrito por quien la tiene ahora."]
        assert admin.run(lambda uow: uow.aside.rows()) == ()
        for one in (admin, lost, third):
            one.laptop.close()
