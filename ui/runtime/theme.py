"""One palette, one style sheet, one font. Every colour also has a word and a shape beside it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template
from typing import Final

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from app.resources import data_root

__all__ = ["COLOURS", "CONTRAST_PAIRS", "apply_theme", "contrast", "dress"]

COLOURS: Final = {
    "page": "#F6F4F9",
    "card": "#FFFFFF",
    "text": "#1E1A26",
    "muted": "#5A5368",
    "line": "#D9D4E3",
    "field_border": "#857C96",
    "primary": "#5B2A86",
    "primary_dark": "#431C66",
    "primary_soft": "#EEE6F6",
    "on_primary": "#FFFFFF",
    "danger": "#A31621",
    "danger_soft": "#FCE9EA",
    "warning": "#7A4A00",
    "warning_soft": "#FFF0DB",
    "ok": "#1D6B34",
    "ok_soft": "#E4F4E8",
    "info": "#0B4F8A",
    "info_soft": "#E3F0FB",
    "focus": "#B45309",
}

CONTRAST_PAIRS: Final = (
    ("text", "page", 4.5),
    ("text", "card", 4.5),
    ("muted", "page", 4.5),
    ("muted", "card", 4.5),
    ("muted", "line", 4.5),
    ("primary", "card", 4.5),
    ("primary_dark", "primary_soft", 4.5),
    ("on_primary", "primary", 4.5),
    ("danger", "card", 4.5),
    ("danger", "danger_soft", 4.5),
    ("warning", "warning_soft", 4.5),
    ("ok", "ok_soft", 4.5),
    ("info", "info_soft", 4.5),
    ("field_border", "card", 3.0),
    ("field_border", "page", 3.0),
    ("focus", "card", 3.0),
)
"""Pairs that stand on each other, and the least contrast each needs (WCAG 2.2: 1.4.3, 1.4.11)."""

FONT_FILES: Final = ("Andika-Regular.ttf", "Andika-Bold.ttf")
FAMILY: Final = "Andika"
POINT_SIZE: Final = 10

_SHEET: Final = Path(__file__).with_name("style.qss")


def apply_theme(application: QApplication) -> None:
    """Give the application its style, font and palette; see dress(). GUI thread, once."""
    application.setStyle("Fusion")
    for name in FONT_FILES:
        QFontDatabase.addApplicationFont(str(data_root() / "fonts" / name))
    application.setFont(QFont(FAMILY, POINT_SIZE))
    palette = QPalette()
    for role, colour in (
        (QPalette.ColorRole.Window, "page"),
        (QPalette.ColorRole.Base, "card"),
        (QPalette.ColorRole.AlternateBase, "page"),
        (QPalette.ColorRole.WindowText, "text"),
        (QPalette.ColorRole.Text, "text"),
        (QPalette.ColorRole.ButtonText, "text"),
        (QPalette.ColorRole.Button, "card"),
        (QPalette.ColorRole.Highlight, "primary_soft"),
        (QPalette.ColorRole.HighlightedText, "text"),
        (QPalette.ColorRole.PlaceholderText, "muted"),
    ):
        palette.setColor(role, QColor(COLOURS[colour]))
    application.setPalette(palette)


def dress(window: QWidget) -> None:
    """Give a window the style sheet, and with it all that is in it or opens over it. GUI thread.

    The application itself has none: with one, every widget that finds its place in a layout is
    styled anew with all that it holds, and a quarter of the time of making a page went there.
    """
    window.setStyleSheet(_sheet())


@cache
def _sheet() -> str:
    return Template(_SHEET.read_text(encoding="utf-8")).substitute(COLOURS, **_images())


def contrast(first: str, second: str) -> float:
    """Return the WCAG contrast ratio of two colours written as ``#RRGGBB``."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _images() -> dict[str, str]:
    icons = data_root().parent.parent / "ui" / "icons"
    return {
        "check": (icons / "check-on-primary.svg").as_posix(),
        "radio": (icons / "radio-on.svg").as_posix(),
        "chevron": (icons / "chevron-down.svg").as_posix(),
    }
