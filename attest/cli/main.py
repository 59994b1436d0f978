"""The command line as a whole: commands loaded when they run, errors told in one line, exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Annotated, Final

import click
import typer
from typer.core import TyperGroup

from attest import __version__
from attest.cli.commands import COMMANDS
from attest.errors import AttestError, PolicyError
from attest.model.exit_code import ExitCode
from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXIT_BROKEN_PIPE: Final = 141  # 128 + SIGPIPE, as a shell reports it
_EXIT_INTERRUPT: Final = 130  # 128 + SIGINT


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
        app: typer.Typer = getattr(module, "app", None) or _single(module.command)
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


def _single(function: object) -> typer.Typer:
    app = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
    app.command(no_args_is_help=False)(function)  # type: ignore[type-var]  # a command function, by convention
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


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; nothing is raised, and only `--debug` shows a traceback."""
    debug = "--debug" in arguments
    try:
        command = typer.main.get_command(app)
        result = command.main(list(arguments), prog_name="attest", standalone_mode=False)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - the last line before the user
        if debug:
            import traceback

            traceback.print_exc()
        return _exit_code(error)
    return result if isinstance(result, int) else int(ExitCode.PASS)


def _exit_code(error: BaseException) -> int:
    """Tell the user about `error` in one line and a hint, and give the documented exit code."""
    match error:
        case AttestError():
            _tell(error)
            return int(error.exit_code)
        case click.ClickException():
            _tell_usage(error)
            return int(ExitCode.USAGE)
        case click.exceptions.Abort() | KeyboardInterrupt():
            return _EXIT_INTERRUPT
        case SystemExit(code=code) if not isinstance(error.__context__, BrokenPipeError):
            return code if isinstance(code, int) else int(ExitCode.PASS)  # completion ends this way
        case BrokenPipeError() | SystemExit():
            # What reads us has gone: nobody to tell. Python would complain once more when it closes stdout.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return _EXIT_BROKEN_PIPE
        case _:
            sys.stderr.write(
                f"attest: internal error: {type(error).__name__}: {escape(str(error))}\n"
                "  hint: run again with `attest --debug …` and report what it prints\n"
            )
            return int(ExitCode.UNDECIDED)


def _tell(error: AttestError) -> None:
    for each in (error, *(error.mistakes if isinstance(error, PolicyError) else ())):
        sys.stderr.write(f"attest: error: {escape(str(each))}\n")
        if each.hint:
            sys.stderr.write(f"  hint: {escape(each.hint)}\n")


def _tell_usage(error: click.ClickException) -> None:
    context = getattr(error, "ctx", None)
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        sys.stderr.write(error.format_message() + "\n")
        return
    sys.stderr.write(f"attest: error: {escape(error.format_message())}\n")
    if context is not None:
        sys.stderr.write(f"  hint: `{context.command_path} --help` lists what it takes\n")
