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


def test_a_guess_costs_more_where_the_memory_bears_it_and_never_less(tmp_path: Path) -> None:
    """Of a laptop that came to a larger machine, or of a program that asks for more. Whoever typed
    four letters of each word enters by the whole words as before, and the other way round."""
    settings = Settings(tmp_path / "data")
    small = LaptopDoor(settings, Direct(), memory=lambda: 2 * GIBIBYTE)
    large = LaptopDoor(settings, Direct(), memory=lambda: 8 * GIBIBYTE)
    words = small.draw_words()
    short = " ".join(one[:4] for one in words.split())
    small.set_up(words, person="Persona Inventada", role="social", centre=PROFILE).close()

    def cost() -> int:
        (slot,) = json.loads(settings.vault_file.read_bytes())["slots"]
        return int(slot["argon2id"]["memory_kib"])

    small.unlock(short).close()
    assert cost() == SMALL_MACHINE.memory_kib
    large.unlock(short).close()
    assert cost() == STANDARD.memory_kib
    for door, typed in ((large, words), (small, short), (small, words)):
        door.unlock(typed).close()
        assert cost() == STANDARD.memory_kib


def test_a_disk_that_refuses_the_dearer_guess_keeps_nobody_out(tmp_path: Path) -> None:
    """Control: with room again it is written."""
    settings = Settings(tmp_path / "data")
    small = LaptopDoor(settings, Direct(), memory=lambda: 2 * GIBIBYTE)
    large = LaptopDoor(settings, Direct(), memory=lambda: 8 * GIBIBYTE)
    small.set_up(PASSPHRASE, person="Persona Inventada", role="social", centre=PROFILE).close()
    before = settings.vault_file.read_bytes()
    (tmp_path / "data" / "llaves.json.tmp").mkdir()  # what is to become the file cannot be made
    large.unlock(PASSPHRASE).close()
    assert settings.vault_file.read_bytes() == before
    (tmp_path / "data" / "llaves.json.tmp").rmdir()
    large.unlock(PASSPHRASE).close()
    assert settings.vault_file.read_bytes() != before
