"""Sentences of invented reports, with places to fill in; they speak of nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["SLOTS", "TEMPLATES"]

TEMPLATES: Final = (
    "La usuaria refiere que su {tie} la agredió {manner} en {house}; hablaban de {cause}.",
    "Cuenta que los hechos se repiten desde hace {count} años; este año son más frecuentes.",
    "El día {day} de {month} fue a la comisaría de {place}; no la recibieron por {excuse}.",
    "Se le dio contención emocional y se valoró el riesgo con ella; el puntaje es {count}.",
    "Vive con {count} personas, que presenciaron los hechos; hoy las cuida {kin}.",
    "Se coordinó con el establecimiento de salud de {place} la evaluación y la atención de {care}.",
    "Se la encuentra {state}, orientada en tiempo, espacio y persona; habla con claridad.",
    "Se le explicaron las medidas de protección y se la acompañó al juzgado de {place}.",
    "La persona denunciada consume {drink} y la amenazó con {threat} si ella lo cuenta.",
    "Se hizo la visita domiciliaria en {place} {quarter}; no estaba y se dejó dicho a {kin}.",
    "La próxima cita es el día {day} de {month} a las {count} horas; queda constancia en la ficha.",
    "Se llamó para el seguimiento a la hora segura; dice que {news}.",
    "Depende del dinero de él y no tiene {lack}: se la deriva a {office}.",
    "Se la orientó sobre alimentos, tenencia y régimen de visitas; lo decidirá junto con {kin}.",
)

SLOTS: Final[Mapping[str, tuple[str, ...]]] = {
    "tie": (
        *("pareja", "conviviente", "esposo", "ex conviviente", "padrastro", "hermano mayor"),
        *("cuñado", "vecino", "suegro", "ex enamorado"),
    ),
    "manner": (
        *("con palabras", "con golpes de puño", "con una correa", "a empujones", "con un palo"),
        *("estando ebrio", "delante de los niños"),
    ),
    "house": ("su casa", "la chacra", "la casa de la suegra", "el camino", "la feria", "el puerto"),
    "cause": (
        *("celos", "el dinero", "la crianza", "la venta de los animales", "el terreno"),
        *("la comida", "una llamada", "una visita"),
    ),
    "month": (
        *("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "setiembre"),
        *("octubre", "noviembre", "diciembre"),
    ),
    "excuse": (
        *("falta de personal", "no llevar testigos", "no hablar castellano", "ser domingo"),
        *("no llevar documento", "no tener lesiones visibles"),
    ),
    "kin": (
        *("su madre", "una vecina", "su hermana", "su suegra", "su cuñada", "una tía paterna"),
        *("la presidenta del vaso de leche", "el apu de la comunidad", "su comadre"),
    ),
    "care": (
        *("las lesiones del rostro", "la lesión del brazo", "los moretones de la espalda"),
        *("la herida de la cabeza", "su salud reproductiva", "su salud mental"),
    ),
    "state": (
        *("ansiosa y con llanto fácil", "tranquila", "temerosa", "desconfiada al comienzo"),
        *("triste y sin ánimo", "dispuesta a colaborar"),
    ),
    "drink": ("alcohol", "cañazo", "masato fermentado", "alcohol los fines de semana"),
    "threat": (
        *("quitarle a sus hijos", "botarla de la casa", "quemar sus cosas", "hacerle más daño"),
        *("ir contra su familia", "contarlo todo a su manera"),
    ),
    "news": (
        *("no hubo hechos nuevos", "él volvió a la casa", "se mudó donde su hermana"),
        *("quiere seguir con el proceso", "la amenazaron por teléfono", "ya salieron las medidas"),
        *("por temor no desea seguir con la denuncia", "necesita hablar otra vez"),
    ),
    "lack": (
        *("ingresos propios", "familia cerca", "documento de identidad", "donde quedarse"),
        *("para el pasaje", "quien cuide a sus hijos"),
    ),
    "office": (
        *("la DEMUNA", "el hogar de refugio temporal", "el centro de salud mental comunitario"),
        *("la defensa pública", "la fiscalía provincial", "el programa de alimentos"),
    ),
    "quarter": ("Alto", "Bajo", "Grande", "Pampa", "Chico", "Nuevo", "Viejo", "Central"),
    "settlement": (
        *("comunidad campesina", "anexo", "caserío", "centro poblado", "sector", "barrio"),
        "comunidad nativa",
    ),
    "street": ("Jr.", "Av.", "Calle", "Psje.", "Mz."),
    "landmark": (
        *("la plaza", "la posta médica", "la escuela", "el mercado", "la iglesia"),
        *("la carretera", "el puerto", "el local comunal"),
    ),
    "court": (
        *("1.° Juzgado de Familia", "2.° Juzgado de Familia", "Juzgado Mixto"),
        *("Juzgado de Paz Letrado", "Juzgado de Paz", "Fiscalía Provincial Penal"),
    ),
    "syllable": (
        *("qui", "hua", "ccu", "pa", "llo", "cha", "ya", "mi", "ro", "san", "to", "ri", "chu"),
        *("que", "si", "ve", "ra", "lo", "ne", "zar", "go", "tu", "man", "ñi", "ju", "bel"),
        *("tsa", "chi", "wa", "ja", "im", "pu", "ki", "shi", "ta", "yu", "ka", "mu", "bi"),
        *("sha", "nu", "pi", "tse", "ku", "ma", "ji", "uk", "ti", "nan", "kin", "wi", "do"),
    ),
}
