from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from attest.cli import password
from attest.cli.main import run
from attest.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(password.VARIABLE, raising=False)


def test_makes_and_shows_a_pair(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["key", "generate", "--output-prefix", "release"]) == 0
    printed = capsys.readouterr().out
    assert "private key: release.key\n" in printed
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "release.key").stat().st_mode) == 0o600
    assert run(["key", "show", "release.pub"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("algorithm: ECDSA P-256 (public)\n")
    assert shown.endswith((tmp_path / "release.pub").read_text())
    fingerprint = next(line for line in shown.splitlines() if line.startswith("sha256:"))
    assert fingerprint.split()[1] in printed
    assert run(["key", "show", "release.key"]) == 0
    assert capsys.readouterr().out == shown.replace("(public)", "(private)")


def test_overwrites_only_by_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["key", "generate", "--private-key", "a.key", "--public-key", "a.pub"]
    assert run(words) == 0
    before = (tmp_path / "a.key").read_bytes()
    assert run(words) == 2
    assert "a.key: exists already" in capsys.readouterr().err
    assert (tmp_path / "a.key").read_bytes() == before
    assert run([*words, "--force"]) == 0
    assert (tmp_path / "a.key").read_bytes() != before


def test_encrypts_with_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(password.VARIABLE, "secret")
    assert run(["key", "generate", "--encrypt"]) == 0
    assert b"ENCRYPTED" in (tmp_path / "attest.key").read_bytes()
    assert run(["key", "show", "attest.key"]) == 0
    monkeypatch.setenv(password.VARIABLE, "")
    assert run(["key", "generate", "--encrypt", "--force"]) == 4


def test_what_is_no_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "junk").write_text("junk")
    assert run(["key", "show", "junk"]) == 2
    assert "junk: is no key: it has no PEM block" in capsys.readouterr().err
    assert run(["key", "show", "absent"]) == 2


class Terminal:
    def __init__(self, *, there: bool) -> None:
        self.there = there

    def isatty(self) -> bool:
        return self.there


def test_asks_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["one", "one", "two", "three", "four"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    monkeypatch.setattr("sys.stdin", Terminal(there=True))
    assert password.read_password(new=True) == b"one"
    with pytest.raises(UsageError, match="the two passwords differ"):
        password.read_password(new=True)
    assert password.read_password() == b"four"
    monkeypatch.setattr("sys.stdin", Terminal(there=False))
    with pytest.raises(UsageError, match="the private key needs a password"):
        password.read_password()
