"""A laptop joins by file and spoken code, at the region and at a colleague's; or nothing changes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

import pytest

from app.bootstrap import Direct, workplace_of
from app.demo.actors import Typist
from app.domain.change import RecordId
from app.domain.errors import DomainError
from app.laptop import Laptop
from app.services import casework, referral_answers
from app.services.messages import SENTENCES
from app.services.read_models import CaseFilter
from sync.client.keys import KEYRING, HeldKeys
from sync.envelope.keyring import Keyring
from tests.support.stations import RegionPlace, impatient, open_again, set_up, view


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
        "enrolment_damaged",
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
    refused(joined, "enrolment_already", lambda: joined.accept(reply, code))


def test_a_laptop_of_a_centre_joins_no_second_one(
    region: RegionPlace, fresh: Laptop, pair: tuple[Typist, Typist]
) -> None:
    """The other centre's keys would take the place of these, and seal what waits to be sent."""
    request, code = fresh.request()
    one, other = region.grant_first(request, code), pair[0].laptop.grant(request, code)
    joined = fresh.accept(*one)
    epochs = joined.keys.keyring.epochs
    for laptop in (joined, fresh):
        refused(laptop, "enrolment_already", lambda laptop=laptop: laptop.accept(*other))
        refused(laptop, "enrolment_already", laptop.request)
    with joined.store.unit() as uow:
        assert Keyring.from_bytes(uow.local.get(KEYRING)).epochs.keys() == epochs.keys()


def test_two_that_grant_from_one_laptop_never_give_one_letter_twice(
    region: RegionPlace, pair: tuple[Typist, Typist], fresh: Laptop
) -> None:
    """The second still holds the keyring as it was before the first granted."""
    admin = pair[0].laptop
    with admin.store.unit() as uow:
        stored = Keyring.from_bytes(uow.local.get(KEYRING))
    late = dataclasses.replace(admin, keys=HeldKeys(stored, lambda _: None))
    other = set_up(region.new_folder())

    joined = [
        fresh.accept(*admin.grant(*fresh.request())),
        other.accept(*late.grant(*other.request())),
    ]

    assert [one.desk.device_letter for one in joined] == ["C", "D"]
    for one in (admin, late):
        with one.store.unit() as uow:
            one.keys.keep(uow)
            kept = Keyring.from_bytes(uow.local.get(KEYRING))
        assert kept.roster.letters(kept.centre) == {"A", "B", "C", "D"}
        assert one.keys.keyring.roster.devices == kept.roster.devices
    other.close()


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
    assert alone(fresh).sync().failure == "sync_not_enrolled"


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
    alone(fresh).register({"names": "Ñunkuí Inventada"})
    c = impatient(fresh.accept(*a.laptop.grant(*fresh.request())))
    assert view(c).waiting_changes > 0
    assert c.sync().failure is None
    assert view(c).waiting_changes == 0
    assert a.sync().failure is None
    assert a.run(lambda uow: uow.changes.count()) >= c.run(lambda uow: uow.changes.count())


def alone(laptop: Laptop) -> Typist:
    """Somebody at a laptop that belongs to no centre yet."""
    return Typist(laptop, workplace_of(laptop, Direct()))


def codes(typist: Typist) -> dict[RecordId, str]:
    """Every case of a laptop with its number, as the list shows it."""
    rows = typist.run(lambda uow: casework.list_cases(uow, CaseFilter(), 0, 100))
    return {row.case_id: row.code for row in rows}


def folios(typist: Typist, case_ids: Iterable[RecordId]) -> list[str]:
    """The folios of every referral of these cases."""
    return [
        row.folio
        for case_id in case_ids
        for row in typist.run(
            lambda uow, one=case_id: referral_answers.of_case(uow, typist.laptop.desk, one)
        )
    ]


def test_laptops_that_worked_before_they_joined_never_gave_one_number_twice(
    region: RegionPlace,
) -> None:
    first, second = set_up(region.new_folder()), set_up(region.new_folder())
    before: set[RecordId] = set()
    for one in (alone(first), alone(second)):
        case_id, _ = one.register({"names": "Persona Inventada"})
        one.refer(case_id, {"reason": "Motivo inventado"})
        before.add(case_id)
    a = impatient(first.accept(*region.grant_first(*first.request())))
    b = impatient(second.accept(*a.laptop.grant(*second.request())))
    for one in (a, b):
        case_id, _ = one.register({"names": "Otra Persona Inventada"})
        one.refer(case_id, {"reason": "Otro motivo inventado"})
    for one in (a, b, a):
        assert one.sync().failure is None

    held = codes(a)
    assert codes(b) == held
    assert len(held) == len(set(held.values())) == 4
    assert len(set(folios(a, held))) == 4
    assert sorted(folios(a, held)) == sorted(folios(b, held))
    letters = {
        case_id: "".join(filter(str.isalpha, code.partition("-")[2]))
        for case_id, code in held.items()
    }
    assert {letters[one] for one in held if one not in before} == {"A", "B"}
    # A roster's letters are one or two: what was given before it can never be given by it.
    assert all(len(letters[one]) == 4 for one in before)
    for one in (a, b):
        one.laptop.close()


def test_before_it_joins_a_laptop_keeps_the_letters_of_its_numbers(region: RegionPlace) -> None:
    folder = region.new_folder()
    laptop = set_up(folder)
    drawn = laptop.desk.device_letter
    laptop.close()
    again = open_again(folder)
    assert again.desk.device_letter == drawn
    again.close()


def test_an_audit_line_says_that_the_laptop_joined(region: RegionPlace, fresh: Laptop) -> None:
    with fresh.store.unit() as uow:
        before = uow.audit.count()
    joined = fresh.accept(*region.grant_first(*fresh.request()))
    with joined.store.unit() as uow:
        assert uow.audit.count() == before + 1
        assert uow.audit.verify() is None
