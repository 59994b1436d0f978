"""Command lines that are read without typer give a command what typer would."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Annotated

import click
import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.cli import group
from attest.cli.commands import COMMANDS
from attest.cli.declare import Argument, Option, in_typers_words, parameters
from attest.cli.main import run
from attest.cli.words import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAIN = ["check", "inspect", "sbom", "diff", "schema", "verify"]


def command_of(name: str) -> Callable[..., object]:
    command: Callable[..., object] = importlib.import_module(COMMANDS[name].module).command
    return command


def by_typer(command: Callable[..., object], words: list[str]) -> dict[str, object] | None:
    """What typer gives the command, None where it refuses the words."""
    built = typer.main.get_command(group.single(command))
    try:
        with built.make_context("attest", list(words)) as context:
            return dict(context.params)
    except (click.ClickException, click.exceptions.Exit):
        return None


def defaults(command: Callable[..., object]) -> dict[str, object]:
    code = command.__code__
    positional = code.co_varnames[: code.co_argcount]
    told = command.__defaults__ or ()
    first = dict(zip(positional[len(positional) - len(told) :], told, strict=True))
    return first | (command.__kwdefaults__ or {})


def words_of(command: Callable[..., object]) -> st.SearchStrategy[list[str]]:
    """Words near to those that the command takes."""
    names = [
        name for _, told in parameters(command).values() if isinstance(told, Option) for name in told.names
    ]
    names = names or ["--verbose"]
    values = st.sampled_from(["a", "b=c", "", "-", "--", "7", "-1", "007", "x.json", "json", "ü", "1_0", "²"])
    options = st.sampled_from(names)
    joined = st.builds("{}={}".format, options, values)
    wrong = st.sampled_from(["--nope", "-x", "-oa", "--verb", "--help", "--color", "--jobs=x"])
    return st.lists(st.one_of(values, options, joined, wrong), max_size=7)


def normal(value: object) -> object:
    """click gives several values as a tuple, and an empty one where a command's default is None."""
    if isinstance(value, tuple | list):
        return list(value) or None
    return value


@pytest.mark.parametrize("name", PLAIN)
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_what_is_read_is_what_typer_reads(name: str, data: st.DataObject) -> None:
    command = command_of(name)
    words = data.draw(words_of(command))
    found = read(command, words)
    if found is not None:
        expected = by_typer(command, words)
        assert expected is not None, "typer refuses these words"
        expected.pop("help", None)
        complete = defaults(command) | found
        assert {key: normal(value) for key, value in complete.items()} == {
            key: normal(value) for key, value in expected.items()
        }


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], {}),
        (["a", "b"], {"files": ["a", "b"]}),
        (["-"], {"files": ["-"]}),
        (["--headers", "-o", "json", "a", "--output=text=x"], {
            "headers": True, "output": ["json", "text=x"], "files": ["a"],
        }),
        (["--jobs", "4", "--jobs=2"], {"jobs": 2}),
        (["--at="], {"at": ""}),
    ],
)  # fmt: skip
def test_plain_words_are_read(words: list[str], expected: dict[str, object]) -> None:
    assert read(command_of("inspect"), words) == expected


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--header"],
        ["-ojson"],
        ["-o=json"],
        ["-o"],
        ["-o", "--headers"],
        ["--headers=1"],
        ["--jobs", "x"],
        ["--jobs", "-1"],
        ["--jobs", "9999999999"],
        ["--", "a"],
    ],
)
def test_everything_else_is_left_to_typer(words: list[str]) -> None:
    assert read(command_of("inspect"), words) is None


@pytest.mark.parametrize(
    ("name", "words"), [("diff", ["a"]), ("diff", ["a", "b", "c"]), ("sbom", []), ("schema", [])]
)
def test_too_few_and_too_many_arguments_are_left_to_typer(name: str, words: list[str]) -> None:
    assert read(command_of(name), words) is None


def odd(
    first: Annotated[list[str], Argument(metavar="A", help="some")],
    second: Annotated[str, Argument(metavar="B", help="one")],
) -> None:
    """Takes several arguments, and one more."""


def strange(*, number: Annotated[float, Option("--number", help="a kind that is not read here")] = 0) -> None:
    """Takes a kind of value that is not read here."""


def least(*, number: Annotated[int, Option("--number", min=3, help="at least 3")] = 3) -> None:
    """Takes a number that is not too small."""


def theirs(
    *, number: Annotated[int, typer.Option("--number")] = 0, rest: Annotated[str, typer.Option()] = ""
) -> None:
    """Is declared in typer's own words."""


@pytest.mark.parametrize(
    ("command", "words"),
    [(odd, ["a", "b"]), (strange, ["--number", "1"]), (least, ["--number", "2"]), (theirs, [])],
)
def test_commands_that_are_not_plain_are_left_to_typer(
    command: Callable[..., object], words: list[str]
) -> None:
    assert read(command, words) is None


def test_only_a_function_is_declared_anew() -> None:
    with pytest.raises(TypeError, match="no plain function"):
        in_typers_words(type("Callable", (), {"__call__": lambda _: None, "__annotations__": {}})())


@pytest.mark.parametrize("debug", [[], ["--debug"]])
def test_a_verdict_is_no_error_with_and_without_typer(
    debug: list[str], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"\x7fELF one")
    other.write_bytes(b"\x7fELF other")
    assert run([*debug, "diff", str(one), str(other)]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_no_declaration_reaches_typer_that_it_does_not_know() -> None:
    for entry in COMMANDS.values():
        app = getattr(importlib.import_module(entry.module), "app", None)
        for registered in app.registered_commands if app else ():
            assert registered.callback is not None
            told = {name for name, (_, each) in parameters(registered.callback).items() if each is not None}
            assert told == set(), f"{entry.module}: add {registered.callback.__name__} with sub_command"
