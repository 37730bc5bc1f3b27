"""Whether a text may lead to a place: where a refuge is must stand in no text that leaves.

Any reference to the place of a refuge is kept in absolute reserve (DS 009-2016-MIMP, art. 9, 89).
The patterns are a net, not a proof: they catch what people write when they write an address.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["leads_to_a_place"]

_NO_NAME: Final = "(?!(?:y|e|o|u|ni|con|por|sin|desde|cuando|porque|a|donde|que|para|pero)\\b)"
_WAYS: Final = (
    "jr|jiron|av|avda|avenida|calle|psje|pje|pasaje|prol|prolongacion|urb|urbanizacion|malecon|"
    "carretera|trocha|cuadra|manzana|mz|mza|lote|lt|km|kilometro"
)
_PLACE: Final = re.compile(
    rf"\b(?:{_WAYS})\b\.?\s*{_NO_NAME}\w"
    r"|\b(?:queda|quedan|ubicad[oa]|ubica) (?:en|a|frente|detras|cerca|al|por)\b"
    r"|\b(?:frente|costado|espaldas|altura|lado|esquina|cerca)\b (?:a|al|de|del|con)\b"
    r"(?= (?:la |el )?(?:plaza|iglesia|posta|colegio|escuela|puerto|mercado|parque|grifo|banco|"
    r"comisaria|municipalidad|hospital|terminal|estadio|ovalo|rio|puente)\b)"
    r"|\b(?:direccion|coordenadas)\s*(?::|es\b|exacta\b)"
    r"|-?\d{1,2}[.,]\d{3,}\s*[;, ]\s*-?\d{1,2}[.,]\d{3,}"
)
_TELEPHONE: Final = re.compile(r"(?<!\d)\+?\d(?:[ .-]?\d){5,}(?!\d)")
_DAY: Final = re.compile(r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b")


def leads_to_a_place(text: str) -> bool:
    """Return whether a text seems to hold an address, a landmark, coordinates or a telephone."""
    bare = "".join(one for one in unicodedata.normalize("NFKD", text) if not _is_mark(one))
    plain = " ".join(bare.casefold().split())
    return bool(_PLACE.search(plain) or _TELEPHONE.search(_DAY.sub(" ", plain)))


def _is_mark(letter: str) -> bool:
    return bool(unicodedata.combining(letter))
