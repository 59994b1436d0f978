"""What the function table tells of a build: of programs of the go command, and of tables made by hand."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from attest.exe.inspect import inspect
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import LOAD, Part, elf, framed, inline_blob
from tests.unit.exe.conftest import TARGETS, environment
from tests.unit.exe.tables import FUNCS, INLINED, MAGICS, Func, table
from tests.unit.exe.test_pclntab import found

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.binary import BinaryReport
    from attest.model.fact import FactValue
    from tests.unit.exe.conftest import Corpus

MESSAGE = "This program can only be run on AMD64 processors with v{} microarchitecture support.\n"
LSE = "This program can only run on ARM64 processors with LSE support.\n"
MODULES = (
    "path\texample.com/acme/hello\n"
    "mod\texample.com/acme/hello\tv1.0.0\t\n"
    "dep\texample.com/acme/dep\tv1.2.3\t\n"
    "dep\texample.com/acme/tiny\tv0.0.9\n=>\texample.com/acme/tiny\tv0.1.0\t\n"
    "dep\tgopkg.in/yaml.v3\tv3.0.1\t\n"
)


def program(
    *functions: Func,
    text: str = MODULES,
    settings: dict[str, str] | None = None,
    version: str = "go1.27.3",
    generation: str = "1.20",
    message: str = "",
    machine: int = 62,
) -> BinaryReport:
    """A program with these functions besides the usual ones."""
    said = text + "".join(f"build\t{key}={value}\n" for key, value in (settings or {}).items())
    functions_table = table(generation, functions=(*FUNCS, *functions), inlined=INLINED)
    data = elf(
        Part(
            data=inline_blob(version, framed(said)),
            address=0x20000,
            name=".go.buildinfo",
            segment=LOAD,
            flags=6,
        ),
        Part(data=functions_table, address=0x400000, name=".gopclntab", segment=LOAD),
        Part(data=b"\0" + message.encode() + b"\0", address=0x500000, name=".rodata", segment=LOAD),
        machine=machine,
    )
    return inspect(memoryview(data))


def conflicts(report: BinaryReport) -> FactValue | None:
    return report.fact("go.function_conflicts")


def test_a_program_that_is_what_it_says() -> None:
    report = program()
    assert report.notes == ()
    assert report.fact("go.cgo_used") is False
    assert report.fact("go.sanitizers") == ()
    assert report.fact("go.absolute_path_count") == 0
    assert report.fact("go.absolute_paths") == ()
    assert report.fact("go.level_marker") is None
    assert conflicts(report) == ()
    assert report.fact("go.modules_untold") == ()


CGO = Func(name="runtime/cgo.init", file="runtime/cgo/callbacks.go")
CROSSCALL = Func(name="crosscall2", file="")


def test_cgo_that_the_build_info_denies() -> None:
    report = program(CGO, settings={"CGO_ENABLED": "0"})
    assert report.fact("go.cgo_used") is True
    assert conflicts(report) == ("the build info says CGO_ENABLED=0, and runtime/cgo is linked",)
    assert conflicts(program(CGO, settings={"CGO_ENABLED": "1"})) == ()


@pytest.mark.parametrize(
    ("generation", "version", "used"),
    [("1.16", "go1.17", True), ("1.18", "go1.19", True), ("1.20", "go1.22", False)],
)
def test_cgo_of_old_programs_has_no_package_of_its_own(generation: str, version: str, used: bool) -> None:
    report = program(CROSSCALL, generation=generation, version=version)
    assert report.fact("go.cgo_used") is used
    assert conflicts(report) == ()


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("race", "runtime.racefuncenter"),
        ("msan", "runtime.domsanread"),
        ("asan", "runtime.doasanread"),
    ],
)
def test_sanitizers_are_held_against_the_settings(name: str, function: str) -> None:
    linked = Func(name=function, file="runtime/asm.s")
    report = program(linked, settings={f"-{name}": "true"})
    assert report.fact("go.sanitizers") == (name,)
    assert conflicts(report) == ()
    assert conflicts(program(linked, settings={"-compiler": "gc"})) == (
        f"the build info does not say -{name}=true, and functions of it are linked",
    )
    assert conflicts(program(linked)) == ()  # there are no settings at all
    assert conflicts(program(settings={f"-{name}": "true"})) == (
        f"the build info says -{name}=true, and no function of it is linked",
    )


@pytest.mark.parametrize(
    ("version", "generation", "conflict"),
    [
        ("go1.22.1", "1.18", "the build info says go1.22.1, and the function table is that of Go 1.18"),
        ("go1.18", "1.20", "the build info says go1.18, and the function table is that of Go 1.20"),
        ("go1.17.2", "1.16", ""),
        ("go1.19", "1.18", ""),
        ("devel go1.22-abc", "1.18", ""),
    ],
)
def test_the_table_is_that_of_the_release(version: str, generation: str, conflict: str) -> None:
    assert conflicts(program(version=version, generation=generation)) == ((conflict,) if conflict else ())


@pytest.mark.parametrize(
    ("said", "message", "marker", "conflict"),
    [
        ("v1", "", None, ""),
        ("v3", MESSAGE.format(3), "GOAMD64=v3", ""),
        ("v1", MESSAGE.format(3), "GOAMD64=v3", "GOAMD64=v1, and the runtime was built for GOAMD64=v3"),
        ("v2", "", None, "GOAMD64=v2, and the runtime was built for GOAMD64=v1"),
        ("v1", MESSAGE.format(3).strip(), None, ""),  # a text that quotes it
        ("v1", MESSAGE.format(9), None, ""),
    ],
)
def test_the_level_of_amd64(said: str, message: str, marker: str | None, conflict: str) -> None:
    report = program(settings={"GOARCH": "amd64", "GOAMD64": said}, message=message)
    assert report.fact("go.level_marker") == marker
    assert conflicts(report) == ((f"the build info says {conflict}",) if conflict else ())


@pytest.mark.parametrize(
    ("said", "message", "conflict"),
    [
        ("v8.0", "", ""),
        ("v8.0,lse", LSE, ""),
        ("v8.1", LSE, ""),
        ("v8.1", "", ""),  # most systems let no program ask the processor
        ("v8.0,crypto", LSE, "the build info says GOARM64=v8.0,crypto, and the runtime needs LSE"),
    ],
)
def test_the_level_of_arm64(said: str, message: str, conflict: str) -> None:
    report = program(settings={"GOARCH": "arm64", "GOARM64": said}, message=message, machine=183)
    assert report.fact("go.level_marker") == ("GOARM64=lse" if message else None)
    assert conflicts(report) == ((conflict,) if conflict else ())


def test_modules_that_the_build_info_hides() -> None:
    hidden = Func(name="example.com/hidden.F", file="example.com/hidden@v1.0.0/f.go")
    own = (
        Func(
            name="os.Open",
            file="/home/ci/go/pkg/mod/golang.org/toolchain@v0.0.1-go1.27.3.linux-amd64/src/os/f.go",
        ),
        Func(name="crypto/internal/fips140.F", file="golang.org/fips140@v1.0.0-c2097c7c/fips140/v1.0.0/f.go"),
    )
    assert program(hidden, *own).fact("go.modules_untold") == ("example.com/hidden@v1.0.0",)
    other = MODULES.replace("dep\texample.com/acme/dep\tv1.2.3", "dep\texample.com/acme/dep\tv1.2.4")
    assert program(text=other).fact("go.modules_untold") == ("example.com/acme/dep@v1.2.3",)
    nothing = program(text="path\texample.com/acme/hello\n").fact("go.modules_untold")
    assert nothing == (
        "example.com/acme/dep@v1.2.3",
        "example.com/acme/tiny@v0.1.0",
        "gopkg.in/yaml.v3@v3.0.1",
    )


def test_a_few_absolute_paths_are_told_and_all_are_counted() -> None:
    functions = [Func(name=f"main.f{n}", file=f"/home/ann/p{n:02}/f.go") for n in range(12)]
    report = program(*functions, Func(name="main.g", file="C:/src/g.go"), Func(name="main.h", file="/h.go"))
    assert report.fact("go.absolute_path_count") == 14
    assert report.fact("go.absolute_paths") == (
        "/",
        *(f"/home/ann/p{n:02}" for n in range(9)),
    )


def test_without_build_info_there_is_nothing_to_contradict() -> None:
    data = elf(Part(data=table(functions=FUNCS), address=0x400000, name=".gopclntab", segment=LOAD))
    report = inspect(memoryview(data))
    assert report.fact("go.cgo_used") is False
    assert conflicts(report) is report.fact("go.modules_untold") is None
    assert inspect(memoryview(data), depth="headers").fact("go.cgo_used") is None


@pytest.mark.parametrize("generation", MAGICS)
def test_a_function_is_found_by_its_whole_name(generation: str) -> None:
    functions = found(table(generation))
    assert functions.holds(b"runtime.main")
    assert not functions.holds(b"runtime.mai")
    assert not functions.holds(b"untime.main")
    assert functions.limits is DEFAULT_LIMITS


@pytest.mark.parametrize("name", TARGETS)
def test_a_program_of_the_go_command_contradicts_nothing(corpus: Corpus, name: str) -> None:
    report = inspect(memoryview(corpus.data(name)))
    trimmed = "-trimpath" in TARGETS[name][1]
    assert report.fact("go.header_conflicts") == report.fact("go.function_conflicts") == ()
    assert report.fact("go.modules_untold") == ()
    assert report.fact("go.cgo_used") is report.fact("go.cgo") is False
    assert report.fact("go.trimpath") is trimmed
    assert (report.fact("go.absolute_path_count") == 0) is trimmed


@pytest.mark.parametrize(
    ("platform", "flags", "level"),
    [("darwin/arm64", ("-race",), ""), ("linux/arm64", (), "v8.0,lse"), ("windows/amd64", (), "v2")],
)
def test_what_a_program_was_built_for_is_in_its_functions(
    corpus: Corpus, tmp_path: Path, platform: str, flags: tuple[str, ...], level: str
) -> None:
    target, arch = tmp_path / "built", platform.partition("/")[2]
    subprocess.run(
        [corpus.go, "build", "-buildvcs=false", *flags, "-o", str(target), "."],
        cwd=corpus.folder / "src",
        env=environment(platform) | ({f"GO{arch.upper()}": level} if level else {}),
        check=True,
        capture_output=True,
    )
    report = inspect(memoryview(target.read_bytes()))
    assert conflicts(report) == ()
    assert report.fact("go.race") is bool(flags)
    assert report.fact("go.sanitizers") == (("race",) if flags else ())
    expected = {"": None, "v2": "GOAMD64=v2"}.get(level, "GOARM64=lse")
    assert report.fact("go.level_marker") == expected


def test_a_program_that_really_uses_cgo(corpus: Corpus, tmp_path: Path) -> None:
    if shutil.which("gcc") is None or os.name == "nt":
        pytest.skip("no C compiler")
    (tmp_path / "go.mod").write_text("module example.com/c\n\ngo 1.24\n", encoding="utf-8")
    source = (
        'package main\n\n// int one(void) { return 1; }\nimport "C"\n\nfunc main() { println(C.one()) }\n'
    )
    (tmp_path / "main.go").write_text(source, encoding="utf-8")
    target = tmp_path / "built"
    env = {key: value for key, value in environment("/").items() if key not in ("GOOS", "GOARCH")}
    subprocess.run(
        [corpus.go, "build", "-buildvcs=false", "-trimpath", "-o", str(target), "."],
        cwd=tmp_path,
        env=env | {"CGO_ENABLED": "1", "CC": "gcc"},
        check=True,
        capture_output=True,
    )
    report = inspect(memoryview(target.read_bytes()))
    assert report.fact("go.cgo_used") is True
    assert report.fact("go.fips140_matches") is not False
    assert report.fact("go.absolute_path_count") == 0
    assert conflicts(report) == ()


def test_a_table_that_is_not_read_to_its_end_tells_nothing() -> None:
    data = elf(Part(data=table(functions=FUNCS), address=0x400000, name=".gopclntab", segment=LOAD))
    report = inspect(memoryview(data), limits=replace(DEFAULT_LIMITS, linked_packages=1))
    assert report.notes == ("more than 1 packages or their directories in section .gopclntab",)
    assert [fact.name for fact in report.facts if fact.name.startswith("go.")] == []
