"""A condition in words, as a form for handwriting says when a question is asked."""

from __future__ import annotations

from app.domain.condition import All, Answered, Any, AtLeast, Condition, Is, Not
from app.domain.definitions import Definitions
from app.domain.form import Form
from app.domain.value import Absent, Value
from app.services.display import ABSENT_WORDS, shown_value

__all__ = ["condition_words"]


def condition_words(definitions: Definitions, form: Form, condition: Condition | None) -> str:
    """Return in Spanish words which answers make a question be asked; empty for always."""
    match condition:
        case None:
            return ""
        case Not(Is(name, several)):
            words = " ni ".join(_word(definitions, form, name, one) for one in several)
            return f"«{_brief(form, name)}» no es {words}"
        case Not(Answered(name)):
            return f"«{_brief(form, name)}» no tiene respuesta"
        case Not(inner):
            return f"no ({condition_words(definitions, form, inner)})"
        case All(several):
            return "; ".join(condition_words(definitions, form, one) for one in several)
        case Any(several):
            return " o ".join(condition_words(definitions, form, one) for one in several)
        case Answered(name):
            return f"«{_brief(form, name)}» tiene respuesta"
        case AtLeast(name, minimum):
            return f"«{_brief(form, name)}» es {minimum} o más"
        case Is(name, several):
            words = " o ".join(_word(definitions, form, name, one) for one in several)
            return f"«{_brief(form, name)}» es {words}"


def _brief(form: Form, name: str) -> str:
    field = form.get(name)
    return field.brief if field is not None else name


def _word(definitions: Definitions, form: Form, name: str, value: Value) -> str:
    if isinstance(value, Absent):
        return ABSENT_WORDS[value]
    return shown_value(definitions, form.id, name, value) or str(value)
