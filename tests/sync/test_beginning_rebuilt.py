"""A laptop whose database is damaged while it reads the log behind a snapshot goes on with that."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services import rebuild, snapshot
from app.services.behind import Behind, behind_of
from app.services.read_models import SyncProgress
from db.presence import DATABASE_NAME
from tests.support.short_logs import short_logs, story
from tests.support.stations import RegionPlace, impatient, make_anew, open_again, view
from tests.sync.test_beginning import (
    CASE,
    Region,
    admin,
    lacks,
    line,
    new,
    region,
    synced,
    tried,
)

__all__ = ["admin", "line", "new", "region", "short_logs"]


def _first_page(database: Path) -> None:
    content = bytearray(database.read_bytes())
    content[1_000] ^= 0x10
    database.write_bytes(content)


def _all_of_it(database: Path) -> None:
    for one in database.parent.glob(f"{DATABASE_NAME}*"):
        one.unlink()


@pytest.mark.parametrize("damage", [_first_page, _all_of_it])
def test_what_lacked_behind_a_snapshot_is_read_on_after_the_database_was_made_anew(
    admin: tuple[Typist, RecordId],
    new: Typist,
    tmp_path: Path,
    damage: Callable[[Path], None],
) -> None:
    images: list[Path] = []

    def image(_: SyncProgress) -> None:
        if lacks(new) and len(images) < 9:
            images.append(Path(shutil.copytree(tmp_path / "new", tmp_path / f"at-{len(images)}")))

    synced(new, image)
    assert len(images) > 3
    lacking = 0
    for place in (images[0], images[len(images) // 2], images[-1]):
        damage(place / DATABASE_NAME)
        make_anew(place)
        again = impatient(open_again(place))
        lacking += lacks(again)
        told = "history_behind" in {one.message_id for one in view(again).facts}
        assert told is lacks(again)
        synced(again)
        assert not lacks(again)
        assert again.digest() == new.digest()
        again.laptop.close()
    assert lacking


@pytest.mark.parametrize("is_rebuilt", [False, True])
def test_a_server_put_back_while_a_laptop_that_was_made_anew_reads_backwards_is_read_whole(
    tmp_path: Path, is_rebuilt: bool
) -> None:
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(Region(RegionPlace.make(tmp_path / "region"))) as centre,
    ):
        patch.setattr(snapshot, "WORTH_BYTES", 48 << 10)
        patch.setattr(rebuild, "PAGE_BYTES", 3_750)  # stands for a log of megabytes
        _falls_back(centre, tmp_path, is_rebuilt=is_rebuilt)


def _falls_back(centre: Region, tmp_path: Path, *, is_rebuilt: bool) -> None:
    first = centre.place.first()
    case_id, _ = first.register(CASE)
    early: dict[str, bytes] = {}
    for number in range(17):
        first.type_fields(case_id, {"relato": story(number)})
        synced(first)
        if number == 12:
            early = centre.dump()
    synced(first)
    other = centre.place.joining_at(first, tmp_path / "other")
    images: list[tuple[Behind, Path]] = []

    def image(_: SyncProgress) -> None:
        lacking = other.run(behind_of)
        if lacking is not None:
            name = tmp_path / f"at-{len(images)}"
            images.append((lacking, Path(shutil.copytree(tmp_path / "other", name))))

    synced(other, image)
    place = [place for lacking, place in images if 1 < lacking.position < lacking.start][-1]
    if is_rebuilt:
        _first_page(place / DATABASE_NAME)
        make_anew(place)
    again = impatient(open_again(place))
    assert lacks(again)
    centre.restore(early)
    for _ in range(4):
        tried(again)
    written = set(first.run(lambda uow: tuple(uow.batches.ids())))
    assert written <= set(again.run(lambda uow: tuple(uow.batches.ids())))
    for one in (first, other, again):
        one.laptop.close()
