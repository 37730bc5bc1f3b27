"""The language of the screens: texts are bound to widgets and follow a switch while it runs.

``texts.bind(button, "setText", N_("Guardar"))`` sets the text now and again at every switch; the
binding ends with the widget. Screens that build texts themselves use ``texts(msgid, name=…)`` and
listen to ``texts.changed``.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QObject, QTranslator, Signal
from shiboken6 import isValid

from app.i18n import Language, Status, load
from ui.runtime.qt_words import QT_WORDS

if TYPE_CHECKING:
    from app.domain.form import Section  # the lock screen must not wait for the forms

__all__ = ["Texts"]

_BOUND_AT_FIRST = 2_000
"""So many bindings are held before it is looked which widgets are gone."""


@dataclass(frozen=True, slots=True)
class _Binding:
    widget: weakref.ref[QObject]
    setter: str
    msgid: str
    parameters: dict[str, object]


class Texts(QObject):
    """The current language and everything bound to it.

    Signals:
        changed: another language was chosen; bindings were applied already.
    """

    changed = Signal()

    def __init__(self, code: str = "es", wrap: Callable[[str], str] | None = None) -> None:
        super().__init__()
        self.language: Language = load(code)
        self._wrap = wrap
        self._bindings: list[_Binding] = []
        self._looked_at = 0
        """How many of them there were when it was last looked which widgets are gone."""
        self._of_qt = _QtTexts(self)

    def install(self) -> None:
        """Make Qt's own buttons and menus speak the language, too. GUI thread, once."""
        self._of_qt.load_spanish()
        QCoreApplication.installTranslator(self._of_qt)

    def __call__(self, msgid: str, **parameters: object) -> str:
        """Return a text in the current language, with its fields filled in."""
        return self._finished(self.language.gettext(msgid), parameters)

    def plural(self, one: str, many: str, count: int, **parameters: object) -> str:
        """Return the text for ``count`` things; ``{count}`` stands for the number."""
        text = self.language.ngettext(one, many, count)
        return self._finished(text, {"count": count, **parameters})

    def is_understood(self, section: Section) -> bool:
        """Return whether everything of a section that must be understood word for word is there
        in this language, approved: else an interpreter reads it out from Spanish."""
        return all(
            self.language.status(text, gate) is Status.APPROVED
            for gate, text in section.gated_texts()
        )

    def bind(self, widget: QObject, setter: str, msgid: str, **parameters: object) -> None:
        """Set a text on a widget now, and again whenever the language changes."""
        self._bindings.append(_Binding(weakref.ref(widget), setter, msgid, parameters))
        getattr(widget, setter)(self(msgid, **parameters))
        if len(self._bindings) > max(_BOUND_AT_FIRST, 2 * self._looked_at):
            self._let_go()

    @property
    def bound(self) -> int:
        """How many bindings are held."""
        return len(self._bindings)

    def switch(self, code: str) -> None:
        """Show another language from now on. GUI thread."""
        if code == self.language.code:
            return
        self.language = load(code)
        for binding in self._let_go():
            widget = binding.widget()
            if widget is not None and isValid(widget):  # one may go with what another shows
                getattr(widget, binding.setter)(self(binding.msgid, **binding.parameters))
        self.changed.emit()

    def _let_go(self) -> list[_Binding]:
        """Hold what is bound to widgets that are there; return it."""
        self._bindings = [
            one
            for one in self._bindings
            if (widget := one.widget()) is not None and isValid(widget)
        ]
        self._looked_at = len(self._bindings)
        return list(self._bindings)

    def _finished(self, text: str, parameters: dict[str, object]) -> str:
        finished = text.format(**parameters) if parameters else text
        return self._wrap(finished) if self._wrap else finished


class _QtTexts(QTranslator):
    """Looks Qt's own strings up in our catalogues and words; what they lack is Qt's Spanish."""

    def __init__(self, texts: Texts) -> None:
        super().__init__(texts)
        self._texts = texts
        self._spanish = QTranslator(self)

    def load_spanish(self) -> None:
        """Load the Spanish that Qt brings along."""
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        self._spanish.load("qtbase_es", folder)

    def isEmpty(self) -> bool:
        """Override QTranslator::isEmpty."""
        return False

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str:
        """Override QTranslator::translate.

        Always a text: what Qt's Spanish lacks stays as Qt wrote it.
        """
        found = self._texts.language.pgettext(context, source)
        if found != source:
            return found
        ours = QT_WORDS.get((context, source))
        if ours is not None:
            return self._texts.language.gettext(ours)
        return self._spanish.translate(context, source, disambiguation, n) or source
