"""What a passphrase costs follows the memory of the machine on which it was chosen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.bootstrap import Direct, LaptopDoor
from app.crypto.passphrase import SMALL_MACHINE, STANDARD, Argon2Cost
from app.machine import total_memory
from app.settings import Settings
from tests.support.centres import PROFILE
from tests.support.storage import PASSPHRASE

GIBIBYTE = 1024**3


def test_the_memory_of_this_machine_is_known() -> None:
    total = total_memory()
    assert total is not None
    assert 256 * 1024**2 < total < 1024**5


@pytest.mark.parametrize(
    ("memory", "cost"), [(2 * GIBIBYTE, SMALL_MACHINE), (8 * GIBIBYTE, STANDARD)]
)
def test_a_laptop_is_set_up_at_the_cost_that_its_memory_bears(
    tmp_path: Path, memory: int, cost: Argon2Cost
) -> None:
    settings = Settings(tmp_path / "data")
    door = LaptopDoor(settings, Direct(), memory=lambda: memory)
    door.set_up(PASSPHRASE, person="Persona Inventada", role="social", centre=PROFILE).close()
    (slot,) = json.loads(settings.vault_file.read_bytes())["slots"]
    assert slot["argon2id"]["memory_kib"] == cost.memory_kib
    door.unlock(PASSPHRASE).close()
