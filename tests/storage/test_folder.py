"""A laptop is set up whole or not at all, and unlocks with its passphrase and no other."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import db.folder
from app.domain.errors import DomainError, EnvironmentFault
from app.services.ports import UnitOfWork
from db.engine import connect
from db.folder import VAULT_NAME, is_set_up, renewed, set_up, unlock
from db.hold import FolderHold
from db.laptop_files import READY_NAME, STATE_NAME
from db.presence import UNFINISHED_NAME
from db.rotation_files import ROTATED_NAME
from db.store import DATABASE_NAME, Store
from db.vault import open_vault, tags
from tests.support.file_faults import failing, in_child
from tests.support.old_vault import first_format
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE, REGISTRY


def _first(unit: UnitOfWork) -> None:
    unit.local.put("centre", b"CEM inventado")
    unit.commit()


def _set_up(folder: Path, passphrase: str = PASSPHRASE) -> Store:
    return set_up(folder, passphrase, REGISTRY, _first, cost=CHEAP, bounds=CHEAP_BOUNDS).store


def _unlock(folder: Path, passphrase: str = PASSPHRASE) -> Store:
    return unlock(folder, passphrase, REGISTRY, bounds=CHEAP_BOUNDS).store


def test_what_was_set_up_unlocks_with_what_was_written_first(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert not is_set_up(folder)
    _set_up(folder).close()
    assert is_set_up(folder)
    assert sorted(path.name for path in folder.iterdir()) == [DATABASE_NAME, STATE_NAME, VAULT_NAME]
    store = _unlock(folder)
    with store.unit() as unit:
        assert unit.local.get("centre") == b"CEM inventado"
    store.close()


def test_a_second_set_up_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    _set_up(tmp_path).close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(DomainError, match="already_set_up"):
        _set_up(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_laptop_that_is_open_is_set_up_already_and_says_no_less(tmp_path: Path) -> None:
    store = _set_up(tmp_path)
    with pytest.raises(DomainError, match="already_set_up"):
        _set_up(tmp_path)
    store.close()


def test_a_newer_database_is_said_to_be_newer_and_no_damage(tmp_path: Path) -> None:
    """Control: what is no database is damage."""
    _set_up(tmp_path).close()
    key = open_vault(tmp_path / VAULT_NAME, PASSPHRASE, bounds=CHEAP_BOUNDS)
    connection = connect(tmp_path / DATABASE_NAME, key)
    connection.execute("UPDATE alembic_version SET version_num = '9999_of_next_year'")
    connection.commit()
    connection.close()
    with pytest.raises(DomainError, match="file_newer"):
        _unlock(tmp_path)
    (tmp_path / DATABASE_NAME).write_bytes(b"x" * 8192)
    with pytest.raises(DomainError, match="database_damaged"):
        _unlock(tmp_path)


def test_a_damaged_page_anywhere_is_damage_and_the_folder_is_free_again(tmp_path: Path) -> None:
    """(F6) Also one that only the audit's end stands on; control: undamaged it opens."""
    _set_up(tmp_path).close()
    whole = (tmp_path / DATABASE_NAME).read_bytes()
    said = set()
    for page in range(len(whole) // 4096):
        spoilt = bytearray(whole)
        spoilt[page * 4096 + 100] ^= 1
        (tmp_path / DATABASE_NAME).write_bytes(spoilt)
        try:
            _unlock(tmp_path).close()
        except DomainError as refused:
            said.add(refused.message_id)
    assert said == {"database_damaged"}
    (tmp_path / DATABASE_NAME).write_bytes(whole)
    _unlock(tmp_path).close()


def test_a_key_is_renewed_by_whoever_holds_the_laptop_and_once(tmp_path: Path) -> None:
    first = set_up(tmp_path, PASSPHRASE, REGISTRY, _first, cost=CHEAP, bounds=CHEAP_BOUNDS)
    after = renewed(tmp_path, first, REGISTRY)
    before = (tmp_path / VAULT_NAME).read_bytes()
    with pytest.raises(ValueError, match="nobody holds"):
        renewed(tmp_path, first, REGISTRY)
    assert (tmp_path / VAULT_NAME).read_bytes() == before
    after.store.close()


def test_the_state_that_the_disk_does_not_take_never_holds_a_laptop_up(tmp_path: Path) -> None:
    _set_up(tmp_path).close()
    (tmp_path / STATE_NAME).unlink()
    (tmp_path / STATE_NAME).mkdir()
    _unlock(tmp_path).close()


def test_a_passphrase_that_is_too_short_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="passphrase_too_short"):
        _set_up(tmp_path, "corta")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_passphrase_gives_another_try_that_works_at_once(tmp_path: Path) -> None:
    _set_up(tmp_path).close()
    with pytest.raises(DomainError, match="passphrase_wrong"):
        _unlock(tmp_path, "otra frase que no es la suya")
    _unlock(tmp_path).close()


def test_nothing_to_unlock_says_so(tmp_path: Path) -> None:
    with pytest.raises(DomainError, match="not_set_up"):
        _unlock(tmp_path)


@pytest.mark.parametrize(
    ("lost", "said"), [(DATABASE_NAME, "database_damaged"), (VAULT_NAME, "file_damaged")]
)
def test_a_lost_half_is_damage_and_never_a_fresh_start(
    tmp_path: Path, lost: str, said: str
) -> None:
    _set_up(tmp_path).close()
    (tmp_path / lost).unlink()
    with pytest.raises(DomainError, match=said):
        _unlock(tmp_path)
    with pytest.raises(DomainError, match="already_set_up"):
        _set_up(tmp_path)
    assert not (tmp_path / lost).exists()


