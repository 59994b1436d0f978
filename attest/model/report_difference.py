"""How two verdicts differ: what was decided, about which files, by which policy, and what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attest.model.difference import ValueChange
    from attest.model.verdict import CheckOutcome, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactChange:
    """A file of the release whose path, digest or outcome differs; None on the side that lacks it."""

    slot: str
    platform: str
    old_path: str | None
    new_path: str | None
    old_sha256: str | None
    new_sha256: str | None
    old_outcome: str | None
    new_outcome: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingChange:
    """A finding that came (`old` is None), went (`new` is None) or is told otherwise now."""

    old: Finding | None
    new: Finding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeChange:
    """A check that came out in another way on the same thing; None where it did not run."""

    check: str
    platform: str
    subject: str
    old: CheckOutcome | None
    new: CheckOutcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDifference:
    """All that differs between two reports but their times and the lines of places.

    `decision` holds verdict, exit code, version, tag, revision and whether a part was judged; `policy` its
    name, version and SHA-256, `evidence` the status of pieces by path and type, `waivers`, `overrides` and
    `roots` what was used, by their names.
    """

    decision: tuple[ValueChange, ...] = ()
    policy: tuple[ValueChange, ...] = ()
    artifacts: tuple[ArtifactChange, ...] = ()
    findings: tuple[FindingChange, ...] = ()
    checks: tuple[OutcomeChange, ...] = ()
    evidence: tuple[ValueChange, ...] = ()
    waivers: tuple[ValueChange, ...] = ()
    overrides: tuple[ValueChange, ...] = ()
    roots: tuple[ValueChange, ...] = ()

    @property
    def same(self) -> bool:
        """Tell whether nothing differs."""
        return not any(getattr(self, name) for name in self.__slots__)
