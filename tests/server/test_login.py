"""Who may speak: a challenge signed for this server alone, a token that ends, one answer to no."""

from __future__ import annotations

import msgspec
import pytest

from sync.protocol import codec, paths
from sync.protocol.limits import TOKEN_SECONDS
from sync.protocol.messages import (
    Challenge,
    ChallengeRequest,
    ExchangeRequest,
    Hello,
    RosterRequest,
    SessionReply,
    SessionRequest,
)
from sync.protocol.signature import Purpose
from sync.server.challenges import CHALLENGE_SECONDS
from sync.server.sql_store import SqlStore
from tests.support import centres
from tests.support.door import Answer, Caller, Door, invented_region, sealed

NO = (401, "unauthorized")


def signed_in(device: Caller, proof: SessionRequest) -> Answer:
    return device.door.ask(paths.SESSION, codec.encode(proof))


def test_the_server_presents_itself(door: Door) -> None:
    hello = door.ask(paths.HELLO, method="GET").read(Hello)
    assert hello == Hello(1, 3, invented_region().public, "Región Inventada")


def test_a_device_of_the_roster_signs_in_and_is_served(device: Caller) -> None:
    answer = signed_in(device, device.proof(device.nonce())).read(SessionReply)
    assert answer.lives_seconds == TOKEN_SECONDS
    device.token = answer.token
    assert device.exchange().status == 200


def test_a_challenge_is_good_once(device: Caller) -> None:
    proof = device.proof(device.nonce())
    assert signed_in(device, proof).status == 200
    assert signed_in(device, proof).refusal() == NO


def test_a_challenge_is_spent_by_a_wrong_answer(device: Caller) -> None:
    proof = device.proof(device.nonce())
    wrong = msgspec.structs.replace(proof, signature=bytes(64))
    assert signed_in(device, wrong).refusal() == NO
    assert signed_in(device, proof).refusal() == NO


def test_nothing_that_a_stranger_brings_is_looked_at_before_the_challenge(
    device: Caller, store: SqlStore
) -> None:
    """Each statement costs a signature, and keeping it a write: a challenge buys them once."""
    proof = device.proof(device.nonce())
    some, last = proof.statements[:-1], proof.statements[-1:]
    assert some
    assert last
    for invented in (
        msgspec.structs.replace(proof, nonce=bytes(32)),
        msgspec.structs.replace(proof, device=bytes(16)),  # of another's challenge
    ):
        assert signed_in(device, invented).refusal() == NO
        assert store.statements(device.centre) == ()
    assert signed_in(device, msgspec.structs.replace(proof, statements=some)).status == 200
    assert store.statements(device.centre) == some
    assert signed_in(device, proof).refusal() == NO  # spent by the one before
    assert store.statements(device.centre) == some


def test_a_challenge_ends_after_a_minute(device: Caller, door: Door) -> None:
    in_time, late = device.nonce(), device.nonce()
    door.ticks.now += CHALLENGE_SECONDS
    assert signed_in(device, device.proof(in_time)).status == 200
    door.ticks.now += 1
    assert signed_in(device, device.proof(late)).refusal() == NO


def test_a_login_made_for_another_server_serves_nothing_here(device: Caller) -> None:
    """A server in the middle hands on a real challenge: what it gets is bound to its own key."""
    other = centres.seed("another server").reveal()
    assert signed_in(device, device.proof(device.nonce(), server_key=other)).refusal() == NO


def test_a_signature_for_another_purpose_or_challenge_is_no_login(device: Caller) -> None:
    """(B5) Control: signed for this purpose and its own challenge it is one."""
    nonce, another = device.nonce(), device.nonce()
    said = device.server_key + device.centre + device.keyring.device.id + nonce
    for purpose in Purpose:
        signature = device.keyring.keys.sign(purpose, said)
        proof = msgspec.structs.replace(device.proof(another), signature=signature)
        assert signed_in(device, proof).refusal() == NO
        own = device.nonce()
        said_of_own = said[: -len(nonce)] + own
        signature = device.keyring.keys.sign(purpose, said_of_own)
        proof = msgspec.structs.replace(device.proof(own), signature=signature)
        is_refused = signed_in(device, proof).status != 200
        assert is_refused is (purpose is not Purpose.LOGIN)


