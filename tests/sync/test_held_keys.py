"""The keyring in use is widened by two threads and two holders, and no statement is ever lost."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.domain.errors import EnvironmentFault
from app.services.unsent_statements import unsent_statements
from db.store import Store
from sync.client.keys import KEYRING, HeldKeys
from sync.envelope.keyring import Keyring
from sync.protocol.messages import RosterReply
from sync.protocol.roster import statement_id
from tests.support import centres
from tests.support.storage import ram_store

__all__ = ["ram_store"]

THREADS = 8


@pytest.fixture(scope="module")
def joined() -> tuple[Keyring, list[bytes]]:
    """A centre's first laptop as it was at first, and the statements about the next ones."""
    first = admin = centres.first_laptop("one")
    for number in range(THREADS):
        admin, _ = centres.join(admin, f"laptop {number}")
    return first, [one for one in admin.statements if one not in first.statements]


@pytest.fixture
def _switching_often() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.usefixtures("_switching_often")
def test_threads_that_learn_at_once_lose_nothing(joined: tuple[Keyring, list[bytes]]) -> None:
    first, statements = joined
    envelope: list[Keyring] = []
    keys = HeldKeys(first, envelope.append)
    together = threading.Barrier(THREADS)

    def learn(statement: bytes) -> bool:
        together.wait(60)
        return keys.learns([statement])

    with ThreadPoolExecutor(THREADS) as threads:
        assert all(threads.map(learn, statements))

    assert set(keys.statements()) == {*first.statements, *statements}
    assert envelope[-1] is keys.keyring


def test_who_keeps_last_keeps_what_others_stored_and_takes_it_over(
    ram_store: Store, joined: tuple[Keyring, list[bytes]]
) -> None:
    first, (one, two, three, *_) = joined
    window, command = HeldKeys(first, lambda _: None), HeldKeys(first, lambda _: None)
    window.learns([one])
    command.learns([two])
    for keys in (window, command, window):
        with ram_store.unit() as uow:
            keys.keep(uow, [three] if keys is command else ())
    with ram_store.unit() as uow:
        stored = uow.local.get(KEYRING)
    assert stored is not None
    expected = {*first.statements, one, two, three}
    assert set(Keyring.from_bytes(stored).statements) == expected
    assert set(window.statements()) == set(command.statements()) == expected


def test_what_could_not_be_stored_is_not_used(
    ram_store: Store, joined: tuple[Keyring, list[bytes]]
) -> None:
    first, statements = joined
    keys = HeldKeys(first, lambda _: None)
    with ram_store._engine.connect() as connection:
        # No page more than there is: a full disk.
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
    with ram_store.unit() as uow, pytest.raises(EnvironmentFault, match="disk_full"):
        keys.keep(uow, statements)
    assert keys.statements() == first.statements


def test_a_server_that_lost_statements_is_given_all_of_them_again(
    joined: tuple[Keyring, list[bytes]],
) -> None:
    first, statements = joined
    keys = HeldKeys(first.with_statements(statements), lambda _: None)
    keys.agrees(keys.roster_request(), RosterReply())
    assert keys.roster_request().offered == ()
    assert not keys.lacks_any(keys.keyring.roster.mark)

    # It was put back to an old state, and later to the same once more.
    for _ in range(2):
        assert keys.lacks_any(first.roster.mark)
        assert set(keys.roster_request().offered) == set(keys.statements())
        keys.agrees(keys.roster_request(), RosterReply())
        assert keys.lacks_any(first.roster.mark), "it may have lied, or its answer was cut"
        assert not keys.lacks_any(keys.keyring.roster.mark)


@pytest.mark.parametrize("rubbish", [b"", b"no statement", bytes(9_000)])
def test_what_is_no_statement_explains_nothing_and_ends_no_run(
    joined: tuple[Keyring, list[bytes]], rubbish: bytes
) -> None:
    first, statements = joined
    keys = HeldKeys(first.with_statements(statements), lambda _: None)
    assert keys.lacks_any(first.roster.mark)
    told = {*first.roster.proven, statement_id(rubbish)}
    keys.learns([*first.statements, rubbish])
    assert rubbish not in keys.statements()
    assert not keys.explains(bytes(32), told)
    assert not keys.explains(first.roster.mark, told)
    assert set(keys.roster_request().offered) == set(keys.statements())


def test_what_is_learned_while_an_answer_is_judged_is_given_afterwards(
    joined: tuple[Keyring, list[bytes]],
) -> None:
    first, statements = joined
    keys = HeldKeys(first, lambda _: None)

    def told_slowly() -> Iterator[bytes]:
        # The window grants a laptop while the network thread compares.
        keys.learns(statements)
        yield from first.roster.proven

    assert keys.explains(first.roster.mark, told_slowly())
    assert set(keys.roster_request().offered) == set(statements)


def test_what_the_disk_refused_is_to_be_stored_until_it_is(
    ram_store: Store, joined: tuple[Keyring, list[bytes]]
) -> None:
    first, statements = joined
    keys = HeldKeys(first, lambda _: None)
    assert keys.learns(statements)
    keys.agrees(keys.roster_request(), RosterReply())
    # Nobody stored them: a full disk, or a session that was stopped in between.
    assert keys.has_news()
    assert keys.learns(())
    with ram_store.unit() as uow:
        keys.keep(uow)
    assert not keys.learns(statements)
    assert not keys.has_news()


def test_what_the_server_is_not_heard_to_hold_waits(
    ram_store: Store, joined: tuple[Keyring, list[bytes]]
) -> None:
    first, statements = joined
    keys = HeldKeys(first, lambda _: None)

    def waiting(mark: bytes) -> int:
        keys.lacks_any(mark)
        with ram_store.unit() as uow:
            if keys.has_heard():
                keys.note_there(uow)
            return unsent_statements(uow).count

    with ram_store.unit() as uow:
        keys.keep(uow)
        assert unsent_statements(uow).count == len(first.statements), "it was never heard"
    assert waiting(first.roster.mark) == 0
    with ram_store.unit() as uow:
        keys.keep(uow, statements)
        assert unsent_statements(uow).count == len(statements)
    keys.agrees(keys.roster_request(), RosterReply())
    # Its word is no proof, its mark is; and put back to an old state it may hold any or none.
    assert waiting(keys.keyring.roster.mark) == 0
    assert waiting(first.roster.mark) == len(keys.keyring.statements)
    assert waiting(keys.keyring.roster.mark) == 0


def test_of_a_server_that_has_no_marks_its_word_counts(
    ram_store: Store, joined: tuple[Keyring, list[bytes]]
) -> None:
    first, statements = joined
    keys = HeldKeys(first.with_statements(statements), lambda _: None)
    keys.lacks_any(b"")
    assert not keys.has_heard()
    keys.agrees(keys.roster_request(), RosterReply())
    keys.lacks_any(b"")
    with ram_store.unit() as uow:
        keys.note_there(uow)
        assert unsent_statements(uow).count == 0
