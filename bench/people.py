"""``./run bench people``: somebody looked for among everybody of a region's records."""

from __future__ import annotations

import dataclasses
import json
import random
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click

from app.clock import SystemClock
from app.domain.blocking import keys_of
from app.domain.records import Kind, Name
from app.domain.value import Value
from app.ids import SystemIds
from app.laptop import Laptop
from app.opening import set_up_laptop
from app.samples import load_samples
from app.services import people as search
from app.services.people_models import Match, PersonProbe
from app.services.people_ports import PersonEntry
from app.services.ports import Desk
from bench.bulk import driver
from bench.crowd import VARIANTS, Crowd, Person
from bench.figures import Figure
from bench.folders import remark, work_folder
from db.folder import unlock
from db.people import key_number, packed
from db.schema import field, record
from db.schema_work import person_key, person_row
from db.store import Store
from db.values import encode_value

__all__ = ["people"]

_SEED: Final = 30_364
_TARGET_MS: Final = 100
_TARGET_RECALL: Final = 0.95
_BYTES_A_PERSON: Final = 8_000
_PEOPLE_AT_ONCE: Final = 5_000
_TWO_VARIANTS: Final = 0.4
_TOP: Final = 10


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    """One search: who was meant (None: somebody who is not there), and what came of it."""

    variant: str
    meant: Person | None
    found: tuple[Match, ...]
    milliseconds: float
    processor_ms: float

    @property
    def place(self) -> int | None:
        """The place of the one who was meant among those suggested, from 1."""
        if self.meant is None:
            return None
        ids = [one.record_id for one in self.found]
        wanted = self.meant.record_id
        return ids.index(wanted) + 1 if wanted in ids else None


@click.command()
@click.option("--people", "count", default=100_000, show_default=True, type=click.IntRange(min=100))
@click.option("--planted", default=500, show_default=True, type=click.IntRange(min=8))
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Where to work: on the disk to be measured. Nothing stays there.",
)
def people(count: int, planted: int, json_file: Path | None, folder: Path | None) -> None:
    """Look for people who are on file under another spelling, and for people who are not."""
    with work_folder(folder, count * _BYTES_A_PERSON) as work:
        asked, size_mb = _measure(work, count, planted)
    there = [one for one in asked if one.meant is not None]
    absent = [one for one in asked if one.meant is None]
    for line in (*_figures(asked), *_quality(there, absent)):
        click.echo(line)
    click.echo(f"\n{count} people, {size_mb:.0f} MB. {remark()}")
    if json_file is not None:
        content = {
            "people": count,
            "p95_ms": Figure.of(one.milliseconds for one in asked).p95_ms,
            "recall": _share(one.place is not None for one in there),
            "first": _share(one.place == 1 for one in there),
            "absent_with_suggestions": _share(bool(one.found) for one in absent),
        }
        json_file.write_text(json.dumps(content, indent=1) + "\n")


def _measure(work: Path, count: int, planted: int) -> tuple[list[_Asked], float]:
    data, passphrase = work / "data", secrets.token_hex(16)
    laptop = _new_laptop(data, passphrase)
    desk = laptop.desk
    crowd = Crowd(_SEED, desk.clock.today())
    everybody = crowd.people(count)
    click.echo(f"Writing {count} people, each two with a case…")
    began = time.perf_counter()
    _write(laptop.store, desk, everybody)
    laptop.close()
    size_mb = (data / "datos.db").stat().st_size / 1_000_000
    click.echo(f"  {size_mb:.0f} MB in {time.perf_counter() - began:.0f} s")
    # Opened anew, as at a start of the program: the caches hold nothing of the writing.
    store = unlock(data, passphrase, desk.definitions.registry).store
    asked = list(_ask(store, desk, crowd, everybody, planted))
    store.close()
    return asked, size_mb


def _ask(
    store: Store, desk: Desk, crowd: Crowd, everybody: Sequence[Person], planted: int
) -> Iterator[_Asked]:
    chance = random.Random(_SEED)
    kinds = list(VARIANTS)
    searches: list[tuple[str, Person | None, PersonProbe]] = []
    for number, person in enumerate(chance.sample(everybody, planted)):
        kind = kinds[number % len(kinds)]
        if kind == "by alias and one surname" and not person.known.alias:
            person = _somebody(everybody, chance, lambda one: bool(one.known.alias))
        if kind in ("surnames swapped", "second surname missing") and not person.known.surname_2:
            person = _somebody(everybody, chance, lambda one: bool(one.known.surname_2))
        more = [chance.choice(kinds)] if chance.random() < _TWO_VARIANTS else []
        searches.append((kind, person, crowd.asked_anew(person, [*more, kind])))
    for number in range(planted):
        somebody = Person(everybody[0].record_id, "", crowd.somebody(is_survivor=number % 2 == 0))
        searches.append(("", None, crowd.asked_anew(somebody, [])))
    chance.shuffle(searches)
    for kind, meant, probe in searches:
        began, worked = time.perf_counter(), time.thread_time()
        with store.unit() as uow:
            found = search.find_people(uow, desk, probe, _TOP)
        waited, worked = time.perf_counter() - began, time.thread_time() - worked
        yield _Asked(kind, meant, found, waited * 1000, worked * 1000)


