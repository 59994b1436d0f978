"""`attest inspect --at`: which function a place belongs to, in real programs and damaged ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from typer.testing import CliRunner

from attest.cli.group import app
from attest.errors import UsageError
from attest.exe.locate import locate
from attest.exe.reader import uvarint
from attest.exe.wasm import read_wasm
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import (
    SAMPLES,
    go_elf,
    varint,
    wasm,
    wasm_custom,
    wasm_import,
    wasm_name,
    wasm_section,
    wasm_vector,
)

if TYPE_CHECKING:
    from pathlib import Path

    from attest.exe.locate import Located
    from tests.unit.exe.conftest import Corpus


def find(data: bytes, place: int) -> Located:
    return locate(memoryview(data), place, DEFAULT_LIMITS)


@pytest.mark.parametrize("name", ["linux-amd64", "linux-amd64-pie"])
def test_functions_are_where_the_symbol_table_says(corpus: Corpus, name: str) -> None:
    path = corpus.path(name)
    with path.open("rb") as file:
        section = ELFFile(file).get_section_by_name(".symtab")
        assert isinstance(section, SymbolTableSection)
        symbols = list(section.iter_symbols())
    data = path.read_bytes()
    wanted = ("main.main", "runtime.main", "runtime.mallocgc", "os.(*File).Write")
    places = {each.name: each["st_value"] for each in symbols if each.name in wanted}
    assert "main.main" in places
    for function, address in places.items():
        found = find(data, address + 1)
        assert (found.function, found.offset) == (function, 1)
        assert found.source == "function table in section .gopclntab"


@pytest.mark.parametrize(
    "name", ["darwin-arm64", "windows-amd64", "aix-ppc64", "plan9-amd64", "linux-s390x", "linux-386"]
)
def test_every_container_tells_its_first_function(corpus: Corpus, name: str) -> None:
    data = corpus.data(name)
    with pytest.raises(UsageError, match="no function of Go is at 0x0") as raised:
        find(data, 0)
    first = re.search(r"the first is at (0x[0-9a-f]+)", raised.value.hint or "")
    assert first is not None
    assert find(data, int(first[1], 16)).offset == 0


def bodies(data: bytes) -> list[tuple[int, int]]:
    """Where the code of each function is in the file."""
    section = read_wasm(memoryview(data), DEFAULT_LIMITS).section("code")
    assert section is not None
    count, at = uvarint(section.data, 0, 32, "")
    found = []
    for _ in range(count):
        size, start = uvarint(section.data, at, 32, "")
        found.append((section.offset + start, size))
        at = start + size
    return found


@pytest.mark.parametrize("name", ["js-wasm", "wasip1-wasm"])
def test_offsets_of_traps_are_named(corpus: Corpus, name: str) -> None:
    data = corpus.data(name)
    start, size = bodies(data)[-1]
    found = find(data, start + size - 1)
    assert (found.function, found.offset) == ("main.main", size - 1)
    assert found.file.endswith("main.go")


def test_the_function_table_and_the_name_section_agree(corpus: Corpus) -> None:
    data = corpus.data("js-wasm")
    named = data.replace(b"\xf1\xff\xff\xff\0\0", b"\0\0\0\0\0\0")  # nothing looks like a function table
    assert named != data
    for start, _ in bodies(data)[1::200]:
        table, section = find(data, start), find(named, start)
        assert section.source == "section name"
        assert section.function == re.sub(r"[^A-Za-z0-9_.$]", "_", table.function)


BODY = b"\x02\0\x0b"
CODE = wasm_section(10, wasm_vector(BODY, BODY))
IMPORT = wasm_section(2, wasm_vector(wasm_import("env")))


def names(*pairs: tuple[int, str]) -> bytes:
    part = wasm_vector(*(varint(number) + wasm_name(name) for number, name in pairs))
    other = b"\x00" + varint(2) + wasm_name("m")
    return wasm_custom("name", other + b"\x01" + varint(len(part)) + part)


@pytest.mark.parametrize(
    ("more", "function", "source"),
    [
        (names((1, "one"), (2, "two")), "two", "section name"),
        (names((1, "one")), "function 2", "its place in the section code: nothing names it"),
        (wasm_custom("name", b"\0\0"), "function 2", "its place in the section code: nothing names it"),
        (b"", "function 2", "its place in the section code: nothing names it"),
    ],
)
def test_modules_of_others_are_named_by_their_name_section(more: bytes, function: str, source: str) -> None:
    data = wasm(IMPORT, CODE, more)
    found = find(data, len(wasm(IMPORT, CODE)) - 1)
    assert (found.function, found.offset, found.source) == (function, 1, source)


@pytest.mark.parametrize(
    ("data", "place", "said"),
    [
        (go_elf(), 0x10000, "the file has no Go function table that could name the function"),
        (b"text", 0, "the file has no Go function table"),
        (SAMPLES["wasm-component"], 9, "the file has no Go function table"),
        (wasm(), 3, "no code is at 0x3"),
        (wasm(CODE), 3, "no code is at 0x3"),
        (wasm(wasm_section(10, b"\0\0")), 11, "no function is at 0xb"),
        (wasm(wasm_section(10, b"\x05")), 10, "the functions cannot be read: the size of a function"),
        (wasm(CODE, wasm_custom("name", b"\x01\x05\x09")), 13, "the functions cannot be read: the number"),
    ],
)
def test_what_cannot_be_told_is_said(data: bytes, place: int, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        find(data, place)
    assert raised.value.message.startswith(said)


def test_the_command_prints_one_line(corpus: Corpus) -> None:
    path = corpus.path("wasip1-wasm")
    start, _ = bodies(path.read_bytes())[-1]
    for at in (f"{start + 2:#x}", str(start + 2)):
        done = CliRunner().invoke(app, ["inspect", "--at", at, str(path)])
        assert done.exit_code == 0
        assert done.stdout.startswith(f"{at}: main.main + 0x2 in example.com/acme/hello/main.go (function")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--at", "main"], "'main' is no address"),
        (["--at", "1", "-o", "json"], "--at asks about one file, and prints text alone"),
        (["--at", "1", "other"], "--at asks about one file, and prints text alone"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(arguments: list[str], said: str, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(go_elf())
    done = CliRunner().invoke(app, ["inspect", str(file), *arguments])
    assert isinstance(done.exception, UsageError) or done.exit_code
    assert said in (done.stderr or "") + str(done.exception)
