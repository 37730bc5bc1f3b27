"""Batches that cannot be used, each for its own reason, made with a laptop's real keys."""

from __future__ import annotations

from app.crypto.secret import SecretKey
from app.demo.actors import Typist
from app.domain.change import RecordId, new_change
from app.domain.value import Value
from app.services import replication
from app.services.ports import BatchOutline, FieldKey
from sync.envelope.keyring import Keyring, epoch_tag
from sync.envelope.seal import CentreEnvelope
from sync.protocol.limits import BATCH_MAX
from tests.support import centres

__all__ = ["altered", "batches_of", "of_other_epoch", "of_unknown_laptop", "spoilt", "written"]

NEWER_FIELD = FieldKey("case", RecordId("77" * 16), "#60000")


def batches_of(typist: Typist) -> list[bytes]:
    """Seal what waits on a laptop and return all its batches."""
    desk, envelope = typist.laptop.desk, typist.laptop.envelope
    assert envelope is not None
    while typist.run(lambda uow: replication.seal_pending(uow, desk, envelope)):
        pass
    return typist.run(
        lambda uow: [one.content for name in uow.batches.ids() if (one := uow.batches.get(name))]
    )


def altered(content: bytes, at: int = -1) -> bytes:
    """Return the bytes with one bit changed."""
    changed = bytearray(content)
    changed[at] ^= 0x10
    return bytes(changed)


def of_unknown_laptop(typist: Typist) -> bytes:
    """A batch of a laptop of the centre of which nobody has heard yet."""
    _, keyring = centres.join(_keyring(typist), "nobody has heard of it")
    return _sealed(typist, keyring)


def spoilt(typist: Typist, other_centre: Typist) -> dict[str, bytes]:
    """Return a batch for each reason; ``typist`` must have written something."""
    good = batches_of(typist)[0]
    return {
        "batch_truncated": good[: len(good) // 2],
        "batch_altered": altered(good),
        "batch_malformed": b"PK\3\4 a document of somebody's",
        "batch_unknown_version": good[:4] + b"\x09" + good[5:],
        "batch_wrong_centre": batches_of(other_centre)[0],
        "batch_unknown_device": of_unknown_laptop(typist),
        "batch_unknown_key": of_other_epoch(typist),
        "batch_over_limit": good + bytes(BATCH_MAX),
    }


def _keyring(typist: Typist) -> Keyring:
    assert typist.laptop.keys is not None
    return typist.laptop.keys.keyring


def of_other_epoch(typist: Typist) -> bytes:
    """A batch that this laptop signed under an epoch that nobody else holds."""
    own = _keyring(typist)
    secret = SecretKey.random()
    other_epoch = Keyring.of(
        own.keys,
        centre=own.centre,
        root_key=own.root_key,
        epochs=[secret],
        current=epoch_tag(secret),
        statements=own.statements,
        server=own.server,
    )
    return _sealed(typist, other_epoch)


def written(
    typist: Typist, key: FieldKey, value: Value, outline: BatchOutline | None = None
) -> bytes:
    """A batch that this laptop sealed, whatever it says: of its keys, but not of its database."""
    return _sealed(typist, _keyring(typist), key, value, outline)


def _sealed(
    typist: Typist,
    keyring: Keyring,
    key: FieldKey = NEWER_FIELD,
    value: Value = "valor inventado",
    outline: BatchOutline | None = None,
) -> bytes:
    desk = typist.laptop.desk
    change = new_change(
        desk.definitions.registry,
        kind=key.kind,
        record_id=key.record_id,
        field=key.field,
        value=value,
        stamp=desk.stamper.next(desk.clock.now_ms()),
        author=desk.actor.id,
        bases=(),
    )
    envelope = CentreEnvelope(desk.definitions.registry, keyring)
    first = BatchOutline(desk.ids.random_bytes(8), 1, bytes(32), None)
    return envelope.seal(outline or first, [change]).content
