"""Every bundle of the suite through its command protocol, as a file and as a digest."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from attest.intoto.statement import build
from attest.model.statement import SPDX_PREDICATE, Subject
from tests.conformance.client import main
from tests.sigstack.stack import EMAIL_CLAIMS
from tests.unit.trust.test_conformance import CASES, cases, expected

if TYPE_CHECKING:
    from tests.sigstack.stack import Sigstack

BY_DIGEST = [False, True]


@pytest.mark.skipif(not CASES.is_dir(), reason="the conformance cases are not on this machine")
@pytest.mark.parametrize("digest", BY_DIGEST)
@pytest.mark.parametrize("name", cases())
def test_verify_bundle(name: str, capsys: pytest.CaptureFixture[str], *, digest: bool) -> None:
    folder = CASES / name
    artifact = folder / "artifact" if (folder / "artifact").exists() else CASES / "a.txt"
    words = ["verify-bundle", "--bundle", str(folder / "bundle.sigstore.json")]
    if (folder / "key.pub").exists():
        words += ["--key", str(folder / "key.pub")]
    else:
        identity, issuer = expected(folder)
        words += ["--certificate-identity", identity, "--certificate-oidc-issuer", issuer]
    if (folder / "trusted_root.json").exists():
        words += ["--trusted-root", str(folder / "trusted_root.json")]
    sha256 = hashlib.sha256(artifact.read_bytes()).hexdigest()
    code = main([*words, f"sha256:{sha256}" if digest else str(artifact)])
    said = capsys.readouterr()
    refused = name.endswith("_fail")
    assert code in ((1, 2) if refused else (0,)), said.out + said.err


def test_other_commands_are_refused() -> None:
    assert main([]) == main(["check-bundle", "a"]) == 4
    assert main(["sign-bundle", "--bundle", "b", "--identity-token"]) == 4


@pytest.fixture
def signing(sigstack: Sigstack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words for an instance, in the order of the protocol, in a folder with an artifact."""
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("a\n")
    Path("root.json").write_text(json.dumps(sigstack.trusted_root()))
    Path("services.json").write_text(json.dumps(sigstack.signing_config()))
    instance = ["--trusted-root", "root.json", "--signing-config", "services.json"]
    return ["--identity-token", sigstack.token(), "--bundle", "b.json", *instance]


def accepted(sigstack: Sigstack, file: str) -> bool:
    who = ["--certificate-identity", EMAIL_CLAIMS["email"], "--certificate-oidc-issuer", sigstack.issuer]
    return main(["verify-bundle", "--bundle", "b.json", *who, "--trusted-root", "root.json", file]) == 0


@pytest.mark.parametrize("staging", [[], ["--staging"]])
def test_sign_bundle(sigstack: Sigstack, signing: list[str], staging: list[str]) -> None:
    assert main(["sign-bundle", *staging, *signing, "a.txt"]) == 0
    assert accepted(sigstack, "a.txt")
    Path("a.txt").write_text("b\n")
    assert not accepted(sigstack, "a.txt")
    material = json.loads(Path("b.json").read_bytes())["verificationMaterial"]
    assert set(material) == {"certificate", "tlogEntries", "timestampVerificationData"}, "and no root"


def test_sign_bundle_in_toto(sigstack: Sigstack, signing: list[str]) -> None:
    sha256 = hashlib.sha256(b"a\n").hexdigest()
    Path("statement.json").write_bytes(build([Subject(name="a", sha256=sha256)], SPDX_PREDICATE, {"a": 1}))
    assert main(["sign-bundle", "--in-toto", *signing, "statement.json"]) == 0
    assert accepted(sigstack, "a.txt")
    assert accepted(sigstack, f"sha256:{sha256}")
    assert not accepted(sigstack, "statement.json")


def test_what_cannot_be_signed_leaves_no_bundle(
    signing: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sign-bundle", *signing, "--identity-token", "a.b.c", "a.txt"]) != 0
    assert "token" in capsys.readouterr().err
    assert not Path("b.json").exists()
