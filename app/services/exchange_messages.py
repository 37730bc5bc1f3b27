"""The Spanish sentences of the exchange in the official format: why a file, a line or a cell is
refused, what is remarked on, and what the format cannot say.

Each says what is so and, where there is something to do, what.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from app.domain.marks import N_

__all__ = ["EXCHANGE_SENTENCES"]

EXCHANGE_SENTENCES: Final[Mapping[str, str]] = {
    # The whole file: nothing of it is loaded.
    "official_not_read": N_("El archivo no se pudo leer. No se cargó nada."),
    "official_not_split": N_(
        "El archivo no se pudo leer: pide más de lo que un archivo normal necesita, o el equipo no "
        "tiene memoria libre. No se cargó nada. Cierre otros programas e intente de nuevo."
    ),
    "official_empty_file": N_("El archivo está vacío. No se cargó nada."),
    "official_utf16": N_(
        "El archivo está en UTF-16. No se cargó nada. Guárdelo como «CSV UTF-8 (delimitado por "
        "comas)»."
    ),
    "official_spreadsheet": N_(
        "El archivo es un libro de cálculo, no un CSV. No se cargó nada. Guárdelo como «CSV UTF-8 "
        "(delimitado por comas)»."
    ),
    "official_latin1": N_(
        "El archivo no está en UTF-8: parece Latin-1 (Windows). No se cargó nada. Guárdelo como "
        "«CSV UTF-8 (delimitado por comas)»."
    ),
    "official_separator": N_(
        "Las columnas están separadas por {separator} y el formato oficial usa la coma. No se "
        "cargó nada. Guárdelo como CSV delimitado por comas."
    ),
    "official_line_without_end": N_(
        "La primera línea no termina donde debe: las líneas acaban con LF. No se cargó nada."
    ),
    "official_columns": N_(
        "Las columnas no son las 168 del diccionario oficial, en su orden. No se cargó nada. "
        "{detail}"
    ),
    "dataset_exists": N_(
        "Ya hay un conjunto de datos con ese nombre. No se cargó nada. Use otro nombre o elimine "
        "aquel."
    ),
    "dataset_unknown": N_("No hay ningún conjunto de datos con ese nombre."),
    "dataset_name": N_("El nombre del conjunto de datos va de 1 a {limit} letras o cifras."),
    "dataset_extended": N_(
        "Un conjunto de datos solo tiene las 168 variables: no se puede ampliar."
    ),
    "dataset_no_days": N_("Un conjunto de datos se exporta entero, sin fechas desde ni hasta."),
    "days_reversed": N_("La fecha «hasta» es anterior a la fecha «desde»."),
    "banding_unknown": N_("No existe esa forma de agrupar edades. Las que hay: {known}."),
    "file_exists": N_("Ya existe un archivo con ese nombre. No se tocó. Elija otro nombre."),
    "seal_both": N_("Un archivo va cifrado para alguien o sin cifrar, no las dos cosas."),
    "recipient_unknown": N_(
        "Ese archivo no tiene una clave pública age1pq… entera, y solo una. Pídala de nuevo."
    ),
    "export_not_opened": N_(
        "El archivo no se abrió: las palabras no son las suyas, o está dañado o incompleto."
    ),
    "exchange_disk_full": N_("El archivo no se escribió: no hay espacio ahí. Elija otra carpeta."),
    "exchange_not_written": N_("El archivo no se pudo escribir ahí. Elija otra carpeta."),
    # Lines: set aside whole.
    "official_line_too_long": N_("la línea pasa de {limit} bytes"),
    "official_line_not_utf8": N_("la línea no está en UTF-8"),
    "official_line_empty": N_("la línea está vacía"),
    "official_too_few": N_("faltan columnas: hay {found} de {wanted}"),
    "official_too_many": N_("sobran columnas: hay {found} de {wanted}"),
    "official_quotes": N_("hay comillas sin cerrar o mal puestas; una ficha ocupa una sola línea"),
    # Cells: the rest of the row is loaded, and the row counts as incomplete.
    "official_formula": N_("empieza como una fórmula de hoja de cálculo"),
    "official_control_character": N_("tiene caracteres que no se ven"),
    "official_spaces": N_("tiene espacios al inicio o al final"),
    "official_marker": N_("no es un dato; una celda sin dato va vacía"),
    "official_too_long": N_("tiene {found} caracteres y caben {limit}"),
    "official_negative": N_("es un número negativo"),
    "official_decimals": N_("tiene decimales; va un número entero"),
    "official_extra_zeros": N_("tiene ceros de más al inicio"),
    "official_not_a_number": N_("no es un número"),
    "official_out_of_range": N_("está fuera de rango: de {minimum} a {maximum}"),
    "official_code_unknown": N_("ese código no está en la lista oficial"),
    "official_label": N_("es la etiqueta; va el código"),
    "official_flag_no": N_("aquí solo va 1 (Sí) o nada: vacío no es «No»"),
    "official_lost_zeros": N_("perdió los ceros del inicio: son {digits} cifras"),
    "official_not_digits": N_("son {digits} cifras"),
    "official_district_unknown": N_("el código {code} no está en la lista del INEI"),
    "official_reniec_code": N_(
        "el código {code} es del RENIEC y no existe en el INEI (ese distrito es {inei} en el INEI)"
    ),
    "official_place_gap": N_("falta una parte del UBIGEO: departamento, provincia, distrito"),
    "official_day_impossible": N_("esa fecha no existe"),
    "official_day_with_time": N_("la fecha lleva hora; va así: 2026-03-05"),
    "official_day_slashes": N_(
        "la fecha va con barras y no se sabe si el mes va primero; va así: 2026-03-05"
    ),
    "official_day_first": N_("el año de la fecha va al final; va así: 2026-03-05"),
    "official_day_with_word": N_("el mes de la fecha va en letras; va así: 2026-03-05"),
    "official_day_year_slashes": N_("la fecha va con guiones; va así: 2026-03-05"),
    "official_day_short": N_("a la fecha le faltan ceros; va así: 2026-03-05"),
    "official_day_packed": N_("a la fecha le faltan los guiones; va así: 2026-03-05"),
    "official_day_serial": N_("es un número de serie o solo un año; va así: 2026-03-05"),
    "official_not_a_day": N_("no es una fecha; va así: 2026-03-05"),
    # The file as a whole, and rows: remarks, nothing is refused.
    "official_bom": N_("El archivo empieza con una marca BOM, como las que pone Excel. Se leyó."),
    "official_carriage_returns": N_("{count} líneas terminan como en Windows (CR LF). Se leyeron."),
    "official_leans_to_reniec": N_(
        "Los UBIGEO parecen del RENIEC y no del INEI: {reniec} filas corresponden al RENIEC y "
        "{inei} al INEI. Revise el archivo antes de usar las cifras por lugar."
    ),
    "official_column_refused": N_(
        "Toda la columna {column} fue rechazada: conviértala y cargue el archivo de nuevo."
    ),
    "official_future": N_("{count} filas tienen una fecha posterior a hoy."),
    "official_does_not_apply": N_("tiene respuesta y no corresponde según las demás respuestas"),
    "official_missing": N_("falta y es obligatoria"),
    "official_not_alone": N_("«ninguno» está marcado junto con otras opciones"),
    # What the format cannot say of an own case: the cell is blank.
    "official_absent": N_("no se preguntó, no se sabe o no quiso responder"),
    "official_code_of_the_house": N_("esa opción no existe en el diccionario oficial"),
    "official_value_of_another_type": N_("lo guardado es de otro tipo"),
}
