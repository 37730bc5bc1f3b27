"""What is read without the program says what the screens say, whatever the definitions say next."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

from app.domain.form import Field, FieldType, Form
from app.services.display import shown_value
from app.services.emergency_names import emergency_names
from tests.support.laptops import definitions

SCRIPT = Path(__file__).parents[2] / "packaging" / "emergency" / "leer.py"
DEFINITIONS = definitions()
SAID = json.loads(emergency_names(DEFINITIONS))
NUMBERS = {
    (one.kind, one.field): f"{one.kind_number}/{one.field_number}"
    for one in DEFINITIONS.registry.entries
}
CODED = (FieldType.CHOICE, FieldType.CHOICES, FieldType.YES_NO)


@pytest.fixture(scope="module")
def reader() -> ModuleType:
    spec = importlib.util.spec_from_file_location("leer", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fields() -> list[tuple[Form, Field]]:
    return [(form, one) for form in DEFINITIONS.forms.values() for one in form.fields()]


def test_every_kind_and_every_field_that_is_stored_has_a_name_in_words() -> None:
    """Control: what is stored is several hundred fields, and no name is that of the registry."""
    assert len(NUMBERS) > 400
    assert set(NUMBERS.values()) == set(SAID["fields"])
    bare = [key for key, number in NUMBERS.items() if SAID["fields"][number][3] in key]
    assert bare == []
    kinds = {one.kind for one in DEFINITIONS.registry.entries}
    assert {title for title, _ in SAID["kinds"].values()}.isdisjoint(kinds)


def test_what_a_form_asks_is_called_as_there_and_stands_in_its_order() -> None:
    for form, one in fields():
        _, _, item, label, _ = SAID["fields"][NUMBERS[one.kind, one.field]]
        shown = [other for _, other in DEFINITIONS.fields_of(one.kind) if other.field == one.field]
        assert label in [other.label for other in shown], (form.id, one.id)
        assert any(item.startswith(other.item) for other in shown), (form.id, one.id)
    for form in DEFINITIONS.forms.values():
        own = [one for one in form.fields() if one.kind == form.anchor]
        places = [SAID["fields"][NUMBERS[one.kind, one.field]][0] for one in own]
        assert places == sorted(places), form.id


def test_every_code_is_read_as_the_screens_show_it(reader: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "nombres.json"
    file.write_bytes(emergency_names(DEFINITIONS))
    names = reader.Names(file, "")
    seen = 0
    for form, one in fields():
        kind, number = (int(part) for part in NUMBERS[one.kind, one.field].split("/"))
        codes = names.field(kind, number)[-1]
        of_list = DEFINITIONS.catalogues[one.catalogue].terms if one.catalogue else ()
        said = [term.code for term in of_list] if one.type in CODED else []
        if one.type is FieldType.PLACE:
            said = ["010101", "010205"]
        elif one.type is FieldType.DATE:
            said = ["2026-11-26"]
        for code in said:
            value = (code,) if one.type is FieldType.CHOICES else code
            shown = shown_value(DEFINITIONS, form.id, one.id, value)
            assert names.word(codes, "s", code) == shown, (form.id, one.id, code)
            seen += 1
    assert seen > 500
    assert names.word("", "a", "declined") == "(No quiere responder)"


def test_a_code_that_no_list_has_is_read_as_it_is(reader: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "nombres.json"
    file.write_bytes(emergency_names(DEFINITIONS))
    names = reader.Names(file, "")
    assert names.word("paises", "s", "de una versión más nueva") == "de una versión más nueva"
    assert names.field(1, 99_999)[3] == "campo 99999"
