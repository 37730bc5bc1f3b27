"""The words of a paper: Spanish, with a second language beside it where a translation exists."""

from __future__ import annotations

from functools import cache

from app.i18n import LANGUAGES, N_, Language, Status, load

__all__ = ["Words", "words_for"]

_INTERPRETER = N_("Texto sin traducción aprobada: léalo en castellano con intérprete.")


class Words:
    """Gives labels as ``castellano / otra lengua`` and remembers whether a draft was printed.

    One object a paper; not shared between threads.
    """

    def __init__(self, spanish: Language, second: Language | None = None) -> None:
        self.spanish = spanish
        self._second = second
        self._printed: set[Status] = set()

    @property
    def tag(self) -> str:
        """The language of the document for readers: Spanish prevails."""
        return self.spanish.tag

    def both(self, msgid: str) -> str:
        """Return the label, with its translation behind a stroke when there is one."""
        if self._second is None or not msgid:
            return msgid
        other = self._second.gettext(msgid)
        if other in (msgid, ""):
            return msgid
        self._printed.add(self._second.status(msgid))
        return f"{msgid} / {other}"

    def pgettext(self, context: str, msgid: str) -> str:
        """Return a text of a gated context: Spanish, then the approved translation or the word
        that an interpreter reads it out.

        A draft is never printed here: what she signs must be what she understood. The name is
        gettext's, so that the extraction finds text and context.
        """
        if self._second is None:
            return msgid
        other = self._second.pgettext(context, msgid)
        if other in (msgid, ""):
            return f"{msgid} {_INTERPRETER}"
        self._printed.add(Status.APPROVED)
        return f"{msgid} / {other}"

    def approved(self, context: str, msgid: str) -> str:
        """Return the approved translation of a text of a gated context, or the empty text."""
        other = self._second.pgettext(context, msgid) if self._second is not None else msgid
        if other in (msgid, ""):
            return ""
        self._printed.add(Status.APPROVED)
        return other

    @property
    def interpreter_note(self) -> str:
        """Say that a text has no approved translation; empty when Spanish alone is printed."""
        return self.spanish.gettext(_INTERPRETER) if self._second is not None else ""

    @property
    def translation_note(self) -> str:
        """Say how far the printed translations were checked; empty without a second language."""
        if self._second is None:
            return ""
        name = self._second.name
        if not self._printed:
            return f"{name}: sin traducción disponible; se usa el castellano."
        state = "borrador sin revisar" if Status.DRAFT in self._printed else "revisada"
        return f"{name}: traducción {state}. Prevalece el texto en castellano."


def words_for(codes: tuple[str, ...]) -> Words:
    """Return the words for these language codes; of those after Spanish the first known one."""
    others = [code for code in codes if code in LANGUAGES and code != "es"]
    return Words(_language("es"), _language(others[0]) if others else None)


@cache
def _language(code: str) -> Language:
    """Return a language, its catalogue read once: the preview draws on every pause in typing."""
    return load(code)
