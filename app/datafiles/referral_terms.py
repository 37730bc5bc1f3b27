"""Reading how long an answer to a referral may take, and how soon sharing stops after a consent was
taken back. Faults name file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.datafiles.lists import read_source
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.catalogue import Catalogue
from app.domain.referral import ReferralRules, ReferralTerm
from app.domain.term import Unit

__all__ = ["REFERRAL_TERMS", "read_referral_terms"]

REFERRAL_TERMS: Final = "referrals.yaml"
REPLY: Final = "plazo_respuesta"
URGENCY: Final = "urgencia"
REVOCATION: Final = "revocation"
_UNITS: Final = {one.value: one for one in Unit}


def read_referral_terms(root: Path, catalogues: Mapping[str, Catalogue]) -> ReferralRules:
    """Return the terms. Raises DefinitionError when a code of ``plazo_respuesta`` has none, or one
    stands for no code, or the order of urgency names others than its catalogue."""
    top = read_yaml(root, REFERRAL_TERMS).mapping(
        frozenset({"version", "reply_terms", "urgencies", REVOCATION}), frozenset()
    )
    codes = {term.code for term in catalogues[REPLY].terms}
    terms: dict[str, ReferralTerm] = {}
    for node in top["reply_terms"].sequence():
        entries = node.mapping(frozenset({"code", "amount", "unit", "source"}), frozenset())
        code = entries["code"].text()
        if code not in codes or code in terms:
            raise node.refuse(f"code {code!r} is not in {REPLY!r}, or stands twice")
        terms[code] = _term(code, entries)
    for code in sorted(codes - terms.keys()):
        raise top["reply_terms"].refuse(f"nothing is said about {code!r} of {REPLY!r}")
    urgencies = top["urgencies"].texts()
    if set(urgencies) != {term.code for term in catalogues[URGENCY].terms}:
        raise top["urgencies"].refuse(f"these are not the codes of {URGENCY!r}")
    node = top[REVOCATION]
    revocation = node.mapping(frozenset({"amount", "unit", "source"}), frozenset())
    return ReferralRules(terms, _term(REVOCATION, revocation), urgencies)


def _term(code: str, entries: Mapping[str, Node]) -> ReferralTerm:
    unit = _UNITS.get(entries["unit"].text())
    if unit is None:
        raise entries["unit"].refuse(f"unknown unit {entries['unit'].text()!r}")
    amount = entries["amount"].integer()
    if amount < 1:
        raise entries["amount"].refuse("a term is at least 1")
    return ReferralTerm(code, amount, unit, read_source(entries["source"]))