@pytest.mark.parametrize("moved", [(), (DATABASE_NAME,)])
def test_a_set_up_cut_off_when_it_was_whole_is_finished_by_the_next_start(
    tmp_path: Path, moved: tuple[str, ...]
) -> None:
    _set_up(tmp_path).close()
    unfinished = tmp_path / "nuevo"
    unfinished.mkdir()
    for name in {DATABASE_NAME, VAULT_NAME} - set(moved):
        (tmp_path / name).replace(unfinished / name)
    _unlock(tmp_path).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        DATABASE_NAME,
        STATE_NAME,
        VAULT_NAME,
    ]


def test_a_set_up_cut_off_earlier_starts_again(tmp_path: Path) -> None:
    unfinished = tmp_path / "nuevo"
    unfinished.mkdir()
    (unfinished / DATABASE_NAME).write_bytes(b"half a file")
    assert not is_set_up(tmp_path)
    _set_up(tmp_path).close()
    _unlock(tmp_path).close()


def test_a_first_step_that_fails_leaves_no_laptop_half_set_up(tmp_path: Path) -> None:
    def fail(unit: UnitOfWork) -> None:
        unit.local.put("centre", b"half")
        raise DomainError("form_unknown")

    with pytest.raises(DomainError, match="form_unknown"):
        set_up(tmp_path, PASSPHRASE, REGISTRY, fail, cost=CHEAP, bounds=CHEAP_BOUNDS)
    assert list(tmp_path.iterdir()) == []
    assert not is_set_up(tmp_path)


def test_whether_there_is_a_vault_is_told_without_loading_the_database(tmp_path: Path) -> None:
    told = (
        "import sys; from pathlib import Path; from db.presence import is_set_up;"
        "print(is_set_up(Path(sys.argv[1])), sorted({'sqlalchemy', 'sqlcipher3'} & {*sys.modules}))"
    )

    done = subprocess.run(
        [sys.executable, "-c", told, str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert done.stdout.split(maxsplit=1) == ["False", "[]\n"]


def test_a_vault_of_the_first_format_is_written_anew_once_its_database_opened(
    tmp_path: Path,
) -> None:
    made = set_up(tmp_path, PASSPHRASE, REGISTRY, _first, cost=CHEAP, bounds=CHEAP_BOUNDS)
    made.store.close()
    vault = tmp_path / VAULT_NAME
    first = first_format(made.vault.key, PASSPHRASE, cost=CHEAP)
    vault.write_bytes(first)
    with pytest.raises(DomainError, match="passphrase_wrong"):
        _unlock(tmp_path, "otra frase que no es la suya")
    assert vault.read_bytes() == first
    with failing(1, forever=True), contextlib.suppress(EnvironmentFault):
        unlock(tmp_path, PASSPHRASE, REGISTRY, bounds=CHEAP_BOUNDS).store.close()
    assert vault.read_bytes() == first, "the disk was full, and it opened as before"
    opened = unlock(tmp_path, PASSPHRASE, REGISTRY, bounds=CHEAP_BOUNDS)
    opened.store.close()
    assert tags(vault, bounds=CHEAP_BOUNDS) == (opened.vault.opened.slot.tag,)
    again = unlock(tmp_path, PASSPHRASE, REGISTRY, tag=opened.vault.opened.slot.tag,
                   bounds=CHEAP_BOUNDS)  # fmt: skip
    again.store.close()
    assert again.vault.opened.person.public == opened.vault.opened.person.public


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_what_another_program_left_as_the_folder_was_taken_is_finished_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F2) It held the folder when this one looked in, and was killed before this one took it: with
    the new database whole beside the old one, what is written into the old one would be lost."""
    folder, number = tmp_path / "0", 0
    _set_up(folder).close()
    while not (folder / ROTATED_NAME / READY_NAME).exists():
        number += 1
        folder = Path(shutil.copytree(tmp_path / "0", tmp_path / f"{number}"))
        opened = unlock(folder, PASSPHRASE, REGISTRY, bounds=CHEAP_BOUNDS)
        assert not in_child(partial(renewed, folder, opened, REGISTRY), number)
        opened.store.close()
    other = FolderHold(folder)

    def dies_behind_the_look(of: Path) -> bool:
        is_there = is_set_up(of)
        assert (of / ROTATED_NAME).exists(), "it was left to whoever had it"
        other.release()
        return is_there

    monkeypatch.setattr(db.folder, "is_set_up", dies_behind_the_look)
    store = _unlock(folder)

    assert not (folder / ROTATED_NAME).exists()
    with store.unit() as unit:
        assert unit.local.get("centre") == b"CEM inventado"
    store.close()


def test_a_set_up_that_another_program_left_whole_is_its_laptop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(F2) It was killed behind this one's look and before this one took the folder: whoever it was
    set up for reads her words from a screen."""
    folder = tmp_path / "laptop"
    _set_up(tmp_path / "made").close()
    unfinished = folder / UNFINISHED_NAME
    looks: list[bool] = []

    def dies_behind_the_look(of: Path) -> bool:
        is_there = is_set_up(of)
        if not looks:
            folder.mkdir()
            shutil.copytree(tmp_path / "made", unfinished)
        looks.append(is_there)
        return is_there

    monkeypatch.setattr(db.folder, "is_set_up", dies_behind_the_look)
    with pytest.raises(DomainError, match="already_set_up"):
        _set_up(folder)
    assert looks[0] is False
    _unlock(folder).close()
