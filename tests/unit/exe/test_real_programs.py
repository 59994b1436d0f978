"""Real programs: build info as Go's own reader prints it, headers as pyelftools and LIEF read them."""

from __future__ import annotations

import base64
import json
import subprocess
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lief
import pytest
from elftools.elf.elffile import ELFFile

from attest.exe.inspect import inspect
from attest.render.inspect_json import build_info_document
from tests.unit.exe.builders import fat
from tests.unit.exe.conftest import TARGETS, environment

if TYPE_CHECKING:
    from attest.model.binary import BinaryReport
    from tests.unit.exe.conftest import Corpus

WASM = [name for name in TARGETS if name.endswith("wasm")]
#: What the go command, pyelftools and LIEF read too: no WebAssembly, and nothing of Plan 9 or AIX.
NATIVE = [name for name in TARGETS if name not in WASM and not name.startswith(("plan9", "aix"))]
ELF = [name for name in NATIVE if not name.startswith(("darwin", "windows"))]


def read(corpus: Corpus, name: str) -> BinaryReport:
    return inspect(memoryview(corpus.data(name)))


@pytest.mark.parametrize("name", NATIVE)
def test_build_info_is_what_the_go_command_prints(corpus: Corpus, name: str) -> None:
    report = read(corpus, name)
    assert report.build_info is not None
    ours = json.dumps(build_info_document(report.build_info), indent="\t")
    assert ours == corpus.version_json(corpus.path(name)).decode().rstrip("\n")
    assert report.notes == ()


@pytest.mark.parametrize("name", WASM)
def test_a_webassembly_module_says_what_its_native_twin_says(corpus: Corpus, name: str) -> None:
    report, twin = read(corpus, name), read(corpus, "linux-amd64")
    assert report.build_info is not None
    assert twin.build_info is not None
    assert report.notes == ()
    assert report.go_version == report.build_info.go_version == twin.build_info.go_version
    assert report.build_info.path == twin.build_info.path
    assert report.build_info.main == twin.build_info.main
    assert report.build_info.deps == twin.build_info.deps
    assert report.build_info.setting("GOOS") == report.container.os
    assert report.build_info.setting("GOARCH") == report.container.arch == "wasm"
    assert report.container.kind == "executable"


@pytest.mark.parametrize("name", TARGETS)
def test_the_headers_do_not_contradict_the_platform_that_was_built_for(corpus: Corpus, name: str) -> None:
    goos, _, goarch = TARGETS[name][0].partition("/")
    report = read(corpus, name)
    assert report.container.arch == goarch
    assert report.container.os in ((goos, None) if goos == "linux" else (goos,))
    assert report.container.kind == "executable"
    assert report.toolchain == "go"


@pytest.mark.parametrize("name", ELF)
def test_elf_headers_are_what_pyelftools_reads(corpus: Corpus, name: str) -> None:
    container = read(corpus, name).container
    other: Any = ELFFile(BytesIO(corpus.data(name)))
    arches = {
        "EM_X86_64": "amd64",
        "EM_386": "386",
        "EM_S390": "s390x",
    }
    assert container.bits == other.elfclass
    assert container.endian == ("little" if other.little_endian else "big")
    assert container.arch == arches[other["e_machine"]]
    section = other.get_section_by_name(".go.buildinfo")
    assert section.data()[:14] == b"\xff Go buildinf:"


@pytest.mark.parametrize("name", NATIVE)
def test_headers_are_what_lief_reads(corpus: Corpus, name: str) -> None:
    container = read(corpus, name).container
    other: Any = lief.parse(str(corpus.path(name)))
    formats = {"elf": "ELF", "pe": "PE", "macho": "MACHO"}
    assert str(other.format).rsplit(".", 1)[-1] == formats[container.format]
    header = other.abstract.header
    assert header.is_32 == (container.bits == 32)
    assert str(header.endianness).rsplit(".", 1)[-1].lower() == container.endian


def test_each_slice_of_a_universal_file_says_its_own(corpus: Corpus) -> None:
    amd64, arm64 = corpus.data("darwin-amd64"), corpus.data("darwin-arm64")
    report = inspect(memoryview(fat((0x01000007, 3, amd64), (0x0100000C, 0, arm64), align=14)))
    assert report.build_info is None
    assert report.container.format == "macho-fat"
    assert (report.container.os, report.container.arch) == ("darwin", None)
    assert [each.report for each in report.slices] == [
        inspect(memoryview(amd64)),
        inspect(memoryview(arm64)),
    ]
    assert [each.identity.size for each in report.slices] == [len(amd64), len(arm64)]
    assert report.go_version == "go1.27.3"


