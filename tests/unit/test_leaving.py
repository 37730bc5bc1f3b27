"""A device leaves: what is sealed afterwards it cannot open, and nobody else loses anything."""

from __future__ import annotations

import os

import pytest

from app.crypto.recipient import seal_to
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.services.ports import UnusableBatch
from sync.envelope.enrolment import grant, make_request, request_code
from sync.envelope.keyring import DeviceKeys, Keyring, epoch_tag
from sync.envelope.leaving import complete_epoch, fresh_epoch, renew_epoch, revoke
from sync.envelope.region import appoint, revoke_by_root
from sync.envelope.seal import CentreEnvelope
from sync.protocol.epochs import sign_epoch
from sync.protocol.statements import (
    Revoke,
    SealedSecret,
    epoch_context,
    next_place,
    sign_statement,
)
from tests.support import centres


def three() -> tuple[Keyring, Keyring, Keyring]:
    """Return an admin and two plain laptops that know of each other."""
    admin, plain = centres.join(centres.first_laptop("uno"), "dos")
    admin, third = centres.join(admin, "tres")
    return admin, plain.with_statements(admin.statements), third


def sealed_by(keyring: Keyring) -> bytes:
    envelope = CentreEnvelope(centres.REGISTRY, keyring)
    return envelope.seal(centres.outline(), [centres.change()]).content


def test_what_is_sealed_after_a_revocation_only_those_who_stay_can_open() -> None:
    admin, plain, lost = three()
    before = sealed_by(plain)
    after = revoke(admin, lost.device.id, os.urandom)
    plain, lost = (one.with_statements(after.statements) for one in (plain, lost))
    assert after.current == plain.current != admin.current
    assert lost.is_revoked
    content = sealed_by(after)
    assert CentreEnvelope(centres.REGISTRY, plain).open(content).changes
    with pytest.raises(UnusableBatch, match="batch_unknown_key"):
        CentreEnvelope(centres.REGISTRY, lost).open(content)
    # What was sealed before, also by a device that had not heard yet, opens everywhere.
    for one in (after, plain):
        assert CentreEnvelope(centres.REGISTRY, one).open(before).changes
    assert Keyring.from_bytes(plain.to_bytes()).current == plain.current


def test_two_admins_who_renew_without_seeing_each_other_read_each_other() -> None:
    admin, plain, _ = three()
    one, other = (renew_epoch(admin, os.urandom) for _ in range(2))
    joined = plain.with_statements([*one.statements, *other.statements])
    for keyring in (one, other):
        assert CentreEnvelope(centres.REGISTRY, joined).open(sealed_by(keyring)).changes


def test_a_laptop_granted_meanwhile_gets_the_new_secret_afterwards() -> None:
    admin, plain, lost = three()
    admin_elsewhere, late = centres.join(admin, "cuatro")
    renewed = revoke(admin, lost.device.id, os.urandom)
    both = renewed.with_statements(admin_elsewhere.statements)
    late = late.with_statements(both.statements)
    content = sealed_by(both)
    with pytest.raises(UnusableBatch, match="batch_unknown_key"):
        CentreEnvelope(centres.REGISTRY, late).open(content)

    completed = complete_epoch(both)

    late = late.with_statements(completed.statements)
    assert CentreEnvelope(centres.REGISTRY, late).open(content).changes
    assert complete_epoch(completed) is completed
    assert complete_epoch(plain.with_statements(completed.statements)).statements == (
        plain.with_statements(completed.statements).statements
    )


def test_a_laptop_granted_by_an_old_copy_of_the_admin_reads_what_was_sealed_meanwhile() -> None:
    admin, _, _ = three()
    # The admin renewed the epoch twice; its old backup grants another, and both meet.
    once = renew_epoch(admin, os.urandom)
    content = sealed_by(once)
    twice = renew_epoch(once, os.urandom)
    put_back, late = centres.join(admin, "cuatro")
    late = late.with_statements(twice.statements)
    with pytest.raises(UnusableBatch, match="batch_unknown_key"):
        CentreEnvelope(centres.REGISTRY, late).open(content)

    completed = complete_epoch(put_back.with_statements(twice.statements))

    late = late.with_statements(completed.statements)
    for each in (content, sealed_by(completed)):
        assert CentreEnvelope(centres.REGISTRY, late).open(each).changes
    assert complete_epoch(completed) is completed


