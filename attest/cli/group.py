"""The command line as typer reads it: commands loaded when they run, help, mistakes in the words."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Annotated

import click
import typer
from typer.core import TyperGroup

from attest import __version__
from attest.cli.commands import COMMANDS
from attest.cli.declare import in_typers_words
from attest.errors import UsageError
from attest.model.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class LazyGroup(TyperGroup):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of the table, in its order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and build one command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if ctx.resilient_parsing and not ctx.args:
            return click.Command(cmd_name, help=entry.sentence)  # completion asks for names alone
        module = importlib.import_module(entry.module)
        app: typer.Typer = getattr(module, "app", None) or single(module.command)
        command = typer.main.get_command(app)
        command.name = cmd_name
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the nearest one."""
        if args and args[0] not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"no such command {args[0]!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List the commands from the table, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.sentence) for name, entry in COMMANDS.items()])


def single(function: Callable[..., object]) -> typer.Typer:
    """A command of the table that has no sub-commands, for typer."""
    app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    app.command(no_args_is_help=False)(in_typers_words(function))
    return app


app = typer.Typer(
    name="attest",
    cls=LazyGroup,
    help="Supply-chain attestation for Go releases: one pipeline, every platform, one verdict.",
    epilog="Exit codes: 0 pass, 1 denied, 2 undecided, 3 nothing to verify, 4 usage or invalid policy.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"attest {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Options of the whole command line; they stand before the command."""
    del version, debug


def run_words(arguments: Sequence[str]) -> object:
    """Run what the words say, and give what the command returns, or the exit code.

    Raises `UsageError` for words that mean nothing, and what the command raises.
    """
    command = typer.main.get_command(app)
    try:
        return command.main(list(arguments), prog_name="attest", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        sys.stderr.write(error.format_message() + "\n")
        return int(ExitCode.USAGE)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        hint = f"`{context.command_path} --help` lists what it takes" if context is not None else None
        raise UsageError(error.format_message(), hint=hint) from error
    except click.exceptions.Abort as error:
        raise KeyboardInterrupt from error
