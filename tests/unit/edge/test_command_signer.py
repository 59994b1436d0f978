"""The signing command as docs/keys.md describes it; each is this interpreter with a file of Python."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from attest.edge.command_signer import CommandSigner
from attest.errors import ServiceError, UsageError
from attest.model.limits import Limits


def signer(folder: Path, code: str, limits: Limits | None = None) -> CommandSigner:
    file = folder / "sign.py"
    file.write_text(f"import sys, time\n{code}\n")
    program = Path(sys.executable).as_posix()
    made = CommandSigner.of(shlex.join([program, file.as_posix()]), os.environ)
    return replace(made, limits=limits) if limits else made


def test_what_the_command_is_asked(tmp_path: Path) -> None:
    found = signer(tmp_path, "sys.stdout.write(repr((sys.argv[1:], sys.stdin.buffer.read())))")
    assert found.public_key() == b"(['public-key'], b'')"
    assert found.sign("sha256", b"\0\n\xff") == rb"(['sign', 'sha256'], b'\x00\n\xff')"
    assert found.where == f"exec:{Path(sys.executable).name}"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("sys.exit('no such key\\nand more')", "`sign sha256` failed with code 1: no such key"),
        ("sys.exit(3)", "`sign sha256` failed with code 3"),
        ("print('x' * 100)", "`sign sha256` printed more than 50 bytes"),
        ("time.sleep(60)", "`sign sha256` took more than 1 seconds"),
        ("", "`sign sha256` printed nothing"),
    ],
)
def test_a_command_that_fails(tmp_path: Path, code: str, message: str) -> None:
    limits = Limits(signer_output_bytes=50, signer_seconds=1 if "sleep" in code else 60)
    found = signer(tmp_path, code, limits)
    with pytest.raises(ServiceError) as caught:
        found.sign("sha256", b"digest")
    assert caught.value.message == f"the signing command {found.where}: {message}"
    assert "docs/keys.md" in (caught.value.hint or "")


def test_a_program_that_cannot_be_run(tmp_path: Path) -> None:
    with pytest.raises(ServiceError, match="exec:absent: it cannot be run: no such file"):
        CommandSigner.of((tmp_path / "absent").as_posix(), os.environ).public_key()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the signing command is empty"),
        ("  ", "the signing command is empty"),
        ("'sign", "cannot be split into words: no closing quotation"),
        ("no-such-program --key 1", "'no-such-program' is not on PATH"),
    ],
)
def test_what_is_no_command(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        CommandSigner.of(text, os.environ)
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.skipif(os.name == "nt", reason="the words of other systems")
def test_words_are_split_as_a_shell_does_and_found_on_path(tmp_path: Path) -> None:
    (tmp_path / "kms").write_text("")
    (tmp_path / "kms").chmod(0o755)
    found = CommandSigner.of("kms --key 'a b' c\\ d", {"PATH": str(tmp_path)})
    assert found.words == (str(tmp_path / "kms"), "--key", "a b", "c d")
    assert CommandSigner.of("./kms x", {}).words == ("./kms", "x")


def test_the_words_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("attest.edge.command_signer.WINDOWS", True)
    words = CommandSigner.of(r'/tools/sign.exe "a b" C:\keys\1', {}).words
    assert words == ("/tools/sign.exe", "a b", r"C:\keys\1")
