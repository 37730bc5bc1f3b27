"""The word of the region's server, as it lies on sticks: every byte as the protocol page says."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import struct
from pathlib import Path

from sync.protocol.errors import CodecError
from sync.protocol.extract import (
    LogExtract,
    encode_extract,
    extract_centre,
    extract_name,
    parse_extract,
)
from sync.protocol.messages import receipt_bytes
from sync.protocol.signature import Purpose, is_signed

VECTORS = Path(__file__).parent.parent / "vectors"
VALUES = {
    name: bytes.fromhex(value)
    for name, value in json.loads((VECTORS / "values.json").read_text()).items()
    if isinstance(value, str) and not name.endswith("code")
}
CONTENT = (VECTORS / "extract.bin").read_bytes()
IDS = (VALUES["batch_1_id"], VALUES["batch_2_id"])


def whole() -> LogExtract:
    return LogExtract(
        centre=VALUES["centre"],
        log_id=VALUES["log_id"],
        position=2,
        before=VALUES["chain_0"],
        signature=VALUES["receipt_signature"],
        ids=IDS,
    )


def test_the_vector_is_what_the_page_says() -> None:
    assert (
        b"".join(
            (
                b"QSPX\x01",
                VALUES["centre"],
                VALUES["log_id"],
                struct.pack(">Q", 2),
                VALUES["chain_0"],
                whole().signature,
                *IDS,
            )
        )
        == CONTENT
    )
    assert len(CONTENT) == 141 + 2 * 32
    named = VALUES["centre"] + VALUES["log_id"]
    assert (
        extract_name(VALUES["centre"], VALUES["log_id"])
        == hashlib.blake2b(named, digest_size=32, person=b"qispi-extract-1").digest()
    )


def test_the_vector_reads_and_is_written_alike() -> None:
    found = parse_extract(CONTENT)
    assert found == whole()
    assert encode_extract(found) == CONTENT
    assert extract_centre(CONTENT[:21]) == VALUES["centre"]
    receipt = found.receipt()
    assert (receipt.batch, receipt.position, receipt.chain) == (IDS[1], 2, VALUES["chain_2"])
    said = receipt_bytes(receipt.batch, receipt.log_id, receipt.position, receipt.chain)
    assert is_signed(VALUES["server_key"], Purpose.RECEIPT, said, receipt.signature)


def test_an_extract_may_begin_later_than_the_log() -> None:
    later = dataclasses.replace(whole(), before=VALUES["chain_1"], ids=IDS[1:])
    assert later.first == 2
    assert parse_extract(encode_extract(later)).receipt() == whole().receipt()


def is_believed(content: bytes) -> bool:
    """Return whether a laptop of that centre takes the server's word from these bytes."""
    try:
        found = parse_extract(content)
    except CodecError as refusal:
        assert refusal.reason in {"extract_malformed", "extract_unknown_version"}
        return False
    one = found.receipt()
    said = receipt_bytes(one.batch, one.log_id, one.position, one.chain)
    is_theirs = is_signed(VALUES["server_key"], Purpose.RECEIPT, said, one.signature)
    return is_theirs and found.centre == VALUES["centre"]


def test_no_turned_byte_and_no_cut_is_believed() -> None:
    assert is_believed(CONTENT)
    for at in range(len(CONTENT)):
        changed = bytearray(CONTENT)
        changed[at] ^= 0x01
        assert not is_believed(bytes(changed))
        assert not is_believed(CONTENT[:at])
    assert not is_believed(CONTENT + bytes(32))
