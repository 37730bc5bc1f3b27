"""One program speaks to a server of the first version and to one of today, and finds out once."""

from __future__ import annotations

import pytest

from app.demo.actors import Typist
from app.services.ports import Cursor, SealedBatch
from sync.client.parcel import CompactReader, Parcel
from sync.client.requests import Exchange, Exchanged
from sync.protocol import paths
from sync.protocol.batch import batch_id
from sync.protocol.chain import chain_after
from sync.protocol.compact import TOKEN_BYTES
from sync.protocol.messages import Verdict
from sync.server.migrate import migrate
from sync.server.sql_store import SqlStore, open_engine
from tests.support import centres
from tests.support.door import Caller, invented_region, open_door, sealed
from tests.support.line import Fault, Line, says
from tests.support.stations import RegionPlace, impatient, view

UNKNOWN = says(404, "text/plain", b"Not Found")
NO_SUCH_WAY = says(405, "text/html", b"<h1>Method Not Allowed</h1>")


def asked(line: Line) -> list[str]:
    return [one.path.rsplit("/", 1)[1] for one in line.heard]


@pytest.mark.parametrize("unknown", [UNKNOWN, NO_SUCH_WAY])
def test_a_server_of_the_first_version_is_found_out_once(
    pair: tuple[Typist, Typist], line: Line, unknown: Fault
) -> None:
    a, b = pair
    a, b = impatient(a.laptop), impatient(b.laptop)
    a.register({"names": "Inventada"})
    line.heard.clear()
    with line.faulty(unknown, "login"):
        assert a.sync().failure is None
        assert asked(line)[:3] == ["challenge", "login", "session"]
        assert "exchange" in asked(line)
        assert "x" not in asked(line)
        line.heard.clear()
        a.register({"names": "Otra Inventada"})
        assert a.sync().failure is None
        assert asked(line) == ["exchange"]
    assert view(a).waiting_changes == 0
    assert b.sync().failure is None
    a.sync()
    assert a.digest() == b.digest()


def test_a_server_put_back_to_the_first_version_in_the_middle_is_spoken_to_in_it(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, _ = pair
    a.sync()
    a.register({"names": "Inventada"})
    line.heard.clear()
    with line.faulty(UNKNOWN, "/v2/x"), line.faulty(UNKNOWN, "login"):
        assert a.sync().failure is None
    assert asked(line) == ["x", "challenge", "login", "session", "exchange"]
    assert view(a).waiting_changes == 0


def test_a_server_that_logs_in_and_knows_no_exchange_is_not_ours(
    pair: tuple[Typist, Typist], line: Line
) -> None:
    a, _ = pair
    a.sync()
    a.register({"names": "Inventada"})
    with line.faulty(UNKNOWN, "/v2/x"):
        assert a.sync().failure == "answer_not_ours"
    assert view(a).waiting_changes > 0
    assert a.sync().failure is None


def test_a_server_started_anew_with_todays_version_is_found_with_the_next_program(
    region: RegionPlace, pair: tuple[Typist, Typist], line: Line
) -> None:
    a, _ = pair
    a = impatient(a.laptop)
    with line.faulty(UNKNOWN, "login"):
        assert a.sync().failure is None
    a = impatient(a.laptop)
    line.heard.clear()
    assert a.sync().failure is None
    assert asked(line)[-1] == "x"


def test_the_log_is_read_backwards_and_each_entry_proves_itself() -> None:
    engine = open_engine("sqlite://")
    migrate(engine)
    door = open_door(SqlStore(engine))
    laptops = centres.two_laptops()
    caller = Caller(door, laptops.admin, invented_region().public).log_in()
    batches = tuple(SealedBatch(one.id, one.content) for one in sealed(laptops.admin, 5))

    def exchange(ask: Exchange) -> Exchanged:
        body = Parcel(ask).compact_body(caller.token)
        assert len(caller.token) == TOKEN_BYTES
        reader = CompactReader(ask)
        reader.feed(door.ask(paths.COMPACT_EXCHANGE, body).body)
        reader.close()
        return reader.read()

    first = exchange(Exchange(None, batches))
    assert first.verdict is Verdict.FIRST
    top = Cursor(first.log_id, 5, first.receipts[-1].chain)
    behind = exchange(Exchange(top, behind=5, wanted_bytes=1))
    assert behind.more
    chain = first.receipts[3].chain
    seen = []
    while True:
        for entry in behind.entries:
            assert chain_after(entry.chain, batch_id(entry.content)) == chain
            chain = entry.chain
            seen.append(entry.position)
        if not behind.more:
            break
        behind = exchange(Exchange(top, behind=seen[-1], wanted_bytes=1))
    assert seen == [4, 3, 2, 1]
    door.close()
    engine.dispose()
