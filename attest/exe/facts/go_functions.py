"""What the function table tells of how a program was built, held against what its build info says.

Sources: cmd/internal/objabi/path.go and cmd/go/internal/work (-trimpath), runtime (race_*.s, msan_*.s and
asan_*.s, which are there only where the go command was told so; asm_amd64.s and asm_arm64.s, which hold a
sentence about the processor from GOAMD64=v2 on and with LSE), debug/gosym (the generations of the table).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.exe.facts.go_settings import minor_of
from attest.exe.reader import find
from attest.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.exe.image import Image
    from attest.exe.known import Known
    from attest.exe.packages import Linked
    from attest.exe.pclntab import FunctionTable
    from attest.model.binary import BuildInfo

_CGO: Final = "runtime/cgo"
#: What calls back from C; until Go 1.19 the package that holds it has no function of its own.
_CGO_CALL: Final = b"crosscall2"
_BEFORE_CGO_FUNCTIONS: Final = ("1.2", "1.16", "1.18")
_SANITIZERS: Final = {
    "race": b"runtime.racefuncenter",
    "msan": b"runtime.domsanread",
    "asan": b"runtime.doasanread",
}
_ABSOLUTE: Final = re.compile(r"/|[A-Za-z]:[/\\]|\\\\")
_PATHS_TOLD: Final = 10
#: Modules whose code is Go's own, unpacked in the module cache: toolchains, and frozen FIPS 140 modules.
_OF_GO: Final = frozenset({"golang.org/toolchain", "golang.org/fips140"})
_AMD64: Final = "This program can only be run on AMD64 processors with v{} microarchitecture support.\n"
_AMD64_LEVELS: Final = (2, 3, 4)
_ARM64: Final = b"This program can only run on ARM64 processors with LSE support.\n"
#: The first minor version of Go whose tables are of a generation.
_SINCE: Final = (("1.20", 20), ("1.18", 18), ("1.16", 16), ("1.2", 2))


def functions(image: Image, known: Known) -> Iterator[Fact]:
    """What really is in the program, and where the build info says otherwise."""
    table, linked, info = known.functions, known.linked, known.info
    if table is None or linked is None:
        return
    source = f"function table in {table.place}"
    cgo = any(each.path == _CGO for each in linked.packages) or (
        table.generation in _BEFORE_CGO_FUNCTIONS and table.holds(_CGO_CALL)
    )
    yield Fact(name="go.cgo_used", value=cgo, source=source)
    sanitizers = tuple(name for name, function in _SANITIZERS.items() if table.holds(function))
    yield Fact(name="go.sanitizers", value=sanitizers, source=source)
    marker = _level_marker(image)
    if marker:
        yield Fact(name="go.level_marker", value=marker, source="a message of the runtime")
    directories = _absolute(table)
    yield Fact(name="go.absolute_path_count", value=len(directories), source=source)
    yield Fact(name="go.absolute_paths", value=directories[:_PATHS_TOLD], source=source)
    if info is None:
        return
    found = (*_against(info, table, cgo, sanitizers), *_level_against(info, marker))
    yield Fact(name="go.function_conflicts", value=found, source=f"{source}, and the build info")
    yield Fact(name="go.modules_untold", value=_untold(info, linked), source=f"{source}, and the build info")


def _absolute(table: FunctionTable) -> tuple[str, ...]:
    """The directories of source files that are named from a root on, sorted."""
    found = {
        file.replace("\\", "/").rpartition("/")[0] or "/" for file in table.files() if _ABSOLUTE.match(file)
    }
    return tuple(sorted(found))


def _level_marker(image: Image) -> str:
    """The level in the runtime's message for older processors, as a setting; "" where it has none."""
    if image.container.arch == "amd64":
        start = _AMD64.partition("{}")[0].encode()
        for region in image.memory:
            at = None if region.writable else find(region.data, start)
            for level in _AMD64_LEVELS if at is not None else ():
                message = _AMD64.format(level).encode()
                if bytes(region.data[at : (at or 0) + len(message)]) == message:
                    return f"GOAMD64=v{level}"
    if image.container.arch == "arm64" and any(
        find(region.data, _ARM64) is not None for region in image.memory if not region.writable
    ):
        return "GOARM64=lse"
    return ""


def _level_against(info: BuildInfo, marker: str) -> Iterator[str]:
    said = info.setting("GOAMD64")
    if said is not None and info.setting("GOARCH") == "amd64" and said != (marker.partition("=")[2] or "v1"):
        yield f"the build info says GOAMD64={said}, and the runtime was built for {marker or 'GOAMD64=v1'}"
    said = info.setting("GOARM64")
    if said is not None and marker == "GOARM64=lse" and said.startswith("v8.0") and ",lse" not in said:
        yield f"the build info says GOARM64={said}, and the runtime needs LSE"


def _against(info: BuildInfo, table: FunctionTable, cgo: bool, sanitizers: tuple[str, ...]) -> Iterator[str]:
    if cgo and info.setting("CGO_ENABLED") == "0":
        yield "the build info says CGO_ENABLED=0, and runtime/cgo is linked"
    for name in _SANITIZERS:
        said = info.setting(f"-{name}") == "true"
        if said and name not in sanitizers:
            yield f"the build info says -{name}=true, and no function of it is linked"
        if not said and name in sanitizers and info.settings:
            yield f"the build info does not say -{name}=true, and functions of it are linked"
    minor = minor_of(info.go_version)
    if minor is not None:
        expected = next((generation for generation, since in _SINCE if minor >= since), table.generation)
        if table.generation != expected:
            yield (
                f"the build info says {info.go_version}, "
                f"and the function table is that of Go {table.generation}"
            )


def _untold(info: BuildInfo, linked: Linked) -> tuple[str, ...]:
    """The modules in names of files that the build info does not name, or in another version."""
    modules = (*((info.main,) if info.main else ()), *info.deps)
    told = {(each.compiled.path, each.compiled.version) for each in modules}
    return tuple(
        f"{each.path}@{each.version}"
        for each in linked.modules
        if (each.path, each.version) not in told and each.path not in _OF_GO
    )
