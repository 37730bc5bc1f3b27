"""Makes, signs and checks a release (docs/supply-chain.md), from the command line.

``key`` once for each of three people, offline. ``manifest`` where the tree was built. ``sign`` by
two of the three, offline, after each compared the manifest with a build of her own. ``check`` as a
laptop would. Nothing of the tree is executed by any of them.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Any, Final

import click
from key_file import ReleaseKey, read_key, write_key

from app.atomic_file import write_atomically
from app.crypto.fingerprint import fingerprint, grouped
from app.crypto.passphrase import STANDARD
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError
from app.release_folder import FolderTree, list_files
from app.release_format import (
    KEYS,
    KEYS_NEEDED,
    MANIFEST,
    MANIFEST_BYTES_MAX,
    PLATFORMS,
    SIGNATURES,
    SIGNATURES_BYTES_MAX,
    ReleaseManifest,
    read_manifest,
    read_signatures,
    write_manifest,
    write_signatures,
)
from app.release_manifest import Installed, check_release
from app.version import PROGRAM_VERSION
from sync.protocol.signature import SIGN_KEY_BYTES, Purpose, is_signed

SALT_BYTES: Final = 16
KEY_FILE_BYTES_MAX: Final = 1024
_FOLDER: Final = click.Path(path_type=Path, file_okay=False, exists=True)
_FILE: Final = click.Path(path_type=Path, dir_okay=False, exists=True)


class Refusing(click.Group):
    """Says a refusal by its id, and leaves with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except DomainError as refused:
            said = ", ".join(f"{name}: {value}" for name, value in refused.parameters.items())
            raise click.ClickException(f"{refused.message_id} ({said})") from None


@click.group(cls=Refusing)
def main() -> None:
    """Releases of Qispi: made by one, signed by two of three, checked by everybody."""


@main.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--name", required=True, help="Whose key: part of the file's name.")
@click.option("--phrase", prompt=True, hide_input=True, confirmation_prompt=True)
def key(out: Path, name: str, phrase: str) -> None:
    """Make a release key: NAME.key (sealed by a phrase, stays offline) and NAME.pub."""
    if not name.isascii() or not name.replace("-", "").isalnum():
        raise click.BadParameter("letters, digits and hyphens", param_hint="--name")
    made = ReleaseKey(SecretKey.random())
    content = write_key(made, phrase, salt=os.urandom(SALT_BYTES), cost=STANDARD)
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(out / f"{name}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{name}.key is there already: nothing was changed") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)
    (out / f"{name}.pub").write_bytes(made.public)
    click.echo(f"{name}: {code(made.public)}")


@main.command()
@click.argument("tree", type=_FOLDER)
@click.option("--sequence", type=int, required=True, help="One more than the release before.")
@click.option("--platform", type=click.Choice(sorted(PLATFORMS)), required=True)
@click.option("--program", default=PROGRAM_VERSION, show_default=True)
@click.option("--key", "keys", type=_FILE, multiple=True, required=True, help="Three .pub files.")
def manifest(
    tree: Path, sequence: int, platform: str, program: str, keys: tuple[Path, ...]
) -> None:
    """Write release.json at the top of a built TREE. What no laptop would take is refused."""
    if (tree / SIGNATURES).exists():
        raise click.ClickException(f"{SIGNATURES} is there already: remove it first")
    public = frozenset(read_public(one) for one in keys)
    if len(keys) != KEYS or len(public) != KEYS:
        raise click.ClickException(f"{KEYS} different keys are needed")
    made = ReleaseManifest(sequence, program, platform, public, list_files(tree))
    content = write_manifest(made)
    read_manifest(content)  # what no laptop could read must not leave
    write_atomically(tree / MANIFEST, content)
    _tell(made, content)


@main.command()
@click.argument("folder", type=_FOLDER)
@click.option("--key", "key_file", type=_FILE, required=True, help="A .key file.")
@click.option("--tree", type=_FOLDER, help="An own build: it must hold exactly these files.")
@click.option("--phrase", prompt=True, hide_input=True)
def sign(folder: Path, key_file: Path, tree: Path | None, phrase: str) -> None:
    """Add a signature to FOLDER, which holds release.json (and release.sig, once one signed).

    Without --tree the signer answers for bytes that she has not compared with anything.
    """
    content = _small(folder / MANIFEST, MANIFEST_BYTES_MAX)
    read = read_manifest(content)
    _tell(read, content)
    if tree is None:
        click.echo("Not compared with a build of one's own (--tree).", err=True)
    elif list_files(tree) != read.files:
        raise click.ClickException("The build differs from the manifest: not signed")
    signatures = {}
    if (folder / SIGNATURES).exists():
        signatures = read_signatures(_small(folder / SIGNATURES, SIGNATURES_BYTES_MAX))
        for public, by in signatures.items():
            if not is_signed(public, Purpose.RELEASE, content, by):
                raise DomainError("release_signature_wrong")
    opened = read_key(_small(key_file, KEY_FILE_BYTES_MAX), phrase)
    signatures[opened.public] = opened.sign(content)
    write_atomically(folder / SIGNATURES, write_signatures(signatures))
    counted = len(signatures.keys() & read.keys)
    click.echo(f"Signed by {counted} of the {KEYS} keys that it names; {KEYS_NEEDED} are needed.")


@main.command()
@click.argument("tree", type=_FOLDER)
@click.option("--installed", type=_FILE, help="release.json of the release before.")
@click.option("--key", "keys", type=_FILE, multiple=True, help="Or the trusted .pub files.")
@click.option("--platform", type=click.Choice(sorted(PLATFORMS)), required=True)
def check(tree: Path, installed: Path | None, keys: tuple[Path, ...], platform: str) -> None:
    """Say whether a laptop would take TREE."""
    if (installed is None) == (not keys):
        raise click.UsageError("one of --installed and --key")
    if installed is None:
        trusted = Installed(0, frozenset(read_public(one) for one in keys))
    else:
        before = read_manifest(_small(installed, MANIFEST_BYTES_MAX))
        trusted = Installed(before.sequence, before.keys)
    read = check_release(FolderTree(tree), trusted, platform=platform)
    _tell(read, write_manifest(read))
    if read.keys != trusted.keys:
        click.echo("It changes the release keys.")
    click.echo("It may be installed.")


def code(public: bytes) -> str:
    """Return the 32 digits of a release key, to be read out and compared."""
    return grouped(fingerprint("release-key", public))


def read_public(path: Path) -> bytes:
    """Return the public key of a file. Raises click's refusal for anything else."""
    content = _small(path, SIGN_KEY_BYTES)
    if len(content) != SIGN_KEY_BYTES:
        raise click.ClickException(f"{path.name} is no public key")
    return content


def _tell(read: ReleaseManifest, content: bytes) -> None:
    size = sum(one.size for one in read.files)
    click.echo(f"Release {read.sequence}, program {read.program}, {read.platform}")
    click.echo(f"{len(read.files)} files, {size} bytes")
    click.echo(f"SHA-256 of the manifest: {hashlib.sha256(content).hexdigest()}")
    for one in sorted(read.keys):
        click.echo(f"key {code(one)}")


def _small(path: Path, at_most: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(at_most + 1)
    except OSError:
        raise click.ClickException(f"{path.name} cannot be read") from None
    if len(content) > at_most:
        raise click.ClickException(f"{path.name} is too large")
    return content


if __name__ == "__main__":
    sys.exit(main())
