"""The bill of materials (CycloneDX 1.6, JSON), from the lock file and the installed metadata.

The same lock and the same environment give the same bytes: no time in it, and a serial number that
is derived from the content. Libraries inside wheels (Qt, OpenSSL, SQLCipher) are not listed apart.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from email.message import Message
from pathlib import Path
from typing import Any, Final

from licences import Licences, Locked, Metadata, metadata_of, read_lock, read_policy
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

__all__ = ["bill_of_materials", "write_bill"]

_NAMESPACE: Final = uuid.UUID("6f1f4f3e-8c5b-5b0e-9a55-8d2f6a4f1c7e")
"""Drawn once; serial numbers are made under it."""


def bill_of_materials(
    checkout: Path,
    locked: Sequence[Locked],
    licences: Licences,
    metadata: Metadata = metadata_of,
) -> dict[str, Any]:
    """Return the document. Raises LicenceRefused."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {one.name for one in locked}
    needs = {one.name: _needs(metadata(one.name), names) for one in locked}
    direct = _named(project["dependencies"], names, metadata)
    desktop = _closure(direct, needs)
    server = _closure(_named(project["optional-dependencies"]["server"], names, metadata), needs)
    root = f"qispi@{project['version']}"
    components = [
        _component(one, licences.of(one.name, metadata), desktop, server) for one in locked
    ]
    components += _bundled(checkout, licences)
    references = {one.name: _purl(one) for one in locked}
    dependencies = [{"ref": root, "dependsOn": sorted(references[name] for name in direct)}]
    dependencies += [
        {"ref": references[name], "dependsOn": sorted(references[one] for one in needs[name])}
        for name in sorted(names)
    ]
    document: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": components,
        "dependencies": dependencies,
    }
    digest = hashlib.sha256(write_bill(document)).hexdigest()
    return {"serialNumber": f"urn:uuid:{uuid.uuid5(_NAMESPACE, digest)}", **document}


def write_bill(document: Mapping[str, Any]) -> bytes:
    """Return a document as bytes, in one form."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=True).encode() + b"\n"


def _component(
    one: Locked, licence: str, desktop: frozenset[str], server: frozenset[str]
) -> dict[str, Any]:
    part = "desktop" if one.name in desktop else "server" if one.name in server else "tests"
    scope = {"desktop": "required", "server": "optional", "tests": "excluded"}[part]
    properties = [{"name": "qispi:part", "value": part}]
    if one.marker:
        properties.append({"name": "qispi:only-where", "value": one.marker})
    return {
        "type": "library",
        "bom-ref": _purl(one),
        "name": one.name,
        "version": one.version,
        "purl": _purl(one),
        "scope": scope,
        "licenses": _licences(licence),
        # One for each file that may be taken: a system takes one of them.
        "hashes": [{"alg": "SHA-256", "content": value} for value in sorted(one.hashes)],
        "properties": properties,
    }


def _bundled(checkout: Path, licences: Licences) -> list[dict[str, Any]]:
    listed = checkout / "packaging" / "audit" / "bundled.toml"
    parts = tomllib.loads(listed.read_text(encoding="utf-8"))["part"]
    return [
        {
            "type": part["type"],
            "bom-ref": f"bundled:{part['name']}",
            "name": part["name"],
            "scope": "required",
            "licenses": _licences(licences.check(part["name"], part["licence"])),
            "components": [
                {
                    "type": "file",
                    "bom-ref": f"file:{path.relative_to(checkout).as_posix()}",
                    "name": path.relative_to(checkout).as_posix(),
                    "hashes": [
                        {
                            "alg": "SHA-256",
                            "content": hashlib.sha256(path.read_bytes()).hexdigest(),
                        }
                    ],
                }
                for path in _files(checkout, part["files"])
            ],
        }
        for part in sorted(parts, key=lambda part: str(part["name"]))
    ]


def _files(checkout: Path, patterns: Iterable[str]) -> list[Path]:
    found = sorted({path for pattern in patterns for path in checkout.glob(pattern)})
    if not found:
        raise ValueError(f"bundled.toml: nothing at {list(patterns)}")
    return found


def _licences(expression: str) -> list[dict[str, Any]]:
    if re.search(r"\s", expression):
        return [{"expression": expression}]
    return [{"license": {"id": expression}}]


def _purl(one: Locked) -> str:
    return f"pkg:pypi/{one.name}@{one.version}"


def _named(requirements: Iterable[str], names: set[str], metadata: Metadata) -> frozenset[str]:
    """Return what requirements name, with what their extras bring."""
    found: set[str] = set()
    for one in map(Requirement, requirements):
        found.add(str(canonicalize_name(one.name)))
        for extra in one.extras:
            found |= {
                str(canonicalize_name(more.name))
                for more in _required(metadata(one.name))
                if f'extra == "{extra}"' in str(more.marker or "")
            }
    return frozenset(found & names)


def _needs(metadata: Message | None, names: set[str]) -> frozenset[str]:
    """Return what a package needs without its extras, of what is locked."""
    return frozenset(
        str(canonicalize_name(one.name))
        for one in _required(metadata)
        if canonicalize_name(one.name) in names and "extra" not in str(one.marker or "")
    )


def _required(metadata: Message | None) -> list[Requirement]:
    if metadata is None:
        return []
    return [Requirement(str(one)) for one in metadata.get_all("Requires-Dist") or []]


def _closure(names: frozenset[str], needs: Mapping[str, frozenset[str]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs[name]
    return frozenset(found)


def main() -> int:
    """Write the bill of this checkout to standard output."""
    checkout = Path(__file__).parent.parent.parent
    locked = read_lock(checkout / "packaging" / "requirements.lock")
    licences = read_policy(checkout / "packaging" / "audit" / "licences.toml")
    sys.stdout.buffer.write(write_bill(bill_of_materials(checkout, locked, licences)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
