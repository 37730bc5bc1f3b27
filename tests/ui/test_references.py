"""PySide 6.12.0 loses references of None and the Booleans on Python 3.11 (docs/adr/0010)."""

import sys

import pytest
from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtWidgets import QLabel

CALLS = 500

mortal = pytest.mark.skipif(sys.version_info >= (3, 12), reason="these objects are immortal here")


class _Sender(QObject):
    sent = Signal(object)


@mortal
@pytest.mark.parametrize("singleton", [None, True, False], ids=str)
def test_qt_calls_leave_the_references_of_the_singletons_alone(qtbot, singleton):
    words = QLabel()
    qtbot.addWidget(words)
    timer = QTimer(words)
    sender = _Sender()
    sender.sent.connect(lambda _: None)
    before = sys.getrefcount(singleton)

    for _ in range(CALLS):
        words.setText("x")
        words.setVisible(False)
        words.isVisible()
        timer.start(60_000)
        timer.stop()
        sender.sent.emit(None)
        QCoreApplication.sendPostedEvents(words)

    assert abs(sys.getrefcount(singleton) - before) < CALLS / 2
