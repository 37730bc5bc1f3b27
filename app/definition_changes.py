"""What differs between two releases of the definitions, and what must never differ.

Numbers and codes are only ever added: what a laptop stored stays readable (``app/data/README.md``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.catalogue import Catalogue, Term
from app.domain.definitions import Definitions
from app.domain.errors import DomainError
from app.domain.folding import fold
from app.domain.form import Field, Form

__all__ = ["Change", "changes_between", "refuse_reuse"]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what a pack changes, in Spanish: what kind of change, and of what."""

    kind: str
    what: str


_NEW_FORM: Final = "Formulario nuevo"
_NEW_FIELD: Final = "Campo nuevo"
_CHANGED_FIELD: Final = "Campo que cambia"
_GONE_FIELD: Final = "Ya no se pregunta"
_NEW_LIST: Final = "Lista nueva"
_NEW_CODE: Final = "Código nuevo"
_CLOSED_CODE: Final = "Código que se cierra"
_SPELT: Final = "Se corrige la escritura"
_NEW_RULE: Final = "Regla nueva"
_CHANGED_RULE: Final = "Regla que cambia"
_GONE_RULE: Final = "Regla que se retira"
_PLACES: Final = "Distritos"

_SEEN_APART: Final = frozenset({"version", "registry", "forms", "catalogues", "places"})
"""What of the definitions is compared piece by piece; everything else is compared as rules."""

_RULES: Final[Mapping[str, str]] = {
    "institutions": "institución",
    "data_items": "dato que se comparte",
    "sharing": "base para compartir",
    "deadlines": "plazo",
    "pathways": "ruta",
    "instruments": "instrumento",
    "letters": "escrito",
}
"""How a rule is called; one without a word here shows the name that it has in the program."""


def refuse_reuse(before: Definitions, after: Definitions) -> None:
    """Raise DomainError when a number or code is gone, means something else, or a field holds
    another kind of value: ``definitions_number_reused``, ``definitions_meaning_changed``,
    ``definitions_code_gone``, ``definitions_code_reused``."""
    numbers = {(one.kind, one.field): one for one in after.registry.entries}
    for entry in before.registry.entries:
        if numbers.get((entry.kind, entry.field)) != entry:
            raise DomainError("definitions_number_reused", field=f"{entry.kind}.{entry.field}")
    for field in _fields(before).values():
        now = after.field_of(field.kind, field.field)
        if now is not None and (now.type, now.merge) != (field.type, field.merge):
            raise DomainError("definitions_meaning_changed", field=f"{field.kind}.{field.field}")
    for catalogue in before.catalogues.values():
        for term in catalogue.terms:
            _refuse_other_meaning(catalogue, term, after.catalogues.get(catalogue.id))


def changes_between(before: Definitions, after: Definitions) -> Iterator[Change]:
    """Yield what the later release changes, in the order in which people look for it."""
    yield from _form_changes(before, after)
    for catalogue in after.catalogues.values():
        yield from _list_changes(before.catalogues.get(catalogue.id), catalogue)
    for one in dataclasses.fields(Definitions):
        if one.name not in _SEEN_APART and not one.name.startswith("_"):
            word = _RULES.get(one.name, one.name)
            yield from _rule_changes(word, getattr(before, one.name), getattr(after, one.name))
    if before.places != after.places:
        yield Change(_CHANGED_RULE, f"{_PLACES}: {before.places.version} → {after.places.version}")


def _refuse_other_meaning(catalogue: Catalogue, term: Term, now: Catalogue | None) -> None:
    found = now.get(term.code) if now is not None else None
    if found is None:
        raise DomainError("definitions_code_gone", code=f"{catalogue.id}/{term.code}")
    if fold(found.label) != fold(term.label):
        raise DomainError("definitions_code_reused", code=f"{catalogue.id}/{term.code}")


def _fields(definitions: Definitions) -> dict[tuple[str, str], Field]:
    return {
        (one.kind, one.field): one for form in definitions.forms.values() for one in form.fields()
    }


def _form_changes(before: Definitions, after: Definitions) -> Iterator[Change]:
    for form in after.forms.values():
        old = before.forms.get(form.id)
        if old is None:
            yield Change(_NEW_FORM, f"{form.title} ({form.id})")
            continue
        for one in form.fields():
            was = old.get(one.id)
            if was is None:
                yield Change(_NEW_FIELD, _named(form, one))
            elif was != one:
                yield Change(_CHANGED_FIELD, f"{_named(form, one)}: {_differing(was, one)}")
        for one in old.fields():
            if form.get(one.id) is None:
                yield Change(_GONE_FIELD, _named(old, one))
    for form_id in before.forms.keys() - after.forms.keys():
        yield Change(_GONE_RULE, f"{before.forms[form_id].title} ({form_id})")


def _named(form: Form, field: Field) -> str:
    section = form.section_of(field.id)
    where = f" › {section.title}" if section is not None else ""
    return f"{form.title}{where}: «{field.brief}» ({field.id})"


def _differing(was: Field, now: Field) -> str:
    names = (one.name for one in dataclasses.fields(Field))
    return ", ".join(name for name in names if getattr(was, name) != getattr(now, name))


def _list_changes(old: Catalogue | None, now: Catalogue) -> Iterator[Change]:
    if old is None:
        yield Change(_NEW_LIST, f"{now.id} ({len(now.terms)})")
        return
    for term in now.terms:
        was, name = old.get(term.code), f"{now.id}/{term.code} «{term.label}»"
        if was is None:
            yield Change(_NEW_CODE, name)
            continue
        if term.valid_to != was.valid_to and term.valid_to is not None:
            yield Change(_CLOSED_CODE, f"{name}, {term.valid_to:%d/%m/%Y}")
        elif term.label != was.label:
            yield Change(_SPELT, name)
        elif term != was:
            yield Change(_CHANGED_RULE, name)


def _rule_changes(word: str, old: object, now: object) -> Iterator[Change]:
    """Compare rules by their keys, or codes, or whole when they have none."""
    if dataclasses.is_dataclass(now) and dataclasses.is_dataclass(old):
        for one in dataclasses.fields(now):
            yield from _rule_changes(word, getattr(old, one.name), getattr(now, one.name))
        return
    olds, nows = _by_key(old), _by_key(now)
    if olds is None or nows is None:
        if old != now:
            yield Change(_CHANGED_RULE, word)
        return
    for key, rule in nows.items():
        if key not in olds:
            yield Change(_NEW_RULE, f"{word} {key}")
        elif olds[key] != rule:
            yield Change(_CHANGED_RULE, f"{word} {key}")
    for key in olds.keys() - nows.keys():
        yield Change(_GONE_RULE, f"{word} {key}")


def _by_key(rules: object) -> dict[str, object] | None:
    if isinstance(rules, Mapping):
        return {str(key): rule for key, rule in rules.items()}
    if isinstance(rules, tuple):
        keys = [getattr(one, "code", None) or getattr(one, "id", None) for one in rules]
        return dict(zip(map(str, keys), rules, strict=True)) if all(keys) else None
    return None
