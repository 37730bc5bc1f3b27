"""The pictures and PDF of a case beside its risk: what there is, looking at one, attaching one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from app.i18n import N_
from app.services.attachments import DESCRIPTION_MAX, AttachmentRow
from ui.runtime.text import Texts
from ui.screens.risk.words import day_words
from ui.widgets.file_types import FILE_TYPES
from ui.widgets.pieces import button, card, label, restyle
from ui.widgets.place import place_words

__all__ = ["AttachmentsCard"]

_KILOBYTE: Final = 1024
_TARGET: Final = 34
"""What is pressed is at least so high."""

_ELSEWHERE: Final = N_("▲ está en otro equipo, aquí no")
_ON_ITS_WAY: Final = N_("en camino: llega con la próxima sincronización")


class AttachmentsCard(QWidget):
    """The card of the attachments.

    Signals:
        attach_wanted: choose a picture or PDF.
        seen: the id of an attachment to look at.
        withdrawn: the id of an attachment that should not be in this case.
        asked_for: the id of one whose bytes should come here.
    """

    attach_wanted = Signal()
    seen = Signal(str)
    withdrawn = Signal(str)
    asked_for = Signal(str)

    def __init__(self, texts: Texts) -> None:
        super().__init__()
        self._texts = texts
        self._asked: QPushButton | None = None
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        frame, column = card(spacing=4, margin=10)
        whole.addWidget(frame)
        title = label("strong")
        texts.bind(title, "setText", N_("Adjuntos"))
        self._files = QVBoxLayout()
        self._files.setSpacing(2)
        self.description = QLineEdit()
        self.description.setMaxLength(DESCRIPTION_MAX)
        texts.bind(self.description, "setPlaceholderText", N_("Qué es: por ejemplo, hoja 1"))
        texts.bind(self.description, "setAccessibleName", N_("Descripción del adjunto"))
        self.attach = button("", "upload")
        texts.bind(self.attach, "setText", N_("Adjuntar foto o PDF"))
        self.attach.clicked.connect(self.attach_wanted)
        self.remark = label("muted")
        self.remark.hide()
        hint = label("muted")
        texts.bind(
            hint,
            "setText",
            N_("De una foto se guarda la imagen, sin el lugar ni la hora en que se tomó."),
        )
        column.addWidget(title)
        column.addLayout(self._files)
        column.addWidget(self.description)
        column.addWidget(self.attach)
        column.addWidget(self.remark)
        column.addWidget(hint)

    def show_rows(self, rows: Sequence[AttachmentRow]) -> None:
        """Show what is attached."""
        self._asked = None
        self.empty()
        for row in rows:
            self._files.addWidget(self._attachment(row))

    def show_other_case(self) -> None:
        """Another case is on its way: what was said is of the one before."""
        self.empty()
        self._say("")

    def empty(self) -> None:
        """Show none."""
        while (item := self._files.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def say_looking(self, *, is_so: bool) -> None:
        """Whether a file was chosen and is being looked at."""
        self.attach.setEnabled(not is_so)
        self._say(self._texts(N_("Revisando el archivo…")) if is_so else "")

    def say_kept(self, remarks: Sequence[str]) -> None:
        """What was described is kept; and what one should know of it."""
        self.description.clear()
        self._say(" ".join([self._texts(N_("Adjuntado.")), *remarks]))

    def say_refused(self, why: str) -> None:
        """It was not attached, and why. What was typed stays."""
        self._say(f"▲ {why}", is_refusal=True)
        self.attach.setFocus()

    def _say(self, words: str, *, is_refusal: bool = False) -> None:
        self.remark.setProperty("role", "remark" if is_refusal else "muted")
        restyle(self.remark)
        self.remark.setText(words)
        self.remark.setVisible(bool(words))
        # A screen reader says it of the button that was pressed.
        self.attach.setAccessibleDescription(words)

    def _attachment(self, row: AttachmentRow) -> QWidget:
        entry = QWidget()
        column = QVBoxLayout(entry)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        words = label()
        words.setText(self._said(row))
        take_back = self._link(self._texts(N_("Quitar")), words.text())
        question = label()
        question.setText(self._texts(N_("¿Quitarlo de este caso? Presione otra vez.")))
        question.hide()
        take_back.clicked.connect(lambda: self._withdraw(take_back, question, row))
        column.addWidget(words)
        if row.has_content:
            look = self._link(self._texts(N_("Ver")), words.text())
            look.clicked.connect(lambda: self.seen.emit(row.attachment_id))
            column.addWidget(look)
        elif not row.is_wanted:
            fetch = self._link(self._texts(N_("Traer ahora")), words.text())
            fetch.clicked.connect(lambda: self.asked_for.emit(row.attachment_id))
            column.addWidget(fetch)
        column.addWidget(question)
        column.addWidget(take_back)
        return entry

    def _said(self, row: AttachmentRow) -> str:
        size = self._texts(N_("{size} KB"), size=max(1, round(row.size / _KILOBYTE)))
        kind = FILE_TYPES.get(row.media_type)
        parts = [
            row.description,
            self._texts(kind) if kind else row.media_type,
            size,
            day_words(self._texts, row.attached_on),
            row.by,
        ]
        if row.place is not None:
            parts.append(place_words(self._texts, row.place))
        if not row.has_content:
            parts.append(self._texts(_ON_ITS_WAY if row.is_wanted else _ELSEWHERE))
        return " · ".join(one for one in parts if one)

    def _link(self, said: str, of_what: str) -> QPushButton:
        link = button("link")
        link.setMinimumHeight(_TARGET)
        link.setText(said)
        link.setAccessibleName(f"{said}: {of_what}")
        return link

    def _withdraw(self, pressed: QPushButton, question: QLabel, row: AttachmentRow) -> None:
        """Take back what is pressed twice: the first press asks, in words that wrap."""
        if self._asked is pressed:
            self.withdrawn.emit(row.attachment_id)
            return
        self._asked = pressed
        question.show()
        pressed.setText(self._texts(N_("Sí, quitar")))
        pressed.setAccessibleName(f"{question.text()} {pressed.text()}")
