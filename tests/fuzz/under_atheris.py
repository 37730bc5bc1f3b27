"""One decoder under atheris: ``python -m tests.fuzz.under_atheris TARGET [libFuzzer options]``."""

from __future__ import annotations

import sys

import atheris  # in an environment of its own

_WATCHED = ["sync", "db.frames", "db.archive", "db.wal", "db.cipher_page", "db.laptop_copy"]
with atheris.instrument_imports(include=[*_WATCHED, "app.crypto", "app.apart"]):
    from tests.fuzz.targets import TARGETS

_NAME = sys.argv.pop(1)


def one(content: bytes) -> None:
    """Try an input."""
    TARGETS[_NAME].run(content)


atheris.Setup(sys.argv, one)
atheris.Fuzz()
