"""Programs of Go modules beside this file, built by the go command and kept below build/test-cache.

`servers` are those of a Sigstore and the cosign of today, `cosign2` is the cosign before it, which needs
other versions of the same modules. They are built anew only where go.mod, go.sum, main.go or the go command
is another. One process builds; the others wait for it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

from testdata.widget.build import locked
from tests.conftest import REPOSITORY
from tests.unit.go.proxy import GO

SOURCE: Final = Path(__file__).parent / "servers"
SOURCE_2: Final = Path(__file__).parent / "cosign2"
CACHE: Final = REPOSITORY / "build" / "test-cache"
FULCIO: Final = "github.com/sigstore/fulcio"
REKOR: Final = "github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix"
COSIGN: Final = "github.com/sigstore/cosign/v3/cmd/cosign"
COSIGN_2: Final = "github.com/sigstore/cosign/v2/cmd/cosign"
OWN: Final = "."
#: The same for every build: another flag would compile everything again.
_FLAGS: Final = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags=-s -w")


def version(package: str, source: Path = SOURCE) -> str:
    """The version of the package's module in go.mod."""
    lines = (source / "go.mod").read_text("utf-8").splitlines()
    words = [line.removeprefix("require ").split() for line in lines]
    found = [each for each in words if len(each) > 1 and f"{package}/".startswith(f"{each[0]}/")]
    return max(found, key=lambda each: len(each[0]))[1]


def built(*packages: str, source: Path = SOURCE) -> Path:
    """The folder with the programs of these packages, each named as its package's last element."""
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    cache = CACHE / source.name
    cache.mkdir(parents=True, exist_ok=True)
    with locked(cache):
        target = cache / _key(source)
        wanted = [each for each in packages if not (target / _name(each)).exists()]
        if wanted:
            _build(source, target, wanted)
    return target


def _name(package: str) -> str:
    name = "servers" if package == OWN else package.rpartition("/")[2]
    return f"{name}.exe" if os.name == "nt" else name


def _key(source: Path) -> str:
    content = hashlib.sha256(_go(source, "version").stdout.encode())
    for name in ("go.mod", "go.sum", "main.go"):
        if (source / name).exists():
            content.update(hashlib.sha256((source / name).read_bytes()).digest())
    return content.hexdigest()[:16]


def _build(source: Path, target: Path, packages: list[str]) -> None:
    # What cannot be fetched is the machine's matter; what was fetched must compile.
    fetched = _go(source, "list", "-mod=readonly", "-deps", *packages)
    if fetched.returncode:
        pytest.skip(f"the environment serves no modules: {fetched.stderr[-300:]}")
    fresh = target.with_name(f"{target.name}.new")
    fresh.mkdir(exist_ok=True)
    done = _go(source, "build", *_FLAGS, "-o", f"{fresh}{os.sep}", *packages)
    assert done.returncode == 0, done.stderr
    target.mkdir(exist_ok=True)
    for each in packages:
        (fresh / _name(each)).replace(target / _name(each))
    fresh.rmdir()


def _go(source: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "CGO_ENABLED": "0",
        "GOCACHE": str(CACHE / "servers" / "gocache"),
        "GOFLAGS": "",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
    }
    return subprocess.run(
        [str(GO), *words], cwd=source, env=environment, capture_output=True, text=True, check=False
    )
