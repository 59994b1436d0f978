"""Every bundle of the suite through its command protocol, as a file and as a digest."""

from __future__ import annotations

import hashlib

import pytest

from tests.conformance.client import main
from tests.unit.trust.test_conformance import CASES, cases, expected

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
    assert main([]) == main(["sign-bundle", "a"])
    assert main([]) != 0
