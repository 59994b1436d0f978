"""A workspace from the command line: what GOWORK says decides what is judged and described."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from attest.cli.main import run
from attest.model.exit_code import ExitCode
from tests.unit.go.proxy import write

if TYPE_CHECKING:
    from pathlib import Path

TREE: Final = {
    "go.work": "go 1.24\n\nuse (\n\t.\n\t./lib\n)\n",
    "go.mod": "module example.com/tool\n\ngo 1.24\n",
    "main.go": 'package main\n\nimport _ "example.com/lib"\n\nfunc main() {}\n',
    "lib/go.mod": "module example.com/lib\n\ngo 1.24\n",
    "lib/lib.go": 'package lib\n\nimport _ "fmt"\n',
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOENV", "off")
    monkeypatch.setenv("GOWORK", "")
    write(tmp_path / "tree", TREE)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "tree"


def findings(tree: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """The exit code of `attest check`, and the findings that are no pass."""
    code = run(["check", str(tree), "--sumdb", "off", "-o", "json"])
    verdict = json.loads(capsys.readouterr().out)
    return code, {each["check"]: each["message"] for each in verdict["findings"]}


def test_gowork_decides_what_is_checked(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert findings(tree, capsys) == (ExitCode.PASS, {})
    monkeypatch.setenv("GOWORK", "off")
    assert findings(tree, capsys) == (
        ExitCode.DENIED,
        {
            "import-unresolved": "no required module provides package example.com/lib",
            "workspace-unused": "go.work is not what is judged: GOWORK is off",
        },
    )
    (tree / "main.go").write_text("package main\n\nfunc main() {}\n")
    assert findings(tree, capsys) == (
        ExitCode.PASS,
        {"workspace-unused": "go.work is not what is judged: GOWORK is off"},
    )


def test_a_module_of_the_workspace_is_a_component(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["sbom", str(tree), "--platform", "linux/amd64", "-o", "cyclonedx-json=tree.json"]
    assert run(words) == ExitCode.PASS
    document = json.loads((tree.parent / "tree.json").read_text())
    assert "example.com/lib" in [each["name"] for each in document["components"]]
    monkeypatch.setenv("GOWORK", "off")
    assert run([*words[:-1], "cyclonedx-json=other.json"]) != ExitCode.PASS
    assert not (tree.parent / "other.json").exists()


def test_a_manifest_of_a_workspace_needs_its_own_vendor_directory(
    tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tree, {"vendor/modules.txt": "# example.com/x v1.0.0\n"})
    assert run(["check", str(tree), "--write-manifest", "m.txt"]) == ExitCode.UNDECIDED
    said = capsys.readouterr().err
    assert "a manifest is made for the vendor directory that is built from, and there is none" in said
    assert "go work vendor" in said
