"""Reading who may do what: roles and the matrix of acts. Faults name file and line."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from app.datafiles.lists import read_source
from app.datafiles.yaml_tree import Node, read_yaml
from app.domain.form import Form
from app.domain.permission import (
    OPEN_FILE,
    OPEN_RELATIONS,
    SEE_NARRATIVE,
    SEE_PSYCHOLOGICAL,
    SEE_SECTION,
    WIDER,
    WRITE_OTHER_SECTION,
    WRITE_OWN_SECTION,
    WRITE_PSYCHOLOGICAL,
    Access,
    Act,
    Authorisation,
    Exempt,
    Relation,
    Role,
)

__all__ = ["AUTHORISATION", "CALLERS", "ROLES", "read_authorisation", "read_roles"]

AUTHORISATION: Final = "authorisation.yaml"
ROLES: Final = "roles.yaml"
CALLERS: Final = frozenset({"services", "program", "anyone"})

_ASKED_BY_THE_RULE: Final = (
    OPEN_FILE,
    SEE_SECTION,
    SEE_NARRATIVE,
    SEE_PSYCHOLOGICAL,
    WRITE_OWN_SECTION,
    WRITE_OTHER_SECTION,
    WRITE_PSYCHOLOGICAL,
)
_ANSWERS: Final = {
    "yes": Access.YES,
    "exceptional": Access.EXCEPTIONAL,
    "exists": Access.EXISTS,
}
_RELATIONS: Final = {one.value: one for one in Relation if one is not Relation.BLOCKED}
_CODE: Final = re.compile(r"[a-z][a-z_]*")
_USE_CASE: Final = re.compile(r"[a-z_]+\.[A-Za-z_]+")
_ELSEWHERE: Final = re.compile(r"(?:app|db|sync|ui)(?:\.[A-Za-z_]+){2,}")

Grants = dict[tuple[str, Relation], Access]


def read_roles(root: Path) -> Mapping[str, Role]:
    """Return the roles by code, in their order. Raises DefinitionError."""
    top = read_yaml(root, ROLES).mapping(frozenset({"version", "roles"}), frozenset())
    roles: dict[str, Role] = {}
    for node in top["roles"].sequence():
        entries = node.mapping(
            frozenset({"code", "title", "purpose", "attends", "source"}),
            frozenset({"has_account"}),
        )
        role = Role(
            code=_code(entries["code"], roles),
            title=entries["title"].text(),
            purpose=entries["purpose"].text(),
            source=read_source(entries["source"]),
            attends=entries["attends"].flag(),
            has_account=_flag(entries, "has_account", default=True),
        )
        if role.attends and not role.has_account:
            raise node.refuse("who attends has an account")
        roles[role.code] = role
    return roles


def read_authorisation(root: Path, forms: Mapping[str, Form]) -> Authorisation:
    """Return the matrix. ``forms`` have the fields that acts may be about.

    Raises DefinitionError when a row names what is not there, stands twice, allows more where the
    ties are weaker, or keeps somebody who attends from an urgent act.
    """
    roles = read_roles(root)
    top = read_yaml(root, AUTHORISATION).mapping(
        frozenset({"version", "groups", "acts", "no_act"}), frozenset()
    )
    reader = _Reader(roles, _groups(top["groups"]), _names_of(forms))
    for node in top["acts"].sequence():
        reader.take(node)
    for node in top["no_act"].sequence():
        reader.take_exempt(node)
    for name in _ASKED_BY_THE_RULE:
        if name not in reader.acts:
            raise top["acts"].refuse(f"the act {name!r} is missing")
    reader.check_parts()
    return Authorisation(
        version=top["version"].text(),
        roles=roles,
        groups=reader.groups,
        acts=reader.acts,
        exempt=tuple(reader.exempt),
    )


class _Reader:
    """Takes the rows one by one, and knows what stood before."""

    def __init__(
        self, roles: Mapping[str, Role], groups: Mapping[str, str], fields: Collection[str]
    ) -> None:
        self.roles = roles
        self.groups = groups
        self.acts: dict[str, Act] = {}
        self.exempt: list[Exempt] = []
        self._fields = fields
        self._named: dict[str, str] = {}
        self._parts: list[tuple[str, Node]] = []

    def take(self, node: Node) -> None:
        entries = node.mapping(
            frozenset({"id", "title", "group", "allow", "reason", "source"}),
            frozenset(
                {"about", "urgent", "tells_team", "use_cases", "elsewhere", "part_of", "planned"}
                | {"reads", "writes"}
            ),
        )
        is_about_case = _is_about_case(entries)
        act = Act(
            id=_code(entries["id"], self.acts),
            title=entries["title"].text(),
            group=_one_of(entries["group"], self.groups, "group"),
            reason=entries["reason"].text(),
            source=read_source(entries["source"]),
            grants=self._grants(entries["allow"], is_about_case=is_about_case),
            is_about_case=is_about_case,
            is_urgent=_flag(entries, "urgent", default=False),
            tells_team=_flag(entries, "tells_team", default=False),
            use_cases=self._use_cases(entries, "use_cases"),
            elsewhere=self._elsewhere(entries),
            part_of=entries["part_of"].texts() if "part_of" in entries else (),
            reads=self._own_fields(entries, "reads"),
            writes=self._own_fields(entries, "writes"),
            planned=entries["planned"].text() if "planned" in entries else "",
        )
        self._check_what_it_names(act, node)
        self._check_urgent(act, node)
        self.acts[act.id] = act
        self._parts += [(one, entries["part_of"]) for one in act.part_of]

    def take_exempt(self, node: Node) -> None:
        entries = node.mapping(frozenset({"callers", "reason", "use_cases"}), frozenset())
        self.exempt.append(
            Exempt(
                reason=entries["reason"].text(),
                callers=_one_of(entries["callers"], CALLERS, "callers"),
                use_cases=self._use_cases(entries, "use_cases"),
            )
        )

    def check_parts(self) -> None:
        """Raise DefinitionError when an act is said to be part of one that is not there, or that
        is no door itself."""
        for name, node in self._parts:
            whole = self.acts.get(name)
            if whole is None or not (whole.use_cases or whole.elsewhere):
                raise node.refuse(f"{name!r} is no act with use cases")

    def _grants(self, node: Node, *, is_about_case: bool) -> Grants:
        found: Grants = {}
        if node.items == []:
            return found
        wanted = frozenset({"roles", "answer"} | ({"in"} if is_about_case else set()))
        for row in node.sequence():
            entries = row.mapping(wanted, frozenset())
            access = _ANSWERS[_one_of(entries["answer"], _ANSWERS, "answer")]
            relations = _relations(entries["in"]) if is_about_case else OPEN_RELATIONS
            for role in entries["roles"].texts():
                if role not in self.roles or not self.roles[role].has_account:
                    raise entries["roles"].refuse(f"no role with an account is {role!r}")
                for relation in relations:
                    if (role, relation) in found:
                        raise row.refuse(f"{role!r} has an answer for {relation.value!r} already")
                    found[role, relation] = access
        for (role, relation), access in found.items():
            wider = WIDER.get(relation)
            if wider is not None and found.get((role, wider), Access.NO) < access:
                raise node.refuse(
                    f"{role!r} may do more as {relation.value!r} than as a nearer one"
                )
        return found

    def _use_cases(self, entries: Mapping[str, Node], key: str) -> tuple[str, ...]:
        if key not in entries:
            return ()
        names = entries[key].texts()
        for name in names:
            if not _USE_CASE.fullmatch(name):
                raise entries[key].refuse(f"{name!r} is not module.function")
            self._name(name, entries[key])
        return names

    def _elsewhere(self, entries: Mapping[str, Node]) -> tuple[str, ...]:
        names = entries["elsewhere"].texts() if "elsewhere" in entries else ()
        for name in names:
            if not _ELSEWHERE.fullmatch(name):
                raise entries["elsewhere"].refuse(f"{name!r} is not room.module.function")
            self._name(name, entries["elsewhere"])
        return names

    def _own_fields(self, entries: Mapping[str, Node], key: str) -> frozenset[str]:
        names = entries[key].texts() if key in entries else ()
        for name in names:
            if name not in self._fields:
                raise entries[key].refuse(f"no form has the field {name!r}")
            self._name(f"{key} {name}", entries[key])
        return frozenset(names)

    def _name(self, name: str, node: Node) -> None:
        if name in self._named:
            raise node.refuse(f"{name!r} stands twice, first in {self._named[name]}")
        self._named[name] = f"line {node.line}"

    def _check_what_it_names(self, act: Act, node: Node) -> None:
        ways = bool(act.use_cases or act.elsewhere) + bool(act.part_of) + bool(act.planned)
        if ways != 1:
            raise node.refuse(
                "an act has use cases, or is part of others, or is planned: one of these"
            )
        if (act.reads or act.writes) and not act.part_of:
            raise node.refuse("only a part of other acts is about single fields")

    def _check_urgent(self, act: Act, node: Node) -> None:
        if not act.is_urgent:
            return
        for role in self.roles.values():
            if not role.attends:
                continue
            here = act.grants.get((role.code, Relation.CENTRE), Access.NO)
            if here is not Access.YES:
                raise node.refuse(f"an urgent act is open to all who attend, also to {role.code!r}")
            reserved = act.grants.get((role.code, Relation.RESERVED), Access.NO)
            if act.is_about_case and reserved < Access.EXCEPTIONAL:
                raise node.refuse(f"{role.code!r} cannot do an urgent act for a case in reserve")


def _is_about_case(entries: Mapping[str, Node]) -> bool:
    about = entries.get("about")
    return about is None or _one_of(about, ("case", "centre"), "about") == "case"


def _relations(node: Node) -> tuple[Relation, ...]:
    for name in node.texts():
        if name not in _RELATIONS:
            raise node.refuse(f"unknown relation {name!r}")
    return tuple(_RELATIONS[name] for name in node.texts())


def _groups(node: Node) -> Mapping[str, str]:
    groups: dict[str, str] = {}
    for one in node.sequence():
        entries = one.mapping(frozenset({"code", "title"}), frozenset())
        groups[_code(entries["code"], groups)] = entries["title"].text()
    return groups


def _names_of(forms: Mapping[str, Form]) -> frozenset[str]:
    return frozenset(f"{one.kind}.{one.field}" for form in forms.values() for one in form.fields())


def _code(node: Node, known: Collection[str]) -> str:
    code = node.text()
    if not _CODE.fullmatch(code) or code in known:
        raise node.refuse(f"{code!r} is no code, or stands twice")
    return code


def _one_of(node: Node, known: Collection[str], what: str) -> str:
    text = node.text()
    if text not in known:
        raise node.refuse(f"unknown {what} {text!r}")
    return text


def _flag(entries: Mapping[str, Node], key: str, *, default: bool) -> bool:
    return entries[key].flag() if key in entries else default
