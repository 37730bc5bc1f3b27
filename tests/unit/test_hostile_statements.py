"""An admin's keys are in wrong hands: what they sign stops nobody else, for longer or for good."""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec
import pytest

from app.domain.errors import DomainError
from sync.envelope.enrolment import grant, make_request, read_request, request_code
from sync.envelope.keyring import DeviceKeys, Keyring
from sync.envelope.leaving import complete_epoch, fresh_epoch, revoke
from sync.envelope.region import appoint, revoke_by_root
from sync.envelope.seal import CentreEnvelope
from sync.protocol.limits import STATEMENT_MAX, STATEMENTS_MAX, STATEMENTS_PER_ADMIN_MAX
from sync.protocol.roster import read_statement
from sync.protocol.signature import SIGNATURE_BYTES, Purpose
from sync.protocol.statements import (
    REVOKED_MAX,
    ROLE_DEVICE,
    EpochShare,
    Grant,
    Revoke,
    StatementKind,
    read_body,
    sign_statement,
    statement_id,
)
from tests.support import centres
from tests.support.thieves import (
    NO_KEYS,
    epochs_for,
    grant_of,
    granted_and_left,
    granted_and_revoked,
    revoked_of_nobody,
    said_by,
)


def thief_and_heir() -> tuple[Keyring, Keyring, Keyring]:
    """Return two admins that know of each other, the first in wrong hands, and a plain laptop."""
    thief, heir = centres.join(centres.first_laptop("uno"), "dos")
    thief, plain = centres.join(thief, "tres")
    named = appoint(centres.root(), heir.device, thief.statements)
    heir = heir.with_statements([*thief.statements, named])
    return thief.with_statements([named]), heir, plain.with_statements([named])


def without(heir: Keyring, thief: Keyring) -> Keyring:
    """Return the heir's keyring after the region took the thief out, and what it did about it."""
    said = revoke_by_root(centres.root(), thief.device, heir.statements)
    return fresh_epoch(heir.with_statements(said), os.urandom)


def of_own(keyring: Keyring) -> int:
    return sum(read_statement(one).by == keyring.device.id for one in keyring.statements)


@pytest.mark.parametrize("enc_key", NO_KEYS.values(), ids=NO_KEYS)
def test_to_a_key_that_is_none_nothing_is_sealed_and_the_others_get_theirs(enc_key: bytes) -> None:
    thief, heir, plain = thief_and_heir()
    bad = grant_of(thief, "no key", enc_key=enc_key)
    heir = heir.with_statements(said_by(thief, [bad]))
    assert fresh_epoch(heir, os.urandom) is heir

    # The region takes the thief out, the heir another, or the one with the bad key.
    for after in (
        without(heir, thief),
        revoke(heir, plain.device.id, os.urandom),
        revoke(heir, bad.device, os.urandom),
    ):
        assert not after.needs_epoch
        assert after.current != heir.current
        (epoch,) = after.roster.fresh_epochs(after.centre)
        assert epoch.sealed.keys() == {
            one.id for one in after.roster.members(after.centre) if one.id != bad.device
        }
        # It is not missed again and again.
        assert fresh_epoch(after, os.urandom) is after


def test_an_admin_that_made_an_epoch_gives_it_to_the_others_that_lack_it() -> None:
    thief, heir, plain = thief_and_heir()
    heir = revoke(heir, plain.device.id, os.urandom)
    bad = grant_of(thief, "no key", enc_key=NO_KEYS["of all ones"])
    thief = thief.with_statements(said_by(thief, [bad]))
    thief, late = centres.join(thief, "cuatro")
    completed = complete_epoch(heir.with_statements(thief.statements))
    assert heir.current in late.with_statements(completed.statements).epochs
    assert complete_epoch(completed) is completed


def test_a_solicitud_whose_receive_key_is_none_is_damaged() -> None:
    keys = DeviceKeys(centres.seed("cinco"))
    front = make_request(keys)[:-SIGNATURE_BYTES]
    body = msgspec.msgpack.encode([b"", keys.signing.public, NO_KEYS["of all ones"]])
    content = front[:5] + body
    content += keys.sign(Purpose.ENROLMENT_REQUEST, content)
    with pytest.raises(DomainError, match="enrolment_damaged"):
        read_request(content)
    with pytest.raises(DomainError, match="enrolment_damaged"):
        grant(centres.first_laptop("uno"), content, request_code(content), profile=centres.PROFILE)


