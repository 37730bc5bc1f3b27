"""Whether a condition on a whole case can ever be told: it asks for answers of the ficha, and for
what follows from the other records of the case. Faults name the file and line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.datafiles.conditions import read_condition
from app.datafiles.yaml_tree import Node
from app.domain.catalogue import Catalogue
from app.domain.condition import All, Answered, Any, AtLeast, Condition, Is, Not
from app.domain.facts import DERIVED
from app.domain.form import Field, FieldType, Form
from app.domain.value import Absent, Value

__all__ = ["DERIVED_CATALOGUES", "CaseConditions"]

DERIVED_CATALOGUES: Final[Mapping[str, str]] = {
    "@occurred": "sucesos",
    "@done": "acciones",
    "@referred": "institutions",
    "@measures": "medidas",
    "@documents": "documentos",
    "@level": "nivel_riesgo",
    "@fvr_level": "nivel_fvr",
}
"""The catalogue of the codes of each name of :data:`app.domain.facts.DERIVED`."""


@dataclass(frozen=True, slots=True)
class CaseConditions:
    """Reads and checks conditions over the answers of the ficha and the derived values."""

    ficha: Form | None
    catalogues: Mapping[str, Catalogue]

    def read(self, node: Node) -> Condition:
        """Return the condition. Raises DefinitionError for an unknown field, code or value."""
        condition = read_condition(node)
        self._check(condition, node)
        return condition

    def optional(self, entries: Mapping[str, Node], key: str) -> Condition | None:
        """Return the condition under a key, or None. Raises DefinitionError."""
        return self.read(entries[key]) if key in entries else None

    def _check(self, condition: Condition, node: Node) -> None:
        match condition:
            case Not(inner):
                self._check(inner, node)
            case All(several) | Any(several):
                for one in several:
                    self._check(one, node)
            case Is(name, values):
                self._check_known(name, node)
                for value in values:
                    self._check_value(name, value, node)
            case AtLeast(name, _):
                self._check_known(name, node)
                definition = self._field(name)
                if definition is None or definition.type is not FieldType.NUMBER:
                    raise node.refuse(f"{name!r} is no number")
            case Answered(name):
                self._check_known(name, node)

    def _check_known(self, name: str, node: Node) -> None:
        if name not in DERIVED and self._field(name) is None:
            raise node.refuse(f"a condition asks for an unknown field {name!r}")

    def _field(self, name: str) -> Field | None:
        return self.ficha.get(name) if self.ficha is not None else None

    def _check_value(self, name: str, value: Value, node: Node) -> None:
        definition = self._field(name)
        if isinstance(value, Absent):
            if definition is None or value not in definition.absent:
                raise node.refuse(f"{name!r} may not be {value.value!r}")
            return
        if definition is not None and definition.type is FieldType.NUMBER:
            raise node.refuse(f"{name!r} is a number: ask with at_least")
        if definition is not None and definition.type is FieldType.FLAG:
            if value is not True:
                raise node.refuse(f"{name!r} is a tick: true")
            return
        if not isinstance(value, str):
            raise node.refuse(f"{name!r} holds codes; write them in quotes")
        listed = definition.catalogue if definition is not None else DERIVED_CATALOGUES[name]
        if listed is not None and self._term(listed, value) is None:
            raise node.refuse(f"code {value!r} of {name!r} is not in the catalogue {listed!r}")

    def _term(self, catalogue: str, code: str) -> object:
        found = self.catalogues.get(catalogue)
        return found.get(code) if found is not None else None
