"""Killed at any moment while someone types, the program loses nothing that it called saved."""

from __future__ import annotations

import os
import random
import signal
from pathlib import Path

import pytest

from app.domain.change import RecordId
from app.services import casework, forms
from app.services.read_models import CaseFilter
from db.store import create_store, open_store
from tests.support.every import some
from tests.support.laptops import Laptop, definitions, make_desk
from tests.support.storage import KEY

KILLS = some(20, 200)
LONGEST_MS = 40


def _type_until_killed(folder: Path, case_id: RecordId, kill: int, said: int) -> None:
    """Type fields, one commit each, and say each one's number once the use case returned."""
    store = open_store(folder, KEY, definitions().registry)
    desk = make_desk(seed=1_000 + kill)
    store.work_at(desk)
    number = 0
    while True:
        number += 1
        with store.unit() as uow:
            forms.set_field(
                uow, desk, forms.FICHA, case_id, "EDAD_VICTIMA", kill * 100_000 + number
            )
        os.write(said, number.to_bytes(4, "big"))


@pytest.mark.timeout(600)
def test_nothing_called_saved_is_missing_after_many_kills(tmp_path: Path) -> None:
    """(F1)"""
    chance = random.Random(20261124)
    store = create_store(tmp_path, KEY, definitions().registry)
    laptop = Laptop(store, make_desk())
    case_id = laptop.open_case()
    store.close()
    acknowledged = 0

    for kill in range(1, KILLS + 1):
        last_said = _kill_one_writer(tmp_path, case_id, kill, chance.uniform(2, LONGEST_MS))

        store = open_store(tmp_path, KEY, definitions().registry)
        store.work_at(make_desk())
        with store.unit() as uow:
            file = forms.form_file(uow, make_desk(), forms.FICHA, case_id)
            held = file.fields["EDAD_VICTIMA"].value if "EDAD_VICTIMA" in file.fields else None
            assert uow.audit.verify() is None
            assert casework.count_cases(uow, CaseFilter()) == 1
        store.close()
        if last_said:
            acknowledged += last_said
            # One more may be on disk that the writer had no time to speak of.
            assert held in (kill * 100_000 + last_said, kill * 100_000 + last_said + 1)

    assert acknowledged > KILLS, "the writers hardly wrote: the test proves nothing"


def _kill_one_writer(folder: Path, case_id: RecordId, kill: int, after_ms: float) -> int:
    """Start a writer, kill it ``after_ms`` after its first word, return the last number it said."""
    heard, said = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        try:
            _type_until_killed(folder, case_id, kill, said)
        finally:
            os._exit(1)
    os.close(said)
    words = os.read(heard, 4)
    _wait_ms(after_ms)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while chunk := os.read(heard, 65_536):
        words += chunk
    os.close(heard)
    whole = len(words) // 4 * 4
    return int.from_bytes(words[whole - 4 : whole], "big") if whole else 0


def _wait_ms(milliseconds: float) -> None:
    # The moment of the kill is what is drawn; nothing is awaited that could end sooner.
    signal.sigtimedwait([signal.SIGUSR2], milliseconds / 1000)
