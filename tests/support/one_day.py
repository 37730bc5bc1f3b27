"""A day at a real laptop in a process of its own, with 400 invented markers typed into it.

``python -m tests.support.one_day PLACE URL`` sets a laptop up below PLACE, joins it to the region,
types, searches, refers, makes the paper, synchronises by network and stick, meets bugs, and then
says ``ready`` and waits, open, to be killed. Everything it may write lies below PLACE.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.demo.actors import Typist
from app.domain.errors import DomainError
from app.files_apart import ReadsApart
from app.hardening import harden
from app.ids import SystemIds
from app.laptop import Laptop
from app.logs import log_bug, start_logging
from app.opening import set_up_laptop
from app.region import ServerFolder, grant_first_laptop, new_root
from app.services import attachments, casework
from app.services.read_models import CaseFilter, ResumePoint
from app.settings import Settings
from tests.support.bad_files import png_with_words
from tests.support.centres import PROFILE
from tests.support.laptops import EVERY_SERVICE
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

__all__ = ["MARKERS", "PEOPLE", "Person", "Places", "make_root"]

COUNT = 100


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented; each text stands nowhere else in the world."""

    name: str
    document: str
    phone: str
    story: str


PEOPLE = tuple(
    Person(
        name=f"Ñunkuí{number:03d}xinventada",
        document=f"9999{number:04d}",
        phone=f"999 {number:03d} 777",
        story=f"Relato inventado {number:03d}: ñandú, peñón y maíz junto al río",
    )
    for number in range(COUNT)
)
MARKERS = tuple(text for one in PEOPLE for text in (one.name, one.document, one.phone, one.story))


@dataclass(frozen=True, slots=True)
class Places:
    """Every folder into which anything is written."""

    place: Path

    @property
    def root(self) -> Path:
        """Of the region's root key."""
        return self.place / "root"

    @property
    def data(self) -> Path:
        """Of the laptop."""
        return self.place / "laptop"

    @property
    def server(self) -> Path:
        """Of the regional server."""
        return self.place / "server"

    @property
    def stick(self) -> Path:
        """The USB folder."""
        return self.place / "stick"

    @property
    def home(self) -> Path:
        """HOME of every process."""
        return self.place / "home"

    @property
    def temporary(self) -> Path:
        """TMPDIR of every process."""
        return self.place / "tmp"

    def all(self) -> Iterator[Path]:
        """Yield them all."""
        yield from (self.root, self.data, self.server, self.stick, self.home, self.temporary)


def make_root(places: Places) -> None:
    """Make the region's root key."""
    new_root(places.root, PASSPHRASE, cost=CHEAP)


def _set_up(places: Places, url: str) -> Laptop:
    clock = SystemClock()
    laptop = set_up_laptop(
        places.data,
        PASSPHRASE,
        person="Persona Inventada",
        role="social",
        roles=EVERY_SERVICE,
        centre=PROFILE,
        clock=clock,
        ids=SystemIds(clock),
        cost=SMALL_MACHINE,  # the program itself opens it later
    )
    request, code = laptop.request()
    reply, reply_code = grant_first_laptop(
        places.root,
        PASSPHRASE,
        request,
        code,
        server=ServerFolder(places.server, url),
        profile=PROFILE,
        bounds=CHEAP_BOUNDS,
    )
    return laptop.accept(reply, reply_code)


def _type_and_search(typist: Typist) -> None:
    for number, one in enumerate(PEOPLE):
        case_id, _ = typist.register(
            {
                "names": one.name,
                "document_type": "dni",
                "document_number": one.document,
                "safe_phone": one.phone,
                "relato": one.story,
            }
        )
        place = ResumePoint(case_id, "ficha", "relato", "relato")
        typist.run(lambda uow, place=place: casework.remember_place(uow, place))
        if number % 10 == 0:
            for text in (one.name, one.document, one.phone, one.story):
                typist.run(lambda uow, text=text: casework.search_cases(uow, text, 20))
    typist.run(lambda uow: casework.list_cases(uow, CaseFilter(), 0, COUNT))


def _refer(typist: Typist, one: Person) -> None:
    (row,) = typist.run(lambda uow: casework.search_cases(uow, one.document, 1))
    items = tuple(sorted(item.code for item in typist.laptop.desk.definitions.data_items))
    referral = typist.refer(
        row.case_id,
        {
            "items": items,
            "institution": "eess",
            "reason": one.story,
            "summary": one.story,
            "consent_given": "1",
            "consent_given_by": "usuaria",
            "consent_form": "firma",
        },
    )
    paper = typist.referral_pdf(referral, ("es",))
    assert paper.startswith(b"%PDF")


def _attach(typist: Typist, one: Person) -> None:
    """A picture that carries her story, read apart and described."""
    (row,) = typist.run(lambda uow: casework.search_cases(uow, one.document, 1))
    kept = ReadsApart().kept(png_with_words(one.story))
    attachment = typist.run(
        lambda uow: attachments.attach(
            uow, typist.laptop.desk, row.case_id, row.case_id, kept.content, one.name
        )
    )
    typist.run(lambda uow: attachments.content_of(uow, typist.laptop.desk, attachment))


def _meet_bugs(typist: Typist, one: Person) -> None:
    """What goes wrong with a person's text in hand leaves its place in the log, not the text."""
    try:
        raise ValueError(f"{one.name} {one.document} {one.phone} {one.story}")
    except ValueError as bug:
        log_bug(bug)
        logging.getLogger("qispi.sync").exception("sync_failed", extra={"kind": "ValueError"})
        logging.getLogger("somebody.elses").warning("while saving %s", one.story)
    try:
        typist.type_fields(typist.register({})[0], {one.name: one.story})
    except DomainError as refused:
        log_bug(refused)


def main(place: Path, url: str) -> None:
    """Live the day, say so, and wait for the end."""
    harden()
    places = Places(place)
    start_logging(Settings(places.data).log_file)
    typist = Typist.at(_set_up(places, url))
    _type_and_search(typist)
    _refer(typist, PEOPLE[0])
    _attach(typist, PEOPLE[3])
    _meet_bugs(typist, PEOPLE[1])
    places.stick.mkdir(exist_ok=True)
    for report in (typist.sync(), typist.use_stick(places.stick)):
        assert report.failure is None, report.failure
    # After the synchronisation: the write-ahead log holds what was typed last.
    typist.register({"names": PEOPLE[2].name, "relato": PEOPLE[2].story})
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
