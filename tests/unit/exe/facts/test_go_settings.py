"""What build settings tell: of programs of the go command, and of settings written by hand."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from attest.exe.facts.go_settings import minor_of, set_values, settings
from attest.exe.inspect import inspect
from attest.exe.known import Known
from attest.exe.plan9 import read_plan9
from attest.model.binary import BuildInfo, Module
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import plan9
from tests.unit.exe.conftest import environment

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.fact import FactValue
    from tests.unit.exe.conftest import Corpus

IMAGE = read_plan9(memoryview(plan9()), DEFAULT_LIMITS)
MAIN = Module(path="example.com/a", version="v1.0.0")
OLD_26 = (
    "containermaxprocs=0,cryptocustomrand=1,decoratemappings=0,tlssecpmlkem=0,tlssha1=1,updatemaxprocs=0,"
    "urlstrictcolons=0,x509sha256skid=0"
)


def told(
    *pairs: tuple[str, str], version: str = "go1.27.3", main: Module | None = MAIN
) -> dict[str, FactValue]:
    info = BuildInfo(go_version=version, main=main, settings=pairs)
    known = Known(info=info, go=True, depth="headers", limits=DEFAULT_LIMITS)
    return {fact.name: fact.value for fact in settings(IMAGE, known)}


def test_a_setting_that_the_go_command_did_not_write_is_off() -> None:
    assert told(("-compiler", "gc")) == {
        "go.compiler": "gc",
        "go.race": False,
        "go.msan": False,
        "go.asan": False,
        "go.cover": False,
        "go.trimpath": False,
        "go.pgo": "off",
        "go.tags": (),
        "go.experiments": (),
        "go.fips140": "off",
        "go.debug": (),
        "go.debug_weak": (),
        "go.language": "1.27",
    }


def test_where_the_go_command_wrote_no_settings_nothing_is_off() -> None:
    assert told() == {}
    assert told(("CGO_ENABLED", "maybe"), ("-tags", "a"), ("-race", "true")) == {
        "go.race": True,
        "go.tags": ("a",),
    }
    known = Known(info=None, go=True, depth="full", limits=DEFAULT_LIMITS)
    assert list(settings(IMAGE, known)) == []


def test_every_setting_has_its_fact() -> None:
    found = told(
        ("-asan", "true"),
        ("-buildmode", "pie"),
        ("-compiler", "gc"),
        ("-ldflags", "-s -X main.a=1"),
        ("-pgo", "default.pgo"),
        ("-tags", "netgo,osusergo"),
        ("-trimpath", "true"),
        ("DefaultGODEBUG", "fips140=on,tlssha1=1"),
        ("CGO_ENABLED", "1"),
        ("GOARCH", "amd64"),
        ("GOEXPERIMENT", "jsonv2,nodwarf5"),
        ("GOFIPS140", "v1.0.0-c2097c7c"),
        ("GOAMD64", "v3"),
    )
    assert found == {
        "go.buildmode": "pie",
        "go.compiler": "gc",
        "go.cgo": True,
        "go.race": False,
        "go.msan": False,
        "go.asan": True,
        "go.cover": False,
        "go.trimpath": True,
        "go.pgo": "default.pgo",
        "go.tags": ("netgo", "osusergo"),
        "go.ldflags": "-s -X main.a=1",
        "go.ldflags_values": ("main.a=1",),
        "go.experiments": ("jsonv2", "nodwarf5"),
        "go.fips140": "v1.0.0-c2097c7c",
        "go.level": "GOAMD64=v3",
        "go.debug": ("fips140=on", "tlssha1=1"),
        "go.debug_weak": ("tlssha1=1",),
    }


@pytest.mark.parametrize(
    ("version", "debug", "line"),
    [
        ("go1.27.3", "", "1.27"),
        ("go1.26.8", "", "1.26"),
        ("go1.26.8", OLD_26, "1.24"),
        ("go1.26.8", f"{OLD_26},fips140=on", "1.24"),
        (
            "go1.22.5",
            "httplaxcontentlength=1,httpmuxgo121=1,tls10server=1,tlsrsakex=1,tlsunsafeekm=1",
            "1.21",
        ),
        ("go1.21.0", "panicnil=1", "1.20"),
        ("go1.27.3", "tlssha1=1", None),  # set by hand: a go line of 1.24 would bring more
        ("go1.27.3", "fips140=on", "1.27"),
        ("go1.20.14", "", None),  # before the go line counted
        ("go1.28.0", "", None),  # what it changed is not known
        ("devel go1.27-abc1234", "", None),
        ("go1.27-devel_abc", "", None),
    ],
)
def test_the_go_line_that_the_settings_tell(version: str, debug: str, line: str | None) -> None:
    pairs = (("-compiler", "gc"), *((("DefaultGODEBUG", debug),) if debug else ()))
    assert told(*pairs, version=version).get("go.language") == line
    assert "go.language" not in told(*pairs, version=version, main=None)


def test_before_go_1_24_no_fips_module_could_be_selected() -> None:
    assert "go.fips140" not in told(("-compiler", "gc"), version="go1.23.1")


@pytest.mark.parametrize(
    ("version", "pairs", "expected"),
    [
        ("go1.24.1 X:rangefunc,aliastypeparams", (), ("rangefunc", "aliastypeparams")),
        ("go1.27.3-X:nojsonv2", (), ("nojsonv2",)),
        ("go1.24.1 X:other", (("GOEXPERIMENT", "set"),), ("set",)),
    ],
)
def test_experiments_of_the_version_or_of_the_setting(
    version: str, pairs: tuple[tuple[str, str], ...], expected: tuple[str, ...]
) -> None:
    assert told(*pairs, version=version)["go.experiments"] == expected


@pytest.mark.parametrize(
    ("version", "minor"), [("go1.27.3", 27), ("go1.9", 9), ("go1.24rc2", 24), ("go2.0", None), ("", None)]
)
def test_the_minor_version(version: str, minor: int | None) -> None:
    assert minor_of(version) == minor


@pytest.mark.parametrize(
    ("flags", "values"),
    [
        ("-s -w", []),
        ("-X main.a=1 -X=main.b=2 --X main.c=3", ["main.a=1", "main.b=2", "main.c=3"]),
        ("-X 'main.a=one two' -X \"main.b=it's\"", ["main.a=one two", "main.b=it's"]),
        ("-X main.a=-X", ["main.a=-X"]),
        ("-X", []),
        ("-X main.a", []),
        ("-X main.a= '' -w", ["main.a="]),
    ],
)
def test_what_the_linker_was_told_to_set(flags: str, values: list[str]) -> None:
    assert list(set_values(flags)) == values


def test_a_program_of_the_go_command(corpus: Corpus, tmp_path: Path) -> None:
    (tmp_path / "go.mod").write_text("module example.com/old\n\ngo 1.21\n", encoding="utf-8")
    (tmp_path / "main.go").write_text("package main\n\nvar v string\n\nfunc main() { println(v) }\n", "utf-8")
    target = tmp_path / "old"
    flags = ["-buildvcs=false", "-tags=one,two", "-ldflags=-X 'main.v=a b'"]
    subprocess.run(
        [corpus.go, "build", *flags, "-o", str(target), "."],
        cwd=tmp_path,
        env={**environment("linux/amd64"), "GOAMD64": "v3", "GOFIPS140": "latest"},
        check=True,
        capture_output=True,
    )
    report = inspect(memoryview(target.read_bytes()))
    expected: dict[str, FactValue] = {
        "go.language": "1.21",
        "go.tags": ("one", "two"),
        "go.ldflags_values": ("main.v=a b",),
        "go.level": "GOAMD64=v3",
        "go.level_marker": "GOAMD64=v3",
        "go.fips140": "latest",
        "go.fips140_matches": True,
        "go.function_conflicts": (),
        "go.cgo_used": False,
    }
    assert {name: report.fact(name) for name in expected} == expected
    weak = report.fact("go.debug_weak")
    assert isinstance(weak, tuple)
    assert "tlssha1=1" in weak
