"""``qispi definitions`` as a coordinator types it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.crypto.passphrase import SMALL_MACHINE
from app.region import PUBLIC_NAME, new_root
from app.resources import data_root
from tests.support.storage import PASSPHRASE


def said(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=typed, prog_name="qispi")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("region")
    new_root(folder, PASSPHRASE, cost=SMALL_MACHINE)
    return folder


def test_a_pack_is_signed_checked_and_refused_once_touched(root: Path, tmp_path: Path) -> None:
    pack = tmp_path / "paquete"
    shutil.copytree(data_root(), pack)
    trust = ("--trust", str(root / PUBLIC_NAME))

    unsigned = said("definitions", "check", str(pack), *trust)
    assert (unsigned.exit_code, "le falta manifest.yaml" in unsigned.output) == (1, True)

    sign = ("definitions", "sign", str(pack), "--key", str(root), "--valid-from", "2027-01-01")
    made = said(*sign, "--passphrase", PASSPHRASE)
    assert (made.exit_code, "firmado" in made.output) == (0, True), made.output

    whole = said("definitions", "check", str(pack), *trust)
    assert (whole.exit_code, "Ya instalada" in whole.output) == (0, True), whole.output

    (pack / "sharing.yaml").write_text("version: x\n", encoding="utf-8")
    touched = said("definitions", "check", str(pack), *trust)
    assert touched.exit_code == 1
    assert (
        touched.output == "Un archivo del paquete no es el que se firmó: sharing.yaml. No se usa.\n"
    )


def test_a_laptop_of_no_centre_says_which_key_is_missing(tmp_path: Path) -> None:
    answer = said("--data", str(tmp_path / "none"), "definitions", "check", str(tmp_path),
                  "--passphrase", PASSPHRASE)  # fmt: skip

    assert answer.exit_code == 1
    assert "todavía no tiene un registro" in answer.output
