"""The Go build ID: as the go command prints it, and the hash in it over programs that it built."""

from __future__ import annotations

import shutil
import struct
import subprocess
from base64 import urlsafe_b64encode
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from attest.exe.build_id import BuildId
from attest.exe.inspect import inspect
from attest.model.limits import DEFAULT_LIMITS
from tests.unit.exe.builders import (
    CODE,
    LOAD,
    NOTE,
    RW_DATA,
    Part,
    elf,
    elf_note,
    inline_blob,
    macho,
    pe,
    plan9,
    producers,
    wasm,
    wasm_custom,
)
from tests.unit.exe.conftest import TARGETS, environment

if TYPE_CHECKING:
    from pathlib import Path

    from attest.model.binary import BinaryReport
    from attest.model.fact import FactValue
    from tests.unit.exe.conftest import Corpus

#: What every program ID of the go command looks like; the last part is filled in once the file is known.
ACTION = "/".join(letter * 20 for letter in "ABC")

IDENTIFIED = b'\xff Go build ID: "%s/%s"\n \xff' % (ACTION.encode(), b"D" * 20)


def look(data: bytes) -> BinaryReport:
    return inspect(memoryview(data))


def same(data: bytes) -> FactValue | None:
    return look(data).fact("go.build_id_matches")


def plan9_with(identifier: str, after: bytes = b"") -> bytes:
    return plan9(b'\xff Go build ID: "%s"\n \xff' % identifier.encode() + after, inline_blob())


def content_id(data: bytes) -> str:
    return urlsafe_b64encode(sha256(data).digest()[:15]).decode()


def right(times: int = 1) -> bytes:
    """A file whose ID stands in it so many times and ends with the hash of the file."""
    length = len(ACTION) + 21
    again = b"\0" * length * (times - 1)
    identifier = f"{ACTION}/{content_id(plan9_with(chr(0) * length, again))}"
    return plan9_with(identifier, identifier.encode() * (times - 1))


@pytest.mark.parametrize("name", TARGETS)
def test_a_program_as_it_was_built_has_the_hash_of_its_build_id(corpus: Corpus, name: str) -> None:
    report = look(corpus.data(name))
    assert report.fact("go.build_id_matches") is True
    linked_by_go = name.startswith(("linux", "freebsd", "darwin"))
    assert report.fact("go.host_build_id_matches") is (True if linked_by_go else None)
    assert report.notes == ()


@pytest.mark.parametrize("name", TARGETS)
def test_the_build_id_is_what_the_go_command_reads(corpus: Corpus, name: str) -> None:
    done = subprocess.run(
        [corpus.go, "tool", "buildid", str(corpus.path(name))],
        env=environment("linux/amd64"),
        check=True,
        capture_output=True,
        text=True,
    )
    assert look(corpus.data(name)).fact("go.build_id") == done.stdout.strip()


