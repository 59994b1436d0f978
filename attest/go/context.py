"""What holds on a platform: build tags, and file names that end in a system or an architecture.

Sources: go/build/build.go (matchTag, goodOSArchFile); internal/syslist; internal/buildcfg (gogoarchTags and
the experiments that are on by default, as of Go 1.27).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import UsageError
from attest.model.source import Platform

if TYPE_CHECKING:
    from collections.abc import Mapping

_OS: Final = (
    "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 "
    "windows zos"
)
_ARCH: Final = (
    "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le "
    "ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm"
)
_PORTS: Final = {
    "aix": "ppc64",
    "android": "386 amd64 arm arm64",
    "darwin": "amd64 arm64",
    "dragonfly": "amd64",
    "freebsd": "386 amd64 arm arm64 riscv64",
    "illumos": "amd64",
    "ios": "amd64 arm64",
    "js": "wasm",
    "linux": "386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x sparc64",
    "netbsd": "386 amd64 arm arm64",
    "openbsd": "386 amd64 arm arm64 ppc64 riscv64",
    "plan9": "386 amd64 arm",
    "solaris": "amd64",
    "wasip1": "wasm",
    "windows": "386 amd64 arm64",
}
#: Every platform that the go command builds for (internal/platform/zosarch.go).
PORTS: Final = tuple(
    Platform(goos=goos, goarch=goarch) for goos, archs in _PORTS.items() for goarch in archs.split()
)
KNOWN_OS: Final = frozenset(_OS.split())
KNOWN_ARCH: Final = frozenset(_ARCH.split())
UNIX_OS: Final = KNOWN_OS - {"js", "nacl", "plan9", "wasip1", "windows", "zos"}
NEWEST_MINOR: Final = 27
"""The toolchain whose rules are written down here: Go 1.27."""

_ALSO: Final = {"android": "linux", "illumos": "solaris", "ios": "darwin"}
_EXPERIMENTS: Final = ("randomizedheapbase64", "greenteagc", "jsonv2", "sizespecializedmalloc")
_REGISTER_ABI: Final = frozenset({"amd64", "arm64", "loong64", "ppc64le", "ppc64", "riscv64", "s390x"})
_NO_DWARF5: Final = frozenset({"darwin", "ios", "aix"})

#: The levels of each GO$GOARCH variable, the lowest first; the default stands in `_DEFAULT`.
_LEVELS: Final[Mapping[str, tuple[str, ...]]] = {
    "amd64": ("v1", "v2", "v3", "v4"),
    "arm": ("5", "6", "7"),
    "ppc64": ("power8", "power9", "power10"),
    "ppc64le": ("power8", "power9", "power10"),
    "riscv64": ("rva20u64", "rva22u64", "rva23u64"),
}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "386": ("sse2", "softfloat"),
    "mips": ("hardfloat", "softfloat"),
    "mipsle": ("hardfloat", "softfloat"),
    "mips64": ("hardfloat", "softfloat"),
    "mips64le": ("hardfloat", "softfloat"),
}
_DEFAULT: Final[Mapping[str, str]] = {"arm": "7"}
_ARM64: Final = re.compile(r"v(?:8\.([0-9])|9\.([0-5]))(?:,(?:lse|crypto))*")


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildContext:
    """A platform, whether cgo is on, the tags that were set by hand, and the toolchain's minor version.

    Raises `UsageError` for a platform whose system, architecture or variant Go does not know: every tag of it
    would be false and files would be left out without a word.
    """

    platform: Platform
    cgo: bool = False
    tags: tuple[str, ...] = ()
    go_minor: int = NEWEST_MINOR
    _true: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_true", frozenset(_tags(self)))

    def tag(self, name: str) -> bool:
        """Tell whether the build tag holds."""
        return name in self._true or (name == "boringcrypto" and "goexperiment.boringcrypto" in self._true)

    def file_name_holds(self, name: str) -> bool:
        """Tell whether a file of this name is built here, by the system and architecture in its name.

        Only what follows the first "_" counts, so that linux.go is built everywhere.
        """
        return self.all_hold(file_name_tags(name))

    def all_hold(self, names: tuple[str, ...]) -> bool:
        """Tell whether all these build tags hold."""
        return all(map(self.tag, names))


def file_name_tags(name: str) -> tuple[str, ...]:
    """The tags that a file name asks for: its system, its architecture, both or none."""
    if "_" not in name:
        return ()
    parts = name.partition(".")[0].split("_")[1:]
    if parts[-1:] == ["test"]:
        parts = parts[:-1]
    if parts[-1:] and parts[-1] in KNOWN_ARCH and parts[-2:-1] and parts[-2] in KNOWN_OS:
        return parts[-2], parts[-1]
    if parts and (parts[-1] in KNOWN_OS or parts[-1] in KNOWN_ARCH):
        return (parts[-1],)
    return ()


def _tags(context: BuildContext) -> set[str]:
    goos, goarch = context.platform.goos, context.platform.goarch
    if goos not in KNOWN_OS or goarch not in KNOWN_ARCH:
        raise UsageError(
            f"Go knows no platform {goos}/{goarch}", hint="name it as GOOS/GOARCH, for instance linux/amd64"
        )
    tags = {goos, goarch, "gc", *context.tags}
    tags.update(f"go1.{minor}" for minor in range(1, context.go_minor + 1))
    tags.update(f"goexperiment.{name}" for name in _EXPERIMENTS)
    tags.update(_features(context.platform))
    if goarch in _REGISTER_ABI:
        tags |= {"goexperiment.regabiwrappers", "goexperiment.regabiargs"}
    if goos not in _NO_DWARF5:
        tags.add("goexperiment.dwarf5")
    if goos in _ALSO:
        tags.add(_ALSO[goos])
    if goos in UNIX_OS:
        tags.add("unix")
    if context.cgo:
        tags.add("cgo")
    return tags


def _features(platform: Platform) -> list[str]:
    """The tags of the architecture's level, as "amd64.v1"."""
    goarch, variant = platform.goarch, platform.variant
    if goarch == "wasm":
        return ["wasm.satconv", "wasm.signext"]
    if goarch == "arm64":
        match = _ARM64.fullmatch(variant or "v8.0")
        if match:
            v8, v9 = match.groups()
            newest = int(v8) if v8 else min(int(v9) + 5, 9)  # v9.x includes v8.(x+5)
            levels = [f"arm64.v8.{minor}" for minor in range(newest + 1)]
            return levels + [f"arm64.v9.{minor}" for minor in range(int(v9) + 1 if v9 else 0)]
    levels_of = _LEVELS.get(goarch, ())
    level = variant or _DEFAULT.get(goarch) or (levels_of + _CHOICES.get(goarch, ("",)))[0]
    if goarch == "arm":
        level = re.sub(",(?:soft|hard)float$", "", level)
    if level in levels_of:
        return [f"{goarch}.{each}" for each in levels_of[: levels_of.index(level) + 1]]
    if level in _CHOICES.get(goarch, ()):
        return [f"{goarch}.{level}"]
    if variant:
        raise UsageError(
            f"{goarch} has no variant {variant!r}",
            hint=f"known are: {', '.join(levels_of + _CHOICES.get(goarch, ())) or 'none'}",
        )
    return []
