from __future__ import annotations

import pytest

from attest.exe.inspect import inspect
from attest.model.binary import BinaryReport, BuildInfo, Container, InspectedFile, Module
from attest.model.digest import Digests, FileIdentity
from attest.render.inspect_text import to_text
from tests.unit.exe.builders import AMD64, ARM64, fat, go_macho

LINUX = Container(format="elf", os="linux", arch="amd64", bits=64, endian="little", kind="executable")
INFO = BuildInfo(
    go_version="go1.27.3",
    path="example.com/m/cmd/m",
    main=Module(path="example.com/m", version="v1.0.0"),
    deps=(
        Module(path="example.com/a", version="v1.1.0", sum="h1:a"),
        Module(path="example.com/b", version="v1.2.0", replace=Module(path="./b", version="(devel)")),
    ),
    settings=(
        ("-buildmode", "exe"),
        ("-trimpath", "true"),
        ("GOARCH", "amd64"),
        ("GOOS", "linux"),
        ("vcs.revision", "0123456789"),
        ("vcs.time", "2026-01-02T03:04:05Z"),
        ("vcs.modified", "false"),
    ),
)


def block(
    info: BuildInfo | None = INFO,
    *,
    path: str = "dist/m",
    container: Container = LINUX,
    size: int = 5 << 20,
    notes: tuple[str, ...] = (),
    go_version: str = "",
    width: int = 80,
    color: bool = False,
    verbose: bool = False,
    go: bool = True,
) -> str:
    report = BinaryReport(
        container=container,
        toolchain="go" if go else "other",
        build_info=info,
        go_version=go_version,
        notes=notes,
    )
    identity = FileIdentity(digests=Digests(sha256="ab" * 32, sha512="cd" * 64), size=size)
    file = InspectedFile(path=path, identity=identity, report=report)
    return to_text([file], width=width, color=color, verbose=verbose)


def test_a_clean_program_is_a_short_block() -> None:
    assert block() == (
        "dist/m\n"
        "  what        linux/amd64 ELF 64-bit executable, 5.0 MiB (5242880 bytes)\n"
        "  built with  go1.27.3 for linux/amd64\n"
        "  program     example.com/m/cmd/m\n"
        "  module      example.com/m v1.0.0\n"
        "  revision    0123456789 of 2026-01-02T03:04:05Z\n"
        "  modules     2 linked, 1 of them replaced\n"
        "    example.com/b v1.2.0 => ./b (devel)\n"
        "  settings    -trimpath=true\n"
        f"  sha256      {'ab' * 32}\n"
    )


def test_verbose_lists_every_module_and_setting() -> None:
    text = block(verbose=True)
    assert "    example.com/a v1.1.0\n" in text
    assert "-buildmode=exe  -trimpath=true  GOARCH=amd64" in text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (block(None, go=False), "  ! no Go build information\n"),
        (block(None, go_version="go1.20"), "  ! made by Go, but it carries no build information\n"),
        (block(None, go_version="go1.20"), "  built with  go1.20\n"),
        (block(BuildInfo(go_version="go1.20")), "  ! the build info names no main module\n"),
        (block(BuildInfo(go_version="")), "  built with  an unknown Go\n"),
        (block(BuildInfo(go_version="go1.20")), "  modules     none but its own\n"),
        (block(notes=("segment 1 beyond the end",)), "  ! segment 1 beyond the end\n"),
        (
            block(BuildInfo(go_version="go1", settings=(("vcs.modified", "true"),))),
            "  ! built from a modified source tree (vcs.modified=true)\n",
        ),
        (
            block(BuildInfo(go_version="go1", settings=(("GOOS", "windows"),))),
            "  ! the build info says GOOS=windows, the file's own headers say linux\n",
        ),
        (block(BuildInfo(go_version="go1", settings=(("vcs.revision", "1f"),))), "  revision    1f\n"),
        (
            block(container=Container(format="unknown"), size=9),
            "  what        of an unknown format, 9 bytes\n",
        ),
        (
            block(container=Container(format="elf", arch="s390x", bits=64, endian="big", kind="shared")),
            "  what        s390x ELF 64-bit big-endian shared object, 5.0 MiB",
        ),
        (block(size=3 << 40), "3072.0 GiB ("),
    ],
)
def test_what_is_unusual_is_told(text: str, said: str) -> None:
    assert said in text


def test_what_is_unusual_comes_first() -> None:
    lines = block(notes=("a note",)).splitlines()
    assert lines[:2] == ["dist/m", "  ! a note"]


def test_every_slice_of_a_universal_file_has_a_block() -> None:
    report = inspect(memoryview(fat((AMD64, 3, go_macho()), (ARM64, 0, go_macho(cpu=ARM64)))))
    identity = FileIdentity(digests=Digests(sha256="ab" * 32, sha512="cd" * 64), size=9)
    text = to_text([InspectedFile(path="fat", identity=identity, report=report)])
    assert "  what        darwin universal Mach-O executable, 9 bytes\n" in text
    assert (
        "\n  slice at 0x1000\n    ! the build info says GOOS=linux, the file's own headers say darwin\n"
        in text
    )
    assert "no Go build information" not in text
    assert text.count("    built with  go1.27.3 for linux/amd64\n") == 2


@pytest.mark.parametrize("width", [20, 60, 80, 132])
def test_no_line_is_wider_than_asked(width: int) -> None:
    long = "x" * 300
    info = BuildInfo(
        go_version=long,
        path=long,
        main=Module(path=long, version=long),
        deps=(Module(path=long, version=long, replace=Module(path=long, version=long)),),
        settings=((long, long), ("vcs.revision", long)),
    )
    text = block(info, path=long, notes=(long,), width=width)
    assert max(map(len, text.splitlines())) <= max(width, 44)


def test_names_from_the_file_cannot_forge_a_line() -> None:
    text = block(
        BuildInfo(go_version="go1", path="a\n  ! forged\x1b[31m\u202e"), path="b\r\nc", notes=("d\ne",)
    )
    assert "forged" in text
    assert all(each not in text for each in ("\n  ! forged", "\x1b", "\u202e", "\r", "\nc", "\ne"))


def test_colours_mark_the_name_and_the_unusual() -> None:
    text = block(notes=("a note",), color=True)
    assert text.startswith("\x1b[1mdist/m\x1b[0m\n\x1b[33m  ! a note\x1b[0m\n")


def test_files_are_apart() -> None:
    assert to_text([]) == ""
