"""Windows without a screen."""

from tests.support.windows import screen

__all__ = ["screen"]
