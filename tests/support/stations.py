"""Real laptops of a real region: SQLCipher, keys by file and spoken code, HTTPS on this machine."""

from __future__ import annotations

import datetime
import itertools
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.bootstrap import Direct, workplace_of
from app.clock import SystemClock
from app.demo.actors import Typist
from app.i18n import load
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import open_laptop, set_up_laptop
from app.recovery import Recovered, recover
from app.region import PUBLIC_NAME, ServerFolder, grant_first_laptop, new_root
from app.services import replication
from app.services.read_models import SyncView
from app.services.sync_status import status_sentence
from sync.client.control import SyncRuns
from sync.client.http_transport import HttpTransport
from sync.client.login import Login
from sync.server.asgi import create_app
from sync.server.identity import ServerFiles, create_identity, load_region
from sync.server.links import Bounds
from sync.server.listening import listener
from sync.server.migrate import migrate
from sync.server.sql_store import SqlStore, open_engine
from tests.support.centres import PROFILE
from tests.support.door import Ticks
from tests.support.laptops import EVERY_SERVICE, definitions
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

__all__ = ["RegionPlace", "impatient", "open_again", "said", "served", "set_up", "view"]

SILENCE_SECONDS = 30.0
"""Only where the answer never comes is it waited for; a busy machine may be long in giving one."""


@dataclass(slots=True)
class RegionPlace:
    """A region's root key, the files of its server, and laptops below one folder."""

    place: Path
    url: str = ""
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def make(cls, place: Path, *, year: int = 2026) -> RegionPlace:
        """Make the root's key and the server's files, with a certificate of that year."""
        made = cls(place)
        new_root(made.root, PASSPHRASE, cost=CHEAP)
        create_identity(
            made.server,
            root_key=(made.root / PUBLIC_NAME).read_bytes(),
            hosts=["127.0.0.1", "localhost"],
            now=datetime.datetime(year, 1, 1, tzinfo=datetime.UTC),
        )
        return made

    @property
    def root(self) -> Path:
        """The folder of the root's key."""
        return self.place / "root"

    @property
    def server(self) -> ServerFiles:
        """The files of the server."""
        return ServerFiles(self.place / "server")

    def new_folder(self) -> Path:
        """Return a folder that does not exist yet."""
        return self.place / f"laptop-{next(self._numbers)}"

    def grant_first(self, request: bytes, code: str) -> tuple[bytes, str]:
        """Grant the first laptop of a new centre, as the region does."""
        return grant_first_laptop(
            self.root,
            PASSPHRASE,
            request,
            code,
            server=ServerFolder(self.server.folder, self.url),
            profile=PROFILE,
            bounds=CHEAP_BOUNDS,
        )

    def first(self) -> Typist:
        """Return somebody at the first laptop of a new centre."""
        return self.first_at(self.new_folder())

    def first_at(self, folder: Path) -> Typist:
        """Return somebody at a new centre's first laptop, set up in this folder."""
        laptop = set_up(folder)
        reply, code = self.grant_first(*laptop.request())
        return impatient(laptop.accept(reply, code))

    def joining(self, admin: Typist) -> Typist:
        """Return somebody at another laptop of that centre."""
        return self.joining_at(admin, self.new_folder())

    def joining_at(self, admin: Typist, folder: Path) -> Typist:
        """Return somebody at another laptop of that centre, set up in this folder."""
        laptop = set_up(folder)
        reply, code = admin.laptop.grant(*laptop.request())
        return impatient(laptop.accept(reply, code))

    def pair(self) -> tuple[Typist, Typist]:
        """Return two laptops of a new centre."""
        first = self.first()
        return first, self.joining(first)


def set_up(folder: Path) -> Laptop:
    """Set a laptop up, as its person does."""
    clock = SystemClock()
    return set_up_laptop(
        folder,
        PASSPHRASE,
        person="Persona Inventada",
        role="social",
        roles=EVERY_SERVICE,
        centre=PROFILE,
        clock=clock,
        ids=SystemIds(clock),
        cost=CHEAP,
        bounds=CHEAP_BOUNDS,
        definitions=definitions(),
    )


def open_again(folder: Path) -> Laptop:
    """Open a laptop that was closed, with its words."""
    clock = SystemClock()
    return open_laptop(
        folder,
        PASSPHRASE,
        clock,
        SystemIds(clock),
        bounds=CHEAP_BOUNDS,
        definitions=definitions(),
    )


def make_anew(folder: Path) -> Recovered:
    """Make the database of a closed laptop anew, with its words."""
    clock = SystemClock()
    return recover(
        folder,
        PASSPHRASE,
        clock,
        SystemIds(clock),
        bounds=CHEAP_BOUNDS,
        definitions=definitions(),
    )


def impatient(
    laptop: Laptop,
    seconds: Callable[[], float] = time.monotonic,
    *,
    tries: int = 1,
    silence_seconds: float = SILENCE_SECONDS,
    is_answering: Callable[[], bool] = bool,
) -> Typist:
    """Return somebody whose laptop tries once, and waits for an answer less than others do."""
    workplace = workplace_of(laptop, Direct())
    keys = laptop.keys
    assert keys is not None
    login = Login()
    laptop.endings.append(login.close)
    assert isinstance(workplace.sync, SyncRuns)
    runs = replace(
        workplace.sync,
        transport_of=lambda counted: HttpTransport(
            keys.keyring,
            counted,
            login=login,
            tries=tries,
            silence_seconds=silence_seconds,
            seconds=seconds,
        ),
        is_answering=is_answering,
        hang_up=login.hang_up,
        seconds=seconds,
    )
    return Typist(laptop, replace(workplace, sync=runs))


def view(typist: Typist) -> SyncView:
    """Return what the page *Sincronización* of a laptop shows."""
    return typist.run(replication.sync_view)


def said(typist: Typist) -> str:
    """Return the status sentence of a laptop."""
    return status_sentence(view(typist), typist.laptop.desk.clock.now_ms(), load("es"))


@contextmanager
def served(
    region: RegionPlace, database: str | None = None, bounds: Bounds | None = None
) -> Iterator[str]:
    """Serve the region on a thread of this process, as the command does; give ``host:port``."""
    engine = open_engine(database or f"sqlite:///{region.server.database}")
    migrate(engine)
    app = create_app(SqlStore(engine), load_region(region.server, "Región Inventada"), Ticks())
    # Only of a socket that says it is TCP does asyncio take the delay away.
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)  # from here on a laptop waits, and is not refused
        address = f"127.0.0.1:{listening.getsockname()[1]}"
        server = listener(app, region.server, "127.0.0.1", 0, bounds)
        thread = threading.Thread(target=lambda: server.run(sockets=[listening]))
        thread.start()
        try:
            yield address
        finally:
            server.should_exit = True
            thread.join()
            engine.dispose()
