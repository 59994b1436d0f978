"""Two source trees that nobody tampered with, and the module cache that both are built from.

`vendored` has a vendor directory that the go command wrote, `cached` is built from the module cache alone.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from attest.go import dirhash
from tests.conftest import GOCACHE
from tests.unit.app import vendor_world
from tests.unit.go.proxy import GO, Go, escape, module_zip

if TYPE_CHECKING:
    from collections.abc import Callable

Files = dict[str, str]
Base = Literal["vendored", "cached"]

MODULES: Final[dict[str, Files]] = {
    "lib.test/alpha@v0.9.0": {
        "go.mod": "module lib.test/alpha\n\ngo 1.21\n\nrequire lib.test/beta v1.1.0\n",
        "alpha.go": 'package alpha\n\nimport _ "lib.test/beta"\n',
        "nested/nested.go": "package nested\n",
    },
    "lib.test/alpha@v1.0.0": {
        "go.mod": "module lib.test/alpha\n\ngo 1.21\n\nrequire lib.test/beta v1.1.0\n",
        "alpha.go": 'package alpha\n\nimport _ "lib.test/beta"\n',
    },
    "lib.test/alpha@v1.1.0": {
        "go.mod": "module lib.test/alpha\n\ngo 1.21\n\nrequire lib.test/beta v1.2.0\n",
        "alpha.go": 'package alpha\n\nimport (\n\t_ "embed"\n\n\t_ "lib.test/beta"\n)\n\n'
        "//go:embed data.txt\nvar S string\n",
        "alpha_windows.go": "package alpha\n",
        "data.txt": "data\n",
    },
    "lib.test/alpha/nested@v1.0.0": {
        "go.mod": "module lib.test/alpha/nested\n\ngo 1.21\n",
        "nested.go": "package nested\n",
    },
    "lib.test/beta@v1.1.0": {"go.mod": "module lib.test/beta\n\ngo 1.21\n", "beta.go": "package beta\n"},
    "lib.test/beta@v1.2.0": {"go.mod": "module lib.test/beta\n\ngo 1.21\n", "beta.go": "package beta\n"},
    "fork.test/alpha@v1.1.0": {
        "go.mod": "module fork.test/alpha\n\ngo 1.21\n\nrequire lib.test/beta v1.2.0\n",
        "alpha.go": "package alpha\n",
    },
}

APP: Final[Files] = {
    "go.mod": """module app.test/app

go 1.24

toolchain go1.25.0

require (
\tlib.test/alpha v1.1.0
\tlib.test/alpha/nested v1.0.0
\tlib.test/beta v1.2.0 // indirect
)
""",
    "app.go": """package app

import (
\t_ "app.test/app/internal/x"
\t_ "lib.test/alpha"
\t_ "lib.test/alpha/nested"
)
""",
    "internal/x/x.go": "package x\n",
    "third_party/alpha/go.mod": "module lib.test/alpha\n\ngo 1.21\n\nrequire lib.test/beta v1.2.0\n",
    "third_party/alpha/alpha.go": "package alpha\n",
}

USED: Final = ("lib.test/alpha@v1.1.0", "lib.test/alpha/nested@v1.0.0", "lib.test/beta@v1.2.0")


def zip_bytes(key: str) -> bytes:
    path, _, version = key.partition("@")
    return module_zip(path, version, {name: text.encode() for name, text in MODULES[key].items()})


def sum_of(key: str, kind: Literal["zip", "go.mod"] = "zip") -> str:
    """The true hash of a module of `cached`."""
    files = MODULES[key]
    if kind == "go.mod":
        return dirhash.go_mod(files["go.mod"].encode())
    return dirhash.h1((f"{key}/{name}", sha256(text.encode()).hexdigest()) for name, text in files.items())


def sum_lines(*keys: str) -> str:
    """The two true lines of go.sum for each module."""
    lines = []
    for key in keys:
        path, _, version = key.partition("@")
        lines.append(f"{path} {version} {sum_of(key)}\n")
        lines.append(f"{path} {version}/go.mod {sum_of(key, 'go.mod')}\n")
    return "".join(lines)


@dataclass(frozen=True, slots=True)
class Worlds:
    """The clean trees, and the go command with the module cache."""

    go: Go
    trees: dict[Base, Path]

    def copy(self, base: Base, folder: Path, *, cache: bool) -> Copy:
        """A tree that may be changed, with a module cache of its own where `cache` is true."""
        shutil.copytree(self.trees[base], folder / "app", copy_function=link)
        if not cache:
            return Copy(app=folder / "app", modcache=self.go.modcache)
        shutil.copytree(self.go.modcache, folder / "cache", copy_function=link)
        return Copy(app=folder / "app", modcache=folder / "cache")


@dataclass(frozen=True, slots=True)
class Copy:
    """A source tree and the module cache that it is built from."""

    app: Path
    modcache: Path


def link(source: str, target: str) -> None:
    """Copy a file as a hard link: whoever changes the copy removes it first."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def write(path: Path, content: bytes) -> None:
    """Write a file anew, so that no other link to the old one changes with it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)


def make(folder: Callable[[str], Path]) -> Worlds:
    """Build both worlds with the go command, in folders of the names given."""
    assert GO.exists()
    proxy = vendor_world.make_proxy(folder("proxy"))
    for key, files in MODULES.items():
        path, _, version = key.partition("@")
        stem = proxy / escape(path) / "@v" / version
        stem.parent.mkdir(parents=True, exist_ok=True)
        Path(f"{stem}.zip").write_bytes(zip_bytes(key))
        Path(f"{stem}.mod").write_bytes(files["go.mod"].encode())
        Path(f"{stem}.info").write_text(f'{{"Version":"{version}","Time":"2024-01-02T03:04:05Z"}}')
    go = Go(folder("work"), proxy)
    go.environment["GOCACHE"] = str(GOCACHE)  # the standard library is compiled once
    vendored, cached = folder("vendored") / "app", folder("cached") / "app"
    vendor_world.write(vendored, {**vendor_world.SHAPES["newest"], "go.sum": vendor_world.go_sum()})
    go.run(vendored, "mod", "vendor", CGO_ENABLED="0")
    go.run(vendored, "mod", "download", "all")
    vendor_world.write(cached, {**APP, "go.sum": sum_lines(*USED)})
    for module in MODULES:
        go.run(folder("empty"), "mod", "download", module)
    return Worlds(go=go, trees={"vendored": vendored, "cached": cached})
