from __future__ import annotations

import io
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import click
import pytest

from attest import __version__
from attest.__main__ import main
from attest.cli import main as cli
from attest.cli.commands import COMMANDS
from attest.cli.inputs import judging_time
from attest.cli.options import document_time, wants_color
from attest.cli.output import Output, emit, parse_outputs
from attest.edge.clock import system_now
from attest.errors import FormatError, NothingToVerifyError, OutputError, PolicyError, UsageError
from attest.model.place import Place

if TYPE_CHECKING:
    from pathlib import Path


def failing(error: BaseException) -> type[click.Command]:
    class Failing(click.Command):
        def main(self, *_: object, **__: object) -> object:  # type: ignore[override]  # the twin of click's
            raise error

    return Failing


def run_failing(monkeypatch: pytest.MonkeyPatch, error: BaseException, *arguments: str) -> int:
    monkeypatch.setattr("typer.main.get_command", lambda _: failing(error)("attest"))
    return cli.run(arguments)


def test_help_lists_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    printed = capsys.readouterr().out
    for name in COMMANDS:
        assert f"\n  {name} " in printed
    assert "0 pass, 1 denied, 2 undecided, 3 nothing to verify, 4 usage or" in printed
    assert max(len(line) for line in printed.splitlines()) <= 80


def test_the_version_is_told_with_and_without_the_short_way(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["attest", "--version"])
    assert main() == 0
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out == f"attest {__version__}\n" * 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["verfy"], "attest: error: no such command 'verfy'; did you mean 'verify'?\n"),
        (["zzzz"], "attest: error: no such command 'zzzz'\n"),
        (
            ["--nope"],
            "attest: error: No such option '--nope'.\n  hint: `attest --help` lists what it takes\n",
        ),
        ([], "Usage: attest [OPTIONS] COMMAND [ARGS]..."),
    ],
)
def test_wrong_words_are_exit_4_with_a_hint(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 4
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (
            FormatError("malformed line", place=Place(file="go.sum", line=3), hint="run `go mod tidy`"),
            2,
            "attest: error: go.sum:3: malformed line\n  hint: run `go mod tidy`\n",
        ),
        (FormatError("bad magic", place=Place(file="a", offset=16)), 2, "attest: error: a@0x10: bad magic\n"),
        (NothingToVerifyError("no artifact"), 3, "attest: error: no artifact\n"),
        (UsageError("no"), 4, "attest: error: no\n"),
        (
            PolicyError("2 mistakes", mistakes=(UsageError("one"), UsageError("two", hint="mend"))),
            4,
            "attest: error: 2 mistakes\nattest: error: one\nattest: error: two\n  hint: mend\n",
        ),
        (
            PolicyError("one", mistakes=(UsageError("one", hint="mend"),)),
            4,
            "attest: error: one\n  hint: mend\n",
        ),
        (KeyboardInterrupt(), 130, ""),
        (click.exceptions.Abort(), 130, ""),
        (click.ClickException("plain"), 4, "attest: error: plain\n"),
        (
            ValueError("a\nb"),
            2,
            (
                "attest: internal error: ValueError: a\\x0ab\n"
                "  hint: run again with `attest --debug …` and report what it prints\n"
            ),
        ),
    ],
)
def test_each_error_is_one_line_a_hint_and_its_exit_code(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_failing(monkeypatch, error) == code
    assert capsys.readouterr().err == said


def test_only_debug_shows_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_failing(monkeypatch, UsageError("no"), "--debug") == 4
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def attest(*arguments: str, stdout: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "attest", *arguments]
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes of POSIX systems")
def test_a_reader_that_goes_away_ends_the_command_quietly() -> None:
    read, write = os.pipe()
    os.close(read)
    process = attest("--help", stdout=write)
    os.close(write)
    _, complaint = process.communicate()
    assert (process.returncode, complaint) == (141, b"")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], (Output(format="text", version="", file=""),)),
        (
            ["json=a.json", "text"],
            (Output(format="json", version="", file="a.json"), Output(format="text", version="", file="")),
        ),
        (["spdx-json@2.3=x=y"], (Output(format="spdx-json", version="2.3", file="x=y"),)),
        (["spdx-json=x"], (Output(format="spdx-json", version="", file="x"),)),
    ],
)
def test_outputs_are_read(values: list[str], expected: tuple[Output, ...]) -> None:
    assert parse_outputs(values, ["text", "json", "spdx-json@2.3"], "text") == expected


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["jsn"], "-o: unknown format 'jsn'"),
        (["spdx-json@9"], "-o: spdx-json has no version '9' here"),
        (["json="], "-o: no file after 'json='"),
        (["json", "text"], "-o: two outputs for standard output"),
        (["json=a", "text=a"], "-o: two outputs for the file a"),
    ],
)
def test_outputs_that_cannot_be_meant_are_refused(values: list[str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_outputs(values, ["text", "json", "spdx-json", "spdx-json@2.3"], "text")
    assert caught.value.message == said
    assert caught.value.hint


def test_results_go_to_files_and_to_standard_output(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    emit([("", b"printed\n"), (str(tmp_path / "a"), b"data")], extra={str(tmp_path / "b"): b"more"})
    assert (tmp_path / "a").read_bytes() == b"data"
    assert (tmp_path / "b").read_bytes() == b"more"
    assert capfdbinary.readouterr().out == b"printed\n"


def test_nothing_is_printed_when_a_file_cannot_be_written(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    with pytest.raises(OutputError):
        emit([("", b"printed\n"), (str(tmp_path / "no" / "a"), b"data")])
    assert capfdbinary.readouterr().out == b""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="the device that is always full is of Linux")  # noqa: PTH110 - evaluated at import
def test_standard_output_on_a_full_disk_is_one_clear_line() -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        process = attest("schema", "report", stdout=full.fileno())
        _, complaint = process.communicate()
    assert process.returncode == 2
    assert complaint.startswith(b"attest: error: cannot write to standard output: no space left on device\n")


def test_documents_are_dated_by_source_date_epoch() -> None:
    now = system_now()
    assert document_time({}, now) is now
    assert document_time({"SOURCE_DATE_EPOCH": "0"}, now).isoformat() == "1970-01-01T00:00:00+00:00"
    for bad in ("soon", "1e9", str(10**30)):
        with pytest.raises(UsageError, match="SOURCE_DATE_EPOCH is no time"):
            document_time({"SOURCE_DATE_EPOCH": bad}, now)


def test_now_is_a_time_in_utc() -> None:
    now = system_now()
    assert judging_time(None, now) is now
    assert judging_time("2026-11-22T12:00:00+02:00", now).isoformat() == "2026-11-22T10:00:00+00:00"
    for bad in ("soon", "2026-11-22T12:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
        with pytest.raises(UsageError, match=r"--now: .* is no time"):
            judging_time(bad, now)


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "colored"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {}, True, False),
    ],
)
def test_colour_is_for_terminals_and_those_who_ask(
    choice: str, environment: dict[str, str], *, terminal: bool, colored: bool
) -> None:
    assert wants_color(choice, environment, terminal=terminal) is colored
    with pytest.raises(UsageError):
        wants_color("sometimes", environment, terminal=terminal)


def test_a_stream_without_a_file_is_still_flushed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert cli.run(["--help"]) == 0
