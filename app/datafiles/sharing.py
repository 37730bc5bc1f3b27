"""Reading when data may be shared: legal bases and who may consent. Faults name file and line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from app.datafiles.lists import read_source
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.catalogue import Catalogue
from app.domain.definitions import ConsentGiver, Institution, LegalBasis, SharingRules

__all__ = ["SHARING", "read_sharing"]

SHARING: Final = "sharing.yaml"
_BASES: Final = "base_legal"
_GIVERS: Final = "quien_consiente"
_OPEN: Final = "gap"


def read_sharing(
    root: Path, institutions: Mapping[str, Institution], catalogues: Mapping[str, Catalogue]
) -> SharingRules:
    """Return the rules of sharing. Raises DefinitionError when one names what no list has, or a
    list offers what no rule is about."""
    top = read_yaml(root, SHARING).mapping(
        frozenset({"version", "legal_bases", "givers"}), frozenset()
    )
    bases: dict[str, LegalBasis] = {}
    for node in top["legal_bases"].sequence():
        basis = _basis(node, institutions)
        _check_code(node, basis.code, bases, catalogues[_BASES])
        bases[basis.code] = basis
    givers: dict[str, ConsentGiver] = {}
    for node in top["givers"].sequence():
        giver = _giver(node)
        _check_code(node, giver.code, givers, catalogues[_GIVERS])
        givers[giver.code] = giver
    _check_all(top["legal_bases"], bases, catalogues[_BASES])
    _check_all(top["givers"], givers, catalogues[_GIVERS])
    return SharingRules(bases, givers)


def _basis(node: Node, institutions: Mapping[str, Institution]) -> LegalBasis:
    entries = node.mapping(
        frozenset({"code", "source"}), frozenset({"sectors", "institutions", "outweighs_refusal"})
    )
    sectors = _named(entries, "sectors", {one.sector for one in institutions.values()})
    named = _named(entries, "institutions", institutions)
    source = read_source(entries["source"])
    if bool(sectors or named) == (source.certainty == _OPEN):
        raise node.refuse("a legal basis names institutions or sectors, or its source is a gap")
    return LegalBasis(
        code=entries["code"].text(),
        sectors=sectors,
        institutions=named,
        outweighs_refusal="outweighs_refusal" in entries and entries["outweighs_refusal"].flag(),
        source=source,
    )


def _giver(node: Node) -> ConsentGiver:
    entries = node.mapping(
        frozenset({"code", "is_herself", "source"}), frozenset({"age_min", "age_max"})
    )
    return ConsentGiver(
        code=entries["code"].text(),
        is_herself=entries["is_herself"].flag(),
        age_min=entries["age_min"].integer() if "age_min" in entries else None,
        age_max=entries["age_max"].integer() if "age_max" in entries else None,
        source=read_source(entries["source"]),
    )


def _named(entries: Mapping[str, Node], key: str, known: Collection[str]) -> frozenset[str]:
    names = frozenset(entries[key].texts()) if key in entries else frozenset()
    for name in sorted(names):
        if name not in known:
            raise entries[key].refuse(f"unknown {key} {name!r}")
    return names


def _check_code(node: Node, code: str, found: Collection[str], catalogue: Catalogue) -> None:
    if code in found:
        raise node.refuse(f"code {code!r} stands twice")
    if catalogue.get(code) is None:
        raise node.refuse(f"code {code!r} is not in the catalogue {catalogue.id!r}")


def _check_all(node: Node, found: Collection[str], catalogue: Catalogue) -> None:
    for term in catalogue.terms:
        if term.code not in found:
            raise node.refuse(f"nothing is said about {term.code!r} of {catalogue.id!r}")