def test_a_challenge_of_one_device_is_no_good_for_another(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    colleague = Caller(device.door, laptops.plain, device.server_key)
    assert signed_in(colleague, colleague.proof(device.nonce())).refusal() == NO


def test_a_token_ends_after_fifteen_minutes_and_a_new_one_is_given(
    device: Caller, door: Door
) -> None:
    device.sign_in()
    door.ticks.now += TOKEN_SECONDS
    assert device.exchange().status == 200
    door.ticks.now += 1
    assert device.exchange().refusal() == NO
    assert device.sign_in().exchange().status == 200


def test_unknown_and_forbidden_get_the_same_answer_byte_by_byte(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    other = centres.first_laptop("elsewhere", centre=b"\x22" * 16)
    Caller(device.door, other, device.server_key).sign_in()
    device.sign_in()
    hello = codec.encode(RosterRequest())
    answers = [
        device.ask(paths.roster_path(centre), hello)
        for centre in (
            b"\x22" * 16,  # exists, and is another's
            b"\x33" * 16,  # does not exist
        )
    ]
    answers += [
        device.door.ask(paths.roster_path(device.centre), hello, authorization=said)
        for said in (
            None,
            b"",
            b"Qispi",
            b"Qispi " + bytes(32).hex().encode(),
            b"Bearer " + device.token.hex().encode(),
            b"Qispi " + device.token.hex().encode()[:-2],
            b"Qispi \xff\xfe",
            b"Qispi zz",
        )
    ]
    answers += [device.ask(f"/v1/centres/{name}/roster", hello) for name in ("x", "11", "zz" * 16)]
    assert {answer.refusal() for answer in answers} == {NO}
    assert (
        len({(answer.status, answer.body, tuple(answer.headers.items())) for answer in answers})
        == 1
    )


def test_every_path_of_a_centre_wants_the_token(device: Caller) -> None:
    device.sign_in()
    bodies = {
        paths.exchange_path: b"".join(codec.encode_request(ExchangeRequest(), [])),
        paths.roster_path: codec.encode(RosterRequest()),
    }
    for path, body in bodies.items():
        assert device.ask(path(device.centre), body).status == 200
        assert device.door.ask(path(device.centre), body).refusal() == NO
        assert device.ask(path(b"\x22" * 16), body).refusal() == NO


def test_an_unknown_device_is_challenged_like_a_known_one_and_refused_alike(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    strangers = [
        centres.first_laptop("stranger", region=centres.root("another root")),
        centres.first_laptop("stranger", centre=b"\x44" * 16, region=centres.root("another root")),
    ]
    refusals = set()
    for one in strangers:
        caller = Caller(device.door, one, device.server_key)
        answer = signed_in(caller, caller.proof(caller.nonce()))
        refusals.add((answer.status, answer.body))
    wrong = msgspec.structs.replace(device.proof(device.nonce()), signature=bytes(64))
    answer = signed_in(device, wrong)
    refusals.add((answer.status, answer.body))
    known = device.door.ask(
        paths.CHALLENGE, codec.encode(ChallengeRequest(device.centre, bytes(16)))
    )
    assert known.read(Challenge).nonce != device.nonce()
    assert len(refusals) == 1
    assert answer.refusal() == NO


def test_a_device_does_not_sign_in_to_a_centre_that_is_not_its_own(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    """Its grant is for its own centre, whatever it claims."""
    other = centres.first_laptop("elsewhere", centre=b"\x22" * 16)
    Caller(device.door, other, device.server_key).sign_in()
    claimed = ChallengeRequest(b"\x22" * 16, device.keyring.device.id)
    nonce = device.door.ask(paths.CHALLENGE, codec.encode(claimed)).read(Challenge).nonce
    said = device.server_key + b"\x22" * 16 + device.keyring.device.id + nonce
    proof = SessionRequest(
        b"\x22" * 16,
        device.keyring.device.id,
        nonce,
        device.keyring.keys.sign(Purpose.LOGIN, said),
        (*device.keyring.statements, *other.statements),
    )
    assert signed_in(device, proof).refusal() == NO


def test_a_colleague_may_carry_batches_of_the_centre_but_not_of_another(
    device: Caller, laptops: centres.TwoLaptops
) -> None:
    device.sign_in()
    other = centres.first_laptop("elsewhere", centre=b"\x22" * 16)
    head, _ = device.exchange(
        sealed(laptops.plain, 1)[0].content, sealed(other, 1)[0].content
    ).entries()
    assert [one.reason for one in head.refused] == ["batch_wrong_centre"]
    assert len(head.receipts) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_other_methods_and_paths_are_not_found(door: Door, method: str) -> None:
    assert door.ask(paths.SESSION, method=method).status == 405
    assert door.ask("/v1/admin", method=method).status == 404