@pytest.mark.parametrize("name", ["linux-amd64", "windows-amd64", "darwin-arm64", "wasip1-wasm", "plan9-arm"])
def test_one_changed_bit_is_seen(corpus: Corpus, name: str) -> None:
    data = bytearray(corpus.data(name))
    data[len(data) // 2] ^= 1
    assert same(bytes(data)) is False


def test_a_stripped_program_is_seen(corpus: Corpus, tmp_path: Path) -> None:
    strip = shutil.which("strip")
    if strip is None:
        pytest.skip("no strip command")
    target = tmp_path / "stripped"
    subprocess.run([strip, "-o", str(target), str(corpus.path("linux-amd64"))], check=True)
    assert same(target.read_bytes()) is False


def test_headers_alone_do_not_tell_the_hash(corpus: Corpus) -> None:
    report = inspect(memoryview(corpus.data("linux-amd64")), depth="headers")
    assert report.fact("go.build_id") is not None
    assert report.fact("go.build_id_matches") is None


@pytest.mark.parametrize("digits", [b"", b"\x12\x34\x56\x78"])
def test_the_code_signature_and_the_uuid_do_not_count(corpus: Corpus, digits: bytes) -> None:
    data = bytearray(corpus.data("darwin-arm64"))
    uuid = data.index(struct.pack("<2I", 0x1B, 24)) + 8
    data[uuid : uuid + len(digits)] = digits
    data[-len(digits) or len(data) :] = digits  # the end of the file is the code signature
    report = look(bytes(data))
    assert report.fact("go.build_id_matches") is True
    assert report.fact("go.host_build_id_matches") is not bool(digits)


@pytest.mark.parametrize("variant", [0x00, 0x40])
def test_a_uuid_of_another_variant_is_not_made_by_go(corpus: Corpus, variant: int) -> None:
    data = bytearray(corpus.data("darwin-amd64"))
    at = data.index(struct.pack("<2I", 0x1B, 24)) + 8 + 8
    data[at] = data[at] & 0x3F | variant
    assert look(bytes(data)).fact("go.host_build_id_matches") is False


def signed(data: bytes, *, linker: tuple[int, int] = (3, 0)) -> bytes:
    """What a signing tool makes of a PE file: checksum, directory, and a certificate at the end."""
    out = bytearray(data)
    optional = struct.unpack_from("<I", out, 0x3C)[0] + 24
    out += bytes(-len(out) % 8)
    certificate = struct.pack("<IHH", 64, 0x200, 2).ljust(64, b"\x5a")
    struct.pack_into("<2B", out, optional + 2, *linker)
    struct.pack_into("<I", out, optional + 64, 0x1234)
    struct.pack_into("<2I", out, optional + 112 + 32, len(out), len(certificate))
    return bytes(out) + certificate


def test_a_signed_program_is_judged_as_it_was_before(corpus: Corpus) -> None:
    data = corpus.data("windows-amd64")
    assert same(signed(data)) is True
    changed = bytearray(signed(data))
    changed[len(data) // 2] ^= 1
    assert same(bytes(changed)) is False


def test_the_checksum_of_another_linker_is_lost_with_the_signature(corpus: Corpus) -> None:
    assert same(signed(corpus.data("windows-amd64"), linker=(2, 42))) is None


@pytest.mark.parametrize("size", range(32, 40))
def test_zeros_before_a_certificate_are_those_of_the_program_or_of_the_signer(size: int) -> None:
    def program(identifier: bytes) -> bytes:
        mark = b'\xff Go build ID: "%s"\n \xff' % identifier
        out = bytearray(pe((".text", CODE, mark), (".data", RW_DATA, inline_blob() + bytes(size))))
        optional = struct.unpack_from("<I", out, 0x3C)[0] + 24
        out[optional + 2] = 3  # the linker's version
        out[optional + 108] = 16  # the number of directories
        return bytes(out)

    identifier = f"{ACTION}/{content_id(program(bytes(len(ACTION) + 21)))}"
    data = program(identifier.encode())
    assert same(data) is same(signed(data)) is True


@pytest.mark.parametrize("times", [1, 2, 5])
def test_every_place_of_the_id_is_zero_in_the_hash(times: int) -> None:
    assert same(right(times)) is True
    assert same(right(times) + b"x") is False


@pytest.mark.parametrize(
    "data",
    [
        elf(Part(data=inline_blob(), address=0x20000, name=".go.buildinfo", segment=LOAD, flags=6)),
        wasm(producers()),
        macho(("__DATA", "__go_buildinfo", inline_blob())),
    ],
    ids=["elf", "wasm", "macho"],
)
def test_a_program_without_a_place_for_the_id_has_none(data: bytes) -> None:
    report = look(data)
    assert report.toolchain == "go"
    assert report.fact("go.build_id") is None
    assert report.notes == ()


@pytest.mark.parametrize(
    "data",
    [
        macho(("__TEXT", "__text", IDENTIFIED), ("__DATA", "__go_buildinfo", inline_blob())),
        pe((".text", CODE, IDENTIFIED), (".data", RW_DATA, inline_blob())),
    ],
    ids=["macho", "pe"],
)
def test_a_program_with_the_hash_of_another_does_not_match(data: bytes) -> None:
    report = look(data)
    assert report.fact("go.build_id_matches") is False
    assert report.fact("go.host_build_id_matches") is None


def test_a_windows_program_without_directories_is_not_signed() -> None:
    data = bytearray(
        pe((".text", CODE, IDENTIFIED), (".data", RW_DATA, inline_blob()), magic=0x10B, base=0x400000)
    )
    struct.pack_into("<I", data, struct.unpack_from("<I", data, 0x3C)[0] + 24 + 92, 0)
    assert same(bytes(data)) is False


def test_an_id_that_stands_everywhere_is_not_followed() -> None:
    report = look(right(DEFAULT_LIMITS.build_id_places + 1))
    assert report.fact("go.build_id_matches") is None
    assert report.fact("go.build_id") is not None
    assert report.notes == ("the Go build ID stands more than 1024 times in the file",)


@pytest.mark.parametrize(
    "identifier", ["redacted", "a/b/c/d", f"{ACTION}/{'A' * 20}", ACTION, f"{ACTION}/{'!' * 20}"]
)
def test_an_id_without_a_hash_is_only_told(identifier: str) -> None:
    report = look(plan9_with(identifier))
    assert report.fact("go.build_id") == identifier
    assert report.fact("go.build_id_matches") is None
    assert report.notes == ()


@pytest.mark.parametrize("text", [b"", b'\xff Go build ID: "a', b'\xff Go build ID: ""\n \xff'])
def test_no_id_is_no_fact(text: bytes) -> None:
    report = look(plan9(text, inline_blob()))
    assert report.go_version
    assert report.fact("go.build_id") is None
    assert report.fact("go.build_id_matches") is None


def test_a_long_id_is_not_read() -> None:
    report = look(plan9_with("a" * 5000))
    assert report.fact("go.build_id") is None
    assert "a Go build ID of 5000 bytes: more than 4096 are not read" in report.notes


def noted(*, host: bytes | None) -> bytes:
    """An ELF file with both notes, and a Go build ID that was not filled in."""
    identifier = f"{ACTION}/{'A' * 20}".encode()
    own = elf_note(b"Go\0\0", 4, identifier)
    notes = [Part(data=own, name=".note.go.buildid", segment=NOTE, section_type=7)]
    if host is not None:
        content = elf_note(b"GNU\0", 3, host)
        notes.append(Part(data=content, name=".note.gnu.build-id", section_type=7))
    data = Part(data=inline_blob(), address=0x20000, name=".go.buildinfo", segment=LOAD, flags=6)
    return elf(data, *notes)


def test_the_gnu_build_id_is_held_against_the_go_build_id() -> None:
    digest = bytearray(sha256(f"{ACTION}/{'A' * 20}".encode()).digest()[:20])
    digest[0] ^= 0xFF
    assert look(noted(host=bytes(digest))).fact("go.host_build_id_matches") is True
    assert look(noted(host=bytes(20))).fact("go.host_build_id_matches") is False
    for nothing in (None, b""):
        assert look(noted(host=nothing)).fact("go.host_build_id_matches") is None


def test_a_build_id_of_webassembly_whose_name_is_cut_off_is_a_note() -> None:
    report = look(wasm(wasm_custom("go:buildid", b"")))
    assert report.fact("go.build_id") is None


@pytest.mark.parametrize("section", ["go:buildid", "go.buildid"])
def test_webassembly_has_a_section_for_it_that_go_1_20_renamed(section: str) -> None:
    def module(identifier: str) -> bytes:
        return wasm(wasm_custom(section, b'\xff Go build ID: "%s"\n \xff' % identifier.encode()))

    identifier = f"{ACTION}/{content_id(module(chr(0) * (len(ACTION) + 21)))}"
    report = look(module(identifier))
    assert report.fact("go.build_id") == identifier
    assert {each.source for each in report.facts if each.name == "go.build_id"} == {f"section {section}"}
    assert report.fact("go.build_id_matches") is True
    assert same(module(identifier) + wasm_custom("more", b"")) is False


@pytest.mark.parametrize("data", [right(), noted(host=bytes(20))], ids=["plan9", "elf"])
def test_a_file_cut_off_anywhere_is_never_right(data: bytes) -> None:
    for size in range(len(data)):
        assert same(data[:size]) is not True


@given(st.integers(0, 8 * len(right()) - 1))
def test_one_changed_bit_of_a_small_file_is_never_right(bit: int) -> None:
    data = bytearray(right())
    data[bit // 8] ^= 1 << bit % 8
    assume(ACTION.encode() in data)  # the ID itself is no part of what is hashed
    assert same(bytes(data)) is not True


def test_what_the_linker_saw_ends_with_the_first_part() -> None:
    found = BuildId(value=f"{ACTION}/{'D' * 20}", source="test")
    assert found.linked == f"{ACTION}/{'A' * 20}"
    assert replace(found, value="redacted").parts == ()
