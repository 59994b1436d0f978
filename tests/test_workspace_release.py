"""A release whose source is a workspace, with its modules in the module cache and in its own vendor/."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from attest.cli.main import run
from tests.conftest import GOCACHE
from tests.unit.go.proxy import Go, make_proxy, write

if TYPE_CHECKING:
    from pathlib import Path

MODULES: Final = {
    "a.b/dep@v1.0.0": {"go.mod": "module a.b/dep\n\ngo 1.24\n", "dep.go": "package dep\n\nconst X = 1\n"},
}
TREE: Final = {
    "go.work": "go 1.24\n\nuse (\n\t./app\n\t./lib\n)\n",
    "app/go.mod": "module example.com/app\n\ngo 1.24\n",
    "app/main.go": 'package main\n\nimport "example.com/lib"\n\nfunc main() { println(lib.X) }\n',
    "lib/go.mod": "module example.com/lib\n\ngo 1.24\n\nrequire a.b/dep v1.0.0\n",
    "lib/lib.go": 'package lib\n\nimport "a.b/dep"\n\nconst X = dep.X\n',
}
POLICY: Final = """apiVersion: attest/v1
kind: ReleasePolicy
metadata: {name: workspace, version: 1, expires: 2036-12-31}
trust:
  offline: required
  keys:
    - {name: release-key, file: release.pub, require: {tlog: 0, timestamps: 0}}
identities:
  release: [{key: release-key}]
source: {go_module: example.com/app}
artifacts: {complete: true}
platforms:
  defaults:
    path: "app_${goos}_${goarch}{.exe,}"
    go: {cgo: false, trimpath: true, main_path: example.com/app}
    signatures: {signer: release, min: 1}
    attestations: [sbom-spdx, sbom-cyclonedx]
  matrix:
    - {goos: [linux, windows], goarch: amd64}
attestations:
  sbom-spdx: {predicate: ["https://spdx.dev/Document/v2.3"], signer: release}
  sbom-cyclonedx: {predicate: ["https://cyclonedx.org/bom"], signer: release}
sbom:
  required_formats: [spdx-2.3, cyclonedx-1.6]
  agree_with: [build_info]
  formats_agree: true
modules: {go_sum: verify, vendor: consistent}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The folder that holds everything, and whether the workspace is vendored."""

    root: Path
    vendored: bool

    def run(self, command: str, *words: str) -> tuple[int, dict[str, Any]]:
        """The exit code and the report of `attest release` or `attest verify`.

        No version is named: the go command stamps none into what it builds in a workspace.
        """
        report = self.root / "report.json"
        more = ["--policy", str(self.root / "release.yaml"), "-o", f"json={report}"]
        more += ["--source", str(self.root / "tree"), "--modcache", str(self.root / "modcache")]
        return run([command, *more, *words]), json.loads(report.read_bytes())

    def release(self) -> tuple[int, dict[str, Any]]:
        return self.run("release", "--dist", str(self.root / "dist"), "--key", str(self.root / "release.key"))

    def verify(self) -> tuple[int, dict[str, Any]]:
        return self.run("verify", str(self.root / "dist"))


@pytest.fixture(scope="module", params=["modcache", "vendor"])
def released(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The workspace, built for two platforms, and released once."""
    root = tmp_path_factory.mktemp("workspace")
    made = Release(root=root, vendored=request.param == "vendor")
    go = Go(root, make_proxy(root / "proxy", MODULES))
    tree = root / "tree"
    write(tree, TREE)
    go.run(tree, "work", "sync", GOWORK="")
    go.run(tree / "lib", "mod", "tidy")
    go.run(tree, "mod", "download", GOWORK="")
    if made.vendored:
        go.run(tree, "work", "vendor", GOWORK="")
    settings = {"GOARCH": "amd64", "CGO_ENABLED": "0", "GOWORK": "", "GOCACHE": str(GOCACHE)}
    for goos, name in (("linux", "app_linux_amd64"), ("windows", "app_windows_amd64.exe")):
        go.run(tree, "build", "-trimpath", "-o", str(root / "dist" / name), "./app", GOOS=goos, **settings)
    write(root, {"release.yaml": POLICY})
    keys = ["--private-key", str(root / "release.key"), "--public-key", str(root / "release.pub")]
    assert run(["key", "generate", *keys]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GOWORK", "")
        code, report = made.release()
    assert (code, report["findings"]) == (0, [])
    return made


@pytest.fixture
def copy(released: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Release:
    monkeypatch.setenv("GOWORK", "")
    shutil.copytree(released.root, tmp_path / "copy")
    return Release(root=tmp_path / "copy", vendored=released.vendored)


def test_the_sbom_names_the_member_and_what_it_brings(copy: Release) -> None:
    for name in ("app_linux_amd64", "app_windows_amd64.exe"):
        sbom = json.loads((copy.root / "dist" / f"{name}.cdx.json").read_bytes())
        assert {each["name"] for each in sbom["components"]} >= {"example.com/lib", "a.b/dep"}


def test_what_was_released_is_accepted(copy: Release) -> None:
    code, report = copy.verify()
    assert (code, report["findings"]) == (0, [])
    assert {each["outcome"] for each in report["checks"]} == {"pass", "skip"}


def test_a_changed_dependency_is_denied(copy: Release) -> None:
    if copy.vendored:
        file = copy.root / "tree" / "vendor" / "a.b" / "dep" / "dep.go"
        file.write_text(file.read_text().replace("1", "2"))
        expected = ("vendor-drift", "vendor/a.b/dep/dep.go", "differs from a.b/dep@v1.0.0")
    else:
        file = copy.root / "tree" / "lib" / "go.sum"
        file.write_text(file.read_text().replace("a.b/dep v1.0.0 h1:", "a.b/dep v1.0.0 h1:AAAA"))
        expected = ("go-sum-mismatch", "lib/go.sum", "a.b/dep@v1.0.0 should have the hash h1:AAAA")
    code, report = copy.verify()
    assert code == 1
    (finding,) = [each for each in report["findings"] if each["check"] == expected[0]]
    assert finding["place"]["file"] == expected[1]
    assert expected[2] in finding["message"]
    # The programs were built from what go.sum said before; a build from vendor/ records no hashes.
    others = {each["check"] for each in report["findings"]} - {expected[0]}
    assert others == (set() if copy.vendored else {"source-mismatch"})


def test_a_member_that_go_work_no_longer_names_is_missed(copy: Release) -> None:
    (copy.root / "tree" / "go.work").write_text("go 1.24\n\nuse ./app\n")
    code, report = copy.verify()
    assert code == 1
    place = {"file": "app/main.go", "line": 3}
    told = {each["check"]: each["message"] for each in report["findings"] if each["place"] == place}
    assert told == (
        {"vendor-drift": "package example.com/lib is imported, and no module in vendor/modules.txt gives it"}
        if copy.vendored
        else {"import-unresolved": "no required module provides package example.com/lib"}
    )
