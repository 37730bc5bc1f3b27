"""The words of a paper: Spanish, with a second language beside it where a translation exists."""

from __future__ import annotations

from typing import Final

from app.i18n import LANGUAGES, Language, Status, load

__all__ = ["INTERPRETER_PROMPT", "Words", "words_for"]

INTERPRETER_PROMPT: Final = "Texto sin traducción aprobada: léalo en castellano con intérprete."


class Words:
    """Gives labels as ``castellano / otra lengua`` and remembers whether a draft was printed.

    One object a paper; not shared between threads.
    """

    def __init__(self, spanish: Language, second: Language | None = None) -> None:
        self.spanish = spanish
        self.second = second
        self._printed: set[Status] = set()

    @property
    def tag(self) -> str:
        """The language of the document for readers: Spanish prevails."""
        return self.spanish.tag

    def both(self, msgid: str) -> str:
        """Return the label, with its translation behind a stroke when there is one."""
        if self.second is None:
            return msgid
        other = self.second.gettext(msgid)
        if other == msgid:
            return msgid
        self._printed.add(self.second.status(msgid))
        return f"{msgid} / {other}"

    def consent(self, msgid: str) -> str:
        """Return a text about consent: Spanish, then the approved translation or the prompt.

        A draft is never printed here: what she signs must be what she understood.
        """
        if self.second is None:
            return msgid
        other = self.second.pgettext("consent", msgid)
        if other == msgid:
            return f"{msgid} {INTERPRETER_PROMPT}"
        self._printed.add(Status.APPROVED)
        return f"{msgid} / {other}"

    @property
    def translation_note(self) -> str:
        """Say how far the printed translations were checked; empty when none was printed."""
        if self.second is None:
            return ""
        if not self._printed:
            return f"{self.second.name}: sin traducción revisada; se usa el castellano."
        state = "borrador" if Status.DRAFT in self._printed else "revisada"
        return f"{self.second.name}: traducción: {state}. Prevalece el texto en castellano."


def words_for(codes: tuple[str, ...]) -> Words:
    """Return the words for these language codes; of those after Spanish the first known one."""
    others = [code for code in codes if code in LANGUAGES and code != "es"]
    return Words(load("es"), load(others[0]) if others else None)
