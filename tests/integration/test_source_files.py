"""Which files of Go's own source tree are built where, as `go list` has it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from attest.app.source_files import list_files
from attest.edge.files import DirectoryTree
from attest.model.source import Platform
from tests.unit.go.fixtures import go
from tests.unit.go.go_list import attest_lists, go_lists

if TYPE_CHECKING:
    from tests.unit.go.proxy import Go

__all__ = ["go"]

pytestmark = pytest.mark.integration

PLATFORMS: Final = (
    Platform(goos="linux", goarch="amd64"),
    Platform(goos="windows", goarch="arm64"),
    Platform(goos="darwin", goarch="arm64"),
    Platform(goos="wasip1", goarch="wasm"),
    Platform(goos="plan9", goarch="386"),
    Platform(goos="android", goarch="arm", variant="7"),
    Platform(goos="illumos", goarch="amd64", variant="v3"),
)
#: As `./...` leaves them out of its list, there is nothing in them that would be built.
_BUILT: Final = frozenset({"GoFiles", "CgoFiles", "TestGoFiles", "XTestGoFiles"})


@pytest.mark.parametrize("cgo", [False, True], ids=["without cgo", "with cgo"])
@pytest.mark.parametrize("module", ["src", "src/cmd"])
def test_go_itself(go: Go, module: str, cgo: bool) -> None:
    root = Path(go.run(Path.cwd(), "env", "GOROOT").strip()) / module
    listing = list_files(DirectoryTree.of(root), platforms=PLATFORMS, cgo=cgo)
    assert sum(len(each.files) for each in listing.directories) > 1000
    for platform in PLATFORMS:
        expected = go_lists(go, root, platform, "./...", cgo=cgo)
        found = attest_lists(listing, platform)
        found.pop("builtin", None)  # which the go command knows by its name
        assert expected.keys() <= found.keys()
        for directory in found.keys() - expected.keys():
            assert not _BUILT & found.pop(directory).keys(), directory
        assert {name: lists for name, lists in found.items() if lists != expected[name]} == {}
