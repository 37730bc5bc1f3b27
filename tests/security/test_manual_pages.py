"""What the pages for people quote is what the program says, and what they tell to type is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import click
import pytest

from app.cli import main

ROOT = Path(__file__).parents[2]
PAGES = ("incident.md", "manual/riesgos.md")
QUOTED = re.compile(r"«([^»]+)»")
COMMAND = re.compile(r"`qispi ([a-z-]+(?: [a-z-]+)?)")
OF_THE_LAW = frozenset(
    {
        "de forma inmediata",  # DS 016-2024-JUS, art. 36
        "haber tomado conocimiento o constancia de ello",  # art. 34.1
        "haya sido subsanado o resuelto internamente",  # art. 34.1
        "exposición no autorizada",  # art. III.16
    }
)
OWN_WORDS = frozenset({"no se sabe todavía"})


def text_of(page: str) -> str:
    return " ".join((ROOT / "docs" / page).read_text(encoding="utf-8").split())


@cache
def said() -> str:
    """Every source and definition, with the pieces of a long text joined."""
    found = []
    for folder, ending in (("app", "py"), ("ui", "py"), ("app/data", "yaml")):
        for one in sorted((ROOT / folder).rglob(f"*.{ending}")):
            found.append(" ".join(one.read_text(encoding="utf-8").split()))
    return re.sub(r'"\s+"', "", " ".join(found))


def not_said(text: str) -> list[str]:
    known = OF_THE_LAW | OWN_WORDS
    return [
        one for one in QUOTED.findall(text) if one not in known and one.rstrip("…") not in said()
    ]


def unknown_commands(text: str) -> list[str]:
    found = []
    for one in COMMAND.findall(text):
        command: click.Command | None = main
        for word in one.split():
            if isinstance(command, click.Group):
                command = command.commands.get(word)
        if command is None or command is main:
            found.append(one)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_quotes_stands_on_the_screen(page: str) -> None:
    assert len(QUOTED.findall(text_of(page))) > 3
    assert not_said(text_of(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_tells_to_type_is_a_command(page: str) -> None:
    assert unknown_commands(text_of(page)) == []


def test_the_procedures_that_are_named_by_number_are_those_of_the_manual() -> None:
    """Whoever numbers them anew finds out here."""
    manual = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    titles = dict(re.findall(r"^### (\d+)\. (.+)$", manual, re.MULTILINE))
    named = {
        "1": "Laptop copiada",
        "2": "Copia de seguridad restaurada",
        "3": "Servidor restaurado",
        "7": "Laptop perdida",
        "8": "Recuperar de una copia",
        "9": "Nadie recuerda sus palabras",
    }
    asked = re.findall(r"[Pp]rocedimientos? (\d+)(?: y (\d+))?", text_of("incident.md"))
    assert {one for pair in asked for one in pair if one} == named.keys()
    assert named.items() <= titles.items()


def test_a_page_that_quotes_what_nobody_says_is_found() -> None:
    """The control of both."""
    assert not_said("Pulse «Borrar a distancia».") == ["Borrar a distancia"]
    assert unknown_commands("`qispi device wipe B`, `qispi rescue`") == ["device wipe", "rescue"]
    assert unknown_commands("`qispi device revoke B`, `qispi doctor`") == []


def test_what_is_quoted_of_the_law_is_quoted() -> None:
    """Nothing in that list that no page quotes: it would hide a slip."""
    quoted = {one for page in PAGES for one in QUOTED.findall(text_of(page))}
    assert quoted >= OF_THE_LAW | OWN_WORDS


def test_the_page_of_risks_is_one_sheet() -> None:
    """What fits one printed page of A4 at ten points."""
    assert len(text_of("manual/riesgos.md").split()) < 640
