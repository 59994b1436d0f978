"""What could be asked of an executable, the strictest first: the engine says which of it holds.

A candidate is a value of a setting that a check declares. Fixed ones are the strict words of the policy
language; the others are what the file itself says. Nothing here decides: what does not pass is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, get_args, get_origin

from attest.model.limits import DEFAULT_LIMITS
from attest.policy.catalog import catalog, settings
from attest.policy.check import SLOT_SECTIONS
from attest.policy.goversion import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from attest.model.binary import BinaryReport
    from attest.model.fact import FactValue
    from attest.policy.document import Value
    from attest.policy.draft_slots import Item

#: Section and key.
Key = tuple[str, str]

_ELF: Final = frozenset({"elf"})
_MACHO: Final = frozenset({"macho", "macho-fat"})
_PE: Final = frozenset({"pe"})
_WASM: Final = frozenset({"wasm"})
_FORMATS: Final = {"elf": _ELF, "macos": _MACHO, "windows": _PE, "wasm": _WASM}

_FIXED: Final[dict[Key, tuple[Value, ...]]] = {
    ("file", "packed"): ("denied",),
    ("file", "symbol_table"): (False, True),
    ("file", "dwarf"): (False, True),
    ("go", "cgo"): (False,),
    ("go", "cgo_used"): (False,),
    ("go", "trimpath"): (True,),
    ("go", "absolute_paths"): (False,),
    ("go", "vcs_modified"): (False,),
    ("go", "instrumented"): (False,),
    ("go", "pgo"): (False, True),
    ("go", "build_id"): ("matches",),
    ("go", "headers"): ("agree",),
    ("go", "functions"): ("agree",),
    ("go", "stamps"): ("agree",),
    ("go", "modules"): ("told",),
    ("elf", "nx_stack"): (True,),
    ("elf", "relro"): ("full", "partial"),
    ("elf", "rpath"): (False,),
    ("elf", "textrel"): (False,),
    ("macos", "signature"): ("developer-id", "ad-hoc"),
    ("macos", "hardened_runtime"): (True,),
    ("windows", "aslr"): (True,),
    ("windows", "high_entropy"): (True,),
    ("windows", "nx"): (True,),
    ("windows", "subsystem"): ("console", "gui"),
    ("windows", "authenticode.required"): (True,),
}
#: A list of all that the images say.
_LISTED: Final[dict[Key, tuple[str, ...]]] = {
    ("go", "tags"): ("go.tags",),
    ("go", "godebug_weak"): ("go.debug_weak",),
    ("elf", "link"): ("link",),
    ("elf", "libraries"): ("libraries",),
    ("elf", "interpreters"): ("elf.interpreter",),
    ("macos", "entitlements"): ("macho.entitlements",),
    ("windows", "imports"): ("libraries", "pe.delay_libraries"),
    ("wasm", "capabilities"): ("wasm.capabilities",),
    ("wasm", "compiler"): ("wasm.compiler",),
    ("wasm", "imports"): ("wasm.import_modules",),
    ("wasm", "exports"): ("wasm.exports",),
}
#: The one word that all images say.
_SAID: Final[dict[Key, str]] = {
    ("elf", "libc"): "elf.libc",
    ("elf", "glibc_max"): "elf.glibc",
    ("macos", "team"): "macho.certificate_team",
}
#: The highest or lowest version that an image says.
_VERSIONS: Final[dict[Key, tuple[str, Callable[..., str]]]] = {
    ("macos", "oldest"): ("macho.minimum_os", max),
    ("macos", "sdk"): ("macho.sdk", min),
}
_LEVELS: Final = ("amd64", "arm", "arm64", "riscv64")
#: Strict words whose absence is worth a line: what the files do not meet today.
TELLING: Final = frozenset(key for key, values in _FIXED.items() if len(values) == 1) | {
    ("macos", "signature"),
    ("elf", "relro"),
}


def checks_of(section: str, key: str) -> frozenset[str]:
    """The ids of the checks that a setting is of."""
    return frozenset(
        check.id
        for check in catalog()
        for setting in check.settings
        if (setting.section, setting.key) == (section, key)
    )


def candidates(item: Item, least_go: str) -> dict[Key, tuple[Value, ...]]:
    """What may be asked of a file, by section and key, the strictest value first.

    `least_go` is the oldest Go release of the whole release, "" where it is not known.
    """
    found: dict[Key, tuple[Value, ...]] = {}
    if least_go:
        found["go", "min"] = (least_go,)
    if item.main_path and not item.build:  # a build names it itself
        found["go", "main_path"] = (item.main_path,)
    found |= _FIXED
    images = item.report.images
    found |= _told(images) | _levels(images)
    if memory := [int(str(value)) for image in images if (value := image.fact("wasm.memory_min"))]:
        found["wasm", "memory_min"] = (1 << (max(memory) - 1).bit_length(),)
    fips = {str(image.fact("go.fips140") or "off") for image in images}
    if len(fips) == 1 and fips != {"off"}:
        found["go", "fips140"] = (fips.pop(), "on")
    found = {key: kept for key, values in found.items() if (kept := _allowed(key, values))}
    return {key: found[key] for key in sorted(found, key=order) if concerns(key, item)}


def concerns(key: Key, item: Item) -> bool:
    """Whether a setting is about a file, by its container and architectures."""
    held = item.report.container.format
    if held not in _FORMATS.get(key[0], {held}):
        return False
    group, _, arch = key[1].partition(".")
    return group != "level" or arch in {image.container.arch for image in item.report.images}


def _allowed(key: Key, values: tuple[Value, ...]) -> tuple[Value, ...]:
    """The values that the setting takes: files say what they like, and not every word of theirs is one."""
    setting = next(each for each in settings(key[0]) if each.key == key[1])  # type: ignore[arg-type]

    def good(value: Value) -> bool:
        if isinstance(value, list):
            words = {word for kind in get_args(setting.annotation) for word in get_args(kind)}
            return len(value) <= DEFAULT_LIMITS.drafted_words and all(
                fits(each) and (not words or each in words) for each in value
            )
        words = set(get_args(setting.annotation)) if get_origin(setting.annotation) is Literal else set()
        return fits(value) and (not words or value in words)

    def fits(value: Value) -> bool:
        return not (isinstance(value, str) and setting.pattern) or bool(
            re.fullmatch(setting.pattern, str(value))
        )

    return tuple(value for value in values if good(value))


def _told(images: Sequence[BinaryReport]) -> dict[Key, tuple[Value, ...]]:
    """What the images say themselves: all words, the one word, or the version that is enough for all."""
    found: dict[Key, tuple[Value, ...]] = {}
    for key, names in _LISTED.items():
        found[key] = (_cleaned(key, _words(images, names)),)
    for key, name in _SAID.items():
        said = {str(value) for value in _values(images, (name,))}
        if len(said) == 1:
            found[key] = (said.pop(),)
    for key, (name, choose) in _VERSIONS.items():
        if versions := [str(value) for value in _values(images, (name,))]:
            found[key] = (choose(versions, key=_numbers),)
    return found


def order(key: Key) -> tuple[int, int, str]:
    """Sections as the language has them, and what names the build before what it must be."""
    first = ("min", "main_path", "cgo", "cgo_used", "trimpath", "absolute_paths", "vcs_modified")
    return SLOT_SECTIONS.index(key[0]), first.index(key[1]) if key[1] in first else len(first), key[1]


def _values(images: Sequence[BinaryReport], names: Iterable[str]) -> list[FactValue]:
    return [value for image in images for name in names if (value := image.fact(name)) is not None]


def _words(images: Sequence[BinaryReport], names: tuple[str, ...]) -> list[str]:
    """All words of the facts; none where there are no such facts, which the check then skips or denies."""
    words: set[str] = set()
    for value in _values(images, names):
        words |= set(value) if isinstance(value, tuple) else {str(value)}
    return sorted(words)


def _cleaned(key: Key, words: list[str]) -> Value:
    """Words as the setting wants them."""
    if key == ("wasm", "exports"):
        words = sorted({each.partition(" ")[2] for each in words})
    elif key == ("windows", "imports"):
        words = sorted({each.lower() for each in words})
    elif key == ("macos", "entitlements"):
        words = [each for each in words if each.partition("=")[2] != "false"]
    return list(words)


def _levels(images: Sequence[BinaryReport]) -> dict[Key, tuple[Value, ...]]:
    found: dict[Key, tuple[Value, ...]] = {}
    for image in images:
        info, arch = image.build_info, image.container.arch
        if info and arch in _LEVELS and (said := info.setting(f"GO{arch.upper()}")):
            found["go", f"level.{arch}"] = (said,)
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in version.split(".") if each.isdigit())


def least_go(found: Iterable[Item]) -> str:
    """The oldest Go release that built any of the files, as go.min names it; "" where one does not tell."""
    versions = [image.go_version for item in found for image in item.report.images]
    parsed = {version: parse(version) for version in versions}
    if not versions or any(value is None for value in parsed.values()):
        return ""
    oldest = min(versions, key=lambda each: (parsed[each] is not None, parsed[each]))
    found_go = oldest.removeprefix("go").split("-", 1)[0].split(" ", 1)[0]
    return found_go if all(part.isdigit() for part in found_go.split(".")) else ""


def sections(values: Mapping[Key, Value]) -> dict[str, Value]:
    """Settings as the sections of a policy write them; "a.b" is the key b of the mapping a."""
    found: dict[str, Value] = {}
    for (section, key), value in values.items():
        inner = found.setdefault(section, {})
        group, _, name = key.rpartition(".")
        if not isinstance(inner, dict):  # pragma: no cover - every section is a mapping
            raise TypeError
        if group:
            inner = inner.setdefault(group, {})
            if not isinstance(inner, dict):  # pragma: no cover - every group is one
                raise TypeError
        inner[name] = value
    return found
