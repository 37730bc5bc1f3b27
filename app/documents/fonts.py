"""The one type family of every paper: Andika, made for new readers, embedded as a subset.

A PDF that names a font it does not hold makes viewers open every font of the system (seconds on an
old disk), and letters of Awajún may come out wrong: nothing but these two may be named.
"""

from __future__ import annotations

import threading
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from app.resources import data_root

__all__ = ["BOLD", "REGULAR", "register_fonts"]

REGULAR: Final = "Andika"
BOLD: Final = "Andika-Bold"

_LOCK: Final = threading.Lock()


def register_fonts() -> None:
    """Make the fonts known to ReportLab, once a process; any thread.

    ``shapable`` is off: shaping draws some letters nicer, but the text then cannot be copied or
    searched whole.
    """
    with _LOCK:
        if BOLD in pdfmetrics.getRegisteredFontNames():
            return
        folder = data_root() / "fonts"
        for name in (REGULAR, BOLD):
            file = folder / ("Andika-Regular.ttf" if name == REGULAR else "Andika-Bold.ttf")
            pdfmetrics.registerFont(TTFont(name, str(file), shapable=False))
        pdfmetrics.registerFontFamily(
            REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD
        )
