"""A pack of later definitions is taken only signed, newer, whole, faultless and compatible."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.crypto.secret import SecretKey
from app.datafiles.pack import (
    FILES_MAX,
    MANIFEST,
    SIGNATURE,
    Manifest,
    PackedFile,
    PackSignature,
    list_files,
    read_manifest,
    read_signature,
    version_numbers,
    write_manifest,
    write_signature,
)
from app.definition_pack import check_pack, read_trusted_key, sign_pack
from app.domain.errors import DefinitionError, DomainError
from app.resources import data_root
from sync.envelope.region import RegionRoot
from sync.protocol.signature import Purpose

ROOT = RegionRoot(SecretKey(bytes(range(32))))
OTHER = RegionRoot(SecretKey(bytes(range(1, 33))))
DAY = date(2027, 1, 1)
VERSION = "2099.1"


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def add_line(folder: Path, name: str, line: str) -> None:
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(line + "\n")


def set_version(folder: Path, version: str = VERSION) -> None:
    lines = (folder / "release.yaml").read_text(encoding="utf-8").splitlines()
    lines = [f'version: "{version}"' if one.startswith("version:") else one for one in lines]
    (folder / "release.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def signed(folder: Path, root: RegionRoot = ROOT) -> Path:
    sign_pack(folder, root.public, root.sign, valid_from=DAY)
    return folder


def signed_anyway(folder: Path, manifest: Manifest | bytes, root: RegionRoot = ROOT) -> Path:
    """Sign what no honest signer would."""
    content = manifest if isinstance(manifest, bytes) else write_manifest(manifest)
    (folder / MANIFEST).write_bytes(content)
    made = PackSignature(root.public, root.sign(Purpose.DEFINITIONS, content))
    (folder / SIGNATURE).write_bytes(write_signature(made))
    return folder


def of(folder: Path, version: str = VERSION, program: str = "0.1") -> Manifest:
    return Manifest(version, DAY, program, list_files(folder))


def refused(folder: Path, key: bytes = ROOT.public) -> DomainError:
    with pytest.raises(DomainError) as caught:
        check_pack(folder, key)
    return caught.value


@pytest.fixture
def newer(data: Path) -> Path:
    set_version(data)
    return data


@pytest.fixture(scope="module")
def signed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A newer pack that was signed: a signer reads it whole before."""
    folder = Path(shutil.copytree(data_root(), tmp_path_factory.mktemp("signed") / "data"))
    set_version(folder)
    return signed(folder)


@pytest.fixture
def whole(tmp_path: Path, signed_once: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(signed_once, tmp_path / "data"))


def test_a_newer_signed_pack_holds_and_says_what_changes(newer: Path) -> None:
    edit(
        newer,
        "forms/ficha.yaml",
        '  - {id: shift, type: choice, catalogue: turno, label: "Turno"}\n',
        '  - {id: shift, type: choice, catalogue: turno, label: "Turno de atención"}\n'
        '  - {id: boat_name, type: text, label: "Nombre del bote inventado"}\n',
    )
    numbers = [
        int(one.split(",")[3])
        for one in (newer / "registry.csv").read_text().splitlines()
        if one.startswith("case,")
    ]
    add_line(newer, "registry.csv", f"case,1,boat_name,{max(numbers) + 1}")
    edit(
        newer,
        "catalogues/house.yaml",
        '{code: "3", label: "Noche"}',
        '{code: "3", label: "Noche", valid_to: 2026-12-31}',
    )

    checked = check_pack(signed(newer), ROOT.public)

    said = [f"{one.kind}: {one.what}" for one in checked.changes]
    assert not checked.is_installed
    assert any("Campo nuevo" in one and "Nombre del bote inventado" in one for one in said)
    assert any("Campo que cambia" in one and "(shift): label" in one for one in said)
    assert any("Código que se cierra: turno/3 «Noche», 31/12/2026" in one for one in said)
    assert len(said) == 3


def test_the_same_release_is_installed_already(data: Path) -> None:
    checked = check_pack(signed(data), ROOT.public)

    assert checked.is_installed
    assert checked.changes == ()


def test_without_manifest_or_signature_it_is_refused(newer: Path) -> None:
    assert refused(newer).message_id == "definitions_no_manifest"
    signed(newer)
    (newer / SIGNATURE).unlink()
    assert refused(newer).message_id == "definitions_unsigned"
    (newer / SIGNATURE).write_bytes(b"x" * 200)
    assert refused(newer).message_id == "definitions_unsigned"


