"""`attest policy init` over a release that a workflow signed: whom certificates name, and its provenance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from attest.cli.main import run
from attest.model.limits import DEFAULT_LIMITS
from attest.policy import document
from tests.sigstack.stack import GITHUB_CLAIMS
from tests.unit.app.ci_environments import COMMIT, GITHUB
from tests.unit.cli.test_sbom import INFO, wasm

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sigstack.stack import Sigstack

TOLD = f"{INFO}build\tvcs.revision={COMMIT}\nbuild\tvcs.modified=false\n"
CLAIMS = {name: value.replace("v1.2.3", "v1.0.0") for name, value in GITHUB_CLAIMS.items()}
INIT = ["policy", "init", "--from", "dist", "--version", "1.0.0"]


@pytest.fixture(params=["v1.0.0"])
def signed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sigstack: Sigstack, request: pytest.FixtureRequest
) -> Path:
    """One file, signed by a workflow at the tag v1.0.0; provenance names the tag of `request`."""
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist" / "widget_1.0.0_wasip1_wasm.wasm").write_bytes(wasm(TOLD))
    (tmp_path / "trust.json").write_bytes(sigstack.trust_config())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("attest.edge.identity.ambient_token", lambda: None)
    with monkeypatch.context() as within:
        for name, value in GITHUB.items():
            within.setenv(name, value.replace("v1.2.3", request.param))
        assert run(["provenance", "dist", "-o", "json=p.json"]) == 0
    words = ["--trust-config", "trust.json", "--identity-token", sigstack.token(CLAIMS)]
    assert run(["sign", "dist", "--statement", "p.json", *words]) == 0
    assert run(["sign", "dist", *words]) == 0
    return tmp_path


def read(policy: Path) -> Any:  # noqa: ANN401 - a YAML document
    return document.read(policy.read_bytes(), "p", DEFAULT_LIMITS).value


def test_a_workflow_is_named_as_its_certificates_do(
    signed: Path, sigstack: Sigstack, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run([*INIT, "--trusted-root", "trust.json", "-o", "release.yaml"]) == 0
    value = read(signed / "release.yaml")
    told = capsys.readouterr().err.splitlines()
    assert told[0].startswith("attest: review: identities.release: https://github.com/acme/widget/")
    assert "source_repository_id=42" in told[0]
    assert value["identities"] == {
        "release": [
            {
                "issuer": sigstack.issuer,
                "san": "https://github.com/acme/widget/.github/workflows/release.yml@refs/tags/${tag}",
                "claims": {
                    "build_trigger": "push",
                    "environment": "release",
                    "runner_environment": "github-hosted",
                    "source_ref": "refs/tags/${tag}",
                    "source_repository_id": "42",
                    "source_repository_owner_id": "7",
                },
            }
        ]
    }
    (root,) = value["trust"]["roots"]
    assert root["client_trust_config"] == "trust.json"
    assert root["require"] == {"tlog": 1, "timestamps": 1}
    assert "keys" not in value["trust"]
    assert run(["verify", "--policy", "release.yaml", "--version", "1.0.0", "dist"]) == 0
    capsys.readouterr()
    assert run(["verify", "--policy", "release.yaml", "--version", "1.0.1", "dist"]) == 3
    assert "artifact-missing" in capsys.readouterr().out
    assert run(["policy", "lint", "-o", "json", "release.yaml"]) == 0
    notes = json.loads(capsys.readouterr().out)["notes"]
    assert {each["rule"] for each in notes} == {"issuer-insecure"}, "the tests' own Sigstore has no https"


def test_certificates_without_a_root_name_nobody(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*INIT, "-o", "release.yaml"]) == 4
    assert "--trusted-root" in capsys.readouterr().err
    assert not (signed / "release.yaml").exists()


def test_provenance_is_asked_for_as_it_is(signed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*INIT, "--trusted-root", "trust.json", "-o", "release.yaml"]) == 0
    assert read(signed / "release.yaml")["attestations"]["provenance"] == {
        "predicate": ["https://slsa.dev/provenance/v1"],
        "signer": "release",
        "min": 1,
        "build_types": ["https://actions.github.io/buildtypes/workflow/v1"],
        "external_parameters": {
            "allow": ["workflow.path", "workflow.ref", "workflow.repository"],
            "on_unknown": "deny",
        },
        "expect": {
            "commit": "from(build_info.vcs.revision)",
            "ref": "refs/tags/${tag}",
            "source": "https://github.com/acme/widget",
        },
    }
    assert "expect" not in capsys.readouterr().err


@pytest.mark.parametrize("signed", ["v1.2.3"], indirect=True)
def test_what_provenance_does_not_say_is_not_asked_and_told(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*INIT, "--trusted-root", "trust.json", "-o", "release.yaml"]) == 0
    expect = read(signed / "release.yaml")["attestations"]["provenance"]["expect"]
    assert sorted(expect) == ["commit", "source"]
    assert "attestations.provenance: not asked, as it is not met: expect.ref" in capsys.readouterr().err


def test_a_key_beside_certificates_counts_for_what_it_signed_alone(
    signed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (signed / "dist" / "notes.txt").write_text("hello")
    assert run(["key", "generate", "--output-prefix", "k"]) == 0
    assert run(["sign", "dist/notes.txt", "--key", "k.key"]) == 0
    words = [*INIT, "--trusted-root", "trust.json", "--key", "k.pub", "-o", "release.yaml"]
    assert run(words) == 0
    value = read(signed / "release.yaml")
    assert value["artifacts"]["extras"] == [{"path": "notes.txt", "kind": "file", "signer": "signer"}]
    assert value["identities"]["signer"] == [{"key": "k"}]
    assert value["platforms"]["defaults"]["signatures"] == {"signer": "release", "min": 1}
    capsys.readouterr()
    assert run([*INIT, "--key", "k.pub", "-o", "other.yaml"]) == 3
    err = capsys.readouterr().err
    assert "covers every executable" in err


def test_one_file_may_hold_several_roots(signed: Path, sigstack: Sigstack) -> None:
    assert run(["trust", "export", "-o", "json=public.json"]) == 0
    public = json.loads((signed / "public.json").read_bytes())
    lines = [json.dumps(public), json.dumps(sigstack.trusted_root())]
    (signed / "roots.jsonl").write_text("\n".join(lines) + "\n")
    assert run([*INIT, "--trusted-root", "roots.jsonl", "-o", "release.yaml"]) == 0
    (root,) = read(signed / "release.yaml")["trust"]["roots"]
    assert (root["name"], root["trusted_root"]) == ("roots", "roots.jsonl")
    assert run(["verify", "--policy", "release.yaml", "--version", "1.0.0", "dist"]) == 0
