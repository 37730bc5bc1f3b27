"""What the commands say: plain Spanish, in help pages, prompts, refusals and sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import set_up_laptop
from app.region import ROOT_NAME, new_root
from app.services.messages import SENTENCES
from tests.support.centres import PROFILE
from tests.support.laptops import EVERY_SERVICE
from tests.support.storage import PASSPHRASE

ENGLISH = re.compile(
    r"\b(usage|options?|commands?|show|exit|required|default|missing|invalid|repeat|confirmation|"
    r"try|error|text|file|directory|aborted|such|argument|the|and|for|of)\b",
    re.IGNORECASE,
)
PLACES = re.compile(
    r"--\w+|server\.pub|ca\.der|out/demo|\b(request|grant|accept|new|run|root|list|revoke)\b"
)


def commands(
    command: click.Command = main, path: tuple[str, ...] = ()
) -> Iterator[tuple[str, ...]]:
    """Every command that is offered, by the words that call it."""
    yield path
    if isinstance(command, click.Group):
        for name, one in command.commands.items():
            if not one.hidden:
                yield from commands(one, (*path, name))


def command_at(path: tuple[str, ...]) -> click.Command:
    found: click.Command = main
    for name in path:
        assert isinstance(found, click.Group)
        found = found.commands[name]
    return found


def said(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=typed, prog_name="qispi")


def english(text: str) -> list[str]:
    return [found[0] for found in ENGLISH.finditer(PLACES.sub("", text))]


def open_laptop(folder: Path) -> Laptop:
    """A new laptop, open in its window."""
    clock = SystemClock()
    return set_up_laptop(
        folder,
        PASSPHRASE,
        person="Persona Inventada",
        role="social",
        roles=EVERY_SERVICE,
        centre=PROFILE,
        clock=clock,
        ids=SystemIds(clock),
        cost=SMALL_MACHINE,
    )


@pytest.mark.parametrize("path", tuple(commands()), ids=" ".join)
def test_every_help_page_is_in_spanish(path: tuple[str, ...]) -> None:
    page = said(*path, "--help")
    assert page.exit_code == 0
    assert page.output.startswith(f"Uso: {' '.join(('qispi', *path))} [OPCIONES]")
    assert "Muestra esta ayuda." in page.output
    assert english(page.output) == []


def test_what_opens_a_laptop_or_a_key_has_the_name_that_the_screens_give_it() -> None:
    """A «frase» that a command asks for would be one more secret than people have."""
    assert [name for name, said in SENTENCES.items() if "frase" in said.lower()] == []
    asked = 0
    for path in commands():
        assert "frase" not in said(*path, "--help").output.lower()
        for one in command_at(path).params:
            if one.name == "passphrase" and isinstance(one, click.Option):
                asked += 1
                assert one.metavar == "PALABRAS"
                assert "palabras" in (one.prompt or one.help or "").lower()
    assert asked > 10


def test_an_english_page_would_be_found() -> None:
    page = CliRunner().invoke(click.Group("x", commands=[click.Command("y")]), ["--help"])
    assert {"Usage", "OPTIONS", "Show", "Commands"} <= set(english(page.output))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("nada",), "No existe la orden «nada»."),
        (("--nada",), "No existe la opción --nada."),
        (("enrol", "request"), "Falta --out."),
        (("enrol", "accept"), "Falta RESPUESTA."),
        (("enrol", "accept", "no hay"), "No se encuentra el archivo de RESPUESTA."),
        (("doctor", "--passphrase", "x", "de"), "La orden no se entiende."),
        (("--language", "xx", "doctor"), "No sirve lo que escribió en --language."),
        (("doctor", "--passphrase", "x", "--rebuild=1"), "No sirve lo que escribió en --rebuild."),
    ],
)
def test_what_is_not_understood_is_named_in_a_sentence(
    arguments: tuple[str, ...], sentence: str
) -> None:
    refused = said(*arguments)
    assert refused.exit_code == 2
    assert refused.output.startswith(sentence)
    assert re.search(r"^Ayuda: qispi .*--help$", refused.output, re.MULTILINE)
    assert english(refused.output) == []


def test_a_new_passphrase_is_asked_twice_and_two_that_differ_make_nothing(tmp_path: Path) -> None:
    out = tmp_path / "raiz"
    asked = said("region", "new", "--out", str(out), typed=f"{PASSPHRASE}\notra frase\n")
    assert asked.exit_code == 1
    assert "Palabras de la llave raíz: " in asked.output
    assert "Repita las palabras: " in asked.output
    assert SENTENCES["passphrases_differ"] in asked.output
    assert english(asked.output) == []
    assert not out.exists()
    made = said("region", "new", "--out", str(out), typed=f"{PASSPHRASE}\n{PASSPHRASE}\n")
    assert made.exit_code == 0
    assert (out / ROOT_NAME).exists()


def test_a_question_that_is_left_unanswered_is_called_off(tmp_path: Path) -> None:
    left = said("region", "new", "--out", str(tmp_path / "raiz"))
    assert left.exit_code == 1
    assert left.output.endswith("Se canceló.\n")
    assert not (tmp_path / "raiz").exists()


def test_a_command_beside_the_open_window_is_refused_in_a_sentence(tmp_path: Path) -> None:
    laptop = open_laptop(tmp_path / "data")
    data = ("--data", str(tmp_path / "data"))
    refused = said(*data, "doctor", typed=f"{PASSPHRASE}\n")
    assert refused.exit_code == 1
    assert "Qispi ya está abierto en este equipo." in refused.output
    assert "bloquéelo (Ctrl+L)" in refused.output
    laptop.close()
    examined = said(*data, "doctor", typed=f"{PASSPHRASE}\n")
    assert examined.exit_code == 0
    assert "Archivo: sin daños" in examined.output


def test_a_laptop_joins_by_two_files_and_two_codes_read_in_groups_and_only_once(
    tmp_path: Path,
) -> None:
    open_laptop(tmp_path / "data").close()
    root, server = tmp_path / "raiz", tmp_path / "servidor"
    server.mkdir()
    (server / "server.pub").write_bytes(bytes(32))
    (server / "ca.der").write_bytes(b"x")
    asked, answered = str(tmp_path / "a.solicitud"), str(tmp_path / "a.respuesta")
    secret = ("--passphrase", PASSPHRASE)
    laptop = ("--data", str(tmp_path / "data"), "enrol")
    made = said("region", "new", "--out", str(root), *secret)
    request = said(*laptop, "request", "--out", asked, *secret)
    reply = said(
        *("region", "grant", asked, "--root", str(root), "--server", str(server)),
        *("--url", "https://region.example", "--centre", "CEM Inventado", "--out", answered),
        *secret,
        typed=f"{read_aloud(request)}\n",
    )
    read_aloud(made)
    joined = said(*laptop, "accept", answered, *secret, typed=f"{read_aloud(reply)}\n")
    assert joined.output.endswith("Listo: este equipo ya es del centro.\n")
    again = said(*laptop, "accept", answered, *secret, typed=f"{read_aloud(reply)}\n")
    assert again.exit_code == 1
    assert again.output.splitlines()[-1] == "Este equipo ya es de un centro. No se cambió nada."


def test_a_damaged_request_is_asked_for_again_and_is_not_called_a_damaged_laptop(
    tmp_path: Path,
) -> None:
    laptop = open_laptop(tmp_path / "data")
    content, code = laptop.request()
    laptop.close()
    damaged, root = tmp_path / "a.solicitud", tmp_path / "raiz"
    damaged.write_bytes(content[:-1])
    (tmp_path / "server.pub").write_bytes(bytes(32))
    (tmp_path / "ca.der").write_bytes(b"x")
    new_root(root, PASSPHRASE, cost=SMALL_MACHINE)
    refused = said(
        *("region", "grant", str(damaged), "--root", str(root), "--server", str(tmp_path)),
        *("--url", "https://region.example", "--centre", "CEM Inventado"),
        *("--out", str(tmp_path / "a.respuesta"), "--passphrase", PASSPHRASE),
        typed=f"{code}\n",
    )
    assert refused.exit_code == 1
    assert "llegó dañada o incompleta" in refused.output.splitlines()[-1]
    assert not (tmp_path / "a.respuesta").exists()


def read_aloud(shown: Result) -> str:
    """The code that a command showed at its end, in the eight groups in which it is read."""
    assert shown.exit_code == 0, shown.output
    found = re.search(r": (\d{4}(?: \d{4}){7})\Z", shown.output.rstrip())
    assert found, shown.output
    return found[1]


def test_a_server_without_tls_is_refused_before_anything_is_granted(tmp_path: Path) -> None:
    laptop = open_laptop(tmp_path / "data")
    content, code = laptop.request()
    laptop.close()
    (tmp_path / "solicitud").write_bytes(content)
    root, server = tmp_path / "raiz", tmp_path / "servidor"
    new_root(root, PASSPHRASE, cost=SMALL_MACHINE)
    server.mkdir()
    (server / "server.pub").write_bytes(bytes(32))
    for url, authority in (("http://127.0.0.1", b"x"), ("https://127.0.0.1", b"")):
        (server / "ca.der").write_bytes(authority)
        refused = said(
            *("region", "grant", str(tmp_path / "solicitud"), "--root", str(root)),
            *("--server", str(server), "--url", url, "--centre", "CEM Inventado"),
            *("--out", str(tmp_path / "respuesta"), "--passphrase", PASSPHRASE),
            typed=f"{code}\n",
        )
        assert refused.exit_code == 1
        assert "https://. No se cambió nada." in refused.output
        assert not (tmp_path / "respuesta").exists()
    assert list((root / "statements").iterdir()) == []
