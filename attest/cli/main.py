"""Every run of the command line: errors told in one line, exit codes."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Final

from attest.cli.commands import COMMANDS
from attest.errors import AttestError, PolicyError
from attest.model.exit_code import ExitCode
from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

_EXIT_BROKEN_PIPE: Final = 141  # 128 + SIGPIPE, as a shell reports it
_EXIT_INTERRUPT: Final = 130  # 128 + SIGINT
#: Is set where a shell asks how a word goes on.
_COMPLETION: Final = "_ATTEST_COMPLETE"


def run(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code; nothing is raised, and only `--debug` shows a traceback."""
    debug = "--debug" in arguments
    try:
        result = _run(arguments)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt, SystemExit) as error:  # noqa: BLE001 - the last line before the user
        if debug and not isinstance(error, SystemExit):
            import traceback

            traceback.print_exc()
        return _exit_code(error)
    return result if isinstance(result, int) else int(ExitCode.PASS)


def _run(arguments: Sequence[str]) -> object:
    """Run a command whose words are plain at once, and everything else by way of typer."""
    if arguments and arguments[0] in COMMANDS and _COMPLETION not in os.environ:
        command = getattr(importlib.import_module(COMMANDS[arguments[0]].module), "command", None)
        if command is not None:
            from attest.cli.words import read

            given = read(command, arguments[1:])
            if given is not None:
                return command(**given)
    from attest.cli.group import run_words

    return run_words(arguments)


def _exit_code(error: BaseException) -> int:
    """Tell the user about `error` in one line and a hint, and give the documented exit code."""
    match error:
        case AttestError():
            _tell(error)
            return int(error.exit_code)
        case KeyboardInterrupt():
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
    mistakes = error.mistakes if isinstance(error, PolicyError) else ()
    for each in mistakes if len(mistakes) == 1 else (error, *mistakes):
        sys.stderr.write(f"attest: error: {escape(str(each))}\n")
        if each.hint:
            sys.stderr.write(f"  hint: {escape(each.hint)}\n")
