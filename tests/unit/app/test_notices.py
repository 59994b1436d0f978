from __future__ import annotations

import pytest

from attest.app.check import check_source
from attest.model.source import Platform
from tests.fakes import MemoryTree

LINUX = Platform(goos="linux", goarch="amd64")
FOLDER = "cache/download/example.com/!x/@v"
SOURCE = MemoryTree(
    {
        "go.mod": b"module example.com/t\n\ngo 1.24\n\nrequire example.com/X v1.0.0\n",
        "main.go": b"package main\n\nfunc main() {}\n",
    }
)


def told(cache: dict[str, bytes] | None) -> list[tuple[str, str, str, str]]:
    modcache = None if cache is None else MemoryTree(cache)
    report = check_source(SOURCE, modcache=modcache, platforms=(LINUX,))
    return [(str(each.module), each.kind, each.said_by, str(each.place)) for each in report.notices]


def test_the_latest_go_mod_in_the_cache_speaks() -> None:
    cache = {
        f"{FOLDER}/v1.0.0.mod": b"module example.com/X\n",
        f"{FOLDER}/v1.0.0.info": b"{}",
        f"{FOLDER}/v1.2.0.mod": b"// Deprecated: gone\nmodule example.com/X\n\nretract v1.0.0\n",
        f"{FOLDER}/v1.3.0-rc.1.mod": b"module example.com/X\n",
    }
    assert told(cache) == [
        ("example.com/X@v1.0.0", "retracted", "v1.2.0", "go.mod:5"),
        ("example.com/X@v1.0.0", "deprecated", "v1.2.0", "go.mod:5"),
    ]


@pytest.mark.parametrize(
    "cache",
    [
        None,
        {},
        {f"{FOLDER}/v1.0.0.info": b"{}"},
        {f"{FOLDER}/v1.0.0.mod": b"module example.com/X\n"},
        {f"{FOLDER}/v1.0.0.mod": b"// Deprecated: gone\nmodul example.com/X\n"},
        {f"{FOLDER}/v1.0.!.mod": b"module example.com/X\n"},
    ],
)
def test_what_the_cache_does_not_know_is_no_news(cache: dict[str, bytes] | None) -> None:
    assert told(cache) == []
