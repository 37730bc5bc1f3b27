"""Everything the program knows from its data files, read once and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from app.domain.catalogue import Catalogue, Source
from app.domain.deadline import CountingNote, DeadlineRule
from app.domain.errors import DomainError
from app.domain.form import Field, Form, Section
from app.domain.instrument import Instrument
from app.domain.letter import FormPaper, LetterTemplate
from app.domain.official_format import OfficialFormat
from app.domain.pathway import Pathway
from app.domain.permission import Authorisation, act_to_read
from app.domain.referral import ReferralRules
from app.domain.registry import FieldRegistry
from app.domain.risk import RiskRules
from app.domain.statistics import Reports

__all__ = [
    "ConsentGiver",
    "DataItem",
    "Definitions",
    "District",
    "EntryWay",
    "Institution",
    "LegalBasis",
    "Places",
    "SharingRules",
]


@dataclass(frozen=True, slots=True)
class District:
    """A district with its UBIGEO code of INEI (six digits as text, leading zeros kept)."""

    code: str
    district: str
    province: str
    department: str
    reniec_code: str

    @property
    def words(self) -> str:
        """The district as people write it."""
        return f"{self.district}, {self.province}, {self.department}"


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
class EntryWay:
    """The official code of FORMA_INGRESO of a case that comes from a kind of institution, how
    certain it is, and what is doubtful about it."""

    code: str
    certainty: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Institution:
    """A kind of institution that receives referrals, or sends them.

    ``needs`` are the data items it cannot work without (the rest of the minimum is in the referral
    document's definition); ``address_is_reserved`` marks refuges: nothing that leads to one is
    stored or leaves with a referral; ``needs_express_consent`` marks those that no legal basis
    opens her file to: communal authorities (DS 009-2019-MC), private institutions and refuges.
    ``entry_is_voluntary`` marks those that she enters by her own signed will (DS 009-2016-MIMP,
    art. 87.1 and 90.1); ``is_communal_authority`` those that are told only when she allows it and
    they are no kin; ``is_another_centre`` another CEM. ``entry`` is None where the way of entry was
    not decided.
    """

    code: str
    name: str
    sector: str
    needs: frozenset[str] = frozenset()
    address_is_reserved: bool = False
    needs_express_consent: bool = False
    entry_is_voluntary: bool = False
    is_communal_authority: bool = False
    is_another_centre: bool = False
    entry: EntryWay | None = None


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
class LegalBasis:
    """What lets data be shared without consent, with those whom it names and nobody else;
    ``outweighs_refusal`` when the law obliges, so that it holds against her *no*, too."""

    code: str
    sectors: frozenset[str]
    institutions: frozenset[str]
    outweighs_refusal: bool
    source: Source

    def names(self, institution: Institution) -> bool:
        """Return whether it holds for this kind of institution."""
        return institution.code in self.institutions or institution.sector in self.sectors


@dataclass(frozen=True, slots=True)
class ConsentGiver:
    """Who may consent: the person served herself, or somebody for her, while she is of an age."""

    code: str
    is_herself: bool
    age_min: int | None
    age_max: int | None
    source: Source

    def may_be(self, age: int | None) -> bool:
        """Return whether this one may consent for a person of that age (None: not known)."""
        if age is None:
            return True
        return (self.age_min is None or age >= self.age_min) and (
            self.age_max is None or age <= self.age_max
        )


@dataclass(frozen=True, slots=True)
class SharingRules:
    """Legal bases and givers of consent, by the codes of their catalogues."""

    legal_bases: Mapping[str, LegalBasis]
    givers: Mapping[str, ConsentGiver]


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
    sharing: SharingRules
    instruments: Mapping[str, Instrument]
    risk: RiskRules
    referrals: ReferralRules
    official: OfficialFormat
    reports: Reports
    deadlines: Mapping[str, tuple[DeadlineRule, ...]]
    """Terms of the law and of the centre by id, each with its versions in the order of time."""
    counting: tuple[CountingNote, ...]
    """How terms are counted, in words, each with its norm and how certain it is."""
    pathways: Mapping[str, Pathway]
    """Pathways by id, in the version that holds, in the order in which their tasks are shown."""
    letters: Mapping[str, LetterTemplate]
    """Letters by their code, in the version that holds."""
    papers: Mapping[str, FormPaper]
    """What printed forms say around their questions, by form id."""
    authorisation: Authorisation
    """Who may do what with whose case."""
    _by_record_field: dict[tuple[str, str], Field] = field(
        default_factory=dict, repr=False, compare=False
    )
    _searched: dict[str, list[Field]] = field(default_factory=dict, repr=False, compare=False)
    _by_kind: dict[str, list[tuple[Form, Field]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    _acts_to_read: dict[tuple[str, str], set[str]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _in_section: dict[tuple[str, str], list[tuple[Section, Field]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        for form in self.forms.values():
            for section in form.sections:
                for one in section.fields:
                    self._by_record_field[one.kind, one.field] = one
                    self._by_kind.setdefault(one.kind, []).append((form, one))
                    of_reading = act_to_read(self.authorisation, section, one)
                    self._acts_to_read.setdefault((one.kind, one.field), set()).add(of_reading)
                    places = self._in_section.setdefault((one.kind, one.field), [])
                    places.append((section, one))
        for one in self._by_record_field.values():
            if one.in_search or one.search_digits:
                self._searched.setdefault(one.kind, []).append(one)

    def form(self, form_id: str) -> Form:
        """Return the form of this id. Raises DomainError when there is none."""
        try:
            return self.forms[form_id]
        except KeyError:
            raise DomainError("form_unknown", form=form_id) from None

    def field_of(self, kind: str, name: str) -> Field | None:
        """Return the definition of a field of a kind of record, or None if no form shows it."""
        return self._by_record_field.get((kind, name))

    def sections_with(self, kind: str, name: str) -> Sequence[tuple[Section, Field]]:
        """Return every section that shows a field of a kind of record, with its definition there;
        empty for what no form shows."""
        return self._in_section.get((kind, name), ())

    def acts_to_read(self, kind: str, name: str) -> AbstractSet[str]:
        """Return the acts that reading a field of a kind of record is; none for what no form
        shows."""
        return self._acts_to_read.get((kind, name), frozenset())

    def fields_of(self, kind: str) -> Sequence[tuple[Form, Field]]:
        """Return every field of a kind of record, with the form that shows it."""
        return self._by_kind.get(kind, ())

    def searched(self, kind: str) -> Sequence[Field]:
        """Return the fields of a kind of record by whose text a case is found."""
        return self._searched.get(kind, ())
