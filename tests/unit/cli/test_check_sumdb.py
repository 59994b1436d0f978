from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from attest.cli.main import run
from attest.go import dirhash, module_zip
from attest.model.limits import DEFAULT_LIMITS
from attest.model.module import ModuleVersion
from attest.model.place import Place
from tests.unit.go import proxy
from tests.unit.go.testlog import NAME, VERIFIER, Log

if TYPE_CHECKING:
    from pathlib import Path

MODULE = ModuleVersion(path="example.com/m7", version="v1.0.0")
GO_MOD = b"module example.com/m7\n\ngo 1.24\n"
ZIP = proxy.module_zip(MODULE.path, MODULE.version, {"go.mod": GO_MOD, "m.go": b"package m7\n"})
MANIFEST = module_zip.manifest(memoryview(ZIP), MODULE, limits=DEFAULT_LIMITS, place=Place(file="m7.zip"))
LINES = f"{MODULE.path} v1.0.0 {dirhash.h1(MANIFEST)}\n{MODULE.path} v1.0.0/go.mod {dirhash.go_mod(GO_MOD)}\n"
LOG = Log(300, changed={7: LINES})
CACHE = f"pkg/mod/cache/download/sumdb/{NAME}"
ANSWER = "lookup/example.com/m7@v1.0.0"


@pytest.fixture
def gopath(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source tree in `source`, and a GOPATH with the module and what the database said about it."""
    for name in ("GOMODCACHE", "GONOSUMDB", "GOPRIVATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOENV", "off")
    monkeypatch.setenv("GOPATH", str(tmp_path))
    monkeypatch.setenv("GOSUMDB", VERIFIER)
    files = {
        "source/go.mod": b"module example.com/tool\n\ngo 1.24\n\nrequire example.com/m7 v1.0.0\n",
        "source/go.sum": LINES.encode(),
        "source/main.go": b'package main\n\nimport _ "example.com/m7"\n\nfunc main() {}\n',
        "pkg/mod/cache/download/example.com/m7/@v/v1.0.0.zip": ZIP,
        "pkg/mod/cache/download/example.com/m7/@v/v1.0.0.mod": GO_MOD,
        "pkg/mod/example.com/m7@v1.0.0/go.mod": GO_MOD,
        "pkg/mod/example.com/m7@v1.0.0/m.go": b"package m7\n",
        f"pkg/sumdb/{NAME}/latest": LOG.head(300),
        f"{CACHE}/{ANSWER}": LOG.answer(7, 300),
        **{f"{CACHE}/{name}": data for name, data in LOG.tiles(300).items()},
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


def check(gopath: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, str]]:
    """The exit code, and how each of the two checks came out."""
    code = run(["check", str(gopath / "source"), "-o", "json", *words])
    verdict = json.loads(capsys.readouterr().out)
    return code, {
        each["check"]: each["outcome"] for each in verdict["checks"] if each["check"].startswith("sumdb-")
    }


@pytest.mark.parametrize(
    ("words", "unproven"), [((), "skip"), (("--sumdb", "cache"), "skip"), (("--sumdb", "require"), "pass")]
)
def test_go_sum_is_proven(
    gopath: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], unproven: str
) -> None:
    assert check(gopath, capsys, *words) == (0, {"sumdb-mismatch": "pass", "sumdb-unproven": unproven})
    named = (*words, "--modcache", str(gopath / "pkg" / "mod"))
    assert check(gopath, capsys, *named) == (0, {"sumdb-mismatch": "pass", "sumdb-unproven": unproven})


def test_a_contradiction_denies_though_module_and_go_sum_agree(
    gopath: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = Log(300, changed={7: LINES.replace("h1:", "h1:A")})
    for name, data in {**log.tiles(300), ANSWER: log.answer(7, 300)}.items():
        (gopath / CACHE / name).write_bytes(data)
    (gopath / "pkg" / "sumdb" / NAME / "latest").write_bytes(log.head(300))
    assert check(gopath, capsys) == (1, {"sumdb-mismatch": "fail", "sumdb-unproven": "skip"})
    assert check(gopath, capsys, "--sumdb", "off") == (
        0,
        {"sumdb-mismatch": "skip", "sumdb-unproven": "skip"},
    )


def test_a_fork_denies(gopath: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (gopath / "pkg" / "sumdb" / NAME / "latest").write_bytes(Log(280).head(280))
    assert check(gopath, capsys) == (1, {"sumdb-mismatch": "fail", "sumdb-unproven": "skip"})
    # Tree heads of another cache than the named one are none of its evidence.
    (gopath / "pkg" / "mod").rename(gopath / "mod")
    named = ("--modcache", str(gopath / "mod"))
    assert check(gopath, capsys, *named) == (0, {"sumdb-mismatch": "pass", "sumdb-unproven": "skip"})


def test_what_is_missing_is_information_unless_it_is_required(
    gopath: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (gopath / CACHE / ANSWER).unlink()
    assert check(gopath, capsys) == (0, {"sumdb-mismatch": "skip", "sumdb-unproven": "skip"})
    assert check(gopath, capsys, "--sumdb", "require") == (
        1,
        {"sumdb-mismatch": "skip", "sumdb-unproven": "no-evidence"},
    )


def test_private_modules_alone_are_no_proof(
    gopath: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOPRIVATE", "*.example.com,example.com")
    assert check(gopath, capsys, "--sumdb", "require")[1]["sumdb-unproven"] == "no-evidence"


def test_wrong_words(
    gopath: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["check", str(gopath / "source"), "--sumdb", "always"]) == 4
    assert "--sumdb: 'always' is no choice" in capsys.readouterr().err
    monkeypatch.setenv("GOSUMDB", "sum.example.com")
    assert run(["check", str(gopath / "source")]) == 4
    assert "the key of 'sum.example.com' is not known" in capsys.readouterr().err
    assert run(["check", str(gopath / "source"), "--sumdb", "off"]) == 0
