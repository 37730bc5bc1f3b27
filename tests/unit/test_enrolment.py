"""Two files and two typed codes: what joins a laptop to a centre, and all that must not."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable

import msgspec
import pytest

from app.crypto.fingerprint import grouped
from app.crypto.passphrase import Argon2Cost
from app.domain.errors import DomainError
from app.services.messages import SENTENCES
from sync.envelope.enrolment import (
    REPLY_MAX,
    REQUEST_MAX,
    accept,
    grant,
    make_request,
    read_request,
    reply_code,
    request_code,
    seal_reply,
)
from sync.envelope.keyring import DeviceKeys, Keyring, ServerAddress
from sync.envelope.leaving import revoke
from sync.envelope.region import RegionRoot, grant_first, read_root, root_code, write_root
from sync.protocol.limits import STATEMENTS_MAX
from sync.protocol.roster import (
    ENC_KEY_BYTES,
    ROLE_ADMIN,
    ROLE_DEVICE,
    ROOT,
    Grant,
    device_id,
    next_place,
    sign_statement,
    statement_id,
)
from sync.protocol.signature import Purpose
from tests.support import centres

CENTRE = b"\x11" * 16
CHEAPEST = Argon2Cost(memory_kib=65_536, passes=3, lanes=1)
Sign = Callable[[Purpose, bytes], bytes]
NEW = DeviceKeys(centres.seed("new laptop"))


def refusal(error: pytest.ExceptionInfo[DomainError]) -> str:
    return error.value.message_id


@pytest.fixture(scope="module")
def admin() -> Keyring:
    return centres.first_laptop("one")


@pytest.fixture(scope="module")
def granted(admin: Keyring) -> tuple[bytes, bytes]:
    """The solicitud of the new laptop and the respuesta to it."""
    request = make_request(NEW)
    reply = grant(admin, request, request_code(request), profile=centres.PROFILE).reply
    return request, reply


def test_the_first_laptop_is_an_admin_with_a_secret_that_the_region_never_held() -> None:
    keyring = centres.first_laptop("one")

    assert keyring.device.role == ROLE_ADMIN
    assert keyring.device.letter == "A"
    assert keyring.centre == CENTRE
    assert list(keyring.epochs) == [keyring.current]
    again = centres.first_laptop("one")
    assert again.current != keyring.current


def test_a_second_laptop_receives_the_epoch_the_letter_the_server_and_the_letterhead(
    admin: Keyring,
) -> None:
    request = make_request(NEW)
    granted = grant(admin, request, request_code(request), profile=centres.PROFILE)
    accepted = accept(NEW, request, granted.reply, reply_code(granted.reply))

    assert accepted.keyring.device.role == ROLE_DEVICE
    assert accepted.keyring.device.letter == "B"
    assert accepted.keyring.current == admin.current
    assert accepted.keyring.server == centres.SERVER
    assert accepted.profile == centres.PROFILE
    assert granted.keyring.roster.devices == accepted.keyring.roster.devices


def test_asking_again_gives_the_same_letter_and_no_second_statement(admin: Keyring) -> None:
    request = make_request(NEW)
    once = grant(admin, request, request_code(request), profile=centres.PROFILE)
    twice = grant(once.keyring, request, request_code(request), profile=centres.PROFILE)

    assert twice.keyring.statements == once.keyring.statements
    assert accept(NEW, request, twice.reply, reply_code(twice.reply)).keyring.device.letter == "B"


def test_letters_go_on_and_a_taken_one_is_refused(admin: Keyring) -> None:
    after, third = centres.join(centres.join(admin, "two")[0], "three")
    assert third.device.letter == "C"
    request = make_request(DeviceKeys(centres.seed("four")))
    for letter in ("A", "c", "", "AAA", "Ñ"):
        with pytest.raises(DomainError) as error:
            grant(after, request, request_code(request), profile=centres.PROFILE, letter=letter)
        assert refusal(error) == "enrolment_letter_taken"


def _grants(admin: Keyring, by: bytes, sign: Sign, count: int) -> list[bytes]:
    """Grants of invented laptops, whose keys open nothing."""
    place = next_place(admin.statements, by, admin.centre)
    made = []
    for number in range(count):
        sign_key, enc_key = number.to_bytes(32, "big"), number.to_bytes(ENC_KEY_BYTES, "big")
        new_id = device_id(admin.centre, sign_key, enc_key)
        body = Grant(new_id, sign_key, enc_key, ROLE_DEVICE, "Z", "", None)
        made.append(sign_statement(body, centre=admin.centre, by=by, place=place, sign=sign))
        place = place[0] + 1, statement_id(made[-1])
    return made


@pytest.mark.parametrize("size", [20, 3_500])
def test_a_laptop_joins_a_centre_that_said_more_than_a_respuesta_holds(
    admin: Keyring, size: int
) -> None:
    """What it cannot begin without goes along, wherever that stands; the rest comes later."""
    after, lost = centres.join(admin, "two")
    after = revoke(after, lost.device.id, os.urandom)
    after = after.with_statements(centres.of_a_later_kind(after, 400, size))
    after = after.with_statements(_grants(after, after.device.id, after.keys.sign, 300))
    after, new = centres.join(after, "new laptop")
    assert len(new.statements) < len(after.statements)
    assert new.current == after.current != admin.current
    assert new.roster.revoked == {lost.device.id}
    assert not new.needs_epoch
    assert new.with_statements(after.statements).statements == after.statements


def test_what_a_laptop_cannot_begin_without_is_in_the_respuesta_or_there_is_none(
    admin: Keyring,
) -> None:
    region = centres.root()
    full = admin.with_statements(_grants(admin, ROOT, region.sign, STATEMENTS_MAX - 2))
    request = make_request(NEW)
    granted = grant(full, request, request_code(request), profile=centres.PROFILE)
    assert accept(NEW, request, granted.reply, reply_code(granted.reply)).keyring.device.letter
    fuller = admin.with_statements(_grants(admin, ROOT, region.sign, STATEMENTS_MAX - 1))
    with pytest.raises(DomainError) as error:
        grant(fuller, request, request_code(request), profile=centres.PROFILE)
    assert refusal(error) == "enrolment_over_limit"
    assert error.value.message_id in SENTENCES


def test_codes_are_eight_groups_of_four_and_typed_as_people_type() -> None:
    request = make_request(NEW)
    code = request_code(request)
    shown = grouped(code)

    assert len(code) == 32
    assert [len(group) for group in shown.split(" ")] == [4] * 8
    admin = centres.first_laptop("one")
    for typed in (code, shown, shown.replace(" ", "-"), f"  {shown}\n", shown.replace(" ", " . ")):
        grant(admin, request, typed, profile=centres.PROFILE)


@pytest.mark.parametrize(
    "parts", [{"url": "http://region.example"}, {"url": ""}, {"ca_der": b""}], ids=str
)
def test_no_server_is_known_without_tls_under_its_own_ca(
    admin: Keyring, parts: dict[str, str | bytes]
) -> None:
    """Neither made here, nor taken from a respuesta or a stored keyring that says so."""
    with pytest.raises(ValueError, match="TLS"):
        ServerAddress(**{**msgspec.structs.asdict(centres.SERVER), **parts})
    open_one = _unpinned(parts)
    keyring = dataclasses.replace(admin, server=open_one)
    with pytest.raises(DomainError) as error:
        Keyring.from_bytes(keyring.to_bytes())
    assert refusal(error) == "file_damaged"
    request = make_request(NEW)
    reply = grant(keyring, request, request_code(request), profile=centres.PROFILE).reply
    with pytest.raises(DomainError) as error:
        accept(NEW, request, reply, reply_code(reply))
    assert refusal(error) == "enrolment_damaged"


def _unpinned(parts: dict[str, str | bytes]) -> ServerAddress:
    """Return an address as a program that checks nothing would have made it."""

    class Unchecked(ServerAddress, frozen=True, array_like=True):
        def __post_init__(self) -> None:
            pass

    return Unchecked(**{**msgspec.structs.asdict(centres.SERVER), **parts})


@pytest.mark.parametrize("typed", ["", "0000 0000", "x" * 32, "٠" * 32])
def test_a_wrong_request_code_grants_nothing(admin: Keyring, typed: str) -> None:
    with pytest.raises(DomainError) as error:
        grant(admin, make_request(NEW), typed, profile=centres.PROFILE)
    assert refusal(error) == "enrolment_code_wrong"


def test_every_code_with_one_other_digit_is_refused(admin: Keyring) -> None:
    request = make_request(NEW)
    code = request_code(request)
    for place in range(32):
        other = str((int(code[place]) + 1) % 10)
        with pytest.raises(DomainError) as error:
            grant(admin, request, code[:place] + other + code[place + 1 :], profile=centres.PROFILE)
        assert refusal(error) == "enrolment_code_wrong"


def test_a_wrong_reply_code_changes_nothing_and_the_right_one_works_after(
    granted: tuple[bytes, bytes],
) -> None:
    request, reply = granted
    with pytest.raises(DomainError) as error:
        accept(NEW, request, reply, request_code(request))
    assert refusal(error) == "enrolment_code_wrong"
    assert accept(NEW, request, reply, reply_code(reply)).keyring.centre == CENTRE


def test_a_reply_for_another_laptop_is_refused(granted: tuple[bytes, bytes]) -> None:
    request, reply = granted
    other = DeviceKeys(centres.seed("another laptop"))
    with pytest.raises(DomainError) as error:
        accept(other, make_request(other), reply, reply_code(reply))
    assert refusal(error) == "enrolment_other_device"
    with pytest.raises(DomainError) as error:
        accept(other, request, reply, reply_code(reply))
    assert refusal(error) == "enrolment_other_device"


def test_a_request_for_another_centre_is_refused(admin: Keyring) -> None:
    request = make_request(NEW, centre=b"\x22" * 16)
    with pytest.raises(DomainError) as error:
        grant(admin, request, request_code(request), profile=centres.PROFILE)
    assert refusal(error) == "enrolment_other_centre"


def test_a_reply_of_another_centre_than_asked_is_refused() -> None:
    """A granter that ignores what was asked."""
    admin = centres.first_laptop("one")
    request = make_request(NEW, centre=b"\x22" * 16)
    reply = _reply_by(admin, request)
    with pytest.raises(DomainError) as error:
        accept(NEW, request, reply, reply_code(reply))
    assert refusal(error) == "enrolment_other_centre"


def test_a_plain_laptop_grants_nothing(admin: Keyring) -> None:
    _, plain = centres.join(admin, "two")
    request = make_request(NEW)
    with pytest.raises(DomainError) as error:
        grant(plain, request, request_code(request), profile=centres.PROFILE)
    assert refusal(error) == "enrolment_not_admin"


def test_a_reply_by_a_plain_laptop_is_refused(admin: Keyring) -> None:
    """It holds the epoch, knows every statement, and signs: still nothing."""
    request = make_request(NEW)
    knowing, plain = centres.join(admin, "two")
    with_grant = grant(knowing, request, request_code(request), profile=centres.PROFILE).keyring
    reply = _reply_by(plain.with_statements(with_grant.statements), request)
    with pytest.raises(DomainError) as error:
        accept(NEW, request, reply, reply_code(reply))
    assert refusal(error) == "enrolment_not_granted"


def test_a_reply_without_the_grant_is_refused(admin: Keyring) -> None:
    request = make_request(NEW)
    reply = _reply_by(admin, request)
    with pytest.raises(DomainError) as error:
        accept(NEW, request, reply, reply_code(reply))
    assert refusal(error) == "enrolment_not_granted"


def test_secrets_that_come_with_the_roots_word_are_refused(admin: Keyring) -> None:
    region = centres.root()
    request = make_request(NEW)
    statement = grant_first(
        region,
        request,
        request_code(request),
        centre=b"\x33" * 16,
        server=centres.SERVER,
        profile=centres.PROFILE,
    ).statement
    reply = seal_reply(
        read_request(request),
        centre=b"\x33" * 16,
        root_key=region.public,
        epochs=admin.epochs.values(),
        current=admin.current,
        statements=[statement],
        server=centres.SERVER,
        profile=centres.PROFILE,
        granter_key=region.public,
        sign=region.sign,
    )
    with pytest.raises(DomainError) as error:
        accept(NEW, request, reply, reply_code(reply))
    assert refusal(error) == "enrolment_damaged"


def test_every_altered_byte_of_a_request_is_refused(admin: Keyring) -> None:
    request = make_request(NEW)
    code = request_code(request)
    for place in range(len(request)):
        altered = bytearray(request)
        altered[place] ^= 1
        with pytest.raises(DomainError) as error:
            grant(admin, bytes(altered), code, profile=centres.PROFILE)
        assert refusal(error) in {"enrolment_damaged", "file_not_ours", "file_newer"}


def test_every_altered_byte_of_a_reply_is_refused(granted: tuple[bytes, bytes]) -> None:
    request, reply = granted
    for place in range(0, len(reply), 7):
        altered = bytearray(reply)
        altered[place] ^= 0x40
        with pytest.raises(DomainError) as error:
            accept(NEW, request, bytes(altered), reply_code(reply))
        assert refusal(error) in {
            "enrolment_damaged",
            "file_not_ours",
            "file_newer",
            "enrolment_other_device",
        }


def test_every_cut_of_both_files_is_refused(granted: tuple[bytes, bytes]) -> None:
    request, reply = granted
    for end in range(len(request)):
        with pytest.raises(DomainError):
            read_request(request[:end])
    for end in range(0, len(reply), 11):
        with pytest.raises(DomainError):
            accept(NEW, request, reply[:end], reply_code(reply))


def test_files_of_a_newer_version_or_not_ours_say_so(granted: tuple[bytes, bytes]) -> None:
    request, reply = granted
    for content, expected in (
        (request[:4] + b"\x02" + request[5:], "file_newer"),
        (b"%PDF" + request[4:], "file_not_ours"),
        (request + bytes(REQUEST_MAX), "file_not_ours"),
        (b"", "file_not_ours"),
    ):
        with pytest.raises(DomainError) as error:
            read_request(content)
        assert refusal(error) == expected
    for content, expected in (
        (reply[:4] + b"\x02" + reply[5:], "file_newer"),
        (request, "file_not_ours"),
        (reply + bytes(REPLY_MAX), "file_not_ours"),
    ):
        with pytest.raises(DomainError) as error:
            accept(NEW, request, content, reply_code(content))
        assert refusal(error) == expected


def test_both_files_are_small(granted: tuple[bytes, bytes]) -> None:
    request, reply = granted
    assert len(request) < 1_500
    assert len(reply) < 8_000


def test_nothing_but_the_request_id_can_be_read_in_a_reply(
    granted: tuple[bytes, bytes], admin: Keyring
) -> None:
    _, reply = granted
    secret = next(iter(admin.epochs.values())).reveal()
    for hidden in (
        secret,
        admin.centre,
        admin.root_key,
        centres.SERVER.url.encode(),
        centres.PROFILE.name.encode(),
        admin.statements[0][40:80],
    ):
        assert hidden not in reply


def test_the_region_grants_a_centre_that_has_laptops_no_other_first_one() -> None:
    region = centres.root()
    first = centres.first_laptop("one")
    request = make_request(NEW)
    with pytest.raises(DomainError) as error:
        grant_first(
            region,
            request,
            request_code(request),
            centre=CENTRE,
            server=centres.SERVER,
            profile=centres.PROFILE,
            known=first.statements,
        )
    assert refusal(error) == "enrolment_centre_exists"


def test_the_roots_file_opens_with_its_passphrase_alone() -> None:
    root = RegionRoot(centres.seed("root"))
    phrase = "cinco palabras inventadas para probar"
    content = write_root(root, phrase, salt=b"s" * 16, cost=CHEAPEST)

    assert read_root(content, phrase).public == root.public
    assert centres.seed("root").reveal() not in content
    with pytest.raises(DomainError) as error:
        read_root(content, phrase + "x")
    assert refusal(error) == "passphrase_wrong"
    for place, expected in ((0, "file_not_ours"), (4, "file_newer"), (5, "file_damaged")):
        altered = bytearray(content)
        altered[place] ^= 0x40
        with pytest.raises(DomainError) as error:
            read_root(bytes(altered), phrase)
        assert refusal(error) == expected
    with pytest.raises(DomainError) as error:
        read_root(content[:-1], phrase)
    assert refusal(error) == "file_damaged"
    assert len(root_code(root.public)) == 32


def test_a_keyring_comes_back_from_its_bytes_and_damage_is_told(admin: Keyring) -> None:
    content = admin.to_bytes()
    again = Keyring.from_bytes(content)

    assert again.device == admin.device
    assert again.statements == admin.statements
    assert again.server == admin.server
    assert {tag: secret.reveal() for tag, secret in again.epochs.items()} == {
        tag: secret.reveal() for tag, secret in admin.epochs.items()
    }
    for bad in (b"", content[:-1], content + b"\0", b"\x90", b"\xc0"):
        with pytest.raises(DomainError) as error:
            Keyring.from_bytes(bad)
        assert refusal(error) == "file_damaged"
    with pytest.raises(DomainError) as error:
        Keyring.from_bytes(b"\x92\x02\xc0")
    assert refusal(error) == "file_newer"


def test_keys_never_show_in_a_repr(admin: Keyring) -> None:
    shown = repr(admin)
    for secret in (admin.keys.seed, *admin.epochs.values()):
        assert secret.reveal().hex() not in shown
        assert repr(secret.reveal())[2:-1] not in shown


def _reply_by(granter: Keyring, request: bytes) -> bytes:
    return seal_reply(
        read_request(request),
        centre=granter.centre,
        root_key=granter.root_key,
        epochs=granter.epochs.values(),
        current=granter.current,
        statements=granter.statements,
        server=granter.server,
        profile=centres.PROFILE,
        granter_key=granter.keys.signing.public,
        sign=granter.keys.sign,
    )


def test_a_keyring_keeps_the_statements_of_its_own_centre_alone(admin: Keyring) -> None:
    """A stick that serves many centres must not make one laptop know, and carry, them all."""
    region = centres.root()
    other = centres.first_laptop("elsewhere", centre=b"\x22" * 16, region=region)
    wider, third = centres.join(admin, "three")
    held = admin.with_statements([*other.statements, *third.statements, b"no statement"])
    assert set(held.statements) == set(wider.statements)
    assert held.roster.devices.keys() == wider.roster.devices.keys()
    assert other.device.id not in held.roster.devices
