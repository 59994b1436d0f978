from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from attest.cli.main import run
from attest.trust.bundle import looks_like_bundle
from tests.sigstack.stack import EMAIL_CLAIMS

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sigstack.stack import Sigstack


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a key and three files, one of them in a folder below."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SIGSTORE_ID_TOKEN", raising=False)
    monkeypatch.setattr("attest.edge.identity.ambient_token", lambda: None)
    assert run(["key", "generate", "--output-prefix", "k"]) == 0
    (tmp_path / "dist" / "sub").mkdir(parents=True)
    for name in ("b", "a", "sub/c"):
        (tmp_path / "dist" / name).write_text(name)
    return tmp_path


def test_signs_files_with_a_key(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert run(["sign", "dist/b", "dist/a", "--key", "k.key"]) == 0
    assert capsys.readouterr().out == "dist/b.sigstore.json\ndist/a.sigstore.json\n"
    assert looks_like_bundle((folder / "dist" / "a.sigstore.json").read_bytes())
    assert run(["verify", "dist/a", "--bundle", "dist/a.sigstore.json", "--key", "k.pub"]) == 0
    assert run(["verify", "dist/a", "--bundle", "dist/b.sigstore.json", "--key", "k.pub"]) == 1


def test_signs_directories_but_no_evidence_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sign", "dist", "--key", "k.key"]) == 0
    capsys.readouterr()
    assert run(["sign", "dist/", "--key", "k.key"]) == 0
    names = ["dist/a", "dist/b", "dist/sub/c"]
    assert capsys.readouterr().out.split() == [f"{name}.sigstore.json" for name in names]


def test_signs_a_document_as_a_statement(folder: Path) -> None:
    (folder / "a.spdx.json").write_text("{}")
    words = ["sign", "dist/a", "--key", "k.key"]
    assert run([*words, "--predicate", "a.spdx.json", "--type", "spdx"]) == 0
    bundle = "dist/a.spdx.intoto.sigstore.json"
    assert run(["verify", "dist/a", "--bundle", bundle, "--key", "k.pub", "--type", "spdx"]) == 0
    assert run(["verify", "dist/b", "--bundle", bundle, "--key", "k.pub", "--type", "spdx"]) == 1
    assert run(["verify", "dist/a", "--bundle", bundle, "--key", "k.pub", "--type", "cyclonedx"]) == 1
    assert run([*words, "--predicate", "a.spdx.json"]) == 4
    assert run([*words, "--predicate", "a.spdx.json", "--type", "sbom"]) == 4


def test_signs_keyless(folder: Path, sigstack: Sigstack) -> None:
    (folder / "trust.json").write_bytes(sigstack.trust_config())
    words = ["--identity-token", sigstack.token(), "--trust-config", "trust.json"]
    assert run(["sign", "dist/a", *words]) == 0
    checked = ["verify", "dist/a", "--bundle", "dist/a.sigstore.json", "--trusted-root", "trust.json"]
    identity = ["--certificate-identity", EMAIL_CLAIMS["email"], "--certificate-oidc-issuer"]
    assert run([*checked, *identity, sigstack.issuer]) == 0
    assert run([*checked, *identity, "https://elsewhere"]) == 1


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["dist/a"], 4, "it is not said who signs"),
        (["dist/a", "--identity-token", "absent"], 2, "absent"),
        (["dist/a", "--identity-token", "k.pub"], 2, "is no JSON Web Token"),
        (["dist/a", "--staging", "--trust-config", "t"], 4, "--trust-config and --staging exclude each"),
        (["dist/a", "--trusted-root", "t"], 4, "--trusted-root and --signing-config go together"),
        (["dist/a", "--key", "k.pub"], 2, "is a public key, and the private key is wanted"),
        (["absent", "--key", "k.key"], 2, "absent"),
        (["empty", "--key", "k.key"], 3, "there is no file to sign"),
    ],
)
def test_says_what_is_wrong(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], code: int, said: str
) -> None:
    (folder / "empty").mkdir()
    assert run(["sign", *words]) == code
    assert said in capsys.readouterr().err
    assert not list(folder.rglob("*.sigstore.json"))
