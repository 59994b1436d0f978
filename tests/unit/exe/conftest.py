"""Small real Go programs for many platforms, built once and kept below build/test-cache/."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CACHE = ROOT / "build" / "test-cache"

SOURCES = {
    "go.mod": (
        "module example.com/acme/hello\n\ngo 1.24\n\n"
        "require (\n\texample.com/acme/dep v1.2.3\n\texample.com/acme/plain v0.1.0\n)\n\n"
        "replace (\n\texample.com/acme/dep => ./dep\n\texample.com/acme/plain v0.1.0 => ./plain\n)\n"
    ),
    "main.go": (
        'package main\n\nimport (\n\t"example.com/acme/dep"\n\t"example.com/acme/plain"\n)\n\n'
        "func main() { println(dep.Word(), plain.Word()) }\n"
    ),
    "dep/go.mod": "module example.com/acme/dep\n\ngo 1.24\n",
    "dep/dep.go": 'package dep\n\nfunc Word() string { return "hello" }\n',
    "plain/go.mod": "module example.com/acme/plain\n\ngo 1.24\n",
    "plain/plain.go": 'package plain\n\nfunc Word() string { return "world" }\n',
}

SMALL = ("-trimpath", "-ldflags=-s -w")

#: Name, then GOOS/GOARCH and the flags of `go build`.
TARGETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "linux-amd64": ("linux/amd64", ()),
    "linux-amd64-pie": ("linux/amd64", ("-buildmode=pie",)),
    "linux-386": ("linux/386", ("-tags=a,b", *SMALL)),
    "linux-s390x": ("linux/s390x", SMALL),
    "freebsd-amd64": ("freebsd/amd64", SMALL),
    "windows-amd64": ("windows/amd64", SMALL),
    "windows-amd64-exe": ("windows/amd64", ("-buildmode=exe", "-ldflags=-H windowsgui")),
    "windows-386": ("windows/386", ()),
    "windows-arm64": ("windows/arm64", ("-ldflags=-w",)),
    "darwin-amd64": ("darwin/amd64", SMALL),
    "darwin-arm64": ("darwin/arm64", ("-gcflags=-N -l",)),
    "js-wasm": ("js/wasm", ()),
    "wasip1-wasm": ("wasip1/wasm", SMALL),
    "plan9-386": ("plan9/386", ()),
    "plan9-amd64": ("plan9/amd64", SMALL),
    "plan9-arm": ("plan9/arm", SMALL),
    "aix-ppc64": ("aix/ppc64", ()),
    "aix-ppc64-s": ("aix/ppc64", SMALL),
}


def go_command() -> str | None:
    beside = Path(sys.executable).parent / ("go.exe" if os.name == "nt" else "go")
    return str(beside) if beside.is_file() else shutil.which("go")


def environment(platform: str) -> dict[str, str]:
    goos, _, goarch = platform.partition("/")
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GO", "CGO"))},
        "GOTOOLCHAIN": "local",
        "GOTELEMETRY": "off",
        "GOPROXY": "off",
        "GOFLAGS": "",
        "GOWORK": "off",
        "GOENV": "off",
        "CGO_ENABLED": "0",
        "GOOS": goos,
        "GOARCH": goarch,
        "GOCACHE": str(CACHE / "go-build"),
    }


@dataclass(frozen=True)
class Corpus:
    """The programs by name, and the go command that made them."""

    go: str
    folder: Path

    def path(self, name: str) -> Path:
        """The program; built now where no earlier run left it."""
        target = self.folder / name
        if not target.is_file():
            platform, flags = TARGETS[name]
            partial = target.with_name(f"{name}.{os.getpid()}")
            subprocess.run(
                [self.go, "build", "-buildvcs=false", *flags, "-o", str(partial), "."],
                cwd=self.folder / "src",
                env=environment(platform),
                check=True,
                capture_output=True,
            )
            partial.replace(target)
        return target

    def data(self, name: str) -> bytes:
        return self.path(name).read_bytes()

    def version_json(self, path: Path) -> bytes:
        """What `go version -m -json` says about a file."""
        done = subprocess.run(
            [self.go, "version", "-m", "-json", str(path)],
            env=environment("linux/amd64"),
            check=True,
            capture_output=True,
        )
        return done.stdout


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    go = go_command()
    if go is None:
        pytest.skip("no go command: the comparison with the toolchain is left out")
    version = subprocess.run(
        [go, "env", "GOVERSION"], env=environment("linux/amd64"), check=True, capture_output=True, text=True
    ).stdout.strip()
    key = hashlib.sha256(repr((version, SOURCES, TARGETS)).encode()).hexdigest()[:16]
    folder = CACHE / f"exe-{key}"
    for name, text in SOURCES.items():
        file = folder / "src" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.is_file():
            file.write_text(text, encoding="utf-8", newline="\n")
    return Corpus(go=go, folder=folder)
