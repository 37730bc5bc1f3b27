"""What was copied in here does not stay in the clipboard: it goes after twenty seconds, and when
the laptop is locked or left. Under X11 what was merely marked with the mouse can be pasted, too."""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import Final, Protocol

from PySide6.QtCore import QMimeData, QObject, QTimer, SignalInstance
from PySide6.QtGui import QClipboard, QGuiApplication

__all__ = ["STAYS_MS", "UNRECORDED", "Clipboard", "ClipboardGuard"]

STAYS_MS: Final = 20_000
"""Long enough to paste it where it was copied for."""

UNRECORDED: Final = {
    "x-kde-passwordManagerHint": b"secret",
    "ExcludeClipboardContentFromMonitorProcessing": b"1",
    "CanIncludeInClipboardHistory": bytes(4),
    "CanUploadToCloudClipboard": bytes(4),
}
"""What tells a history of the clipboard (of KDE, of Windows) and what sends it to other computers
that this is not theirs to keep. One that does not ask keeps it all the same."""

_SALT_BYTES: Final = 32


class Clipboard(Protocol):
    """What is used of ``QClipboard``, which belongs to the system and all its programs."""

    @property
    def changed(self) -> SignalInstance:
        """Carries in which of its places something else lies now."""

    def supportsSelection(self) -> bool:
        """Return whether what is marked lies in a place of its own (X11)."""

    def ownsClipboard(self) -> bool:
        """Return whether this program put there what lies there."""

    def ownsSelection(self) -> bool:
        """Return the same of what is marked."""

    def mimeData(self, mode: QClipboard.Mode) -> QMimeData | None:
        """Return what lies in a place."""

    def setMimeData(self, data: QMimeData, mode: QClipboard.Mode) -> None:
        """Put something there."""

    def clear(self, mode: QClipboard.Mode) -> None:
        """Put nothing there."""


class ClipboardGuard(QObject):
    """Watches from its making until :meth:`stop`. GUI thread. What other programs put there is
    theirs and stays."""

    def __init__(self, clipboard: Clipboard | None = None, *, stays_ms: int = STAYS_MS) -> None:
        super().__init__()
        self._clipboard: Clipboard = clipboard or QGuiApplication.clipboard()
        modes = [QClipboard.Mode.Clipboard]
        if self._clipboard.supportsSelection():
            modes.append(QClipboard.Mode.Selection)
        self._places = {mode: _Place(self._clipboard, mode, stays_ms) for mode in modes}
        self._clipboard.changed.connect(self._look)
        for place in self._places.values():
            place.look()

    def stop(self) -> None:
        """Watch no longer; what is in there of this program goes at once."""
        self._clipboard.changed.disconnect(self._look)
        for place in self._places.values():
            place.clear()

    def _look(self, mode: QClipboard.Mode) -> None:
        if mode in self._places:
            self._places[mode].look()


class _Place:
    """One place of the clipboard, and what was put there in here, as long as it may lie there.

    A program that keeps a history takes over what was copied, and is its owner from then on: by
    owner alone the text would stay. So a salted hash of it is kept, and no second copy.
    """

    def __init__(self, clipboard: Clipboard, mode: QClipboard.Mode, stays_ms: int) -> None:
        self._clipboard = clipboard
        self._mode = mode
        self._salt = os.urandom(_SALT_BYTES)
        self._ours: bytes | None = None
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.setInterval(stays_ms)
        self._timer.timeout.connect(self.clear)

    def look(self) -> None:
        """See whether what lies there is of this program, and from when on."""
        if self._is_owned():
            data = self._clipboard.mimeData(self._mode)
            if data is None or not data.text():
                self._forget()
            elif not all(data.hasFormat(one) for one in UNRECORDED):
                self._clipboard.setMimeData(_unrecorded(data.text()), self._mode)  # looks again
            else:
                self._ours = self._hash(data.text())
                self._timer.start()
        elif not self._is_ours_still():
            self._forget()

    def clear(self) -> None:
        """Empty it, unless something of another program lies there by now."""
        is_ours = self._is_owned() or self._is_ours_still()
        self._forget()
        if is_ours:
            self._clipboard.clear(self._mode)

    def _forget(self) -> None:
        self._timer.stop()
        self._ours = None

    def _is_owned(self) -> bool:
        if self._mode is QClipboard.Mode.Selection:
            return self._clipboard.ownsSelection()
        return self._clipboard.ownsClipboard()

    def _is_ours_still(self) -> bool:
        """Another program is asked for its text only while something of ours may lie there."""
        if self._ours is None:
            return False
        data = self._clipboard.mimeData(self._mode)
        return data is not None and hmac.compare_digest(self._ours, self._hash(data.text()))

    def _hash(self, text: str) -> bytes:
        return hashlib.blake2b(text.encode(errors="surrogatepass"), key=self._salt).digest()


def _unrecorded(text: str) -> QMimeData:
    data = QMimeData()
    data.setText(text)
    for name, content in UNRECORDED.items():
        data.setData(name, content)
    return data
