"""The main job on sample data, as `./run demo --headless` plays it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from app.demo.actors import Typist
from app.demo.region_server import wait_until_it_listens
from app.demo.script import PASSPHRASE, run_demo
from app.domain.errors import QispiError
from app.first_aid import opened
from app.settings import Settings

PICTURES = {
    "bloqueo", "hoy", "casos", "busqueda", "ficha-03", "ficha-07", "ficha-13", "tareas", "anotar",
    "riesgo", "imprimir", "nueva-atencion", "derivar", "derivaciones", "sincronizacion",
    "por-revisar", "calendario", "ficha-en-blanco", "casos-1024-quy", "casos-1024-agr",
    "este-equipo", "personas", "pedir-acceso", "equipos", "hojas", "copia", "registro", "cierre",
    "no-recibido",
    "equipo-del-caso", "quien-vio",
}  # fmt: skip


@pytest.mark.timeout(900)
def test_a_second_demo_ends_with_two_equal_laptops_and_leaves_papers_and_pictures(
    tmp_path: Path, checkout: Path
) -> None:
    earlier = tmp_path / "out" / "demo"
    out, scratch = tmp_path / "out" / "demo-2", tmp_path / "scratch"
    scratch.mkdir()
    earlier.mkdir(parents=True)
    (earlier / "resumen.txt").write_text("de la vez anterior")
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "TMPDIR": str(scratch),
        "PYTHONWARNINGS": "default",
        "PYTHONPATH": str(checkout),
    }
    ended = subprocess.run(
        [sys.executable, "-m", "app", "demo", "--headless"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert [one.name for one in earlier.iterdir()] == ["resumen.txt"]
    summary = (out / "resumen.txt").read_text(encoding="utf-8")
    digests = re.findall(r"^ +[AB] ([0-9a-f]{32})$", summary, re.MULTILINE)
    assert len(digests) == 2
    assert digests[0] == digests[1]
    assert "conflicto resuelto en las dos" in summary
    assert "faltan para validar: 0" in summary
    for name in ("es", "es+quy", "es+agr"):
        assert (out / f"derivacion-{name}.pdf").read_bytes().startswith(b"%PDF-")
    for name in ("ficha", "ficha-en-blanco", "oficio"):
        assert (out / f"{name}.pdf").read_bytes().startswith(b"%PDF-")
    assert {one.stem for one in (out / "ventanas").glob("*.png")} == PICTURES
    assert (out / "ventanas" / "con-dos-valores" / "por-revisar.png").exists()
    assert list(scratch.iterdir()) == [], "something stayed in the folder for temporary files"
    laptop, server = summary.splitlines()[-2:]
    assert ended.stdout.splitlines()[-2:] == [laptop, server]
    assert str(out / "laptop-a") in laptop
    _goes_on(out / "laptop-a", shlex.split(server.partition("./run server ")[2]), checkout)


def _goes_on(folder: Path, serve: list[str], checkout: Path) -> None:
    """The server that the last line starts is the one that the laptop looks for."""
    command = [sys.executable, "-m", "sync.server", *serve]
    with subprocess.Popen(command, cwd=checkout) as server:
        try:
            wait_until_it_listens(server, int(serve[serve.index("--port") + 1]))
            with opened(Settings(folder), PASSPHRASE) as laptop:
                assert Typist.at(laptop).sync().failure is None
        finally:
            server.terminate()


def test_a_demo_that_fails_before_its_laptops_says_of_none_how_to_open_it(tmp_path: Path) -> None:
    out = tmp_path / "demo"
    told: list[str] = []

    def say(line: str) -> None:
        told.append(line)
        if "servidor" in line:  # the root and the server are made; where laptop A goes is taken
            (out / "laptop-a").write_bytes(b"")

    with pytest.raises(QispiError):
        run_demo(out, is_headless=True, database=None, say=say)
    assert (out / "laptop-a").is_file()
    assert (out / "servidor").is_dir()
    for said in ("\n".join(told), (out / "resumen.txt").read_text(encoding="utf-8")):
        assert "La región crea su llave raíz" in said
        assert "Para abrir la laptop A" not in said
        assert "./run server serve" not in said


def test_the_demo_touches_no_folder_that_holds_something(tmp_path: Path, checkout: Path) -> None:
    (tmp_path / "carta.txt").write_text("de otra persona")
    ended = subprocess.run(
        [sys.executable, "-m", "app", "demo", "--headless", "--out", str(tmp_path)],
        cwd=checkout,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "no está vacía" in ended.stdout
    assert [one.name for one in tmp_path.iterdir()] == ["carta.txt"]
