from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attest.exe.inspect import inspect
from tests.unit.exe.builders import (
    full_wasm,
    producers,
    varint,
    wasm,
    wasm_custom,
    wasm_export,
    wasm_import,
    wasm_name,
    wasm_section,
    wasm_type,
    wasm_vector,
)

if TYPE_CHECKING:
    from attest.model.fact import FactValue
    from tests.unit.exe.conftest import Corpus


def facts(data: bytes) -> dict[str, FactValue]:
    return {each.name: each.value for each in inspect(memoryview(data)).facts}


def test_all_that_a_module_says() -> None:
    assert facts(full_wasm()) == {
        "toolchain": "rust",
        "wasm.compiler": "rust",
        "wasm.producers": ("processed-by: rustc 1.80.0",),
        "wasm.import_modules": ("env", "wasi_snapshot_preview1"),
        "wasm.imports": (
            "func wasi_snapshot_preview1.clock_time_get(i32, i64) i32",
            "func wasi_snapshot_preview1.fd_write(i32, i64) i32",
            "func env.host() (f32, f64)",
            "func env.late",
            "table env.table",
            "memory env.memory",
            "global env.global",
            "tag env.tag",
        ),
        "wasm.capabilities": ("clock", "fd-write"),
        "wasm.host_imports": ("env.host", "env.late"),
        "wasm.entry": "reactor",
        "wasm.exports": ("func _initialize", "memory memory"),
        "wasm.memories": 2,
        "wasm.memory_imported": True,
        "wasm.memory_min": 3,
        "wasm.memory_max": 8,
        "wasm.memory_unbounded": False,
        "wasm.memory_shared": True,
        "wasm.memory64": False,
        "wasm.tables": 1,
        "wasm.functions": 2,
        "wasm.data_segments": 1,
        "wasm.start": True,
        "wasm.custom_sections": (".debug_info", "name", "producers", "target_features"),
        "symbol_table": True,
        "dwarf": "plain",
        "wasm.target_features": ("+bulk-memory",),
    }


def imports(*items: bytes) -> bytes:
    return wasm(wasm_section(2, wasm_vector(*items)))


@pytest.mark.parametrize(
    ("module", "name", "found"),
    [
        ("wasi_snapshot_preview1", "sock_accept", ("net",)),
        ("wasi_unstable", "path_open", ("fs-read",)),
        ("wasi_unstable", "brand_new", ("other",)),
        ("gojs", "syscall/js.valueCall", ("js",)),
        ("go", "syscall/js.valueNew", ("js",)),
        ("gojs", "runtime.walltime", ()),
        ("env", "proc_exit", ()),
    ],
)
def test_capabilities(module: str, name: str, found: tuple[str, ...]) -> None:
    assert facts(imports(wasm_import(module, name)))["wasm.capabilities"] == found


def test_a_memory_is_no_function_of_the_host() -> None:
    told = facts(imports(wasm_import("wasi_unstable", "sock_send", b"\x02\x00\x01")))
    assert told["wasm.capabilities"] == ()
    assert told["wasm.host_imports"] == ()


@pytest.mark.parametrize(
    ("memories", "least", "most", "unbounded"),
    [
        ((), 0, 0, False),
        ((b"\x00\x24",), 0x24, None, True),
        ((b"\x01\x01\x02", b"\x00\x03"), 4, None, True),
        ((b"\x09\x01\x02\x00",), 1, 2, False),
        ((b"\x05\x01\x02",), 1, 2, False),
    ],
)
def test_one_memory_without_a_maximum_is_one_too_many(
    memories: tuple[bytes, ...], least: int, most: int | None, *, unbounded: bool
) -> None:
    told = facts(wasm(wasm_section(5, wasm_vector(*memories))))
    assert told["wasm.memory_min"] == least
    assert told.get("wasm.memory_max") == most
    assert told["wasm.memory_unbounded"] is unbounded
    assert told["wasm.memory64"] is (b"\x05\x01\x02" in memories)


@pytest.mark.parametrize(
    ("sections", "compiler"),
    [
        ((producers(),), "go"),
        ((wasm_custom("go:buildid"),), "go"),
        ((wasm_custom("go.buildid"),), "go"),
        ((producers("clang", "18"), wasm_section(7, wasm_vector(wasm_export("tinygo_launch")))), "tinygo"),
        ((producers("TinyGo", "0.40.0"),), "tinygo"),
        ((producers("clang", "18"),), "clang"),
        ((imports(wasm_import("env", "emscripten_notify"))[8:],), "emscripten"),
        ((wasm_section(7, wasm_vector(*map(wasm_export, ("__new", "__pin", "__unpin")))),), "assemblyscript"),
        ((), None),
        ((producers("mystery"),), None),
    ],
)
def test_compilers(sections: tuple[bytes, ...], compiler: str | None) -> None:
    assert facts(wasm(*sections)).get("wasm.compiler") == compiler


