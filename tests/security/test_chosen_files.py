"""A file that a person chose is read up to a limit and no further, whatever it is (group I).

The controls: the naive reading takes the memory, and a good file of the same kind is read.
"""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.datafiles.yaml_tree import read_text
from app.domain.errors import DefinitionError, QispiError
from app.ids import SystemIds
from app.opening import set_up_laptop
from app.region import PUBLIC_NAME, ROOT_NAME, STATEMENTS_NAME, new_root
from app.services import attachments
from app.services.chosen_files import open_chosen_file, read_chosen_file
from sync.server.__main__ import main as server_main
from tests.support.centres import PROFILE
from tests.support.storage import PASSPHRASE

MIB = 1024 * 1024
ZERO = Path("/dev/zero")
TOO_LARGE = "más grande que cualquiera"
NOT_PLAIN = "no es un archivo"

needs_devices = pytest.mark.skipif(not ZERO.exists(), reason="no device without end")


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


def piped(path: Path) -> Path:
    """A pipe that nobody will ever write to."""
    os.mkfifo(path)
    return path


def refused(read: Callable[[], object]) -> str:
    with pytest.raises(QispiError) as fault:
        read()
    return fault.value.message_id


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    path = tmp_path / "solicitud"
    for size in (0, 1, 4096):
        path.write_bytes(bytes(size))
        assert read_chosen_file(path, 4096) == bytes(size)
        with open_chosen_file(path, 4096) as file:
            assert file.read() == bytes(size)
    path.write_bytes(bytes(4097))
    for read in (read_chosen_file, open_chosen_file):
        assert refused(lambda read=read: read(path, 4096)) == "chosen_too_large"  # type: ignore[misc]
        assert refused(lambda read=read: read(tmp_path / "no", 1)) == "chosen_unreadable"  # type: ignore[misc]


def test_gigabytes_under_the_name_of_a_request_take_no_memory(tmp_path: Path) -> None:
    """(I3) Control: read naively it takes all of that memory."""
    path = sparse(tmp_path / "solicitud", 100 * MIB)

    def most(read: Callable[[], object]) -> int:
        tracemalloc.start()
        try:
            read()
        except QispiError:
            pass
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return peak

    assert most(lambda: read_chosen_file(path, 4096)) < MIB
    assert most(path.read_bytes) > 99 * MIB


@needs_devices
def test_what_is_no_plain_file_is_refused_at_once(tmp_path: Path) -> None:
    """(I3) Control: read naively a device gives whatever it is asked for."""
    with ZERO.open("rb") as device:
        assert len(device.read(4097)) == 4097
    link = tmp_path / "enlace"
    link.symlink_to(ZERO)
    for path in (ZERO, link, piped(tmp_path / "pipe"), tmp_path):
        for read in (read_chosen_file, open_chosen_file):
            found = refused(lambda read=read, path=path: read(path, 4096))  # type: ignore[misc]
            assert found in {"chosen_not_plain", "chosen_unreadable"}
        assert refused(lambda path=path: attachments.read_chosen(path)) in {  # type: ignore[misc]
            "chosen_not_plain",
            "attachment_unreadable",
        }
    assert refused(lambda: read_chosen_file(ZERO, 4096)) == "chosen_not_plain"


@needs_devices
def test_a_folder_of_definitions_holds_no_device(tmp_path: Path) -> None:
    (tmp_path / "roles.yaml").symlink_to(ZERO)
    with pytest.raises(DefinitionError, match="larger than 4 MB"):
        read_text(tmp_path, "roles.yaml")
    (tmp_path / "good.yaml").write_text("a: 1")
    assert read_text(tmp_path, "good.yaml") == "a: 1"


# --- the commands ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, clock = tmp_path_factory.mktemp("laptop") / "data", SystemClock()
    set_up_laptop(
        folder,
        PASSPHRASE,
        person="Persona Inventada",
        role="social",
        centre=PROFILE,
        clock=clock,
        ids=SystemIds(clock),
        cost=SMALL_MACHINE,
    ).close()
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    new_root(tmp_path / "root", PASSPHRASE, cost=SMALL_MACHINE)
    return tmp_path / "root"


