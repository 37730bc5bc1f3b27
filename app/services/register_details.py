"""What an entry of the audit says besides the act, in words: which field, paper, role, colleague.

Of a case never more than its number; a name is that of a colleague alone. What a program of a later
version wrote, and what proves something to a machine, has no words here: the export alone holds it
as it is. Storage thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from app.domain.change import RecordId
from app.domain.definitions import Definitions
from app.domain.marks import N_
from app.domain.records import Kind
from app.domain.signing_keys import key_said
from app.services.accounts import named
from app.services.conflict_words import NEWER_FIELD, label_of
from app.services.ports import FieldKey, UnitOfWork
from app.services.record_words import kind_title

__all__ = ["SEPARATOR", "colleague", "detail_said", "laptop_said"]

SEPARATOR: Final = " · "
"""Between the parts of a detail, each of which is said in a language by itself."""

_ID_DIGITS: Final = 32
_WITH_STORY: Final = "+relato"

_FORMERLY: Final = N_("antes")
_NOW: Final = N_("ahora")

_COUNTED: Final[Mapping[str, str]] = {
    "times": N_("veces"),
    "rows": N_("filas"),
    "refused": N_("filas no aceptadas"),
    "set_aside": N_("filas apartadas"),
}

_CODED: Final[Mapping[str, str]] = {
    "ra-cem": N_("formato oficial"),
    "extended": N_("con los demás campos"),
    "clear": N_("sin cifrar"),
    "words": N_("cifrado con palabras"),
    "key": N_("cifrado para una llave"),
    "print": N_("en papel"),
    "pdf": N_("en PDF"),
    "export": N_("en un archivo"),
}

_OF_ACTS: Final = frozenset({"refused", "access"})
_OF_FIELDS: Final = frozenset({"edit", "settle", "unsettle"})
_OF_ROLES: Final = frozenset({"person_added", "roles_changed"})
_OF_PAPERS: Final = frozenset({"print", "pdf", "print_again", "pdf_again"})
_OF_COUNTS: Final = frozenset(
    {"export", "import", "remove_dataset", "export_audit", "unlock_failed", "print_refused"}
)
_OF_LETTERS: Final = frozenset({"sheets_opened", "sheets_drill", "sheets_custody"})

_OF_LAPTOPS: Final = frozenset({"device_granted", "device_revoked", "lost_report"})
_DEVICE_SIGNS: Final = 8

_KNOWN_WORD: Final = re.compile(r"[A-C](?:[+,][A-C])*")
_COUNT: Final = re.compile(r"([a-z_]+)=([0-9]+)")


def colleague(uow: UnitOfWork, object_id: str) -> str:
    """Return the name of the person of the centre whom an entry is about, or nothing: of a person
    served never."""
    if len(object_id) != _ID_DIGITS:
        return ""
    record = RecordId(object_id)
    if uow.records.kind_of(record) != Kind.PERSON:
        return ""
    who = named(uow, record)
    return who.name if who is not None else ""


def laptop_said(action: str, object_id: str) -> str:
    """Return the signs by which ``qispi device list`` names the laptop that an entry is about, or
    nothing."""
    return object_id[:_DEVICE_SIGNS] if action in _OF_LAPTOPS else ""


def detail_said(definitions: Definitions, action: str, detail: str) -> str:
    """Return the detail of an entry: parts between :data:`SEPARATOR`, each in words; nothing where
    it has none."""
    said, _ = key_said(detail)
    if not said:  # also of a case that who reads it must not know of
        return ""
    words = _BY_ACTION.get(action, _nothing)
    return SEPARATOR.join(one for one in words(definitions, said) if one)


def _nothing(definitions: Definitions, detail: str) -> Iterable[str]:
    del definitions, detail
    return ()


def _acts(definitions: Definitions, detail: str) -> Iterable[str]:
    acts = definitions.authorisation.acts
    return (acts[one].title if one in acts else one for one in detail.split())


def _field(definitions: Definitions, detail: str) -> Iterable[str]:
    kind, _, name = detail.partition(".")
    for form in definitions.forms.values():
        for one in form.fields():
            if (one.kind, one.field) == (kind, name):
                return (one.brief,)
    said = label_of(definitions, FieldKey(kind, RecordId(""), name))
    return (said if said != NEWER_FIELD else kind_title(definitions, kind) or NEWER_FIELD,)


def _roles(definitions: Definitions, detail: str) -> Iterable[str]:
    """Roles that somebody has, or those of before and those of now."""
    roles = definitions.authorisation.roles

    def titles(codes: str) -> Iterable[str]:
        return (roles[one].title if one in roles else one for one in codes.split(",") if one)

    before, changes, now = detail.partition(">")
    if not changes:
        return titles(before)
    was, is_now = ", ".join(titles(before)), ", ".join(titles(now))
    return (f"{_FORMERLY}: {was}", f"{_NOW}: {is_now}")


def _papers(definitions: Definitions, detail: str) -> Iterable[str]:
    """A paper; of a referral whom it goes to, and what of the case leaves with it."""
    paper = detail.removesuffix(_WITH_STORY)
    story = (N_("con el relato"),) if paper != detail else ()
    for form in definitions.forms.values():
        if form.id == paper:
            return (form.title, *story)
    for letter in definitions.letters.values():
        if letter.slug == paper:
            return (letter.title, *story)
    labels = {one.code: one.label for one in definitions.data_items}
    to, *items = detail.split() or [""]
    if to not in definitions.institutions:
        return ()
    return (definitions.institutions[to].name, *(labels.get(one, one) for one in items))


def _counts(definitions: Definitions, detail: str) -> Iterable[str]:
    del definitions
    for one in detail.split():
        counted = _COUNT.fullmatch(one)
        if counted is not None and counted[1] in _COUNTED:
            yield f"{_COUNTED[counted[1]]}: {counted[2]}"
        elif one in _CODED:
            yield _CODED[one]


def _letters(definitions: Definitions, detail: str) -> Iterable[str]:
    del definitions
    return (detail,) if _KNOWN_WORD.fullmatch(detail) else ()


_Words = Callable[[Definitions, str], Iterable[str]]

_BY_ACTION: Final[Mapping[str, _Words]] = (
    dict.fromkeys(_OF_ACTS, _acts)
    | dict.fromkeys(_OF_FIELDS, _field)
    | dict.fromkeys(_OF_ROLES, _roles)
    | dict.fromkeys(_OF_PAPERS, _papers)
    | dict.fromkeys(_OF_COUNTS, _counts)
    | dict.fromkeys(_OF_LETTERS, _letters)
)
