"""Keys in a token of SoftHSM: made by python-pkcs11, used by attest, verified by attest."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attest.cli import password
from attest.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.integration

#: Where Debian, Fedora, Alpine and Homebrew put it.
MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
PIN = "1234"
KINDS = ("p256", "p384", "rsa", "ed25519")
MAKE = """
import sys
import pkcs11
from pkcs11 import Attribute, KeyType
module, pin = sys.argv[1:]
library = pkcs11.lib(module)
with library.get_token(token_label="release").open(user_pin=pin, rw=True) as session:
    for number, (name, curve) in enumerate((("p256", "secp256r1"), ("p384", "secp384r1"))):
        parameters = {Attribute.EC_PARAMS: pkcs11.util.ec.encode_named_curve_parameters(curve)}
        domain = session.create_domain_parameters(KeyType.EC, parameters, local=True)
        domain.generate_keypair(store=True, label=name, id=bytes([number]))
    session.generate_keypair(KeyType.RSA, 2048, store=True, label="rsa", id=b"r")
    parameters = {Attribute.EC_PARAMS: pkcs11.util.ec.encode_named_curve_parameters("1.3.101.112")}
    domain = session.create_domain_parameters(KeyType.EC_EDWARDS, parameters, local=True)
    mechanism = pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN
    domain.generate_keypair(mechanism=mechanism, store=True, label="ed25519", id=b"e")
"""


def unpacked(folder: Path) -> tuple[str, str]:
    """The module and the tool of Debian's packages, fetched and unpacked without being installed."""
    if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
        return "", ""
    packages = ["softhsm2", "libsofthsm2"]
    try:
        subprocess.run(
            ["apt-get", "download", *packages], cwd=folder, check=True, capture_output=True, timeout=120
        )
        for file in folder.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", file, folder], check=True, capture_output=True)
    except (subprocess.SubprocessError, OSError):
        return "", ""
    found = next((str(each) for each in folder.rglob("libsofthsm2.so") if each.is_file()), "")
    return found, str(folder / "usr" / "bin" / "softhsm2-util")


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The module of SoftHSM, with a token that has a key of each kind."""
    pytest.importorskip("pkcs11", reason="no python-pkcs11: it comes with the extra pkcs11")
    folder = tmp_path_factory.mktemp("softhsm")
    found, tool = next((each for each in MODULES if Path(each).is_file()), ""), shutil.which("softhsm2-util")
    if not found or tool is None:
        found, tool = unpacked(folder)
    if not found:
        pytest.skip("no SoftHSM: it comes with the Debian package softhsm2")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        label = ["--init-token", "--free", "--label", "release", "--pin", PIN, "--so-pin", "5678"]
        subprocess.run([tool, "--module", found, *label], check=True, capture_output=True)
        subprocess.run([sys.executable, "-c", MAKE, found, PIN], check=True, capture_output=True)
        yield found


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(password.VARIABLE, PIN)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    monkeypatch.delenv("PKCS11_MODULE_PATH", raising=False)
    (tmp_path / "artifact").write_text("what is signed")
    (tmp_path / "artifact.spdx.json").write_text("{}")
    return tmp_path


def attest(*words: str) -> subprocess.CompletedProcess[str]:
    """One run in a process of its own: whoever is logged in stays so for the whole process."""
    return subprocess.run(
        [sys.executable, "-m", "attest", *words], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_in_a_token_signs(kind: str, module: str) -> None:
    uri = f"pkcs11:token=release;object={kind}?module-path={module}"
    shown = attest("key", "show", uri).stdout
    Path("token.pub").write_text("-----BEGIN" + shown.partition("-----BEGIN")[2])
    files = attest("sign", "artifact", "--key", uri)
    if kind == "ed25519":
        assert "an Ed25519 key signs whole messages" in files.stderr
    else:
        assert files.returncode == 0, files.stderr
        words = ["--bundle", "artifact.sigstore.json", "--key", "token.pub"]
        assert attest("verify", "artifact", *words).returncode == 0
    words = ["--predicate", "artifact.spdx.json", "--type", "spdx"]
    assert attest("sign", "artifact", "--key", uri, *words).returncode == 0
    words = ["--bundle", "artifact.spdx.intoto.sigstore.json", "--key", "token.pub", "--type", "spdx"]
    assert attest("verify", "artifact", *words).returncode == 0
    Path("artifact").write_text("what was not signed")
    assert attest("verify", "artifact", *words).returncode == 1


@pytest.mark.parametrize(
    ("uri", "pin", "message"),
    [
        ("token=release;object=p256", "0000", "pkcs11:p256: the PIN is wrong"),
        ("token=other;object=p256", PIN, "pkcs11:p256: no token is as the URI says"),
        ("token=release;object=none", PIN, "pkcs11:none: no private key is as the URI says"),
    ],
)
def test_what_a_token_refuses(
    uri: str, pin: str, message: str, module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(password.VARIABLE, pin)
    monkeypatch.setenv("PKCS11_MODULE_PATH", module)
    refused = attest("sign", "artifact", "--key", f"pkcs11:{uri}")
    assert refused.returncode == 2
    assert message in refused.stderr


def test_the_pin_of_a_file_and_of_the_uri(module: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(password.VARIABLE)
    (folder / "pin").write_text(f"{PIN}\n")
    for pin in ("pin-source=file:pin", f"pin-value={PIN}"):
        signed = attest("sign", "artifact", "--key", f"pkcs11:id=%00?module-path={module}&{pin}")
        assert signed.returncode == 0, signed.stderr


def test_two_keys_of_one_token_in_one_process(module: str) -> None:
    for kind in ("p256", "rsa"):
        key = f"pkcs11:token=release;object={kind}?module-path={module}"
        assert run(["sign", "artifact", "--key", key]) == 0


def test_a_file_that_is_no_module(folder: Path) -> None:
    pytest.importorskip("pkcs11", reason="no python-pkcs11: it comes with the extra pkcs11")
    (folder / "hsm.so").write_text("no library")
    refused = attest("sign", "artifact", "--key", f"pkcs11:object=k?module-path={folder.as_posix()}/hsm.so")
    assert refused.returncode == 2
    assert refused.stderr.startswith("attest: error: pkcs11:k: ")
