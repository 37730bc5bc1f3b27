"""Every reason of the exchange has its sentence, and every sentence its reason."""

from __future__ import annotations

import re
from pathlib import Path

from app.services.exchange_messages import EXCHANGE_SENTENCES
from app.services.messages import SENTENCES

_ID = re.compile(
    r'"((?:official|dataset|exchange|export|file_exists|days|banding|recipient|seal)_?[a-z0-9_]*)"'
)
_ROOMS = (
    "app/domain",
    "app/services",
    "app/exchange_commands.py",
    "app/files_apart.py",
    "app/seal_commands.py",
    "app/sealed_export.py",
)
_NO_REASON = {"official_check"}  # its words are those of the check


def test_reasons_and_sentences_are_the_same(checkout: Path) -> None:
    used: set[str] = set()
    for room in _ROOMS:
        path = checkout / room
        for module in [path] if path.is_file() else path.glob("*.py"):
            if module.name != "exchange_messages.py":
                used |= set(_ID.findall(module.read_text(encoding="utf-8")))

    assert set(EXCHANGE_SENTENCES) <= used
    assert {one for one in used if one.startswith("official_")} - _NO_REASON <= set(SENTENCES)


def test_no_sentence_of_the_exchange_hides_another() -> None:
    assert all(SENTENCES[name] == words for name, words in EXCHANGE_SENTENCES.items())
