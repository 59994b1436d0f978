"""The facts of WebAssembly modules.

What a list says is given only where all of it was read: one import that is missed would hide what the
module can do. Sources: as for `attest.exe.wasm`; WASI preview 1 (witx), and what cmd/compile and the
runtimes of TinyGo, Emscripten and AssemblyScript import and export.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.exe.build_id import WASM_SECTIONS
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.known import Known
    from attest.exe.wasm import WasmImage
    from attest.model.fact import FactValue

WASI: Final = frozenset({"wasi_snapshot_preview1", "wasi_unstable"})
#: Go's bridge to JavaScript, by its name since Go 1.21 and before; the second is that of `go test`.
_BRIDGE: Final = frozenset({"gojs", "go", "_gotest"})
#: The functions of the bridge with which all that JavaScript can do is done.
_ANY_JAVASCRIPT: Final = frozenset(
    f"syscall/js.value{each}" for each in ("Call", "Invoke", "New", "Set", "SetIndex", "Get", "Delete")
)
_GROUPS: Final = {
    "args": "args_get args_sizes_get",
    "env": "environ_get environ_sizes_get",
    "clock": "clock_time_get clock_res_get",
    "random": "random_get",
    "fd-read": (
        "fd_read fd_pread fd_seek fd_tell fd_readdir fd_filestat_get fd_fdstat_get fd_prestat_get "
        "fd_prestat_dir_name fd_advise fd_close fd_renumber"
    ),
    "fd-write": (
        "fd_write fd_pwrite fd_sync fd_datasync fd_allocate fd_filestat_set_size fd_filestat_set_times "
        "fd_fdstat_set_flags fd_fdstat_set_rights"
    ),
    "fs-read": "path_open path_filestat_get path_readlink",
    "fs-write": (
        "path_create_directory path_link path_symlink path_rename path_remove_directory path_unlink_file "
        "path_filestat_set_times"
    ),
    "net": "sock_accept sock_recv sock_send sock_shutdown",
    "sched": "poll_oneoff sched_yield",
    "exit": "proc_exit proc_raise",
}
_CAPABILITY: Final = {name: group for group, names in _GROUPS.items() for name in names.split()}
CAPABILITIES: Final = (*_GROUPS, "js", "other")

#: By what producers call themselves, the surest first: TinyGo and Emscripten are made of clang.
_COMPILERS: Final = (
    ("processed-by", "Go cmd/compile", "go"),
    ("processed-by", "TinyGo", "tinygo"),
    ("processed-by", "rustc", "rust"),
    ("language", "Rust", "rust"),
    ("processed-by", "emscripten", "emscripten"),
    ("sdk", "Emscripten", "emscripten"),
    ("processed-by", "AssemblyScript", "assemblyscript"),
    ("processed-by", "asc", "assemblyscript"),
    ("language", "Zig", "zig"),
    ("language", "Swift", "swift"),
    ("processed-by", "clang", "clang"),
)


def facts(image: WasmImage, known: Known) -> Iterator[Fact]:
    """What the sections of a module say."""
    del known
    if image.container.arch is None:
        return
    yield from _makers(image)
    yield from _imports(image)
    if image.read_wholly("export"):
        names = {name for _, name in image.exports}
        yield Fact(name="wasm.entry", value=_entry(names), source="section export")
        exports = tuple(f"{kind} {name}" for kind, name in image.exports)
        yield Fact(name="wasm.exports", value=exports, source="section export")
    yield from _memory(image)
    yield from _counts(image)
    yield from _custom(image)


def _makers(image: WasmImage) -> Iterator[Fact]:
    if not image.read_wholly("producers"):
        return
    compiler, source = _compiler(image)
    if compiler:
        yield Fact(name="wasm.compiler", value=compiler, source=source)
    if image.producers:
        told = tuple(f"{each.field}: {each.name} {each.version}".rstrip() for each in image.producers)
        yield Fact(name="wasm.producers", value=told, source="section producers")


def _compiler(image: WasmImage) -> tuple[str, str]:
    """The compiler and where it shows; producers tell, and where they were taken out, habits do."""
    if any(name.startswith("tinygo_") for _, name in image.exports):
        return "tinygo", "section export"
    told = {(each.field, each.name.casefold()) for each in image.producers}
    for field, name, compiler in _COMPILERS:
        if (field, name.casefold()) in told:
            return compiler, "section producers"
    for name in WASM_SECTIONS:
        if name in image.custom:
            return "go", f"section {name}"
    if any(each.name.startswith("emscripten_") for each in image.imports):
        return "emscripten", "section import"
    if {"__new", "__pin", "__unpin"} <= {name for _, name in image.exports}:
        return "assemblyscript", "section export"
    return "", ""


def _imports(image: WasmImage) -> Iterator[Fact]:
    if not image.read_wholly("import"):
        return
    source = "section import"
    functions = [each for each in image.imports if each.kind == "func"]
    wasi = {_CAPABILITY.get(each.name, "other") for each in functions if each.module in WASI}
    if any(each.module in _BRIDGE and each.name in _ANY_JAVASCRIPT for each in functions):
        wasi.add("js")
    values: tuple[tuple[str, FactValue], ...] = (
        ("import_modules", tuple(sorted({each.module for each in image.imports}))),
        (
            "imports",
            tuple(
                dict.fromkeys(
                    f"{each.kind} {each.module}.{each.name}{each.signature}" for each in image.imports
                )
            ),
        ),
        ("capabilities", tuple(each for each in CAPABILITIES if each in wasi)),
        (
            "host_imports",
            tuple(
                dict.fromkeys(
                    f"{each.module}.{each.name}"
                    for each in functions
                    if each.module not in WASI and each.module not in _BRIDGE
                )
            ),
        ),
    )
    for name, value in values:
        yield Fact(name=f"wasm.{name}", value=value, source=source)


def _entry(exports: set[str]) -> str:
    if "_start" in exports:
        return "command"
    if "_initialize" in exports:
        return "reactor"
    return "js" if {"run", "resume"} <= exports else "library"


def _memory(image: WasmImage) -> Iterator[Fact]:
    if not image.read_wholly("import", "memory"):
        return
    memories = image.memories
    imported = any(each.imported for each in memories)
    source = "section import" if imported else "section memory"
    yield Fact(name="wasm.memories", value=len(memories), source=source)
    yield Fact(name="wasm.memory_imported", value=imported, source="section import")
    yield Fact(name="wasm.memory_min", value=sum(each.minimum for each in memories), source=source)
    bounds = [each.maximum for each in memories if each.maximum is not None]
    unbounded = len(bounds) < len(memories)
    if not unbounded:
        yield Fact(name="wasm.memory_max", value=sum(bounds), source=source)
    yield Fact(name="wasm.memory_unbounded", value=unbounded, source=source)
    yield Fact(name="wasm.memory_shared", value=any(each.shared for each in memories), source=source)
    yield Fact(name="wasm.memory64", value=any(each.wide for each in memories), source=source)


def _counts(image: WasmImage) -> Iterator[Fact]:
    for name, section in (("tables", "table"), ("functions", "function"), ("data_segments", "data")):
        if image.read_wholly(section):
            yield Fact(name=f"wasm.{name}", value=image.counts.get(section, 0), source=f"section {section}")
    if image.read_wholly():
        yield Fact(name="wasm.start", value=image.starts, source="section start")


def _custom(image: WasmImage) -> Iterator[Fact]:
    if not image.read_wholly():
        return
    source = "custom sections"
    yield Fact(name="wasm.custom_sections", value=image.custom, source=source)
    yield Fact(name="symbol_table", value="name" in image.custom, source=source)
    debug = any(each.startswith(".debug_") for each in image.custom)
    yield Fact(name="dwarf", value="plain" if debug else "none", source=source)
    if image.features and image.read_wholly("target_features"):
        yield Fact(name="wasm.target_features", value=image.features, source="section target_features")
