"""The dialogs that ask for a file or a folder: in the language of the program, beginning where the
thing is, and without a trace of where one has been.

Where the desktop's own dialog speaks another language than the program, Qt's is used: on Linux. On
Windows the system's own one shows, which everybody there knows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QStandardPaths, QStorageInfo, QUrl
from PySide6.QtWidgets import QFileDialog, QWidget

from ui.widgets.paper_tools import open_dialog

__all__ = ["ask_folder", "ask_open", "ask_save", "sticks"]

_MOUNTED_BELOW: Final = ("/media/", "/run/media/")
"""Where Linux desktops put a stick (udisks: ``/run/media/USER/NAME``, ``/media/USER/NAME``)."""

_DRIVE_REMOVABLE: Final = 2
"""``DRIVE_REMOVABLE`` of ``GetDriveTypeW``."""


def ask_folder(
    parent: QWidget, title: str, accept: str, chosen: Callable[[Path], None]
) -> QFileDialog:
    """Ask for the folder of a stick and go on; ``chosen`` is told it, later. ``accept`` is what
    the button says."""
    dialog = _dialog(parent, title, _stick_or_documents())
    dialog.setLabelText(QFileDialog.DialogLabel.Accept, accept)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    return _ask(dialog, chosen)


def ask_open(
    parent: QWidget, title: str, filter: str, chosen: Callable[[Path], None]
) -> QFileDialog:
    """Ask for a file that is there and go on; ``chosen`` is told it, later."""
    dialog = _dialog(parent, title, _documents(), filter)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return _ask(dialog, chosen)


def ask_save(
    parent: QWidget,
    title: str,
    name: str,
    chosen: Callable[[Path], None],
    *,
    filter: str = "PDF (*.pdf)",
    for_stick: bool = False,
) -> QFileDialog:
    """Ask where a file goes, offering ``name``, and go on; ``chosen`` is told it, later.
    ``for_stick``: it is meant to be carried away."""
    start = _stick_or_documents() if for_stick else _documents()
    dialog = _dialog(parent, title, start, filter)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix.lstrip("."))
    dialog.selectFile(name)
    return _ask(dialog, chosen)


def _documents() -> Path:
    """Return where the person's documents lie, or the home folder where there is no such one."""
    kind = QStandardPaths.StandardLocation.DocumentsLocation
    documents = Path(QStandardPaths.writableLocation(kind) or Path.home())
    return documents if documents.is_dir() else Path.home()


def _stick_or_documents() -> Path:
    """Return the first stick that is plugged in, or the person's documents."""
    return next(iter(sticks(_mounted())), _documents())


def sticks(mounted: Sequence[Path]) -> tuple[Path, ...]:
    """Return which of the places where something is mounted are of a stick."""
    return tuple(one for one in mounted if _is_of_stick(one))


def _mounted() -> tuple[Path, ...]:
    volumes = QStorageInfo.mountedVolumes()
    return tuple(Path(one.rootPath()) for one in volumes if one.isValid() and one.isReady())


def _is_of_stick(place: Path) -> bool:
    if sys.platform == "win32":
        import ctypes  # no other system needs it

        return bool(ctypes.windll.kernel32.GetDriveTypeW(str(place)) == _DRIVE_REMOVABLE)
    return place.as_posix().startswith(_MOUNTED_BELOW)


def _dialog(parent: QWidget, title: str, start: Path, filter: str = "") -> QFileDialog:
    dialog = QFileDialog(parent, title, str(start), filter)
    if sys.platform != "win32":
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        places = (Path.home(), _documents(), *sticks(_mounted()))
        dialog.setViewMode(QFileDialog.ViewMode.List)
        dialog.setSidebarUrls([QUrl.fromLocalFile(str(one)) for one in dict.fromkeys(places)])
    return dialog


def _ask(dialog: QFileDialog, chosen: Callable[[Path], None]) -> QFileDialog:
    dialog.fileSelected.connect(lambda name: chosen(Path(name)))
    dialog.finished.connect(lambda _: _forget(dialog))
    open_dialog(dialog)
    return dialog


def _forget(dialog: QFileDialog) -> None:
    """Qt writes where one was into its settings, in clear, when a dialog goes away."""
    dialog.setSidebarUrls([])
    dialog.setHistory([])
    dialog.setDirectory(str(Path.home()))
