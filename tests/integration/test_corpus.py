"""The example program on every platform that Go builds for, held against the go command, pyelftools and LIEF.

Where two of them disagree about a header, who is right stands in `DISAGREEMENTS`, with the reason.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import lief
import pytest
from elftools.elf.elffile import ELFFile

from attest.exe.inspect import inspect
from attest.render.inspect_json import build_info_document
from tests.conftest import REPOSITORY
from tests.unit.exe.builders import fat
from tests.unit.exe.conftest import CACHE, environment, go_command

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.binary import BinaryReport

pytestmark = pytest.mark.integration

#: Of `go tool dist list`, those that are left out, and why.
ELSEWHERE: Final = {
    "android/386": "needs a C compiler for Android",
    "android/amd64": "needs a C compiler for Android",
    "android/arm": "needs a C compiler for Android",
    "ios/amd64": "needs a C compiler for iOS",
    "ios/arm64": "needs a C compiler for iOS",
}
_SYSTEMS: Final = {
    "aix": "ppc64",
    "android": "arm64",
    "darwin": "amd64 arm64",
    "dragonfly": "amd64",
    "freebsd": "386 amd64 arm arm64",
    "illumos": "amd64",
    "js": "wasm",
    "linux": "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x",
    "netbsd": "386 amd64 arm arm64",
    "openbsd": "386 amd64 arm arm64 ppc64 riscv64",
    "plan9": "386 amd64 arm",
    "solaris": "amd64",
    "wasip1": "wasm",
    "windows": "386 amd64 arm64",
}
PLATFORMS: Final = [f"{goos}/{goarch}" for goos, arches in _SYSTEMS.items() for goarch in arches.split()]
VARIANTS: Final = {
    "plain": (),
    "stripped": ("-ldflags=-s -w",),
    "trimpath": ("-trimpath",),
    "pie": ("-buildmode=pie",),
}
#: Both link the same compiled packages; the other two compile everything again, and are on fewer platforms.
EVERYWHERE: Final = ("plain", "stripped")
TRIMMED: Final = ("linux/amd64", "darwin/arm64", "windows/amd64", "wasip1/wasm", "plan9/amd64")
PIE: Final = ("linux/amd64", "linux/arm64", "linux/s390x", "windows/arm64", "darwin/arm64")
BUILDS: Final = [
    *((platform, variant) for platform in PLATFORMS for variant in EVERYWHERE),
    *((platform, "trimpath") for platform in TRIMMED),
    *((platform, "pie") for platform in PIE),
]
#: What the example lacks on platforms that it is not released for, by file.
ADDED: Final = {
    "system_elsewhere.go": (
        "//go:build !linux && !darwin && !windows && !js && !wasip1\n\n"
        'package host\n\nimport "runtime"\n\n'
        "// System names the operating system.\nfunc System() string { return runtime.GOOS }\n"
    ),
    "word_elsewhere.go": (
        "//go:build !amd64 && !arm64 && !wasm && !arm\n\n"
        'package host\n\nimport "strconv"\n\n'
        "// Word is the width of a machine word.\n"
        'func Word() string { return strconv.Itoa(strconv.IntSize) + "-bit" }\n'
    ),
}
#: (what, which platforms or builds): who is right, and why.
DISAGREEMENTS: Final = {
    ("go version", "js/wasm wasip1/wasm plan9/386 plan9/amd64 plan9/arm"): (
        "attest: debug/buildinfo has no reader of WebAssembly, and since Go 1.24 none of Plan 9; what attest "
        "reads there is held against the native twin"
    ),
    ("go version", "aix/ppc64-stripped"): (
        "attest: internal/xcoff refuses a file without a symbol table; what attest reads there is that of "
        "the unstripped twin but for -ldflags"
    ),
    ("go version", "c-archive"): (
        "attest: debug/buildinfo has no reader of archives; what attest reads in the one object that carries "
        "build info is held against that of the shared library of the same source"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """The go command, the source and what was built of it."""

    go: str
    folder: Path

    def build(self, platform: str, name: str, *flags: str, **words: str) -> Path:
        """A program, built now where no earlier run left it; `CalledProcessError` where Go refuses."""
        target = self.folder / f"{platform.replace('/', '-')}-{name}"
        if not target.is_file():
            partial = target.with_name(f"{target.name}.{os.getpid()}")
            subprocess.run(
                [self.go, "build", "-buildvcs=false", *flags, "-o", str(partial), "./cmd/widget"],
                cwd=self.folder / "src",
                env={**environment(platform), **words},
                check=True,
                capture_output=True,
            )
            partial.replace(target)
        return target

    def list(self, platform: str, *flags: str, **words: str) -> set[str]:
        """The packages that a program for the platform would be made of."""
        done = subprocess.run(
            [self.go, "list", *flags, "-deps", "./cmd/widget"],
            cwd=self.folder / "src",
            env={**environment(platform), **words},
            check=True,
            capture_output=True,
            text=True,
        )
        return set(done.stdout.split())

    def version(self, path: Path) -> Any:  # noqa: ANN401 - a JSON document
        """What `go version -m -json` says."""
        done = subprocess.run(
            [self.go, "version", "-m", "-json", str(path)],
            env=environment("linux/amd64"),
            check=True,
            capture_output=True,
        )
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def programs() -> Programs:
    go = go_command()
    if go is None:
        pytest.skip("no go command: there is nothing to build the corpus with")
    source = REPOSITORY / "testdata" / "widget"
    key = hashlib.sha256(repr((ADDED, VARIANTS)).encode())
    for each in sorted(source.rglob("*")):
        if each.is_file():
            key.update(each.read_bytes())
    folder = CACHE / f"corpus-{key.hexdigest()[:16]}"
    if not (folder / "src").is_dir():
        partial = folder.with_name(f"{folder.name}.{os.getpid()}")
        shutil.copytree(source, partial / "src")
        for name, text in ADDED.items():
            (partial / "src" / "internal" / "host" / name).write_text(text, encoding="utf-8")
        partial.replace(folder)
    return Programs(go=go, folder=folder)


@cache
def read(path: Path) -> BinaryReport:
    return inspect(memoryview(path.read_bytes()))


def built(programs: Programs, platform: str, variant: str) -> tuple[Path, BinaryReport]:
    path = programs.build(platform, variant, *VARIANTS[variant])
    return path, read(path)


def test_every_platform_of_the_toolchain_is_in_the_corpus_or_excused(programs: Programs) -> None:
    listed = subprocess.run([programs.go, "tool", "dist", "list"], capture_output=True, text=True, check=True)
    assert sorted(listed.stdout.split()) == sorted([*PLATFORMS, *ELSEWHERE])
    assert len(PLATFORMS) >= 30
    assert {variant for _, variant in BUILDS} == set(VARIANTS)


@pytest.mark.parametrize(("platform", "variant"), BUILDS)
def test_build_info_and_headers(programs: Programs, platform: str, variant: str) -> None:
    path, report = built(programs, platform, variant)
    goos, _, goarch = platform.partition("/")
    info = report.build_info
    assert info is not None
    assert report.notes == ()
    assert report.toolchain == "go"
    assert report.container.kind == "executable"
    assert report.container.arch == goarch
    assert report.container.os in (goos, None)
    assert (info.setting("GOOS"), info.setting("GOARCH")) == (goos, goarch)
    assert (info.setting("-trimpath") == "true") == (variant == "trimpath")
    assert (info.setting("-ldflags") == "-s -w") == (variant == "stripped")
    assert info.path == "example.com/acme/widget/cmd/widget"
    document = json.loads(json.dumps(build_info_document(info)))
    silent = " ".join(where for what, where in DISAGREEMENTS if what == "go version").split()
    if platform in silent:
        twin = programs.version(programs.build("linux/amd64", "plain"))
        for key in ("GoVersion", "Path", "Main"):
            assert document[key] == twin[key]
    elif f"{platform}-{variant}" in silent:
        twin = programs.version(programs.build(platform, "plain"))
        document["Settings"] = [each for each in document["Settings"] if each["Key"] != "-ldflags"]
        assert document == twin
    else:
        assert document == programs.version(path)


@pytest.mark.parametrize(("platform", "variant"), BUILDS)
def test_facts_say_how_it_was_built(programs: Programs, platform: str, variant: str) -> None:
    _, report = built(programs, platform, variant)
    assert report.fact("go.build_id_matches") is True
    symbols = report.fact("symbol_table")
    assert symbols is (variant != "stripped")
    if report.container.format in ("elf", "pe", "macho", "xcoff") and variant == "stripped":
        assert report.fact("dwarf") == "none"
    if variant == "pie":
        assert "pie" in str(report.fact("link"))
    assert report.packages is not None


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_stripped_program_has_the_packages_of_its_unstripped_twin(
    programs: Programs, platform: str
) -> None:
    plain, stripped = (built(programs, platform, each)[1].packages for each in EVERYWHERE)
    assert plain
    assert stripped == plain


@pytest.mark.parametrize("platform", PLATFORMS)
def test_linked_packages_are_among_those_that_the_go_command_lists(programs: Programs, platform: str) -> None:
    listed = programs.list(platform)
    for variant in [each for where, each in BUILDS if where == platform]:
        packages = built(programs, platform, variant)[1].packages
        assert packages is not None
        assert {each.path for each in packages} <= listed


@pytest.mark.parametrize(("platform", "variant"), BUILDS)
def test_headers_are_what_pyelftools_reads(programs: Programs, platform: str, variant: str) -> None:
    path, report = built(programs, platform, variant)
    if report.container.format != "elf":
        pytest.skip("no ELF file")
    other: Any = ELFFile(BytesIO(path.read_bytes()))
    assert report.container.bits == other.elfclass
    assert report.container.endian == ("little" if other.little_endian else "big")
    interpreters = [each.get_interp_name() for each in other.iter_segments("PT_INTERP")]
    assert report.fact("elf.interpreter") == (interpreters[0] if interpreters else None)
    dynamic = next(iter(other.iter_segments("PT_DYNAMIC")), None)
    needed = tuple(each.needed for each in dynamic.iter_tags("DT_NEEDED")) if dynamic else ()
    assert (report.fact("libraries") or ()) == needed
    relro = any(other.iter_segments("PT_GNU_RELRO"))
    assert (report.fact("elf.relro") != "none") == relro
    stacks = list(other.iter_segments("PT_GNU_STACK"))
    if stacks:
        assert report.fact("elf.nx_stack") is (not stacks[0]["p_flags"] & 1)
    sections = [(each.name, each["sh_size"]) for each in other.iter_sections() if each.name]
    assert [(each.name, each.memory_size) for each in report.sections if each.name] == sections


@pytest.mark.parametrize(("platform", "variant"), BUILDS)
def test_headers_are_what_lief_reads(programs: Programs, platform: str, variant: str) -> None:
    path, report = built(programs, platform, variant)
    formats = {"elf": "ELF", "pe": "PE", "macho": "MACHO"}
    if report.container.format not in formats:
        pytest.skip("LIEF reads ELF, PE and Mach-O")
    other: Any = lief.parse(str(path))
    assert str(other.format).rsplit(".", 1)[-1] == formats[report.container.format]
    header = other.abstract.header
    assert header.is_32 == (report.container.bits == 32)
    assert str(header.endianness).rsplit(".", 1)[-1].lower() == report.container.endian
    if report.container.format == "pe":
        assert report.fact("libraries") == tuple(each.name for each in other.imports)
        flags = int(other.optional_header.dll_characteristics)
        assert report.fact("pe.dynamic_base") is bool(flags & 0x40)
        assert report.fact("pe.nx") is bool(flags & 0x100)
    if report.container.format == "macho":
        assert report.fact("libraries") == tuple(each.name for each in other.libraries)
        assert report.fact("macho.uuid") == str(UUID(bytes=bytes(other.uuid.uuid))).upper()
        assert (report.fact("macho.signature") != "none") is other.has_code_signature
        minimum = other.build_version.minos
        assert report.fact("macho.minimum_os") == ".".join(map(str, minimum[:2]))


@pytest.mark.parametrize("platform", ["linux/amd64", "linux/386", "linux/s390x", "openbsd/ppc64"])
def test_without_section_headers_nothing_is_missing(programs: Programs, platform: str) -> None:
    path, report = built(programs, platform, "plain")
    data = bytearray(path.read_bytes())
    if data[4] == 2:
        data[40:48], data[58:64] = bytes(8), bytes(6)
    else:
        data[32:36], data[46:52] = bytes(4), bytes(6)
    bare = inspect(memoryview(data))
    assert bare.build_info == report.build_info
    assert bare.packages == report.packages
    assert bare.sections == ()


@pytest.mark.parametrize("wide", [False, True])
def test_universal_files_say_what_their_slices_say(programs: Programs, *, wide: bool) -> None:
    paths = [built(programs, platform, "plain") for platform in ("darwin/amd64", "darwin/arm64")]
    kinds = ((0x01000007, 3), (0x0100000C, 0))
    parts = [(*kind, path.read_bytes()) for kind, (path, _) in zip(kinds, paths, strict=True)]
    universal = inspect(memoryview(fat(*parts, wide=wide, align=14)))
    assert [each.report for each in universal.slices] == [report for _, report in paths]
    assert universal.fact("macho.slice_differences") == ()


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_was_patched_after_linking_is_seen(programs: Programs, platform: str) -> None:
    path, report = built(programs, platform, "plain")
    data = bytearray(path.read_bytes())
    at = data.index(b"internal/")
    data[at] ^= 1
    patched = inspect(memoryview(data))
    assert report.fact("go.build_id_matches") is True
    assert patched.fact("go.build_id_matches") is False
    assert patched.build_info == report.build_info


def built_with_c(programs: Programs, name: str, *flags: str) -> Path:
    """A program whose build needs a C compiler; skips where this machine's does not do."""
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    try:
        return programs.build("linux/amd64", name, *flags, CGO_ENABLED="1")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"Go does not build {name} here: {error.stderr.decode()[:200]}")


