"""What must be true when all is still: everybody holds everything, and nobody is told otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from app.domain.change import Change, ChangeId
from app.domain.merge import MergeRule
from app.domain.records import Name
from app.domain.value import Value
from app.services import whereabouts
from app.services.batch_ports import REVOKED_DEVICE
from app.services.ports import CONTEXT_BYTES, FieldKey, StoredField
from app.services.whereabouts_ports import Reach
from db.unit_of_work import SqlUnitOfWork
from sync.client.laptops import RosterLaptops
from sync.protocol.batch import parse_header
from sync.protocol.chain import chain_after, chain_start
from sync.protocol.errors import ProtocolError
from sync.protocol.roster import StatementKind, read_statement
from tests.simulation.derived import check_rebuild
from tests.simulation.oracle import lacking_of, must, places_of
from tests.simulation.rebuilding import check_made_anew
from tests.simulation.told import check_sentence
from tests.support.laptops import definitions

if TYPE_CHECKING:
    from tests.simulation.laptop import SimLaptop
    from tests.simulation.region import SimRegion
    from tests.simulation.world import World

__all__ = ["check_end"]

MADE_ANEW: float = 0.15
"""Of the runs in which a laptop's database is made anew from its second file and compared."""


def check_end(world: World, *, is_networked: bool) -> None:
    """Everything that must be true when the network is quiet and nothing moves any more."""
    oracle = world.oracle
    here = {laptop.name: laptop.first("SELECT id FROM change") for laptop in world.laptops}
    everything: set[ChangeId] = set().union(*here.values())
    must(everything <= oracle.made.keys(), "a change exists that nobody made")
    missing = oracle.missing(everything)
    must(not missing, f"{len(missing)} changes that were called saved are nowhere")
    for name, ids in here.items():
        must(ids == everything, f"{name} lacks {len(everything - ids)} changes")
    digests = {laptop.look(lambda uow: uow.changes.digest()) for laptop in world.laptops}
    must(len(digests) == 1, "the digests differ")
    heads = _heads_of(oracle.made[one] for one in sorted(everything))
    expected = {key: _expected(key, current) for key, current in heads.items()}
    for laptop in world.laptops:
        _check_fields(laptop, heads, expected)
        if not laptop.was_spoilt:
            must(laptop.look(lambda uow: uow.audit.verify()) is None, "the audit chain broke")
        _check_aside(world, laptop)
        oracle.check_queue(laptop)
        _check_forks(world, laptop)
        _check_roster(world, laptop)
        world.twins.check_end(world, laptop)
    _check_kinds(world)
    world.scans.check_end(world, is_networked=is_networked)
    if is_networked:
        _check_receipts(world)
        _check_log(world)
    for laptop in world.laptops:
        check_sentence(world, laptop, must_say=is_networked)
        check_whereabouts(world, laptop, is_all_there=is_networked)
        check_rebuild(laptop)
        _check_files(world, laptop)
    if world.chance.random() < MADE_ANEW:
        check_made_anew(world.chance.choice(world.laptops))
        world.faults.met["made anew at the end"] += 1
    _check_sealed(world)


def check_whereabouts(world: World, laptop: SimLaptop, *, is_all_there: bool = False) -> None:
    """Nothing is said to be further than it is: at the region, and at whom. With ``is_all_there``
    nothing is said to be less far than the region."""
    known = RosterLaptops(laptop.keys, laptop.envelope)
    ids = list(dict.fromkeys(key.record_id for key in world.keys))
    places, current = laptop.look(
        lambda uow: (
            whereabouts.of_records(uow, known, ids),
            uow.changes.heads_of(world.keys, {}),
        )
    )
    in_a_log = world.oracle.ever_in_a_log(world)
    for key in world.keys:
        said = places.of_field(key)
        where = f"{laptop.name}: {key.kind}.{key.field}"
        heads = {one.id for one in current.get(key, ())}
        if said.reach < Reach.RECEIVED:
            must(not is_all_there, f"{where}: said to be {said.reach.name}, though all is quiet")
        else:
            must(heads <= in_a_log, f"{where}: the region never had it")
        # Of values that met one may stand in the log, where everybody has it.
        asked = heads if said.reach is Reach.SEEN else heads - in_a_log
        for letter in said.laptops:
            must(asked <= _ever_at(world, letter), f"{where}: {letter} never saw it")


