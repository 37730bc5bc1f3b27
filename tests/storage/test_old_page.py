"""D5: one page of the database put back as it was before. SQLCipher seals each page with its number and
not with a time, so that it cannot tell; this says what is noticed all the same and what is not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from app.domain.errors import DomainError
from app.services.ports import FieldKey
from db.store import DATABASE_NAME, Store, create_store, open_store
from tests.support.storage import AUTHOR, KEY, REGISTRY, Writer, record_id

PAGE = 4096
CHECKED_BY_SEAL = "cipher_integrity_check"


def work(store: Store, writer: Writer, numbers: range) -> None:
    for number in numbers:
        key = FieldKey("case", record_id(number), "narrative")
        with store.unit() as unit:
            unit.audit.append(actor=AUTHOR, action="edit", object_id="x", at_ms=number)
            unit.changes.append([writer.change(key, "n" * 900)], is_own=True)
            unit.commit()


@pytest.fixture
def two_states(tmp_path: Path) -> tuple[bytes, bytes]:
    """The file of a laptop at two moments."""
    store, writer = create_store(tmp_path, KEY, REGISTRY), Writer()
    work(store, writer, range(40))
    store.close()
    before = (tmp_path / DATABASE_NAME).read_bytes()
    store = open_store(tmp_path, KEY, REGISTRY)
    work(store, writer, range(40, 44))
    store.close()
    return before, (tmp_path / DATABASE_NAME).read_bytes()


def noticed(folder: Path, content: bytes) -> tuple[str, ...]:
    """Return what opening and ``doctor`` say of a database."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / DATABASE_NAME).write_bytes(content)
    try:
        store = open_store(folder, KEY, REGISTRY)
    except DomainError as error:
        return (error.message_id,)
    try:
        with store.unit() as unit:
            is_whole = unit.audit.verify() is None
        return (*store.damage(), *(() if is_whole else ("audit",)))
    finally:
        store.close()


def with_page(content: bytes, at: int, page: bytes) -> bytes:
    return content[: at * PAGE] + page + content[(at + 1) * PAGE :]


def test_no_seal_tells_an_old_page_and_not_every_one_is_told(
    tmp_path: Path, two_states: tuple[bytes, bytes]
) -> None:
    """(D5) What the trees, the references and the chain of the register contradict is noticed; a page
    that fits is not, and docs/threat-model.md says so."""
    before, now = two_states
    changed = [
        at
        for at in range(1, len(before) // PAGE)
        if before[at * PAGE : (at + 1) * PAGE] != now[at * PAGE : (at + 1) * PAGE]
    ]
    told = {
        at: noticed(tmp_path / "put_back", with_page(now, at, before[at * PAGE : (at + 1) * PAGE]))
        for at in changed
    }
    assert len(changed) > 5
    assert not [one for found in told.values() for one in found if CHECKED_BY_SEAL in one]
    assert any(told.values())
    assert not all(told.values())


def test_the_same_page_in_the_place_of_another_is_named(
    tmp_path: Path, two_states: tuple[bytes, bytes]
) -> None:
    """(control of D5)"""
    before, now = two_states
    assert noticed(tmp_path / "as_it_is", now) == ()
    moved = with_page(now, 30, before[31 * PAGE : 32 * PAGE])
    found = noticed(tmp_path / "moved", moved)
    assert any(CHECKED_BY_SEAL in one or one == "file_damaged" for one in found)
