"""The region's root key is on the disk, whole, or not there at all (F3)."""

from __future__ import annotations

import itertools
from pathlib import Path

from app.domain.errors import EnvironmentFault
from app.region import PUBLIC_NAME, ROOT_NAME, new_root, open_root
from tests.support.file_faults import failing
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE


def test_a_disk_that_refuses_leaves_no_half_of_it_and_the_next_try_makes_it(tmp_path: Path) -> None:
    """A half-written one opened nothing, and could not be made again either."""
    folder = tmp_path / "region"
    refused = 0
    for number in itertools.count(1):
        try:
            with failing(number, forever=True):
                new_root(folder, PASSPHRASE, cost=CHEAP)
        except EnvironmentFault:
            refused += 1
            assert not (folder / ROOT_NAME).exists() or is_whole(folder)
            (folder / ROOT_NAME).unlink(missing_ok=True)
            continue
        break
    assert refused > 3
    assert is_whole(folder)


def is_whole(folder: Path) -> bool:
    root = open_root(folder, PASSPHRASE, bounds=CHEAP_BOUNDS)
    return (folder / PUBLIC_NAME).read_bytes() == root.public
