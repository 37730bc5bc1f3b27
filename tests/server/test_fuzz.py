"""Whatever bytes come to any path, the server answers by name: never a fault, never much memory."""

from __future__ import annotations

import itertools
import struct
import time
import tracemalloc
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.envelope.blob import seal_attachment
from sync.protocol import codec, limits, paths
from sync.protocol.batch import batch_id
from sync.protocol.compact import HaveRequest, LoginRequest, PushHead, encode_short
from sync.protocol.frames import Frame, encode_push
from sync.protocol.lane import BlobGet, BlobHave, encode_put
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
from tests.support.every import some

LAPTOPS = centres.two_laptops()
CENTRE = LAPTOPS.admin.centre
DEVICE = LAPTOPS.admin.device.id
BATCHES = [one.content for one in sealed(LAPTOPS.admin, 2)]
FEW = settings(max_examples=some(40, 120))

GOOD: dict[str, Message] = {
    paths.CHALLENGE: ChallengeRequest(CENTRE, DEVICE),
    paths.SESSION: SessionRequest(CENTRE, DEVICE, bytes(32), bytes(64), LAPTOPS.admin.statements),
    paths.roster_path(CENTRE): RosterRequest(LAPTOPS.plain.statements, bytes(64)),
    paths.COMPACT_LOGIN: LoginRequest(
        CENTRE, DEVICE, bytes(32), bytes(64), LAPTOPS.admin.statements, 3
    ),
}
BEHIND_A_TOKEN: dict[str, Message] = {
    paths.COMPACT_HAVE: HaveRequest(bytes(range(64))),
    paths.COMPACT_ROSTER: RosterRequest(LAPTOPS.plain.statements, bytes(64)),
    paths.BLOB_HAVE: BlobHave(bytes(range(64))),
    paths.BLOB_GET: BlobGet(bytes(range(32)), 5, 100),
}
SCAN = seal_attachment(LAPTOPS.admin, bytes(5_000))
NAMES = {
    "message_malformed",
    "message_over_limit",
    "message_truncated",
    "batch_over_limit",
    "unauthorized",
    "busy",
    "blob_altered",
    "blob_gap",
    "blob_malformed",
    "blob_over_limit",
    "blob_truncated",
    "blob_unknown",
    "blob_unknown_device",
    "blob_unknown_version",
    "blob_wrong_centre",
    "snapshot_other_log",
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


def asked(device: Caller, path: str, body: bytes, *, is_compact: bool = False) -> Answer:
    # An hour passes between two, so that no quota hides what would happen.
    device.door.ticks.now += 3_601
    if is_compact:
        return device.door.ask(path, device.log_in().token + body)
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


@pytest.mark.parametrize("path", list(BEHIND_A_TOKEN))
@FEW
@given(data=st.data())
def test_any_message_behind_a_token_is_answered_by_name(
    device: Caller, path: str, data: st.DataObject
) -> None:
    body = data.draw(bodies | spoilt(encode_short(BEHIND_A_TOKEN[path])))
    device.door.ticks.now += 3_601
    device.log_in()
    is_answer_of_ours(device.door.ask(path, device.token + body))
    is_answer_of_ours(device.door.ask(path, body))


@st.composite
def pushes(draw: st.DrawFn) -> bytes:
    """A compact exchange without its token: frames plain, named, gone on with, good or spoilt."""
    frames = []
    for _ in range(draw(st.integers(0, 4))):
        content = draw(st.sampled_from(BATCHES) | st.binary(min_size=1, max_size=400))
        name = batch_id(content) if draw(st.booleans()) else draw(st.sampled_from(NAMES_OF_BATCHES))
        if draw(st.booleans()):
            start = draw(st.integers(0, len(content)))
            frames.append(Frame(len(content), content[start:], name, start))
        else:
            frames.append(Frame(len(content), content))
    head = PushHead(
        draw(st.integers(0, 5)),
        draw(st.binary(min_size=16, max_size=16)),
        len(frames),
        draw(st.integers(0, limits.BATCH_MAX)),
        draw(st.sampled_from((0, 1, 2, 2**63 - 1))),
        draw(st.integers(0, limits.EXCHANGE_BYTES_MAX)),
    )
    if draw(st.booleans()):
        head = msgspec.structs.replace(head, position=0, chain=b"")
    body = b"".join(encode_push(bytes(16), head, frames))[16:]
    return body if draw(st.booleans()) else draw(spoilt(body))


NAMES_OF_BATCHES = [batch_id(one) for one in BATCHES] + [bytes(32)]


@FEW
@given(
    body=pushes() | bodies,
    cuts=st.lists(st.integers(0, 3_000), max_size=6),
    hangs_up=st.booleans(),
)
def test_any_compact_exchange_cut_anywhere_is_answered_by_name(
    device: Caller, body: bytes, cuts: list[int], hangs_up: bool
) -> None:
    device.door.ticks.now += 3_601
    device.log_in()
    body = device.token + body
    ends = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[start:end] for start, end in itertools.pairwise(ends)]
    answer = device.door.ask(paths.COMPACT_EXCHANGE, pieces, hangs_up=hangs_up)
    if answer.status != 400 or not hangs_up:
        is_answer_of_ours(answer)
    if answer.status == 200:
        answer.pulled()
    # Whatever came, the batches can be brought.
    whole = [Frame(len(one), one, batch_id(one)) for one in BATCHES]
    head, _ = device.compact(*whole).pulled()
    assert len(head.receipts) == len(BATCHES)


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
    cases: list[tuple[str, bytes, bool]] = [
        *((path, bomb, False) for path in GOOD),
        *((path, bomb, True) for path in BEHIND_A_TOKEN),
        (paths.exchange_path(CENTRE), framed, False),
        (paths.COMPACT_EXCHANGE, framed, True),
    ]
    for path, body, is_compact in cases:
        is_answer_of_ours(asked(device, path, body, is_compact=is_compact))
        tracemalloc.start()
        try:
            began = time.process_time()
            answer = asked(device, path, body, is_compact=is_compact)
            spent = time.process_time() - began
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        is_answer_of_ours(answer)
        assert answer.status in (400, 413)
        assert peak < 4 * limits.ROSTER_MAX
        assert spent < 2


@FEW
@given(data=st.data(), cuts=st.lists(st.integers(0, 6_000), max_size=4), hangs_up=st.booleans())
def test_any_piece_of_a_blob_is_answered_by_name(
    device: Caller, data: st.DataObject, cuts: list[int], hangs_up: bool
) -> None:
    device.door.ticks.now += 3_601
    device.log_in()
    start = data.draw(st.sampled_from((0, 1, 255, 5_000)) | st.integers(0, 2**64 - 1))
    name = data.draw(st.sampled_from((SCAN.id, bytes(32))))
    content = SCAN.content[start:] if data.draw(st.booleans()) else data.draw(st.binary())
    good = device.token + name + start.to_bytes(8) + content
    assert start or not content or good == encode_put(device.token, name, start, content)
    body = data.draw(st.just(good) | spoilt(good) | bodies)
    ends = sorted(min(one, len(body)) for one in cuts)
    pieces = [body[at:end] for at, end in itertools.pairwise([0, *ends, len(body)])]
    answer = device.door.ask(paths.BLOB_PUT, pieces, hangs_up=hangs_up)
    if not hangs_up or answer.status != 400 or answer.body:
        is_answer_of_ours(answer)
