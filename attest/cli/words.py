"""Plain command lines, read without typer, which takes longer to load than most commands to run.

Only what has one meaning is read here: whole names of options, each with its value. Everything else, all
mistakes and every kind of help among it, is left to typer, which reads the same declarations. What is read
here is what typer reads: a test compares them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.cli.declare import Argument, Option, parameters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

#: Digits of a number that is read here.
_DIGITS: Final = 9


class _NotPlainError(Exception):
    """The words, or the command, are none that can be read here."""


def read(command: Callable[..., object], words: Sequence[str]) -> dict[str, object] | None:
    """The parameters that the words after a command give it; None where typer has to read them."""
    try:
        return _read(parameters(command), _required(command), words)
    except _NotPlainError:
        return None


def _required(command: Callable[..., object]) -> set[str]:
    code = command.__code__
    positional = code.co_varnames[: code.co_argcount]
    keywords = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    optional = {
        *positional[len(positional) - len(command.__defaults__ or ()) :],
        *(command.__kwdefaults__ or ()),
    }
    return {*positional, *keywords} - optional


def _read(
    known: dict[str, tuple[object, Option | Argument | None]], required: set[str], words: Sequence[str]
) -> dict[str, object]:
    names: dict[str, str] = {}
    for parameter, (_, told) in known.items():
        if told is None:
            raise _NotPlainError
        if isinstance(told, Option):
            names |= dict.fromkeys(told.names, parameter)
    given: dict[str, object] = {}
    rest: list[str] = []
    left = iter(words)
    for word in left:
        if word == "-" or not word.startswith("-"):
            rest.append(word)
            continue
        name, equals, text = word.partition("=")
        if name not in names or (equals and not name.startswith("--")):
            raise _NotPlainError
        kind, told = known[names[name]]
        if kind is bool:
            if equals:
                raise _NotPlainError
            given[names[name]] = True
            continue
        _take(given, names[name], kind, told, text if equals else _value(left))
    _arguments(given, known, rest)
    if required - given.keys():
        raise _NotPlainError
    return given


def _value(left: Iterator[str]) -> str:
    value = next(left, "-")
    if value.startswith("-"):
        raise _NotPlainError
    return value


def _take(
    given: dict[str, object], parameter: str, kind: object, told: Option | Argument | None, text: str
) -> None:
    if kind in (str, str | None):
        given[parameter] = text
    elif kind in (list[str], list[str] | None):
        several = given.setdefault(parameter, [])
        if isinstance(several, list):
            several.append(text)
    elif kind is int and isinstance(told, Option) and text.isascii() and text.isdigit():
        number = int(text) if len(text) <= _DIGITS else -1
        if number < (told.min or 0):
            raise _NotPlainError
        given[parameter] = number
    else:
        raise _NotPlainError


def _arguments(
    given: dict[str, object], known: dict[str, tuple[object, Option | Argument | None]], rest: list[str]
) -> None:
    takers = [(name, kind) for name, (kind, told) in known.items() if isinstance(told, Argument)]
    several = [name for name, kind in takers if kind in (list[str], list[str] | None)]
    if several:
        if len(takers) > 1:
            raise _NotPlainError
        if rest:
            given[several[0]] = rest
        return
    if len(rest) > len(takers):
        raise _NotPlainError
    for (name, kind), text in zip(takers, rest, strict=False):
        _take(given, name, kind, None, text)