def _ever_at(world: World, letter: str) -> set[ChangeId]:
    # By the letter of the roster: a laptop that joins gets the next that is free.
    everybody = (*world.laptops, *world.gone)
    of_letter = [one for one in everybody if one.keys.keyring.device.letter == letter]
    if not of_letter or any(one.was_put_back or lacking_of(one) for one in of_letter):
        # It does not know any more all that it saw; of a snapshot it had this, or what replaced it.
        return set(world.oracle.made)
    held = set().union(*(one.first("SELECT id FROM change") for one in of_letter))
    # It has, and cannot read yet, what its key or its program does not open.
    for one in of_letter:
        for (content,) in one.rows("SELECT content FROM set_aside WHERE content IS NOT NULL"):
            held |= world.oracle.held_in(content)
    return held


def _check_aside(world: World, laptop: SimLaptop) -> None:
    """What opens is taken in, and nothing waits for what is there."""
    in_log = world.region.contents(world.oracle.sealed).keys()
    there = {name[:CONTEXT_BYTES] for name in in_log}
    for one in world.laptops:
        there |= {name[:CONTEXT_BYTES] for name in one.first("SELECT id FROM batch")}
    rows = laptop.rows(
        "SELECT batch, content, awaits, reason FROM set_aside WHERE content IS NOT NULL"
    )
    for name, content, awaits, reason in rows:
        if reason == REVOKED_DEVICE:
            must(name not in in_log, f"{laptop.name}: does not take in what the log has")
        elif name not in world.oracle.poison:
            must(awaits not in there, f"{laptop.name}: a batch waits for one that is there")
            must(
                awaits is not None
                or _tag_of(content) not in laptop.keys.keyring.epochs
                or not world.oracle.held_in(content),
                f"{laptop.name}: what opens now is still set aside",
            )


def _tag_of(content: bytes) -> bytes | None:
    try:
        return parse_header(content).epoch_tag
    except ProtocolError:
        return None


def _check_forks(world: World, laptop: SimLaptop) -> None:
    """Two batches bear one number only where a running program was copied; people are told."""
    forks = laptop.rows(_FORKS)
    details = laptop.first("SELECT detail FROM audit WHERE action = 'fork_seen'")
    told = {one.partition("/")[0] for one in details}
    for session, _ in forks:
        must(session in world.oracle.copied, f"{laptop.name}: two batches bear one number")
        must(session.hex() in told, f"{laptop.name}: nobody is told of a copy")
    copied = {session.hex() for session, _ in forks}
    must(told <= copied, f"{laptop.name}: a laptop is called a copy that is none")
    must(len(told) == len(details), f"{laptop.name}: a copied session is noted twice")


def _check_roster(world: World, laptop: SimLaptop) -> None:
    """Who was taken out is out for everybody, and opens nothing that is sealed from now on."""
    keyring = laptop.keys.keyring
    said = [read_statement(one) for one in keyring.statements]
    revoked = {one.body for one in said if one.kind == StatementKind.REVOKE}
    for one in keyring.roster.of_centre(keyring.centre):
        is_out = any(one.id in body for body in revoked)
        must(is_out == (one.id in keyring.roster.revoked), f"{laptop.name}: a revocation is undone")
    for gone in world.gone:
        if any(gone.device in body for body in revoked):
            holds = gone.keys.keyring.epochs.keys()
            must(keyring.current not in holds, f"{laptop.name}: seals what {gone.name} can open")


def _check_receipts(world: World) -> None:
    """What laptops keep as evidence the server gave, and the log does not contradict it unsaid."""
    for laptop in world.laptops:
        given = laptop.rows("SELECT batch, log_id, position, chain FROM receipt")
        must(
            set(given) <= world.region.given, f"{laptop.name}: keeps a receipt that no server gave"
        )
        wrong = laptop.rows(_CONTRADICTED)
        must(not wrong, f"{laptop.name}: a receipt is not kept, and nobody is told")


def _check_log(world: World) -> None:
    rows = world.region.rows()
    in_log = {name for _, name, _ in rows}
    places = {name: (position, said) for position, name, said in rows}
    for receipt in world.region.receipts.values():
        must(
            places.get(receipt.batch) == (receipt.position, receipt.chain),
            "a receipt says what the log does not",
        )
    chain = chain_start(world.region.head().log_id)
    for expected, (position, name, said) in enumerate(rows, 1):
        chain = chain_after(chain, name)
        must(position == expected and said == chain, "the log's chain does not hold")
    for laptop in world.laptops:
        held = places_of(laptop)
        must(held.keys() <= in_log, f"{laptop.name}: a batch is not in the log")
        must(None not in held.values(), f"{laptop.name}: a batch was never seen in the log")
        must(not laptop.rows("SELECT 1 FROM outbox LIMIT 1"), f"{laptop.name}: changes still wait")
        must(lacking_of(laptop) is None, f"{laptop.name}: the log is not here from its beginning")
        must(
            not laptop.rows("SELECT 1 FROM local WHERE name = 'sync/log_lacks_at_end'"),
            f"{laptop.name}: says that the region shows less than it had, though all is there",
        )
        world.oracle.check_cursor(world, laptop)


