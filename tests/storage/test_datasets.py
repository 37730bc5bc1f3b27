"""Datasets: kept in order, apart from the log, encrypted, and gone when they are removed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from app.domain.errors import DomainError
from app.domain.official_format import REFUSED
from app.services.dataset_ports import DatasetFacts
from db.schema_datasets import dataset_block
from db.store import DATABASE_NAME, Store, create_store, open_store
from tests.support.storage import KEY, REGISTRY, record_id

FACTS = DatasetFacts(3, 1, 2, 1, b"d" * 32, b"s" * 32, 123, had_bom=True)
FIRST = (("Uno", "Dos"), ("1", ""))
SECOND = (("Ñusta, «3»",), (REFUSED,))


def _keep(store: Store, number: int = 1, name: str = "uno") -> None:
    with store.unit() as unit:
        unit.datasets.begin(record_id(number), name, 1_000 + number)
        unit.datasets.append(record_id(number), FIRST)
        unit.datasets.append(record_id(number), ())
        unit.datasets.append(record_id(number), SECOND)
        unit.datasets.finish(record_id(number), FACTS)
        unit.commit()


def test_rows_come_back_in_their_order_with_what_was_refused(file_store: Store) -> None:
    _keep(file_store)

    with file_store.unit() as unit:
        found = unit.datasets.find("uno")
        assert found is not None
        assert (found.id, found.name, found.at_ms) == (record_id(1), "uno", 1_001)
        assert found.facts == FACTS
        assert list(unit.datasets.blocks(found.id)) == [FIRST, SECOND]


def test_datasets_are_apart_from_each_other(file_store: Store) -> None:
    _keep(file_store, 2, "dos")
    _keep(file_store, 1, "uno")

    with file_store.unit() as unit:
        assert [one.name for one in unit.datasets.all()] == ["uno", "dos"]
        unit.datasets.remove(record_id(1))
        unit.commit()
    with file_store.unit() as unit:
        assert [one.name for one in unit.datasets.all()] == ["dos"]
        assert unit.datasets.find("uno") is None
        assert list(unit.datasets.blocks(record_id(1))) == []
        assert list(unit.datasets.blocks(record_id(2))) == [FIRST, SECOND]


def test_what_was_not_committed_is_not_there(file_store: Store) -> None:
    with file_store.unit() as unit:
        unit.datasets.begin(record_id(1), "uno", 1)
        unit.datasets.append(record_id(1), FIRST)

    with file_store.unit() as unit:
        assert unit.datasets.all() == ()


def test_nothing_of_a_dataset_is_on_the_disk_in_clear(tmp_path: Path) -> None:
    store = create_store(tmp_path, KEY, REGISTRY)
    _keep(store, name="Nombre inventado")
    store.close()

    content = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert (tmp_path / DATABASE_NAME).exists()
    assert b"Nombre inventado" not in content
    assert "Ñusta".encode() not in content
    reopened = open_store(tmp_path, KEY, REGISTRY)
    with reopened.unit() as unit:
        assert unit.datasets.find("Nombre inventado") is not None
    reopened.close()


@pytest.mark.parametrize(
    "damage", [{"content": b"not zstandard"}, {"rows": 3}, {"rows": 0}, {"content": b""}]
)
def test_a_damaged_block_is_said_to_be_damaged(
    file_store: Store, damage: dict[str, object]
) -> None:
    _keep(file_store)
    with file_store.unit() as unit:
        unit._connection.execute(
            update(dataset_block).where(dataset_block.c.number == 0).values(**damage)
        )
        with pytest.raises(DomainError) as caught:
            list(unit.datasets.blocks(record_id(1)))

    assert caught.value.message_id == "file_damaged"
