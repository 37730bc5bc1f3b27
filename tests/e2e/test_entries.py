"""Who entered is in the audit, and how often somebody tried words in vain before (A)."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from app.bootstrap import Direct, LaptopDoor
from app.cli import main
from app.clock import FixedClock
from app.domain.errors import DomainError
from app.failed_entries import NAME, FailedEntries, failed_entries, note_failed
from app.first_aid import opened
from app.services import staff
from app.services.account_ports import NewPerson
from app.services.audit_ports import AuditFilter
from app.services.workplace import Workplace
from app.settings import Settings
from db.presence import VAULT_NAME
from tests.support.centres import PROFILE
from tests.support.laptops import NOON_MS
from tests.support.storage import PASSPHRASE

WRONG = "otras palabras que nadie de aquí conoce"
SMALL = 2 << 30
"""Bytes of memory of a machine on which a guess costs little: the test is not about that."""


@pytest.fixture
def door(tmp_path: Path) -> LaptopDoor:
    made = LaptopDoor(Settings(tmp_path / "data"), Direct(), FixedClock(NOON_MS), lambda: SMALL)
    made.set_up(
        PASSPHRASE,
        person="Persona Inventada",
        role="social",
        roles=("coordinacion",),
        centre=PROFILE,
    ).close()
    return made


def entered(workplace: Workplace) -> list[tuple[str, str]]:
    """Return what the audit says of entries, the oldest first, and close."""
    wanted = AuditFilter(actions=frozenset({"unlock", "unlock_failed"}))
    with workplace.open_unit() as uow:
        found = uow.audit.entries(wanted, most=99)
    workplace.close()
    assert all(one.is_signed for one in found)
    return [(one.action, one.detail) for one in reversed(found)]


def test_who_entered_is_noted_behind_the_attempts_that_failed(
    door: LaptopDoor, tmp_path: Path
) -> None:
    for _ in range(2):
        with pytest.raises(DomainError):
            door.unlock(WRONG)
    assert failed_entries(tmp_path / "data") == FailedEntries(2, NOON_MS)
    assert entered(door.unlock(PASSPHRASE)) == [("unlock_failed", "times=2"), ("unlock", "")]
    assert not (tmp_path / "data" / NAME).exists()
    assert entered(door.unlock(PASSPHRASE))[2:] == [("unlock", "")]


def test_at_a_command_too_it_is_noted_who_entered_and_who_tried(
    door: LaptopDoor, tmp_path: Path
) -> None:
    """(A) What a command does to a laptop, somebody entered it for."""
    with pytest.raises(DomainError), opened(door.settings, WRONG):
        pass
    assert failed_entries(tmp_path / "data").count == 1
    with opened(door.settings, PASSPHRASE):
        pass
    assert entered(door.unlock(PASSPHRASE)) == [
        ("unlock_failed", "times=1"),
        ("unlock", ""),
        ("unlock", ""),
    ]


def test_who_tries_words_to_make_the_database_anew_is_counted(
    door: LaptopDoor, tmp_path: Path
) -> None:
    """They open the same vault: what the lock screen counts is not tried unseen at a command."""
    doctor = ["--data", str(tmp_path / "data"), "doctor", "--rebuild-from-batches", "--passphrase"]
    refused = CliRunner().invoke(main, [*doctor, WRONG])
    assert refused.exit_code == 1
    assert failed_entries(tmp_path / "data").count == 1
    assert CliRunner().invoke(main, [*doctor, PASSPHRASE]).exit_code == 0
    assert entered(door.unlock(PASSPHRASE))[:2] == [("unlock_failed", "times=1"), ("unlock", "")]


def test_whoever_left_and_tries_her_words_is_counted_too(door: LaptopDoor, tmp_path: Path) -> None:
    workplace = door.unlock(PASSPHRASE)
    words = workplace.people.draw()
    workplace.people.add(NewPerson("Ana Inventada", "legal"), words)
    workplace.close()
    before = (tmp_path / "data" / VAULT_NAME).read_bytes()
    workplace = door.unlock(PASSPHRASE)
    with workplace.open_unit() as uow:
        people = staff.list_staff(uow, workplace.desk, workplace.people.tags)
    (ana,) = (one.id for one in people if not one.is_self)
    workplace.people.end(ana, leaves_centre=True)
    workplace.close()
    (tmp_path / "data" / VAULT_NAME).write_bytes(before)  # as if that had been cut off
    with pytest.raises(DomainError, match="account_ended"):
        door.unlock(words)
    assert failed_entries(tmp_path / "data").count == 1


@pytest.mark.parametrize("content", [b"", b"QSPI", b"x" * 17, b"QSPI\x02" + bytes(12), bytes(99)])
def test_a_note_that_is_none_of_ours_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / NAME).write_bytes(content)
    assert failed_entries(tmp_path) == FailedEntries()
    note_failed(tmp_path, 5)
    assert failed_entries(tmp_path) == FailedEntries(1, 5), "the control"


def test_nothing_of_what_was_typed_is_kept(door: LaptopDoor, tmp_path: Path) -> None:
    with pytest.raises(DomainError):
        door.unlock(WRONG)
    content = (tmp_path / "data" / NAME).read_bytes()
    assert len(content) == 17
    assert not any(word.encode() in content for word in WRONG.split())
