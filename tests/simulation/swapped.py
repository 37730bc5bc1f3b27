"""Puts something broken in the place of something real, for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["swapped"]


@contextlib.contextmanager
def swapped(owner: Any, name: str, broken: Callable[[Any], Any]) -> Iterator[None]:
    """Put ``broken(real)`` in the place of ``owner.name``, and the real thing back."""
    real = getattr(owner, name)
    setattr(owner, name, broken(real))
    try:
        yield
    finally:
        setattr(owner, name, real)
