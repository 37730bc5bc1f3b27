"""A line that finds one of many entries while it is typed, however it is spelt."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCompleter, QLineEdit

from app.domain.folding import fold
from ui.runtime.theme import dress

__all__ = ["Finder", "finder_for"]

_fold_entry = lru_cache(maxsize=8_192)(fold)
"""The districts stand in several pages; each name is folded once a run."""

_FOLDED: Final = int(Qt.ItemDataRole.UserRole) + 1
_SHOWN_AT_ONCE: Final = 10


class Finder(QCompleter):
    """Finds entries that hold what was typed, without accents and capitals."""

    def __init__(self, entries: Sequence[tuple[str, str]], *, are_places: bool = False) -> None:
        """Take ``entries`` as pairs of code and words. ``are_places``: a place is known by its own
        name, which stands before the first comma, as well."""
        self._model = QStandardItemModel()
        super().__init__(self._model)
        self._model.setParent(self)
        self._entries = tuple(entries)
        self._words = dict(entries)
        self._are_places = are_places
        self._is_filled = False
        self.setCompletionRole(_FOLDED)
        self.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.setMaxVisibleItems(_SHOWN_AT_ONCE)

    def code_of(self, words: str) -> str | None:
        """Return the code of an entry written out, or None."""
        return self._codes.get(fold(words))

    def named(self, typed: str) -> tuple[str, ...]:
        """Return the codes of the places of exactly this name, whatever its accents and capitals;
        none where the entries are no places."""
        return tuple(self._named.get(fold(typed.strip()), ()))

    def words_of(self, code: str) -> str | None:
        """Return the words of a code, or None."""
        return self._words.get(code)

    def splitPath(self, path: str) -> list[str]:
        """Override QCompleter::splitPath: what was typed, folded as the entries are."""
        if not self._is_filled:
            self._is_filled = True
            self._fill()
        return [fold(path)]

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """Override QCompleter::pathFromIndex: the words as they are written."""
        return str(index.data(Qt.ItemDataRole.DisplayRole))

    @cached_property
    def _codes(self) -> dict[str, str]:
        return {_fold_entry(words): code for code, words in self._entries}

    @cached_property
    def _named(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, words in self._entries if self._are_places else ():
            found.setdefault(_fold_entry(words.partition(",")[0]), []).append(code)
        return found

    def _fill(self) -> None:
        """A page opens with several lines over all the districts, and in most nothing is typed."""
        items = []
        for code, words in self._entries:
            item = QStandardItem(words)
            item.setData(code, Qt.ItemDataRole.UserRole)
            item.setData(_fold_entry(words), _FOLDED)
            items.append(item)
        self._model.invisibleRootItem().appendRows(items)
        popup = self.popup()
        if popup is not None:
            dress(popup)  # it opens as a window of its own, inside no other


def finder_for(
    line: QLineEdit, entries: Sequence[tuple[str, str]], *, are_places: bool = False
) -> Finder:
    """Give a line a finder over these entries, and return it."""
    finder = Finder(entries, are_places=are_places)
    finder.setParent(line)
    line.setCompleter(finder)
    return finder
