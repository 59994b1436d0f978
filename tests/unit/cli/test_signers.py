"""Keys that lie elsewhere, from the command line: behind a command here, in a token in tests/integration."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attest.cli import password
from attest.cli.main import run
from attest.cli.signers import key_source
from attest.errors import UsageError
from attest.trust import keys
from tests.fakes import MemoryKey

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.pkcs11_uri import Pkcs11Uri

DOCS = Path(__file__).parents[3] / "docs" / "keys.md"
#: Signs with the key file of its first word, by attest's own code.
SIGN = """
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from attest.trust import keys
name, *words = sys.argv[1:]
key = keys.load_private(Path(name).read_bytes(), name, bytes)
given = sys.stdin.buffer.read()
match words:
    case ["public-key"]:
        sys.stdout.buffer.write(key.public.spki)
    case ["sign", "sha256"]:
        sys.stdout.buffer.write(key.sign_digest(given))
    case ["sign", "message"]:
        sys.stdout.buffer.write(key.sign_message(given))
    case _:
        sys.exit(f"not known: {words}")
"""


@pytest.fixture(autouse=True)
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with a file to sign, and a command that signs with a key file that is named after it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.delenv("PKCS11_MODULE_PATH", raising=False)
    (tmp_path / "artifact").write_text("what is signed")
    (tmp_path / "artifact.spdx.json").write_text("{}")
    (tmp_path / "sign.py").write_text(SIGN)
    return "exec:" + shlex.join([Path(sys.executable).as_posix(), "sign.py"])


def make(kind: str) -> None:
    assert run(["key", "generate", "--type", kind, "--output-prefix", kind]) == 0


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa-2048"])
def test_a_command_signs_files(kind: str, command: str) -> None:
    make(kind)
    assert run(["sign", "artifact", "--key", f"{command} {kind}.key"]) == 0
    words = ["verify", "artifact", "--bundle", "artifact.sigstore.json", "--key"]
    assert run([*words, f"{kind}.pub"]) == 0
    make("p256" if kind == "p384" else "p384")
    assert run([*words, "p256.pub" if kind == "p384" else "p384.pub"]) == 1


@pytest.mark.parametrize("kind", ["p256", "ed25519"])
def test_a_command_signs_statements(kind: str, command: str) -> None:
    make(kind)
    words = ["sign", "artifact", "--predicate", "artifact.spdx.json", "--type", "spdx"]
    assert run([*words, "--key", f"{command} {kind}.key"]) == 0
    assert (
        run(["verify", "artifact", "--bundle", "artifact.spdx.intoto.sigstore.json", "--key", f"{kind}.pub"])
        == 0
    )


def test_ed25519_signs_no_files(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make("ed25519")
    for key in ("ed25519.key", f"{command} ed25519.key"):
        assert run(["sign", "artifact", "--key", key]) == 4
        assert (
            "an Ed25519 key signs whole messages, and a file is signed by its digest"
            in capsys.readouterr().err
        )
    assert not (tmp_path / "artifact.sigstore.json").exists()


def test_a_key_behind_a_command_is_shown(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    make("p256")
    capsys.readouterr()
    assert run(["key", "show", "p256.key"]) == 0
    shown = capsys.readouterr().out
    assert run(["key", "show", f"{command} p256.key"]) == 0
    assert capsys.readouterr().out == shown


def test_a_command_that_fails_says_why(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sign", "artifact", "--key", f"{command} --absent 2"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("attest: error: the signing command exec:")
    assert "`public-key` failed with code 1: Traceback" in error


@pytest.mark.skipif(os.name == "nt", reason="the example is a shell script")
@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
@pytest.mark.parametrize("kind", ["p256", "rsa-2048"])
def test_the_script_of_the_documentation(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scripts = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    (script,) = [each for each in scripts if "openssl" in each]
    (tmp_path / "openssl-sign.sh").write_text(script)
    (tmp_path / "openssl-sign.sh").chmod(0o755)
    make(kind)
    key = f"exec:./openssl-sign.sh {kind}.key"
    assert run(["sign", "artifact", "--key", key]) == 0
    assert run(["verify", "artifact", "--bundle", "artifact.sigstore.json", "--key", f"{kind}.pub"]) == 0
    assert run(["sign", "artifact", "--key", "exec:./openssl-sign.sh absent.key"]) == 2
    assert "`public-key` failed with code 1: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("pkcs11:object=k", "no PKCS#11 module is named"),
        ("pkcs11:object=k?module-path=hsm.so", "the PKCS#11 module is not named by its whole path"),
        ("pkcs11:token=k", "does not say which key"),
        ("exec:", "the signing command is empty"),
    ],
)
def test_what_names_no_key(key: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        key_source(key)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("query", "pin"), [("pin-value=12%334", b"1234"), ("pin-source=pin", b"5678"), ("", b"9012")]
)
def test_the_pin_of_a_token(query: str, pin: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pin").write_bytes(b"5678\r\n")
    monkeypatch.setenv(password.VARIABLE, "9012")
    monkeypatch.setenv("PKCS11_MODULE_PATH", str(tmp_path / "hsm.so"))
    asked: list[object] = []

    def token(uri: Pkcs11Uri, module: str, pin: Callable[[], bytes]) -> MemoryKey:
        asked.extend((uri.object, module, pin()))
        return MemoryKey(keys.generate())

    monkeypatch.setattr("attest.edge.pkcs11_token.TokenKey.open", token)
    assert key_source(f"pkcs11:object=k?{query}") is not None
    assert asked == ["k", str(tmp_path / "hsm.so"), pin]


def test_a_file_is_a_file() -> None:
    assert key_source("./exec:sign") is None
