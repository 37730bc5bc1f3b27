"""Odd input on which every reader must agree, kept for ever: what is taken, and by which reason the
rest is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sync.protocol.signature import Purpose, is_signed
from tests.support.make_vectors_edges import (
    can_receive,
    fate_of_compressed,
    fate_of_front,
    fate_of_payload,
)
from tests.support.make_vectors_more import FOLDER

EDGES: dict[str, Any] = json.loads((FOLDER / "edges.json").read_text(encoding="utf-8"))


def edges(name: str) -> Any:
    """Run a test once for each edge of this name."""
    return pytest.mark.parametrize("edge", EDGES[name], ids=lambda edge: edge["title"])


@edges("fronts")
def test_a_front_is_a_batch_or_not_by_its_first_reason(edge: dict[str, str]) -> None:
    assert fate_of_front(bytes.fromhex(edge["content"])) == edge["becomes"]


@edges("compressed")
def test_what_is_sealed_is_unpacked_or_refused_as_a_whole(edge: dict[str, str]) -> None:
    assert fate_of_compressed(bytes.fromhex(edge["content"])) == edge["becomes"]


@edges("payloads")
def test_columns_say_changes_or_nothing(edge: dict[str, str]) -> None:
    assert fate_of_payload(bytes.fromhex(edge["content"])) == edge["becomes"]


@edges("signatures")
def test_a_signature_is_good_for_everybody_or_for_nobody(edge: dict[str, Any]) -> None:
    key, signature = (bytes.fromhex(edge[name]) for name in ("key", "signature"))
    signed = bytes.fromhex(EDGES["signed"])
    assert is_signed(key, Purpose.BATCH, signed, signature) is edge["is_good"]


@edges("receive_keys")
def test_a_key_receives_or_is_none(edge: dict[str, Any]) -> None:
    assert can_receive(bytes.fromhex(edge["key"])) is edge["can_receive"]