@pytest.mark.parametrize("count", [REVOKED_MAX - 1, REVOKED_MAX, REVOKED_MAX + 1, 300])
def test_however_many_were_revoked_the_next_epoch_is_fresh_for_all_that_stay(count: int) -> None:
    thief, heir, plain = thief_and_heir()
    heir = heir.with_statements(granted_and_revoked(thief, count))
    heir = fresh_epoch(heir, os.urandom)
    thief, third = centres.join(thief.with_statements(heir.statements), "cuatro")
    heir = heir.with_statements(thief.statements)
    after = revoke(without(heir, thief), third.device.id, os.urandom)
    assert not after.needs_epoch
    assert third.device.id in after.roster.revoked
    assert max(map(len, after.statements)) <= STATEMENT_MAX
    stays = plain.with_statements(after.statements)
    assert stays.current == after.current
    for gone in (thief, third):
        assert after.current not in gone.with_statements(after.statements).epochs

    # One that was granted meanwhile is given it, and it stays fresh.
    after, late = centres.join(after, "cinco")
    unknowing = fresh_epoch(after, os.urandom)
    assert not unknowing.needs_epoch
    assert late.with_statements(unknowing.statements).current == unknowing.current == after.current


def test_an_epoch_is_given_on_when_more_were_revoked_than_one_statement_names() -> None:
    thief, heir, plain = thief_and_heir()
    heir = revoke(heir, plain.device.id, os.urandom)
    thief = thief.with_statements([*heir.statements, *granted_and_revoked(thief, REVOKED_MAX + 1)])
    older = heir.current
    thief, late = centres.join(thief, "cuatro")
    after = fresh_epoch(heir.with_statements(thief.statements), os.urandom)
    assert not after.needs_epoch
    assert {older, after.current} <= late.with_statements(after.statements).epochs.keys()
    assert fresh_epoch(after, os.urandom) is after


def test_a_list_of_the_revoked_that_did_not_come_makes_no_epoch_fresh() -> None:
    thief, heir, plain = thief_and_heir()
    before = heir.with_statements(granted_and_revoked(thief, REVOKED_MAX + 1))
    after = revoke(before, plain.device.id, os.urandom)
    known = before.roster.proven
    made = [one for one in after.statements if statement_id(one) not in known]
    shares = [one for one in made if read_statement(one).kind == StatementKind.EPOCH]
    for left_out in shares:
        others = before.with_statements(one for one in made if one != left_out)
        is_list = read_body(EpochShare, read_statement(left_out).body).revoked != b""
        # What is sealed to a colleague names nobody, so it may lack; no name may.
        assert bool(others.roster.fresh_epochs(others.centre)) is not is_list


