"""A laptop in the simulator: real SQLCipher files, the real client, a clock that may be years off.

A power cut is what it is on a real disk: the files as they are at that moment, opened again.
"""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import shutil
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from app import laptop as program
from app import opening
from app.clock import LIMA
from app.domain.change import AuthorId, ChangeId
from app.domain.errors import QispiError
from app.domain.stamp import SESSION_BYTES, Stamper
from app.ids import SeededIds
from app.peru_calendar import PeruHolidays
from app.services.machine_watch import note_start
from app.services.ports import Actor, Desk, FieldKey, UnitOfWork
from app.services.read_models import ConflictRow
from app.similarity import likeness
from db.archive import ARCHIVE_NAME
from db.laptop_copy import COPY_NAME
from db.store import DATABASE_NAME, Store, create_store, open_store
from db.unit_of_work import SqlUnitOfWork
from sync.client.control import SyncRuns
from sync.client.keys import KEYRING, HeldKeys
from sync.envelope.keyring import Keyring
from sync.envelope.seal import CentreEnvelope
from tests.simulation.computer import SimComputer
from tests.simulation.disk import Disk
from tests.simulation.envelopes import OldEnvelope, OldKeys, SimEnvelope
from tests.simulation.faults import PowerCut
from tests.simulation.member import FLAW
from tests.simulation.oracle import must
from tests.simulation.statements import share_statements
from tests.support.centres import PROFILE
from tests.support.laptops import EVERY_SERVICE, NOON_MS, definitions
from tests.support.storage import KEY

if TYPE_CHECKING:
    from tests.simulation.region import SimRegion
    from tests.simulation.world import World

__all__ = ["FILES", "SimClock", "SimLaptop", "flawed", "template"]

T = TypeVar("T")
FILES = (DATABASE_NAME, f"{DATABASE_NAME}-wal", ARCHIVE_NAME, COPY_NAME)


@cache
def template(place: Path) -> Path:
    """Return a folder with a new database, to be copied: made once."""
    folder = place / "template"
    folder.mkdir()
    create_store(folder, KEY, definitions().registry).close()
    return folder


_flawed: set[Engine] = set()


def flawed(real: Any) -> Any:
    """Return what takes changes in, with a bug of the old program: a field of the member's makes it
    fail when half of the work is done."""

    def record(uow: Any, definitions: Any, changes: Any, *, is_own: bool) -> Any:
        touched = real(uow, definitions, changes, is_own=is_own)
        if any(one.field == FLAW for one in changes) and uow._connection.engine in _flawed:
            raise ValueError("a bug of the old program")
        return touched

    return record


@dataclass(slots=True)
class SimClock:
    """A laptop's clock: off by ``offset_ms``, and running at ``rate`` (backwards when negative)."""

    world: World
    offset_ms: int = 0
    rate: int = 1

    def now_ms(self) -> int:
        """Return what the laptop takes for the time."""
        return NOON_MS + self.offset_ms + self.rate * self.world.elapsed_ms

    def today(self) -> date:
        """Return the day in Peru, as the laptop has it."""
        return datetime.fromtimestamp(self.now_ms() / 1000, LIMA).date()

    def zone(self) -> ZoneInfo:
        """Return America/Lima."""
        return LIMA


class _Threads:
    """All three threads in one, with somebody else's work in between."""

    def __init__(self, laptop: SimLaptop) -> None:
        self._laptop = laptop

    def on_storage_thread(self, work: Callable[[], T]) -> Future[T]:
        self._laptop.world.meanwhile(self._laptop)
        future: Future[T] = Future()
        try:
            future.set_result(work())
        except PowerCut:
            raise
        except BaseException as error:
            future.set_exception(error)
        return future

    def on_network(self, work: Callable[[], None]) -> None:
        work()

    def post(self, work: Callable[[], None]) -> None:
        work()


