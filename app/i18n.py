"""The languages of screens and papers: Spanish is the source, Quechua and Awajún stand beside it.

Message ids are Spanish sentences; what a catalogue lacks is shown in Spanish, never through
another variety. Two rules are kept here and nowhere else:

* Texts about consent, safety and rights (``msgctxt`` in :data:`GATED_CONTEXTS`) are given in a
  language only once two speakers approved them; a misunderstood consent puts someone in danger.
* Dates are digits, names of days and months are Spanish: printed Awajún names of days differ by
  up to three days between sources, and a hearing date must be understood by whoever reads it.

No call of Babel or QLocale ever sees the codes ``quy`` and ``agr``: they would answer in English.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from app.catalogue_files import Catalogue, Status, read_mo, read_po
from app.domain.catalogue import GATES
from app.domain.marks import N_, NC_
from app.resources import locales_root

__all__ = ["GATED_CONTEXTS", "LANGUAGES", "NC_", "N_", "Language", "Status", "load", "name_of"]

LANGUAGES: Final = ("es", "quy", "agr")
"""The codes offered, Spanish first."""

GATED_CONTEXTS: Final = GATES
"""Contexts whose texts are shown translated only when approved."""

_GATED_IN_ORDER: Final = tuple(sorted(GATED_CONTEXTS))
_NAMES: Final = {"es": "Castellano", "quy": "Quechua chanka", "agr": "Awajún"}
_ZONE: Final = ZoneInfo("America/Lima")
_EMPTY: Final = Catalogue({}, frozenset(), frozenset(), 0)


@dataclass(frozen=True, slots=True)
class Language:
    """One language of the program: texts, dates, numbers. Immutable; any thread may use it."""

    code: str
    """``es``, ``quy`` (Chanka Quechua) or ``agr`` (Awajún)."""
    _catalogue: Catalogue

    @property
    def name(self) -> str:
        """The name for the language menu, in Spanish."""
        return name_of(self.code)

    @property
    def tag(self) -> str:
        """The BCP 47 tag for documents, such as ``quy-PE``."""
        return f"{self.code}-PE"

    @property
    def is_source(self) -> bool:
        """Whether this is Spanish, in which every text is written first."""
        return self.code == "es"

    def gettext(self, msgid: str) -> str:
        """Return the text in this language, or ``msgid`` itself, which is Spanish.

        A text that the catalogues hold in a gated context only (labels of the consent section,
        say) is found as well, and given only when approved: no caller can forget the gate.
        """
        return self._text(self._context_of(msgid), msgid)

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Return the form for ``n`` things; the caller puts the number in with ``format``."""
        forms = self._catalogue.forms.get((None, one))
        if forms is not None and len(forms) == 2:
            return forms[n != 1]
        return one if n == 1 else many

    def pgettext(self, context: str, msgid: str) -> str:
        """Return the text of a context, or ``msgid``. Contexts in :data:`GATED_CONTEXTS` give
        the translation only when it is approved.
        """
        return self._text(context, msgid)

    def status(self, msgid: str, context: str | None = None) -> Status:
        """Return how far the translation was checked; Spanish is the source, hence approved."""
        if self.is_source:
            return Status.APPROVED
        found = context if context is not None else self._context_of(msgid)
        return self._catalogue.status((found, msgid))

    @property
    def share_translated(self) -> float:
        """The share of messages with a translation, drafts too, from 0 to 1."""
        if self.is_source:
            return 1.0
        return len(self._catalogue.forms) / max(1, self._catalogue.total)

    @property
    def share_reviewed(self) -> float:
        """The share of messages that at least one speaker confirmed, from 0 to 1."""
        if self.is_source:
            return 1.0
        reviewed = sum(
            self._catalogue.status(key) in (Status.SPEAKER, Status.APPROVED)
            for key in self._catalogue.forms
        )
        return reviewed / max(1, self._catalogue.total)

    def format_date(self, day: date) -> str:
        """Return ``23/11/2026``."""
        return f"{day.day:02}/{day.month:02}/{day.year:04}"

    def format_datetime_ms(self, ms: int) -> str:
        """Return ``23/11/2026 16:40`` in Peru, for milliseconds since 1970 UTC."""
        moment = datetime.fromtimestamp(ms / 1000, _ZONE)
        return f"{self.format_date(moment.date())} {moment.hour:02}:{moment.minute:02}"

    def _context_of(self, msgid: str) -> str | None:
        """Return the context under which a text stands: a gated one before none."""
        forms = self._catalogue.forms
        return next((one for one in _GATED_IN_ORDER if (one, msgid) in forms), None)

    def _text(self, context: str | None, msgid: str) -> str:
        forms = self._catalogue.forms.get((context, msgid))
        if forms is None:
            return msgid
        if context in GATED_CONTEXTS and self.status(msgid, context) is not Status.APPROVED:
            return msgid
        return forms[0]


def name_of(code: str) -> str:
    """Return the name of a language for menus, in Spanish. No catalogue is read for it."""
    return _NAMES[code]


def load(code: str) -> Language:
    """Return a language, its catalogue read from the files of the program.

    A wheel holds compiled catalogues; a checkout the PO files themselves. Raises ValueError for
    a code that is not in :data:`LANGUAGES`, CatalogueError for a damaged file.
    """
    if code not in LANGUAGES:
        raise ValueError(f"not a language of this program: {code}")
    if code == "es":
        return Language(code, _EMPTY)
    folder = locales_root() / code / "LC_MESSAGES"
    for name in ("messages.mo", "messages.po"):
        path = folder / name
        if path.is_file():
            return Language(code, _read(path, path.stat().st_mtime_ns))
    return Language(code, _EMPTY)


@lru_cache(maxsize=8)
def _read(path: Path, _changed_ns: int) -> Catalogue:
    """Return the catalogue of a file; read again only when the file changed."""
    if path.suffix == ".mo":
        return read_mo(path.read_bytes())
    return Catalogue.of(read_po(path.read_text(encoding="utf-8")))
