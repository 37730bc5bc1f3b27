"""A region's people by the hundred thousand, all invented, and how the same person is written
another time.

Nobody's: names come by chance from a seed, most of them from syllables. How often the frequent
ones occur follows the Andes and the Awajún valleys, as that is what a search has to bear: the
shares are rounded guesses of ours, and no census.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from app.domain.change import RecordId
from app.domain.records import Kind
from app.services.people_models import PersonProbe

__all__ = ["VARIANTS", "Crowd", "Person"]

# Name and how many in a thousand bear it.
_FREQUENT_SURNAMES: Final[Mapping[str, int]] = {
    "Quispe": 60,
    "Mamani": 45,
    "Huamán": 42,
    "Flores": 30,
    "Condori": 22,
    "Rojas": 17,
    "Sánchez": 16,
    "Vásquez": 15,
    "García": 14,
    "Rodríguez": 13,
    "Ramos": 13,
    "Chávez": 11,
    "Díaz": 11,
    "Torres": 10,
    "Cruz": 10,
    "Mendoza": 10,
    "Huanca": 10,
    "Castillo": 8,
    "López": 8,
    "Gonzales": 8,
    "Espinoza": 8,
    "Ramírez": 8,
    "Choque": 8,
    "Ccori": 7,
    "Palomino": 7,
    "Cárdenas": 7,
    "Ticona": 6,
    "Vargas": 6,
    "Huarcaya": 6,
    "Apaza": 6,
    "Ñahui": 4,
    "Vílchez": 4,
    "Zabarburú": 3,
    "Wajai": 9,
    "Chumap": 8,
    "Tsamajain": 8,
    "Yampis": 7,
    "Kuji": 6,
    "Ampam": 6,
    "Taki": 6,
    "Esamat": 5,
    "Wampankit": 5,
    "Shimpukat": 5,
    "Pujupat": 5,
    "Inchipish": 4,
    "Atamain": 4,
    "Kukush": 4,
    "Sejekam": 3,
}
_FREQUENT_NAMES: Final[Mapping[str, Mapping[str, int]]] = {
    "0": {
        "María": 70,
        "Rosa": 42,
        "Juana": 30,
        "Carmen": 27,
        "Ana": 26,
        "Luz": 25,
        "Flor": 24,
        "Elena": 18,
        "Julia": 18,
        "Gladys": 16,
        "Irma": 14,
        "Nélida": 12,
        "Yolanda": 12,
        "Doris": 10,
        "Zoila": 8,
        "Paulina": 8,
        "Marcelina": 7,
        "Urpi": 5,
        "Killa": 4,
        "Nantip": 8,
        "Yanua": 7,
        "Nunkui": 7,
        "Ipak": 6,
        "Tsakim": 4,
        "Mamaik": 4,
    },
    "1": {
        "José": 62,
        "Luis": 50,
        "Juan": 48,
        "Carlos": 32,
        "Jorge": 26,
        "Víctor": 24,
        "César": 18,
        "Julio": 18,
        "Pedro": 17,
        "Percy": 12,
        "Wilson": 11,
        "Edwin": 11,
        "Hilario": 7,
        "Teófilo": 6,
        "Rumi": 4,
        "Etsa": 8,
        "Chuim": 7,
        "Jiukam": 6,
        "Tiwi": 6,
        "Uwarai": 4,
        "Kunchikui": 4,
        "Bakuach": 4,
    },
}
_ANDEAN: Final = (
    *("qui", "hua", "ccu", "pa", "llo", "cha", "ya", "mi", "ro", "san", "to", "ri", "chu", "lla"),
    *("que", "si", "ve", "ra", "lo", "ne", "zar", "go", "tu", "man", "ñi", "ju", "bel", "cor"),
)
_AWAJUN: Final = (
    *("tsa", "chi", "wa", "ja", "im", "pu", "ki", "ne", "shi", "ta", "yu", "ka", "mu", "et"),
    *("bi", "sha", "nu", "pi", "tse", "ku", "ma", "ji", "uk", "ti", "ju", "nan", "kin", "wi"),
)
_NICKNAMES: Final = (
    *("Chola", "Gringo", "Flaco", "Mocho", "Pelado", "Zurdo", "Chino", "Profe", "Negra", "Chata"),
    *("Tigre", "Shishi", "Gato", "Loro", "Wawa", "Mota", "Pichi", "Cabezón", "Colorado", "Tuco"),
)
_DISTRICTS: Final = 48
_COMMUNITIES: Final = 30
_AWAJUN_SHARE: Final = 0.2
_FREQUENT_SHARE: Final = 0.68
_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on file: what is known of her, and as what."""

    record_id: RecordId
    kind: str
    known: PersonProbe


