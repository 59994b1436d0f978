"""What the function table alone tells of real programs.

The packages of a stripped file, and of one whose build info was wiped, are those of its twin and among those
that the go command would link; the largest table that is read takes less memory than any run may.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from attest.exe.buildinfo import END, MAGIC, START
from attest.exe.inspect import inspect
from attest.model.limits import DEFAULT_LIMITS
from tests.conftest import REPOSITORY
from tests.integration.projects import CACHE, go_command
from tests.unit.exe.builders import LOAD, Part, elf

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.binary import BinaryReport
    from tests.unit.go.proxy import Go

pytestmark = pytest.mark.integration

MIB = 1 << 20
STRIPPED = ("linux/amd64", "windows/amd64", "darwin/arm64", "wasip1/wasm", "plan9/amd64", "aix/ppc64")
WIPED = ("linux/amd64", "windows/amd64", "darwin/arm64", "wasip1/wasm")
OLD = ("go1.21.13", "go1.23.4")
PROGRAM = 'package main\n\nimport "rsc.io/quote"\n\nfunc main() { println(quote.Hello()) }\n'


#: In a process of its own, at its usual speed: tracing every allocation would take minutes.
MEASURED = """
import json, sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from attest.exe.inspect import inspect

data = memoryview(Path(sys.argv[1]).read_bytes())
before = getrusage(RUSAGE_SELF).ru_maxrss
report = inspect(data)
grown = getrusage(RUSAGE_SELF).ru_maxrss - before
print(json.dumps({"notes": report.notes, "packages": len(report.packages or ()), "grown": grown}))
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Go, Path]:
    """A program with modules of others, and the go command with them in its cache."""
    folder = tmp_path_factory.mktemp("said")
    go = go_command(CACHE / "said")
    (folder / "go.mod").write_text("module example.com/acme/said\n\ngo 1.20\n\nrequire rsc.io/quote v1.5.2\n")
    (folder / "main.go").write_text(PROGRAM)
    done = go.try_run(folder, "mod", "tidy")
    if done.returncode:
        pytest.skip(f"the environment serves no modules: {done.stderr[-300:]}")
    return go, folder


def build(
    source: tuple[Go, Path], target: Path, platform: str, *flags: str, toolchain: str = "local"
) -> bytes:
    go, folder = source
    goos, _, goarch = platform.partition("/")
    done = go.try_run(
        folder,
        *("build", "-buildvcs=false", *flags, "-o", str(target), "."),
        GOOS=goos,
        GOARCH=goarch,
        CGO_ENABLED="0",
        GOTOOLCHAIN=toolchain,
    )
    if done.returncode and toolchain != "local":
        pytest.skip(f"{toolchain} is not to be had: {done.stderr[-300:]}")
    assert done.returncode == 0, done.stderr
    return target.read_bytes()


def read(data: bytes) -> BinaryReport:
    return inspect(memoryview(data))


def packages(report: BinaryReport) -> set[str]:
    assert report.packages is not None
    return {each.path for each in report.packages}


@pytest.mark.parametrize("platform", STRIPPED)
@pytest.mark.parametrize("flags", [(), ("-trimpath",)], ids=["paths", "trimpath"])
def test_stripping_hides_no_package(
    source: tuple[Go, Path], tmp_path: Path, platform: str, flags: tuple[str, ...]
) -> None:
    whole = packages(read(build(source, tmp_path / "whole", platform, *flags)))
    stripped = packages(read(build(source, tmp_path / "stripped", platform, "-ldflags=-s -w", *flags)))
    assert stripped == whole
    go, folder = source
    goos, _, goarch = platform.partition("/")
    listed = go.run(folder, "list", "-deps", ".", GOOS=goos, GOARCH=goarch, CGO_ENABLED="0").split()
    assert whole <= set(listed)
    assert whole >= {"rsc.io/quote", "rsc.io/sampler", "golang.org/x/text/language", "runtime"}


def wiped(data: bytes) -> bytes:
    """The program without its build info: no blob, and no text between the marks of module information."""
    changed = bytearray(data)
    assert START in changed
    while (start := changed.find(START)) >= 0:
        end = changed.find(END, start) + len(END)
        assert end > start
        changed[start:end] = bytes(end - start)
    while (blob := changed.find(MAGIC)) >= 0:
        changed[blob : blob + 32] = bytes(32)
    return bytes(changed)


