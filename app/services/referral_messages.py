"""The sentences of referrals after they left: the answer, a consent taken back, a transfer; and of
what must not leave for a refuge or a communal authority."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["REFERRAL_SENTENCES"]

REFERRAL_SENTENCES: Final[Mapping[str, str]] = {
    # Whom it may go to.
    "referral_entry_refused": N_(
        "Ella no quiere ingresar al hogar de refugio. El ingreso es voluntario: no se la deriva."
    ),
    "referral_needs_entry": N_(
        "Falta preguntarle si ingresa al hogar de refugio por su propia voluntad."
    ),
    "referral_needs_signed_entry": N_(
        "Para ingresar al hogar de refugio ella firma o pone su huella: el medio electrónico no "
        "basta."
    ),
    "referral_authority_refused": N_(
        "Ella no permite que se informe a la autoridad de su comunidad: la derivación no sale."
    ),
    "referral_authority_not_asked": N_(
        "Falta saber si ella permite que se informe a la autoridad de su comunidad. Pregúntele y "
        "anótelo en la ficha."
    ),
    "referral_authority_is_kin": N_(
        "Esa autoridad es familia de la presunta persona agresora: la derivación no sale."
    ),
    "referral_authority_kin_unknown": N_(
        "No se sabe si esa autoridad es familia de la presunta persona agresora. Averígüelo sin "
        "exponerla a ella y anótelo en la ficha."
    ),
    "refuge_place_not_stored": N_(
        "De un hogar de refugio no se guarda nombre, área, contacto ni teléfono: su lugar es "
        "reservado."
    ),
    "refuge_place_in_text": N_(
        "Este texto parece llevar una dirección, una referencia o un teléfono. El lugar de un "
        "hogar de refugio es reservado: quítelo."
    ),
    # What deserves a second look, and keeps nothing from leaving.
    "referral_not_informed": N_(
        "Infórmele de que sus datos se comparten por esa base legal, y anótelo. Se le informa, no "
        "se le pregunta."
    ),
    "referral_interpreter_knows": N_(
        "Quien interpreta es familia o conoce a alguna de las partes: busque a otra persona y "
        "vuelva a explicarle."
    ),
    "referral_interpreter_not_asked": N_(
        "Falta saber si quien interpreta conoce a alguna de las partes."
    ),
    # After it left.
    "referral_not_issued": N_("Esta derivación todavía no salió: no hay respuesta que registrar."),
    "referral_consent_withdrawn": N_(
        "Ella retiró su consentimiento: esta derivación no sale de nuevo. Avise a la institución."
    ),
    "slip_no_code": N_(
        "Escriba el número y el código de control como están en el talón: 2026-A0412-DA3 · 7K."
    ),
    "slip_check_wrong": N_(
        "El código de control no corresponde al número {folio}. Compare los dos con el talón."
    ),
    "slip_unknown": N_(
        "La derivación {folio} no está en este equipo. Puede estar en otro del centro: sincronice, "
        "o revise el número."
    ),
    "slip_not_issued": N_("La derivación {folio} es un borrador: todavía no salió."),
    "slip_twice": N_(
        "Dos derivaciones llevan el número {folio}. Averigüe con la institución de cuál es el "
        "talón y ábrala en la lista, donde las iniciales las distinguen, o desde su caso."
    ),
    # A case that comes from another CEM.
    "origin_needs_centre": N_("Falta el nombre del CEM que deriva."),
    "origin_case_differs": N_(
        "El número de caso no corresponde al de la derivación. Compare los dos con la ficha."
    ),
    "origin_open_already": N_("Esa derivación ya abrió aquí el caso {code}."),
    "referral_incomplete": N_(
        "Faltan datos marcados con *. Puede salir así, pero lo que salió ya no se cambia."
    ),
}
