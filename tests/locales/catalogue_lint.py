"""What a translation may not be: faults that a machine can see, and words that did harm elsewhere."""

from __future__ import annotations

import csv
import re
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from reportlab.pdfbase.ttfonts import TTFontFile

from app.catalogue_files import Entry, Status
from app.i18n import LANGUAGES

TRANSLATED = tuple(code for code in LANGUAGES if code != "es")
CHECKOUT = Path(__file__).parents[2]
ENGLISH = re.compile(
    r"\b(the|save|open|close|cancel|delete|yes|help|search|new|and|with|print|monday|friday"
    r"|november|january|loading|error:)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Danger:
    """A form that misled or hurt somebody: where it is forbidden, why, and one planted example."""

    language: str
    form: str
    why: str
    planted: tuple[str, str]
    """A Spanish text and a translation in which the form must be found."""
    of: str = ""
    """The Spanish texts it is forbidden for; empty: all."""
    may_be_heard: bool = False
    """Whether a speaker may let it pass; without that nobody may."""

    def is_in(self, entry: Entry) -> bool:
        """Whether the entry holds the form where it may not stand."""
        if self.may_be_heard and entry.status in (Status.SPEAKER, Status.APPROVED):
            return False
        text = " ".join(entry.forms).casefold()
        spanish = entry.source.casefold()
        return bool(re.search(self.form, text) and re.search(self.of, spanish))


DANGERS = (
    Danger("quy", "maqanaku", "reciprocal: tells her the beating was mutual",
           ("Violencia física", "Maqanakuy")),
    Danger("quy", "(kami|waqta|hayta|tanqa)naku", "reciprocal: each other",
           ("Gritos e insultos", "Kaminakuy")),
    Danger("quy", r"\balliq", "the right-hand side, not a right",
           ("Sus derechos", "Alliqniykikuna")),
    Danger("quy", "chinka(chi|rqachi)", "makes something disappear: not to cancel, not to delete",
           ("Cancelar", "Chinkachiy")),
    Danger("quy", "firmaku", "to sign oneself: came from English 'sign out'",
           ("Salir", "Firmakuy")),
    Danger("quy", "uywaku", "to raise animals", ("Sonido", "Uywakuy")),
    Danger("quy", r"kawsaypi\b", "alive, not a place", ("Dónde está", "Kawsaypi kachkanki")),
    Danger("quy", r"\bchichu", "used of animals", ("Gestante", "Chichu")),
    Danger("quy", r"derechuyki.*maqa|maqanaykipaq", "is said to the aggressor",
           ("Nadie tiene derecho a pegarle", "Manam derechuykichu maqanaykipaq")),
    Danger("quy", r"\bpaqarin\b", "tomorrow, where the morning is meant",
           ("Mañana", "Paqarin"), of="^mañana$"),
    Danger("quy", r"\bruwaq", "who uses a program, or makes a thing: not the woman attended",
           ("Persona usuaria", "Ruwaq"), of="usuaria"),
    Danger("agr", r"\busuari", "who uses a program: not the woman attended",
           ("Persona usuaria", "Usuario"), of="usuaria"),
    Danger("agr", "awatd[aá]i|suwimd[aá]i|-?nidai", "reciprocal: hit each other",
           ("Golpes", "Awatdáiyat")),
    Danger("agr", "akiinachu", "says 'not born well' of a disability",
           ("Discapacidad", "Aents shiig akiinachu")),
    Danger("agr", "ejamtinchau|ishmaesme", "printed with a negation or a misprint",
           ("¿Está gestando?", "¿Ejamtinchaukaitam?")),
    Danger("agr", "[ãẽĩõũỹɨ\u0303]", "not in the official alphabet",
           ("Mujer", "Nũwa")),
    Danger("agr", "imaptin|inaptin|kugkuktin|tintuktin|tinkuktin|saketin|inayuatin|yunchiktin|bataetin",
           "names of days differ by up to three days between sources", ("Viernes", "Imaptin")),
    Danger("agr", "daiktatin|tayutin|yagkujutin", "months without consent",
           ("Setiembre", "Daiktatin")),
    Danger("agr", r"\buj[aá]", "open and to inform differ by an accent",
           ("Abrir", "Ujat"), of="^abr(ir|a)|^open", may_be_heard=True),
    Danger("agr", r"\bapach", "grandfather and mestizo as well as Spanish-speaker",
           ("Castellano", "Apach chicham"), of="castellano", may_be_heard=True),
    Danger("agr", "utugchat", "a case is called a problem",
           ("Casos", "Utugchat"), of=r"\bcasos?\b", may_be_heard=True),
    Danger("agr", r"\bjata\b", "illness and death",
           ("Enfermedad", "Jata"), may_be_heard=True),
    Danger("agr", r"\bma[aá](t|mu)\b", "to bathe and killed are near to each other",
           ("Higiene", "Maát"), may_be_heard=True),
    Danger("agr", "datsashit", "may say 'unmarried'",
           ("Estado civil", "Datsashit"), of="estado civil", may_be_heard=True),
    Danger("agr", r"\bkashin\b", "tomorrow, where the morning is meant",
           ("Mañana", "Kashin"), of="^mañana$"),
)  # fmt: skip


def faults(entry: Entry, language: str) -> Iterator[str]:
    """Yield what is wrong with a translation, a few words each."""
    for form in entry.forms:
        if not form:
            continue
        wanted = _fields(entry.source) | _fields(entry.plural or "")
        if _fields(form) != wanted:
            yield "fields"
        if unicodedata.normalize("NFC", form) != form:
            yield "not NFC"
        if not all(one in _letters() or one.isspace() for one in form):
            yield "not in the font"
        if set(form) & set("’ʼ`´"):
            yield "apostrophe"
        if form != form.strip() or form.endswith(":") != entry.source.endswith(":"):
            yield "edges"
        if ENGLISH.search(form):
            yield "English"
        if len(form) > _longest(entry.source):
            yield "too long"
    for danger in DANGERS:
        if danger.language == language and danger.is_in(entry):
            yield danger.form


def unfounded(text: str, parts: list[str]) -> list[str]:
    """Return the words of a phrase that begin like no word of its parts: nobody attested them."""
    known = [word for part in parts for word in _words(part)]
    return [
        word
        for word in _words(re.sub(r"\{\w+\}|\([^)]*\+[^)]*\)", " ", text))
        if not word.isdecimal()
        and word not in ("pdf", "usb", "ta")
        and not any(_begin_alike(word, one) for one in known)
    ]


def glossary() -> list[dict[str, str]]:
    """Return the rows of the glossary."""
    return _rows("glossary.csv")


def phrases() -> list[dict[str, str]]:
    """Return the rows of the composed phrases."""
    return _rows("phrases.csv")


def qt_texts() -> list[dict[str, str]]:
    """Return Qt's own texts with the Spanish that Qt brings."""
    return _rows("qt.csv")


def catalogue_text(language: str) -> str:
    """Return the catalogue of a language as it is committed."""
    path = CHECKOUT / "locales" / language / "LC_MESSAGES" / "messages.po"
    return path.read_text(encoding="utf-8")


def _rows(name: str) -> list[dict[str, str]]:
    with (CHECKOUT / "locales" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _begin_alike(word: str, other: str) -> bool:
    """Whether both are forms of one stem, as far as four letters tell."""
    shared = min(4, len(word), len(other))
    return word == other or (shared >= 3 and word[:shared] == other[:shared])


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _longest(spanish: str) -> float:
    """How long a translation may be: what real pairs of both languages reach, and a margin."""
    if len(spanish) <= 10:
        return max(18.0, 3.0 * len(spanish))
    return (2.2 if len(spanish) <= 20 else 1.8) * len(spanish)


@cache
def _letters() -> frozenset[str]:
    """Return the characters that Andika can draw."""
    font = TTFontFile(str(CHECKOUT / "app" / "data" / "fonts" / "Andika-Regular.ttf"))
    return frozenset(map(chr, font.charToGlyph))
