"""The audit is signed by who did it, goes on over what was there before, and says what broke (A).

Every refusal has its control beside it: the same rows, untouched, hold.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from app.crypto.person import PersonKey
from app.crypto.secret import SecretKey
from app.domain.change import AuthorId
from app.domain.stamp import Stamper
from app.services.ports import AUDIT_BEGIN, Actor, AuditCheck, AuditFilter
from db.audit_log import hash_of
from db.schema import audit
from db.store import Store, memory_store
from sync.protocol.signature import Purpose, signed_bytes
from tests.support.laptops import make_desk
from tests.support.storage import AUTHOR, REGISTRY

OTHER = AuthorId("b2" * 16)
HERS = PersonKey(SecretKey(bytes(range(32)))).signing
ANOTHERS = PersonKey(SecretKey(bytes(range(1, 33)))).signing
SESSION = b"session1"
FIRST_VERSION = (
    (1, "view", "c1", 1_790_000_000_000, ""),
    (2, "edit", "c1", 1_790_000_001_000, "case.narrative"),
)
FIRST_HASHES = (
    "9800484f07024b5d37ce423e1d83f6f304d37537697c6fe640210d7ba5e855cd",
    "cf77380fd19b099720c46dbb0aa85c6d1522c49b118d3796edf3ba6955cf56ed",
)


@pytest.fixture
def store() -> Iterator[Store]:
    store = memory_store(REGISTRY)
    yield store
    store.close()


def note(store: Store, count: int, *, actor: AuthorId = AUTHOR, role: str = "") -> None:
    with store.unit() as unit:
        if role:
            unit.audit.acts_as(role)
        for number in range(1, count + 1):
            unit.audit.append(
                actor=actor, action="edit", object_id="c1", at_ms=number, detail="case.code"
            )
        unit.commit()


def work_as(store: Store, person: AuthorId = AUTHOR, key: object = HERS) -> None:
    actor = Actor(person, "Persona Inventada", "psicologia", ("psicologia",))
    desk = replace(make_desk(), actor=actor, stamper=Stamper(SESSION))
    store.work_at(desk, key)  # type: ignore[arg-type]


def checked(store: Store) -> AuditCheck:
    with store.unit() as unit:
        return unit.audit.check()


def said(check: AuditCheck) -> tuple[int, str] | None:
    return None if check.broken is None else (check.broken.number, check.broken.why)


def test_an_entry_says_role_and_run_and_is_signed_by_who_did_it(store: Store) -> None:
    work_as(store)
    note(store, 3)
    note(store, 2, role="coordinacion")
    check = checked(store)
    assert (check.signed, check.unsigned, check.first_version, check.broken) == (5, 0, 0, None)
    with store.unit() as unit:
        entries = unit.audit.entries(AuditFilter(), most=9)
    assert [one.role for one in entries] == ["coordinacion"] * 2 + ["psicologia"] * 3
    assert {one.session for one in entries} == {SESSION}
    assert all(one.is_signed for one in entries)


def test_without_a_persons_key_an_entry_is_unsigned_and_says_so(store: Store) -> None:
    note(store, 2)
    work_as(store, key=None)
    note(store, 2)
    work_as(store)
    note(store, 1)
    note(store, 1, actor=OTHER)  # not of who works here: her key is not for it
    check = checked(store)
    assert (check.signed, check.unsigned, check.broken) == (1, 5, None)


def test_an_unsigned_entry_bears_no_signature(store: Store) -> None:
    note(store, 3)
    assert said(checked(store)) is None, "the control"
    _sql("UPDATE audit SET signature = x'00' WHERE number = 2")(store)
    assert said(checked(store)) == (2, "altered")


def test_a_key_goes_on_when_the_same_person_goes_on_and_not_when_another_does(store: Store) -> None:
    work_as(store)
    work_as(store, key=None)
    note(store, 1)
    work_as(store, OTHER, None)
    note(store, 1, actor=OTHER)
    check = checked(store)
    assert (check.signed, check.unsigned, check.broken) == (1, 1, None)


def test_entries_hold_after_she_left(store: Store) -> None:
    work_as(store)
    note(store, 3)
    work_as(store, OTHER, ANOTHERS)
    note(store, 3, actor=OTHER)
    assert checked(store).signed == 6


def _old(store: Store) -> None:
    """Put entries as the first version made them."""
    with store._engine.begin() as connection:
        for (number, action, about, at_ms, detail), digits in zip(
            FIRST_VERSION, FIRST_HASHES, strict=True
        ):
            connection.exec_driver_sql(
                "INSERT INTO audit (number, actor, action, object_id, at_ms, detail, hash)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    number,
                    bytes.fromhex(AUTHOR),
                    action,
                    about,
                    at_ms,
                    detail,
                    bytes.fromhex(digits),
                ),
            )


def test_the_chain_goes_on_over_entries_of_the_first_version(store: Store) -> None:
    _old(store)
    assert said(checked(store)) is None
    work_as(store)
    note(store, 3)
    check = checked(store)
    assert (check.first_version, check.signed, check.broken) == (2, 3, None)
    with store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET detail = 'x' WHERE number = 2")
    assert said(checked(store)) == (2, "altered")


def test_hash_and_signature_of_an_entry_stay_what_they_were(store: Store) -> None:
    """A vector: what was signed years ago has to verify for ever."""
    work_as(store)
    note(store, 1)
    with store._engine.connect() as connection:
        row = connection.execute(audit.select()).one()
    assert row.hash.hex() == VECTOR_HASH
    assert row.signature.hex() == VECTOR_SIGNATURE


VECTOR_HASH = "cb89f7ba62e3066bd3f4f8359c7f68effe2751717e31bb5b00d6139aae03c617"
VECTOR_SIGNATURE = (
    "d950535694e5e9e0271213ec0cbe0c7f87f61b13d2931260795aa37dde577dd2"
    "a38c60ff97f3a41e40980ce6d14e48493759745f138f5a372b42631382118705"
)

Touch = Callable[[Store], None]


def _sql(*statements: str) -> Touch:
    def touch(store: Store) -> None:
        with store._engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    return touch


def _all_hashed_anew(key: object | None) -> Touch:
    """An insider with the key of the database alters an entry and makes every hash behind it anew;
    with a key she signs them, too."""

    def touch(store: Store) -> None:
        with store._engine.begin() as connection:
            connection.exec_driver_sql("UPDATE audit SET action = 'view' WHERE number = 4")
            previous = bytes(32)
            for row in connection.execute(audit.select().order_by(audit.c.number)).all():
                columns = row._asdict()
                previous = hash_of(previous, columns, HERS.public)
                values = {"hash": previous}
                if key is not None:
                    message = signed_bytes(Purpose.AUDIT, previous)
                    values["signature"] = key.sign(message)  # type: ignore[attr-defined]
                connection.execute(update(audit).where(audit.c.number == row.number).values(values))

    return touch


TOUCHES = {
    "what was done": (_sql("UPDATE audit SET action = 'view' WHERE number = 4"), (4, "altered")),
    "who": (_sql(f"UPDATE audit SET actor = x'{OTHER}' WHERE number = 4"), (4, "signer")),
    "role": (_sql("UPDATE audit SET role = 'auditoria' WHERE number = 4"), (4, "altered")),
    "run": (_sql("UPDATE audit SET session = x'00' WHERE number = 4"), (4, "altered")),
    "time": (_sql("UPDATE audit SET at_ms = 0 WHERE number = 4"), (4, "altered")),
    "taken out": (_sql("DELETE FROM audit WHERE number = 4"), (4, "altered")),
    "two swapped": (
        _sql(
            "UPDATE audit SET number = 99 WHERE number = 4",
            "UPDATE audit SET number = 4 WHERE number = 5",
            "UPDATE audit SET number = 5 WHERE number = 99",
        ),
        (4, "altered"),
    ),
    "no signature": (_sql("UPDATE audit SET signature = NULL WHERE number = 4"), (4, "signature")),
    "no signer": (
        _sql("UPDATE audit SET signer = NULL, signature = NULL WHERE number = 4"),
        (4, "altered"),
    ),
    "another's signature": (
        _sql(
            "UPDATE audit SET signature = (SELECT signature FROM audit WHERE number = 5)"
            " WHERE number = 4"
        ),
        (4, "signature"),
    ),
    "said to be of the first version": (
        _sql("UPDATE audit SET version = 1 WHERE number = 4"),
        (4, "altered"),
    ),
    "of a version to come": (
        _sql("UPDATE audit SET version = 3 WHERE number = 4"),
        (4, "altered"),
    ),
    "the key's person": (_sql(f"UPDATE audit_signer SET person = x'{OTHER}'"), (1, "signer")),
    "the key": (
        _sql(f"UPDATE audit_signer SET public = x'{ANOTHERS.public.hex()}'"),
        (1, "altered"),
    ),
    "the key is gone": (_sql("DELETE FROM audit_signer"), (1, "signer")),
    "hashed anew": (_all_hashed_anew(None), (4, "signature")),
    "hashed and signed anew by another": (_all_hashed_anew(ANOTHERS), (1, "signature")),
}


@pytest.mark.parametrize("name", TOUCHES)
def test_whatever_is_touched_is_named_by_its_number(store: Store, name: str) -> None:
    """(A1) Control: untouched it holds."""
    work_as(store)
    note(store, 7)
    assert said(checked(store)) is None, "the control"
    touch, expected = TOUCHES[name]
    touch(store)
    assert said(checked(store)) == expected
    with store.unit() as unit:
        assert unit.audit.verify() == expected[0]


def first_hash(previous: bytes, number: int) -> bytes:
    """Return the hash of an entry as the first version made it."""
    parts = (bytes.fromhex(AUTHOR), b"view", b"c1", b"")
    said = previous + struct.pack(">Qq", number, 5)
    said += b"".join(struct.pack(">I", len(one)) + one for one in parts)
    return hashlib.blake2b(said, digest_size=32, person=b"qispi-audit-1").digest()


def add_first(store: Store, previous: bytes, number: int) -> None:
    row = (number, bytes.fromhex(AUTHOR), "view", "c1", 5, "", first_hash(previous, number))
    with store._engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO audit (number, actor, action, object_id, at_ms, detail, hash)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            row,
        )


def test_an_entry_of_the_first_version_never_comes_behind_a_newer_one(store: Store) -> None:
    """Otherwise the chain could go on without anybody's signature, and look as if it were old.
    (A1) Control: before a newer one it holds."""
    _old(store)
    add_first(store, bytes.fromhex(FIRST_HASHES[1]), 3)
    assert said(checked(store)) is None, "the control"
    work_as(store)
    note(store, 1)
    with store.unit() as unit:
        head = unit.audit.head()
    assert head is not None
    add_first(store, head.hash, 5)
    assert said(checked(store)) == (5, "altered")


@pytest.mark.parametrize(
    "column", ["signer = 1", "signature = x'00'", "role = 'legal'", "session = x'00'"]
)
def test_an_entry_of_the_first_version_claims_nothing_that_its_hash_does_not_cover(
    store: Store, column: str
) -> None:
    _old(store)
    assert said(checked(store)) is None, "the control"
    _sql(f"UPDATE audit SET {column} WHERE number = 2")(store)
    assert said(checked(store)) == (2, "altered")


def test_a_long_audit_is_checked_piece_by_piece(store: Store) -> None:
    _old(store)
    work_as(store)
    note(store, 7)
    whole = checked(store)
    with store.unit() as unit:
        check, pieces = AUDIT_BEGIN, 0
        while not check.is_whole:
            check = unit.audit.check(check, most=4)
            pieces += 1
        assert (check, pieces) == (whole, 3)
        assert unit.audit.check(check, most=4) == check
    _sql("UPDATE audit SET detail = '' WHERE number = 7")(store)
    with store.unit() as unit:
        check = AUDIT_BEGIN
        while not check.is_whole:
            check = unit.audit.check(check, most=4)
        assert (said(check), check.signed) == ((7, "altered"), 4)


def test_entries_are_found_by_person_action_time_and_object(store: Store) -> None:
    work_as(store)
    with store.unit() as unit:
        append = unit.audit.append
        append(actor=AUTHOR, action="view", object_id="c1", at_ms=10)
        append(actor=AUTHOR, action="edit", object_id="c2", at_ms=20, detail="case.code")
        append(actor=OTHER, action="view", object_id="c2", at_ms=30)
        append(actor=OTHER, action="print", object_id="c3", at_ms=40)
        unit.commit()

    def found(most: int = 9, before: int | None = None, **wanted: object) -> list[int]:
        with store.unit() as unit:
            asked = AuditFilter(**wanted)  # type: ignore[arg-type]
            return [one.number for one in unit.audit.entries(asked, most=most, before=before)]

    assert found() == [4, 3, 2, 1]
    assert found(most=2) == [4, 3]
    assert found(most=2, before=3) == [2, 1]
    assert found(actor=OTHER) == [4, 3]
    assert found(actions=frozenset({"view", "print"})) == [4, 3, 1]
    assert found(since_ms=20, before_ms=40) == [3, 2]
    assert found(objects=frozenset({"c2", "c3"})) == [4, 3, 2]
    assert found(objects=frozenset()) == []
    assert found(actor=OTHER, actions=frozenset({"view"}), objects=frozenset({"c1"})) == []
    with store.unit() as unit:
        assert unit.audit.actors() == (AUTHOR, OTHER)
        assert unit.audit.actions() == ("edit", "print", "view")
        head = unit.audit.head()
        assert head is not None
        assert unit.audit.hashes([4, 9]) == {4: head.hash}
