"""Qt's own buttons and menus speak the language of the screens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QDialogButtonBox
from pytestqt.qtbot import QtBot

from app.i18n import LANGUAGES, load
from tests.locales.catalogue_lint import qt_texts
from ui.runtime.text import Texts


@pytest.fixture
def texts(qtbot: QtBot) -> Iterator[Texts]:
    made = Texts("es")
    made.install()
    yield made
    shiboken6.delete(made)


def bare(text: str) -> str:
    return text.replace("&", "")


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("row", qt_texts(), ids=lambda row: f"{row['context']}-{row['text']}")
def test_a_text_of_qt_is_never_english(texts: Texts, row: dict[str, str], code: str) -> None:
    texts.switch(code)
    shown = QCoreApplication.translate(row["context"], row["text"])
    ours = load(code).pgettext(row["context"], row["text"])
    spanish = row["es"]

    assert bare(shown) == (bare(ours) if ours != row["text"] else spanish)


def test_a_button_box_changes_with_the_language(texts: Texts, qtbot: QtBot) -> None:
    said = []
    for code in ("es", "quy", "agr"):
        texts.switch(code)
        box = QDialogButtonBox(QDialogButtonBox.StandardButton.Save)
        qtbot.addWidget(box)
        said.append(bare(box.button(QDialogButtonBox.StandardButton.Save).text()))

    assert said == ["Guardar", "Waqaychay", "Ukukta"]