def said(*arguments: str) -> str:
    """What a command says that does not do it."""
    passphrase = ("--passphrase", PASSPHRASE)
    done = CliRunner().invoke(main, (*arguments, *passphrase), input="1\n", prog_name="qispi")
    assert done.exit_code != 0, done.output
    assert "Algo falló en el programa" not in done.output
    return " ".join(done.output.split())


def bad(tmp_path: Path, size: int) -> dict[str, tuple[Path, str]]:
    return {
        "large": (sparse(tmp_path / "grande", size), TOO_LARGE),
        "endless": (ZERO, NOT_PLAIN),
        "pipe": (piped(tmp_path / "pipe"), NOT_PLAIN),
    }


KINDS = pytest.mark.parametrize("kind", ["large", "endless", "pipe"])


@needs_devices
@KINDS
def test_enrolment_files_are_bounded(laptop: Path, tmp_path: Path, kind: str) -> None:
    path, why = bad(tmp_path, 2 * MIB)[kind]
    here = ("--data", str(laptop))
    assert why in said(*here, "enrol", "grant", str(path), "--out", str(tmp_path / "out"))
    assert why in said(*here, "enrol", "accept", str(path))


@needs_devices
@KINDS
def test_what_a_region_grants_is_bounded(root: Path, tmp_path: Path, kind: str) -> None:
    path, why = bad(tmp_path, 2 * MIB)[kind]

    def grant(request: Path, server: Path) -> str:
        places = ("--root", str(root), "--server", str(server), "--out", str(tmp_path / "out"))
        rest = ("--url", "https://127.0.0.1:1", "--centre", "CEM Inventado")
        return said("region", "grant", str(request), *places, *rest)

    assert why in grant(path, tmp_path)
    request = sparse(tmp_path / "solicitud", 10)
    server = tmp_path / "server"
    server.mkdir()
    (server / "server.pub").symlink_to(path)
    sparse(server / "ca.der", 10)
    assert "no tiene server.pub y ca.der" in grant(request, server)
    (root / STATEMENTS_NAME).mkdir(exist_ok=True)
    (root / STATEMENTS_NAME / "00.acta").symlink_to(path)
    assert why in grant(request, server)


@needs_devices
@KINDS
def test_what_a_region_revokes_with_is_bounded(root: Path, tmp_path: Path, kind: str) -> None:
    path, why = bad(tmp_path, 2 * MIB)[kind]
    stick = tmp_path / "stick"
    stick.mkdir()
    (root / STATEMENTS_NAME).mkdir()
    (root / STATEMENTS_NAME / "00.acta").symlink_to(path)
    revoke = ("region", "revoke", str(stick), "A", "--root", str(root))
    assert why in said(*revoke)

    (root / ROOT_NAME).unlink()
    (root / ROOT_NAME).symlink_to(path)
    assert "no es de Qispi" in said(*revoke)


@needs_devices
def test_an_import_without_end_is_refused_and_not_read_for_ever(
    laptop: Path, tmp_path: Path
) -> None:
    """(I3)"""
    found = bad(tmp_path, (4 << 30) + 1)
    for kind in ("endless", "pipe", "large"):
        path, why = found[kind]
        done = said("--data", str(laptop), "import", "ra-cem", str(path), "--name", "Enero")
        assert why in done


@needs_devices
def test_the_server_takes_a_root_key_of_its_length_only(root: Path, tmp_path: Path) -> None:
    def begun(key: Path, name: str) -> Result:
        command = ["init", "--data", str(tmp_path / name), "--region-root", str(key)]
        return CliRunner().invoke(server_main, command)

    refusal = begun(ZERO, "one")
    assert "Error" in refusal.output, "a sentence of the command, and no memory that ran out"
    assert isinstance(refusal.exception, SystemExit)
    assert begun(root / PUBLIC_NAME, "two").exit_code == 0
