"""Writes ``docs/authorisation.md`` from the data: ``python -m tests.security.authorisation_page``.

The page is Spanish, for the people whose work it rules and for the lawyer who reviews it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from app.datafiles.authorisation import read_authorisation
from app.definitions import load
from app.domain.permission import Access, Act, Authorisation, Relation
from app.resources import data_root

PAGE: Final = Path(__file__).parents[2] / "docs" / "authorisation.md"
BEGIN: Final = "<!-- from the data: begin -->\n"
END: Final = "<!-- from the data: end -->\n"

_COLUMNS: Final = (Relation.OWN, Relation.ASSIGNED, Relation.CENTRE, Relation.RESERVED)
_LETTERS: Final = {
    Access.YES: "S",
    Access.EXCEPTIONAL: "M",
    Access.EXISTS: "E",
    Access.NO: "–",
}
_CERTAINTY: Final = {
    "high": "alta",
    "medium": "media",
    "low": "baja",
    "design": "decisión de este programa",
    "gap": "no se encontró",
}


def page(matrix: Authorisation) -> str:
    """Return the part of the page that comes from the data."""
    return "\n".join([*_roles(matrix), *_groups(matrix), *_counts(matrix)]) + "\n"


def _roles(matrix: Authorisation) -> Iterator[str]:
    yield f"Versión de la matriz: {matrix.version}.\n"
    yield "## Los roles\n"
    yield "| rol | para qué | atiende | entra al programa | certeza |"
    yield "|---|---|---|---|---|"
    for one in matrix.roles.values():
        certainty = _CERTAINTY[one.source.certainty]
        yield (
            f"| {one.title} | {one.purpose} | {_yes(one.attends)} | {_yes(one.has_account)} "
            f"| {certainty} |"
        )
    yield ""


def _groups(matrix: Authorisation) -> Iterator[str]:
    roles = [one for one in matrix.roles.values() if one.has_account]
    for code, title in matrix.groups.items():
        acts = [act for act in matrix.acts.values() if act.group == code]
        about = {True: [], False: []} if not acts else _by_kind(acts)
        yield f"## {title}\n"
        for is_about_case, some in about.items():
            named = [role for role in roles if any(_has(act, role.code) for act in some)]
            if not some:
                continue
            yield "| acto | " + " | ".join(role.title for role in named) + " |"
            yield "|---|" + "---|" * len(named)
            for act in some:
                cells = (_cell(act, role.code, is_about_case=is_about_case) for role in named)
                yield f"| {_name(act)} | " + " | ".join(cells) + " |"
            yield ""
        for act in acts:
            end = "" if act.title.endswith("?") else "."
            yield f"- **{act.title}{end}** {act.reason}{_shown(act)}"
        yield ""


def _by_kind(acts: list[Act]) -> dict[bool, list[Act]]:
    return {
        True: [act for act in acts if act.is_about_case],
        False: [act for act in acts if not act.is_about_case],
    }


def _has(act: Act, role: str) -> bool:
    return any(one == role for one, _ in act.grants)


def _cell(act: Act, role: str, *, is_about_case: bool) -> str:
    columns = _COLUMNS if is_about_case else (Relation.CENTRE,)
    letters = [_LETTERS[act.grants.get((role, one), Access.NO)] for one in columns]
    return " ".join(letters) if any(one != "–" for one in letters) else "–"


def _name(act: Act) -> str:
    marks = (" ⚑" if act.is_urgent else "") + (" ◇" if act.planned else "")
    return act.title + marks


def _shown(act: Act) -> str:
    return " Si lo hace otra persona, el equipo del caso lo ve." if act.tells_team else ""


def _counts(matrix: Authorisation) -> Iterator[str]:
    yield "## Para quien programa y quien revisa: qué función es qué acto, y de dónde sale\n"
    yield "| acto | funciones | fuente | certeza |"
    yield "|---|---|---|---|"
    for act in matrix.acts.values():
        names = [f"`{one}`" for one in (*act.use_cases, *act.elsewhere)]
        if act.part_of:
            names = ["pregunta dentro de " + ", ".join(f"`{one}`" for one in act.part_of)]
        source = f"{act.source.reference} | {_CERTAINTY[act.source.certainty]}"
        yield f"| `{act.id}` | {', '.join(names) or 'todavía ninguna'} | {source} |"
    total = sum(len(act.use_cases) for act in matrix.acts.values())
    aside = sum(len(one.use_cases) for one in matrix.exempt)
    yield f"\n{len(matrix.acts)} actos; {total} funciones son actos y {aside} no lo son:\n"
    for one in matrix.exempt:
        yield f"- {len(one.use_cases)} (`{one.callers}`): {one.reason}."


def _yes(is_so: bool) -> str:
    return "sí" if is_so else "no"


def main() -> None:
    """Put the part that comes from the data into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    matrix = read_authorisation(data_root(), load().forms)
    PAGE.write_text(f"{before}{BEGIN}\n{page(matrix)}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
