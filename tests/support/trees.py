"""What YAML says is worked out once in a test run for each text.

A test that plants a fault in one of the program's data files reads the other seventy as they are,
and so does each laptop that a test opens: most of what reading the definitions costs. A tree is
given as it was read; whoever reads one changes nothing in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

import pytest

from app.datafiles import yaml_tree

__all__ = ["shared_trees"]

HELD: Final = 300
"""Trees kept: the program has some eighty files, and tests spoil one at a time."""


@contextmanager
def shared_trees() -> Iterator[None]:
    """Until the block ends, a text that was read before gives the tree of then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_tree, "parse_yaml", lru_cache(HELD)(yaml_tree.parse_yaml))
        yield
