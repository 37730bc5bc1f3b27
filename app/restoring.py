"""Makes a laptop of a backup, on a machine that has none. Part of the composition root; storage
thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.definitions import load
from app.domain.definitions import Definitions
from app.domain.errors import EnvironmentFault
from app.joining_anew import draw_device
from app.laptop import laptop_of
from app.services.backup_messages import passed_over_refusal
from app.services.backup_ports import PassedOver, TriedBackup
from app.services.ports import Clock, Desk, Ids
from app.services.restored import note_restored
from app.sheet_opening import desk_of_nobody
from db import restore
from db.backup_manifest import Manifest
from db.restore import (
    Opener,
    Probed,
    Restoring,
    by_sheets,
    by_words,
    probe,
    restoring,
)

__all__ = [
    "Opener",
    "by_sheets",
    "by_words",
    "restore_laptop",
    "set_of_backup",
    "tells_once",
    "tried",
    "try_backup",
]

_IN_HER_WORDS: Final[Mapping[str, str]] = {
    "backup_stick_gone": "restore_stick_gone",
    "backup_stick_read_only": "restore_stick_gone",
    "not_enough_memory": "restore_no_memory",
}
"""What whoever reads a backup is told instead of what is said where one is made, or a laptop is
opened: no backup was to be made, nothing of hers is there yet, and «memoria» is the stick."""


def restore_laptop(
    place: Path,
    folder: Path,
    opener: Opener,
    clock: Clock,
    ids: Ids,
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
    definitions: Definitions | None = None,
    agree: Callable[[TriedBackup], None] = lambda _: None,
) -> TriedBackup:
    """Make the laptop of the backup that ``place`` is, or of the newest in it whose index holds, in
    the data folder ``folder``, closed; return what it holds. The words of its time open it, or two
    sheets: then whoever has them comes in by :class:`app.sheet_opening.SheetOpening`. ``agree`` is
    told what is about to be restored, and what is passed over; it raises to stop.

    ``opener`` is :func:`db.restore.by_words` or :func:`db.restore.by_sheets`. When it raises, there
    is no laptop, as before. Raises as :func:`db.restore.restoring` does, and of a stick that does
    not let itself be read any more EnvironmentFault ``restore_stick_gone``, and for
    ``not_enough_memory`` ``restore_no_memory``.
    """
    definitions = definitions or load(day=clock.today())
    registry = definitions.registry
    with (
        _from_stick(),
        restoring(
            place, folder, opener, registry, progress, lambda found: agree(_about(found))
        ) as begun,
    ):
        with begun.store.unit() as uow:
            draw_device(uow)
            uow.commit()
        desk = _desk_of(begun, definitions, clock, ids)
        with begun.store.unit() as uow:
            note_restored(uow, desk, name=begun.name, made_ms=begun.manifest.made_ms)
    return tried(begun.name, begun.manifest, was_opened=True)


def _desk_of(begun: Restoring, definitions: Definitions, clock: Clock, ids: Ids) -> Desk:
    if begun.entered is None:
        return desk_of_nobody(begun.store, definitions, clock, ids)
    return laptop_of(begun.store, definitions, clock, ids, vault=begun.entered).desk


def tells_once(told: set[TriedBackup]) -> Callable[[TriedBackup], None]:
    """Return what refuses, in one attempt, a backup for which others are passed over, unless the
    attempt before was told so: whoever asks again has read it. ``told`` is what that one was told;
    an attempt that comes to anything else forgets it."""
    before = frozenset(told)
    told.clear()

    def agree(about: TriedBackup) -> None:
        if about.passed_over and about not in before:
            told.add(about)
            raise passed_over_refusal(about)

    return agree


def try_backup(
    place: Path,
    opener: Opener,
    *,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> TriedBackup:
    """Open the backup that ``place`` is, or the newest in it whose index holds, and read all of it;
    nothing is changed. Raises as :func:`db.restore.probe` does, of the stick and of memory as
    :func:`restore_laptop`."""
    with _from_stick():
        return _about(probe(place, opener, progress))


def set_of_backup(place: Path) -> str:
    """Return the name of the set whose sheets open a backup. Raises as
    :func:`db.restore.set_of_backup` does, of the stick as :func:`restore_laptop`."""
    with _from_stick():
        return restore.set_of_backup(place)


@contextmanager
def _from_stick() -> Iterator[None]:
    """Say it to who reads a backup in words of her own (:data:`_IN_HER_WORDS`)."""
    try:
        yield
    except EnvironmentFault as fault:
        if fault.message_id not in _IN_HER_WORDS:
            raise
        raise EnvironmentFault(_IN_HER_WORDS[fault.message_id]) from None


def _about(found: Probed) -> TriedBackup:
    return tried(
        found.name,
        found.manifest,
        was_opened=found.was_opened,
        passed_over=found.passed_over,
    )


def tried(
    name: str,
    manifest: Manifest,
    *,
    was_opened: bool,
    passed_over: tuple[PassedOver, ...] = (),
) -> TriedBackup:
    """Return what a backup says of itself, as screens and commands show it."""
    return TriedBackup(
        name=name,
        made_ms=manifest.made_ms,
        number=manifest.number,
        program=manifest.program,
        changes=manifest.facts.changes,
        attachments=manifest.facts.attachments,
        audit_entries=manifest.facts.audit_number,
        total_bytes=manifest.total_bytes,
        was_opened=was_opened,
        passed_over=passed_over,
    )
