"""The sentences of the search for people: why somebody may be the one, which condition, and why.

Message ids travel with parameters (:class:`app.domain.matching.Reason`); here are the Spanish
sentences, which the catalogues translate. The rules of the conditions are those of the official
dictionary (variable CONDICION).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from app.domain.marks import N_
from app.domain.traits import Reason

__all__ = ["WORDS", "reason_words"]

WORDS: Final[Mapping[str, str]] = {
    # What speaks for it.
    "match_document": N_("mismo documento"),
    "match_almost_document": N_("el documento difiere en una cifra"),
    "match_names": N_("mismo nombre: {words}"),
    "match_surnames": N_("mismos apellidos: {words}"),
    "match_order": N_("apellidos en otro orden"),
    "match_one_surname": N_("a una de las dos le falta un apellido"),
    "match_sounds_alike": N_("suena igual: {one} / {other}"),
    "match_written_alike": N_("se escribe parecido: {one} / {other}"),
    "match_mixed_words": N_("los mismos nombres y apellidos, mezclados"),
    "match_alias": N_("mismo apodo o nombre que prefiere"),
    "match_age": N_("misma edad"),
    "match_near_age": N_("edad parecida (±3)"),
    "match_community": N_("misma comunidad"),
    "match_workplace": N_("mismo lugar de trabajo"),
    "match_district": N_("mismo distrito"),
    # What speaks against it.
    "match_other_document": N_("otro número de documento"),
    "match_other_names": N_("otro nombre: {one} / {other}"),
    "match_other_surnames": N_("otros apellidos: {one} / {other}"),
    "match_other_surname": N_("un apellido es otro: {one} / {other}"),
    "match_other_age": N_("edad distinta: {years} años de diferencia"),
    "match_other_sex": N_("otro sexo en el registro"),
    # The condition, and why.
    "condition_no_earlier": N_("No eligió ninguna ficha anterior de ella en este equipo."),
    "condition_has_earlier": N_("Ya tiene la ficha {code}."),
    "condition_other_perpetrator": N_(
        "Ya tiene la ficha {code}, y esta es contra otra presunta persona agresora."
    ),
    "condition_same_perpetrator": N_(
        "Ya tiene la ficha {code} contra la misma presunta persona agresora."
    ),
    "condition_other_centre": N_("La ficha {code} es de otro CEM."),
    "condition_over_a_year": N_("Su última atención registrada es del {day}: hace más de un año."),
    "condition_within_a_year": N_(
        "Su última atención registrada es del {day}: no hace más de un año."
    ),
    "condition_ask_other_centres": N_(
        "Pregúntele si la atendió otro CEM del país: este equipo solo conoce las fichas de su "
        "centro."
    ),
    "condition_who_is_perpetrator": N_(
        "Falta saber si la presunta persona agresora es la misma: escriba su nombre o apodo."
    ),
    "condition_confirm_other_perpetrator": N_(
        "Confirme que esta presunta persona agresora no es la de antes con otro nombre."
    ),
    "condition_confirm_referred": N_(
        "Confirme que es seguimiento legal de hechos de otra jurisdicción, o atención psicológica "
        "y social porque reside en otra."
    ),
    "condition_last_attention_unknown": N_("Falta saber cuándo fue su última atención."),
    "condition_new_event": N_(
        "Falta saber si hay un hecho nuevo y si requiere patrocinio legal del CEM."
    ),
    "condition_two_services": N_("Falta saber si requiere dos servicios del CEM como mínimo."),
    "condition_else_same_file": N_("Si no hay un hecho nuevo, siga en la ficha {code}."),
    # The official rules.
    "condition_rule_1": N_(
        "Nuevo: primera atención en un CEM a nivel nacional, y caso validado por profesionales de "
        "atención."
    ),
    "condition_rule_2": N_(
        "Reingreso: ya tiene ficha «Nuevo» en un CEM del país y la agrede por primera vez otra "
        "presunta persona agresora."
    ),
    "condition_rule_3": N_(
        "Reincidente: segunda o más agresión de la misma presunta persona agresora, y el caso "
        "requiere patrocinio legal del CEM."
    ),
    "condition_rule_4": N_(
        "Derivado: lo atiende más de un CEM; seguimiento legal si los hechos fueron en otra "
        "jurisdicción, o atención psicológica y social si reside en otra."
    ),
    "condition_rule_5": N_(
        "Continuador: la última atención fue hace más de un año y requiere atención de dos "
        "servicios del CEM como mínimo."
    ),
}


def reason_words(reason: Reason, translate: Callable[[str], str]) -> str:
    """Return the sentence of a reason in the language of ``translate``.

    An id without a sentence shows itself, so that nothing is ever swallowed.
    """
    source = WORDS.get(reason.message_id)
    parameters = dict(reason.parameters)
    return translate(source).format(**parameters) if source else reason.message_id