@pytest.mark.parametrize("name", ["linux-amd64", "linux-386", "linux-s390x"])
def test_a_program_without_section_headers_runs_and_is_read(corpus: Corpus, name: str) -> None:
    data = bytearray(corpus.data(name))
    if data[4] == 2:
        data[40:48], data[58:64] = bytes(8), bytes(6)
    else:
        data[32:36], data[46:52] = bytes(4), bytes(6)
    report = inspect(memoryview(bytes(data)))
    assert report.build_info == read(corpus, name).build_info
    assert report.notes == (
        f"no section tells where the build info is; it was found in {report.build_info_from}",
    )


@pytest.mark.parametrize("name", ["linux-amd64", "linux-386", "linux-s390x", "windows-amd64", "darwin-arm64"])
def test_without_the_blob_the_sentinels_still_tell(corpus: Corpus, name: str) -> None:
    data = corpus.data(name).replace(b"\xff Go buildinf:", bytes(14))
    report, whole = inspect(memoryview(data)), read(corpus, name)
    assert report.build_info is not None
    assert whole.build_info is not None
    assert report.build_info.deps == whole.build_info.deps
    assert report.build_info.settings == whole.build_info.settings
    # The loader of macOS makes pointers from chained fixups: in the file no string is surely referred to.
    assert report.go_version == ("" if name.startswith("darwin") else "go1.27.3")
    assert any(note.startswith("the build info blob was taken out") for note in report.notes)


@pytest.fixture(scope="session")
def goroot(corpus: Corpus) -> Path:
    told = subprocess.run(
        [corpus.go, "env", "GOROOT"],
        env=environment("linux/amd64"),
        check=True,
        capture_output=True,
        text=True,
    )
    return Path(told.stdout.strip())


def of_goroot(goroot: Path, name: str) -> bytes:
    """A file of the Go distribution's own tests; some distributions leave them out."""
    file = goroot / "src" / "debug" / name
    if not file.is_file():
        pytest.skip(f"this Go has no {name}")
    data = file.read_bytes()
    return base64.b64decode(data) if name.endswith(".base64") else data


def test_a_program_of_go_1_17_is_read_as_go_reads_it(corpus: Corpus, goroot: Path, tmp_path: Path) -> None:
    data = of_goroot(goroot, "buildinfo/testdata/go117/go117.base64")
    file = tmp_path / "go117.exe"  # a name that makes `go version` look into it on every system
    file.write_bytes(data)
    file.chmod(0o755)
    info = inspect(memoryview(data)).build_info
    assert info is not None
    assert info.go_version == "go1.17"
    assert build_info_document(info) == json.loads(corpus.version_json(file))


def test_gos_program_that_is_not_go_is_not(goroot: Path) -> None:
    report = inspect(memoryview(of_goroot(goroot, "buildinfo/testdata/notgo/notgo.base64")))
    assert (report.toolchain, report.build_info) == ("c", None)


@pytest.mark.parametrize(
    ("name", "format_", "os", "arch", "kind"),
    [
        ("elf/testdata/gcc-386-freebsd-exec", "elf", "freebsd", "386", "executable"),
        ("elf/testdata/gcc-amd64-linux-exec", "elf", "linux", "amd64", "executable"),
        ("elf/testdata/gcc-riscv64-linux-exec", "elf", "linux", "riscv64", "executable"),
        ("elf/testdata/go-relocation-test-gcc493-mips64le.obj", "elf", None, "mips64le", "object"),
        ("elf/testdata/go-relocation-test-gcc531-s390x.obj", "elf", None, "s390x", "object"),
        ("macho/testdata/gcc-386-darwin-exec.base64", "macho", None, "386", "executable"),
        (
            "macho/testdata/clang-amd64-darwin-exec-with-rpath.base64",
            "macho",
            "darwin",
            "amd64",
            "executable",
        ),
        ("macho/testdata/fat-gcc-386-amd64-darwin-exec.base64", "macho-fat", None, None, "executable"),
        ("pe/testdata/gcc-386-mingw-exec", "pe", "windows", "386", "executable"),
        ("pe/testdata/gcc-amd64-mingw-exec", "pe", "windows", "amd64", "executable"),
    ],
)
def test_programs_of_other_compilers(
    goroot: Path, name: str, format_: str, os: str | None, arch: str | None, kind: str
) -> None:
    report = inspect(memoryview(of_goroot(goroot, name)))
    container = report.container
    assert (container.format, container.os, container.arch, container.kind) == (format_, os, arch, kind)
    said = "c" if format_ == "elf" else "other"  # the others have no section for what compilers say
    assert (report.toolchain, report.build_info, report.notes) == (said, None, ())
