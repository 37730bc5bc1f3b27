"""What the page of synchronisation tells stands in the manual in the same words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.services.sync_advice import PROCEDURES, fact_procedure
from app.services.sync_messages import SYNC_SENTENCES

MANUAL = (Path(__file__).parents[2] / "docs" / "operator.md").read_text(encoding="utf-8")
TOLD = [name for name in SYNC_SENTENCES if fact_procedure(name) is not None]


@pytest.mark.parametrize("fact", TOLD)
def test_whoever_reads_a_sentence_finds_it_in_its_procedure(fact: str) -> None:
    number = fact_procedure(fact)
    assert number is not None
    begins = MANUAL.index(f"### {number}. {PROCEDURES[number]}")
    procedure = " ".join(MANUAL[begins : MANUAL.find("### ", begins + 4)].split())
    head = re.split(r" \(|[:.]", SYNC_SENTENCES[fact])[0]
    assert f"«{head}" in procedure


def test_a_doubled_number_is_told_apart_on_paper_by_what_differs() -> None:
    """Copies of a laptop write with one letter."""
    assert "letra" not in SYNC_SENTENCES["case_numbers_twice"]
    assert "«bis»" in SYNC_SENTENCES["case_numbers_twice"]
    assert "«bis»" in MANUAL


@pytest.mark.parametrize("fact", ["other_history_seen", "receipt_broken"])
def test_what_a_server_does_is_told_without_words_of_the_protocol(fact: str) -> None:
    behind = ("server_may_be_old", "server_gets_all")
    said = " ".join(SYNC_SENTENCES[one] for one in (fact, *behind))
    assert "copia anterior" in said
    assert "se envía de nuevo" in said
    assert not re.search("registro|recibo", said, re.IGNORECASE)
