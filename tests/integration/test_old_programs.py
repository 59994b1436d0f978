"""Programs that older Go releases made and others published, read and held against the go command.

esbuild's npm packages carry one program each. Its releases 0.3 to 0.15 were built by Go 1.14 to 1.19: with
function tables of three generations and build info of both encodings.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import lief
import pytest
from elftools.elf.elffile import ELFFile

from attest.exe.elf import read_elf
from attest.exe.inspect import inspect
from attest.exe.macho import read_macho
from attest.exe.packages import package_of
from attest.exe.pclntab import read_functions
from attest.exe.pe import read_pe
from attest.exe.wasm import read_wasm
from attest.model.limits import DEFAULT_LIMITS
from attest.render.inspect_json import build_info_document
from tests.integration.fetched import npm_package
from tests.integration.test_linked_packages import packages, wiped
from tests.unit.exe.conftest import environment, go_command

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.binary import BinaryReport

pytestmark = pytest.mark.integration

MAIN: Final = "github.com/evanw/esbuild/cmd/esbuild"
READERS: Final = {"elf": read_elf, "macho": read_macho, "pe": read_pe, "wasm": read_wasm}
#: The first Go release that wrote function tables as each of these did.
GENERATIONS: Final = {
    "go1.14": "1.2",
    "go1.15": "1.2",
    "go1.16": "1.16",
    "go1.17": "1.16",
    "go1.18": "1.18",
    "go1.19": "1.18",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Old:
    """A published program and the Go release that made it."""

    package: str
    version: str
    go: str
    platform: str
    symbols: bool = False

    def __str__(self) -> str:
        return f"{self.package}-{self.version}"

    @property
    def path(self) -> Path:
        """The program itself: the largest file of its package."""
        files = [each for each in npm_package(self.package, self.version).rglob("*") if each.is_file()]
        return max(files, key=lambda each: each.stat().st_size)


def old(package: str, version: str, go: str, platform: str, *, symbols: bool = False) -> Old:
    return Old(package=f"esbuild-{package}", version=version, go=go, platform=platform, symbols=symbols)


#: Go before 1.22 left the symbols in programs for macOS, whatever flags the linker had.
PROGRAMS: Final = (
    old("linux-64", "0.3.9", "go1.14.2", "linux/amd64", symbols=True),
    old("linux-64", "0.5.0", "go1.14.2", "linux/amd64", symbols=True),
    old("linux-64", "0.7.22", "go1.15", "linux/amd64"),
    old("linux-64", "0.8.57", "go1.16", "linux/amd64"),
    old("darwin-64", "0.8.57", "go1.16", "darwin/amd64", symbols=True),
    old("wasm", "0.8.57", "go1.16", "js/wasm"),
    old("linux-64", "0.9.7", "go1.16.2", "linux/amd64"),
    old("linux-64", "0.11.23", "go1.16.3", "linux/amd64"),
    old("linux-64", "0.12.29", "go1.17.1", "linux/amd64"),
    old("linux-32", "0.13.15", "go1.17.2", "linux/386"),
    old("linux-arm", "0.13.15", "go1.17.2", "linux/arm"),
    old("linux-ppc64le", "0.13.15", "go1.17.2", "linux/ppc64le"),
    old("windows-32", "0.13.15", "go1.17.2", "windows/386"),
    old("darwin-arm64", "0.14.10", "go1.17.5", "darwin/arm64", symbols=True),
    old("linux-mips64le", "0.14.10", "go1.17.5", "linux/mips64le"),
    old("openbsd-64", "0.14.10", "go1.17.5", "openbsd/amd64"),
    old("wasm", "0.14.10", "go1.17.5", "js/wasm"),
    old("linux-64", "0.14.30", "go1.18", "linux/amd64"),
    old("freebsd-64", "0.14.54", "go1.19", "freebsd/amd64"),
    old("linux-s390x", "0.14.54", "go1.19", "linux/s390x"),
    old("sunos-64", "0.14.54", "go1.19", "illumos/amd64"),
    old("wasm", "0.14.54", "go1.19", "js/wasm"),
    old("windows-64", "0.14.54", "go1.19", "windows/amd64"),
    old("linux-64", "0.15.18", "go1.19.3", "linux/amd64"),
)
each_program = pytest.mark.parametrize("program", PROGRAMS, ids=str)


@cache
def read(program: Old) -> BinaryReport:
    return inspect(memoryview(program.path.read_bytes()))


def test_every_generation_of_function_tables_is_here() -> None:
    assert {GENERATIONS[".".join(each.go.split(".")[:2])] for each in PROGRAMS} == {"1.2", "1.16", "1.18"}


@each_program
def test_build_info_is_what_the_go_command_reads(program: Old) -> None:
    report = read(program)
    assert report.notes == ()
    assert report.toolchain == "go"
    assert report.go_version == program.go
    info = report.build_info
    assert info is not None
    assert info.path == MAIN
    if program.platform.endswith("/wasm"):  # debug/buildinfo does not read it: the same source, natively
        twins = [each for each in PROGRAMS if each.version == program.version and each != program]
        told = [read(each).build_info for each in twins]
        assert all(twin is not None and twin.main == info.main for twin in told)
        return
    go = go_command()
    if go is None:
        pytest.skip("no go command to compare with")
    words = [go, "version", "-m", "-json", str(program.path)]
    done = subprocess.run(words, env=environment("linux/amd64"), check=True, capture_output=True)
    assert json.loads(json.dumps(build_info_document(info))) == json.loads(done.stdout)


@each_program
def test_headers_tell_the_platform(program: Old) -> None:
    report = read(program)
    goos, _, goarch = program.platform.partition("/")
    assert report.container.arch == goarch
    assert report.container.os in ((goos,) if goarch == "wasm" else (goos, None))
    assert report.fact("symbol_table") is program.symbols


@each_program
def test_the_build_id_is_that_of_the_file_until_it_is_changed(program: Old) -> None:
    data = bytearray(program.path.read_bytes())
    assert read(program).fact("go.build_id_matches") is True
    data[data.index(b"github.com/evanw")] ^= 1
    assert inspect(memoryview(data)).fact("go.build_id_matches") is False


@each_program
def test_the_function_table_is_of_its_generation(program: Old) -> None:
    image = READERS[read(program).container.format](memoryview(program.path.read_bytes()), DEFAULT_LIMITS)
    table = read_functions(image, DEFAULT_LIMITS)
    assert table is not None
    assert table.generation == GENERATIONS[".".join(program.go.split(".")[:2])]
    assert table.holds(b"main.main")


@each_program
def test_linked_packages_are_those_of_the_modules_in_the_build_info(program: Old) -> None:
    report = read(program)
    assert report.build_info is not None
    assert report.build_info.main is not None
    assert report.packages is not None
    modules = {report.build_info.main.path, *(each.path for each in report.build_info.deps), "std"}
    assert {each.module for each in report.packages} <= modules
    assert packages(report) >= {MAIN, "github.com/evanw/esbuild/internal/bundler", "runtime", "fmt", "os"}


def symbols(program: Old) -> tuple[set[bytes], set[bytes]]:
    """The names in the symbol table as another reader finds them: those of functions, and all."""
    data = program.path.read_bytes()
    if program.platform.startswith("darwin/"):
        file: Any = lief.parse(data)
        named = [(each.name.removeprefix("_").encode(), each.numberof_sections == 1) for each in file.symbols]
    else:
        table: Any = ELFFile(BytesIO(data)).get_section_by_name(".symtab")
        named = [(each.name.encode(), each["st_info"]["type"] == "STT_FUNC") for each in table.iter_symbols()]
    return {name for name, function in named if function}, {name for name, _ in named}


@pytest.mark.parametrize("program", [each for each in PROGRAMS if each.symbols], ids=str)
def test_symbols_name_the_same_packages(program: Old) -> None:
    functions, every = ({package_of(each) for each in names} for names in symbols(program))
    found = {each for each in packages(read(program)) if each.startswith("github.com/evanw/")}
    assert {each for each in functions if each.startswith("github.com/evanw/")} <= found
    assert found - {MAIN} <= every


@each_program
def test_without_build_info_the_same_is_told(program: Old) -> None:
    report = read(program)
    bare = inspect(memoryview(wiped(program.path.read_bytes())))
    assert bare.build_info is None
    assert bare.toolchain == "go"
    assert bare.go_version == program.go
    assert packages(bare) - {"main"} == packages(report) - ({MAIN} - packages(bare))
