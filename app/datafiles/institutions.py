"""Reading the kinds of institution that receive referrals. Faults name file and line."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.datafiles.lists import CERTAINTIES, OfficialEntry, read_source
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.definitions import EntryWay, Institution

__all__ = ["INSTITUTIONS", "read_institutions"]

INSTITUTIONS: Final = "institutions.yaml"
ENTRY_VARIABLE: Final = "FORMA_INGRESO"
_FLAGS: Final = frozenset(
    {
        "address_is_reserved",
        "needs_express_consent",
        "entry_is_voluntary",
        "is_communal_authority",
        "is_another_centre",
    }
)


def read_institutions(
    root: Path, data_items: frozenset[str], dictionary: Mapping[str, OfficialEntry]
) -> dict[str, Institution]:
    """Return the kinds of institution by code. Raises DefinitionError, also for a way of entry that
    the official variable FORMA_INGRESO does not have."""
    top = read_yaml(root, INSTITUTIONS).mapping(
        frozenset({"version", "source", "institutions"}), frozenset()
    )
    read_source(top["source"])
    official = dictionary.get(ENTRY_VARIABLE)
    ways = frozenset(code for code, _ in official.codes) if official is not None else frozenset()
    found: dict[str, Institution] = {}
    for node in top["institutions"].sequence():
        one = _institution(node, data_items, ways)
        if one.code in found:
            raise node.refuse(f"code {one.code!r} stands twice")
        found[one.code] = one
    return found


def _institution(node: Node, data_items: frozenset[str], ways: frozenset[str]) -> Institution:
    entries = node.mapping(frozenset({"code", "name", "sector"}), _FLAGS | {"needs", "entry"})
    needs = entries["needs"].texts() if "needs" in entries else ()
    for item in needs:
        if item not in data_items:
            raise entries["needs"].refuse(f"unknown data item {item!r}")

    def is_set(name: str) -> bool:
        return name in entries and entries[name].flag()

    return Institution(
        code=entries["code"].text(),
        name=entries["name"].text(),
        sector=entries["sector"].text(),
        needs=frozenset(needs),
        address_is_reserved=is_set("address_is_reserved"),
        needs_express_consent=is_set("needs_express_consent"),
        entry_is_voluntary=is_set("entry_is_voluntary"),
        is_communal_authority=is_set("is_communal_authority"),
        is_another_centre=is_set("is_another_centre"),
        entry=_entry(entries["entry"], ways) if "entry" in entries else None,
    )


def _entry(node: Node, ways: frozenset[str]) -> EntryWay:
    entries = node.mapping(frozenset({"code", "certainty"}), frozenset({"note"}))
    code, certainty = entries["code"].text(), entries["certainty"].text()
    if code not in ways:
        raise entries["code"].refuse(f"{code!r} is no code of {ENTRY_VARIABLE}")
    if certainty not in CERTAINTIES:
        raise entries["certainty"].refuse(f"unknown certainty {certainty!r}")
    return EntryWay(code, certainty, entries["note"].text() if "note" in entries else "")
