"""`attest check` with a policy, and with platforms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from attest.app.check import every_platform
from attest.cli.main import run
from tests.unit.go.proxy import GO, Go

if TYPE_CHECKING:
    from pathlib import Path

POLICY = """apiVersion: attest/v1
kind: ReleasePolicy
metadata: {name: tree, version: 1, expires: 2036-12-31}
trust:
  offline: required
  keys: [{name: k, file: k.pub}]
identities: {release: [{key: k}]}
source: {go_module: example.com/tool}
artifacts: {complete: true}
platforms:
  defaults:
    path: "tool_${goos}_${goarch}"
    signatures: {signer: release}
  matrix: [{goos: plan9, goarch: "386"}, {goos: wasip1, goarch: wasm}]
modules: MODULES
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source tree with a file for Plan 9 that does not build."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "go.mod").write_text("module example.com/tool\n\ngo 1.21\n")
    (source / "main.go").write_text("package main\n\nfunc main() {}\n")
    (source / "main_plan9.go").write_text('package main\n\nimport _ "no.where/x"\n')
    monkeypatch.chdir(tmp_path)
    assert run(["key", "generate", "--output-prefix", "k"]) == 0
    return source


def judged(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, set[str], str | None]:
    """The exit code, the checks that deny, and the policy's name."""
    capsys.readouterr()
    code = run(["check", "source", "-o", "json", *words])
    verdict = json.loads(capsys.readouterr().out)
    denying = {each["check"] for each in verdict["findings"] if each["severity"] == "deny"}
    return code, denying, verdict["policy"] and str(verdict["policy"]["name"])


def write_policy(tree: Path, modules: str) -> None:
    (tree.parent / "release.yaml").write_text(POLICY.replace("MODULES", modules))


def test_a_policy_says_what_is_asked_of_a_tree(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_policy(tree, '{go_min: "1.24"}')
    assert judged(capsys, "--platform", "linux/amd64") == (0, set(), None)
    assert judged(capsys, "--policy", "release.yaml") == (1, {"toolchain-old"}, "tree")
    write_policy(tree, '{go_min: "1.20"}')
    assert judged(capsys, "--policy", "release.yaml") == (0, set(), "tree")


def test_the_platforms_are_those_of_the_policy_or_those_asked_for(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_policy(tree, "{go_sum: verify}")
    assert judged(capsys, "--policy", "release.yaml")[:2] == (1, {"import-unresolved"})
    assert judged(capsys, "--policy", "release.yaml", "--platform", "linux/arm/7")[:2] == (0, set())
    assert judged(capsys, "--platform", "linux/amd64", "--platform", "windows/amd64")[:2] == (0, set())
    assert judged(capsys, "--platform", "all")[:2] == (1, {"import-unresolved"})


def test_a_policy_may_forbid_the_network(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_policy(tree, "{go_sum: verify}")
    assert run(["check", "source", "--policy", "release.yaml", "--online"]) == 4
    assert "--online: the policy says `trust.offline: required`" in capsys.readouterr().err


def test_a_policy_that_has_expired_is_refused(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_policy(tree, "{go_sum: verify}")
    assert run(["check", "source", "--policy", "release.yaml", "--now", "2040-01-01T00:00:00Z"]) == 4
    assert "expired" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["check", "source", "--platform", "linux"], "'linux' is no platform"),
        (["check", "source", "--platform", "beos/amd64"], "Go knows no platform beos/amd64"),
        (["check", "source", "--policy-sha256", "0" * 64], "--policy-sha256 pins a policy"),
        (["verify", "--manifest", "m.txt", "source"], "--manifest is about the source tree"),
        (["verify", "--modcache", "cache", "source"], "--modcache is about the source tree"),
    ],
)
def test_wrong_words(tree: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str) -> None:
    assert tree.exists()
    assert run(words) == 4
    assert said in capsys.readouterr().err


def test_all_platforms_are_those_of_the_go_command(tmp_path: Path) -> None:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    listed = Go(tmp_path, tmp_path).run(tmp_path, "tool", "dist", "list").split()
    # What is marked broken is not listed; which of these a release builds is for its source to say.
    assert {str(each) for each in every_platform()} - set(listed) == {"freebsd/riscv64", "linux/sparc64"}
    assert set(listed) <= {str(each) for each in every_platform()}
