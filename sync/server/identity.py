"""The server's own files: its Ed25519 key, the region's root public key, its CA and certificate.

The CA signs this one server and is what laptops pin; it proves no name, so it never expires in
practice and no clock decides about it. Elliptic curves keep the handshake short on thin links.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sync.server.services import Region

__all__ = ["ServerFiles", "create_identity", "load_region"]

KEY_BYTES = 32
YEARS = 40


@dataclass(frozen=True, slots=True)
class ServerFiles:
    """Where a server's own files lie."""

    folder: Path

    @property
    def key(self) -> Path:
        """The Ed25519 seed that signs receipts, 32 bytes."""
        return self.folder / "server.key"

    @property
    def public(self) -> Path:
        """The server's public key, 32 bytes: what laptops know it by."""
        return self.folder / "server.pub"

    @property
    def root(self) -> Path:
        """The region's root public key, 32 bytes."""
        return self.folder / "region-root.pub"

    @property
    def ca(self) -> Path:
        """The CA's certificate in DER: what laptops pin."""
        return self.folder / "ca.der"

    @property
    def tls_key(self) -> Path:
        """The TLS private key, PEM."""
        return self.folder / "tls.key"

    @property
    def tls_certificate(self) -> Path:
        """The TLS certificate, PEM."""
        return self.folder / "tls.pem"

    @property
    def database(self) -> Path:
        """The embedded database, when no other was named."""
        return self.folder / "batches.db"

    def missing(self) -> tuple[str, ...]:
        """Return the names of the files that a server cannot do without and that are not there."""
        needed = (self.key, self.public, self.root, self.ca, self.tls_certificate, self.tls_key)
        return tuple(path.name for path in needed if not path.exists())


def create_identity(
    files: ServerFiles, *, root_key: bytes, hosts: list[str], now: datetime.datetime
) -> None:
    """Make the files of a new server. Raises FileExistsError rather than touch an old one's.

    The key is written last: what an interrupted set-up left is no server, and is made anew.
    """
    if len(root_key) != KEY_BYTES:
        raise ValueError("the root's public key has 32 bytes")
    if files.key.exists():
        raise FileExistsError(files.key)
    files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in (files.public, files.root, files.ca, files.tls_certificate, files.tls_key):
        left.unlink(missing_ok=True)
    server = Ed25519PrivateKey.generate()
    _write(files.public, server.public_key().public_bytes_raw())
    _write(files.root, root_key)
    ca_key, server_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = _certificate("Qispi CA", ca_key, ca_key, None, [], now)
    leaf = _certificate("Qispi", server_key, ca_key, ca, hosts, now)
    _write(files.ca, ca.public_bytes(serialization.Encoding.DER))
    _write(files.tls_certificate, leaf.public_bytes(serialization.Encoding.PEM))
    _write(
        files.tls_key,
        server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    _write(files.key, server.private_bytes_raw())


def load_region(files: ServerFiles, name: str) -> Region:
    """Return the identity of a server that was set up."""
    key = Ed25519PrivateKey.from_private_bytes(files.key.read_bytes())
    return Region(key, files.root.read_bytes(), name)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signing: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    hosts: list[str],
    now: datetime.datetime,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=365))
        .not_valid_after(now + datetime.timedelta(days=365 * YEARS))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing.public_key())
    builder = builder.add_extension(authority, critical=False)
    if issuer is None:
        usage = _key_usage(is_ca=True)
    else:
        usage = _key_usage(is_ca=False)
        server_use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = builder.add_extension(server_use, critical=False)
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    return builder.add_extension(usage, critical=True).sign(signing, hashes.SHA256())


def _key_usage(*, is_ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_ca,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_ca,
        crl_sign=is_ca,
        encipher_only=False,
        decipher_only=False,
    )


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(path: Path, content: bytes) -> None:
    # Private from the first byte, and never over an old file.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