def test_another_key_or_a_changed_manifest_is_refused(newer: Path) -> None:
    signed(newer, OTHER)
    assert refused(newer).message_id == "definitions_key_unknown"
    signed(newer)
    edit(newer, MANIFEST, DAY.isoformat(), "2026-01-01")
    assert refused(newer).message_id == "definitions_signature_wrong"


def test_a_signature_for_another_purpose_does_not_count(newer: Path) -> None:
    content = write_manifest(of(newer))
    (newer / MANIFEST).write_bytes(content)
    made = PackSignature(ROOT.public, ROOT.sign(Purpose.STATEMENT, content))
    (newer / SIGNATURE).write_bytes(write_signature(made))

    assert refused(newer).message_id == "definitions_signature_wrong"


def test_a_foreign_key_in_the_signature_file_proves_nothing(newer: Path) -> None:
    content = write_manifest(of(newer))
    (newer / MANIFEST).write_bytes(content)
    made = PackSignature(ROOT.public, OTHER.sign(Purpose.DEFINITIONS, content))
    (newer / SIGNATURE).write_bytes(write_signature(made))

    assert refused(newer).message_id == "definitions_signature_wrong"


def test_an_older_version_is_refused(data: Path) -> None:
    set_version(data, "2001.9")

    fault = refused(signed(data))

    assert fault.message_id == "definitions_version_old"
    assert fault.parameters["version"] == "2001.9"


def test_one_version_with_two_contents_is_refused(data: Path) -> None:
    add_line(data, "README.md", "otra línea")

    assert refused(signed(data)).message_id == "definitions_version_changed"


def test_a_newer_program_is_asked_for_first(newer: Path) -> None:
    fault = refused(signed_anyway(newer, of(newer, program="99.0")))

    assert fault.message_id == "definitions_program_old"


def test_a_version_compares_as_numbers() -> None:
    assert version_numbers("2026.10") > version_numbers("2026.9")
    assert version_numbers("2026.1.0") == version_numbers("2026.1")
    for bad in ("", "2026.x", "-1", "2026.1.1.1.1", "٣", "9999999"):
        with pytest.raises(DomainError):
            version_numbers(bad)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda one: (one / "sharing.yaml").unlink(), "definitions_file_missing"),
        (lambda one: (one / "otro.yaml").write_text("x: y"), "definitions_file_extra"),
        (lambda one: add_line(one, "sharing.yaml", "# más"), "definitions_file_differs"),
        (
            lambda one: (
                (one / "sharing.yaml").rename(one.parent / "away"),
                (one / "sharing.yaml").symlink_to(one.parent / "away"),
            ),
            "definitions_not_plain",
        ),
        (lambda one: (one / "l").symlink_to(one.parent, True), "definitions_not_plain"),
        (lambda one: os.mkfifo(one / "pipe"), "definitions_not_plain"),
    ],
)
def test_an_incomplete_pack_is_refused(
    whole: Path, spoil: Callable[[Path], object], message: str
) -> None:
    spoil(whole)

    assert refused(whole).message_id == message


def test_a_linked_manifest_is_none(whole: Path) -> None:
    (whole / MANIFEST).rename(whole.parent / "away")
    (whole / MANIFEST).symlink_to(whole.parent / "away")

    assert refused(whole).message_id == "definitions_no_manifest"


@pytest.mark.parametrize(
    "path",
    ["../x.yaml", "/etc/x", "a/../b", "a//b", ".hidden", "con.yaml", "a\\b", "a:b", "x.", MANIFEST,
     "a/b/c/d/e/f", "ñ.yaml", "a" * 130],
)  # fmt: skip
def test_a_path_that_leads_elsewhere_is_refused(newer: Path, path: str) -> None:
    files = (*list_files(newer), PackedFile(path, 1, "0" * 64))
    content = write_manifest(Manifest(VERSION, DAY, "0.1", files))

    assert refused(signed_anyway(newer, content)).message_id in (
        "definitions_path_wrong",
        "definitions_manifest_wrong",
    )
    assert not (newer.parent / "x.yaml").exists()


def test_limits_of_number_and_size(newer: Path) -> None:
    many = tuple(PackedFile(f"f{number}.yaml", 1, "0" * 64) for number in range(FILES_MAX + 1))
    large = (PackedFile("f.yaml", 900_000_000, "0" * 64),)
    for files in (many, large):
        content = write_manifest(Manifest(VERSION, DAY, "0.1", files))
        assert refused(signed_anyway(newer, content)).message_id == "definitions_too_large"
    (newer / MANIFEST).write_bytes(b"#" * 300_000)
    assert refused(newer).message_id == "definitions_too_large"


