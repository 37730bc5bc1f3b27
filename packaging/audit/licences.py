"""Whether everything in the lock file may be part of a program under AGPL-3.0-or-later.

What a package says of itself (its installed metadata) against ``licences.toml``; what is not known
is refused, not guessed.
"""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any, Final

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

__all__ = ["LicenceRefused", "Licences", "Locked", "metadata_of", "read_lock", "read_policy"]

_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_PIN: Final = re.compile(
    r"([A-Za-z0-9._-]+)(?:\[[A-Za-z0-9._,-]+\])?==([A-Za-z0-9._+!-]+)(?: *; *(.*?))? *\\?"
)

Metadata = Callable[[str], Message | None]


class LicenceRefused(Exception):
    """A part whose licence is unknown or may not be joined with ours."""


@dataclass(frozen=True, slots=True)
class Locked:
    """One line of a lock file: name, version, for which systems, SHA-256 of what may be taken."""

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def read_lock(path: Path) -> tuple[Locked, ...]:
    """Return what a lock file pins, ordered by name. Raises ValueError for a line of another
    kind, and for one without a hash."""
    found: list[Locked] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        if hashed := _HASH.fullmatch(line.strip().removesuffix("\\").strip()):
            last = found.pop()
            found.append(Locked(last.name, last.version, last.marker, (*last.hashes, hashed[1])))
        elif pin := _PIN.fullmatch(line):
            found.append(Locked(pin[1], pin[2], pin[3] or "", ()))
        else:
            raise ValueError(f"{path.name}: {line}")
    for one in found:
        if not one.hashes:
            raise ValueError(f"{path.name}: {one.name} has no hash")
    return tuple(sorted(found, key=lambda one: one.name))


def metadata_of(name: str) -> Message | None:
    """Return the metadata of an installed package, or None."""
    try:
        found: Any = importlib.metadata.metadata(name)
    except importlib.metadata.PackageNotFoundError:
        return None
    return found  # type: ignore[no-any-return]  # a Message by its documentation


@dataclass(frozen=True, slots=True)
class Licences:
    """The policy: what is allowed, and what was read by a person."""

    allowed: Mapping[str, str]
    words: Mapping[str, str]
    read: Mapping[str, Mapping[str, str]]
    elsewhere: Mapping[str, Mapping[str, str]]

    def of(self, name: str, metadata: Metadata = metadata_of) -> str:
        """Return the licence of a package as an SPDX expression that is allowed.

        Raises LicenceRefused with what is wrong.
        """
        found = metadata(name)
        if found is None:
            if name not in self.elsewhere:
                raise LicenceRefused(f"{name}: not installed here, and nobody read it")
            return self.check(name, self.elsewhere[name]["is"])
        expression = found.get("License-Expression")
        if expression:
            return self.check(name, str(expression))
        says = _words_of(found)
        if name in self.read:
            if self.read[name]["says"] != says:
                raise LicenceRefused(f"{name}: it says «{says}» now; read it again")
            return self.check(name, self.read[name]["is"])
        return self.check(name, self.words.get(says, says))

    def check(self, name: str, expression: str) -> str:
        """Return an expression in its one form. Raises LicenceRefused."""
        try:
            spelled = str(canonicalize_license_expression(expression))
        except InvalidLicenseExpression:
            raise LicenceRefused(f"{name}: unknown licence «{expression}»") from None
        if not _holds(spelled, self.allowed):
            raise LicenceRefused(f"{name}: {spelled} is not among the allowed ones")
        return spelled


def read_policy(path: Path) -> Licences:
    """Return the policy of a file. Raises KeyError, TypeError where something is missing."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    for name, entry in [*content["read"].items(), *content["elsewhere"].items()]:
        if not entry["why"]:
            raise ValueError(f"{name}: why?")
    return Licences(content["allowed"], content["words"], content["read"], content["elsewhere"])


def _words_of(metadata: Message) -> str:
    """Return what a package says in words: its field, else its one classifier."""
    said = str(metadata.get("License") or "").strip()
    if said:
        return said.splitlines()[0]
    classifiers = [
        str(one).rsplit("::", 1)[-1].strip()
        for one in metadata.get_all("Classifier") or []
        if str(one).startswith("License ::")
    ]
    return ", ".join(classifiers)


def _holds(expression: str, allowed: Mapping[str, str]) -> bool:
    """Return whether an SPDX expression can be kept: of OR one side, of AND both."""
    tokens = re.findall(r"[()]|[^\s()]+", expression)

    def either() -> bool:
        holds = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            holds = both() or holds  # read on in any case
        return holds

    def both() -> bool:
        holds = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            holds = one() and holds
        return holds

    def one() -> bool:
        token = tokens.pop(0)
        if token == "(":
            holds = either()
            tokens.pop(0)
            return holds
        if tokens and tokens[0] == "WITH":
            token = f"{token} WITH {tokens[1]}"
            del tokens[:2]
        return token in allowed

    return either() and not tokens