@dataclass(slots=True, eq=False)
class SimLaptop:
    """One laptop. ``name`` tells clones apart; clones share ``letter``, keys and device id."""

    world: World
    name: str
    letter: str
    clock: SimClock
    folder: Path
    opened: dict[FieldKey, tuple[ChangeId, ...]] = field(default_factory=dict)
    """Editors that stand open: the changes that stood in each of them when it was opened."""
    asked: list[ConflictRow] = field(default_factory=list)
    """Conflicts that stand open on the screen, as they were when the page was opened."""
    shown: set[bytes] = field(default_factory=set)
    """Logs of which the region showed another history, since the last synchronisation began."""
    signed_in: SimRegion | None = None
    """The server that gave this run of the program a token."""
    was_put_back: bool = False
    """It does not know any more all that it did."""
    was_spoilt: bool = False
    """Pages of its database were damaged: of what is in no batch, some is lost."""
    backed_up: dict[Path, tuple[int, int, SimComputer]] = field(default_factory=dict)
    """At which start each backup was made, how often one was told of before, and all around it."""
    _copies: int = 0
    computer: SimComputer = field(init=False)
    store: Store = field(init=False)
    desk: Desk = field(init=False)
    keys: HeldKeys = field(init=False)
    envelope: CentreEnvelope = field(init=False)
    runs: SyncRuns = field(init=False)
    disk: Disk = field(init=False)

    def __post_init__(self) -> None:
        self.computer = SimComputer(self.name)

    def set_up(self, keyring: Keyring) -> None:
        """Make the database of a laptop that was just enrolled, and start the program."""
        shutil.copytree(template(self.world.place), self.folder)
        store = open_store(self.folder, KEY, definitions().registry)
        person = program.FirstPerson(f"{ord(self.letter):032x}", f"Persona {self.letter}", "social")
        with store.unit() as uow:
            uow.local.put(program.PERSON, msgspec.msgpack.encode(person))
            uow.local.put(program.CENTRE, msgspec.msgpack.encode(PROFILE))
            uow.local.put(program.DEVICE_SEED, keyring.keys.seed.reveal())
            uow.local.put(KEYRING, keyring.to_bytes())
            uow.commit()
        store.close()
        self.start()

    def start(self, stamper: Stamper | None = None) -> None:
        """Start the program: a new session, unless a running program was copied."""
        chance = self.world.chance
        self.store = open_store(self.folder, KEY, definitions().registry)
        self.disk = Disk(self.store, self.folder, self.world.faults, self._copy_files)
        share_statements("laptop", self.store._engine)
        with self.store.unit() as uow:
            stored = uow.local.get(KEYRING)
        assert stored is not None
        if self.world.has_old_program(self.letter):
            _flawed.add(self.store._engine)
        keyring = Keyring.from_bytes(stored)
        self.envelope = self._new_envelope(keyring)
        of_program = OldKeys if self.is_old else HeldKeys
        self.keys = of_program(keyring, self._replace, draw=chance.randbytes)
        author = AuthorId(f"{ord(self.letter):032x}")
        self.desk = Desk(
            definitions=definitions(),
            actor=Actor(author, f"Persona Inventada {self.letter}", "social", EVERY_SERVICE),
            stamper=stamper or Stamper(chance.randbytes(SESSION_BYTES)),
            clock=self.clock,
            ids=SeededIds(self.clock, chance),
            likeness=likeness,
            holidays=PeruHolidays(),
            device_letter=self.letter,
            centre_name="CEM Inventado",
        )
        self.store.work_at(self.desk)
        self.opened, self.asked, self.signed_in = {}, [], None
        self.runs = SyncRuns(
            desk=self.desk,
            envelope=self.envelope,
            keys=self.keys,
            threads=_Threads(self),
            open_unit=self.unit,
            transport_of=lambda _counted: self.world.link(self),
            blobs=self.world.scans.blobs_of(self),
            seconds=self.world.scans.seconds,
        )
        with self.store.unit() as uow:
            self.keys.note_there(uow)  # as the program does when it opens
        opening._regain(self.program, opening._only_beside(self.store) or {})
        self._count_start()
        self.disk.is_started = True

    @property
    def program(self) -> program.Laptop:
        """The use cases of a laptop that belongs to a centre."""
        return program.Laptop(self.store, self.desk, PROFILE, self.keys, self.envelope)

    @property
    def is_old(self) -> bool:
        """Whether its program knows the first format alone."""
        return isinstance(self.envelope, OldEnvelope)

    @property
    def is_online(self) -> bool:
        """Whether it synchronises over the network just now."""
        return None in self.runs._runs

    @property
    def device(self) -> bytes:
        """The id of the device; clones share it."""
        return self.keys.keyring.device.id

    def unit(self, *, is_typed: bool = False) -> SqlUnitOfWork:
        """Return a unit of work in any statement or commit of which the power may go, or the disk
        be full.

        ``is_typed``: what is committed was typed here; the screen says *saved* when it returns.
        """
        uow = self.store.unit()
        self.disk.begin()
        commit = uow.commit

        def commit_under_faults() -> None:
            made = uow.changes.pending(10_000) if is_typed else ()
            self.world.oracle.make(made)
            if self in self.world.gone:
                self.world.oracle.after_leaving |= {one.id: self.device for one in made}
            self.disk.commit(commit)
            if self not in self.world.gone:
                self.world.oracle.acknowledge(made)

        uow.commit = commit_under_faults  # type: ignore[method-assign]
        return uow

    def type(self, work: Callable[[UnitOfWork], Any]) -> None:
        """Run a use case; a full disk or a refusal leaves everything as it was."""
        try:
            with self.unit(is_typed=True) as uow:
                work(uow)
        except QispiError:
            return

    def look(self, work: Callable[[SqlUnitOfWork], T]) -> T:
        """Read something, without faults."""
        self.disk.end()
        with self.store.unit() as uow:
            return work(uow)

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Read something with the driver's own connection: what is asked at every step."""
        return self.disk.rows(sql, values)

    def first(self, sql: str, *values: object) -> set[Any]:
        """Read the first column."""
        return {row[0] for row in self.disk.rows(sql, values)}

    def cut_and_start(self) -> None:
        """The power goes and comes back: the files as they were then, a new session."""
        folder = self.disk.left or self._copy_files()
        self.close()
        shutil.rmtree(self.folder)
        self.folder = folder
        self.start()

    def _count_start(self) -> None:
        """Count the start inside and outside, as the program does; a copy comes to another
        computer."""
        ids = SeededIds(self.clock, self.world.told.chance)
        with self.store.unit() as uow:
            note_start(uow, dataclasses.replace(self.desk, ids=ids), self.computer)

    def start_again(self) -> None:
        """Close the program and start it, with another version if the time for it has come."""
        self.close()
        self.start()

    def backup(self) -> Path:
        """Return a copy of the files, as somebody makes one on a stick."""
        folder = self._copy_files()
        told = self.told("backup_restored")
        self.backed_up[folder] = (self.computer.count, told, self.computer.image())
        return folder

    def told(self, action: str) -> int:
        """Return how many rows of the audit tell of this."""
        ((count,),) = self.rows("SELECT count(*) FROM audit WHERE action = ?", action)
        return int(count)

    def restore(self, backup: Path, *, keeps_second: bool, with_profile: bool = False) -> None:
        """Put an old copy in the place of the files; ``keeps_second``: of the database alone;
        ``with_profile``: with all that is around them, and nobody can know it yet."""
        self.close()
        folder = self._next_folder()
        shutil.copytree(backup, folder)
        if keeps_second and (self.folder / ARCHIVE_NAME).exists():
            shutil.copyfile(self.folder / ARCHIVE_NAME, folder / ARCHIVE_NAME)
        shutil.rmtree(self.folder)
        self.folder = folder
        self.was_put_back = True
        count, told, around = self.backed_up.get(backup, (self.computer.count, 0, self.computer))
        is_older = count < self.computer.count and not with_profile
        if with_profile:
            self.computer = around.image()
        self.start()
        self.world.twins.begin_life(self)
        must(
            not is_older or self.told("backup_restored") > told,
            f"{self.name}: a backup was put back, and nobody is told",
        )

    def clone(self, name: str, *, is_running: bool, is_image: bool = False) -> SimLaptop:
        """Return a copy of this laptop; of a running program with its session and counters too; as
        an image of the whole disk, of which nobody can know yet."""
        clock = copy.copy(self.clock)
        twin = SimLaptop(self.world, name, self.letter, clock, self._copy_files())
        if is_image:
            twin.computer = self.computer.image()
        twin.start(copy.copy(self.desk.stamper) if is_running else None)
        twin.was_put_back = True
        self.world.twins.begin_life(twin, of=self)
        is_told = twin.told("folder_moved") > self.told("folder_moved")
        must(is_told is not is_image, f"{self.name}: came to another computer, and nobody is told")
        return twin

    def close(self) -> None:
        """Close the database."""
        self.disk.end()
        _flawed.discard(self.store._engine)
        # Where the power went in the middle of a statement, it is closed already.
        with contextlib.suppress(SQLAlchemyError) if self.disk.left else contextlib.nullcontext():
            self.store.close()

    def _new_envelope(self, keyring: Keyring) -> CentreEnvelope:
        registry, draw = definitions().registry, self.world.chance.randbytes
        if self.world.has_old_program(self.letter):
            return OldEnvelope(registry, keyring, draw)
        envelope = SimEnvelope(registry, keyring, draw)
        envelope.watch = self.world.check_readers
        return envelope

    def _replace(self, keyring: Keyring) -> None:
        self.envelope.keyring = keyring

    def _next_folder(self) -> Path:
        self._copies += 1
        return self.world.place / f"{self.world.run}-{self.name}-{self._copies}"

    def _copy_files(self) -> Path:
        folder = self._next_folder()
        folder.mkdir()
        for name in FILES:
            if (self.folder / name).exists():
                shutil.copyfile(self.folder / name, folder / name)
        return folder
