"""The one type family of every paper: Andika, made for new readers, embedded as a subset; and one
face whose signs are all as wide, for what is typed back from paper sign by sign.

A PDF that names a font it does not hold makes viewers open every font of the system (seconds on an
old disk), and letters of Awajún may come out wrong: nothing but these may be named.
"""

from __future__ import annotations

import threading
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from app.resources import data_root

__all__ = ["BOLD", "MONO", "REGULAR", "register_fonts"]

REGULAR: Final = "Andika"
BOLD: Final = "Andika-Bold"
MONO: Final = "DejaVuSansMono"
_FILES: Final = {
    REGULAR: "Andika-Regular.ttf",
    MONO: "DejaVuSansMono.ttf",
    BOLD: "Andika-Bold.ttf",
}

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
        for name, file in _FILES.items():
            pdfmetrics.registerFont(TTFont(name, str(folder / file), shapable=False))
        pdfmetrics.registerFontFamily(
            REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD
        )
