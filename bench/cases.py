"""Invented case files by the thousand, and what people would type to find them.

Nobody's: names, numbers and texts are put together by chance from a seed. How often a name occurs
follows the valleys that the program is for, as that is what a search has to bear.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from app.domain.value import Value
from app.samples import Samples

__all__ = ["case_values", "edits", "queries"]

_SURNAMES: Final = (
    *("Quispe", "Mamani", "Huamán", "Flores", "Condori", "Wajai", "Chumap", "Tsamajain", "Rojas"),
    *("Huanca", "Ccori", "Qquenta", "Yampis", "Kuji", "Ampam", "Taki", "Apolinario", "Ticona"),
    *("Esamat", "Wampankit", "Shimpukat", "Vílchez", "Chávez", "Pujupat", "Inchipish", "Ñahui"),
    *("Atamain", "Huarcaya", "Palomino", "Kukush", "Sejekam", "Tiwi", "Uwarai", "Zabarburú"),
)
_NAMES: Final = (
    *("María", "Rosa", "Nantip", "Yanua", "Sisa", "Killa", "Flor", "Ipak", "Urpi", "Marcelina"),
    *("Nunkui", "Juana", "Elena", "Tsakim", "Doris", "Qori", "Wayta", "Yolanda", "Chuim", "Irma"),
    *("Zoila", "Paulina", "Etsa", "Mamaik", "Jiukam", "Luz", "Ana", "Carmen", "Gladys", "Ñusta"),
)
_TEXT: Final = (
    "relato inventado para la medición refiere hechos repetidos en la casa de la comunidad "
    "según dice después de la reunión del mes pasado y antes de la fiesta del pueblo no "
    "corresponde a ninguna persona"
)
_DISTRICTS: Final = ("010401", "010402", "010403", "010205")
_COMMUNITIES: Final = 120
_NARRATIVE_WORDS: Final = (40, 220)


def case_values(samples: Samples, chance: random.Random) -> dict[str, Value]:
    """Return the values of a whole ficha with its risk, by field id: some sixty fields."""
    values = {**samples.one_more, **samples.risk}
    # The use case that opens the file fills in the centre.
    del values["CEM"]
    values |= {
        "names": " ".join(chance.sample(_NAMES, chance.choice((1, 1, 2)))),
        "surname_1": _surname(chance),
        "surname_2": _surname(chance),
        "EDAD_VICTIMA": chance.randrange(1, 90),
        "SEXO_VICTIMA": chance.choice(("0", "0", "0", "0", "0", "0", "1")),
        "document_number": f"99{chance.randrange(10**6):06d}",
        "district": chance.choice(_DISTRICTS),
        "community": f"Comunidad Inventada {chance.randrange(_COMMUNITIES) + 1}",
        "safe_phone": f"999 {chance.randrange(1000):03d} {chance.randrange(1000):03d}",
        "TIPO_VIOLENCIA": chance.choice("0123"),
        "NIVEL_DE_RIESGO_VICTIMA": chance.choice("112223"),
        "perpetrator_surname_1": _surname(chance),
        "relato": _narrative(chance),
    }
    return values


def edits(chance: random.Random) -> Iterator[tuple[str, Value]]:
    """Yield what somebody types next, field by field, without end: mostly the ficha's plain
    fields, at times a narrative, a risk or a name, which alter the list and its search."""
    number = 0
    while True:
        number += 1
        yield "route", f"{number} h en peque-peque desde Huampami"
        yield "safe_hours", f"martes y jueves, desde las {number % 12 + 8} h, vez {number}"
        yield "HIJAS_VIVAS_0_17", number % 19
        yield "relato", _narrative(chance)
        yield "interpreter_name", f"Intérprete Inventada {number}"
        yield "NIVEL_DE_RIESGO_VICTIMA", chance.choice("123")
        yield "EDAD_VICTIMA", chance.randrange(1, 90)
        yield "surname_1", f"{_surname(chance)} {_surname(chance)}"
        yield "TIPO_VIOLENCIA", chance.choice("0123")
        yield "risk_reason", f"Motivo inventado número {number}"


def queries(code: str, document: str) -> tuple[str, ...]:
    """Return what people type to find somebody: frequent and rare, misspelt and in other
    spellings, a case number, a document, a telephone, somebody who is not there."""
    return (
        *("Quispe", "Kispe", "qispi maria", "Quispe Mamani Rosa", "Huamán", "Guaman flor", "waman"),
        *("Chumap", "Tsamajain nunkui", "Shimpucat", "Vilches", "Bilchez", "ñahui", "sarburu"),
        *(code, document, "999 12", "Comunidad Inventada 7", "maria", "nadie que exista"),
    )


def _surname(chance: random.Random) -> str:
    # The first of the list are by far the most frequent, as surnames are.
    return _SURNAMES[int(len(_SURNAMES) * chance.random() ** 2)]


def _narrative(chance: random.Random) -> str:
    return " ".join(chance.choices(_TEXT.split(), k=chance.randint(*_NARRATIVE_WORDS)))
