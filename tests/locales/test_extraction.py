"""Every text that somebody may read is offered for translation, with the right gate."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from app import definitions
from app.catalogue_files import read_po
from app.i18n import GATED_CONTEXTS
from tests.locales.catalogue_lint import CHECKOUT, qt_texts

SPANISH_LISTS = ("catalogues/paises/", "catalogues/ocupaciones/")


def template() -> set[tuple[str | None, str]]:
    """Return context and text of every message, of plurals both."""
    text = (CHECKOUT / "locales" / "messages.pot").read_text(encoding="utf-8")
    found = read_po(text)
    plurals = {(one.context, one.plural) for one in found if one.plural is not None}
    return {one.key for one in found} | plurals


def marked(root: Path) -> Iterator[tuple[str, str | None, str | None]]:
    """Yield place, context and text of each mark; no text where it is not written out."""
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id not in ("N_", "NC_"):
                continue
            said = [one.value if isinstance(one, ast.Constant) else None for one in node.args]
            context = said[0] if node.func.id == "NC_" else None
            text = said[-1] if said else None
            place = f"{path.name}:{node.lineno}"
            yield (
                place,
                context if isinstance(context, str) else None,
                text if isinstance(text, str) else None,
            )


def test_every_marked_text_is_in_the_template() -> None:
    known = template()
    gated = {source for context, source in known if context in GATED_CONTEXTS}
    found = [one for room in ("ui", "app") for one in marked(CHECKOUT / room)]
    lost = [
        (place, text)
        for place, context, text in found
        if text is None or ((context, text) not in known and text not in gated)
    ]

    assert lost == []
    assert len(found) > 100


def test_a_mark_around_what_is_not_written_out_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text('N_(f"Hola {name}")\nNC_("safety", "Nunca llamar")\n')

    assert list(marked(tmp_path)) == [
        ("page.py:1", None, None),
        ("page.py:2", "safety", "Nunca llamar"),
    ]


def test_every_text_of_the_data_is_in_the_template() -> None:
    known = {source for _, source in template()}
    shown = [
        text
        for place, text in definitions.texts(definitions.load())
        if text and not place.startswith(SPANISH_LISTS)
    ]

    assert set(shown) - known == set()
    assert len(shown) > 500


def test_the_buttons_of_qt_are_in_the_template() -> None:
    assert {(row["context"], row["text"]) for row in qt_texts()} <= template()


def test_texts_about_her_safety_stand_behind_the_gate() -> None:
    known = template()
    gated = {source for context, source in known if context in GATED_CONTEXTS}

    for text in (
        "Teléfono seguro", "Nunca llamar", "Nunca llamar a", "Forma segura de contacto", "SEVERO",
        "Nivel de riesgo", "Medidas de protección", "Desea denunciar", "¿Quién acepta?",
        "¿Acepta que se compartan estos datos con esta institución?",
    ):  # fmt: skip
        assert text in gated, text
        assert (None, text) not in known


def plurals(root: Path) -> Iterator[tuple[str, tuple[str | None, ...]]]:
    """Yield place and both texts of each plural; None for one that is not written out there."""
    for path in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in ("plural", "ngettext"):
                said = tuple(_written(one) for one in node.args[:2])
                yield f"{path.name}:{node.lineno}", said


def _written(node: ast.expr) -> str | None:
    """Return a text written out, bare or marked."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "N_":
        (node,) = node.args
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


NOT_WRITTEN_OUT = {"text.py": 1}
"""``Texts.plural`` passes on what it was given."""


def test_every_plural_is_in_the_template_with_both_its_forms() -> None:
    """Two texts that are marked apart are two messages without a plural, and a language that has
    them says them in Spanish all the same."""
    text = (CHECKOUT / "locales" / "messages.pot").read_text(encoding="utf-8")
    known = {(one.source, one.plural) for one in read_po(text) if one.plural is not None}
    rooms = (CHECKOUT / "ui", CHECKOUT / "app", CHECKOUT / "sync" / "client")
    found = [one for room in rooms for one in plurals(room)]
    lost = [place for place, said in found if said not in known]
    counted = {name: sum(one.startswith(f"{name}:") for one in lost) for name in NOT_WRITTEN_OUT}

    assert [one for one in lost if one.split(":")[0] not in NOT_WRITTEN_OUT] == []
    assert counted == NOT_WRITTEN_OUT
    assert len(found) > 30


def test_a_plural_that_is_not_written_out_where_it_is_said_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(
        'texts.plural(*_LEFT, 3)\ntexts.plural(N_("{count} dato"), "{count} datos", 3)\n'
    )

    assert list(plurals(tmp_path)) == [
        ("page.py:1", (None, None)),
        ("page.py:2", ("{count} dato", "{count} datos")),
    ]