def test_after_the_region_revoked_one_the_admin_is_told_to_renew() -> None:
    admin, _, lost = three()
    root = centres.root()
    said = sign_statement(
        Revoke(lost.device.id),
        centre=admin.centre,
        by=bytes(16),
        place=next_place([], bytes(16), admin.centre),
        sign=root.sign,
    )
    told = admin.with_statements([said])
    assert told.needs_epoch
    assert not renew_epoch(told, os.urandom).needs_epoch


def test_two_admins_who_take_out_one_each_leave_no_epoch_that_either_lost_one_knows() -> None:
    admin, plain, lost = three()
    root = centres.root()
    named = admin.with_statements([appoint(root, plain.device, admin.statements)])
    other = plain.with_statements(named.statements)
    named, late = centres.join(named, "cuatro")
    other = other.with_statements(named.statements)
    one = revoke(named, lost.device.id, os.urandom)
    two = revoke(other, late.device.id, os.urandom)
    met = one.with_statements(two.statements)
    assert met.needs_epoch
    renewed = fresh_epoch(met, os.urandom)
    assert not renewed.needs_epoch
    # The other hears of it, and has nothing left to do.
    heard = two.with_statements(renewed.statements)
    assert fresh_epoch(heard, os.urandom) is heard
    assert heard.current == renewed.current
    for gone in (lost, late):
        assert renewed.current not in gone.with_statements(renewed.statements).epochs


def test_only_who_administers_renews() -> None:
    admin, plain, lost = three()
    said = revoke_by_root(centres.root(), lost.device, admin.statements)
    told = plain.with_statements([*admin.statements, *said])
    assert told.needs_epoch
    assert fresh_epoch(told, os.urandom) is told


def test_who_may_take_whom_out() -> None:
    admin, plain, lost = three()
    with pytest.raises(DomainError, match="revoke_not_admin"):
        revoke(plain, lost.device.id, os.urandom)
    with pytest.raises(DomainError, match="revoke_unknown_device"):
        revoke(admin, b"\x01" * 16, os.urandom)
    gone = revoke(admin, admin.device.id, os.urandom)
    assert gone.is_revoked
    with pytest.raises(DomainError, match="revoke_not_admin"):
        revoke(gone, lost.device.id, os.urandom)


def test_nobody_takes_out_a_laptop_of_another_centre() -> None:
    admin, _, _ = three()
    other = centres.first_laptop("otro", centre=b"\x12" * 16)
    wider = centres.knowing_both(admin, other)
    assert other.device.id in wider.roster.devices
    with pytest.raises(DomainError, match="revoke_unknown_device"):
        revoke(wider, other.device.id, os.urandom)


def test_another_admin_only_the_region_takes_out() -> None:
    """Control: the same laptop, before it administers, is taken out."""
    admin, plain, _ = three()
    appointed = appoint(centres.root(), plain.device, admin.statements)
    with pytest.raises(DomainError, match="revoke_admin"):
        revoke(admin.with_statements([appointed]), plain.device.id, os.urandom)
    assert plain.device.id in revoke(admin, plain.device.id, os.urandom).roster.revoked


def test_a_secret_under_a_name_that_is_not_its_own_is_passed_over() -> None:
    """An admin that says so could make a laptop seal under what it chose for somebody else's
    epoch. Control: under its own name it is taken."""
    admin, plain, _ = three()
    secret = SecretKey(b"s" * 32)

    def told(tag: bytes) -> Keyring:
        context = epoch_context(admin.centre, tag, plain.device.id)
        sealed = SealedSecret(
            plain.device.id, seal_to(plain.device.enc_key, secret.reveal(), context=context)
        )
        place = next_place(admin.statements, admin.device.id, admin.centre)
        return plain.with_statements(
            sign_epoch(
                tag,
                [sealed],
                (),
                centre=admin.centre,
                by=admin.device.id,
                place=place,
                sign=admin.keys.sign,
            )
        )

    assert told(epoch_tag(secret)).epochs[epoch_tag(secret)] == secret
    assert told(b"not mine").epochs.keys() == plain.epochs.keys()


def test_keys_that_were_taken_out_get_no_respuesta() -> None:
    admin, _, lost = three()
    request = make_request(lost.keys)
    after = revoke(admin, lost.device.id, os.urandom)
    with pytest.raises(DomainError, match="enrolment_revoked"):
        grant(after, request, request_code(request), profile=centres.PROFILE)


def test_an_admin_that_left_lets_nobody_in() -> None:
    gone = revoke(centres.first_laptop("uno"), centres.first_laptop("uno").device.id, os.urandom)
    request = make_request(DeviceKeys(centres.seed("cinco")))
    with pytest.raises(DomainError, match="enrolment_not_admin"):
        grant(gone, request, request_code(request), profile=centres.PROFILE)
