"""A laptop whose database is damaged while it reads the log behind a snapshot goes on with that."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.domain.change import RecordId
from app.services.read_models import SyncProgress
from db.presence import DATABASE_NAME
from tests.support.stations import impatient, make_anew, open_again, view
from tests.sync.test_beginning import admin, lacks, line, new, region, synced

__all__ = ["admin", "line", "new", "region"]


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