class Crowd:
    """Invented people, the same for the same seed. ``today`` is the day of the search."""

    def __init__(self, seed: int, today: date) -> None:
        self._chance = random.Random(seed)
        self._today = today
        self._surnames = [self._invented(_ANDEAN) for _ in range(3_000)]
        self._awajun = [self._invented(_AWAJUN) for _ in range(900)]
        self._names = [self._invented(_ANDEAN) for _ in range(500)]

    def people(self, count: int) -> list[Person]:
        """Return so many people, half of them persons served."""
        return [
            Person(
                RecordId(f"{0x0190_0000_0000_7000_8000_0000_0000_0000 + number:032x}"),
                Kind.SURVIVOR if number % 2 == 0 else Kind.ALLEGED_PERPETRATOR,
                self.somebody(is_survivor=number % 2 == 0),
            )
            for number in range(1, count + 1)
        ]

    def somebody(self, *, is_survivor: bool) -> PersonProbe:
        """Return somebody as a ficha knows her: most of it, seldom all."""
        chance = self._chance
        sex = "0" if chance.random() < (0.86 if is_survivor else 0.12) else "1"
        is_awajun = chance.random() < _AWAJUN_SHARE
        age = chance.randrange(1, 85) if is_survivor else chance.randrange(16, 80)
        born = self._today - timedelta(days=round(age * _YEAR) + chance.randrange(365))
        district = chance.randrange(_DISTRICTS)
        return PersonProbe(
            names=" ".join(self._name(sex, is_awajun) for _ in range(chance.choice((1, 1, 2)))),
            surname_1=self._surname(is_awajun),
            surname_2=self._surname(is_awajun) if chance.random() < 0.93 else "",
            alias=chance.choice(_NICKNAMES) if chance.random() < 0.15 else "",
            document=f"99{chance.randrange(10**6):06d}" if chance.random() < 0.7 else "",
            age=int((self._today - born).days / _YEAR),
            birth_date=born if is_survivor and chance.random() < 0.6 else None,
            sex=sex,
            district=f"0104{district:02d}" if chance.random() < 0.9 else "",
            community=(
                f"Comunidad Inventada {district * _COMMUNITIES + chance.randrange(_COMMUNITIES)}"
                if is_survivor and chance.random() < 0.7
                else ""
            ),
        )

    def asked_anew(self, person: Person, kinds: Sequence[str]) -> PersonProbe:
        """Return how the same person is written down another time: with these variants, without
        what she does not say this time, and her age as a number."""
        chance, known = self._chance, person.known
        probe = dataclasses.replace(
            known,
            birth_date=None,
            document=known.document if chance.random() < 0.15 else "",
            age=known.age if chance.random() < 0.8 else None,
            community=known.community if chance.random() < 0.6 else "",
            district=known.district if chance.random() < 0.8 else "",
            alias="",
        )
        for kind in kinds:
            probe = VARIANTS[kind](probe, known, chance)
        return probe

    def _invented(self, syllables: Sequence[str]) -> str:
        chosen = self._chance.choices(syllables, k=self._chance.choice((2, 3, 3)))
        return "".join(chosen).capitalize()

    def _surname(self, is_awajun: bool) -> str:
        chance = self._chance
        if chance.random() < _FREQUENT_SHARE:
            return _drawn(_FREQUENT_SURNAMES, chance)
        # A tail: the first of the list are borne by many, the last by few.
        names = self._awajun if is_awajun else self._surnames
        return names[int(len(names) * chance.random() ** 2)]

    def _name(self, sex: str, is_awajun: bool) -> str:
        chance = self._chance
        if chance.random() < _FREQUENT_SHARE:
            return _drawn(_FREQUENT_NAMES[sex], chance)
        names = self._awajun if is_awajun else self._names
        return names[int(len(names) * chance.random() ** 2)]