def _check_fields(
    laptop: SimLaptop,
    heads: Mapping[FieldKey, list[Change]],
    expected: Mapping[FieldKey, tuple[Value, bool]],
) -> None:
    held, shown, conflicts = laptop.look(lambda uow: _fields(uow, list(heads)))
    for key, current in heads.items():
        where = f"{laptop.name}: {key.kind}.{key.field}"
        must(set(held[key]) == set(current), f"{where}: heads are not what was made")
        value, is_conflict = expected[key]
        stored = shown.get(key.record_id, {}).get(key.field)
        # A record of two kinds is somebody's error: see below.
        if len({one.kind for one in heads if one.record_id == key.record_id}) == 1:
            must(stored is not None and stored.value == value, f"{where}: shows another value")
        must((key in conflicts) == is_conflict, f"{where}: conflict is not as it should be")


def _check_kinds(world: World) -> None:
    """Of a record of two kinds every laptop shows the same."""
    shown = {repr(one.look(lambda uow: _shown(uow, world.keys))) for one in world.laptops}
    must(len(shown) == 1, "laptops show different values of the same record")


def _shown(uow: SqlUnitOfWork, keys: Iterable[FieldKey]) -> list[Any]:
    records = sorted({key.record_id for key in keys})
    return [
        [
            (name, one.value, one.is_conflict)
            for name, one in sorted(uow.records.fields(key).items())
        ]
        for key in records
    ]


def _fields(uow: SqlUnitOfWork, keys: list[FieldKey]) -> Any:
    records = dict.fromkeys(key.record_id for key in keys)
    shown: dict[Any, Mapping[str, StoredField]] = {one: uow.records.fields(one) for one in records}
    return uow.changes.heads_of(keys, {}), shown, set(uow.records.conflicts())


def _heads_of(changes: Iterable[Change]) -> dict[FieldKey, list[Change]]:
    fields: dict[FieldKey, list[Change]] = {}
    for one in changes:
        fields.setdefault(FieldKey(one.kind, one.record_id, one.field), []).append(one)
    heads = {}
    for key, known in fields.items():
        replaced = {base for one in known for base in one.bases}
        heads[key] = [one for one in known if one.id not in replaced]
    return heads


def _expected(key: FieldKey, heads: list[Change]) -> tuple[Value, bool]:
    """Return what a field must show, and whether a person has to choose."""
    last = max(heads, key=lambda one: (one.stamp, one.id))
    if all(type(one.value) is type(last.value) and one.value == last.value for one in heads):
        return last.value, False
    definition = definitions().field_of(key.kind, key.field)
    rule = definition.merge if definition else MergeRule.LATEST
    cautious_first = definition.most_cautious_first if definition else ()
    if key.field == Name.TOMBSTONE:
        rule, cautious_first = MergeRule.ASK, (None,)
    if rule is MergeRule.UNION and all(isinstance(one.value, tuple) for one in heads):
        codes = {code for one in heads if isinstance(one.value, tuple) for code in one.value}
        return tuple(sorted(codes)), False
    if rule is not MergeRule.ASK:
        return last.value, False
    for cautious in cautious_first:
        for one in heads:
            if type(one.value) is type(cautious) and one.value == cautious:
                return cautious, True
    return last.value, True


def _check_files(world: World, laptop: SimLaptop) -> None:
    for file in laptop.folder.iterdir():
        world.oracle.check_sealed(file.read_bytes(), f"{laptop.name}: {file.name}")


def _check_sealed(world: World) -> None:
    """Nothing at the server, in what it keeps of cut batches, or on a stick can be read."""
    regions: list[SimRegion] = world.regions()
    for region in regions:
        world.oracle.check_sealed(region.dump().content, "what the server keeps")
    for stick in world.sticks:
        for file in stick.files():
            world.oracle.check_sealed(file.read_bytes(), "what lies on a stick")


_FORKS = (
    "SELECT session, number FROM batch JOIN batch_content ON batch_seq = seq"
    " GROUP BY substr(content, 23, 16), session, number HAVING count(*) > 1"
)
_CONTRADICTED = (
    "SELECT 1 FROM receipt JOIN log_place ON log_place.position = receipt.position"
    " WHERE receipt.log_id = (SELECT log_id FROM cursor) AND receipt.chain != log_place.chain"
    " AND receipt.is_broken = 0"
)
