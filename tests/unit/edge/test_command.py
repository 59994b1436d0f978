"""Programs, run with bounds: each is this interpreter with a line of Python."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

from attest.edge import command
from attest.edge.command import Ran

if TYPE_CHECKING:
    from pathlib import Path


def run(code: str, *, most: int = 1000, seconds: float = 60, given: bytes = b"") -> Ran:
    return command.run([sys.executable, "-c", code], os.environ, most=most, seconds=seconds, given=given)


def test_what_is_given_comes_back() -> None:
    code = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read()); sys.exit('no')"
    assert run(code, given=b"\0\r\n\xff") == Ran(
        output=b"\0\r\n\xff", errors=b"no" + os.linesep.encode(), code=1, late=False
    )


def test_nothing_waits_for_a_program_that_does_not_read() -> None:
    assert run("print(1)", given=bytes(1 << 20)).output.split() == [b"1"]


def test_a_program_that_prints_too_much_is_ended() -> None:
    ran = run("while True: print('x' * 1000)")
    assert (len(ran.output), ran.code, ran.late) == (1001, None, False)


def test_a_program_that_says_too_much_is_let_to_say_it() -> None:
    ran = run("import sys; sys.stderr.write('x' * 1000000)")
    assert ran.code == 0
    assert ran.errors.startswith(b"xxx")
    assert len(ran.errors) < 20_000


def test_a_program_that_takes_too_long_is_ended_with_what_it_started() -> None:
    code = (
        "import subprocess, sys, time; p = [sys.executable, '-c', 'import time; time.sleep(60)'];"
        "subprocess.Popen(p); time.sleep(60)"
    )
    start = time.monotonic()
    assert run(code, seconds=1).late
    assert time.monotonic() - start < 30


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(OSError, match="no-such-program"):
        command.run(["/no-such-program"], {}, most=1, seconds=1)


@pytest.mark.skipif(os.name == "nt", reason="there no mode says that a file is a program")
def test_a_program_is_found_by_whole_paths_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder, mode in (("one", 0o644), ("two", 0o755), ("three", 0o755)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tool").write_text("")
        (tmp_path / folder / "tool").chmod(mode)
    path = os.pathsep.join(
        ["", "three", str(tmp_path / "one"), str(tmp_path / "two"), str(tmp_path / "three")]
    )
    assert command.find(["other", "tool"], {"PATH": path}) == tmp_path / "two" / "tool"
    assert command.find(["other"], {"PATH": path}) is None
    assert command.find(["tool"], {}) is None


def test_words_that_would_steer_a_terminal() -> None:
    assert command.printable("a\x1b[2Jb" + "c" * 300) == "a?[2Jb" + "c" * 194
