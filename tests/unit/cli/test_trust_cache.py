"""--trust-cache from the command line: what the report says, and what it does not go with."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest

from attest.cli.main import run
from attest.go import dirhash
from attest.model.exit_code import ExitCode
from tests.unit.go.proxy import write
from tests.unit.go.test_modcache import FILES, GOOD, ROOT, STEM, cache

if TYPE_CHECKING:
    from pathlib import Path

MAIN = 'package main\n\nimport _ "a.b/X"\n\nfunc main() {}\n'
REMEMBERED = "1 of 2 lines of go.sum were compared with hashes that an earlier run remembered"


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with one module, a day old, and a cache directory of the user that is empty."""
    for name in ("XDG_CACHE_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("GOENV", "off")
    source = {
        "go.mod": "module example.com/tool\n\ngo 1.24\n\nrequire a.b/X v1.0.0\n",
        "go.sum": f"a.b/X v1.0.0 {GOOD}\na.b/X v1.0.0/go.mod {dirhash.go_mod(FILES['go.mod'])}\n",
        "main.go": MAIN,
    }
    write(tmp_path / "tree", source)
    for name, data in {**cache(), f"{STEM}.mod": FILES["go.mod"]}.items():
        file = tmp_path / "tree" / ".modcache" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 3_000_000_000)
    return tmp_path / "tree"


def check(tree: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = run(["check", str(tree), "--sumdb", "off", *words, "-o", "json"])
    verdict = json.loads(capsys.readouterr().out)
    return code, {each["check"]: each for each in verdict["findings"]}


@pytest.mark.skipif(os.name == "nt", reason="listings tell no inode there, so that nothing is remembered")
def test_the_report_says_what_was_not_hashed(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tree, capsys) == (ExitCode.PASS, {})
    assert check(tree, capsys) == (ExitCode.PASS, {}), "remembered, and not used"
    code, findings = check(tree, capsys, "--trust-cache")
    assert (code, [*findings]) == (ExitCode.PASS, ["hashes-remembered"])
    assert findings["hashes-remembered"]["message"] == REMEMBERED
    assert findings["hashes-remembered"]["severity"] == "info"
    assert run(["check", str(tree), "--sumdb", "off", "--trust-cache"]) == ExitCode.PASS
    assert REMEMBERED in " ".join(capsys.readouterr().out.split())
    (tree / ".modcache" / ROOT / "x.go").write_text("package y\n")
    code, findings = check(tree, capsys, "--trust-cache")
    assert (code, [*findings]) == (ExitCode.DENIED, ["modcache-modified"])


@pytest.mark.parametrize(
    "words",
    [
        ["check", "."],
        ["verify", ".", "--policy", "release.yaml"],
        ["release", "--source", ".", "--dist", ".", "--policy", "release.yaml"],
    ],
)
def test_a_cache_that_is_not_used_cannot_be_trusted(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*words, "--no-cache", "--trust-cache"]) == ExitCode.USAGE
    assert "--trust-cache and --no-cache exclude each other" in capsys.readouterr().err
