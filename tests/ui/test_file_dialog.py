"""The dialogs for files and folders speak the language of the program, begin where the thing is, and
leave no trace of where one was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QSettings, QStandardPaths
from PySide6.QtWidgets import QAbstractButton, QComboBox, QFileDialog, QLabel

from tests.support.windows import Screen, shown_children
from ui.runtime.text import Texts
from ui.widgets.file_dialog import sticks

ENGLISH = frozenset(
    [
        "look",
        "files",
        "file",
        "folder",
        "directory",
        "open",
        "save",
        "cancel",
        "choose",
        "type",
        "view",
        "name",
        "back",
        "forward",
        "parent",
        "drive",
        "list",
        "detail",
        "create",
        "sidebar",
        "all",
    ]
)


@pytest.fixture(autouse=True)
def of_qt() -> Iterator[None]:
    """Qt's own words are those of the program, as in the running program."""
    texts = Texts("es")
    texts.install()
    yield
    shiboken6.delete(texts)


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[QSettings]:
    """Where Qt keeps what its dialogs remember."""
    before = Path(QSettings(QSettings.Scope.UserScope, "QtProject").fileName()).parent
    kept = QSettings.Format.NativeFormat, QSettings.Scope.UserScope
    QSettings.setPath(*kept, str(tmp_path / "settings"))
    yield QSettings(QSettings.Scope.UserScope, "QtProject")
    QSettings.setPath(*kept, str(before))


def _asked_for_the_stick(screen: Screen) -> QFileDialog:
    screen.go("sync")
    screen.shell.sync._panel.choose_stick()
    screen.settle()
    (dialog,) = [one for one in screen.page.findChildren(QFileDialog) if one.isVisible()]
    return dialog


def _words(dialog: QFileDialog) -> set[str]:
    found: set[str] = set()
    for one in shown_children(dialog):
        if isinstance(one, QLabel | QAbstractButton):
            found |= {one.text(), one.toolTip(), one.accessibleName()}
        if isinstance(one, QComboBox) and one.objectName() == "fileTypeCombo":
            found |= {one.itemText(row) for row in range(one.count())}
    return {one.replace("&", "") for one in found if one}


def test_not_a_word_of_it_is_english(screen: Screen) -> None:
    dialog = _asked_for_the_stick(screen)
    words = _words(dialog)
    assert {"Buscar en:", "Carpeta:", "Tipo de archivo:", "Usar esta", "Cancelar"} <= words
    english = [one for one in words if ENGLISH & set(re.findall(r"\w+", one.lower()))]
    assert english == []
    dialog.reject()


def test_it_begins_in_the_documents_where_no_stick_is_plugged_in(screen: Screen) -> None:
    dialog = _asked_for_the_stick(screen)
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    wanted = Path(documents) if Path(documents).is_dir() else Path.home()
    assert Path(dialog.directory().absolutePath()) == wanted
    dialog.reject()


def test_what_the_desktop_mounts_for_a_stick_is_one() -> None:
    mounted = [Path(one) for one in ("/", "/boot", "/home", "/run/media/ana/USB", "/media/ana/Mi USB",
                                     "/mnt/servidor", "/run/user/1000")]  # fmt: skip
    assert sticks(mounted) == (Path("/run/media/ana/USB"), Path("/media/ana/Mi USB"))


def test_the_folder_that_is_chosen_is_the_one_that_is_used(screen: Screen, tmp_path: Path) -> None:
    dialog = _asked_for_the_stick(screen)
    used: list[object] = []
    screen.shell.sync._panel.stick_chosen.connect(used.append)
    dialog.setDirectory(str(tmp_path))
    dialog.accept()
    screen.settle()
    assert used == [tmp_path]


def test_nothing_of_where_one_was_is_left_in_the_profile(
    screen: Screen, tmp_path: Path, settings: QSettings
) -> None:
    """(L3)"""
    secret = tmp_path / "Ana Inventada"
    secret.mkdir()
    dialog = _asked_for_the_stick(screen)
    dialog.setDirectory(str(secret))
    dialog.accept()
    screen.until(lambda: not shiboken6.isValid(dialog))
    settings.sync()
    assert "FileDialog/lastVisited" in settings.allKeys(), "Qt remembers nothing: the test is void"
    assert "Inventada" not in Path(settings.fileName()).read_text(encoding="utf-8")
