"""Versions of the data never overlap, and nothing in a file is deeper or larger than its limit."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from app.clock import LIMA, FixedClock
from app.datafiles.yaml_tree import DEPTH_MAX, FILE_BYTES_MAX
from app.definitions import load
from app.domain.errors import DefinitionError
from app.ids import SystemIds
from app.opening import open_laptop, set_up_laptop
from tests.support.centres import PROFILE
from tests.support.laptops import EVERY_SERVICE
from tests.support.storage import CHEAP, CHEAP_BOUNDS, PASSPHRASE

FICHA = "forms/ficha.yaml"
HOUSE = "catalogues/house.yaml"
REGISTRY = "registry.csv"
DISTRICTS = "places/districts.csv"
DICTIONARY = "catalogues/diccionario_ra_cem.csv"
ITEMS = "documents/derivacion.yaml"
DAY_MS = 24 * 3_600_000


def _plant_next_year(data: Path) -> None:
    """Give the ficha a version for the next year beside the one of this year."""
    path = data / FICHA
    text = path.read_text(encoding="utf-8")
    head = 'version: "2026.1"\n'
    old = text.replace(head, head + "valid_to: 2026-12-31\n", 1)
    new = text.replace(head, 'version: "2027.1"\nvalid_from: 2027-01-01\n', 1)
    path.write_text(old, encoding="utf-8")
    (data / "forms" / "ficha-2027.yaml").write_text(new, encoding="utf-8")


def test_two_versions_of_a_form_never_hold_on_one_day(data: Path) -> None:
    path = data / FICHA
    text = path.read_text(encoding="utf-8")
    newer = text.replace('version: "2026.1"', 'version: "2027.1"', 1)
    (data / "forms" / "ficha-2027.yaml").write_text(newer, encoding="utf-8")

    with pytest.raises(DefinitionError, match="the validity of two versions"):
        load(data)


def test_the_version_that_holds_on_the_day_is_taken(data: Path) -> None:
    _plant_next_year(data)

    assert load(data, date(2026, 12, 31)).form("ficha").version == "2026.1"
    assert load(data, date(2027, 1, 1)).form("ficha").version == "2027.1"
    assert load(data).form("ficha").version == "2027.1"


def test_a_laptop_asks_what_holds_on_its_own_day(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release may bring next year's form early: this year's holds until the day comes."""
    _plant_next_year(data)
    monkeypatch.setattr("app.definitions.data_root", lambda: data)
    noon = datetime(2026, 12, 31, 12, tzinfo=LIMA)
    clock = FixedClock(int(noon.timestamp() * 1000))
    laptop = set_up_laptop(
        tmp_path / "laptop",
        PASSPHRASE,
        person="Persona Inventada",
        role="social",
        roles=EVERY_SERVICE,
        centre=PROFILE,
        clock=clock,
        ids=SystemIds(clock),
        cost=CHEAP,
        bounds=CHEAP_BOUNDS,
    )
    assert laptop.desk.definitions.form("ficha").version == "2026.1"
    laptop.close()
    clock.ms += DAY_MS
    again = open_laptop(
        tmp_path / "laptop", PASSPHRASE, clock, SystemIds(clock), bounds=CHEAP_BOUNDS
    )
    assert again.desk.definitions.form("ficha").version == "2027.1"
    again.close()


def test_one_field_of_a_record_means_the_same_in_every_form(data: Path) -> None:
    path = data / "forms" / "derivacion.yaml"
    text = path.read_text(encoding="utf-8")
    plant = "{id: area, type: text, kind: survivor, field: alias,"
    path.write_text(text.replace("{id: area, type: text,", plant), encoding="utf-8")

    with pytest.raises(DefinitionError, match=r"survivor\.alias has another type or merge rule"):
        load(data)


def test_two_versions_of_a_catalogue_never_hold_on_one_day(data: Path) -> None:
    shutil.copy(data / HOUSE, data / "catalogues" / "house-2.yaml")

    with pytest.raises(DefinitionError, match="have the version"):
        load(data)


@pytest.mark.parametrize("name", ["release.yaml", REGISTRY, DISTRICTS, DICTIONARY, ITEMS])
def test_a_missing_file_is_named(data: Path, name: str) -> None:
    (data / name).unlink()

    with pytest.raises(DefinitionError) as caught:
        load(data)

    assert caught.value.file == name


def test_a_file_over_the_limit_is_not_read(data: Path) -> None:
    with (data / FICHA).open("a", encoding="utf-8") as file:
        file.write("#" * FILE_BYTES_MAX)

    with pytest.raises(DefinitionError, match="larger than 4 MB"):
        load(data)


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_deep_nesting_is_refused_and_never_ends_the_process(data: Path, opening: str) -> None:
    (data / "release.yaml").write_text(opening * 100_000, encoding="utf-8")

    with pytest.raises(DefinitionError, match=f"nested deeper than {DEPTH_MAX}|key must be a text"):
        load(data)


def test_a_text_that_is_not_utf_8_is_named_by_its_line(data: Path) -> None:
    content = (data / HOUSE).read_bytes()
    at = content.index("Mañana".encode())
    (data / HOUSE).write_bytes(content[:at] + "Mañana".encode("latin-1") + content[at + 7 :])

    with pytest.raises(DefinitionError) as caught:
        load(data)

    assert caught.value.line == content.count(b"\n", 0, at) + 1


def test_too_many_fields_are_refused(data: Path) -> None:
    path = data / FICHA
    rows = "".join(f'  - {{id: extra_{n}, type: text, label: "Campo {n}"}}\n' for n in range(2_001))
    numbers = "".join(f"case,1,extra_{n},{10_000 + n}\n" for n in range(2_001))
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\nwarnings:\n", f"{rows}\nwarnings:\n"), encoding="utf-8")
    with (data / REGISTRY).open("a", encoding="utf-8") as file:
        file.write(numbers)

    with pytest.raises(DefinitionError, match="at most 2000 fields"):
        load(data)
