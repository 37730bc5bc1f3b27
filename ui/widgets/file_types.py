"""What kind of file an attachment is, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.i18n import N_

__all__ = ["FILE_TYPES"]

FILE_TYPES: Final[Mapping[str, str]] = {
    "image/jpeg": N_("Foto"),
    "image/png": N_("Imagen"),
    "application/pdf": N_("PDF"),
}