def _figures(asked: Sequence[_Asked]) -> Iterator[str]:
    figure = Figure.of(one.milliseconds for one in asked)
    met = "met" if figure.p95_ms <= _TARGET_MS else "NOT MET"
    yield f"\nfind_people  {figure}   p95 ≤ {_TARGET_MS} ms  {met}"
    worked = Figure.of(one.processor_ms for one in asked)
    yield f"  processor  {worked}"


def _quality(there: Sequence[_Asked], absent: Sequence[_Asked]) -> Iterator[str]:
    recall = _share(one.place is not None for one in there)
    met = "met" if recall >= _TARGET_RECALL else "NOT MET"
    yield f"recall       {recall:.3f} among the first {_TOP}   ≥ {_TARGET_RECALL}  {met}"
    yield f"             {_share(one.place == 1 for one in there):.3f} in the first place"
    for kind in VARIANTS:
        of_kind = [one for one in there if one.variant == kind]
        found = _share(one.place is not None for one in of_kind)
        first = _share(one.place == 1 for one in of_kind)
        yield f"  {kind:<26} {found:.3f}   first {first:.3f}   ({len(of_kind)})"
    suggested = sum(len(one.found) for one in there)
    right = sum(one.place is not None for one in there)
    true = right / max(1, suggested)
    yield f"precision    {true:.3f} of {suggested} suggestions are the one meant"
    for least in (70, 80, 90):
        strong = [(one, match) for one in there for match in one.found if match.score >= least]
        meant = sum(match.record_id == one.meant.record_id for one, match in strong if one.meant)
        yield f"  score ≥ {least}: {meant / max(1, len(strong)):.3f} of {len(strong)}"
    yield f"nobody there {_share(bool(one.found) for one in absent):.3f} of {len(absent)} searches"
    yield f"             suggest somebody, {sum(len(one.found) for one in absent)} in all"
    for least in (70, 80, 90):
        some = _share(any(match.score >= least for match in one.found) for one in absent)
        yield f"  with a score ≥ {least}: {some:.3f}"


def _share(holds: Iterator[bool]) -> float:
    counted = list(holds)
    return sum(counted) / max(1, len(counted))


def _somebody(
    everybody: Sequence[Person], chance: random.Random, fits: Callable[[Person], bool]
) -> Person:
    while True:
        person = chance.choice(everybody)
        if fits(person):
            return person


def _new_laptop(data: Path, passphrase: str) -> Laptop:
    clock = SystemClock()
    return set_up_laptop(
        data,
        passphrase,
        person="Persona Inventada",
        role="legal",
        centre=load_samples().centre,
        clock=clock,
        ids=SystemIds(clock),
    )


def _write(store: Store, desk: Desk, everybody: Sequence[Person]) -> None:
    """Write the derived rows of everybody and of a case for each two, as the ledger would."""
    registry, today = desk.definitions.registry, desk.clock.today()
    connection = driver(store)
    connection.set_authorizer(None)
    connection.execute("PRAGMA cache_size = -262144")
    rows: dict[str, list[tuple[Any, ...]]] = {}

    def put(kind: str, record_id: str, values: dict[str, Value]) -> None:
        number = registry.kind_number(kind)
        rows.setdefault(record.name, []).append((bytes.fromhex(record_id), number))
        for name, value in values.items():
            named = kind == Kind.CASE and name in (Name.SURVIVOR, Name.ALLEGED_PERPETRATOR)
            rows.setdefault(field.name, []).append(
                (
                    *(bytes.fromhex(record_id), number, registry.field_number(kind, name)),
                    *(encode_value(value), bytes(16), 0, 0, bytes(16)),
                    bytes.fromhex(str(value)) if named else None,
                )
            )

    for number, person in enumerate(everybody):
        known = person.known
        values: dict[str, Value] = {
            "names": known.names,
            "surname_1": known.surname_1,
            "surname_2": known.surname_2,
            "alias": known.alias,
            "document_number": known.document,
            "district": known.district,
        }
        if person.kind == Kind.SURVIVOR:
            values["community"] = known.community
            case_id = f"{int(person.record_id, 16) + (1 << 64):032x}"
            day = today - timedelta(days=number % 2_000)
            case: dict[str, Value] = {
                Name.CODE: f"{day.year}-A{number:05d}",
                "FECHA_INGRESO": day.isoformat(),
                "CEM": desk.centre_name,
                Name.SURVIVOR: person.record_id,
                Name.ALLEGED_PERPETRATOR: everybody[(number + 1) % len(everybody)].record_id,
            }
            put(Kind.CASE, case_id, case)
        put(person.kind, person.record_id, {one: said for one, said in values.items() if said})
        traits = search.traits_of(known, today)
        keys = keys_of(traits)
        row = packed(PersonEntry(person.record_id, person.kind, traits), keys, registry)
        rows.setdefault(person_row.name, []).append((number + 1, *row.values()))
        rows.setdefault(person_key.name, []).extend(
            (one, number + 1) for one in {key_number(key) for key in keys}
        )
        if len(rows[person_row.name]) >= _PEOPLE_AT_ONCE or number + 1 == len(everybody):
            _flush(connection, rows)


def _flush(connection: Any, rows: dict[str, list[tuple[Any, ...]]]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for name in (record.name, field.name, person_row.name, person_key.name):
        some = sorted(rows.pop(name, []))
        if some:
            places = ", ".join("?" * len(some[0]))
            connection.executemany(f"INSERT INTO {name} VALUES ({places})", some)
    connection.execute("COMMIT")
