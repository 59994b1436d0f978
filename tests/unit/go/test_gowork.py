from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from attest.errors import FormatError, LimitError
from attest.go import gowork
from attest.model.limits import Limits
from attest.model.module import ModuleVersion

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.go.proxy import Go

FULL = b"""// A workspace.
go 1.24.1 // the newest

toolchain go1.25.0

godebug default=go1.21
godebug (
\tpanicnil=1
)

use ./a
use (
\t"./with space"
\t../b // outside
)

replace x.org/y => ./y
replace (
\tx.org/z v1.0.0 => x.org/z v1.0.1
)
"""


def test_every_directive() -> None:
    work = gowork.parse(FULL)
    assert (work.file, work.go, work.toolchain) == ("go.work", "1.24.1", "go1.25.0")
    assert work.godebug == (("default", "go1.21"), ("panicnil", "1"))
    assert [(each.path, str(each.place)) for each in work.use] == [
        ("./a", "go.work:11"),
        ("./with space", "go.work:13"),
        ("../b", "go.work:14"),
    ]
    old = ModuleVersion(path="x.org/z", version="v1.0.0")
    assert [each.old for each in work.replace] == [ModuleVersion(path="x.org/y", version=""), old]
    assert gowork.parse(b"").use == ()


def as_go_says(work: bytes) -> dict[str, Any]:
    """The values in the words of `go work edit -json`."""
    parsed = gowork.parse(work)
    old_new = [
        {
            key: {"Path": each.path, **({"Version": each.version} if each.version else {})}
            for key, each in (("Old", line.old), ("New", line.new))
        }
        for line in parsed.replace
    ]
    said = {
        "Go": parsed.go,
        "Toolchain": parsed.toolchain,
        "Use": [{"DiskPath": each.path} for each in parsed.use],
        "Replace": old_new,
        "Godebug": [{"Key": key, "Value": value} for key, value in parsed.godebug],
    }
    return {key: value for key, value in said.items() if value}


@pytest.mark.parametrize("text", [FULL, b"", b"go 1.18\n", b"use .\nreplace a.b/c v1 => /d\n"])
def test_the_go_command_reads_the_same(text: bytes, go: Go, tmp_path: Path) -> None:
    (tmp_path / "go.work").write_bytes(text)
    said = json.loads(go.run(tmp_path, "work", "edit", "-json", "go.work", GOWORK=""))
    assert {key: value for key, value in said.items() if value} == as_go_says(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("module a.b/c\n", "unknown directive: module"),
        ("require (\n)\n", "unknown block type: require"),
        ("use ./a ./b\n", "usage: use local/dir"),
        ("use `./a`\n", "invalid quoted string: unquoted string cannot contain quote"),
        ("use ./a\nuse ./a/\n", "path ./a/ appears multiple times in workspace"),
        ("go 1.22\ngo 1.22\n", "repeated go statement"),
        ("use (\n ./a\n", "syntax error (unterminated block started at line 1)"),
        ("replace a.b/c => d\n", "replacement module without version must be directory path"),
    ],
)
def test_what_the_go_command_refuses(text: str, message: str, go: Go, tmp_path: Path) -> None:
    with pytest.raises(FormatError) as caught:
        gowork.parse(text.encode())
    assert caught.value.message.startswith(message)
    assert caught.value.hint
    assert caught.value.place
    (tmp_path / "go.work").write_text(text)
    assert go.try_run(tmp_path, "env", "GOVERSION", GOWORK="").returncode == 0
    assert go.try_run(tmp_path, "list", "-m", GOWORK="").returncode


def test_a_file_beyond_the_limit() -> None:
    with pytest.raises(LimitError, match="larger than 8 bytes"):
        gowork.parse(b"go 1.24.0\n", limits=Limits(go_mod_bytes=8))
