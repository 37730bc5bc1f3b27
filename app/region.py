"""The region's root key from the command line: made once, kept offline, grants first laptops."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.atomic_file import write_atomically
from app.crypto.passphrase import STANDARD, Argon2Bounds, Argon2Cost
from app.crypto.secret import SecretKey
from app.domain.errors import DomainError, EnvironmentFault, QispiError
from app.services.chosen_files import read_chosen_file
from app.services.read_models import CentreProfile
from sync.envelope.enrolment import reply_code
from sync.envelope.keyring import ServerAddress
from sync.envelope.region import RegionRoot, grant_first, read_root, root_code, write_root
from sync.protocol.limits import STATEMENT_MAX

__all__ = [
    "PUBLIC_NAME",
    "ROOT_NAME",
    "ServerFolder",
    "grant_first_laptop",
    "new_root",
    "open_root",
]

ROOT_NAME: Final = "region-root.key"
PUBLIC_NAME: Final = "region-root.pub"
STATEMENTS_NAME: Final = "statements"
CENTRE_BYTES: Final = 16
SALT_BYTES: Final = 16
_FILE_MAX: Final = 64 * 1024
"""Of the root key, the server's key and its certificate: each is a few hundred bytes."""


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """Where the server's public files lie (``server.pub``, ``ca.der``), and its address."""

    folder: Path
    url: str

    def address(self, name: str = "") -> ServerAddress:
        """Return what a laptop needs to find and recognise the server.

        Raises DomainError ``server_files_wrong``.
        """
        try:
            return ServerAddress(
                url=self.url,
                server_key=read_chosen_file(self.folder / "server.pub", _FILE_MAX),
                ca_der=read_chosen_file(self.folder / "ca.der", _FILE_MAX),
                name=name,
            )
        except (QispiError, ValueError):
            raise DomainError("server_files_wrong") from None


def new_root(
    folder: Path,
    passphrase: str,
    *,
    seed: SecretKey | None = None,
    cost: Argon2Cost = STANDARD,
) -> str:
    """Make the root key and its public part in ``folder``; return its 32 digits. ``seed``: that of
    its sheets (:mod:`app.region_sheets`), else a new one.

    Raises DomainError ``already_set_up``, ``passphrase_too_short``, ``passphrase_repeats``;
    EnvironmentFault ``exchange_not_written``, and then it can be tried again.
    """
    if (folder / ROOT_NAME).exists():
        raise DomainError("already_set_up")
    root = RegionRoot(seed or SecretKey.random())
    content = write_root(root, passphrase, salt=os.urandom(SALT_BYTES), cost=cost)
    _put(folder / PUBLIC_NAME, root.public)
    _put(folder / ROOT_NAME, content)  # last: from then on it is set up
    return root_code(root.public)


def open_root(folder: Path, passphrase: str, *, bounds: Argon2Bounds | None = None) -> RegionRoot:
    """Return the root key of a folder. Slow (Argon2id).

    Raises DomainError ``file_not_ours`` (also when there is none), ``file_damaged``,
    ``file_newer``, ``passphrase_wrong``.
    """
    try:
        content = read_chosen_file(folder / ROOT_NAME, _FILE_MAX)
    except QispiError:
        raise DomainError("file_not_ours") from None
    return read_root(content, passphrase, bounds=bounds)


def grant_first_laptop(
    folder: Path,
    passphrase: str,
    request: bytes,
    typed: str,
    *,
    server: ServerFolder,
    centre_name: str | None = None,
    profile: CentreProfile | None = None,
    bounds: Argon2Bounds | None = None,
) -> tuple[bytes, str]:
    """Grant the first laptop of a new centre; return the respuesta and its 32 digits.

    The statement is kept beside the root key, so that no second first laptop is ever granted.
    Raises DomainError ``server_files_wrong``, and as :func:`sync.envelope.region.grant_first` does.
    """
    root = open_root(folder, passphrase, bounds=bounds)
    kept = folder / STATEMENTS_NAME
    kept.mkdir(exist_ok=True, mode=0o700)
    known = [read_chosen_file(path, STATEMENT_MAX) for path in sorted(kept.glob("*.acta"))]
    granted = grant_first(
        root,
        request,
        typed,
        centre=os.urandom(CENTRE_BYTES),
        server=server.address(),
        profile=profile or CentreProfile(centre_name or "", "", "", "", "", ""),
        known=known,
    )
    # On the disk before the answer leaves: a second first laptop would be granted else.
    _put(kept / f"{granted.centre.hex()}.acta", granted.statement)
    return granted.reply, reply_code(granted.reply)


def _put(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_atomically(path, content)
    except OSError:
        raise EnvironmentFault("exchange_not_written") from None
