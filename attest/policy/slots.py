"""Platforms and slots: the matrix of a policy, written out.

A slot is one (platform, build) pair. Words for operating systems and architectures are those of
`go tool dist list` (internal/platform/zosarch.go); `darwin/universal` is attest's own, for a Mach-O file with
one slice for each architecture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from attest.errors import UsageError
from attest.model.source import Platform
from attest.policy.model import AttestationRule, Settings, SignatureRule, Slot
from attest.policy.template import expand, path_fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.model.binary import ContainerFormat
    from attest.model.verdict import Severity

#: The values of each section of settings, by the section's name.
Sections: TypeAlias = "tuple[tuple[str, tuple[tuple[str, object], ...]], ...]"

UNIVERSAL: Final = "universal"
GOOS: Final = (
    "aix",
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "illumos",
    "ios",
    "js",
    "linux",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
)
GOARCH: Final = (
    "386",
    "amd64",
    "arm",
    "arm64",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mipsle",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390x",
    "wasm",
)
#: Which variable of a matrix entry (and build setting) names the variant of an architecture.
VARIANTS: Final = {"arm": "goarm", "amd64": "goamd64"}
_VARIANT_WORDS: Final = {"goarm": ("5", "6", "7"), "goamd64": ("v1", "v2", "v3", "v4")}
_FORMATS: Final[dict[str, ContainerFormat]] = {
    "windows": "pe",
    "darwin": "macho",
    "ios": "macho",
    "js": "wasm",
    "wasip1": "wasm",
    "plan9": "plan9",
    "aix": "xcoff",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One command of the release; "" stands for what the defaults say."""

    name: str = ""
    path: str = ""
    main_path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the matrix: one operating system, one architecture, and what differs from the defaults."""

    goos: str
    goarch: str
    variant: str = ""
    slices: tuple[str, ...] = ()
    path: str = ""
    format: ContainerFormat | None = None
    required: bool = True
    severity: Severity = "deny"
    sections: Sections = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for every slot unless its build or entry says otherwise."""

    path: str = ""
    sections: Sections = ()
    signatures: SignatureRule | None = None
    attestations: tuple[AttestationRule, ...] = ()


def default_format(goos: str, goarch: str) -> ContainerFormat:
    """The container that Go's linker writes for an operating system."""
    if goarch == UNIVERSAL:
        return "macho-fat"
    return _FORMATS.get(goos, "elf")


def variant_fault(key: str, value: str) -> str:
    """Why a value of goarm or goamd64 is none; "" where it is one."""
    words = _VARIANT_WORDS[key]
    return "" if value in words else f"expected one of {', '.join(words)} for {key}, found '{value}'"


def variant_word(variant: str) -> str:
    """A variant as file names write it: "v7", "v3", or nothing."""
    return f"v{variant.removeprefix('v')}" if variant else ""


def slot(entry: Entry, build: Build, defaults: Defaults, variables: Mapping[str, str]) -> Slot:
    """The slot of one matrix entry and one build.

    Raises `attest.errors.UsageError` where its path cannot be made.
    """
    template = entry.path or build.path or defaults.path
    if not template:
        raise UsageError(
            f"no path says how the file for {entry.goos}/{entry.goarch} is called",
            hint='give platforms.defaults.path, for instance "widget_${version}_${goos}_${goarch}{.exe,}"',
        )
    values = {
        **variables,
        "goos": entry.goos,
        "goarch": entry.goarch,
        "variant": variant_word(entry.variant),
        "build": build.name,
    }
    path = expand(template, values, windows=entry.goos == "windows")
    if fault := path_fault(path):
        raise UsageError(
            f"the path '{path}' cannot be used: {fault}", hint="name a file below the release directory"
        )
    of_build: Sections = (("go", (("main_path", build.main_path),)),) if build.main_path else ()
    merged: dict[str, dict[str, object]] = {}
    for name, given in (*defaults.sections, *of_build, *entry.sections):
        merged.setdefault(name, {}).update(given)
    return Slot(
        platform=Platform(goos=entry.goos, goarch=entry.goarch, variant=entry.variant),
        build=build.name,
        path=path,
        format=entry.format or default_format(entry.goos, entry.goarch),
        slices=entry.slices,
        required=entry.required,
        severity=entry.severity,
        sections=tuple(
            (name, Settings(values=tuple(sorted(given.items(), key=lambda pair: pair[0]))))
            for name, given in sorted(merged.items())
        ),
        signatures=defaults.signatures,
        attestations=defaults.attestations,
    )
