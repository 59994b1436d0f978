"""Whatever the bytes, reading an executable gives a report, soon, and never an exception."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import FormatError
from attest.exe.inspect import inspect, looks_executable
from attest.exe.modinfo import parse_modinfo, unquote
from attest.model.binary import BinaryReport, InspectedFile
from attest.model.digest import Digests, FileIdentity
from attest.model.limits import DEFAULT_LIMITS
from attest.render.inspect_json import to_json
from attest.render.inspect_text import to_text
from tests.unit.exe.builders import (
    AMD64,
    ARM64,
    fat,
    framed,
    go_elf,
    go_macho,
    go_pe,
    go_wasm,
    inline_blob,
    pointer_blob,
)

SEEDS = {
    "elf": go_elf(),
    "elf-32-big": go_elf(bits=32, endian="big", machine=8),
    "elf-pointers": go_elf(pointer_blob(0x20000)),
    "pe": go_pe(),
    "macho": go_macho(),
    "fat": fat((AMD64, 3, go_macho()), (ARM64, 0, go_macho(cpu=ARM64)), align=4),
    "fat64": fat((AMD64, 3, go_macho()), wide=True, align=4),
    "wasm": go_wasm(),
}
MAGICS = (
    b"\x7fELF\x02\x01",
    b"\x7fELF\x01\x02",
    b"MZ",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\0asm\x01\0\0\0",
)


def judged(data: bytes) -> BinaryReport:
    """The report; both renderers must be able to show it."""
    report = inspect(memoryview(data))
    identity = FileIdentity(digests=Digests(sha256="ab" * 32, sha512="cd" * 64), size=len(data))
    file = InspectedFile(path="x", identity=identity, report=report)
    to_json([file])
    assert max(map(len, to_text([file]).splitlines())) <= 80
    return report


@given(st.sampled_from((b"", *MAGICS)), st.binary(max_size=400))
@settings(max_examples=150)
def test_arbitrary_bytes(magic: bytes, rest: bytes) -> None:
    report = judged(magic + rest)
    assert report.build_info is None or report.build_info.go_version
    looks_executable(magic + rest)


@pytest.mark.parametrize("name", SEEDS)
@given(data=st.data())
@settings(max_examples=60)
def test_mutated_programs(name: str, data: st.DataObject) -> None:
    mutated = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(mutated) - 1))
        value = data.draw(
            st.sampled_from((b"\0", b"\xff", b"\x80", b"\x01", b"\xff" * 4, b"\x7f" * 8, b"\0" * 8))
        )
        mutated[at : at + len(value)] = value
    size = data.draw(st.integers(0, len(mutated)) | st.just(len(mutated)))
    judged(bytes(mutated[:size]))


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_any_module_text_in_any_blob(content: bytes) -> None:
    for blob in (inline_blob(module=content), pointer_blob(0x20000, module=content)):
        report = judged(go_elf(blob))
        assert report.go_version == "go1.27.3"


@given(st.text(alphabet='pathmoddepbuild=>\t\n"`\\ x', max_size=200))
@settings(max_examples=150)
def test_any_text_between_the_sentinels(content: str) -> None:
    info = parse_modinfo(content.encode(), "go1", DEFAULT_LIMITS)
    assert info == parse_modinfo(content.encode(), "go1", DEFAULT_LIMITS)
    judged(go_elf(inline_blob(module=framed(content))))


@given(st.text(alphabet='a"\\`\n\0é\U0001f600', max_size=40))
def test_quoted_values_come_back(value: str) -> None:
    assert unquote('"' + "".join(f"\\U{ord(each):08x}" for each in value) + '"') == value
    assert unquote('"' + value.replace("\\", r"\\").replace('"', r"\"") + '"') == value


@given(st.sampled_from(('"', "`")), st.text(alphabet='"`\\xuU0123abc', max_size=20))
def test_unquoting_gives_text_or_says_why_not(quote: str, rest: str) -> None:
    try:
        unquote(quote + rest)
    except FormatError as error:
        told = error.message
    else:
        return
    assert told.startswith("has a value")
