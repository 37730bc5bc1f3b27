"""What a server will not take makes the marks of two rosters differ: that costs one question."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from app.demo.actors import Typist
from app.region import open_root
from sync.envelope.keyring import Keyring
from sync.envelope.region import RegionRoot, revoke_by_root
from sync.protocol import codec, limits, paths
from sync.protocol.messages import RosterReply, RosterRequest
from sync.protocol.roster import Refused
from sync.protocol.statements import Revoke, sign_statement, statement_id
from sync.server.sql_store import SqlStore, open_engine
from tests.support.centres import of_a_later_kind
from tests.support.line import Line, Passing, altered
from tests.support.stations import RegionPlace
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE

QUIET = [paths.COMPACT_EXCHANGE]


@pytest.fixture
def root(region: RegionPlace) -> RegionRoot:
    return open_root(region.root, PASSPHRASE, bounds=CHEAP_BOUNDS)


@pytest.fixture
def level(pair: tuple[Typist, Typist]) -> tuple[Typist, Typist]:
    """Two laptops that have nothing to tell."""
    for one in (*pair, *pair):
        assert one.sync().failure is None
    return pair


def ring(typist: Typist) -> Keyring:
    assert typist.laptop.keys is not None
    return typist.laptop.keys.keyring


def hears(typist: Typist, statements: Sequence[bytes]) -> None:
    """A stick brings statements."""
    keys = typist.laptop.keys
    assert keys is not None
    typist.run(lambda uow: keys.keep(uow, statements))


def heard(line: Line, typist: Typist) -> list[Passing]:
    """Synchronise, and return what went over the line."""
    before = len(line.heard)
    assert typist.sync().failure is None
    return line.heard[before:]


def ways(passed: Sequence[Passing]) -> list[str]:
    return [one.path for one in passed]


def with_a_grant_that_the_root_cut_off(
    level: tuple[Typist, Typist], region: RegionPlace, root: RegionRoot, line: Line
) -> tuple[Typist, bytes]:
    """A plain laptop holds a grant that the region never heard of, by an admin that is lost."""
    admin, plain = level
    known = ring(admin).statements
    with line.silent():
        region.joining(admin).laptop.close()
    (unheard,) = set(ring(admin).statements) - set(known)
    hears(plain, [unheard])
    hears(plain, revoke_by_root(root, ring(admin).device, known))
    assert ring(plain).roster.refused == (Refused(statement_id(unheard), "statement_revoked"),)
    return plain, unheard


def test_a_grant_that_the_root_cut_off_costs_nothing_at_each_synchronisation(
    level: tuple[Typist, Typist], region: RegionPlace, root: RegionRoot, line: Line
) -> None:
    plain, unheard = with_a_grant_that_the_root_cut_off(level, region, root, line)
    heard(line, plain)
    for _ in range(2):
        assert ways(heard(line, plain)) == QUIET
    assert unheard in ring(plain).statements, "another list of the root's may let it stand"


def test_what_is_found_out_once_is_asked_again_when_the_roster_changes(
    level: tuple[Typist, Typist], region: RegionPlace, root: RegionRoot, line: Line
) -> None:
    plain, unheard = with_a_grant_that_the_root_cut_off(level, region, root, line)
    heard(line, plain)
    assert ways(heard(line, plain)) == QUIET
    # The root lets it stand after all: now the region takes it, and the laptop gives it.
    lost = ring(level[0]).device
    hears(plain, revoke_by_root(root, lost, ring(level[0]).statements)[:1])
    assert ring(plain).roster.refused == ()
    passed = [one for one in heard(line, plain) if one.path == paths.COMPACT_ROSTER]
    assert any(unheard in one.body for one in passed)
    assert ways(heard(line, plain)) == QUIET


def test_what_a_speaker_says_beyond_its_room_costs_nothing_either(
    level: tuple[Typist, Typist], region: RegionPlace, line: Line
) -> None:
    admin, _ = level
    leaving = region.joining(admin)
    mine = ring(leaving)
    twice = [
        sign_statement(
            Revoke(mine.device.id, bytes(32 * count)),
            centre=mine.centre,
            by=mine.device.id,
            place=(count + 1, bytes(32)),
            sign=mine.keys.sign,
        )
        for count in range(2)
    ]
    leaving.laptop.close()
    hears(admin, twice)
    for _ in range(2):
        heard(line, admin)
    assert ways(heard(line, admin)) == QUIET
    assert len(set(twice) & set(ring(admin).statements)) == 1, "once is enough"


def two_ways_of_leaving(admin: Typist, region: RegionPlace) -> list[bytes]:
    """A third laptop says twice that it leaves; the lowest id comes first."""
    leaving = region.joining(admin)
    mine = ring(leaving)
    leaving.laptop.close()
    said = [
        sign_statement(
            Revoke(mine.device.id),
            centre=mine.centre,
            by=mine.device.id,
            place=(2, bytes([number]) * 32),
            sign=mine.keys.sign,
        )
        for number in range(2)
    ]
    return sorted(said, key=statement_id)


def test_a_region_that_heard_another_word_of_leaving_than_a_laptop_costs_nothing_either(
    level: tuple[Typist, Typist], region: RegionPlace, line: Line
) -> None:
    admin, plain = level
    low, high = two_ways_of_leaving(admin, region)
    hears(admin, [high])
    for _ in range(2):
        heard(line, admin)
        heard(line, plain)
    assert ways(heard(line, plain)) == QUIET
    hears(admin, [low])
    for one in (admin, plain):
        heard(line, one)
    for one in (admin, plain):
        assert ways(heard(line, one)) == QUIET
    assert low in ring(admin).statements
    assert high in ring(plain).statements


def test_a_region_that_two_ways_of_leaving_reached_at_once_costs_nothing_either(
    level: tuple[Typist, Typist], region: RegionPlace, line: Line
) -> None:
    admin, plain = level
    said = two_ways_of_leaving(admin, region)
    engine = open_engine(f"sqlite:///{region.server.database}")
    SqlStore(engine).add_statements(ring(admin).centre, said)
    engine.dispose()
    for one in (admin, plain, admin, plain):
        heard(line, one)
    for one in (admin, plain):
        assert ways(heard(line, one)) == QUIET
        assert said[0] in ring(one).statements


def test_a_server_that_kept_something_back_is_asked_again_by_the_next_synchronisation(
    level: tuple[Typist, Typist], region: RegionPlace, line: Line
) -> None:
    admin, plain = level
    region.joining(admin).laptop.close()
    heard(line, admin)
    nothing = codec.encode(RosterReply())
    with line.faulty(altered(lambda _: nothing), on=paths.COMPACT_ROSTER):
        heard(line, plain)
    assert ring(plain).statements != ring(admin).statements
    heard(line, plain)
    assert ring(plain).statements == ring(admin).statements
    assert ways(heard(line, plain)) == QUIET


def test_news_of_others_comes_without_giving_everything_again(
    level: tuple[Typist, Typist], region: RegionPlace, line: Line
) -> None:
    admin, plain = level
    region.joining(admin).laptop.close()
    heard(line, admin)
    passed = [one for one in heard(line, plain) if one.path == paths.COMPACT_ROSTER]
    assert ring(plain).statements == ring(admin).statements
    assert [codec.decode(RosterRequest, one.body[16:]).offered for one in passed] == [()]


def test_a_laptop_joins_a_centre_of_many_statements_and_hears_of_all(region: RegionPlace) -> None:
    """More than a respuesta, a login and a message hold, at a server that never heard of it."""
    admin = region.first()
    hears(admin, of_a_later_kind(ring(admin), 1_040))
    new = region.joining(admin)
    assert len(ring(new).statements) == limits.STATEMENTS_MAX
    for one in (new, admin, new):
        assert one.sync().failure is None
    assert ring(new).statements == ring(admin).statements
    for one in (admin, new):
        one.laptop.close()


def test_a_thief_that_says_four_thousand_times_that_it_leaves_is_heard_once(
    pair: tuple[Typist, Typist], region: RegionPlace, line: Line
) -> None:
    """Else the admin's news would stand behind all of it, and no laptop could join any more."""
    a, thief = pair
    stolen = ring(thief)
    flood = [
        sign_statement(
            Revoke(stolen.device.id),
            centre=stolen.centre,
            by=stolen.device.id,
            place=(2, number.to_bytes(32, "big")),
            sign=stolen.keys.sign,
        )
        for number in range(4_000)
    ]
    before = len(ring(a).statements)
    hears(a, flood)
    # The admin hears that somebody left, and renews the epoch: that is all there is to carry.
    assert len(ring(a).statements) <= before + 3
    assert stolen.device.id in ring(a).roster.revoked
    line.heard.clear()
    assert a.sync().failure is None
    assert sum(len(one.body) for one in line.heard) < 20_000
    assert region.joining(a).sync().failure is None


def test_an_unsigned_word_does_not_take_the_place_of_the_one_that_counts(
    pair: tuple[Typist, Typist],
) -> None:
    a, leaving = pair
    own = ring(leaving)
    real = sign_statement(
        Revoke(own.device.id), centre=own.centre, by=own.device.id, place=(2, bytes(32)),
        sign=own.keys.sign,
    )  # fmt: skip
    forged: list[bytes] = []
    while len(forged) < 20 or min(map(statement_id, forged)) > statement_id(real):
        # So many that one of them comes first.
        place = (3, len(forged).to_bytes(32, "big"))
        forged.append(
            sign_statement(
                Revoke(own.device.id), centre=own.centre, by=own.device.id, place=place,
                sign=ring(a).keys.sign,
            )
        )  # fmt: skip
    hears(a, [*forged, real])
    assert own.device.id in ring(a).roster.revoked
    assert real in ring(a).statements
