"""Scans as a member of a centre could seal them whose program is not ours."""

from __future__ import annotations

from app.demo.actors import Typist
from app.services.ports import ATTACHMENT, UnitOfWork
from sync.envelope import blob
from sync.envelope.blob import SealedBlob
from tests.simulation.swapped import swapped

__all__ = ["falsely_labelled", "waits_to_go_up"]


def falsely_labelled(typist: Typist, sha256: bytes, content: bytes) -> SealedBlob:
    """Seal and sign these bytes under the label of another attachment."""
    keys = typist.laptop.keys
    assert keys is not None
    with swapped(blob, "attachment_label", lambda real: lambda secret, _own: real(secret, sha256)):
        return blob.seal_attachment(keys.keyring, content)


def waits_to_go_up(typist: Typist, sha256: bytes, content: bytes) -> None:
    """Let the laptop take these bytes for the attachment of that hash, sealed and not sent yet."""
    false = falsely_labelled(typist, sha256, content)

    def plant(uow: UnitOfWork) -> None:
        uow.attachments.put(sha256.hex(), "application/pdf", content)
        uow.blobs.add(false.id, ATTACHMENT, sha256, false.content)
        uow.commit()

    typist.run(plant)
