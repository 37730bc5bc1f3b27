"""Labels, boxes, chips and buttons in the house's manner. Nothing here knows a screen."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent
from PySide6.QtGui import Qt as RichText
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from ui.runtime.icons import icon

__all__ = [
    "Box",
    "CheckableButton",
    "button",
    "card",
    "chip",
    "holds_focus",
    "is_held_enter",
    "label",
    "plain_tip",
    "restyle",
    "scrolling",
    "set_tip",
    "set_tone",
]


def _doubled(words: str) -> str:
    """Return words as Qt takes them where ``&`` marks a key: in a name it is a letter. No string of
    ours marks one."""
    return words.replace("&", "&&")


class _Label(QLabel):
    """A label that says its words as they are, also where it leads into a line."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""

    def text(self) -> str:
        """Override QLabel::text."""
        return self._words

    def setText(self, words: str) -> None:
        """Override QLabel::setText."""
        self._words = words
        super().setText(_doubled(words) if self.buddy() else words)

    def clear(self) -> None:
        """Override QLabel::clear."""
        self.setText("")

    def setBuddy(self, buddy: QWidget) -> None:
        """Override QLabel::setBuddy: from now on Qt looks for a key."""
        super().setBuddy(buddy)
        self.setText(self._words)


class _Button(QPushButton):
    """A button that says its words as they are."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""

    def text(self) -> str:
        """Override QAbstractButton::text."""
        return self._words

    def setText(self, words: str) -> None:
        """Override QAbstractButton::setText."""
        self._words = words
        super().setText(_doubled(words))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Override QPushButton::keyPressEvent: Enter that is held down presses once."""
        if not is_held_enter(event):
            super().keyPressEvent(event)


def is_held_enter(event: QKeyEvent) -> bool:
    """Return whether a key press is an Enter that was down already. What came of its first moment
    nobody has read yet, and so nobody goes on from there."""
    return event.isAutoRepeat() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)


def label(role: str = "", *, wraps: bool = True) -> QLabel:
    """Return a label; ``role`` is ``title``, ``step``, ``heading``, ``muted``, ``remark`` or
    ``strong``."""
    made = _Label()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(wraps)
    if role:
        made.setProperty("role", role)
    return made


def chip(kind: str) -> QLabel:
    """Return a small rounded word: ``ok``, ``info``, ``warning`` or ``badge``."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("chip", kind)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
    return made


_ICON_COLOURS: Final = {"primary": "on_primary", "danger": "danger", "link": "primary"}


def button(kind: str = "", icon_name: str = "") -> QPushButton:
    """Return a button: plain, ``primary``, ``danger`` or ``link``."""
    made = _Button()
    _dress(made, kind, icon_name)
    return made


class CheckableButton(_Button):
    """A button that stays pressed: ``chip``, ``step`` or ``nav``. Its words are bold while it is
    pressed, and it is wide enough for them from the start."""

    def __init__(self, kind: str, icon_name: str = "") -> None:
        super().__init__()
        self.setCheckable(True)
        _dress(self, kind, icon_name)

    def sizeHint(self) -> QSize:
        """Override QWidget::sizeHint."""
        bold = QFont(self.font())
        bold.setBold(True)
        wider = QFontMetrics(bold).horizontalAdvance(self.text())
        return super().sizeHint() + QSize(
            max(0, wider - self.fontMetrics().horizontalAdvance(self.text())), 0
        )

    def minimumSizeHint(self) -> QSize:
        """Override QWidget::minimumSizeHint."""
        return self.sizeHint()


def _dress(made: QPushButton, kind: str, icon_name: str) -> None:
    # Enter presses the button that holds the focus, as the space bar does. No page is a dialog:
    # Enter in a line never reaches a button.
    made.setAutoDefault(True)
    if kind:
        made.setProperty("kind", kind)
    if icon_name:
        made.setIcon(icon(icon_name, _ICON_COLOURS.get(kind, "text")))


def card(*, spacing: int = 8, margin: int = 12) -> tuple[QFrame, QVBoxLayout]:
    """Return a white box and its column."""
    frame = QFrame()
    frame.setObjectName("card")
    column = QVBoxLayout(frame)
    column.setSpacing(spacing)
    column.setContentsMargins(margin, margin, margin, margin)
    return frame, column


class Box(QFrame):
    """A coloured box with a heading, a sentence and room for buttons, below or ``is_row``: beside
    them. ``warning``, ``ok``, ``danger`` or ``info``. It says its words to a screen reader as
    one."""

    def __init__(self, tone: str, *, is_row: bool = False) -> None:
        super().__init__()
        self.setProperty("tone", tone)
        whole = QHBoxLayout(self) if is_row else QVBoxLayout(self)
        # In a row it takes its line from pages that fill a small screen.
        above = 3 if is_row else 8
        whole.setContentsMargins(12, above, 12, above)
        whole.setSpacing(8 if is_row else 3)
        column = QVBoxLayout()
        column.setSpacing(3)
        whole.addLayout(column, 1)
        self.heading = label("heading")
        self.sentence = label()
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.sentence)
        if not is_row:
            column.addStretch(1)  # height to spare stays below the words
        whole.addLayout(self.buttons)

    def say(self, heading: str, sentence: str = "") -> None:
        """Show these words."""
        self.heading.setText(heading)
        self.heading.setVisible(bool(heading))
        self.sentence.setText(sentence)
        self.sentence.setVisible(bool(sentence))
        self.setAccessibleName(f"{heading} {sentence}".strip())


def set_tip(widget: QWidget, words: str) -> None:
    """Give a widget a tool tip that may hold what somebody typed."""
    widget.setToolTip(plain_tip(words))


def plain_tip(words: str) -> str:
    """Return words as a tool tip in which they read as they are. Qt takes for markup what looks
    like it: a name would hide what stands in brackets, or fetch a picture over the network."""
    return RichText.convertFromPlainText(words) if RichText.mightBeRichText(words) else words


def set_tone(box: QFrame, tone: str) -> None:
    """Give a box another colour."""
    if box.property("tone") != tone:
        box.setProperty("tone", tone)
        restyle(box)


def restyle(widget: QWidget) -> None:
    """Apply the style sheet anew after a property changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)


def holds_focus(widget: QWidget) -> bool:
    """Return whether the keyboard is in this widget."""
    focused = QApplication.focusWidget()
    return focused is not None and (focused is widget or widget.isAncestorOf(focused))


def scrolling(content: QWidget) -> QScrollArea:
    """Return the content in an area that scrolls vertically only."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    # The area itself takes no focus: its fields do, and it follows them.
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(content)
    return area
