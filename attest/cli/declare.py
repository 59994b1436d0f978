"""Options and arguments of commands as plain data: typer, which makes the help of them, loads slowly."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer


class Option:
    """What stands in the `Annotated` of a parameter that is an option; `min` is the least number it takes."""

    __slots__ = ("help", "metavar", "min", "names")

    def __init__(
        self,
        *names: str,
        help: str,  # noqa: A002 - typer's word
        metavar: str | None = None,
        min: int | None = None,  # noqa: A002 - typer's word
    ) -> None:
        self.names = names
        self.help = help
        self.metavar = metavar
        self.min = min


class Argument:
    """What stands in the `Annotated` of a parameter that is an argument."""

    __slots__ = ("help", "metavar")

    def __init__(self, *, metavar: str, help: str) -> None:  # noqa: A002 - typer's word
        self.metavar = metavar
        self.help = help


def parameters(function: Callable[..., object]) -> dict[str, tuple[object, Option | Argument | None]]:
    """Each parameter of a command: its type, and how it is declared (None: in typer's own words)."""
    found: dict[str, tuple[object, Option | Argument | None]] = {}
    for name, hint in get_type_hints(function, include_extras=True).items():
        if name == "return":
            continue
        kind, told = get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, None)
        found[name] = kind, told if isinstance(told, Option | Argument) else None
    return found


def in_typers_words(function: Callable[..., object]) -> Callable[..., object]:
    """The same command with the declarations that typer reads."""
    import typer

    hints = get_type_hints(function, include_extras=True)
    annotated: Any = Annotated  # checkers know it as a form of types alone
    for name, (kind, told) in parameters(function).items():
        if isinstance(told, Option):
            option = typer.Option(*told.names, help=told.help, metavar=told.metavar, min=told.min)
            hints[name] = annotated[kind, option]
        elif told is not None:
            hints[name] = annotated[kind, typer.Argument(help=told.help, metavar=told.metavar)]
    if not isinstance(function, FunctionType):
        raise TypeError(f"{function!r} is no plain function")
    same = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
    same.__kwdefaults__ = function.__kwdefaults__
    same.__doc__ = function.__doc__
    same.__annotations__ = hints
    return same


def sub_command(
    app: typer.Typer, name: str | None = None
) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Add a function to the commands of `app`; its options may be declared here or in typer's words.

    The command is called `name`, or as the function.
    """

    def add(function: Callable[..., object]) -> Callable[..., object]:
        app.command(name)(in_typers_words(function))
        return function

    return add
