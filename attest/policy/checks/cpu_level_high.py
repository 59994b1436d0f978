"""An executable needs a newer processor than the policy allows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.policy.check import Check, Fault, ImageContext, NoEvidence, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

_RISCV: Final = ("rva20u64", "rva22u64", "rva23u64")


def _setting(arch: str, pattern: str, example: str) -> Setting[str]:
    return Setting(
        section="go",
        key=f"level.{arch}",
        annotation=str,
        description=f"The highest GO{arch.upper()} that the executable may be built for.",
        pattern=pattern,
        example=example,
    )


LEVELS: Final = {
    "amd64": _setting("amd64", r"v[1-4]", "v2"),
    "arm": _setting("arm", r"[5-7](,(softfloat|hardfloat))?", "6"),
    "arm64": _setting("arm64", r"v(8\.[0-9]|9\.[0-5])(,(lse|crypto))*", "v8.0"),
    "riscv64": _setting("riscv64", "|".join(_RISCV), "rva20u64"),
}


def run(context: ImageContext) -> Iterator[Fault]:
    """The build setting of the level (GOAMD64 and its like) is at most that of go.level."""
    arch = context.platform.goarch
    if arch not in LEVELS:
        raise Skip(f"no level is known for {arch}")
    most = LEVELS[arch].asked(context)
    name = f"GO{arch.upper()}"
    said = context.build_info.setting(name)
    if said is None:
        raise NoEvidence(f"{context.name} does not say its {name}", "build with Go 1.18 or later")
    found, allowed = _needs(arch, said), _needs(arch, most)
    if found is None or allowed is None:
        raise NoEvidence(
            f"{context.name} was built with {name}={said}, which is no known level", "update attest"
        )
    if found[0] > allowed[0] or found[1] - allowed[1]:
        yield Fault(
            message=f"{context.name} should be built for {name}={most} at most, and says {name}={said}",
            hint=f"build with {name}={most}",
        )


def _needs(arch: str, said: str) -> tuple[int, frozenset[str]] | None:
    """The number of a level and the extensions it needs (internal/buildcfg), None where it is none."""
    if not re.fullmatch(LEVELS[arch].pattern, said):
        return None
    level, *extensions = said.split(",")
    if arch == "riscv64":
        return _RISCV.index(level), frozenset()
    if arch == "amd64":
        return int(level[1:]), frozenset()
    if arch == "arm":  # from 6 on, instructions for floating point are used unless the option says otherwise
        hard = "hardfloat" in extensions or (level != "5" and "softfloat" not in extensions)
        return int(level), frozenset({"hardfloat"} if hard else ())
    major, _, minor = level[1:].partition(".")
    number = int(minor) + 5 * (major == "9")  # v9.0 has all of v8.5
    return number, frozenset(extensions) | ({"lse"} if number else frozenset())


CHECK = Check(
    title="An executable needs a newer processor than allowed",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=tuple(LEVELS.values()),
    waivable=True,
)
