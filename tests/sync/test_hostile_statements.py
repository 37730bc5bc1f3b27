"""A stolen laptop that administers signs what it likes: all other laptops synchronise as before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.region import open_root
from sync.envelope.keyring import Keyring
from sync.envelope.region import appoint, revoke_by_root
from sync.protocol.statements import REVOKED_MAX
from tests.support.stations import RegionPlace
from tests.support.storage import CHEAP_BOUNDS, PASSPHRASE
from tests.support.thieves import (
    NO_KEYS,
    grant_of,
    granted_and_revoked,
    said_by,
)


def ring(typist: Typist) -> Keyring:
    assert typist.laptop.keys is not None
    return typist.laptop.keys.keyring


def knows(typist: Typist, statements: list[bytes]) -> None:
    keys = typist.laptop.keys
    assert keys is not None
    typist.run(lambda uow: keys.keep(uow, statements))


@pytest.fixture
def three(region: RegionPlace, pair: tuple[Typist, Typist]) -> Iterator[tuple[Typist, ...]]:
    """Two laptops that administer, of which the second made an epoch; and a plain one."""
    thief, heir = pair
    plain, lost = region.joining(thief), region.joining(thief)
    root = open_root(region.root, PASSPHRASE, bounds=CHEAP_BOUNDS)
    knows(thief, [appoint(root, ring(heir).device, ring(thief).statements)])
    for one in (thief, heir, plain):
        assert one.sync().failure is None
    heir.laptop.revoke(ring(lost).device.id)
    for one in (heir, thief, plain):
        assert one.sync().failure is None
    yield thief, heir, plain
    for one in (plain, lost):
        one.laptop.close()


@pytest.mark.parametrize("by_stick", [False, True], ids=["by network", "by stick"])
def test_the_others_synchronise_revoke_renew_and_join(
    three: tuple[Typist, ...], region: RegionPlace, tmp_path: Path, *, by_stick: bool
) -> None:
    thief, heir, plain = three
    case, _ = heir.register({"names": "Nantip", "relato": "Relato inventado."})
    nothing_opens = grant_of(ring(thief), "no key", enc_key=NO_KEYS["of all ones"])
    knows(thief, said_by(ring(thief), [nothing_opens]))
    if by_stick:
        assert thief.use_stick(tmp_path).failure is None
        assert heir.use_stick(tmp_path).failure is None
    else:
        knows(thief, granted_and_revoked(ring(thief), REVOKED_MAX + 1))
        assert thief.sync().failure is None
    for _ in range(2):
        assert [one.sync().failure for one in (heir, plain)] == [None, None]

    # The region takes the thief out; the heir renews the epoch by itself, and all hear of it.
    root = open_root(region.root, PASSPHRASE, bounds=CHEAP_BOUNDS)
    knows(heir, list(revoke_by_root(root, ring(thief).device, ring(heir).statements)))
    for _ in range(2):
        assert [one.sync().failure for one in (heir, plain)] == [None, None]
    assert not ring(heir).needs_epoch
    assert ring(plain).current == ring(heir).current
    assert ring(heir).current not in ring(thief).with_statements(ring(heir).statements).epochs

    # And it goes on to administer: one joins, and another is taken out.
    new = region.joining(heir)
    assert [one.sync().failure for one in (heir, new, plain)] == [None] * 3
    heir.laptop.revoke(ring(plain).device.id)
    heir.type_fields(case, {"relato": "Escrito después de la baja."})
    assert [one.sync().failure for one in (heir, new)] == [None, None]
    assert not ring(new).needs_epoch
    assert ring(new).current == ring(heir).current
    values = new.run(lambda uow: [one.value for one in uow.records.fields(case).values()])
    assert "Escrito después de la baja." in values
    new.laptop.close()
