"""How two files differ: executables by what is in them, SBOMs by what they name, one by the other, reports.

A source tree stands on one side where an executable is held against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from attest.model.report_difference import ReportDifference

SideKind = Literal["executable", "sbom", "source", "report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two; `sha256` is of its bytes, `size` in bytes: "" and 0 for a source tree."""

    path: str
    kind: SideKind
    sha256: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """A module and its version, or a build setting; None on the side that lacks it, "" where not known."""

    name: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeChange:
    """Bytes of a module's or package's machine code, or of a section in the file; None where it is not."""

    name: str
    old: int | None
    new: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All that differs between `old` and `new`; every list is sorted by name.

    `modules` are those whose version differs ("std" is the standard library). `settings`, `code` (by
    module), `packages` and `sections` are told of two executables alone. `remarks` are sentences about what
    could not be compared or changes nothing, `faults` about what makes an SBOM untrue by itself (of another
    file, contradictory), and all that an executable and a source tree tell differently. `report` is how two
    reports differ, of which nothing else is told; None for everything else.
    """

    old: Side
    new: Side
    modules: tuple[ValueChange, ...]
    settings: tuple[ValueChange, ...] = ()
    code: tuple[SizeChange, ...] = ()
    packages: tuple[SizeChange, ...] = ()
    sections: tuple[SizeChange, ...] = ()
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    report: ReportDifference | None = None

    @property
    def same(self) -> bool:
        """True for executables of the same bytes, and for what names or judges as the other side does."""
        if self.report is not None:
            return self.report.same
        if self.old.kind == self.new.kind == "executable":
            return self.old.sha256 == self.new.sha256
        return not (self.modules or self.faults)
