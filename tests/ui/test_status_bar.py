"""The line at the foot keeps what matters on a small screen: the state, and what waits."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from tests.support.pseudo import pseudo
from tests.support.windows import SMALL, Screen, shown_children
from ui.status_bar import StatusBar

TIME = "última sincronización hace 23 minutos"
USUAL = f"Sin conexión · {TIME} · 14 cambios y 2 adjuntos por enviar"
LONGEST = (
    f"Sin conexión en el último intento · {TIME} · 14 cambios, 2 adjuntos y 3 paquetes por enviar"
)


def shown(screen: Screen, said: str) -> QLabel:
    """Say something at the foot and return the label that shows it."""
    (foot,) = [one for one in shown_children(screen.window) if isinstance(one, StatusBar)]
    foot.show_saved("Todo guardado en este equipo · 10:32")
    foot.show_status(said)
    screen.settle()
    assert screen.window.width() == SMALL.width()
    (label,) = [
        one for one in shown_children(foot) if isinstance(one, QLabel) and one.toolTip() == said
    ]
    assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    assert label.accessibleName() == said
    return label


def test_a_usual_sentence_is_there_whole(screen: Screen) -> None:
    assert shown(screen, USUAL).text() == USUAL


@pytest.mark.parametrize("said", [LONGEST, pseudo(USUAL), pseudo(LONGEST)])
def test_of_one_that_is_too_long_the_state_and_what_waits_stay(screen: Screen, said: str) -> None:
    text = shown(screen, said).text()
    assert text != said
    before, _, behind = text.partition("…")
    assert before.startswith("Sin conexión")
    assert len(behind) >= len("14 cambios y 2 adjuntos")
    assert said.startswith(before)
    assert said.endswith(behind)
