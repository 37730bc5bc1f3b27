"""Whatever bytes come to any path, the server answers by name: never a fault, never much memory."""

from __future__ import annotations

import itertools
import struct
import time
import tracemalloc
from collections.abc import Iterator, Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.protocol import codec, limits, paths
from sync.protocol.messages import (
    ChallengeRequest,
    ExchangeRequest,
    Message,
    RosterRequest,
    SessionRequest,
)
from sync.server.migrate import migrate
from sync.server.sql_store import SqlStore, open_engine
from tests.support import centres
from tests.support.door import Answer, Caller, invented_region, open_door, sealed

LAPTOPS = centres.two_laptops()
CENTRE = LAPTOPS.admin.centre
DEVICE = LAPTOPS.admin.device.id
BATCHES = [one.content for one in sealed(LAPTOPS.admin, 2)]
FEW = settings(max_examples=120)

GOOD: dict[str, Message] = {
    paths.CHALLENGE: ChallengeRequest(CENTRE, DEVICE),
    paths.SESSION: SessionRequest(CENTRE, DEVICE, bytes(32), bytes(64), LAPTOPS.admin.statements),
    paths.roster_path(CENTRE): RosterRequest(LAPTOPS.plain.statements, bytes(64)),
}
NAMES = {
    "message_malformed",
    "message_over_limit",
    "message_truncated",
    "batch_over_limit",
    "unauthorized",
    "busy",
}

packable = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=True)
    | st.binary(max_size=80)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def device() -> Iterator[Caller]:
    """One server for all that comes: what a request left behind must not hurt the next."""
    engine = open_engine("sqlite://")
    migrate(engine)
    door = open_door(SqlStore(engine))
    yield Caller(door, LAPTOPS.admin, invented_region().public).sign_in()
    door.close()
    engine.dispose()


def asked(device: Caller, path: str, body: bytes | Sequence[bytes]) -> Answer:
    # An hour passes between two, so that no quota hides what would happen.
    device.door.ticks.now += 3_601
    device.sign_in()
    return device.ask(path, body)


def is_answer_of_ours(answer: Answer) -> None:
    assert answer.headers["content-type"] == paths.MEDIA_TYPE
    if answer.status == 200:
        return
    status, reason = answer.refusal()
    assert status in (400, 401, 413, 429)
    assert reason in NAMES


@st.composite
def spoilt(draw: st.DrawFn, good: bytes) -> bytes:
    """A good body, changed in a few places, cut, doubled or with something put in."""
    content = bytearray(good)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(content)))
        match draw(st.integers(0, 3)):
            case 0 if at < len(content):
                content[at] = draw(st.integers(0, 255))
            case 1:
                del content[at:]
            case 2:
                content[at:at] = draw(st.binary(max_size=12))
            case _:
                content += content[at : at + 200]
    return bytes(content)


bodies = st.one_of(
    st.binary(max_size=300),
    packable.map(msgspec.msgpack.encode),
    st.lists(packable, max_size=7).map(msgspec.msgpack.encode),
)


@pytest.mark.parametrize("path", list(GOOD))
@FEW
@given(data=st.data())
def test_any_body_of_a_message_is_answered_by_name(
    device: Caller, path: str, data: st.DataObject
) -> None:
    body = data.draw(bodies | spoilt(codec.encode(GOOD[path])))
    is_answer_of_ours(asked(device, path, body))


@st.composite
def exchanges(draw: st.DrawFn) -> bytes:
    """The body of an exchange: head and frames, each good or spoilt, counted right or wrong."""
    count = draw(st.integers(0, 3))
    chosen = [
        draw(st.sampled_from(BATCHES) | st.binary(min_size=1, max_size=400)) for _ in range(count)
    ]
    has_log = draw(st.booleans())
    head = ExchangeRequest(
        log_id=draw(st.binary(min_size=16, max_size=16)) if has_log else b"",
        position=draw(st.integers(0, 2**63 - 1)) if has_log else 0,
        chain=draw(st.binary(min_size=32, max_size=32)) if has_log else b"",
        wanted_bytes=draw(st.integers(0, limits.EXCHANGE_BYTES_MAX)),
        offered=count,
    )
    body = b"".join(codec.encode_request(head, chosen))
    return body if draw(st.booleans()) else draw(spoilt(body))


@FEW
@given(
    body=exchanges() | bodies,
    cuts=st.lists(st.integers(0, 3_000), max_size=6),
    hangs_up=st.booleans(),
)
def test_any_exchange_cut_anywhere_is_answered_by_name(
    device: Caller, body: bytes, cuts: list[int], hangs_up: bool
) -> None:
    ends = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[start:end] for start, end in itertools.pairwise(ends)]
    device.door.ticks.now += 3_601
    device.sign_in()
    answer = device.ask(paths.exchange_path(CENTRE), pieces, hangs_up=hangs_up)
    if not hangs_up:
        is_answer_of_ours(answer)
        if answer.status == 200:
            answer.entries()


@FEW
@given(
    name=st.text(max_size=40).filter(lambda text: "/" not in text),
    said=st.binary(max_size=80) | st.sampled_from([b"Qispi ", b"Qispi  00", b"qispi 00" * 9]),
)
def test_any_centre_and_token_is_refused_alike(device: Caller, name: str, said: bytes) -> None:
    if not name:
        return
    for centre in (name, CENTRE.hex()):
        path = f"/v1/centres/{centre}/roster"
        device.door.ticks.now += 3_601
        answer = device.door.ask(path, codec.encode(RosterRequest()), authorization=said)
        assert answer.refusal() == (401, "unauthorized")


BOMBS = {
    "arrays in arrays": b"\x91" * 1_000_000,
    "maps in maps": b"\x81\xa0" * 500_000,
    "an array said to be endless": b"\xdd\xff\xff\xff\xff",
    "bytes said to be endless": b"\x93\xc6\xff\xff\xff\xff",
    "an endless list of statements": b"\x92\xdd\xff\xff\xff\xff\xc4\x00",
    "a million blanks": b"\x92\xdd\x00\x0f\x42\x40" + b"\xc0" * 1_000_000,
    "a number of digits": b"\x92" + b"\xcf" + b"\xff" * 8,
    "an extension": b"\xc9\xff\xff\xff\xff\x01",
}


@pytest.mark.parametrize("bomb", list(BOMBS.values()), ids=list(BOMBS))
def test_a_bomb_costs_neither_memory_nor_time(device: Caller, bomb: bytes) -> None:
    framed = struct.pack(">I", min(len(bomb), limits.REQUEST_HEAD_MAX)) + bomb
    for path, body in [*((path, bomb) for path in GOOD), (paths.exchange_path(CENTRE), framed)]:
        is_answer_of_ours(asked(device, path, body))
        tracemalloc.start()
        try:
            began = time.process_time()
            answer = asked(device, path, body)
            spent = time.process_time() - began
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        is_answer_of_ours(answer)
        assert answer.status in (400, 413)
        assert peak < 4 * limits.ROSTER_MAX
        assert spent < 2
