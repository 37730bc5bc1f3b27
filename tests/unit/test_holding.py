"""What a laptop says on a stick to hold: every byte as the protocol page says."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import struct
from pathlib import Path

import pytest

from sync.protocol.batch import Seen
from sync.protocol.errors import CodecError
from sync.protocol.holding import (
    HOLDING_IDS_MAX,
    HOLDING_MAX,
    HOLDING_MIN,
    Holding,
    holding_name,
    holding_said,
    is_holding_signed,
    parse_holding,
)
from sync.protocol.signature import Purpose, is_signed

VECTORS = Path(__file__).parent.parent / "vectors"
VALUES = {
    name: bytes.fromhex(value)
    for name, value in json.loads((VECTORS / "values.json").read_text()).items()
    if isinstance(value, str) and not name.endswith("code")
}
CONTENT = (VECTORS / "more" / "holding.bin").read_bytes()
IDS = tuple(sorted((VALUES["batch_2_id"], b"\x77" * 32)))


def whole() -> Holding:
    return Holding(
        centre=VALUES["centre"],
        device=VALUES["device_id"],
        format=2,
        seen=Seen(VALUES["log_id"], 1, VALUES["chain_1"]),
        ids=IDS,
    )


def test_the_vector_is_what_the_page_says() -> None:
    said = b"".join(
        (
            b"QSPH\x01",
            VALUES["centre"],
            VALUES["device_id"],
            b"\x02",
            VALUES["log_id"],
            struct.pack(">Q", 1),
            VALUES["chain_1"],
            *IDS,
        )
    )
    assert CONTENT[:-64] == said == holding_said(whole())
    assert len(CONTENT) == 94 + 2 * 32 + 64
    assert is_signed(VALUES["device_sign_key"], Purpose.HOLDING, said, CONTENT[-64:])
    assert is_holding_signed(CONTENT, VALUES["device_sign_key"])
    assert parse_holding(CONTENT) == whole()
    named = VALUES["centre"] + VALUES["device_id"]
    assert (
        holding_name(VALUES["centre"], VALUES["device_id"])
        == hashlib.blake2b(named, digest_size=32, person=b"qispi-holding-1").digest()
    )


def is_believed(content: bytes) -> bool:
    try:
        parse_holding(content)
    except CodecError as refusal:
        assert refusal.reason in {"holding_malformed", "holding_unknown_version"}
        return False
    return is_holding_signed(content, VALUES["device_sign_key"])


def test_no_turned_byte_and_no_cut_is_believed() -> None:
    assert is_believed(CONTENT)
    for at in range(len(CONTENT)):
        changed = bytearray(CONTENT)
        changed[at] ^= 0x01
        assert not is_believed(bytes(changed))
        assert not is_believed(CONTENT[:at])
    assert not is_believed(CONTENT + bytes(32))
    assert not is_believed(CONTENT[:-64] + IDS[0] + CONTENT[-64:])


def test_who_never_met_the_region_and_who_holds_nothing_beside_its_log_says_so() -> None:
    never = dataclasses.replace(whole(), seen=None, ids=())
    said = holding_said(never)
    assert len(said) + 64 == HOLDING_MIN
    assert said[38:94] == bytes(56)
    assert parse_holding(said + bytes(64)) == never


def test_a_log_in_which_nothing_stands_yet_has_a_name_already() -> None:
    """The region's server was reached, and no batch of the centre is in its log."""
    empty = dataclasses.replace(whole(), seen=Seen(VALUES["log_id"], 0, VALUES["chain_0"]))
    assert parse_holding(holding_said(empty) + bytes(64)) == empty


def test_one_word_has_one_form() -> None:
    for wrong in (
        dataclasses.replace(whole(), ids=IDS[::-1]),
        dataclasses.replace(whole(), ids=(IDS[0], IDS[0])),
        dataclasses.replace(whole(), seen=Seen(bytes(16), 0, bytes(32))),
        dataclasses.replace(whole(), seen=Seen(bytes(16), 1, VALUES["chain_1"])),
        dataclasses.replace(whole(), seen=Seen(VALUES["log_id"], 2**63, bytes(32))),
        dataclasses.replace(whole(), seen=Seen(VALUES["log_id"], -1, bytes(32))),
        dataclasses.replace(whole(), format=256),
        dataclasses.replace(whole(), ids=(IDS[0][:-1],)),
        dataclasses.replace(whole(), centre=b"\x01"),
    ):
        with pytest.raises(CodecError, match="holding_malformed"):
            holding_said(wrong)


def test_a_word_of_the_largest_size_is_read_and_one_more_is_refused() -> None:
    ids = tuple(number.to_bytes(32, "big") for number in range(HOLDING_IDS_MAX))
    content = holding_said(dataclasses.replace(whole(), ids=ids)) + bytes(64)
    assert len(content) == HOLDING_MAX
    assert len(parse_holding(content).ids) == HOLDING_IDS_MAX
    with pytest.raises(CodecError, match="holding_over_limit"):
        holding_said(dataclasses.replace(whole(), ids=(*ids, b"\xff" * 32)))
