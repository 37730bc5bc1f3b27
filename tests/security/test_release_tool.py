"""A release is made by one and signed by two of three, each with a key under a phrase."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner, Result

from app.crypto.passphrase import Argon2Bounds, Argon2Cost
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.release_format import MANIFEST, SIGNATURES
from sync.protocol.signature import Purpose, is_signed
from tests.security.releases import FILES, Tree
from tests.security.test_release_folder import lay

PHRASE = "cinco palabras inventadas para probar"
CHEAP = Argon2Cost(memory_kib=64, passes=1, lanes=1)
BOUNDS = Argon2Bounds(memory_kib_min=64, passes_min=1)
NAMES = ("ana", "berta", "carla")
PLATFORM = ("--platform", "linux-x86_64")


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """The script of ``packaging/release``, as it is run; with a cheap derivation of keys."""
    folder = Path(__file__).parent.parent.parent / "packaging" / "release"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        found = importlib.util.spec_from_file_location("release_tool", folder / "release.py")
        assert found is not None
        assert found.loader is not None
        module = importlib.util.module_from_spec(found)
        found.loader.exec_module(module)
    read_key = module.read_key
    module.STANDARD = CHEAP
    module.read_key = lambda content, phrase: read_key(content, phrase, bounds=BOUNDS)
    return module


def run(tool: ModuleType, *words: object) -> Result:
    return CliRunner().invoke(tool.main, [str(word) for word in words])


@pytest.fixture
def keys(tool: ModuleType, tmp_path: Path) -> Path:
    for name in NAMES:
        made = run(tool, "key", "--out", tmp_path / "keys", "--name", name, "--phrase", PHRASE)
        assert made.exit_code == 0, made.output
    return tmp_path / "keys"


@pytest.fixture
def tree(tool: ModuleType, keys: Path, tmp_path: Path) -> Path:
    folder = lay(Tree(dict(FILES)), tmp_path / "tree")
    made = run(tool, "manifest", folder, "--sequence", 7, *PLATFORM, *public(keys))
    assert made.exit_code == 0, made.output
    return folder


def public(keys: Path) -> list[object]:
    return [word for name in NAMES for word in ("--key", keys / f"{name}.pub")]


def sign(tool: ModuleType, tree: Path, key: Path, *more: object) -> Result:
    return run(tool, "sign", tree, "--key", key, "--phrase", PHRASE, *more)


def test_made_by_one_and_signed_by_two_it_may_be_installed(
    tool: ModuleType, tree: Path, keys: Path
) -> None:
    check = ("check", tree, *PLATFORM, *public(keys))
    assert "release_unsigned" in run(tool, *check).output
    assert "by 1 of the 3" in sign(tool, tree, keys / "ana.key", "--tree", tree).output
    assert "release_signatures_few" in run(tool, *check).output
    assert "by 1 of the 3" in sign(tool, tree, keys / "ana.key").output
    assert "by 2 of the 3" in sign(tool, tree, keys / "carla.key").output

    checked = run(tool, *check)

    assert checked.exit_code == 0
    assert "It may be installed." in checked.output
    assert run(tool, "check", tree, *PLATFORM, "--installed", tree / MANIFEST).exit_code == 1


def test_a_signer_compares_with_a_build_of_her_own(
    tool: ModuleType, tree: Path, keys: Path, tmp_path: Path
) -> None:
    own = lay(
        Tree({**FILES, "lib/empty.py": b"# a line that the release has not\n"}), tmp_path / "own"
    )

    refused = sign(tool, tree, keys / "ana.key", "--tree", own)

    assert refused.exit_code == 1
    assert not (tree / SIGNATURES).exists()
    assert "Not compared" in sign(tool, tree, keys / "ana.key").output
    lay(Tree(dict(FILES)), own)
    assert sign(tool, tree, keys / "ana.key", "--tree", own).exit_code == 0


def test_nobody_signs_beside_a_signature_that_does_not_hold(
    tool: ModuleType, tree: Path, keys: Path
) -> None:
    sign(tool, tree, keys / "ana.key")
    content = (tree / SIGNATURES).read_text()
    (tree / SIGNATURES).write_text(content[:-2] + ("0" if content[-2] != "0" else "1") + "\n")

    assert "release_signature_wrong" in sign(tool, tree, keys / "berta.key").output
    (tree / SIGNATURES).write_text(content)
    assert sign(tool, tree, keys / "berta.key").exit_code == 0


def test_what_no_laptop_would_take_is_not_written(
    tool: ModuleType, keys: Path, tmp_path: Path
) -> None:
    folder = lay(Tree({"lib/aux.py": b""}), tmp_path / "tree")
    words = ("manifest", folder, "--sequence", 7, *PLATFORM)

    assert "release_path_wrong" in run(tool, *words, *public(keys)).output
    (folder / "lib" / "aux.py").rename(folder / "lib" / "auxiliary.py")
    assert run(tool, *words, *public(keys)[:4]).exit_code == 1
    assert run(tool, *words, *public(keys)[:4], "--key", keys / "ana.pub").exit_code == 1
    assert run(tool, *words, *public(keys), "--program", "next").exit_code == 1
    assert not (folder / MANIFEST).exists()
    assert run(tool, *words, *public(keys)).exit_code == 0


def test_a_key_stays_closed_without_its_phrase(tool: ModuleType, tree: Path, keys: Path) -> None:
    wrong = run(tool, "sign", tree, "--key", keys / "ana.key", "--phrase", "otra frase inventada")
    assert "passphrase_wrong" in wrong.output
    assert not (tree / SIGNATURES).exists()
    again = run(tool, "key", "--out", keys, "--name", "ana", "--phrase", PHRASE)
    assert "nothing was changed" in again.output
    if os.name != "nt":
        assert (keys / "ana.key").stat().st_mode & 0o077 == 0
    assert sign(tool, tree, keys / "ana.key").exit_code == 0  # the control


def test_every_byte_of_a_key_file_counts(tool: ModuleType) -> None:
    key = tool.ReleaseKey(SecretKey(bytes(range(32))))
    content = tool.write_key(key, PHRASE, salt=bytes(16), cost=CHEAP)
    assert tool.read_key(content, PHRASE).public == key.public

    said = set()
    for at in range(len(content)):
        spoilt = content[:at] + bytes([content[at] ^ 2]) + content[at + 1 :]
        with pytest.raises(DomainError) as caught:
            tool.read_key(spoilt, PHRASE)
        said.add(caught.value.message_id)
    for other, message_id in (
        (b"", "file_not_ours"),
        (b"QSPK" + content[4:], "file_not_ours"),  # a region's root key
        (content[:4], "file_damaged"),
        (content[:-1], "file_damaged"),
        (content + b"\0", "file_damaged"),
    ):
        with pytest.raises(DomainError) as caught:
            tool.read_key(other, PHRASE)
        assert caught.value.message_id == message_id
    assert said == {"file_not_ours", "file_newer", "file_damaged", "passphrase_wrong"}
    assert bytes(range(32)).hex() not in repr(key)


def test_a_release_key_signs_releases_only(tool: ModuleType) -> None:
    key = tool.ReleaseKey(SecretKey(bytes(range(32))))
    by = key.sign(b"manifest")
    assert is_signed(key.public, Purpose.RELEASE, b"manifest", by)
    assert not any(
        is_signed(key.public, one, b"manifest", by)
        for one in Purpose
        if one.value != Purpose.RELEASE.value
    )


def test_the_script_runs_as_it_is_documented(checkout: Path) -> None:
    done = subprocess.run(
        [sys.executable, "packaging/release/release.py", "--help"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("key", "manifest", "sign", "check"):
        assert f"  {command} " in done.stdout


def test_what_was_asked_wrongly_is_said(
    tool: ModuleType, tree: Path, keys: Path, tmp_path: Path
) -> None:
    def said(*words: object) -> str:
        done = run(tool, *words)
        assert done.exit_code in (1, 2), done.output
        return done.output

    (tmp_path / "short.pub").write_bytes(bytes(31))
    (tmp_path / "long.pub").write_bytes(bytes(33))
    check = ("check", tree, *PLATFORM)
    made = ("manifest", tree, "--sequence", 8, *PLATFORM)
    new = ("key", "--out", keys, "--phrase", PHRASE, "--name")

    assert "letters, digits and hyphens" in said(*new, "../ana")
    assert "letters, digits and hyphens" in said(*new, "")
    assert "one of --installed and --key" in said(*check)
    assert "one of --installed and --key" in said(
        *check, "--installed", tree / MANIFEST, *public(keys)
    )
    assert "is no public key" in said(*check, "--key", tmp_path / "short.pub")
    assert "is too large" in said(*check, "--key", tmp_path / "long.pub")
    assert "3 different keys are needed" in said(*made, *public(keys)[:4])
    assert "cannot be read" in said("sign", keys, "--key", keys / "ana.key", "--phrase", PHRASE)
    assert sign(tool, tree, keys / "ana.key").exit_code == 0
    assert "remove it first" in said(*made, *public(keys))
    (tree / SIGNATURES).unlink()
    assert run(tool, *made, *public(keys)).exit_code == 0  # the control
