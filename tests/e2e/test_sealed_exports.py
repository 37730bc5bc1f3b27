"""What is exported leaves closed: by words that are drawn, or for a key; in clear after two yeses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from app.cli import main
from app.clock import SystemClock
from app.crypto.passphrase import SMALL_MACHINE
from app.ids import SystemIds
from app.opening import open_laptop, set_up_laptop
from app.services import casework, forms
from app.services.audit_ports import AuditFilter
from tests.support.centres import PROFILE
from tests.support.laptops import EVERY_SERVICE
from tests.support.storage import PASSPHRASE
from tests.unit.test_age_file import VECTORS, opened_by_key

PLACE = "Anexo Inventado"
AGE = b"age-encryption.org/v1\n"
WORDS = re.compile(r"Se abre con estas palabras: ([a-z]+(?: [a-z]+){4})\n")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder, clock = tmp_path / "data", SystemClock()
    laptop = set_up_laptop(
        folder,
        PASSPHRASE,
        person="Persona Inventada",
        role="coordinacion",
        roles=EVERY_SERVICE,
        centre=PROFILE,
        clock=clock,
        ids=SystemIds(clock),
        cost=SMALL_MACHINE,
    )
    with laptop.store.unit() as uow:
        case_id = casework.open_case(uow, laptop.desk)
    with laptop.store.unit() as uow:
        forms.set_field(uow, laptop.desk, forms.FICHA, case_id, "CEM", PLACE)
    laptop.close()
    return folder


def said(data: Path, *arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(
        main, ("--data", str(data), *arguments), input=f"{PASSPHRASE}\n{answer}"
    )


def opened(source: Path, target: Path, words: str) -> Result:
    asked = ("export", "open", str(source), "--out", str(target))
    return CliRunner().invoke(main, ("--data", str(target.parent / "none"), *asked), input=words)


def noted(data: Path, action: str) -> list[str]:
    clock = SystemClock()
    laptop = open_laptop(data, PASSPHRASE, clock, SystemIds(clock))
    with laptop.store.unit() as uow:
        found = uow.audit.entries(AuditFilter(actions=frozenset({action})), most=9, before=None)
    laptop.close()
    return [one.detail for one in reversed(found)]


@pytest.mark.parametrize(
    ("command", "action"),
    [(("export", "ra-cem"), "export"), (("audit", "export"), "export_audit")],
)
def test_an_export_leaves_closed_by_words_that_were_drawn(
    data: Path, tmp_path: Path, command: tuple[str, ...], action: str
) -> None:
    """(L3) Control: written in clear, the same stands in the file."""
    sealed, clear, back = (tmp_path / name for name in ("a.age", "b.csv", "c.csv"))
    closed = said(data, *command, "--out", str(sealed))
    plain = said(data, *command, "--out", str(clear), "--in-clear", answer="s\n")
    assert (closed.exit_code, plain.exit_code) == (0, 0), closed.output + plain.output
    found = WORDS.search(closed.output)
    assert found is not None
    inside = PLACE.encode() if action == "export" else b"Persona Inventada"
    assert sealed.read_bytes().startswith(AGE)
    assert inside not in sealed.read_bytes()
    assert inside in clear.read_bytes()

    shortened = " ".join(word[:4] for word in found[1].split())
    assert opened(sealed, back, shortened).exit_code == 0
    assert inside in back.read_bytes()
    assert [one.split()[-1] for one in noted(data, action)] == ["words", "clear"]


def test_for_somebody_who_gave_a_key_it_opens_by_that_key(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.age"
    key = VECTORS / "recipient.txt"
    done = said(data, "export", "ra-cem", "--out", str(out), "--for", str(key))
    assert done.exit_code == 0, done.output
    assert WORDS.search(done.output) is None
    assert PLACE.encode() in opened_by_key(out.read_bytes())
    assert noted(data, "export") == ["ra-cem rows=1 key"]


def test_whoever_does_not_say_yes_twice_writes_nothing_in_clear(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "a.csv"
    for answer in ("n\n", "\n", ""):
        done = said(data, "export", "ra-cem", "--out", str(out), "--in-clear", answer=answer)
        assert done.exit_code == 1
        assert "Queda anotado" in done.output
    assert not out.exists()
    assert noted(data, "export") == []


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        ("", "no tiene una clave"),
        ("age1pqxyz", "no tiene una clave"),
        ("age1qqqq\nage1qqqq", "no tiene una clave"),
    ],
)
def test_a_key_that_is_none_is_refused(data: Path, tmp_path: Path, key: str, sentence: str) -> None:
    (tmp_path / "key.txt").write_text(key, encoding="ascii")
    out = tmp_path / "a.age"
    done = said(data, "export", "ra-cem", "--out", str(out), "--for", str(tmp_path / "key.txt"))
    assert done.exit_code == 1
    assert sentence in done.output
    assert not out.exists()


def test_other_words_and_damage_open_nothing_and_leave_no_file(data: Path, tmp_path: Path) -> None:
    """Control: the right words open it."""
    sealed, back = tmp_path / "a.age", tmp_path / "b.csv"
    found = WORDS.search(said(data, "export", "ra-cem", "--out", str(sealed)).output)
    assert found is not None
    wrong = opened(sealed, back, "zorro zorro zorro zorro zorro")
    assert (wrong.exit_code, back.exists()) == (1, False)
    assert "no se abrió" in wrong.output
    content = sealed.read_bytes()
    sealed.write_bytes(content[:-1])
    assert opened(sealed, back, found[1]).exit_code == 1
    assert not back.exists()
    sealed.write_bytes(content)
    assert opened(sealed, back, found[1]).exit_code == 0