def same_without_build_info(twin: BinaryReport, found: BinaryReport) -> None:
    assert twin.build_info is not None
    assert found.build_info is None
    assert found.toolchain == "go"
    assert found.go_version == twin.build_info.go_version
    assert packages(found) == packages(twin)
    recorded = {(each.path, each.version) for each in twin.build_info.deps}
    assert {(each.path, each.version) for each in found.modules} == recorded
    assert found.recovered_from.startswith("function table in ")


@pytest.mark.parametrize("platform", WIPED)
def test_without_build_info_the_functions_still_tell(
    source: tuple[Go, Path], tmp_path: Path, platform: str
) -> None:
    twin = read(build(source, tmp_path / "twin", platform, "-trimpath"))
    data = build(source, tmp_path / "bare", platform, "-trimpath", "-ldflags=-s -w -buildid=")
    same_without_build_info(twin, read(wiped(data)))


@pytest.mark.parametrize("toolchain", OLD)
def test_programs_of_older_go_releases_tell_the_same(
    source: tuple[Go, Path], tmp_path: Path, toolchain: str
) -> None:
    options = ("linux/amd64", "-trimpath")
    twin = read(build(source, tmp_path / "twin", *options, toolchain=toolchain))
    assert twin.go_version == toolchain
    flags = (*options, "-ldflags=-s -w -buildid=")
    same_without_build_info(twin, read(wiped(build(source, tmp_path / "bare", *flags, toolchain=toolchain))))


def hostile(functions: int, files: int) -> bytes:
    """A program of so many functions in many packages and files, with names as long as may be."""
    width = DEFAULT_LIMITS.function_names_bytes // functions - 1
    names = b"".join(b"p%0*d.f\0" % (width - 3, number % 99_000) for number in range(functions))
    paths = b"".join(b"/d%d/%d.go\0" % (number % 90_000, number) for number in range(files))
    starts, at = [], 0
    for name in paths.split(b"\0")[:-1]:
        starts.append(at)
        at += len(name) + 1
    units = struct.pack(f"<{files}I", *starts)
    # Each function's first file is the first of its unit: a step of 1 from -1.
    values = b"\0\x02\x01\0"
    header_end = 8 + 8 * 8
    names_at = header_end
    units_at = names_at + len(names)
    files_at = units_at + len(units)
    values_at = files_at + len(paths)
    table_at = values_at + len(values)
    record = struct.Struct("<Ii4xIIIII8x")
    base = 8 * functions + 4
    rows = b"".join(struct.pack("<II", 16 * n, base + record.size * n) for n in range(functions))
    rows += struct.pack("<I", 16 * functions)
    records = b"".join(record.pack(16 * n, (width + 1) * n, 0, 0, 1, 0, n % files) for n in range(functions))
    head = struct.pack(
        "<I2x2B8Q", 0xFFFFFFF1, 1, 8, functions, files, 0, names_at, units_at, files_at, values_at, table_at
    )
    return elf(
        Part(
            data=head + names + units + paths + values + rows + records,
            address=0x1000,
            name=".gopclntab",
            segment=LOAD,
        )
    )


@pytest.mark.parametrize(
    ("functions", "files", "said"),
    [
        (DEFAULT_LIMITS.functions, DEFAULT_LIMITS.source_files // 2, ""),
        (DEFAULT_LIMITS.functions, 2 * DEFAULT_LIMITS.source_files, "more or longer names of files"),
        (DEFAULT_LIMITS.functions + 1, 10, "1000001 functions in section .gopclntab, more than the 1000000"),
    ],
)
def test_the_largest_table_takes_less_memory_than_a_run_may(
    tmp_path: Path, functions: int, files: int, said: str
) -> None:
    pytest.importorskip("resource", reason="this system does not tell the memory that a process took")
    (tmp_path / "hostile").write_bytes(hostile(functions, files))
    words = [sys.executable, "-c", MEASURED, str(tmp_path / "hostile")]
    done = subprocess.run(words, check=True, capture_output=True, text=True, cwd=REPOSITORY)
    told = json.loads(done.stdout)
    assert any(said in each for each in told["notes"]) if said else told["packages"]
    assert told["grown"] * (1 if sys.platform == "darwin" else 1024) < 256 * MIB
