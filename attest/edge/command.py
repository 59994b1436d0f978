"""Other programs, run with bounds on their output and their time."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ERROR_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """What a program printed, and how it ended: `code` is None where it was ended.

    `output` has one byte more than was allowed where there was too much of it; `errors` is the beginning of
    what it said on standard error; `late` tells that its time was over.
    """

    output: bytes
    errors: bytes
    code: int | None
    late: bool


def find(names: Sequence[str], environment: Mapping[str, str]) -> Path | None:
    """The first program of one of these names on PATH; None where there is none.

    Relative entries of PATH do not count, nor does the current folder, as it would on Windows.
    """
    for entry in environment.get("PATH", "").split(os.pathsep):
        if os.path.isabs(entry):  # noqa: PTH117 - an entry is text until it is known to be absolute
            for name in names:
                file = Path(entry) / name
                if file.is_file() and os.access(file, os.X_OK):
                    return file
    return None


def run(
    command: Sequence[str], environment: Mapping[str, str], *, most: int, seconds: float, given: bytes = b""
) -> Ran:
    """Run a command that gets `given` on standard input and may print `most` bytes within `seconds`.

    It gets a session of its own, so that it is ended with all that it started, and has no terminal to ask
    on. Raises `OSError` where it cannot be run.
    """
    with tempfile.TemporaryFile() as source:  # not a pipe: nothing waits where the program does not read
        source.write(given)
        source.seek(0)
        process = subprocess.Popen(  # noqa: S603 - no shell; what is run is its caller's choice
            command,
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            start_new_session=True,
        )
    told: list[bytes] = []
    with process:
        timer = threading.Timer(seconds, _end, (process,))
        errors = threading.Thread(target=_drain, args=(process, told))
        timer.start()
        errors.start()
        code: int | None = None
        try:
            output = process.stdout.read(most + 1) if process.stdout else b""
            code = process.wait() if len(output) <= most else None
        finally:
            late = not timer.is_alive()
            timer.cancel()
            if code is None:
                _end(process)
            errors.join()
    return Ran(output=output, errors=b"".join(told), code=code, late=late)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command with all that it started, which would keep its output open."""
    with contextlib.suppress(OSError):  # it has ended by itself
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)


def _drain(process: subprocess.Popen[bytes], told: list[bytes]) -> None:
    """Keep the beginning of what a command says is wrong, and let it say the rest."""
    while process.stderr and (part := process.stderr.read(_ERROR_BYTES)):
        if sum(map(len, told)) < _ERROR_BYTES:
            told.append(part)


def printable(text: str, most: int = 200) -> str:
    """Words of another program for a message: short, and without what would steer a terminal."""
    return "".join(each if each.isprintable() else "?" for each in text)[:most]
