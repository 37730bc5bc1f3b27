"""``qispi backup`` and ``qispi restore``, as somebody types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from db.backup_found import found_backups
from tests.e2e.test_commands import english, open_laptop, said
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
    return folder, stick


def test_one_is_made_and_tried(backed: tuple[Path, Path]) -> None:
    folder, stick = backed
    assert len(found_backups(stick)) == 1
    tried = said("--data", str(folder), "backup", "--verify", str(stick), typed=f"{PASSPHRASE}\n")
    assert tried.exit_code == 0, tried.output
    assert "La copia se abre y está completa" in tried.output
    assert "Anotado en este equipo." in tried.output
    assert PASSPHRASE not in tried.output


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


def test_a_place_without_a_backup_is_told(tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    done = said(
        "--data", str(tmp_path / "new"), "restore", str(tmp_path / "stick"), typed="lo que sea\n"
    )
    assert done.exit_code == 1
    assert "no hay ninguna copia de Qispi" in done.output
    assert not (tmp_path / "new" / "llaves.json").exists()
