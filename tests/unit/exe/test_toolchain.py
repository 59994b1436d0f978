"""Which toolchain made a file, and what Rust's lists of crates say."""

from __future__ import annotations

import json
import shutil
import subprocess
import zlib
from typing import TYPE_CHECKING

import pytest

from attest.exe.inspect import inspect
from attest.model.limits import Limits
from tests.unit.exe.builders import (
    LOAD,
    RW_DATA,
    SAMPLES,
    Part,
    elf,
    macho,
    pe,
    producers,
    wasm,
    wasm_custom,
)

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.binary import BinaryReport

RUSTC = b"xx/rustc/" + b"0123456789" * 4 + b"/library/core/src/panicking.rs"


def named(name: str, data: bytes) -> bytes:
    return elf(Part(data=data, name=name), Part(data=b"code", address=0x1000, segment=LOAD))


def read(data: bytes, limits: Limits | None = None) -> BinaryReport:
    return inspect(memoryview(data), limits=limits or Limits())


@pytest.mark.parametrize(
    ("data", "toolchain", "source"),
    [
        (SAMPLES["elf"], "go", "section .go.buildinfo"),
        (named(".strtab", b"\0tinygo_startTask\0"), "tinygo", "section .strtab"),
        (named(".debug_str", b"\0TinyGo\0"), "tinygo", "section .debug_str"),
        (named(".strtab", b"\0__go_init_main\0"), "gccgo", "section .strtab"),
        (named(".dynstr", b"\0libgo.so.21\0"), "gccgo", "section .dynstr"),
        (named(".go_export", b"v3;"), "gccgo", "section .go_export"),
        (named(".comment", b"GCC: (GNU) 12\0rustc version 1.80.0\0"), "rust", "section .comment"),
        (named(".dep-v0", b""), "rust", "section .dep-v0"),
        (pe((".rdata", RW_DATA, RUSTC)), "rust", "names of source files of rustc in section .rdata"),
        (named(".debug_str", b"a\0zig 0.13.0\0"), "zig", "section .debug_str"),
        (named(".comment", b"GCC: (GNU) 12.2.0\0"), "c", "section .comment"),
        (named(".comment", b"Debian clang version 14.0.6\0"), "c", "section .comment"),
        (wasm(producers("TinyGo", "0.33")), "tinygo", "section producers"),
        (wasm(producers("rustc", "1.80.0")), "rust", "section producers"),
        (wasm(producers("clang", "18")), "c", "section producers"),
    ],
)
def test_a_mark_tells_the_toolchain(data: bytes, toolchain: str, source: str) -> None:
    report = read(data)
    fact = next(each for each in report.facts if each.name == "toolchain")
    assert (report.toolchain, fact.value) == (toolchain, toolchain)
    assert fact.source == source


@pytest.mark.parametrize(
    "data",
    [
        named(".comment", b"some assembler\0"),
        named(".debug_str", b"\0zigzag\0zig zag\0"),
        pe((".rdata", RW_DATA, b"/rustc/not-a-hash/library/")),
        macho(("__TEXT", "__text", b"code")),
        wasm(producers("asc", "1")),
    ],
)
def test_nothing_is_guessed(data: bytes) -> None:
    report = read(data)
    assert report.toolchain == "other"
    assert report.fact("toolchain") is None


def test_a_search_among_too_many_places_ends() -> None:
    data = pe((".rdata", RW_DATA, b"/rustc/x" * 3 + RUSTC))
    assert read(data, Limits(build_info_places=2)).toolchain == "other"


def crates(*packages: object) -> bytes:
    return zlib.compress(json.dumps({"packages": packages}).encode())


LIST = crates(
    {"name": "serde", "version": "1.0.0", "source": "crates.io"},
    {"name": "cc", "version": "1.1.0", "source": "crates.io", "kind": "build"},
    {"name": "app", "version": "0.1.0", "source": "local", "root": True},
)


@pytest.mark.parametrize("data", [named(".dep-v0", LIST), wasm(wasm_custom(".dep-v0", LIST))])
def test_the_crates_of_a_rust_program_are_listed(data: bytes) -> None:
    assert read(data).fact("rust.crates") == ("app@0.1.0", "serde@1.0.0")


@pytest.mark.parametrize(
    ("content", "note"),
    [
        (b"none", "section .dep-v0 cannot be unpacked"),
        (LIST[:-6], "section .dep-v0 is cut off"),
        (zlib.compress(b"{"), "section .dep-v0 "),
        (zlib.compress(b"[]"), "section .dep-v0 lists no packages"),
        (crates(1), "section .dep-v0 lists a package that is no object"),
        (crates({"name": "a"}), "section .dep-v0 lists a package without name or version"),
        (zlib.compress(bytes(5000)), "section .dep-v0 unpacks to more than 1000 bytes"),
        (bytes(1001), "section .dep-v0 has 1001 bytes, more than 1000"),
        (crates(*[{}] * 4), "section .dep-v0 lists 4 packages, more than 3"),
    ],
)
def test_damaged_lists_of_crates_are_noted(content: bytes, note: str) -> None:
    report = read(named(".dep-v0", content), Limits(crates_bytes=1000, build_info_modules=3))
    assert report.fact("rust.crates") is None
    assert any(each.startswith(note) for each in report.notes), report.notes


def build(command: str, source: str, text: str, folder: Path, *flags: str) -> bytes:
    tool = shutil.which(command)
    if tool is None:
        pytest.skip(f"no {command} here")
    (folder / source).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [tool, *flags, source, "-o", "program"], cwd=folder, check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip(f"{command} builds nothing here: {done.stderr.decode(errors='replace')[:200]}")
    return (folder / "program").read_bytes()


def test_a_program_of_gcc_is_one_of_c(tmp_path: Path) -> None:
    data = build("gcc", "a.c", "int main(void) { return 0; }\n", tmp_path)
    if not data.startswith(b"\x7fELF"):
        pytest.skip("no ELF system")
    assert read(data).toolchain == "c"


def test_a_stripped_program_of_rustc_is_one_of_rust(tmp_path: Path) -> None:
    data = build("rustc", "a.rs", "fn main() {}\n", tmp_path, "-C", "strip=symbols")
    assert read(data).toolchain == "rust"
