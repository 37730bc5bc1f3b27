"""The sentences about the people of a laptop: who may enter, and what was not done."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["ACCOUNT_SENTENCES"]

ACCOUNT_SENTENCES: Final[Mapping[str, str]] = {
    "words_or_letters_wrong": N_(
        "Las palabras no son las de esas dos letras. Revise las dos cosas; puede intentar de nuevo "
        "ahora mismo. Si las olvidó, quien coordina le da otras en este equipo."
    ),
    "words_of_nobody": N_(
        "Nadie abre este equipo con esas palabras. Puede intentar de nuevo ahora mismo. Si las "
        "olvidó, quien coordina le da otras en este equipo."
    ),
    "own_words_due": N_(
        "Otra persona pudo ver sus palabras: quien se las dio, o quien estaba al abrir con las "
        "hojas. Elija otras que nadie más sepa: toma un minuto."
    ),
    "roles_review_due": N_("Hace seis meses que nadie revisa quién tiene qué rol en este equipo."),
    "roles_review_restored": N_(
        "Este equipo se hizo de una copia: quien se dio de baja después de ese día puede entrar "
        "otra vez. Revise quién lo abre."
    ),
    "people_left_open": N_(
        "Alguien que ya se fue del centro todavía abre este equipo. Si es así, dele de baja "
        "también aquí."
    ),
    "epoch_due": N_(
        "Alguien que se fue, dada de baja en otro equipo, todavía conoce el secreto del centro. "
        "Este equipo lo renueva al abrirse: bloquéelo, vuelva a entrar y después sincronice."
    ),
    "people_last_to_manage": N_(
        "Nadie más de este equipo podría dar de alta o de baja a una persona. Dé antes ese rol a "
        "otra. No se cambió nada."
    ),
    "backup_never": N_("Todavía no hay ninguna copia de este equipo fuera de su disco."),
    "backup_before_joining": N_(
        "La última copia es de antes de unirse al centro: no devuelve lo que llegó desde "
        "entonces. Haga otra."
    ),
    "account_ended": N_(
        "Estas palabras ya no abren este equipo: se dio de baja a quien las tenía. No se abrió "
        "nada. Si es un error, pida a su coordinación palabras nuevas."
    ),
    "account_unknown": N_(
        "Estas palabras abren la llave, pero la base de datos es más antigua y no sabe de quién "
        "son. No se cambió nada. Pida a otra persona de este equipo que entre y le dé palabras "
        "nuevas; si no hay nadie más, entre con dos hojas de recuperación."
    ),
    "lost_is_here": N_("Es este mismo equipo: lo que tiene está aquí."),
    "vault_last": N_(
        "Nadie más podría abrir este equipo. No se cambió nada. Agregue antes a otra persona."
    ),
    "people_incomplete": N_("Escriba el nombre y elija un servicio."),
    "people_no_account": N_(
        "Ese rol es de quien trabaja junto al centro y no entra a este programa. Elija otro. No se "
        "cambió nada."
    ),
    "people_who": N_("Diga quién es: elija su nombre, u «Otra persona»."),
    "people_name_too_long": N_("El nombre es muy largo: caben {limit} letras."),
    "people_namesake": N_(
        "En el centro ya hay una persona de nombre {name}. Si es ella, elíjala en la lista. Si es "
        "otra, escriba también su otro apellido. No se cambió nada."
    ),
    "people_twice": N_("Esa persona ya abre este equipo."),
    "people_unknown": N_(
        "Esa persona no abre este equipo. Puede que otra la haya dado de baja. No se cambió nada."
    ),
    "people_self": N_(
        "No puede darse de baja a sí misma. Lo hace otra persona del equipo, para que siempre "
        "quede alguien que pueda entrar."
    ),
    "words_own": N_(
        "Sus propias palabras se cambian con «Cambiar mis palabras», que pide las de ahora. No se "
        "cambió nada."
    ),
    "people_no_vault": N_("Aquí se practica: no hay palabras ni llaves. No se cambió nada."),
    "people_words_differ": N_(
        "Lo escrito no son las palabras que se muestran. Léalas de nuevo, en orden. Todavía no "
        "cambió nada."
    ),
}
