"""What the pages for people quote is what the program says, and what they tell to type is there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import click
import pytest
from babel.messages.pofile import read_po

from app.cli import main

ROOT = Path(__file__).parents[2]
PAGES = ("incident.md", "manual/riesgos.md", "manual/empezar.md")
BEGIN = "manual/empezar.md"
QUOTED = re.compile(r"«([^»]+)»")
COMMAND = re.compile(r"`qispi ([a-z-]+(?: [a-z-]+)?)")
KEYS = re.compile(r"\b(?:Ctrl|Alt)\+\w+|\bF\d+\b")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
PROCEDURE = re.compile(r"«([^»]+)» \(procedimiento (\d+)\)")
OF_THE_LAW = frozenset(
    {
        "de forma inmediata",  # DS 016-2024-JUS, art. 36
        "haber tomado conocimiento o constancia de ello",  # art. 34.1
        "haya sido subsanado o resuelto internamente",  # art. 34.1
        "exposición no autorizada",  # art. III.16
    }
)
OWN_WORDS = frozenset({"no se sabe todavía"})
NO_MESSAGES = frozenset({"comillas", "bis"})
"""What the page for beginners says of itself, and what it has people write on paper."""


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


@cache
def pieces() -> tuple[str, ...]:
    """What people can read: every message of the catalogue and the titles of the data, with the
    gaps left open in which a name or a number is put."""
    with (ROOT / "locales" / "messages.pot").open("rb") as template:
        found = [
            one
            for message in read_po(template)
            for one in ([message.id] if isinstance(message.id, str) else message.id)
        ]
    cut = (piece for one in found for piece in re.split(r"\{\w+\}", " ".join(one.split())))
    return tuple({piece.strip(" .:·") for piece in cut})


def not_read(text: str) -> list[str]:
    """What is quoted and neither is a message, or a piece between its gaps, nor begins one. The
    words of a comment or of a name in the source are none."""

    def is_read(quoted: str) -> bool:
        sought = quoted.rstrip("….:")
        return any(
            one.rstrip("….:") == sought or re.match(rf"{re.escape(sought)}\b", one)
            for one in pieces()
        )

    return [one for one in QUOTED.findall(text) if not is_read(one)]


def unknown_keys(text: str) -> list[str]:
    return [
        one
        for one in KEYS.findall(text)
        if re.search(rf"(?<![\w+#]){re.escape(one)}(?!\w)", said()) is None
    ]


def broken_links(page: str, text: str) -> list[str]:
    place = (ROOT / "docs" / page).parent
    return [one for one in LINK.findall(text) if not (place / one).is_file()]


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


@pytest.mark.parametrize("page", PAGES)
def test_the_keys_and_the_pages_that_a_page_names_are_there(page: str) -> None:
    assert unknown_keys(text_of(page)) == []
    assert broken_links(page, text_of(page)) == []


def test_what_the_page_for_beginners_quotes_is_what_people_read() -> None:
    text = text_of(BEGIN)
    titles = {title for title, _ in PROCEDURE.findall(text)}
    assert set(not_read(text)) - titles == NO_MESSAGES


def test_the_page_for_beginners_names_each_procedure_by_its_title() -> None:
    manual = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    titles = dict(re.findall(r"^### (\d+)\. (.+)$", manual, re.MULTILINE))
    named = PROCEDURE.findall(text_of(BEGIN))
    assert len(named) == text_of(BEGIN).count("(procedimiento ") > 5
    assert [(titles[number], number) for _, number in named] == named


def test_the_page_for_beginners_is_read_in_one_sitting() -> None:
    lines = (ROOT / "docs" / BEGIN).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 260


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
    # These stand in the source: the one as a name, the other amid a message.
    said_amid = "ficha nueva (Ctrl+Enter)"
    assert not_said(f"«workplace», «{said_amid}»") == []
    assert not_read(f"«workplace», «{said_amid}»") == ["workplace", said_amid]
    assert not_read(f"«Abrir {said_amid}», «Guardar PDF…», «Entra con», «Nueva»") == []
    assert unknown_keys("Ctrl+L, F12, Ctrl+AvPág, Ctrl+Q, F9") == ["Ctrl+Q", "F9"]
    assert broken_links(BEGIN, "[a](riesgos.md) [b](nada.md) [c](https://x)") == ["nada.md"]


def test_what_is_quoted_of_the_law_is_quoted() -> None:
    """Nothing in that list that no page quotes: it would hide a slip."""
    quoted = {one for page in PAGES for one in QUOTED.findall(text_of(page))}
    assert quoted >= OF_THE_LAW | OWN_WORDS


def test_the_page_of_risks_is_one_sheet() -> None:
    """What fits one printed page of A4 at ten points."""
    assert len(text_of("manual/riesgos.md").split()) < 640
