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
    for name in (password.VARIABLE, password.NEW_VARIABLE, password.FILE_VARIABLE, password.COSIGN_VARIABLE):
        monkeypatch.delenv(name, raising=False)


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


def test_makes_every_type_and_says_what_not_everybody_takes(capsys: pytest.CaptureFixture[str]) -> None:
    for kind, algorithm, note in (
        ("p384", "ECDSA P-384", "attest: note: it signs the SHA-256 of files"),
        ("rsa-2048", "RSA 2048", ""),
        ("ed25519", "Ed25519", "attest: note: it signs statements and no files"),
    ):
        assert run(["key", "generate", "--type", kind, "--output-prefix", kind]) == 0
        assert capsys.readouterr().err.startswith(note)
        assert run(["key", "show", f"{kind}.key"]) == 0
        shown = capsys.readouterr()
        assert shown.out.startswith(f"algorithm: {algorithm} (private)\n")
        assert bool(shown.err) == bool(note)
    assert run(["key", "generate", "--type", "dsa", "--force"]) == 4
    assert "no kind of key is called 'dsa'" in capsys.readouterr().err


def test_imports_from_one_format_into_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["key", "generate", "--output-prefix", "plain"]) == 0
    monkeypatch.setenv(password.NEW_VARIABLE, "second")
    words = ["key", "import", "--output-prefix"]
    assert run([*words, "sealed", "plain.key", "--format", "cosign"]) == 0
    assert b"ENCRYPTED SIGSTORE PRIVATE KEY" in (tmp_path / "sealed.key").read_bytes()
    monkeypatch.setenv(password.COSIGN_VARIABLE, "second")
    monkeypatch.setenv(password.NEW_VARIABLE, "third")
    assert run([*words, "again", "sealed.key", "--encrypt"]) == 0
    assert b"ENCRYPTED PRIVATE KEY" in (tmp_path / "again.key").read_bytes()
    (tmp_path / "password").write_bytes(b"third\r\n")
    monkeypatch.setenv(password.FILE_VARIABLE, "password")
    assert run([*words, "back", "again.key"]) == 0
    assert (tmp_path / "back.key").read_bytes() == (tmp_path / "plain.key").read_bytes()
    assert (tmp_path / "back.pub").read_bytes() == (tmp_path / "plain.pub").read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE((tmp_path / "back.key").stat().st_mode) == 0o600
    monkeypatch.setenv(password.VARIABLE, "wrong")
    capsys.readouterr()
    assert run([*words, "none", "again.key"]) == 2
    assert "again.key: cannot be decrypted: the password is wrong" in capsys.readouterr().err
    assert run([*words, "back", "again.key"]) == 2
    assert "back.key: exists already" in capsys.readouterr().err
    assert run([*words, "none", "plain.key", "--format", "jks"]) == 4
    assert not list(tmp_path.glob("none*"))


def test_a_password_file_that_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(password.FILE_VARIABLE, "absent")
    assert run(["key", "generate", "--encrypt"]) == 2
    (tmp_path / "huge").write_bytes(bytes(5000))
    monkeypatch.setenv(password.FILE_VARIABLE, "huge")
    assert run(["key", "generate", "--encrypt"]) == 2
    assert not list(tmp_path.glob("attest*"))


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
    monkeypatch.setattr("sys.stdin", Terminal(there=True))

    def closed(_: str) -> str:
        raise EOFError

    monkeypatch.setattr("getpass.getpass", closed)
    with pytest.raises(UsageError, match="the password of the private key was not given"):
        password.read_password()
    monkeypatch.setattr("sys.stdin", Terminal(there=False))
    with pytest.raises(UsageError, match="the password of the private key is wanted"):
        password.read_password()
