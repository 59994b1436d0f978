"""Where a source tree and an executable tell different stories of what is in the executable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: "main-package": the source has no such main package there; "main-module": it is of another module;
#: "go-version": compiled by an older Go than the source asks for; "binary-only", "source-only": a module that
#: one side alone links; "version", "replacement", "sum": a module that both link, and not the same of it;
#: "unsummed": build info has no hash of any module, as after a build from vendor/.
DisagreementKind = Literal[
    "binary-only",
    "go-version",
    "main-module",
    "main-package",
    "replacement",
    "source-only",
    "sum",
    "unsummed",
    "version",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """One thing that the source and the executable tell differently.

    `name` is a module's path, or the main package's. `in_source` and `in_binary` are what each side says of
    it: a version, a replacement, a hash; "" where it says nothing. `because` explains it, "" where nothing
    does. `harmless` ones follow from how the source itself is built.
    """

    kind: DisagreementKind
    name: str
    in_source: str = ""
    in_binary: str = ""
    because: str = ""
    harmless: bool = False

    @property
    def message(self) -> str:
        """One sentence, the same wherever it is told."""
        source, binary = self.in_source, self.in_binary
        words = {
            "binary-only": f"{_at(self.name, binary)} is in the executable, and the source does not link it",
            "source-only": f"{_at(self.name, source)} is linked by the source, and is not in the executable",
            "version": f"{self.name} is {_known(binary)} in the executable, "
            f"and {_known(source)} in the source",
            "replacement": f"{self.name} is {_replaced(binary)} in the executable, "
            f"and {_replaced(source)} in the source",
            "sum": f"{self.name} has {_hash(binary)} in the executable, and {_hash(source)} in go.sum",
            "unsummed": "the executable names no hashes of its modules to hold against go.sum",
            "main-module": f"{self.name} is of the module {binary} in the executable, "
            f"and of {source} in the source",
            "main-package": f"{self.name} is no main package of the source",
            "go-version": f"the executable was built by Go {binary}, "
            f"and the source asks for {source} at least",
        }[self.kind]
        return f"{words}: {self.because}" if self.because else words


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """What the source says of one image of a file: the file itself, or one slice of a universal file.

    `platform` is the image's, "" where it tells none. `unknown` says why nothing could be compared: missing
    evidence, never agreement. `disagreements` are sorted.
    """

    platform: str
    disagreements: tuple[Disagreement, ...] = ()
    unknown: str = ""

    @property
    def agrees(self) -> bool:
        """True where both sides were read and nothing but what is harmless differs."""
        return not self.unknown and all(each.harmless for each in self.disagreements)


def _at(name: str, version: str) -> str:
    return f"{name}@{version}" if version else name


def _known(text: str) -> str:
    return text or "of no known version"


def _hash(h1: str) -> str:
    return f"the hash {h1}" if h1 else "no hash"


def _replaced(by: str) -> str:
    return f"replaced by {by}" if by else "not replaced"