def test_devices_without_end_leave_an_admin_room_to_revoke_in(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An epoch that no server would take whole is left out, and the revocation stands."""
    thief, heir, plain = thief_and_heir()
    heir = revoke(heir, plain.device.id, os.urandom)
    keys = DeviceKeys(centres.seed("one key of many")).recipient.public
    flood = said_by(
        thief, (grant_of(thief, f"flood {number}", enc_key=keys) for number in range(2_000))
    )
    heir = heir.with_statements(flood)
    for at in range(3):
        taken_out = grant_of(thief, f"flood {at}", enc_key=keys).device
        heir = revoke(heir, taken_out, os.urandom)
        assert taken_out in heir.roster.revoked
    assert of_own(heir) < STATEMENTS_PER_ADMIN_MAX
    assert heir.needs_epoch
    assert "epoch_over_limit" in caplog.text
    # Once the region took back what the thief granted, there is room for an epoch again.
    undone = [grant_of(thief, f"flood {at}", enc_key=keys).device for at in range(2_000)]
    said = revoke_by_root(centres.root(), thief.device, heir.statements, undone=undone)
    heir = fresh_epoch(heir.with_statements(said), os.urandom)
    assert not heir.needs_epoch
    assert of_own(heir) < STATEMENTS_PER_ADMIN_MAX


def test_an_admin_that_was_taken_out_makes_no_statements_any_more() -> None:
    """(R5)"""
    thief, heir, plain = thief_and_heir()
    thief = revoke(thief, plain.device.id, os.urandom)
    known = thief.statements
    heir, _ = centres.join(heir.with_statements(known), "cuatro")
    heir = without(heir, thief)
    told = thief.with_statements(heir.statements)
    assert fresh_epoch(told, os.urandom) is told


def granted_again(thief: Keyring, count: int) -> list[bytes]:
    """Return so many grants of the other admin's own device, each another statement."""
    heir = DeviceKeys(centres.seed("dos"))
    return said_by(
        thief,
        (
            Grant(
                heir.id_in(thief.centre), heir.signing.public, heir.recipient.public,
                ROLE_DEVICE, "Z", f"{number}", None,
            )
            for number in range(count)
        ),
    )  # fmt: skip


@pytest.mark.parametrize("flood", [revoked_of_nobody, granted_and_revoked, granted_again])
def test_statements_without_end_keep_no_laptop_from_joining(
    flood: Callable[[Keyring, int], list[bytes]],
) -> None:
    thief, heir, plain = thief_and_heir()
    heir = revoke(heir, plain.device.id, os.urandom)
    heir = fresh_epoch(heir.with_statements(flood(thief, STATEMENTS_MAX)), os.urandom)
    for admin in (heir, without(heir, thief)):
        after, new = centres.join(admin, "nueva")
        assert plain.device.id in new.roster.revoked, "what another admin revoked goes along"
        assert new.current == after.current
        met = new.with_statements(after.statements)
        assert (met.roster, met.current) == (after.roster, after.current)


def test_devices_that_leave_without_end_keep_nothing_from_a_new_laptop_that_an_admin_revoked() -> (
    None
):
    thief, heir, plain = thief_and_heir()
    heir, other = centres.join(heir, "cuatro")
    for one in (plain, other):
        heir = revoke(heir, one.device.id, os.urandom)
    heir = heir.with_statements(granted_and_left(thief, STATEMENTS_MAX))
    _, new = centres.join(heir, "nueva")
    assert {plain.device.id, other.device.id} <= new.roster.revoked


def test_an_admin_gives_the_current_epoch_on_with_the_last_of_its_room() -> None:
    thief, heir, plain = thief_and_heir()
    heir = revoke(heir, plain.device.id, os.urandom)
    said = said_by(heir, (Revoke(os.urandom(16)) for _ in range(STATEMENTS_PER_ADMIN_MAX // 2)))
    heir = heir.with_statements(said)
    thief, late = centres.join(thief, "tarde")
    heir = fresh_epoch(heir.with_statements(late.statements), os.urandom)
    assert heir.current in late.with_statements(heir.statements).epochs


def test_epochs_without_end_keep_no_laptop_from_joining_and_reading() -> None:
    thief, heir, plain = thief_and_heir()
    content = CentreEnvelope(centres.REGISTRY, plain).seal(centres.outline(), [centres.change()])
    heir = revoke(heir, plain.device.id, os.urandom)
    later = CentreEnvelope(centres.REGISTRY, heir).seal(centres.outline(), [centres.change(2)])
    flood = epochs_for(thief, heir.device, 1_100)
    heir = fresh_epoch(heir.with_statements(flood), os.urandom)
    assert len(heir.epochs) > len(flood)
    for admin in (heir, without(heir, thief), fresh_epoch(cut_off(heir, thief), os.urandom)):
        after, new = centres.join(admin, "nueva")
        assert new.current == after.current
        for one in (content, later):
            assert CentreEnvelope(centres.REGISTRY, new).open(one.content).changes


def cut_off(heir: Keyring, thief: Keyring) -> Keyring:
    """Return the heir's keyring after the region took the thief out and left standing only what it
    had said before."""
    before = [one for one in heir.statements if read_statement(one).kind != StatementKind.EPOCH]
    said = revoke_by_root(centres.root(), thief.device, before)
    return heir.with_statements(said)


def test_who_was_made_to_say_the_last_number_there_is_goes_on_speaking() -> None:
    """Its keys were copied: whoever has them counts as it likes."""
    _, heir, plain = thief_and_heir()
    last = sign_statement(
        grant_of(heir, "copied"),
        centre=heir.centre,
        by=heir.device.id,
        place=(2**32 - 1, bytes(32)),
        sign=heir.keys.sign,
    )
    heir = revoke(heir.with_statements([last]), plain.device.id, os.urandom)
    assert plain.device.id in heir.roster.revoked
    assert not heir.needs_epoch
    after, new = centres.join(heir, "nueva")
    assert new.current == after.current


def test_when_no_letter_is_left_it_is_said() -> None:
    thief, heir, _ = thief_and_heir()
    letters = [chr(65 + at) for at in range(26)]
    letters += [one + other for one in letters for other in letters]
    grants = (grant_of(thief, one, enc_key=NO_KEYS["of all ones"], letter=one) for one in letters)
    heir = heir.with_statements(said_by(thief, grants))
    request = make_request(DeviceKeys(centres.seed("nueva")))
    with pytest.raises(DomainError, match="enrolment_letter_taken"):
        grant(heir, request, request_code(request), profile=centres.PROFILE)
