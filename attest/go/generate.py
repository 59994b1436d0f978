"""What `//go:generate` lines run with `go run`: packages and files of the module graph.

Source: cmd/go/internal/generate/generate.go (which lines count, and how they are split into words).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE: Final = re.compile(rb"^//go:generate[ \t]([^\r\n]*)", re.MULTILINE)
#: Flags of `go run` whose value is a word of its own where no "=" follows (cmd/go/internal/work/build.go).
_WITH_VALUE: Final = frozenset(
    {
        *("C", "asmflags", "buildmode", "compiler", "covermode", "coverpkg", "exec", "gccgoflags", "gcflags"),
        *("installsuffix", "ldflags", "mod", "modfile", "overlay", "p", "pgo", "pkgdir", "tags", "toolexec"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """What a line runs: the words that name a package (one) or files of one, and where the line stands."""

    targets: tuple[str, ...]
    line: int

    @property
    def versioned(self) -> bool:
        """Tell whether it is a package at a version, which go.mod has no say in."""
        return "@" in self.targets[0]


def find_generators(data: memoryview | bytes) -> Iterator[Generator]:
    """The `go run` lines of a source file, in order."""
    for found in _LINE.finditer(data):
        words = found[1].decode("utf-8", "replace").split()
        targets = _run(words)
        if targets:
            line = bytes(data[: found.start()]).count(b"\n") + 1
            yield Generator(targets=targets, line=line)


def _run(words: list[str]) -> tuple[str, ...]:
    """What `go run` is given; nothing for any other command."""
    if words[:2] != ["go", "run"]:
        return ()
    rest = iter(words[2:])
    for word in rest:
        if not word.startswith("-"):
            if not word.endswith(".go"):
                return (word,)
            files = [word]
            for more in rest:
                if not more.endswith(".go"):
                    break
                files.append(more)
            return tuple(files)
        if word.lstrip("-") in _WITH_VALUE:
            next(rest, None)
    return ()
