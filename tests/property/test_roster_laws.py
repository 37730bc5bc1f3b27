"""Laws of the roster: a set without order; the root is obeyed, an admin within its centre."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.envelope.keyring import DeviceKeys
from sync.protocol.errors import CodecError
from sync.protocol.limits import STATEMENT_MAX
from sync.protocol.roster import (
    NO_STATEMENT,
    ROLE_ADMIN,
    ROLE_DEVICE,
    ROOT,
    Grant,
    Roster,
    SignedStatement,
    Statement,
    StatementKind,
    decode_signed,
    encode_signed,
    evaluate,
    next_place,
    read_statement,
    sign_statement,
    statement_id,
)
from sync.protocol.signature import Purpose
from tests.support import centres

REGION = centres.root()
OTHER_REGION = centres.root("another region")
CENTRE, ELSEWHERE = b"\x11" * 16, b"\x22" * 16
KEYS = [DeviceKeys(centres.seed(f"device {number}")) for number in range(6)]


def body(keys: DeviceKeys, centre: bytes, role: str = ROLE_DEVICE, letter: str = "A") -> Grant:
    return Grant(
        keys.id_in(centre),
        keys.signing.public,
        keys.recipient.public,
        role,
        letter,
        "",
        centres.SERVER.pin(),
    )


def by_root(keys: DeviceKeys, centre: bytes, role: str = ROLE_ADMIN, letter: str = "A") -> bytes:
    return sign_statement(
        body(keys, centre, role, letter),
        centre=centre,
        by=ROOT,
        place=(1, NO_STATEMENT),
        sign=REGION.sign,
    )


def by_device(
    speaker: DeviceKeys, keys: DeviceKeys, centre: bytes, role: str = ROLE_DEVICE, letter: str = "B"
) -> bytes:
    return sign_statement(
        body(keys, centre, role, letter),
        centre=centre,
        by=speaker.id_in(centre),
        place=(1, NO_STATEMENT),
        sign=speaker.sign,
    )


def raw(speaker: DeviceKeys | None, centre: bytes, kind: int, content: bytes, **more: int) -> bytes:
    """A statement of any kind and content, properly signed."""
    statement = msgspec.msgpack.encode(
        Statement(
            more.get("version", 1),
            kind,
            centre,
            speaker.id_in(centre) if speaker else ROOT,
            1,
            NO_STATEMENT,
            content,
        )
    )
    sign = speaker.sign if speaker else REGION.sign
    return encode_signed(SignedStatement(statement, sign(Purpose.STATEMENT, statement)))


ADMIN = by_root(KEYS[0], CENTRE)
PLAIN = by_device(KEYS[0], KEYS[1], CENTRE)
OTHER_ADMIN = by_root(KEYS[2], ELSEWHERE)
EVERYTHING = [
    ADMIN,
    PLAIN,
    OTHER_ADMIN,
    by_device(KEYS[0], KEYS[1], CENTRE, letter="C"),
    by_device(KEYS[1], KEYS[3], CENTRE),
    by_device(KEYS[2], KEYS[3], ELSEWHERE),
    by_root(KEYS[3], CENTRE, ROLE_DEVICE, "D"),
    by_device(KEYS[0], KEYS[4], CENTRE, ROLE_ADMIN),
    raw(KEYS[0], CENTRE, 77, b"from a later version"),
    raw(None, CENTRE, StatementKind.REVOKE, b"reserved"),
    raw(KEYS[1], CENTRE, 77, b"by one who may not speak"),
    raw(KEYS[0], CENTRE, StatementKind.GRANT, b"no grant"),
    b"",
    b"\x92\xc4\x00\xc4\x00",
    ADMIN[:-1],
    ADMIN + b"\0",
]
WHOLE = evaluate(EVERYTHING, REGION.public)


def reasons(roster: Roster) -> dict[bytes, str]:
    return {refused.statement: refused.reason for refused in roster.refused}


def test_the_root_grants_admins_and_an_admin_grants_plain_devices() -> None:
    roster = evaluate([ADMIN, PLAIN], REGION.public)
    admin, plain = (roster.devices[keys.id_in(CENTRE)] for keys in KEYS[:2])

    assert (admin.role, admin.letter, admin.by) == (ROLE_ADMIN, "A", ROOT)
    assert (plain.role, plain.letter, plain.by) == (ROLE_DEVICE, "B", admin.id)
    assert plain.enc_key == KEYS[1].recipient.public
    assert plain.server == centres.SERVER.pin()
    assert roster.refused == ()
    assert roster.letters(CENTRE) == {"A", "B"}
    assert roster.of_centre(ELSEWHERE) == ()


@given(
    st.permutations(EVERYTHING),
    st.lists(st.sampled_from(EVERYTHING), max_size=8),
)
@settings(max_examples=40)
def test_order_and_repetition_mean_nothing(order: list[bytes], again: list[bytes]) -> None:
    assert evaluate([*order, *again], REGION.public) == WHOLE


@given(st.sets(st.sampled_from(EVERYTHING)))
@settings(max_examples=40)
def test_more_statements_never_take_a_device_away(some: set[bytes]) -> None:
    devices = evaluate(some, REGION.public).devices
    assert devices.keys() <= WHOLE.devices.keys()


@given(st.binary(max_size=400))
def test_any_bytes_as_a_statement_change_nothing(content: bytes) -> None:
    roster = evaluate([ADMIN, content], REGION.public)
    assert list(roster.devices) == [KEYS[0].id_in(CENTRE)]
    assert reasons(roster)[statement_id(content)] in {
        "statement_malformed",
        "statement_over_limit",
    }


def test_another_regions_root_is_nobody_here() -> None:
    forged = sign_statement(
        body(KEYS[4], CENTRE, ROLE_ADMIN),
        centre=CENTRE,
        by=ROOT,
        place=(1, NO_STATEMENT),
        sign=OTHER_REGION.sign,
    )
    roster = evaluate([forged], REGION.public)
    assert roster.devices == {}
    assert reasons(roster) == {statement_id(forged): "statement_signature"}
    assert evaluate([ADMIN], OTHER_REGION.public).devices == {}


def test_an_admin_grants_nothing_in_another_centre() -> None:
    """Neither as a device of its own centre, nor under the id that its keys would have there."""
    crossing = sign_statement(
        body(KEYS[4], ELSEWHERE),
        centre=ELSEWHERE,
        by=KEYS[0].id_in(CENTRE),
        place=(1, NO_STATEMENT),
        sign=KEYS[0].sign,
    )
    posing = by_device(KEYS[0], KEYS[4], ELSEWHERE)
    roster = evaluate([ADMIN, OTHER_ADMIN, crossing, posing], REGION.public)
    assert KEYS[4].id_in(ELSEWHERE) not in roster.devices
    assert reasons(roster) == {
        statement_id(crossing): "statement_wrong_centre",
        statement_id(posing): "statement_speaker",
    }


def test_an_admin_makes_no_admin_and_a_plain_device_makes_nothing() -> None:
    admin_by_admin = by_device(KEYS[0], KEYS[4], CENTRE, ROLE_ADMIN)
    by_plain = by_device(KEYS[1], KEYS[5], CENTRE)
    odd_role = by_device(KEYS[0], KEYS[3], CENTRE, "auditor")
    roster = evaluate([ADMIN, PLAIN, admin_by_admin, by_plain, odd_role], REGION.public)
    assert len(roster.devices) == 2
    assert reasons(roster) == {
        statement_id(admin_by_admin): "statement_role",
        statement_id(by_plain): "statement_speaker",
        statement_id(odd_role): "statement_role",
    }


def test_an_id_never_takes_other_keys_or_another_centre() -> None:
    stolen_id = msgspec.structs.replace(body(KEYS[4], CENTRE), device=KEYS[0].id_in(CENTRE))
    other_receiver = msgspec.structs.replace(
        body(KEYS[0], CENTRE), enc_key=KEYS[4].recipient.public
    )
    moved = body(KEYS[0], ELSEWHERE)
    for wrong in (stolen_id, other_receiver, moved):
        content = raw(None, CENTRE, StatementKind.GRANT, msgspec.msgpack.encode(wrong))
        roster = evaluate([ADMIN, content], REGION.public)
        assert roster.devices[KEYS[0].id_in(CENTRE)].enc_key == KEYS[0].recipient.public
        assert len(roster.devices) == 1
        assert reasons(roster) == {statement_id(content): "statement_device_id"}


def test_the_roots_grant_counts_before_an_admins() -> None:
    by_admin = by_device(KEYS[0], KEYS[1], CENTRE, letter="B")
    promoted = by_root(KEYS[1], CENTRE, ROLE_ADMIN, "Z")
    device = evaluate([ADMIN, by_admin, promoted], REGION.public).devices[KEYS[1].id_in(CENTRE)]
    assert (device.role, device.letter) == (ROLE_ADMIN, "Z")


def test_what_a_later_version_says_is_kept_when_its_speaker_may_speak() -> None:
    unknown = raw(KEYS[0], CENTRE, 77, b"\xc1 anything")
    newer = raw(KEYS[0], CENTRE, StatementKind.GRANT, b"anything", version=9)
    stranger = raw(KEYS[5], CENTRE, 77, b"anything")
    roster = evaluate([ADMIN, unknown, newer, stranger], REGION.public)
    assert {statement_id(unknown), statement_id(newer)} <= roster.proven
    assert reasons(roster) == {statement_id(stranger): "statement_speaker"}


def test_every_altered_byte_of_a_grant_takes_its_effect() -> None:
    for place in range(len(PLAIN)):
        altered = bytearray(PLAIN)
        altered[place] ^= 1
        roster = evaluate([ADMIN, bytes(altered)], REGION.public)
        assert len(roster.devices) == 1
        assert len(roster.refused) == 1


def test_a_statement_has_one_byte_string_only() -> None:
    assert encode_signed(decode_signed(ADMIN)) == ADMIN
    # The same array with its length in three bytes, not one.
    longer = b"\xdc\x00\x02" + ADMIN[1:]
    with pytest.raises(CodecError, match="statement_malformed"):
        decode_signed(longer)
    with pytest.raises(CodecError, match="statement_over_limit"):
        decode_signed(bytes(STATEMENT_MAX + 1))


def test_a_signature_for_one_purpose_is_none_for_another() -> None:
    said = decode_signed(PLAIN).statement
    as_batch = encode_signed(SignedStatement(said, KEYS[0].sign(Purpose.BATCH, said)))
    roster = evaluate([ADMIN, as_batch], REGION.public)
    assert reasons(roster) == {statement_id(as_batch): "statement_signature"}


def test_each_speaker_counts_what_it_says_about_a_centre() -> None:
    admin = KEYS[0].id_in(CENTRE)
    assert next_place([], admin, CENTRE) == (1, NO_STATEMENT)
    assert next_place([ADMIN, b"nonsense"], admin, CENTRE) == (1, NO_STATEMENT)
    second = sign_statement(
        body(KEYS[3], CENTRE, letter="C"),
        centre=CENTRE,
        by=admin,
        place=next_place([PLAIN, ADMIN], admin, CENTRE),
        sign=KEYS[0].sign,
    )
    said = read_statement(second)
    assert (said.number, said.previous) == (2, statement_id(PLAIN))


def test_a_grant_that_others_would_refuse_is_not_signed() -> None:
    for wrong in (
        msgspec.structs.replace(body(KEYS[3], CENTRE), letter="a"),
        msgspec.structs.replace(body(KEYS[3], CENTRE), letter="A\n"),
        msgspec.structs.replace(body(KEYS[3], CENTRE), role="Admin"),
        msgspec.structs.replace(body(KEYS[3], CENTRE), label="x" * 41),
        msgspec.structs.replace(body(KEYS[3], CENTRE), sign_key=b"short"),
    ):
        with pytest.raises(CodecError, match="statement_malformed"):
            sign_statement(wrong, centre=CENTRE, by=ROOT, place=(1, NO_STATEMENT), sign=REGION.sign)
