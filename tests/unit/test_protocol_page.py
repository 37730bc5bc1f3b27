"""The page of the protocol names what the code signs and hashes for: who implements from it misses
none, and uses none for something else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sync.protocol.signature import Purpose

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("purpose", Purpose, ids=lambda one: one.name)
def test_every_purpose_of_a_signature_stands_there(purpose: Purpose) -> None:
    assert f"`{purpose.value.decode()}`" in PAGE


def test_every_hash_with_a_name_of_its_own_stands_there() -> None:
    rooms = [*(ROOT / "sync" / "protocol").glob("*.py"), *(ROOT / "sync" / "envelope").glob("*.py")]
    sources = "\n".join(one.read_text(encoding="utf-8") for one in rooms)
    named = set(re.findall(r'b"(qispi-[a-z]+-[0-9])"', sources))
    assert len(named) > 5
    assert {one for one in named if f"`{one}`" not in PAGE} == set()
