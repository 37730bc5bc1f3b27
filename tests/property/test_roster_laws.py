"""Laws of the roster: a set without order; the root is obeyed, an admin within its centre."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.envelope.keyring import DeviceKeys
from sync.protocol.epochs import sign_epoch
from sync.protocol.errors import CodecError
from sync.protocol.limits import STATEMENT_MAX
from sync.protocol.roster import Roster, evaluate
from sync.protocol.signature import Purpose
from sync.protocol.statements import (
    NO_STATEMENT,
    ROLE_ADMIN,
    ROLE_DEVICE,
    ROOT,
    EpochShare,
    Grant,
    Revoke,
    SealedSecret,
    SignedStatement,
    Statement,
    StatementKind,
    decode_signed,
    encode_signed,
    next_place,
    read_statement,
    revocations,
    sign_statement,
    statement_id,
)
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


def said(
    speaker: DeviceKeys | None,
    what: Revoke | EpochShare,
    centre: bytes = CENTRE,
    number: int = 1,
) -> bytes:
    """A revocation or an epoch by the root (None) or a device, properly signed."""
    return sign_statement(
        what,
        centre=centre,
        by=speaker.id_in(centre) if speaker else ROOT,
        place=(number, NO_STATEMENT if number == 1 else b"\x01" * 32),
        sign=speaker.sign if speaker else REGION.sign,
    )


def revoke(keys: DeviceKeys, *standing: bytes, centre: bytes = CENTRE) -> Revoke:
    return Revoke(keys.id_in(centre), b"".join(statement_id(one) for one in standing))


def share(*to: DeviceKeys, tag: bytes = b"T" * 8, gone: tuple[DeviceKeys, ...] = ()) -> EpochShare:
    return EpochShare(
        tag,
        tuple(SealedSecret(one.id_in(CENTRE), b"s" * 1168) for one in to),
        b"".join(sorted(one.id_in(CENTRE) for one in gone)),
    )


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
    raw(None, CENTRE, StatementKind.REVOKE, b"no revocation"),
    raw(KEYS[0], CENTRE, StatementKind.EPOCH, b"no epoch"),
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
    """(control of R2, R3, R4)"""
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
    """(R6)"""
    assert evaluate([*order, *again], REGION.public) == WHOLE


@given(st.sets(st.sampled_from(EVERYTHING)))
@settings(max_examples=40)
def test_more_grants_never_take_a_device_away(some: set[bytes]) -> None:
    devices = evaluate(some, REGION.public).devices
    assert devices.keys() <= WHOLE.devices.keys()


@given(st.binary(max_size=400))
def test_any_bytes_as_a_statement_change_nothing(content: bytes) -> None:
    """(R7) Control: the good statement beside them counts."""
    roster = evaluate([ADMIN, content], REGION.public)
    assert list(roster.devices) == [KEYS[0].id_in(CENTRE)]
    assert reasons(roster)[statement_id(content)] in {
        "statement_malformed",
        "statement_over_limit",
    }


def test_another_regions_root_is_nobody_here() -> None:
    """(R1) Control: under its own root the same counts."""
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
    """Neither as a device of its own centre, nor under the id that its keys would have there.
    (R2)"""
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
    """(R3)"""
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
    """(R4)"""
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
    """(R1)"""
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
    """(B5) Control: signed for its own purpose, with the same key, it counts."""
    said = decode_signed(PLAIN).statement
    for purpose in Purpose:
        signed = encode_signed(SignedStatement(said, KEYS[0].sign(purpose, said)))
        refused = (
            {} if purpose is Purpose.STATEMENT else {statement_id(signed): "statement_signature"}
        )
        assert reasons(evaluate([ADMIN, signed], REGION.public)) == refused, purpose


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


REVOKING = [
    *EVERYTHING,
    said(None, revoke(KEYS[3])),
    said(KEYS[0], revoke(KEYS[1])),
    said(KEYS[0], revoke(KEYS[0], PLAIN)),
    said(None, revoke(KEYS[0], ADMIN, PLAIN)),
    said(KEYS[1], revoke(KEYS[1])),
    said(KEYS[2], revoke(KEYS[1])),
    said(KEYS[0], share(KEYS[0], KEYS[3])),
    said(KEYS[0], share(KEYS[1]), number=2),
    said(None, share(KEYS[0])),
]
REVOKED = evaluate(REVOKING, REGION.public)


@given(st.permutations(REVOKING), st.lists(st.sampled_from(REVOKING), max_size=8))
@settings(max_examples=40)
def test_order_and_repetition_mean_nothing_with_revocations_either(
    order: list[bytes], again: list[bytes]
) -> None:
    """(R6)"""
    assert evaluate([*order, *again], REGION.public) == REVOKED


@given(st.sets(st.sampled_from(EVERYTHING)))
@settings(max_examples=40)
def test_a_revocation_by_the_root_wins_over_any_statements_for_good(some: set[bytes]) -> None:
    """(R5)"""
    for keys in KEYS[:4]:
        for standing in ((), tuple(some)):
            gone = said(None, revoke(keys, *standing))
            roster = evaluate([*some, gone], REGION.public)
            assert keys.id_in(CENTRE) in roster.revoked
            assert not roster.is_member(keys.id_in(CENTRE), CENTRE)
            assert keys.id_in(CENTRE) not in {one.id for one in roster.members(CENTRE)}


@given(st.sets(st.sampled_from(REVOKING)), st.sampled_from(REVOKING))
@settings(max_examples=40)
def test_what_is_refused_for_a_revocation_is_kept_and_nothing_else(
    some: set[bytes], more: bytes
) -> None:
    """Of the list of what stands a second part may come later."""
    roster = evaluate([*some, more], REGION.public)
    cut_off = {name for name, reason in reasons(roster).items() if reason == "statement_revoked"}
    assert roster.proven & reasons(roster).keys() == cut_off


def test_an_admin_revokes_plain_devices_and_keeps_what_they_signed_readable() -> None:
    gone = said(KEYS[0], revoke(KEYS[1]))
    roster = evaluate([ADMIN, PLAIN, gone], REGION.public)
    plain = KEYS[1].id_in(CENTRE)
    assert roster.revoked == {plain} == roster.gone(CENTRE)
    assert roster.devices[plain].sign_key == KEYS[1].signing.public
    assert [one.id for one in roster.members(CENTRE)] == [KEYS[0].id_in(CENTRE)]
    assert roster.letters(CENTRE) == {"A", "B"}
    assert statement_id(gone) in roster.proven
    again = by_device(KEYS[0], KEYS[1], CENTRE, letter="Q")
    assert evaluate([ADMIN, PLAIN, gone, again], REGION.public).revoked == {plain}


def test_who_may_not_revoke_revokes_nobody() -> None:
    second = by_root(KEYS[3], CENTRE, ROLE_ADMIN, "D")
    known = [ADMIN, PLAIN, second, OTHER_ADMIN]
    for wrong, reason in (
        (said(KEYS[0], revoke(KEYS[3])), "statement_role"),
        (said(KEYS[1], revoke(KEYS[0])), "statement_speaker"),
        (said(KEYS[1], revoke(KEYS[3])), "statement_speaker"),
        (said(KEYS[5], revoke(KEYS[5])), "statement_speaker"),
        (said(KEYS[2], revoke(KEYS[1])), "statement_speaker"),
        (said(KEYS[2], revoke(KEYS[1]), ELSEWHERE), "statement_wrong_centre"),
        (said(KEYS[0], Revoke(KEYS[2].id_in(ELSEWHERE))), "statement_wrong_centre"),
        (raw(KEYS[0], CENTRE, StatementKind.REVOKE, b""), "statement_malformed"),
        (raw(None, CENTRE, StatementKind.REVOKE, b"\x92\xc4\x01x\xc4\x00"), "statement_malformed"),
    ):
        roster = evaluate([*known, wrong], REGION.public)
        assert roster.revoked == frozenset()
        assert reasons(roster) == {statement_id(wrong): reason}
        assert statement_id(wrong) not in roster.proven


def test_a_forged_signature_revokes_nobody() -> None:
    for good in (said(None, revoke(KEYS[0])), said(KEYS[1], revoke(KEYS[1]))):
        forged = good[:-1] + bytes([good[-1] ^ 1])
        roster = evaluate([ADMIN, PLAIN, forged], REGION.public)
        assert roster.revoked == frozenset()
        assert reasons(roster) == {statement_id(forged): "statement_signature"}


def test_each_device_takes_itself_out() -> None:
    later = by_device(KEYS[0], KEYS[3], CENTRE, letter="C")
    roster = evaluate(
        [
            ADMIN,
            PLAIN,
            later,
            said(KEYS[0], revoke(KEYS[0], PLAIN)),
            said(KEYS[1], revoke(KEYS[1])),
        ],
        REGION.public,
    )
    assert roster.revoked == {KEYS[0].id_in(CENTRE), KEYS[1].id_in(CENTRE)}
    assert KEYS[3].id_in(CENTRE) not in roster.devices
    assert reasons(roster) == {statement_id(later): "statement_revoked"}


def test_of_a_revoked_admin_counts_what_the_root_leaves_standing() -> None:
    """A thief signs new statements with old numbers: only the list tells them apart. (R5)"""
    thief = by_device(KEYS[0], KEYS[4], CENTRE, letter="T")
    out_of_spite = said(KEYS[0], revoke(KEYS[1]))
    resigning = said(KEYS[0], revoke(KEYS[0], PLAIN, thief))
    known = [ADMIN, PLAIN, thief, out_of_spite, resigning]
    (body,) = revocations([ADMIN, PLAIN], KEYS[0].id_in(CENTRE))
    roster = evaluate([*known, said(None, body)], REGION.public)
    assert roster.revoked == {KEYS[0].id_in(CENTRE)}
    assert roster.devices.keys() == {keys.id_in(CENTRE) for keys in KEYS[:2]}
    assert reasons(roster) == {
        statement_id(one): "statement_revoked" for one in (thief, out_of_spite, resigning)
    }
    # A second list adds to the first; an empty one leaves nothing.
    more = evaluate([*known, said(None, body), said(None, revoke(KEYS[0], thief))], REGION.public)
    assert KEYS[4].id_in(CENTRE) in more.devices
    bare = evaluate([*known, said(None, revoke(KEYS[0]))], REGION.public)
    assert bare.devices.keys() == {KEYS[0].id_in(CENTRE)}


def test_a_long_list_of_what_stands_goes_in_parts() -> None:
    grants = [by_device(KEYS[0], KEYS[1], CENTRE, letter=f"A{chr(65 + at)}") for at in range(26)]
    more = [raw(KEYS[0], CENTRE, 77, b"%d" % at) for at in range(200)]
    bodies = revocations([ADMIN, *grants, *more], KEYS[0].id_in(CENTRE))
    assert len(bodies) == 3
    parts = [said(None, one, number=at) for at, one in enumerate(bodies, 1)]
    assert all(len(one) <= STATEMENT_MAX for one in parts)
    roster = evaluate([ADMIN, *grants, *more, *parts], REGION.public)
    assert roster.refused == ()
    assert roster.revoked == {KEYS[0].id_in(CENTRE)}


def test_an_epoch_is_given_out_by_an_admin_in_statements_of_the_usual_size() -> None:
    secrets = [SealedSecret(bytes([at]) * 16, bytes([at]) * 1168) for at in range(1, 16)]
    gone = [bytes([at]) * 16 for at in range(200, 210)]
    made = sign_epoch(
        b"T" * 8,
        secrets,
        gone,
        centre=CENTRE,
        by=KEYS[0].id_in(CENTRE),
        place=(7, b"\x07" * 32),
        sign=KEYS[0].sign,
    )
    assert len(made) == 5
    assert all(len(one) <= STATEMENT_MAX for one in made)
    places = [read_statement(one) for one in made]
    assert [one.number for one in places] == list(range(7, 12))
    assert [one.previous for one in places[1:]] == [statement_id(one) for one in made[:-1]]
    (epoch,) = evaluate([ADMIN, *made], REGION.public).epochs
    assert (epoch.tag, epoch.by, epoch.number) == (b"T" * 8, KEYS[0].id_in(CENTRE), 7)
    assert epoch.sealed == {one.device: one.sealed for one in secrets}
    assert epoch.revoked == frozenset(gone)
    many = [bytes([at]) * 16 for at in range(128)]
    one_by_one = sign_epoch(
        b"T" * 8, secrets, many, centre=CENTRE, by=ROOT, place=(1, NO_STATEMENT), sign=REGION.sign
    )
    assert len(one_by_one) == 15


@given(st.integers(0, 400), st.integers(1, 7))
@settings(max_examples=20)
def test_an_epoch_names_all_that_were_revoked_however_many(count: int, members: int) -> None:
    speaker = KEYS[0].id_in(CENTRE)
    ids = [speaker, *(bytes([at]) * 16 for at in range(1, members))]
    gone = frozenset(b"gone" + at.to_bytes(12, "big") for at in range(count))
    made = sign_epoch(
        b"T" * 8,
        [SealedSecret(one, b"s" * 1168) for one in ids],
        gone,
        centre=CENTRE,
        by=speaker,
        place=(2, b"\x07" * 32),
        sign=KEYS[0].sign,
    )
    assert all(len(one) <= STATEMENT_MAX for one in made)
    (epoch,) = evaluate([ADMIN, *reversed(made)], REGION.public).epochs
    assert (epoch.revoked, epoch.sealed.keys()) == (gone, set(ids))
    # Whatever lacks of them, it names none that was not named.
    for left_out in made:
        for fewer in evaluate([ADMIN, *(set(made) - {left_out})], REGION.public).epochs:
            assert fewer.revoked <= gone


def test_a_part_takes_names_away_and_a_list_adds_some() -> None:
    known = [ADMIN, said(KEYS[0], share(KEYS[1], gone=(KEYS[2], KEYS[3])), number=2)]
    known.append(said(KEYS[0], share(KEYS[4], gone=(KEYS[3],)), number=3))
    (epoch,) = evaluate(known, REGION.public).epochs
    assert epoch.revoked == {KEYS[3].id_in(CENTRE)}
    known.append(said(KEYS[0], share(KEYS[0], gone=(KEYS[5],)), number=4))
    (epoch,) = evaluate(known, REGION.public).epochs
    assert epoch.revoked == {one.id_in(CENTRE) for one in (KEYS[3], KEYS[5])}


def test_only_admins_give_out_epochs_and_a_revoked_one_no_new_ones() -> None:
    known = [ADMIN, PLAIN]
    for wrong in (said(None, share(KEYS[0])), said(KEYS[1], share(KEYS[0]))):
        roster = evaluate([*known, wrong], REGION.public)
        assert roster.epochs == ()
        assert reasons(roster) == {statement_id(wrong): "statement_speaker"}
    old = said(KEYS[0], share(KEYS[0], KEYS[1], tag=b"old epoc"))
    new = said(KEYS[0], share(KEYS[1], tag=b"new epoc"), number=2)
    revoked = said(None, revoke(KEYS[0], PLAIN, old))
    roster = evaluate([*known, old, new, revoked], REGION.public)
    assert [one.tag for one in roster.epochs] == [b"old epoc"]
    assert roster.shares_for(KEYS[1].id_in(CENTRE)) == ((b"old epoc", b"s" * 1168),)
    assert roster.fresh_epochs(CENTRE) == ()


def test_a_fresh_epoch_is_one_that_no_revoked_device_can_know() -> None:
    """Also not one that came after the first epoch in the respuesta, and is in no list."""
    second = by_root(KEYS[3], CENTRE, ROLE_ADMIN, "D")
    first = said(KEYS[0], share(KEYS[0], KEYS[3], tag=b"first ep"))
    known = [ADMIN, PLAIN, second, first]
    assert [one.tag for one in evaluate(known, REGION.public).fresh_epochs(CENTRE)] == [b"first ep"]
    known.append(said(KEYS[0], revoke(KEYS[1]), number=2))
    assert evaluate(known, REGION.public).fresh_epochs(CENTRE) == ()
    after = said(KEYS[0], share(KEYS[0], tag=b"after it", gone=(KEYS[1],)), number=3)
    again = said(KEYS[3], share(KEYS[0], KEYS[3], tag=b"by other", gone=(KEYS[1],)), number=9)
    lying = said(KEYS[0], share(KEYS[0], KEYS[1], tag=b"a mistak", gone=(KEYS[1],)), number=8)
    roster = evaluate([*known, after, again, lying], REGION.public)
    assert [one.tag for one in roster.fresh_epochs(CENTRE)] == [b"by other", b"after it"]
    # A part that knows less makes the whole less.
    part = said(KEYS[3], share(KEYS[0], tag=b"by other"), number=10)
    roster = evaluate([*known, after, again, part], REGION.public)
    assert [one.tag for one in roster.fresh_epochs(CENTRE)] == [b"after it"]
    # What somebody else calls by the same tag takes nothing away.
    shadow = said(KEYS[3], share(KEYS[0], tag=b"after it", gone=(KEYS[1],)), number=11)
    roster = evaluate([*known, after, shadow], REGION.public)
    assert len(roster.shares_for(KEYS[0].id_in(CENTRE))) == 3


@given(st.sampled_from((StatementKind.REVOKE, StatementKind.EPOCH)), st.binary(max_size=200))
def test_any_bytes_as_a_revocation_or_an_epoch_change_nothing(
    kind: StatementKind, content: bytes
) -> None:
    """(R7)"""
    roster = evaluate([ADMIN, raw(KEYS[0], CENTRE, kind, content)], REGION.public)
    assert (roster.revoked, roster.epochs) == (frozenset(), ())
    assert set(reasons(roster).values()) <= {"statement_malformed"}