@pytest.mark.parametrize(
    ("names", "entry"),
    [(("_start",), "command"), (("_initialize",), "reactor"), (("run", "resume"), "js"), (("f",), "library")],
)
def test_entries(names: tuple[str, ...], entry: str) -> None:
    assert facts(wasm(wasm_section(7, wasm_vector(*map(wasm_export, names)))))["wasm.entry"] == entry


@pytest.mark.parametrize(
    "newer",
    [b"\x5e\x7f\x01", b"\x60\x01\x64\x70\x00"],
    ids=["an array type", "a reference as a parameter"],
)
def test_signatures_after_a_newer_type_are_left_out(newer: bytes) -> None:
    types = wasm_section(1, wasm_vector(wasm_type(b"\x7f"), newer, wasm_type(b"\x7e")))
    functions = (wasm_import("env", "a", b"\x00\x00"), wasm_import("env", "b", b"\x00\x02"))
    told = facts(wasm(types, wasm_section(2, wasm_vector(*functions))))
    assert told["wasm.imports"] == ("func env.a(i32)", "func env.b")


HIDDEN = {
    "wasm.imports": wasm_section(2, varint(2) + wasm_import("env")),
    "wasm.exports": wasm_section(7, varint(2) + wasm_export("run")),
    "wasm.memory_unbounded": wasm_section(5, b"\x02\x01\x01\x01"),
    "wasm.producers": wasm_custom("producers", b"\x02"),
    "wasm.target_features": wasm_custom("target_features", b"\x02+" + wasm_name("simd")),
    "wasm.functions": wasm_section(3, b""),
    "wasm.custom_sections": wasm_section(0, b"\x09x"),
}


@pytest.mark.parametrize(("name", "damaged"), HIDDEN.items(), ids=list(HIDDEN))
def test_what_was_not_read_wholly_is_not_told(name: str, damaged: bytes) -> None:
    report = inspect(memoryview(wasm(damaged)))
    assert report.fact(name) is None
    assert report.notes


def test_a_section_that_is_cut_off_hides_what_comes_after() -> None:
    told = facts(full_wasm()[:-1])
    assert told.keys() <= {"wasm.compiler"}


@pytest.mark.parametrize("version", [b"\x02\0\0\0", b""])
def test_other_versions_tell_nothing(version: bytes) -> None:
    assert facts(b"\0asm" + version) == {}


def test_a_component_tells_how_many_modules_it_holds() -> None:
    component = b"\0asm\x0d\0\x01\0" + wasm_section(1, full_wasm()) * 2 + wasm_section(7, b"\x00")
    assert facts(component) == {
        "wasm.core_modules": 2,
        "wasm.component_exports": (),
        "wasm.component_imports": (),
    }
    assert facts(component[:-1]) == {}


def test_truncation_is_noted_and_never_raised() -> None:
    data = full_wasm()
    for size in range(4, len(data)):
        report = inspect(memoryview(data[:size]))
        assert report.container.format == "wasm"


@given(at=st.integers(0, len(full_wasm()) - 1), bit=st.integers(0, 7))
def test_flipped_bits_are_never_raised(at: int, bit: int) -> None:
    data = bytearray(full_wasm())
    data[at] ^= 1 << bit
    assert inspect(memoryview(bytes(data))).container.format


def test_a_program_for_javascript(corpus: Corpus) -> None:
    told = facts(corpus.data("js-wasm"))
    assert told["wasm.compiler"] == "go"
    assert told["wasm.entry"] == "js"
    assert told["wasm.import_modules"] == ("gojs",)
    assert told["wasm.host_imports"] == ()
    assert told["wasm.exports"] == ("func run", "func resume", "func getsp", "memory mem")
    assert told["symbol_table"] is True
    assert told["wasm.memory_unbounded"] is True
    assert told["wasm.start"] is False
    assert "func gojs.runtime.wasmExit(i32)" in told["wasm.imports"]  # type: ignore[operator] # strings


def test_a_program_for_wasi(corpus: Corpus) -> None:
    told = facts(corpus.data("wasip1-wasm"))
    assert told["wasm.compiler"] == "go"
    assert told["wasm.entry"] == "command"
    assert told["wasm.import_modules"] == ("wasi_snapshot_preview1",)
    given = told["wasm.capabilities"]
    assert given == ("args", "env", "clock", "random", "fd-write", "sched", "exit")
    assert told["wasm.exports"] == ("func _start", "memory memory")
    assert told["symbol_table"] is False
    assert told["wasm.memory_min"] > 16  # type: ignore[operator] # a number
