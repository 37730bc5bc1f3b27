"""A scan of which nobody knows who made it: at one of the others, unless one of them was lost."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import pytest

from app.domain.change import Change
from app.services import attachments
from app.services.origin_ports import Origins
from app.services.ports import UnitOfWork
from app.services.whereabouts_ports import Reach, Whereabouts
from tests.support.laptops import Laptop, exchange

OWN, COLLEAGUE, THIRD = (letter * 16 for letter in (b"a", b"b", b"c"))
CONTENT = b"%PDF-1.7 un papel inventado"


@dataclass(frozen=True)
class Centre:
    """A centre of three laptops."""

    own: bytes | None = OWN
    lost: frozenset[bytes] = field(default_factory=frozenset)

    def letters(self) -> Mapping[bytes, str]:
        return {OWN: "A", COLLEAGUE: "B", THIRD: "C"}

    def gone(self) -> AbstractSet[bytes]:
        return self.lost

    def writer(self, front: bytes) -> bytes | None:
        return None

    def opened(self, content: bytes, origins: Origins) -> tuple[Change, ...]:
        return ()


def _arrives(uow: UnitOfWork) -> None:
    uow.attachments.put(hashlib.sha256(CONTENT).hexdigest(), "application/pdf", CONTENT)
    uow.commit()


@pytest.mark.parametrize(
    ("lost", "reach"),
    [
        (frozenset[bytes](), Reach.AT_ANOTHER),
        (frozenset({THIRD}), Reach.HERE),
        (frozenset({COLLEAGUE, THIRD}), Reach.HERE),
    ],
)
def test_what_came_without_its_batch_is_at_another_only_where_nobody_was_taken_out(
    two: tuple[Laptop, Laptop], lost: frozenset[bytes], reach: Reach
) -> None:
    """Who was taken out may have made it: then this laptop may hold the only copy."""
    a, b = two
    case_id = b.open_case()
    b.run(lambda uow: attachments.attach(uow, b.desk, case_id, case_id, CONTENT))
    exchange(a, b)
    a.run(_arrives)

    (row,) = a.run(lambda uow: attachments.list_of(uow, case_id, Centre(lost=lost)))

    assert row.place is not None
    assert row.place.reach is reach
    assert row.place.laptops == ()
    (own,) = b.run(lambda uow: attachments.list_of(uow, case_id, Centre()))
    assert own.place == Whereabouts(Reach.HERE, (), own.place.since_ms if own.place else None)
