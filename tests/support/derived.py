"""What words give with a salt and a cost is worked out once for a whole test run.

Argon2id over 256 MiB and scrypt over 128 MiB are slow on purpose, and a test that opens one laptop
with its words five times pays five times for one and the same answer. The libraries' functions are
pure: what was worked out, by them, is given again. Nothing of ours is replaced, and what words were
not derived before, wrong ones also, are derived at their full cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Final

import pytest

import app.crypto.age_file
import app.crypto.passphrase

__all__ = ["derived_once"]

HELD: Final = 512


@contextmanager
def derived_once() -> Iterator[None]:
    """Until the block ends, no words are derived twice with one salt and one cost."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((app.crypto.passphrase, "Argon2id"), (app.crypto.age_file, "Scrypt")):
            patch.setattr(module, name, _remembering(getattr(module, name)))
        yield


def _remembering(function: Any) -> Any:
    @lru_cache(HELD)
    def derived(words: bytes, **settings: Any) -> bytes:
        return function(**settings).derive(words)  # type: ignore[no-any-return]

    class Remembering:
        def __init__(self, **settings: Any) -> None:
            self._settings = settings

        def derive(self, words: bytes) -> bytes:
            return derived(words, **self._settings)

    return Remembering
