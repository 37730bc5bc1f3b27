"""A laptop joins by file and spoken code, at the region and at a colleague's; or nothing changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.bootstrap import Direct, workplace_of
from app.demo.actors import Typist
from app.domain.errors import DomainError
from app.laptop import Laptop
from app.services.messages import SENTENCES
from app.services.workplace import Workplace
from tests.support.stations import RegionPlace, impatient, set_up, view


@pytest.fixture
def fresh(region: RegionPlace) -> Iterator[Laptop]:
    """A laptop that was set up and belongs to no centre yet."""
    laptop = set_up(region.new_folder())
    yield laptop
    laptop.close()


def holdings(laptop: Laptop) -> tuple[object, ...]:
    """Everything that an enrolment could have written: keyring, centre, request, audit, changes."""
    with laptop.store.unit() as uow:
        names = ("sync/keyring", "laptop/centre", "laptop/enrolment_request", "laptop/device_seed")
        return (
            *(uow.local.get(name) for name in names),
            uow.audit.count(),
            uow.changes.digest(),
            laptop.keys.keyring.statements if laptop.keys else None,
        )


def refused(laptop: Laptop, message_id: str, work) -> None:
    """The work is refused by this name, which has a sentence, and nothing was written."""
    before = holdings(laptop)
    with pytest.raises(DomainError) as refusal:
        work()
    assert refusal.value.message_id == message_id
    assert SENTENCES[message_id].endswith(".")
    assert holdings(laptop) == before


def one_digit_wrong(code: str) -> str:
    last = str((int(code[-1]) + 1) % 10)
    return code[:-1] + last


def altered(content: bytes, at: int) -> bytes:
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)


def test_a_first_laptop_and_a_colleague_join_and_exchange(region: RegionPlace) -> None:
    a, b = region.pair()
    assert (a.laptop.desk.device_letter, b.laptop.desk.device_letter) == ("A", "B")
    assert a.laptop.keys.keyring.device.role == "admin"
    assert b.laptop.keys.keyring.device.role == "device"
    assert a.laptop.keys.keyring.epochs.keys() == b.laptop.keys.keyring.epochs.keys()
    for one in (a, b, a):
        assert one.sync().failure is None
    assert a.digest() == b.digest()
    for one in (a, b):
        one.laptop.close()


def test_codes_may_be_typed_with_spaces_or_none(region: RegionPlace, fresh: Laptop) -> None:
    request, code = fresh.request()
    assert fresh.request() == (request, code)
    assert len(code.replace(" ", "")) == 32
    reply, reply_code = region.grant_first(request, code.replace(" ", ""))
    joined = fresh.accept(reply, f"  {reply_code.replace(' ', '-')} ")
    assert joined.keys is not None


@pytest.mark.parametrize(
    "typed", [one_digit_wrong, lambda _: "", lambda code: code[:-1], lambda _: "0" * 32]
)
def test_a_wrong_code_of_the_request_grants_nothing(
    region: RegionPlace, fresh: Laptop, pair: tuple[Typist, Typist], typed
) -> None:
    request, code = fresh.request()
    kept = sorted((region.root / "statements").iterdir())
    refused(fresh, "enrolment_code_wrong", lambda: region.grant_first(request, typed(code)))
    assert sorted((region.root / "statements").iterdir()) == kept
    admin = pair[0].laptop
    refused(admin, "enrolment_code_wrong", lambda: admin.grant(request, typed(code)))


@pytest.mark.parametrize("typed", [one_digit_wrong, lambda _: "", lambda _: "0" * 32])
def test_a_wrong_code_of_the_reply_joins_nothing_and_the_right_one_still_does(
    region: RegionPlace, fresh: Laptop, typed
) -> None:
    reply, code = region.grant_first(*fresh.request())
    refused(fresh, "enrolment_code_wrong", lambda: fresh.accept(reply, typed(code)))
    assert fresh.accept(reply, code).keys is not None


def test_an_altered_or_cut_file_is_refused_wherever_it_was_touched(
    region: RegionPlace, fresh: Laptop, pair: tuple[Typist, Typist]
) -> None:
    admin = pair[0].laptop
    request, code = fresh.request()
    reply, reply_code = admin.grant(request, code)
    for at in range(0, len(request), 97):
        _refused_somehow(admin, lambda at=at: admin.grant(altered(request, at), code))
        _refused_somehow(admin, lambda at=at: admin.grant(request[:at], code))
    for at in range(0, len(reply), 211):
        _refused_somehow(fresh, lambda at=at: fresh.accept(altered(reply, at), reply_code))
        _refused_somehow(fresh, lambda at=at: fresh.accept(reply[:at], reply_code))
    assert fresh.accept(reply, reply_code).desk.device_letter == "C"


def _refused_somehow(laptop: Laptop, work) -> None:
    before = holdings(laptop)
    with pytest.raises(DomainError) as refusal:
        work()
    assert refusal.value.message_id in {
        "file_not_ours",
        "file_newer",
        "file_damaged",
        "enrolment_other_device",
        "enrolment_code_wrong",
    }
    assert refusal.value.message_id in SENTENCES
    assert holdings(laptop) == before


def test_a_file_exchanged_on_its_way_has_other_digits(region: RegionPlace, fresh: Laptop) -> None:
    """Somebody sends their own request in place of hers, and reads nothing of the telephone call."""
    thief = set_up(region.new_folder())
    _, code = fresh.request()
    stolen, _ = thief.request()
    refused(thief, "enrolment_code_wrong", lambda: region.grant_first(stolen, code))
    thief.close()


def test_a_reply_is_for_the_laptop_that_asked_and_no_other(
    region: RegionPlace, fresh: Laptop
) -> None:
    other = set_up(region.new_folder())
    other.request()
    reply, code = region.grant_first(*fresh.request())
    refused(other, "enrolment_other_device", lambda: other.accept(reply, code))
    other.close()


def test_a_laptop_that_never_asked_accepts_nothing(region: RegionPlace, fresh: Laptop) -> None:
    other = set_up(region.new_folder())
    reply, code = region.grant_first(*fresh.request())
    refused(other, "enrolment_other_device", lambda: other.accept(reply, code))
    other.close()


def test_a_reply_is_accepted_once(region: RegionPlace, fresh: Laptop) -> None:
    reply, code = region.grant_first(*fresh.request())
    joined = fresh.accept(reply, code)
    refused(joined, "enrolment_other_device", lambda: joined.accept(reply, code))


def test_a_plain_laptop_grants_nobody(pair: tuple[Typist, Typist], fresh: Laptop) -> None:
    plain = pair[1].laptop
    request, code = fresh.request()
    refused(plain, "enrolment_not_admin", lambda: plain.grant(request, code))


def test_a_laptop_of_no_centre_grants_nobody_and_says_that_it_cannot_synchronise(
    fresh: Laptop, region: RegionPlace
) -> None:
    other = set_up(region.new_folder())
    refused(fresh, "sync_not_enrolled", lambda: fresh.grant(*other.request()))
    other.close()
    workplace: Workplace = workplace_of(fresh, Direct())
    assert Typist(fresh, workplace).sync().failure == "sync_not_enrolled"


def test_asking_again_gives_the_same_letter_and_another_reply(
    pair: tuple[Typist, Typist], fresh: Laptop
) -> None:
    """The first reply was lost with its stick; the grant was written once."""
    admin = pair[0].laptop
    request, code = fresh.request()
    first, _ = admin.grant(request, code)
    statements = admin.keys.keyring.statements
    second, reply_code = admin.grant(request, code)
    assert first != second
    assert admin.keys.keyring.statements == statements
    assert fresh.accept(second, reply_code).desk.device_letter == "C"


def test_what_was_typed_before_joining_is_sent_after_it(
    pair: tuple[Typist, Typist], fresh: Laptop
) -> None:
    a, _ = pair
    alone = Typist(fresh, workplace_of(fresh, Direct()))
    alone.register({"names": "Ñunkuí Inventada"})
    c = impatient(fresh.accept(*a.laptop.grant(*fresh.request())))
    assert view(c).waiting_changes > 0
    assert c.sync().failure is None
    assert view(c).waiting_changes == 0
    assert a.sync().failure is None
    assert a.run(lambda uow: uow.changes.count()) >= c.run(lambda uow: uow.changes.count())


def test_an_audit_line_says_that_the_laptop_joined(region: RegionPlace, fresh: Laptop) -> None:
    with fresh.store.unit() as uow:
        before = uow.audit.count()
    joined = fresh.accept(*region.grant_first(*fresh.request()))
    with joined.store.unit() as uow:
        assert uow.audit.count() == before + 1
        assert uow.audit.verify() is None
