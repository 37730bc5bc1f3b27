"""A line that finds one of many entries while it is typed, however it is spelt."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit

from app.domain.folding import fold

__all__ = ["Finder", "finder_for"]

_fold_entry = lru_cache(maxsize=8_192)(fold)
"""The districts stand in several pages; each name is folded once a run."""

_FOLDED: Final = int(Qt.ItemDataRole.UserRole) + 1
_SHOWN_AT_ONCE: Final = 10


class Finder(QCompleter):
    """Finds entries that hold what was typed, without accents and capitals."""

    def __init__(self, entries: Sequence[tuple[str, str]]) -> None:
        """Take ``entries`` as pairs of code and words."""
        model = QStandardItemModel()
        for code, words in entries:
            item = QStandardItem(words)
            item.setData(code, Qt.ItemDataRole.UserRole)
            item.setData(_fold_entry(words), _FOLDED)
            model.appendRow(item)
        super().__init__(model)
        model.setParent(self)
        self._codes = {_fold_entry(words): code for code, words in entries}
        self._words = dict(entries)
        self.setCompletionRole(_FOLDED)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setMaxVisibleItems(_SHOWN_AT_ONCE)

    def code_of(self, words: str) -> str | None:
        """Return the code of an entry written out, or None."""
        return self._codes.get(fold(words))

    def words_of(self, code: str) -> str | None:
        """Return the words of a code, or None."""
        return self._words.get(code)

    def splitPath(self, path: str) -> list[str]:
        """Override QCompleter::splitPath: what was typed, folded as the entries are."""
        return [fold(path)]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """Override QCompleter::pathFromIndex: the words as they are written."""
        return str(index.data(Qt.ItemDataRole.DisplayRole))


def finder_for(line: QLineEdit, entries: Sequence[tuple[str, str]]) -> Finder:
    """Give a line a finder over these entries, and return it."""
    finder = Finder(entries)
    finder.setParent(line)
    line.setCompleter(finder)
    return finder
