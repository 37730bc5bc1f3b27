"""The command line in plain Spanish: click's help pages, prompts and refusals in our words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, Any, Final, TypeVar

import click
from click.core import ParameterSource

from app.domain.errors import DomainError

__all__ = ["Command", "Group", "Refusal", "go_on_or_abort", "passphrase_option"]

F = TypeVar("F", bound=Callable[..., Any])

_WORDS: Final = {
    "Options": "Opciones",
    "Commands": "Órdenes",
    "[OPTIONS]": "[OPCIONES]",
    "COMMAND [ARGS]...": "ORDEN [DATOS]...",
    "Show this message and exit.": "Muestra esta ayuda.",
    "[required]": "[obligatorio]",
}
"""What click writes by itself, and what it is called here."""


_YES: Final = frozenset({"s", "si", "sí"})


class _Page(click.HelpFormatter):
    """A help page."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, _spanish(args), prefix or "Uso: ")

    @contextmanager
    def section(self, name: str) -> Iterator[None]:
        with super().section(_spanish(name)):
            yield

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        super().write_dl([(name, _spanish(text)) for name, text in rows], col_max, col_spacing)


class _Context(click.Context):
    formatter_class = _Page


class Command(click.Command):
    """A command with such a help page."""

    context_class = _Context


class Refusal(click.ClickException):
    """What a command says when it did not do what was asked: a sentence, and nothing before it."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it."""
        click.echo(self.message, file=file, err=file is None)


class _NotUnderstood(Refusal):
    exit_code = 2


class Group(click.Group):
    """Commands that say in Spanish what they do not understand."""

    context_class = _Context
    command_class = Command
    group_class = type

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the command line up to the command. Raises Refusal."""
        with _refusing():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Read the rest and do it. Raises Refusal."""
        with _refusing(ctx):
            return super().invoke(ctx)


@contextmanager
def _refusing(ctx: click.Context | None = None) -> Iterator[None]:
    try:
        yield
    except click.exceptions.NoArgsIsHelpError:
        raise
    except click.UsageError as error:
        place = error.ctx or ctx
        help_page = f"\nAyuda: {place.command_path} --help" if place else ""
        raise _NotUnderstood(f"{_what_is_wrong(error)}{help_page}") from None
    except (click.Abort, KeyboardInterrupt):
        raise Refusal("Se canceló.") from None


def go_on_or_abort(question: str) -> None:
    """Ask, and return when the answer is *sí*; anything else raises click's ``Abort``."""
    answer: str = click.prompt(f"{question} [s/N]", default="n", show_default=False)
    if answer.strip().lower() not in _YES:
        raise click.Abort


class _Asked(click.Option):
    """An option that is asked for where it was not given, unless an eager flag, ``unless``, says
    that nobody has it."""

    def __init__(self, *names: Any, unless: str | None = None, **said: Any) -> None:
        super().__init__(*names, **said)
        self._unless = unless

    def prompt_for_value(self, ctx: click.Context) -> Any:
        """Ask."""
        return "" if ctx.params.get(self._unless or "") else super().prompt_for_value(ctx)


def passphrase_option(
    prompt: str, *, is_new: bool = False, unless: str | None = None
) -> Callable[[F], F]:
    """Ask for a passphrase without showing it; for a new one twice. ``unless``: the eager flag with
    which nobody is asked.

    Raises DomainError ``passphrases_differ``.
    """
    return click.option(
        "--passphrase",
        cls=_Asked,
        unless=unless,
        prompt=prompt,
        hide_input=True,
        metavar="PALABRAS",
        callback=_ask_again if is_new else None,
        help="Las palabras. Mejor no las escriba aquí: se piden sin mostrarlas.",
    )


def _ask_again(ctx: click.Context, param: click.Parameter, value: str) -> str:
    is_asked = ctx.get_parameter_source(param.name or "") is ParameterSource.PROMPT
    if is_asked and click.prompt("Repita las palabras", hide_input=True) != value:
        raise DomainError("passphrases_differ")
    return value


def _what_is_wrong(error: click.UsageError) -> str:
    match error:
        case click.NoSuchOption():
            return f"No existe la opción {error.option_name}."
        case click.BadOptionUsage():
            return f"No sirve lo que escribió en {error.option_name}."
        case click.exceptions.NoSuchCommand():
            return f"No existe la orden «{error.command_name}»."
        case click.MissingParameter(param=click.Parameter() as param):
            return f"Falta {_named(param)}."
        case click.BadParameter(param=click.Parameter(type=click.Path(exists=True)) as param):
            return f"No se encuentra el archivo de {_named(param)}."
        case click.BadParameter(param=click.Parameter() as param):
            return f"No sirve lo que escribió en {_named(param)}."
        case _:
            return "La orden no se entiende."


def _named(param: click.Parameter) -> str:
    return param.opts[0] if isinstance(param, click.Option) else param.human_readable_name


def _spanish(text: str) -> str:
    for word, ours in _WORDS.items():
        text = text.replace(word, ours)
    return text
