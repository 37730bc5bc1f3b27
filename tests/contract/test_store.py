"""What every store of the server keeps to: order without gaps, one place for each batch."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from sync.protocol.chain import chain_after, chain_start
from sync.server.migrate import migrate
from sync.server.schema import metadata
from sync.server.sql_store import SqlStore, open_engine
from sync.server.store import LogHead, LogRow, NewBatch, Partial
from tests.contract.conftest import Database
from tests.support.postgres import Postgres

CENTRE = b"\x11" * 16
OTHER = b"\x22" * 16
ALL = 1 << 30
WRITERS = 8
EACH = 15


def batch(name: str, size: int = 100) -> NewBatch:
    content = (name.encode() * size)[:size]
    return NewBatch(
        hashlib.blake2b(name.encode(), digest_size=32).digest(), b"d" * 16, b"s" * 8, 1, content
    )


def everything(store: SqlStore, centre: bytes = CENTRE) -> Sequence[LogRow]:
    return store.after(centre, 0, bytes_max=ALL, rows_max=100_000)


def chain_holds(head: LogHead, rows: Sequence[LogRow]) -> bool:
    chain = chain_start(head.log_id)
    for row in rows:
        chain = chain_after(chain, row.batch_id)
        if row.chain != chain:
            return False
    return chain == head.chain


def at_once(*works: Callable[[], None]) -> None:
    """Run works on a thread each, started together."""
    ready = threading.Barrier(len(works))

    def run(work: Callable[[], None]) -> None:
        ready.wait(60)
        work()

    with ThreadPoolExecutor(len(works)) as threads:
        for done in [threads.submit(run, work) for work in works]:
            done.result(60)


def test_a_batch_has_one_place_however_often_it_comes(store: SqlStore) -> None:
    first_head, first = store.append(CENTRE, batch("one"))
    _, second = store.append(CENTRE, batch("two"))
    again_head, again = store.append(CENTRE, batch("one"))

    assert (first.position, second.position) == (1, 2)
    assert (again.position, again.chain) == (first.position, first.chain)
    assert first_head.log_id == again_head.log_id
    assert again_head.position == 2
    assert [row.batch_id for row in everything(store)] == [batch("one").id, batch("two").id]


def test_the_log_begins_when_it_is_first_asked_for_and_stays_the_same(database: Database) -> None:
    heads: list[LogHead] = []
    stores = [database.store() for _ in range(4)]
    at_once(*(lambda one=one: heads.append(one.head(CENTRE)) for one in stores))

    assert len(set(heads)) == 1
    head = heads[0]
    assert (len(head.log_id), head.position, head.chain) == (16, 0, chain_start(head.log_id))
    assert stores[0].chain_at(CENTRE, 0) == head.chain


def test_centres_have_logs_of_their_own(store: SqlStore) -> None:
    store.append(CENTRE, batch("one"))
    head, row = store.append(OTHER, batch("one"))
    assert row.position == 1
    assert head.log_id != store.head(CENTRE).log_id
    assert row.chain != everything(store)[0].chain
    assert len(everything(store, b"\x33" * 16)) == 0


def test_pages_by_cursor_are_complete_and_in_order(store: SqlStore) -> None:
    for number in range(1, 24):
        store.append(CENTRE, batch(f"batch {number}", size=number * 10))
    whole = everything(store)
    assert [row.position for row in whole] == list(range(1, 24))
    assert [row.size for row in whole] == [number * 10 for number in range(1, 24)]
    assert chain_holds(store.head(CENTRE), whole)

    for bytes_max, rows_max in ((0, 100), (1, 100), (250, 100), (ALL, 1), (ALL, 7), (500, 3)):
        seen: list[LogRow] = []
        while page := store.after(CENTRE, len(seen), bytes_max=bytes_max, rows_max=rows_max):
            assert len(page) <= rows_max
            assert len(page) == 1 or sum(row.size for row in page) <= bytes_max
            seen += page
        assert seen == whole


def test_pages_backwards_are_the_same_log_from_its_end(store: SqlStore) -> None:
    for number in range(1, 24):
        store.append(CENTRE, batch(f"batch {number}", size=number * 10))
    store.append(OTHER, batch("of another centre"))
    whole = list(everything(store))[::-1]
    for bytes_max, rows_max in ((0, 100), (1, 100), (250, 100), (ALL, 1), (ALL, 7), (500, 3)):
        seen: list[LogRow] = []
        position = 2**63 - 1
        while page := store.before(CENTRE, position, bytes_max=bytes_max, rows_max=rows_max):
            assert len(page) <= rows_max
            assert len(page) == 1 or sum(row.size for row in page) <= bytes_max
            seen += page
            position = page[-1].position
        assert seen == whole
    for position in (0, 1):
        assert store.before(CENTRE, position, bytes_max=ALL, rows_max=10) == []


def test_what_stands_at_places_is_read_when_it_is_wanted(store: SqlStore) -> None:
    count = 600
    for number in range(1, count + 1):
        store.append(CENTRE, batch(f"{number}", size=number))
    store.append(OTHER, batch("of another centre"))
    wanted = [*range(1, count + 1), count + 1, 2**63 - 1]
    found = store.contents(CENTRE, wanted)
    assert found == {at: batch(f"{at}", size=at).content for at in range(1, count + 1)}
    assert store.contents(CENTRE, [7, 3]).keys() == {3, 7}
    assert store.contents(CENTRE, []) == {}


def test_the_places_of_many_batches_are_told_at_once(store: SqlStore) -> None:
    for number in range(3):
        store.append(CENTRE, batch(f"{number}"))
    store.append(OTHER, batch("elsewhere"))
    unknown = [
        hashlib.blake2b(bytes([n % 256, n // 256]), digest_size=32).digest() for n in range(2045)
    ]
    asked = [batch("2").id, *unknown, batch("0").id, batch("elsewhere").id]
    places = store.positions_of(CENTRE, asked)
    rows = everything(store)
    assert {name: (row.position, row.chain) for name, row in places.items()} == {
        batch("0").id: (1, rows[0].chain),
        batch("2").id: (3, rows[2].chain),
    }
    assert store.positions_of(CENTRE, []) == {}


ROOM = 40_000


def kept(store: SqlStore, *names: str, centre: bytes = CENTRE) -> list[int]:
    sizes = store.partial_sizes(centre, [batch(name).id for name in names])
    return [sizes.get(batch(name).id, 0) for name in names]


def put(store: SqlStore, name: str, content: bytes, *, size: int = 50_000) -> None:
    store.put_partial(CENTRE, batch(name).id, Partial(size, content), room=ROOM)


def front(store: SqlStore, start: int, *, size: int) -> bytes | None:
    return store.partial(CENTRE, batch("one").id, size=size, start=start)


def test_what_came_of_a_cut_batch_grows_and_never_shrinks(store: SqlStore) -> None:
    assert front(store, 0, size=50_000) is None
    put(store, "one", b"front")
    put(store, "one", b"front and more")
    put(store, "one", b"fro")
    for start in (0, 1, 5, 14):
        assert front(store, start, size=50_000) == b"front and more"[:start]
    assert front(store, 15, size=50_000) is None
    assert front(store, 5, size=49_999) is None
    assert store.partial(OTHER, batch("one").id, size=50_000, start=5) is None
    # Of another length it is another thing: the last word counts.
    put(store, "one", b"short", size=9)
    assert front(store, 5, size=9) == b"short"
    assert front(store, 5, size=50_000) is None
    store.drop_partial(CENTRE, batch("one").id)
    store.drop_partial(CENTRE, batch("one").id)
    assert kept(store, "one") == [0]


def test_a_batch_that_came_whole_leaves_nothing_of_itself_behind(store: SqlStore) -> None:
    for name in ("one", "two"):
        put(store, name, b"front")
    store.append(CENTRE, batch("one"))
    assert kept(store, "one", "two") == [0, 5]
    put(store, "one", b"front")
    store.append(CENTRE, batch("one"))
    assert kept(store, "one", "two") == [0, 5]


def test_what_grew_longest_ago_makes_room(store: SqlStore) -> None:
    for name in ("one", "two", "three"):
        put(store, name, name[:1].encode() * 13_000)
    put(store, "one", b"o" * 13_001)
    put(store, "four", b"f" * 13_000)
    assert kept(store, "one", "two", "three", "four") == [13_001, 0, 13_000, 13_000]
    put(store, "five", b"5" * ROOM)
    assert kept(store, "one", "three", "four", "five") == [0, 0, 0, ROOM]
    store.put_partial(OTHER, batch("six").id, Partial(9, b"six"), room=ROOM)
    assert kept(store, "five") == [ROOM]
    for number in range(30):
        put(store, f"crumb {number}", b"c")
    assert sum(kept(store, *(f"crumb {number}" for number in range(30)))) == ROOM // 4096


def test_those_that_keep_at_once_do_not_pass_the_quota_together(database: Database) -> None:
    stores = [database.store() for _ in range(4)]
    names = [f"{number}" for number in range(16)]

    def keeping(store: SqlStore, mine: list[str]) -> Callable[[], None]:
        def keep() -> None:
            for name in mine:
                put(store, name, b"x" * 9_000)
                put(store, names[0], b"y" * (9_000 + int(name)))

        return keep

    at_once(*(keeping(store, names[at::4]) for at, store in enumerate(stores)))
    sizes = kept(stores[0], *names)
    assert sum(sizes) <= ROOM
    assert len([size for size in sizes if size]) == 4


def test_the_chain_is_told_where_the_log_reaches_and_nowhere_else(store: SqlStore) -> None:
    _, row = store.append(CENTRE, batch("one"))
    assert store.chain_at(CENTRE, 1) == row.chain
    for beyond in (2, 2**63 - 1):
        assert store.chain_at(CENTRE, beyond) is None
    assert store.after(CENTRE, 2**63 - 1, bytes_max=ALL, rows_max=10) == []


def test_statements_are_kept_once_by_centre(database: Database) -> None:
    stores = [database.store() for _ in range(4)]
    statements = [b"statement %d" % number for number in range(20)]
    at_once(*(lambda one=one: one.add_statements(CENTRE, statements) for one in stores))
    stores[0].add_statements(CENTRE, [])
    assert sorted(stores[0].statements(CENTRE)) == sorted(statements)
    assert stores[1].statements(CENTRE) == stores[0].statements(CENTRE)
    assert stores[0].statements(OTHER) == ()


def test_laptops_that_bring_the_same_statements_in_other_orders_do_not_wait_for_each_other(
    database: Database,
) -> None:
    """Each names first what proves itself."""
    stores = [database.store() for _ in range(2)]
    for turn in range(10):
        said = [b"statement %d of turn %d" % (number, turn) for number in range(100)]
        orders = zip(stores, (said, said[::-1]), strict=True)
        at_once(
            *(lambda one=one, some=some: one.add_statements(CENTRE, some) for one, some in orders)
        )
    assert len(stores[0].statements(CENTRE)) == 1_000


class Following:
    """A reader by cursor, while others write: it notes every page as it comes."""

    def __init__(self, store: SqlStore, until: int) -> None:
        self.store = store
        self.until = until
        self.seen: list[LogRow] = []

    def __call__(self) -> None:
        while len(self.seen) < self.until:
            at = self.seen[-1].position if self.seen else 0
            self.seen += self.store.after(CENTRE, at, bytes_max=ALL, rows_max=5)


def written_at_once(database: Database) -> Following:
    """Let eight writers write, some of it twice, while one reads."""
    database.store().head(CENTRE)
    follower = Following(database.store(), until=WRITERS * EACH)

    def writer(number: int) -> Callable[[], None]:
        store = database.store()

        def write() -> None:
            for turn in range(EACH):
                store.append(CENTRE, batch(f"{number}/{turn}"))
                if turn % 3 == 0:
                    store.append(CENTRE, batch(f"{(number + 1) % WRITERS}/{turn}"))

        return write

    at_once(*(writer(number) for number in range(WRITERS)), follower)
    return follower


def test_eight_writers_leave_no_gap_and_a_reader_skips_nothing(database: Database) -> None:
    follower = written_at_once(database)

    store = database.store()
    rows = everything(store)
    expected = {batch(f"{number}/{turn}").id for number in range(WRITERS) for turn in range(EACH)}
    assert [row.position for row in rows] == list(range(1, WRITERS * EACH + 1))
    assert {row.batch_id for row in rows} == expected
    assert chain_holds(store.head(CENTRE), rows)
    assert follower.seen == rows


def test_a_restored_dump_lacks_what_came_later_and_goes_another_way(database: Database) -> None:
    store = database.store()
    for number in range(3):
        store.append(CENTRE, batch(f"{number}"))
    dump = database.dump()
    later = database.store()
    head, _ = later.append(CENTRE, batch("later"))

    restored = database.store(dump)
    assert restored.head(CENTRE).log_id == head.log_id
    assert restored.head(CENTRE).position == 3
    assert restored.chain_at(CENTRE, 4) is None
    restored.append(CENTRE, batch("something else"))
    assert restored.chain_at(CENTRE, 4) != later.chain_at(CENTRE, 4)
    assert restored.chain_at(CENTRE, 3) == later.chain_at(CENTRE, 3)


def test_migrations_make_from_nothing_what_the_program_expects(database: Database) -> None:
    engine = open_engine(database.url)
    assert inspect(engine).get_table_names() == []
    for _ in range(2):
        migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_workers_that_start_together_migrate_one_after_the_other(
    postgres: Postgres, checkout: Path
) -> None:
    url = postgres.new_database()
    work = (
        "import sys\n"
        "from sync.server.migrate import migrate\n"
        "from sync.server.sql_store import open_engine\n"
        "engine = open_engine(sys.argv[1])\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "migrate(engine)\n"
    )
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", work, url],
            cwd=checkout,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write(b"now\n")
    for worker in workers:
        worker.communicate(timeout=30)
    assert [worker.returncode for worker in workers] == [0, 0, 0]


def test_a_migrated_database_keeps_what_it_holds(database: Database) -> None:
    store = database.store()
    head, _ = store.append(CENTRE, batch("one"))
    again = database.store()
    assert again.head(CENTRE) == head
    assert len(everything(again)) == 1


def test_values_never_reach_the_text_of_a_fault(database: Database) -> None:
    """(L7)"""
    store = database.store()
    with pytest.raises(Exception, match=r"(?i)null|constraint") as fault:
        store.append(CENTRE, NewBatch(b"\xaa" * 32, None, b"s" * 8, 1, b"SEALED-CONTENT"))  # type: ignore[arg-type]
    assert "SEALED-CONTENT" not in str(fault.value)


def test_a_store_goes_on_after_the_database_let_its_connections_go(postgres: Postgres) -> None:
    """PostgreSQL was started anew, or a firewall forgot the link: the next request is served."""
    database = Database("postgresql", postgres.new_database(), lambda url: url)
    store, other = database.store(), database.store()
    store.append(CENTRE, batch("before"))
    engine = open_engine(database.url)
    with engine.begin() as connection:
        ended = connection.exec_driver_sql(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).scalar_one()
    engine.dispose()
    assert ended >= 1
    store.append(CENTRE, batch("after"))
    assert [row.position for row in everything(other)] == [1, 2]
    database.close()
