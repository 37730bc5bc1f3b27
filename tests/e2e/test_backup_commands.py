"""``qispi backup`` and ``qispi restore``, as somebody types them."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from db.backup_found import found_backups
from db.backup_manifest import MANIFEST_NAME
from tests.e2e.test_commands import english, open_laptop, said
from tests.storage.test_backup_left import cut_off, stuck
from tests.support.storage import PASSPHRASE


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A laptop that is closed, and a stick with its backup."""
    place = tmp_path_factory.mktemp("backed")
    folder, stick = place / "data", place / "stick"
    stick.mkdir()
    open_laptop(folder).close()
    done = said("--data", str(folder), "backup", str(stick), typed=f"{PASSPHRASE}\n")
    assert done.exit_code == 0, done.output
    assert "Copia hecha, leída de vuelta y abierta: respaldo-" in done.output
    assert "Está en el mismo disco" in done.output
    assert "no cuenta para el aviso de cada semana" in done.output
    return folder, stick


def test_one_is_made_and_tried(backed: tuple[Path, Path]) -> None:
    folder, stick = backed
    assert len(found_backups(stick)) == 1
    tried = said("--data", str(folder), "backup", "--verify", str(stick), typed=f"{PASSPHRASE}\n")
    assert tried.exit_code == 0, tried.output
    assert "La copia se abre y está completa" in tried.output
    assert "Anotado en este equipo." in tried.output
    assert PASSPHRASE not in tried.output


def test_a_half_one_that_stays_is_said_behind_the_next(
    backed: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stick = Path(shutil.copytree(backed[1], tmp_path / "stick"))
    (made,) = found_backups(stick)
    half = cut_off(made.folder, "respaldo-2020-01-01-BC")
    monkeypatch.setattr(os, "unlink", stuck(half, errno.EIO))
    done = said("--data", str(backed[0]), "backup", str(stick), typed=f"{PASSPHRASE}\n")
    assert done.exit_code == 0, done.output
    assert "Copia hecha, leída de vuelta y abierta: respaldo-" in done.output
    assert f"a medio hacer en esa memoria y no se pudo quitar ({half.name})" in done.output
    assert english(done.output) == []


def test_it_is_tried_on_a_computer_without_a_laptop_too(
    backed: tuple[Path, Path], tmp_path: Path
) -> None:
    place = str(tmp_path / "none")
    tried = said("--data", place, "backup", "--verify", str(backed[1]), typed=f"{PASSPHRASE}\n")
    assert tried.exit_code == 0 and "Anotado" not in tried.output
    assert not (tmp_path / "none" / "llaves.json").exists()
    wrong = said("--data", place, "backup", "--verify", str(backed[1]), typed="otra frase\n")
    assert wrong.exit_code == 1
    assert "no son correctas" in wrong.output


def test_a_laptop_is_restored_once_and_never_over_another(
    backed: tuple[Path, Path], tmp_path: Path
) -> None:
    folder = str(tmp_path / "new")
    done = said("--data", folder, "restore", str(backed[1]), typed=f"{PASSPHRASE}\n")
    assert done.exit_code == 0, done.output
    assert "Equipo recuperado de respaldo-" in done.output
    assert english(done.output.replace("qispi enrol request", "")) == []
    examined = said("--data", folder, "doctor", typed=f"{PASSPHRASE}\n")
    assert "Archivo: sin daños" in examined.output
    again = said("--data", folder, "restore", str(backed[1]), typed=f"{PASSPHRASE}\n")
    assert again.exit_code == 1
    assert "ya tiene un registro" in again.output


def test_what_is_passed_over_is_named_and_asked_about(
    backed: tuple[Path, Path], tmp_path: Path
) -> None:
    """Somebody wrote a number into one, another one is damaged. Control: without them nothing is
    asked."""
    stick = Path(shutil.copytree(backed[1], tmp_path / "stick"))
    (made,) = found_backups(stick)
    altered, damaged = (made.folder.with_name(f"respaldo-2026-12-31-{end}") for end in ("BC", "BD"))
    for one, new in ((altered, b'"number":9'), (damaged, b'"number":"9"')):
        shutil.copytree(made.folder, one)
        said_of = (one / MANIFEST_NAME).read_bytes()
        (one / MANIFEST_NAME).write_bytes(said_of.replace(b'"number":1', new))
    folder = tmp_path / "new"
    tried = said("--data", str(folder), "backup", "--verify", str(stick), typed=f"{PASSPHRASE}\n")
    assert tried.exit_code == 0, tried.output
    for answer, code in (("n", 1), ("s", 0)):
        typed = f"{PASSPHRASE}\n{answer}\n"
        done = said("--data", str(folder), "restore", str(stick), typed=typed)
        assert done.exit_code == code, done.output
        assert (folder / "llaves.json").exists() is (answer == "s")
        for output in (tried.output, done.output):
            assert f"no es la que Qispi escribió: {altered.name}." in output
            assert f"que no se puede leer y puede ser la más nueva: {damaged.name}. Si" in output
            assert "Si tiene otra memoria con copias, pruebe antes con ella." in output
        assert english(done.output.replace("qispi enrol request", "")) == []
        asked = done.output.index("¿Recuperar esa copia?")
        assert made.folder.name in done.output[:asked]
    control = said(
        "--data", str(tmp_path / "other"), "restore", str(backed[1]), typed=f"{PASSPHRASE}\n"
    )
    assert control.exit_code == 0 and "¿Recuperar" not in control.output


def test_a_place_without_a_backup_is_told(tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    done = said(
        "--data", str(tmp_path / "new"), "restore", str(tmp_path / "stick"), typed="lo que sea\n"
    )
    assert done.exit_code == 1
    assert "no hay ninguna copia de Qispi" in done.output
    assert not (tmp_path / "new" / "llaves.json").exists()
