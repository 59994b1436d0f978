"""Key files and bundles both ways between attest and cosign, offline."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from attest.cli import password
from attest.cli.main import run

pytestmark = pytest.mark.integration

REPOSITORY = Path(__file__).parents[2]
BUILT = REPOSITORY / "build" / "bench" / "tools" / "cosign"
COSIGN = shutil.which("cosign") or (str(BUILT) if BUILT.is_file() else None)
PASSWORD = "correct horse"  # noqa: S105 - of keys that are made here
TYPE = "https://spdx.dev/Document/v2.3"
BUNDLE, STATEMENT = "artifact.sigstore.json", "artifact.spdx.intoto.sigstore.json"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if COSIGN is None:
        pytest.skip("no cosign: `make bench` builds one, or put one on PATH")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(password.COSIGN_VARIABLE, PASSWORD)
    monkeypatch.delenv(password.VARIABLE, raising=False)
    (tmp_path / "artifact").write_text("what is signed")
    (tmp_path / "artifact.spdx.json").write_text("{}")
    return tmp_path


def cosign(*words: str) -> subprocess.CompletedProcess[str]:
    assert COSIGN is not None
    environment = os.environ | {"HOME": os.getcwd()}  # noqa: PTH109 - a text
    return subprocess.run([COSIGN, *words], env=environment, capture_output=True, text=True, check=False)


def accepted(*words: str) -> bool:
    done = cosign(*words, "--insecure-ignore-tlog", "artifact")
    assert ("Verified OK" in done.stderr) == (done.returncode == 0)
    return done.returncode == 0


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa-2048", "rsa-3072", "ed25519"])
def test_cosign_verifies_what_attest_signs(kind: str) -> None:
    assert run(["key", "generate", "--type", kind, "--output-prefix", "k"]) == 0
    if kind != "ed25519":
        assert run(["sign", "artifact", "--key", "k.key"]) == 0
        assert accepted("verify-blob", "--key", "k.pub", "--bundle", BUNDLE)
    words = ["--predicate", "artifact.spdx.json", "--type", "spdx"]
    assert run(["sign", "artifact", "--key", "k.key", *words]) == 0
    assert accepted("verify-blob-attestation", "--key", "k.pub", "--bundle", STATEMENT, "--type", TYPE)
    Path("artifact").write_text("what was not signed")
    assert not accepted("verify-blob-attestation", "--key", "k.pub", "--bundle", STATEMENT, "--type", TYPE)


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa-2048", "ed25519"])
def test_cosign_reads_the_key_files_of_attest(kind: str) -> None:
    words = ["--type", kind, "--format", "cosign", "--output-prefix", "k"]
    assert run(["key", "generate", *words]) == 0
    assert cosign("public-key", "--key", "k.key").stdout == Path("k.pub").read_text()


def test_attest_signs_with_the_key_files_of_cosign() -> None:
    assert cosign("generate-key-pair", "--output-key-prefix", "k").returncode == 0
    assert run(["sign", "artifact", "--key", "k.key"]) == 0
    assert accepted("verify-blob", "--key", "k.pub", "--bundle", BUNDLE)
    assert run(["verify", "artifact", "--bundle", BUNDLE, "--key", "k.pub"]) == 0


@pytest.mark.parametrize("kind", ["p256", "rsa-2048"])
def test_attest_verifies_what_cosign_signs(kind: str) -> None:
    assert run(["key", "generate", "--type", kind, "--format", "cosign", "--output-prefix", "k"]) == 0
    words = ["-y", "--key", "k.key", "--use-signing-config=false", "--tlog-upload=false"]
    assert cosign("sign-blob", *words, "--bundle", BUNDLE, "artifact").returncode == 0
    assert run(["verify", "artifact", "--bundle", BUNDLE, "--key", "k.pub"]) == 0
    words += ["--predicate", "artifact.spdx.json", "--type", "spdxjson", "--bundle", STATEMENT]
    assert cosign("attest-blob", *words, "artifact").returncode == 0
    assert run(["verify", "artifact", "--bundle", STATEMENT, "--key", "k.pub", "--type", "spdx"]) == 0
    Path("artifact").write_text("what was not signed")
    assert run(["verify", "artifact", "--bundle", BUNDLE, "--key", "k.pub"]) == 1
    assert run(["verify", "artifact", "--bundle", STATEMENT, "--key", "k.pub"]) == 1
