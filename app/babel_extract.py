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
from collections.abc import Iterator
from typing import IO, Final

from app.definitions import load, texts
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

_ARGUMENTS: Final = {"gettext": 1, "pgettext": 2, "ngettext": 2}

_GATED_SECTIONS: Final = {
    ("derivacion", "consentimiento"): "consent",
    ("ficha", "contacto"): "safety",
    ("ficha", "riesgo"): "safety",
    ("ficha", "denuncia"): "rights",
}
_GATED_FIELDS: Final = {("ficha", "attention_consent"): "consent"}
"""By the beginning of their id; their section holds other things as well."""

_GATED_LISTS: Final = {
    "quien_consiente": "consent",
    "quien_consiente_atencion": "consent",
    "forma_consentimiento": "consent",
    "base_legal": "consent",
    "nivel_riesgo": "safety",
    "nivel_fvr": "safety",
    "factores_agresor": "safety",
    "factores_usuaria": "safety",
    "vulnerabilidades": "safety",
    "quien_aplica_fvr": "safety",
}
_GATED_TERMS: Final = {
    ("data_items", "safe_contact"): "safety",
    ("data_items", "measures"): "rights",
}
"""Terms of lists that hold other things as well."""

_PLAIN_WORDS: Final = frozenset({"Otro", "Intérprete"})
"""Words of gated sections and lists that say nothing by themselves and stand elsewhere, too."""

_SPANISH_LISTS: Final = frozenset({"paises", "ocupaciones"})
"""Long official lists of names, which stay as the dictionary has them."""


def extract_python(fileobj: IO[bytes], *_method: object, **_options: object) -> Iterator[Found]:
    """Yield the marked texts of one Python module, in the order of its lines.

    Arguments that are not written out (a variable, a formatted string) are left alone: their
    text is marked with ``N_`` or ``NC_`` where it is written.
    """
    tree = ast.parse(fileobj.read())
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
    gated = _gated_places(definitions)
    for place, text in texts(definitions):
        kind, name, *rest = place.split("/")
        if not text or (kind == "catalogues" and name in _SPANISH_LISTS):
            continue
        context = gated.get(place)
        if kind == "catalogues":
            context = _GATED_LISTS.get(name) or _GATED_TERMS.get((name, rest[0]))
        yield place, None if text in _PLAIN_WORDS else context, text


def extract_qt(fileobj: IO[bytes], *_method: object, **_options: object) -> Iterator[Found]:
    """Yield Qt's own English texts, listed in ``locales/qt.csv`` with Qt's contexts."""
    rows = csv.DictReader(io.StringIO(fileobj.read().decode("utf-8")))
    for number, row in enumerate(rows, start=2):
        yield number, "pgettext", (row["context"], row["text"]), [f"Qt: {row['es']}"]


def _gated_places(definitions: Definitions) -> dict[str, str]:
    """Return the gated contexts by place, as :func:`app.definitions.texts` names places."""
    places: dict[str, str] = {}
    for form in definitions.forms.values():
        for section in form.sections:
            whole = _GATED_SECTIONS.get((form.id, section.id))
            if whole is not None:
                places[f"forms/{form.id}/{section.id}"] = whole
            for field in section.fields:
                context = whole or next(
                    (
                        gate
                        for (of_form, start), gate in _GATED_FIELDS.items()
                        if of_form == form.id and field.id.startswith(start)
                    ),
                    None,
                )
                if context is not None:
                    places[f"forms/{form.id}/{field.id}"] = context
    return places


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