def test_names_that_differ_in_case_alone_are_refused(newer: Path) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    files = (PackedFile("A.yaml", 1, digest), PackedFile("a.yaml", 1, digest))
    content = write_manifest(Manifest(VERSION, DAY, "0.1", files))

    assert refused(signed_anyway(newer, content)).message_id == "definitions_manifest_wrong"


def test_a_manifest_written_otherwise_is_refused(newer: Path) -> None:
    content = write_manifest(of(newer)) + b"# nota\n"

    assert refused(signed_anyway(newer, content)).message_id == "definitions_manifest_wrong"


def test_a_version_inside_that_is_another_is_refused(newer: Path) -> None:
    fault = refused(signed_anyway(newer, of(newer, version="2099.2")))

    assert fault.message_id == "definitions_manifest_wrong"


def test_a_fault_in_a_file_is_named_with_its_line(newer: Path) -> None:
    edit(newer, "forms/ficha.yaml", "type: time", "type: hour")
    line = next(
        number
        for number, one in enumerate(
            (newer / "forms" / "ficha.yaml").read_text(encoding="utf-8").splitlines(), 1
        )
        if "type: hour" in one
    )

    with pytest.raises(DefinitionError) as caught:
        check_pack(signed_anyway(newer, of(newer)), ROOT.public)

    assert (caught.value.file, caught.value.line) == ("forms/ficha.yaml", line)


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("registry.csv", "case,1,shift,", "case,1,shift,9", "definitions_number_reused"),
        (
            "catalogues/house.yaml",
            '{code: "3", label: "Noche"}',
            '{code: "4", label: "Noche"}',
            "definitions_code_gone",
        ),
        (
            "catalogues/house.yaml",
            '{code: "3", label: "Noche"}',
            '{code: "3", label: "Madrugada"}',
            "definitions_code_reused",
        ),
        (
            "forms/ficha.yaml",
            "{id: kit_not_referred_other, type: text,",
            "{id: kit_not_referred_other, type: number,",
            "definitions_meaning_changed",
        ),
    ],
)
def test_numbers_codes_and_meanings_are_never_reused(
    newer: Path, name: str, old: str, new: str, message: str
) -> None:
    edit(newer, name, old, new)

    assert refused(signed_anyway(newer, of(newer))).message_id == message
    with pytest.raises(DomainError):
        signed(newer)


def test_a_corrected_spelling_is_no_other_meaning(newer: Path) -> None:
    edit(newer, "catalogues/house.yaml", 'label: "Noche"', 'label: "noché"')

    checked = check_pack(signed(newer), ROOT.public)

    assert [one.kind for one in checked.changes] == ["Se corrige la escritura"]


def test_what_is_no_public_key_is_not_trusted(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pub"
    wrong.write_bytes(b"x" * 33)
    for path in (wrong, tmp_path, tmp_path / "none"):
        with pytest.raises(DomainError, match="definitions_trust_wrong"):
            read_trusted_key(path)


WORDS = st.sampled_from(
    ["format", "version", "files", "path", "size", "sha256", ": ", "- ", "{", "}", "\n", '"', "'",
     "&a", "*a", "!!x ", "---\n", "../", "\x00", "\ufeff", "9" * 30, "-1", "1e9", "a" * 64, "ñ"]
)  # fmt: skip


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(at=st.floats(0, 1, exclude_max=True), length=st.integers(0, 40), words=st.lists(WORDS))
def test_a_damaged_manifest_is_read_or_refused(at: float, length: int, words: list[str]) -> None:
    files = (PackedFile("a/b.yaml", 7, "0" * 64), PackedFile("c.csv", 8, "1" * 64))
    content = write_manifest(Manifest(VERSION, DAY, "0.1.0", files))
    start = int(at * len(content))
    damaged = content[:start] + "".join(words).encode() + content[start + length :]
    try:
        manifest = read_manifest(damaged)
    except DomainError as fault:
        assert fault.message_id.startswith("definitions_")
    else:
        assert write_manifest(manifest) == damaged


@settings(max_examples=200, deadline=None)
@given(content=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)))
def test_any_bytes_as_manifest_or_signature_are_refused(content: bytes) -> None:
    for read in (read_manifest, read_signature):
        with pytest.raises(DomainError, match="definitions_"):
            read(content)


def test_a_pack_is_checked_from_its_own_copy(newer: Path, tmp_path: Path) -> None:
    """Folders may be read-only, and nothing is written into them."""
    signed(newer)
    before = {one: one.stat().st_mtime_ns for one in newer.rglob("*")}

    check_pack(newer, ROOT.public)

    assert {one: one.stat().st_mtime_ns for one in newer.rglob("*")} == before
    assert shutil.disk_usage(tmp_path).free > 0
    assert list_files(data_root())