def _drawn(weights: Mapping[str, int], chance: random.Random) -> str:
    return chance.choices(list(weights), weights=list(weights.values()))[0]


_Variant = Callable[[PersonProbe, PersonProbe, random.Random], PersonProbe]
_NAME_FIELDS: Final = ("names", "surname_1", "surname_2")


def _in_every_name(rules: Sequence[tuple[str, str]]) -> _Variant:
    """Return a variant that writes the words another way wherever a rule fits: one rule a word."""

    def written(word: str, chance: random.Random) -> str:
        low = word.lower()
        fitting = [(old, new) for old, new in rules if old in low]
        if not fitting:
            return word
        old, new = chance.choice(fitting)
        return low.replace(old, new, 1).capitalize()

    def vary(probe: PersonProbe, known: PersonProbe, chance: random.Random) -> PersonProbe:
        del known
        changed: dict[str, Any] = {
            name: " ".join(written(word, chance) for word in getattr(probe, name).split())
            for name in _NAME_FIELDS
        }
        return dataclasses.replace(probe, **changed)

    return vary


def _swapped(probe: PersonProbe, known: PersonProbe, chance: random.Random) -> PersonProbe:
    del known, chance
    return dataclasses.replace(probe, surname_1=probe.surname_2, surname_2=probe.surname_1)


def _no_document(probe: PersonProbe, known: PersonProbe, chance: random.Random) -> PersonProbe:
    del known, chance
    return dataclasses.replace(probe, document="")


def _other_age(probe: PersonProbe, known: PersonProbe, chance: random.Random) -> PersonProbe:
    assert known.age is not None
    return dataclasses.replace(probe, age=max(0, known.age + chance.choice((-3, -2, 2, 3))))


def _by_alias(probe: PersonProbe, known: PersonProbe, chance: random.Random) -> PersonProbe:
    # Called by her nickname, which is on file; one of her surnames is known.
    surname = chance.choice([one for one in (known.surname_1, known.surname_2) if one])
    return dataclasses.replace(
        probe,
        names=known.alias or known.names.split()[-1],
        surname_1=surname,
        surname_2="",
        age=known.age,
        district=known.district,
        community=known.community,
    )


def _typo(probe: PersonProbe, known: PersonProbe, chance: random.Random) -> PersonProbe:
    del known
    name = chance.choice([one for one in _NAME_FIELDS if len(getattr(probe, one)) > 3])
    text = getattr(probe, name)
    at = chance.randrange(1, len(text) - 1)
    letter = chance.choice("abdefgilmnoprstuy")
    changed = chance.choice(
        (
            text[:at] + letter + text[at + 1 :],
            text[:at] + text[at + 1 :],
            text[:at] + letter + text[at:],
            text[:at] + text[at + 1] + text[at] + text[at + 2 :],
        )
    )
    spelt: dict[str, Any] = {name: changed}
    return dataclasses.replace(probe, **spelt)


def _one_surname(probe: PersonProbe, known: PersonProbe, chance: random.Random) -> PersonProbe:
    del known, chance
    return dataclasses.replace(probe, surname_2="") if probe.surname_1 else probe


VARIANTS: Final[Mapping[str, _Variant]] = {
    "Andean spelling": _in_every_name(
        (
            *(("qui", "ki"), ("que", "ke"), ("qui", "qi"), ("hua", "wa"), ("hua", "gua")),
            *(("cc", "q"), ("ll", "l"), ("v", "b"), ("z", "s"), ("ñ", "n"), ("co", "qo")),
            *(("e", "i"), ("o", "u"), ("á", "a"), ("í", "i"), ("ca", "ka")),
        )
    ),
    "Awajún spelling": _in_every_name(
        (
            *(("b", "m"), ("m", "b"), ("ch", "sh"), ("sh", "ch"), ("a", "aa"), ("i", "ii")),
            *(("k", "k'"), ("ts", "t's"), ("ua", "uwa"), ("uwa", "ua"), ("wa", "hua")),
        )
    ),
    "surnames swapped": _swapped,
    "no document": _no_document,
    "age off by two or three": _other_age,
    "by alias and one surname": _by_alias,
    "one letter wrong": _typo,
    "second surname missing": _one_surname,
}
"""The ways in which one person is written twice."""
