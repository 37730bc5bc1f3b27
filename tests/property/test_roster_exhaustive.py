"""Three administrators and six statements in every choice and every order, against a model of a few
lines: who belongs to the centre depends on what was said and never on when it was heard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import combinations, permutations
from typing import Final

from sync.envelope.keyring import DeviceKeys
from sync.protocol.roster import evaluate
from sync.protocol.statements import (
    NO_STATEMENT,
    ROLE_ADMIN,
    ROLE_DEVICE,
    ROOT,
    Grant,
    Revoke,
    sign_statement,
)
from tests.support import centres

REGION = centres.root()
CENTRE = b"\x11" * 16
ANA, BETO, CARLA, PLAIN, OF_BETO, OF_CARLA = (
    DeviceKeys(centres.seed(f"exhaustive {number}")) for number in range(6)
)
NAMES: Final = {
    keys.id_in(CENTRE): name
    for keys, name in (
        (ANA, "ana"),
        (BETO, "beto"),
        (CARLA, "carla"),
        (PLAIN, "plain"),
        (OF_BETO, "of_beto"),
        (OF_CARLA, "of_carla"),
    )
}


def said(speaker: DeviceKeys | None, body: Grant | Revoke) -> bytes:
    return sign_statement(
        body,
        centre=CENTRE,
        by=speaker.id_in(CENTRE) if speaker else ROOT,
        place=(1, NO_STATEMENT),
        sign=speaker.sign if speaker else REGION.sign,
    )


def grant(keys: DeviceKeys, role: str, letter: str) -> Grant:
    pin = centres.SERVER.pin()
    public = (keys.signing.public, keys.recipient.public)
    return Grant(keys.id_in(CENTRE), *public, role, letter, "", pin)


def revoke(keys: DeviceKeys) -> Revoke:
    """Of what it said nothing stands."""
    return Revoke(keys.id_in(CENTRE), b"")


KNOWN: Final = (
    said(None, grant(ANA, ROLE_ADMIN, "A")),
    said(None, grant(BETO, ROLE_ADMIN, "B")),
    said(None, grant(CARLA, ROLE_ADMIN, "C")),
    said(ANA, grant(PLAIN, ROLE_DEVICE, "D")),
)
SIX: Final = {
    "root revokes beto": said(None, revoke(BETO)),
    "beto grants": said(BETO, grant(OF_BETO, ROLE_DEVICE, "E")),
    "beto revokes plain": said(BETO, revoke(PLAIN)),
    "ana revokes plain": said(ANA, revoke(PLAIN)),
    "carla leaves": said(CARLA, revoke(CARLA)),
    "carla grants": said(CARLA, grant(OF_CARLA, ROLE_DEVICE, "F")),
}


def model(heard: Sequence[str]) -> frozenset[str]:
    """Who belongs to the centre, in words: a revocation wins, and takes along what was said."""
    beto, carla = "root revokes beto" not in heard, "carla leaves" not in heard
    plain = "ana revokes plain" not in heard and not (beto and "beto revokes plain" in heard)
    belongs = {
        "ana": True,
        "beto": beto,
        "carla": carla,
        "plain": plain,
        "of_beto": beto and "beto grants" in heard,
        "of_carla": carla and "carla grants" in heard,
    }
    return frozenset(name for name, is_so in belongs.items() if is_so)


def members(heard: Sequence[str]) -> frozenset[str]:
    roster = evaluate([*(SIX[one] for one in heard), *KNOWN], REGION.public)
    return frozenset(NAMES[one.id] for one in roster.members(CENTRE))


def in_their_order(heard: Sequence[str]) -> frozenset[str]:
    """The broken variant: each statement is obeyed as it is heard, by who belongs just then."""
    now = {"ana", "beto", "carla", "plain"}
    for one in heard:
        speaker, does = one.split(" ", 1)
        if speaker != "root" and speaker not in now:
            continue
        if does == "grants":
            now.add(f"of_{speaker}")
        else:
            now.discard({"leaves": speaker}.get(does, does.rpartition(" ")[2]))
    return frozenset(now)


def every_order() -> Iterator[tuple[str, ...]]:
    for count in range(len(SIX) + 1):
        for some in combinations(SIX, count):
            yield from permutations(some)


def wrong(answer: Callable[[Sequence[str]], frozenset[str]]) -> int:
    return sum(answer(heard) != model(heard) for heard in every_order())


def test_in_every_choice_and_order_those_belong_whom_the_model_names() -> None:
    """(R6, R8) Control: a roster that obeys in the order of hearing is found."""
    assert sum(1 for _ in every_order()) == 1957
    assert wrong(members) == 0
    assert wrong(in_their_order) > 100
