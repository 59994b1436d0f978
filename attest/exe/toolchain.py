"""Which toolchain made a program, from marks that it leaves; nothing is guessed.

Sources: what rustc (crate `rustc_codegen_ssa`), cargo-auditable, TinyGo, gccgo (libgo), Zig, GCC and clang
write into the programs that they link: comment sections, debugging strings, symbols and sections.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.exe.reader import find, find_all
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.exe.image import Image, Section
    from attest.exe.known import Known
    from attest.model.binary import Toolchain
    from attest.model.limits import Limits

CRATES: Final = ".dep-v0"
_COMMENT: Final = (".comment",)
_STRINGS: Final = (".debug_str", "__debug_str")
_SYMBOLS: Final = (".strtab", ".dynstr")
_GCCGO_SECTIONS: Final = (".go_export", ".gnu_go_export", "__go_export")
#: The place of Rust's own sources in its messages of panics; the hash is rustc's commit.
_RUST_SOURCE: Final = re.compile(rb"/rustc/[0-9a-f]{40}/library/")

#: In each kind of section: what must be in it, and what it tells; the surest first, for all are made by LLVM
#: or GCC in the end.
_MARKS: Final[tuple[tuple[tuple[str, ...], tuple[tuple[bytes, Toolchain], ...]], ...]] = (
    (_SYMBOLS, ((b"\0tinygo_", "tinygo"), (b"\0__go_init_main\0", "gccgo"), (b"\0libgo.so.", "gccgo"))),
    (_STRINGS, ((b"TinyGo\0", "tinygo"), (b"GNU Go ", "gccgo"))),
    (_COMMENT, ((b"rustc version ", "rust"),)),
    (_STRINGS, ((b"clang LLVM (rustc version ", "rust"),)),
)
_ZIG: Final = re.compile(rb"\0zig [0-9]+\.[0-9]+\.[0-9]")
_RUST_START, _ZIG_START = b"/rustc/", b"\0zig "
_SHAPE_SIZE: Final = 64
_C_COMMENTS: Final = (b"GCC: (", b"clang version ")
_WASM: Final[dict[str, Toolchain]] = {
    "go": "go",
    "tinygo": "tinygo",
    "rust": "rust",
    "zig": "zig",
    "clang": "c",
    "emscripten": "c",
}


def recognise(image: Image, known: Known, place: str, compiler: Fact | None) -> Fact | None:
    """The toolchain as the fact `toolchain`, None where nothing tells.

    `place` is where the build info was found; `compiler` is what a WebAssembly module says of it.
    """
    if known.go:
        return _fact("go", place or _go_place(image, known))
    if compiler is not None and compiler.value in _WASM:
        return _fact(_WASM[str(compiler.value)], compiler.source)
    section = image.section(*_GCCGO_SECTIONS)
    if section is not None:
        return _fact("gccgo", f"section {section.name}")
    return _by_marks(image, known.limits)


def _fact(toolchain: Toolchain, source: str) -> Fact:
    return Fact(name="toolchain", value=toolchain, source=source)


def _go_place(image: Image, known: Known) -> str:
    if known.functions is not None:
        return f"function table in {known.functions.place}"
    return "version of the compiler in the file" if image.go_version else "Go build ID"


def _by_marks(image: Image, limits: Limits) -> Fact | None:
    for names, marks in _MARKS:
        for section in _named(image, names):
            for mark, toolchain in marks:
                if find(section.data, mark) is not None:
                    return _fact(toolchain, f"section {section.name}")
    if image.section(CRATES) is not None:
        return _fact("rust", f"section {CRATES}")
    places = ((region.name, region.data) for region in image.memory)
    if rust := _shaped(places, _RUST_START, _RUST_SOURCE, limits):
        return _fact("rust", f"names of source files of rustc in {rust}")
    strings = ((f"section {each.name}", each.data) for each in _named(image, _STRINGS))
    if zig := _shaped(strings, _ZIG_START, _ZIG, limits):
        return _fact("zig", zig)
    comments = ((each.name, bytes(each.data[: limits.comment_bytes])) for each in _named(image, _COMMENT))
    found = next((name for name, said in comments if any(mark in said for mark in _C_COMMENTS)), "")
    return _fact("c", f"section {found}") if found else None


def _named(image: Image, names: tuple[str, ...]) -> Iterator[Section]:
    return (each for each in image.sections if each.name in names)


def _shaped(
    places: Iterable[tuple[str, memoryview]], start: bytes, shape: re.Pattern[bytes], limits: Limits
) -> str:
    """The name of the first place where something of this shape begins with `start`; "" where none does."""
    left = limits.build_info_places
    for name, data in places:
        for at in find_all(data, start):
            left -= 1
            if left < 0:
                return ""
            if shape.match(bytes(data[at : at + _SHAPE_SIZE])):
                return name
    return ""
