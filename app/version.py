"""Which version of the program runs: that of ``pyproject.toml``, wherever it was installed."""

from __future__ import annotations

from typing import Final

__all__ = ["PROGRAM_VERSION"]

PROGRAM_VERSION: Final = "0.1.0"
