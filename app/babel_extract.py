"""Finds the texts of the program for the catalogues of its languages (methods for Babel).

``packaging/babel.cfg`` names the methods, ``packaging/update_catalogues.py`` runs them. A running
program never imports this module. Babel hands its keywords, comment tags and options to every
method; ours need none of them.

Texts about consent, safety and rights come out with their context, wherever they stand: a label
in the consent section of a form is gated as much as the sentence she signs.
"""

from __future__ import annotations

import ast
import csv
import io
import re
from collections.abc import Iterator
from typing import IO, Final

from app.definitions import DATA_ITEMS, load, texts
from app.domain.definitions import Definitions

__all__ = ["Found", "data_texts", "extract_data", "extract_python", "extract_qt"]

Found = tuple[int, str, tuple[str, ...], list[str]]
"""What Babel asks of a method: line, gettext function, its arguments, comments."""

_CALLS: Final = {
    "N_": "gettext",
    "_": "gettext",
    "gettext": "gettext",
    "NC_": "pgettext",
    "pgettext": "pgettext",
    "ngettext": "ngettext",
    "plural": "ngettext",
}
"""Names of calls in our sources, and which function of gettext each stands for."""

_MAY_CALL: Final = re.compile(rb"\b(?:%s)\s*\(" % "|".join(_CALLS).encode())

_ARGUMENTS: Final = {"gettext": 1, "pgettext": 2, "ngettext": 2}

_PLAIN_WORDS: Final = frozenset({"Otro", "Intérprete"})
"""Words of gated sections and lists that say nothing by themselves and stand elsewhere, too."""

_SPANISH_LISTS: Final = frozenset({"paises", "ocupaciones"})
"""Long official lists of names, which stay as the dictionary has them."""


def extract_python(fileobj: IO[bytes], *_method: object, **_options: object) -> Iterator[Found]:
    """Yield the marked texts of one Python module, in the order of its lines.

    Arguments that are not written out (a variable, a formatted string) are left alone: their
    text is marked with ``N_`` or ``NC_`` where it is written.
    """
    source = fileobj.read()
    if not _MAY_CALL.search(source):
        return  # three modules of four mark nothing, and a tree costs more than all the rest
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    inside = {id(one) for call in calls if _function(call) == "ngettext" for one in call.args}
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        function = _function(call)
        if function is None or id(call) in inside:
            continue
        written = [_written(one) for one in call.args[: _ARGUMENTS[function]]]
        if len(written) == _ARGUMENTS[function] and all(written):
            yield call.lineno, function, tuple(one for one in written if one), []


def extract_data(*_method: object, **_options: object) -> Iterator[Found]:
    """Yield every Spanish text that the data files show; called for ``release.yaml`` alone.

    Comments say where a text stands, such as ``forms/ficha/EDAD_VICTIMA``: lines would say less
    and change with every edit.
    """
    for place, context, text in data_texts(load()):
        if context is None:
            yield 1, "gettext", (text,), [place]
        else:
            yield 1, "pgettext", (context, text), [place]


def data_texts(definitions: Definitions) -> Iterator[tuple[str, str | None, str]]:
    """Yield place, gated context (or None) and text of all data that may be translated."""
    gated = dict(_gated_places(definitions)) | dict(_gated_letters(definitions))
    for place, text in texts(definitions):
        kind, name, *_ = place.split("/")
        if not text or (kind == "catalogues" and name in _SPANISH_LISTS):
            continue
        yield place, None if text in _PLAIN_WORDS else gated.get(place), text


def extract_qt(fileobj: IO[bytes], *_method: object, **_options: object) -> Iterator[Found]:
    """Yield Qt's own English texts, listed in ``locales/qt.csv`` with Qt's contexts."""
    rows = csv.DictReader(io.StringIO(fileobj.read().decode("utf-8")))
    for number, row in enumerate(rows, start=2):
        yield number, "pgettext", (row["context"], row["text"]), [f"Qt: {row['es']}"]


def _gated_places(definitions: Definitions) -> Iterator[tuple[str, str]]:
    """Yield places, as :func:`app.definitions.texts` names them, and their gates."""
    for form in definitions.forms.values():
        for section in form.sections:
            if section.gated is not None:
                yield f"forms/{form.id}/{section.id}", section.gated
            for field in section.fields:
                if field.gated is not None:
                    yield f"forms/{form.id}/{field.id}", field.gated
    for catalogue in definitions.catalogues.values():
        if catalogue.gated is not None:
            for term in catalogue.terms:
                yield f"catalogues/{catalogue.id}/{term.code}", catalogue.gated
    for item in definitions.data_items:
        if item.gated is not None:
            yield f"catalogues/{DATA_ITEMS}/{item.code}", item.gated


def _gated_letters(definitions: Definitions) -> Iterator[tuple[str, str]]:
    for letter in definitions.letters.values():
        if letter.gate is not None:
            yield f"letters/{letter.slug}", letter.gate


def _function(call: ast.Call) -> str | None:
    name = call.func
    if isinstance(name, ast.Attribute):
        return _CALLS.get(name.attr)
    return _CALLS.get(name.id) if isinstance(name, ast.Name) else None


def _written(node: ast.expr) -> str | None:
    """Return a text written out, bare or marked with ``N_``; None for anything else."""
    if isinstance(node, ast.Call) and _function(node) == "gettext" and node.args:
        return _written(node.args[0])
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
