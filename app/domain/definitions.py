"""Everything the program knows from its data files, read once and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.domain.catalogue import Catalogue
from app.domain.errors import DomainError
from app.domain.form import Field, Form
from app.domain.registry import FieldRegistry

__all__ = ["DataItem", "Definitions", "District", "Institution", "Places"]


@dataclass(frozen=True, slots=True)
class District:
    """A district with its UBIGEO code of INEI (six digits as text, leading zeros kept)."""

    code: str
    district: str
    province: str
    department: str
    reniec_code: str


@dataclass(frozen=True, slots=True)
class Places:
    """The districts of Peru by INEI code (departments and provinces are its first digits)."""

    version: str
    districts: tuple[District, ...]
    _by_code: dict[str, District] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for one in self.districts:
            self._by_code[one.code] = one

    def get(self, code: str) -> District | None:
        """Return the district of an INEI code, or None."""
        return self._by_code.get(code)


@dataclass(frozen=True, slots=True)
class Institution:
    """A kind of institution that receives referrals.

    ``needs`` are the data items it cannot work without (the rest of the minimum is in the referral
    document's definition);
    ``needs_express_consent`` marks communal authorities (Ley 30364; DS 009-2019-MC).
    """

    code: str
    name: str
    sector: str
    needs: frozenset[str] = frozenset()
    needs_express_consent: bool = False


@dataclass(frozen=True, slots=True)
class DataItem:
    """One thing of a case that may leave on a referral: which fields it shows, and whether the
    minimum holds it by default; ``gated`` is one of :data:`app.domain.catalogue.GATES`."""

    code: str
    label: str
    fields: tuple[str, ...]
    by_default: bool
    gated: str | None = None


@dataclass(frozen=True, slots=True)
class Definitions:
    """Forms, catalogues, places, institutions and the registry of one release of the data."""

    version: str
    registry: FieldRegistry
    forms: Mapping[str, Form]
    catalogues: Mapping[str, Catalogue]
    places: Places
    institutions: Mapping[str, Institution]
    data_items: tuple[DataItem, ...]
    _by_record_field: dict[tuple[str, str], Field] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for form in self.forms.values():
            for one in form.fields():
                self._by_record_field[one.kind, one.field] = one

    def form(self, form_id: str) -> Form:
        """Return the form of this id. Raises DomainError when there is none."""
        try:
            return self.forms[form_id]
        except KeyError:
            raise DomainError("form_unknown", form=form_id) from None

    def field_of(self, kind: str, name: str) -> Field | None:
        """Return the definition of a field of a kind of record, or None if no form shows it."""
        return self._by_record_field.get((kind, name))
