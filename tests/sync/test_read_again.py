"""Batches that are opened again after a snapshot lied: no other trouble costs anybody a batch."""

from __future__ import annotations

import dataclasses

from app.demo.actors import Typist
from app.services import rereading
from app.services.rereading import Reread
from sync.envelope.seal import CentreEnvelope
from tests.support.stations import view


def read_again(typist: Typist, envelope: CentreEnvelope) -> Reread:
    with typist.laptop.store.unit() as uow:
        done = rereading.read_again(uow, typist.laptop.desk, envelope)
        uow.commit()
    return done


def test_what_a_laptop_wrote_whose_grant_fell_stays_as_it_was_read(
    pair: tuple[Typist, Typist],
) -> None:
    a, b = pair
    b.register({"names": "Nunkui", "relato": "Relato de otra persona."})
    for one in (b, a):
        assert one.sync().failure is None
    envelope, keys = a.laptop.envelope, b.laptop.keys
    assert envelope is not None
    assert keys is not None
    before, held = a.digest(), a.run(lambda uow: tuple(uow.batches.ids()))
    # As it is when the region takes the administrator out who granted it, and does not list it.
    whole = envelope.keyring
    devices = {name: one for name, one in whole.roster.devices.items() if one.letter == "A"}
    assert keys.keyring.device.id not in devices
    roster = dataclasses.replace(whole.roster, devices=devices)
    envelope.keyring = dataclasses.replace(whole, roster=roster)
    done = read_again(a, envelope)
    assert (done.wrong, done.bugs) == (set(), {})
    assert a.digest() == before
    assert a.run(lambda uow: tuple(uow.batches.ids())) == held
    assert view(a).set_aside == ()
    envelope.keyring = whole
    assert read_again(a, envelope) == Reread()
