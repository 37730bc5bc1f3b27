"""The Spanish sentence of every message id: what happened, what is safe, what to do.

Errors and remarks travel as ids with named parameters (:mod:`app.domain.errors`); here are the
sentences, which the catalogues translate. Short, with *usted*, never the word *error*, and never
anything of a case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from app.domain.marks import N_
from app.services.access_messages import ACCESS_SENTENCES, access_sentence
from app.services.account_messages import ACCOUNT_SENTENCES
from app.services.backup_messages import (
    ASKS_FIRST,
    BACKUP_SENTENCES,
    TYPED_WRONG,
    passed_over_sentence,
    untried_words,
)
from app.services.conflict_messages import CONFLICT_SENTENCES
from app.services.definition_messages import DEFINITION_SENTENCES
from app.services.exchange_messages import EXCHANGE_SENTENCES
from app.services.file_messages import FILE_SENTENCES, file_sentence
from app.services.recovery_messages import RECOVERY_SENTENCES
from app.services.referral_messages import REFERRAL_SENTENCES
from app.services.release_messages import RELEASE_SENTENCES
from app.services.sync_advice import ADVICE_SENTENCES
from app.services.sync_messages import SYNC_SENTENCES
from app.services.work_messages import WORK_SENTENCES

__all__ = ["REMARKS", "ROLES", "SENTENCES", "sentence"]

ROLES: Final[Mapping[str, str]] = {
    "admision": N_("Admisión"),
    "psicologia": N_("Psicología"),
    "social": N_("Trabajo social"),
    "legal": N_("Legal"),
    "coordinacion": N_("Coordinación"),
    "sar": N_("Servicio de Atención Rural"),
}
"""Who attends, as the lock screen asks for it before any definition is read."""

SENTENCES: Final[Mapping[str, str]] = {
    # The lock screen and the files.
    "passphrase_wrong": N_("Las palabras no son correctas. Puede intentar de nuevo ahora mismo."),
    "passphrase_too_short": N_(
        "Son pocas palabras. Use cinco distintas, o {minimum} caracteres que no se repitan."
    ),
    "passphrase_repeats": N_(
        "Las palabras se repiten. Use cinco distintas, o {minimum} caracteres que no se repitan."
    ),
    "passphrase_too_long": N_("Son demasiadas palabras. Use menos."),
    "vault_altered": N_(
        "El archivo llaves.json de este equipo no es el que Qispi escribió: alguien lo cambió. No "
        "se abrió ni se cambió nada. Ponga en su lugar el de la última copia de respaldo, y avise "
        "a la coordinación regional."
    ),
    "vault_full": N_(
        "En este equipo ya hay {limit} personas. Quite primero a quien ya no trabaja aquí."
    ),
    "sheet_row_length": N_(
        "Fila {row}: tiene {count} signos, y son 18: dieciséis letras o cifras, y dos cifras al "
        "final."
    ),
    "sheet_row_sign": N_("Fila {row}: «{sign}» no está en ninguna hoja. Mírela otra vez."),
    "sheet_row_wrong": N_("Fila {row}: algo no coincide. Léala otra vez de la hoja."),
    "sheet_rows_missing": N_("Una hoja tiene cinco filas, y aquí hay {count}."),
    "sheet_newer": N_(
        "Esa hoja es de una versión más nueva de Qispi. Actualice el programa e intente de nuevo."
    ),
    "sheet_unknown": N_("Las filas están bien escritas, pero no son de una hoja de Qispi."),
    "sheets_same": N_("Es dos veces la misma hoja. Hacen falta dos distintas."),
    "sheets_apart": N_(
        "Las dos hojas no son del mismo juego. Mire en las dos el nombre del juego y la fecha."
    ),
    "sheets_of_another": N_(
        "Esas hojas no abren este equipo: son de otro centro, o de un juego que ya se cambió."
    ),
    "passphrases_differ": N_("Las palabras no son las mismas las dos veces. Escríbalas de nuevo."),
    "set_up_incomplete": N_("Falta el nombre del centro o el suyo."),
    "centre_name_too_long": N_(
        "El nombre del centro es muy largo: caben {limit} caracteres. Acórtelo usted."
    ),
    "district_unknown": N_("Ese distrito no está en la lista del INEI. Elíjalo de la lista."),
    "district_several": N_(
        "Hay {count} distritos con ese nombre. Elija el suyo de la lista, por su provincia."
    ),
    "already_set_up": N_("Este equipo ya tiene un registro. No se cambió nada."),
    "not_set_up": N_("Este equipo todavía no tiene un registro."),
    "file_not_ours": N_("Este archivo no es de Qispi. No se cambió nada."),
    "file_newer": N_(
        "El archivo es de una versión más nueva de Qispi. No se cambió nada. Actualice el programa."
    ),
    "file_in_use": N_("Qispi ya está abierto en este equipo. Para una orden, bloquéelo (Ctrl+L)."),
    "not_enough_memory": N_(
        "No hay memoria suficiente. Cierre otros programas e intente de nuevo. Sus datos están a "
        "salvo."
    ),
    # The disk.
    "disk_full": N_(
        "No se guardó: el disco está lleno. Lo que escribió sigue en la pantalla. Libere espacio; "
        "se volverá a guardar solo."
    ),
    "disk_read_only": N_(
        "No se guardó: no se puede escribir en el disco. Lo que escribió sigue en la pantalla."
    ),
    "disk_failing": N_(
        "No se guardó: el disco no responde bien. Lo que escribió sigue en la pantalla. Avise a su "
        "coordinación."
    ),
    "unsaved_before": N_(
        "No se abrió lo que pidió: aquí hay texto que todavía no se pudo guardar. Sigue en la "
        "pantalla."
    ),
    # Definitions and records.
    "definition_refused": N_(
        "Un archivo del programa no es válido: {file}, línea {line}: {reason}"
    ),
    "record_unknown": N_("Ese registro ya no está en este equipo."),
    "field_unknown": N_("Esta versión no conoce ese campo. No se cambió nada."),
    "letter_unknown": N_("Esta versión no tiene ese escrito."),
    "form_unknown": N_("Esta versión no conoce ese formulario."),
    "text_too_long": N_("El texto es muy largo: caben {limit} caracteres."),
    "set_too_large": N_("Hay demasiadas opciones marcadas."),
    # Referrals.
    "referral_needs_consent": N_(
        "Falta el consentimiento por escrito (firma, huella o medio electrónico) o la base legal."
    ),
    "referral_needs_new_consent": N_("Cambió la institución: pida de nuevo su consentimiento."),
    "referral_needs_express_consent": N_(
        "Esta institución solo recibe datos si la persona lo acepta expresamente y por escrito; la "
        "base legal no basta."
    ),
    "referral_refused": N_(
        "La persona dijo que no: sus datos no salen. Contra su negativa solo vale el deber de "
        "denunciar ante la policía, la fiscalía o el juzgado."
    ),
    "referral_basis_elsewhere": N_(
        "La base legal marcada no vale para esta institución. Pida el consentimiento por escrito."
    ),
    "referral_needs_giver": N_("Falta indicar quién acepta."),
    "referral_giver_and_age": N_(
        "Quien acepta no corresponde a su edad: desde los 14 años acepta ella misma; por menores "
        "de 18 puede aceptar su madre, padre o tutela."
    ),
    "referral_guardian_is_perpetrator": N_(
        "La presunta persona agresora no puede aceptar por ella. Coordine con la UPE o la fiscalía."
    ),
    "referral_guardian_unknown": N_(
        "Falta indicar si quien acepta por ella es la presunta persona agresora."
    ),
    "referral_needs_written_form": N_(
        "El consentimiento debe constar por escrito: indique si fue firma, huella o medio "
        "electrónico."
    ),
    "referral_consent_date": N_(
        "La fecha del consentimiento falta, no existe o es posterior a hoy. Corríjala."
    ),
    "referral_has_conflict": N_(
        "Dos equipos escribieron cosas distintas en esta derivación. Decida primero en «Por "
        "revisar»."
    ),
    "referral_issued": N_(
        "Esta derivación ya salió: no se cambia. Para corregirla, haga una nueva con estos datos."
    ),
    "referral_other_version": N_(
        "Esta derivación salió con otra versión de Qispi: aquí no se puede imprimir de nuevo."
    ),
    "referral_not_saved": N_(
        "No salió: aquí hay texto que todavía no está guardado. Sigue en la pantalla."
    ),
    "referral_changed_meanwhile": N_(
        "No salió: llegaron cambios de otro equipo. Revise la ficha y vuelva a intentarlo."
    ),
    "referral_beyond_consent": N_(
        "Se marcaron datos que el consentimiento no cubre. Quítelos o pida un nuevo consentimiento."
    ),
    "referral_needs_institution": N_("Falta indicar a qué institución se deriva."),
    "paper_disk_full": N_(
        "El PDF no se escribió: no hay espacio ahí. La ficha sigue guardada; elija otra carpeta."
    ),
    "paper_not_written": N_(
        "El PDF no se pudo escribir ahí. La ficha sigue guardada; elija otra carpeta o memoria."
    ),
    "no_printer": N_("No hay impresora. Guarde el PDF."),
    "printer_refused": N_(
        "La impresora no recibió la ficha. Revise que esté encendida, o guarde el PDF."
    ),
    # Risk.
    "fvr_paper_differs": N_(
        "El papel y las respuestas no dan lo mismo. Se conservan los dos: revise el papel."
    ),
    "fvr_level_of_another": N_("Ese nivel no es de este instrumento. Revise el papel."),
    "fvr_answered_anyway": N_(
        "Hay respuestas a preguntas que el papel mandaba saltar. También cuentan: revise el papel."
    ),
    "fvr_other_version": N_(
        "Se copió con otra versión del instrumento: aquí no se calcula el puntaje. Vale el papel."
    ),
    # Synchronisation. Nothing leaves the queue before it was seen in the region's log.
    "server_unreachable": N_(
        "No hay conexión con el servidor de la región. Todo queda guardado aquí; se intentará de "
        "nuevo solo."
    ),
    "server_refused": N_(
        "El servidor de la región no aceptó la conexión de este equipo. Todo queda guardado aquí. "
        "Avise a su coordinación."
    ),
    "server_busy": N_(
        "El servidor de la región está ocupado o en mantenimiento. Todo queda guardado aquí; se "
        "intentará de nuevo solo."
    ),
    "captive_portal": N_(
        "La red pide entrar primero por una página web. Abra el navegador, entre a la red e "
        "intente de nuevo. No se envió nada."
    ),
    "answer_cut": N_(
        "La conexión se cortó. Lo que llegó entero quedó guardado; el resto sigue la próxima vez."
    ),
    "answer_not_ours": N_(
        "Respondió algo que no es el servidor de la región. Todo queda guardado aquí. Si se "
        "repite, avise a su coordinación."
    ),
    "server_not_known": N_(
        "Respondió otro servidor en lugar del de la región. No se envió nada. Si esta red pide "
        "entrar por una página web, entre primero con el navegador; si no, pruebe con otra red y "
        "avise a su coordinación."
    ),
    "server_other_version": N_(
        "El servidor de la región usa otra versión. Todo queda guardado aquí. Actualice el "
        "programa."
    ),
    "server_log_wrong": N_(
        "El registro del servidor no coincide con el de este equipo. Todo queda guardado aquí. "
        "Avise a su coordinación."
    ),
    "batches_refused": N_(
        "La región rechazó uno o más paquetes: siguen guardados aquí y se le ofrecen otra vez en "
        "cada intento. Avise a su coordinación."
    ),
    "batches_refused_news": N_(
        "La región rechazó algo que este equipo le ofreció. No se perdió: sigue guardado aquí."
    ),
    "batches_not_seen": N_(
        "El servidor no confirmó uno o más paquetes; siguen por enviar. Se intentará de nuevo solo."
    ),
    "sync_not_finished": N_(
        "Hubo demasiado que intercambiar de una vez. Lo hecho está hecho; lo demás sigue en el "
        "próximo intento."
    ),
    "stick_gone": N_(
        "La memoria USB ya no está o no responde. Lo que se leyó quedó guardado. Colóquela de "
        "nuevo."
    ),
    "stick_full": N_(
        "La memoria USB está llena. Lo que traía ya se recibió; falta llevar cambios. Libere "
        "espacio o use otra."
    ),
    "stick_read_only": N_(
        "No se puede escribir en la memoria USB. Lo que traía ya se recibió; falta llevar "
        "cambios. Quite el seguro o use otra."
    ),
    "stick_not_ours": N_(
        "En la memoria USB hay otra cosa en el lugar de los archivos de Qispi. Lo que se leyó "
        "quedó guardado. Use otra memoria."
    ),
    "stick_is_laptop": N_(
        "Esa carpeta guarda los datos de un equipo: no es una memoria USB, y no se usó. Elija la "
        "memoria."
    ),
    "stick_unsuited": N_(
        "En esa carpeta no se pueden guardar los archivos de Qispi. Lo que traía ya se recibió; "
        "falta llevar cambios. Use otra memoria."
    ),
    "stick_too_much": N_(
        "En la memoria USB hay demasiados archivos para leerlos todos. Se leyó una parte y se dejó "
        "lo escrito en este equipo, quizá sin los adjuntos. Úsela de nuevo, o mejor una más vacía."
    ),
    "sync_cancelled": N_(
        "La sincronización se detuvo. Lo enviado está enviado; lo demás sigue por enviar."
    ),
    "sync_not_enrolled": N_(
        "Este equipo todavía no pertenece a un centro. Quien coordina lo une en «Este equipo», "
        "«Equipos del centro»: hay dos archivos y dos códigos."
    ),
    "sync_bug": N_(
        "Algo falló en el programa al sincronizar. Lo guardado está a salvo. Puede intentar de "
        "nuevo; avise a soporte."
    ),
    # Batches that cannot be used: set aside, never in the way of the others.
    "batch_truncated": N_("El paquete llegó incompleto."),
    "batch_altered": N_("El paquete fue alterado o está dañado."),
    "batch_malformed": N_("No tiene la forma de un paquete de Qispi."),
    "batch_over_limit": N_("El paquete pasa del tamaño permitido, o está dañado y dice que pasa."),
    "batch_unknown_version": N_("El paquete es de una versión más nueva de Qispi."),
    "batch_wrong_centre": N_("El paquete es de otro centro."),
    "batch_unknown_device": N_("El paquete es de un equipo que este centro no conoce todavía."),
    "batch_unknown_key": N_("Este equipo no tiene todavía la llave del paquete."),
    "batch_awaits_earlier": N_("El paquete espera uno anterior; se abrirá cuando ese llegue."),
    "batch_unusable": N_("El programa no pudo usar el paquete; queda guardado."),
    "change_too_large": N_("Es tan grande que no cabe en ningún paquete."),
    # A laptop joins a centre.
    "enrolment_damaged": N_(
        "La solicitud o la respuesta llegó dañada o incompleta. No se cambió nada. Pídala de nuevo."
    ),
    "enrolment_code_wrong": N_(
        "Las 32 cifras no coinciden. No se cambió nada. Vuelva a leerlas por un teléfono conocido."
    ),
    "enrolment_already": N_("Este equipo ya es de un centro. No se cambió nada."),
    "enrolment_other_device": N_("La respuesta es para otro equipo. No se cambió nada."),
    "enrolment_other_centre": N_("El archivo es de otro centro. No se cambió nada."),
    "enrolment_not_admin": N_(
        "Solo un equipo administrador de este centro puede incorporar a otro."
    ),
    "enrolment_not_granted": N_(
        "El archivo no incorpora a este equipo con una firma válida. No se cambió nada."
    ),
    "enrolment_letter_taken": N_("Esa letra ya es de otro equipo del centro, o no es válida."),
    "enrolment_centre_exists": N_(
        "Ese centro ya tiene equipos: uno de ellos debe incorporar al nuevo."
    ),
    "enrolment_over_limit": N_(
        "Los datos del centro no caben en una respuesta: el membrete es demasiado largo, o el "
        "centro tiene demasiados equipos. No se cambió nada. Avise a la región."
    ),
    "server_files_wrong": N_(
        "La carpeta del servidor no tiene server.pub y ca.der, o la dirección no empieza con "
        "https://. No se cambió nada."
    ),
    **ACCOUNT_SENTENCES,
    **BACKUP_SENTENCES,
    **CONFLICT_SENTENCES,
    **DEFINITION_SENTENCES,
    **FILE_SENTENCES,
    **RECOVERY_SENTENCES,
    **REFERRAL_SENTENCES,
    **RELEASE_SENTENCES,
    **WORK_SENTENCES,
    **EXCHANGE_SENTENCES,
    **SYNC_SENTENCES,
    **ADVICE_SENTENCES,
    # The program itself.
    "bug": N_(
        "Algo falló en el programa ({place}). Lo guardado está a salvo. Puede seguir; avise a "
        "soporte."
    ),
}

REMARKS: Final[Mapping[str, str]] = {
    "absent_not_allowed": N_("Aquí no se puede dejar esa respuesta."),
    "flag_is_true_or_blank": N_("Solo se marca cuando es sí."),
    "not_a_set": N_("Marque una o más opciones."),
    "not_a_number": N_("Escriba solo cifras."),
    "number_too_small": N_("No puede ser menor que {minimum}."),
    "number_too_large": N_("No puede ser mayor que {maximum}."),
    "not_a_text": N_("Escriba un texto."),
    "text_too_long": N_("El texto es muy largo: caben {limit} caracteres."),
    "not_a_date": N_("La fecha no existe. Escríbala así: 23/11/2026."),
    "date_in_future": N_(
        "Esta fecha es posterior a hoy. Revise el año, o la fecha de este equipo."
    ),
    "not_a_time": N_("La hora no existe. Escríbala así: 09:30."),
    "place_unknown": N_("Ese distrito no está en la lista del INEI."),
    "code_unknown": N_("Esa opción ({code}) no está en la lista oficial."),
    "consent_asked_anew": N_("Cambió la institución: pida de nuevo su consentimiento."),
    "wrong_digits": N_("Debe tener {digits} cifras; aquí hay {found}."),
    "years_differ": N_(
        "Por su fecha de nacimiento tenía {years} años cumplidos el día que acudió. Revise los dos "
        "datos."
    ),
}


def sentence(
    message_id: str,
    parameters: Mapping[str, str | int],
    translate: Callable[[str], str],
) -> str:
    """Return the sentence of a message id in the language of ``translate``.

    An id without a sentence shows itself, so that nothing is ever swallowed; what a form warns of
    (:class:`app.domain.form.FormWarning`) is its own id.
    """
    if message_id in ACCESS_SENTENCES:
        return access_sentence(message_id, parameters, translate)
    if message_id == "file_not_shown":
        return file_sentence(parameters, translate)
    if message_id == ASKS_FIRST:
        return passed_over_sentence(parameters, translate)
    source = SENTENCES.get(message_id) or REMARKS.get(message_id)
    said = translate(source).format(**parameters) if source else translate(message_id)
    more = untried_words(parameters, translate) if message_id in TYPED_WRONG else ()
    return " ".join((said, *more))
