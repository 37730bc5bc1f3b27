"""The work of the bench, invented: cases of sixty fields, then edits of one field each.

Nobody's: names, numbers and texts are put together by chance from a seed. How many fields are
coded, short, dates, numbers, sets and long texts, how long the texts are and how well all of it
compresses follow the study by which the targets were set. Fields and codes are those of the
official ficha.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from app.domain.definitions import Definitions
from app.services.forms import FICHA
from bench.sync.sentences import SLOTS, TEMPLATES
from bench.sync.work import Edit, Plain, Work

__all__ = ["BY_OPENING", "CENTRE", "SECONDS_A_CASE", "make_work"]

BY_OPENING: Final = ("code", "FECHA_INGRESO", "CEM")
"""What the program itself writes when a case is opened."""

CENTRE: Final = "CONDORCANQUI"
SECONDS_A_CASE: Final = 1_400
"""From one case to the next."""

_FIRST_DAY: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)

_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "coded": (
        *("CONDICION", "shift", "FORMA_INGRESO", "SEXO_VICTIMA", "LENGUA_MATERNA_VICTIMA"),
        *("ETNIA_VICTIMA", "attention_language", "interpreter_needed", "NIVEL_EDUCATIVO_VICTIMA"),
        *("ESTADO_CIVIL_VICTIMA", "OCUPACION_VICTIMA", "document_type", "VICTIMA_GESTANDO"),
        *("AREA_RESIDENCIA_DOMICILIO", "DISCAPACIDAD_VICTIMA", "leave_message", "SEXO_AGRESOR"),
        *("VINCULO_AGRESOR_VICTIMA", "AGRESOR_VIVE_CASA_VICTIMA", "OCUPACION_AGRESOR"),
        *("NIVEL_EDUCATIVO_AGRESOR", "TIPO_VIOLENCIA", "FRECUENCIA_AGREDE", "ESTADO_AGRESOR_U_A"),
        *("last_event_place", "NIVEL_DE_RIESGO_VICTIMA"),
    ),
    "short": (
        *("names", "surname_1", "surname_2", "document_number", "district", "community"),
        *("address", "address_reference", "safe_phone", "trusted_person", "legal_authority"),
        *("perpetrator_names", "perpetrator_document_number"),
    ),
    "date": ("birth_date", "last_event_on", "risk_valued_on", "legal_stage_on", "home_visit_on"),
    "number": (
        *("EDAD_VICTIMA", "EDAD_AGRESOR", "HIJAS_VIVAS_0_17", "HIJOS_VIVOS_0_17", "travel_hours"),
    ),
    "set": ("physical_acts", "psychological_acts"),
    "text": (
        *("relato", "psychological_assessment", "social_assessment", "legal_assessment"),
        *("reintegration_plan", "strengths"),
    ),
}
_SENTENCES: Final[Mapping[str, tuple[int, int]]] = {
    "relato": (3, 9),
    "psychological_assessment": (2, 5),
    "social_assessment": (1, 4),
    "legal_assessment": (1, 3),
    "reintegration_plan": (1, 3),
    "strengths": (0, 2),
}
"""The fewest and the most of each text."""

_FREE: Final = 0.72
"""The share of free sentences; the others follow a template, as reports do."""

_EDITS: Final[Mapping[str, float]] = {
    "coded": 0.38,
    "short": 0.22,
    "date": 0.14,
    "number": 0.06,
    "set": 0.04,
}
"""Shares; the rest of the edits adds a sentence to a text."""

_BLANK: Final[Mapping[str, float]] = {
    "perpetrator_document_number": 0.5,
    "legal_stage_on": 0.6,
    "home_visit_on": 0.4,
}
"""How often these are left out."""

_WORDS: Final = Path(__file__).with_name("words.txt")


def make_work(definitions: Definitions, *, cases: int, edits: int, seed: int) -> Work:
    """Return so many cases and edits, the same for the same seed."""
    return _Inventor(definitions, random.Random(seed)).work(cases, edits)


class _Inventor:
    def __init__(self, definitions: Definitions, chance: random.Random) -> None:
        form = definitions.form(FICHA)
        self._chance = chance
        self._words = _WORDS.read_text(encoding="utf-8").split()
        self._districts = sorted(one.code for one in definitions.places.districts)
        self._codes: dict[str, tuple[str, ...]] = {}
        for field_id in (*_KINDS["coded"], *_KINDS["set"]):
            field = form.get(field_id)
            assert field is not None, field_id
            assert field.catalogue is not None, field_id
            terms = definitions.catalogues[field.catalogue].terms
            self._codes[field_id] = tuple(term.code for term in terms)
        self._surnames = [self._name() for _ in range(700)]
        self._names = [self._name() for _ in range(250)]
        self._shorts = self._short_fields()

    def work(self, cases: int, edits: int) -> Work:
        kinds = {"code": "short", "FECHA_INGRESO": "date", "CEM": "coded"}
        kinds |= {name: kind for kind, names in _KINDS.items() for name in names}
        made = [self._case(number) for number in range(cases)]
        ids = [self._chance.randbytes(16).hex() for _ in made]
        return Work(kinds, ids, made, self._edits(made, edits))

    def _case(self, number: int) -> dict[str, Plain]:
        day = _FIRST_DAY + timedelta(seconds=number * SECONDS_A_CASE)
        case: dict[str, Plain] = {
            "code": f"2026-A{number + 1:04d}",
            "FECHA_INGRESO": day.date().isoformat(),
            "CEM": CENTRE,
        }
        for kind, names in _KINDS.items():
            for name in names:
                is_blank = self._chance.random() < _BLANK.get(name, 0)
                case[name] = "" if is_blank else self._value(kind, name)
        return case

    def _value(self, kind: str, name: str) -> Plain:
        chance = self._chance
        match kind:
            case "coded":
                codes = self._codes[name]
                # The first of a list are the more frequent, as codes are.
                return codes[int(len(codes) * chance.random() ** 1.5)]
            case "short":
                return self._shorts[name]()
            case "date":
                first, last = (1950, 2012) if name == "birth_date" else (2025, 2026)
                return self._date(first, last)
            case "number":
                return chance.randint(*((12, 80) if name.startswith("EDAD") else (0, 8)))
            case "set":
                codes = self._codes[name]
                return tuple(sorted(chance.sample(codes, chance.randint(1, min(5, len(codes))))))
            case _:
                return " ".join(self._sentence() for _ in range(chance.randint(*_SENTENCES[name])))

    def _edits(self, cases: Sequence[Mapping[str, Plain]], count: int) -> list[Edit]:
        plan = [kind for kind, share in _EDITS.items() for _ in range(int(share * count))]
        plan += ["text"] * (count - len(plan))
        self._chance.shuffle(plan)
        which = self._chance.sample(range(len(cases)), count)
        return [
            self._edit(cases[number], number, kind)
            for number, kind in zip(which, plan, strict=True)
        ]

    def _edit(self, case: Mapping[str, Plain], number: int, kind: str) -> Edit:
        name = self._chance.choice(_KINDS[kind])
        old = value = case[name]
        if kind == "text":
            value = f"{old} {self._sentence()}".strip()
        while value == old:
            value = self._value(kind, name)
        return Edit(number, name, value, old)

    def _date(self, first: int, last: int) -> str:
        chance = self._chance
        return (
            f"{chance.randint(first, last)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
        )

    def _name(self) -> str:
        syllables = self._chance.sample(SLOTS["syllable"], self._chance.randint(2, 4))
        return "".join(syllables).capitalize()

    def _frequent(self, names: Sequence[str]) -> str:
        return names[int(len(names) * self._chance.random() ** 2)]

    def _number(self, digits: int) -> str:
        return f"{self._chance.randrange(10 ** (digits - 1), 10**digits)}"

    def _short_fields(self) -> dict[str, Callable[[], str]]:
        chance = self._chance

        def surname() -> str:
            return self._frequent(self._surnames)

        def given() -> str:
            return " ".join(self._frequent(self._names) for _ in range(chance.randint(1, 2)))

        def place() -> str:
            return f"{surname()} {chance.choice(SLOTS['quarter'])}"

        return {
            "names": given,
            "surname_1": surname,
            "surname_2": surname,
            "document_number": lambda: self._number(8),
            "district": lambda: chance.choice(self._districts),
            "community": lambda: f"{chance.choice(SLOTS['settlement'])} {place()}",
            "address": lambda: (
                f"{chance.choice(SLOTS['street'])} {surname()} {self._number(3)}, {place()}"
            ),
            "address_reference": lambda: (
                f"a {chance.randint(1, 9)} cuadras, {chance.choice(SLOTS['landmark'])} de {place()}"
            ),
            "safe_phone": lambda: f"9{self._number(8)}",
            "trusted_person": lambda: f"{given()} {surname()} {surname()}",
            "legal_authority": lambda: f"{chance.choice(SLOTS['court'])} de {place()}",
            "perpetrator_names": given,
            "perpetrator_document_number": lambda: self._number(8),
        }

    def _sentence(self) -> str:
        chance = self._chance
        if chance.random() < _FREE:
            words = chance.choices(self._words, k=chance.randint(6, 18))
            return f"{' '.join(words).capitalize()}."
        slots = {name: chance.choice(values) for name, values in SLOTS.items()}
        return chance.choice(TEMPLATES).format(
            place=self._frequent(self._surnames), day=chance.randint(1, 28),
            count=chance.randint(1, 25), **slots,
        )  # fmt: skip
