"""One spelling for the many in which a name is written: accents, Quechua and Awajún variants.

The index holds three forms of each word and a query is folded alike, so that *Quispe* finds
*Qispi*, *Huamán* finds *Waman* and *bakichik* finds *makichik* (``docs/adr/0006``). It is for
finding only, never for printing; two names that fold alike need not be one person.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fold", "index_text", "loosest", "query_text", "skeleton"]

_APOSTROPHES = str.maketrans("", "", "'’ʼ‘`´")
_UNHEARD = frozenset({"Mn", "Mc", "Me", "Cf"})
_NOT_WORD = re.compile(r"[^a-z0-9ɨʉ]+")

# What a skeleton takes for one sound besides: Llampis and Yampis, Ximena and Jimena, Gerónimo.
_ONE_SOUND = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"\bu(?=w[aei])", ""),
        (r"ll", "y"),
        (r"x|g(?=[ei])", "j"),
        (r"t[sz]", "s"),
        (r"n(?=p)", "m"),
    )
)
_SILENT = re.compile(r"[aeiouyhwɨʉ]+")

# Spanish and Quechua ways to write one sound, applied in this order to folded text.
_ANDEAN = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"\bh?u(?=[aei])", "w"),
        (r"hu(?=[aei])", "w"),
        (r"gu(?=[aei])", "w"),
        (r"qu(?=[ei])", "k"),
        (r"c(?=[ei])|z", "s"),
        (r"c(?!h)|q|kk|kh|qh", "k"),
        (r"v", "b"),
        (r"e", "i"),
        (r"o", "u"),
        (r"ph", "p"),
        (r"th", "t"),
        (r"(.)\1+", r"\1"),
    )
)

# Spellings that vary in printed Awajún: b/m, ch/sh, uwa/ua, long vowels.
_AWAJUN = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"hu(?=[aei])", "w"),
        (r"(?<=u)w(?=[ai])", ""),
        (r"ch", "sh"),
        (r"b", "m"),
        (r"c(?!h)|q", "k"),
        (r"(.)\1+", r"\1"),
    )
)


def fold(text: str) -> str:
    """Return the text in lower case, without accents, apostrophes and unseen signs (a soft hyphen
    or a zero-width one inside a name that was pasted), words parted by one space."""
    bare = unicodedata.normalize("NFKD", text.translate(_APOSTROPHES)).casefold()
    if not bare.isascii():
        bare = "".join(one for one in bare if unicodedata.category(one) not in _UNHEARD)
    return _NOT_WORD.sub(" ", bare).strip()


def index_text(*parts: str) -> str:
    """Return the words under which these texts are found: folded, and in both variant spellings."""
    words: dict[str, None] = {}
    for part in parts:
        for word in fold(part).split():
            for form in (word, _vary(word, _ANDEAN), _vary(word, _AWAJUN)):
                words.setdefault(form)
    return " ".join(words)


def query_text(text: str) -> str:
    """Return what to look for: one form of each word, alternatives parted by ``|``.

    ``"Quispe Ana"`` gives ``"quispe|kispi ana"``: the store asks for rows that hold, for each word,
    a word beginning with one of its forms.
    """
    groups = []
    for word in fold(text).split():
        forms = dict.fromkeys((word, _vary(word, _ANDEAN), _vary(word, _AWAJUN)))
        groups.append("|".join(form for form in forms if form))
    return " ".join(groups)


def loosest(word: str) -> str:
    """Return a folded word with every variant spelling taken for one, Andean and Awajún."""
    return _vary(_vary(word, _ANDEAN), _AWAJUN)


def skeleton(word: str) -> str:
    """Return the consonants of a folded word, as they sound, behind its first letter.

    One for *Quispe*, *Kispe* and *Qispi*, for *Bakuach* and *Makwash*; many names share one, so it
    chooses whom to compare and never says that two names are one.
    """
    if not word.isalpha():
        return word
    for pattern, to in _ONE_SOUND:
        word = pattern.sub(to, word)
    word = loosest(word).removeprefix("h")
    return word[:1] + re.sub(r"(.)\1+", r"\1", _SILENT.sub("", word[1:]))


def _vary(word: str, rules: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    if not word.isalpha():
        return word  # a number has one spelling: 999 is not 9
    for pattern, to in rules:
        word = pattern.sub(to, word)
    return word