@pytest.mark.parametrize(
    ("mode", "flags", "kind"),
    [
        ("cgo", (), "executable"),
        ("race", ("-race",), "executable"),
        ("c-shared", ("-buildmode=c-shared",), "shared"),
        ("plugin", ("-buildmode=plugin",), "shared"),
    ],
)
def test_builds_with_a_c_compiler(programs: Programs, mode: str, flags: tuple[str, ...], kind: str) -> None:
    path = built_with_c(programs, mode, *flags)
    report = read(path)
    assert report.build_info is not None
    assert json.loads(json.dumps(build_info_document(report.build_info))) == programs.version(path)
    assert report.container.kind == kind
    assert report.fact("link") in ("dynamic", "dynamic-pie", "shared")
    libraries = report.fact("libraries")
    assert isinstance(libraries, tuple)
    assert "libc.so.6" in libraries
    assert report.build_info.setting("CGO_ENABLED") == "1"
    assert report.build_info.setting("-race") == ("true" if mode == "race" else None)
    assert report.fact("go.build_id_matches") is True
    stripped = read(built_with_c(programs, f"{mode}-stripped", *flags, "-ldflags=-s -w"))
    assert stripped.fact("symbol_table") is False
    assert stripped.packages == report.packages
    assert report.packages is not None
    listed = programs.list("linux/amd64", *flags[: mode == "race"], CGO_ENABLED="1")
    assert {each.path for each in report.packages} <= listed


def test_an_archive_for_c_programs_tells_what_its_object_of_go_tells(programs: Programs) -> None:
    path = built_with_c(programs, "c-archive", "-buildmode=c-archive")
    twin = read(built_with_c(programs, "c-shared", "-buildmode=c-shared")).build_info
    report = read(path)
    assert (report.container.format, report.container.arch) == ("archive", "amd64")
    assert (report.toolchain, report.notes) == ("go", ())
    assert report.build_info_from == "member go.o, section .go.buildinfo"
    info = report.build_info
    assert info is not None
    assert twin is not None
    assert (info.go_version, info.path, info.main, info.deps) == (
        twin.go_version,
        twin.path,
        twin.main,
        twin.deps,
    )
    changed = {name: value for name, value in info.settings if twin.setting(name) != value}
    assert changed == {"-buildmode": "c-archive"}
    assert report.fact("archive.flavour") == "gnu"
    members = report.fact("archive.members")
    listed = subprocess.run(["ar", "t", str(path)], check=True, capture_output=True, text=True)
    assert members == tuple(listed.stdout.split())
