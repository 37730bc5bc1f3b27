"""One palette, one style sheet, one font. Every colour also has a word and a shape beside it."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from app.resources import data_root

__all__ = ["COLOURS", "CONTRAST_PAIRS", "apply_theme", "contrast"]

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
"""Pairs that stand on each other, and the least contrast each needs (WCAG 2.2, 1.4.3 and 1.4.11)."""

FONT_FILES: Final = ("Andika-Regular.ttf", "Andika-Bold.ttf")
FAMILY: Final = "Andika"
POINT_SIZE: Final = 10

_SHEET: Final = """
* {{ color: {text}; }}
QWidget#page, QScrollArea, QScrollArea > QWidget > QWidget#page {{ background: {page}; }}
QFrame#card {{ background: {card}; border: 1px solid {line}; border-radius: 6px; }}
QFrame#bar {{ background: {card}; border-bottom: 1px solid {line}; }}
QFrame#statusbar {{ background: {card}; border-top: 1px solid {line}; }}
QFrame#rail {{ background: {page}; border-right: 1px solid {line}; }}
QLabel[role="title"] {{ font-size: 17pt; font-weight: bold; }}
QLabel[role="heading"] {{ font-size: 11pt; font-weight: bold; }}
QLabel[role="muted"] {{ color: {muted}; }}
QLabel[role="remark"] {{ color: {danger}; }}
QLabel[role="strong"] {{ font-weight: bold; }}
QFrame[tone="warning"] {{ background: {warning_soft}; border: 1px solid #E0A458; border-radius: 6px; }}
QFrame[tone="ok"] {{ background: {ok_soft}; border: 1px solid #8CC79C; border-radius: 6px; }}
QFrame[tone="danger"] {{ background: {danger_soft}; border: 1px solid #D98389; border-radius: 6px; }}
QFrame[tone="info"] {{ background: {info_soft}; border: 1px solid #8DB8DD; border-radius: 6px; }}
QLabel[chip="ok"] {{ color: {ok}; background: {ok_soft}; border: 1px solid {ok}; border-radius: 9px; padding: 1px 8px; }}
QLabel[chip="info"] {{ color: {info}; background: {info_soft}; border: 1px solid {info}; border-radius: 9px; padding: 1px 8px; }}
QLabel[chip="warning"] {{ color: {warning}; background: {warning_soft}; border: 1px solid {warning}; border-radius: 9px; padding: 1px 8px; }}
QLabel[chip="badge"] {{ color: {on_primary}; background: {primary}; border-radius: 9px; padding: 1px 8px; }}
QPushButton {{ background: {card}; border: 1px solid {field_border}; border-radius: 5px; padding: 5px 12px; min-height: 22px; }}
QPushButton:hover {{ background: {primary_soft}; }}
QPushButton:disabled {{ color: {muted}; background: {page}; border-color: {line}; }}
QPushButton:focus, QToolButton:focus, QRadioButton:focus, QCheckBox:focus {{ outline: none; border: 2px solid {focus}; }}
QPushButton[kind="primary"] {{ background: {primary}; color: {on_primary}; border-color: {primary}; font-weight: bold; }}
QPushButton[kind="primary"]:hover {{ background: {primary_dark}; }}
QPushButton[kind="primary"]:disabled {{ background: {muted}; border-color: {muted}; color: {on_primary}; }}
QPushButton[kind="primary"]:focus {{ border: 2px solid {focus}; }}
QPushButton[kind="danger"] {{ color: {danger}; border-color: {danger}; }}
QPushButton[kind="nav"] {{ text-align: left; border: none; background: transparent; padding: 7px 10px; }}
QPushButton[kind="nav"]:hover {{ background: {primary_soft}; }}
QPushButton[kind="nav"]:checked {{ background: {primary_soft}; color: {primary_dark}; font-weight: bold; border-left: 4px solid {primary}; }}
QPushButton[kind="nav"]:focus {{ border: 2px solid {focus}; }}
QPushButton[kind="step"] {{ padding: 3px 8px; min-height: 18px; }}
QPushButton[kind="step"]:checked {{ background: {primary}; color: {on_primary}; border-color: {primary}; font-weight: bold; }}
QPushButton[kind="step"][done="true"] {{ background: {ok_soft}; }}
QPushButton[kind="step"][done="true"]:checked {{ background: {primary}; }}
QPushButton[kind="link"] {{ border: none; background: transparent; color: {primary}; text-align: left; padding: 3px 4px; text-decoration: underline; }}
QPushButton[kind="link"]:focus {{ border: 2px solid {focus}; }}
QPushButton[kind="chip"] {{ border-radius: 12px; padding: 2px 12px; min-height: 20px; }}
QPushButton[kind="chip"]:checked {{ background: {primary_soft}; color: {primary_dark}; border-color: {primary}; font-weight: bold; }}
QLineEdit, QPlainTextEdit, QComboBox, QListView, QTableView, QListWidget {{ background: {card}; border: 1px solid {field_border}; border-radius: 5px; selection-background-color: {primary_soft}; selection-color: {text}; }}
QLineEdit, QComboBox {{ padding: 3px 6px; min-height: 24px; }}
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QTableView:focus, QListView:focus, QListWidget:focus {{ border: 2px solid {focus}; }}
QLineEdit[problem="true"], QPlainTextEdit[problem="true"], QComboBox[problem="true"] {{ border: 2px solid {danger}; }}
QLineEdit:disabled, QPlainTextEdit:disabled, QComboBox:disabled {{ background: {page}; color: {muted}; }}
QComboBox::drop-down {{ border: none; width: 22px; }}
QComboBox::down-arrow {{ image: url({chevron}); width: 14px; height: 14px; }}
QComboBox QAbstractItemView {{ background: {card}; border: 1px solid {field_border}; selection-background-color: {primary_soft}; selection-color: {text}; }}
QCheckBox, QRadioButton {{ spacing: 7px; border: 2px solid transparent; border-radius: 4px; padding: 1px 3px; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: 16px; height: 16px; border: 1px solid {field_border}; background: {card}; }}
QCheckBox::indicator {{ border-radius: 3px; }}
QRadioButton::indicator {{ border-radius: 8px; }}
QCheckBox::indicator:checked {{ background: {primary}; border-color: {primary}; image: url({check}); }}
QRadioButton::indicator:checked {{ background: {primary}; border: 4px solid {card}; outline: 1px solid {primary}; }}
QHeaderView::section {{ background: {primary_soft}; border: none; border-bottom: 1px solid {line}; padding: 5px 6px; font-weight: bold; }}
QTableView {{ gridline-color: {line}; alternate-background-color: {page}; }}
QProgressBar {{ border: 1px solid {field_border}; border-radius: 4px; background: {card}; max-height: 12px; }}
QProgressBar::chunk {{ background: {primary}; border-radius: 3px; }}
QToolTip {{ background: {text}; color: {card}; border: none; padding: 4px; }}
QMenu {{ background: {card}; border: 1px solid {field_border}; }}
QMenu::item:selected {{ background: {primary_soft}; }}
"""


def apply_theme(application: QApplication) -> None:
    """Give the application its font, palette and style sheet. GUI thread, once."""
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
    application.setStyleSheet(_SHEET.format(**COLOURS, **_images()))


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
        "chevron": (icons / "chevron-down.svg").as_posix(),
    }
