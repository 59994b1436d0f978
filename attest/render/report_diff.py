"""How two verdicts differ, as lines for people and as the part `report` of `attest/diff/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.render.escape import escape
from attest.render.report_json import finding_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.difference import ValueChange
    from attest.model.documents_diff import ReportDifferenceDocument, ValueChangeDocument
    from attest.model.report_difference import (
        ArtifactChange,
        FindingChange,
        OutcomeChange,
        ReportDifference,
    )
    from attest.model.verdict import Finding

#: Characters of a digest that are shown.
_DIGEST: Final = 12


def report_document(found: ReportDifference) -> ReportDifferenceDocument:
    """The difference as plain data."""
    return {
        "decision": _values(found.decision),
        "policy": _values(found.policy),
        "artifacts": [
            {
                "slot": each.slot,
                "platform": each.platform,
                "old_path": each.old_path,
                "new_path": each.new_path,
                "old_sha256": each.old_sha256,
                "new_sha256": each.new_sha256,
                "old_outcome": each.old_outcome,
                "new_outcome": each.new_outcome,
            }
            for each in found.artifacts
        ],
        "findings": [
            {
                "old": finding_document(each.old) if each.old else None,
                "new": finding_document(each.new) if each.new else None,
            }
            for each in found.findings
        ],
        "checks": [
            {
                "check": each.check,
                "platform": each.platform,
                "subject": each.subject,
                "old": each.old,
                "new": each.new,
            }
            for each in found.checks
        ],
        "evidence": _values(found.evidence),
        "waivers": _values(found.waivers),
        "overrides": _values(found.overrides),
        "roots": _values(found.roots),
    }


def _values(changes: Iterable[ValueChange]) -> list[ValueChangeDocument]:
    return [{"name": each.name, "old": each.old, "new": each.new} for each in changes]


def report_lines(found: ReportDifference) -> Iterator[str]:
    """What came (+), what went (-), what changed (~), under headings; one line where nothing did."""
    if found.same:
        yield "  they say the same"
        return
    for each in found.decision:
        yield _change(each, "  ")
    for title, changes in (
        ("policy", map(_value, found.policy)),
        ("artifacts", map(_artifact, found.artifacts)),
        ("findings", map(_finding, found.findings)),
        ("checks", map(_check, found.checks)),
        ("evidence", map(_value, found.evidence)),
        ("waivers", map(_value, found.waivers)),
        ("overrides", map(_value, found.overrides)),
        ("trusted roots", map(_value, found.roots)),
    ):
        for number, line in enumerate(changes):
            if not number:
                yield f"  {title}"
            yield line


def _value(change: ValueChange) -> str:
    return _change(change, "    ")


def _change(change: ValueChange, indent: str) -> str:
    name = escape(change.name)
    old, new = (None if value is None else escape(value) or "(none)" for value in (change.old, change.new))
    if old is None:
        return f"{indent}+ {name}: {new}"
    return f"{indent}- {name}: {old}" if new is None else f"{indent}~ {name}: {old} -> {new}"


def _artifact(change: ArtifactChange) -> str:
    platform = f" ({escape(change.platform)})" if change.platform else ""
    if change.old_path is None or change.new_path is None:
        mark, path = ("-", change.old_path) if change.new_path is None else ("+", change.new_path)
        digest = (change.old_sha256 if change.new_path is None else change.new_sha256) or ""
        outcome = (change.old_outcome if change.new_path is None else change.new_outcome) or ""
        return f"    {mark} {escape(path or '')}{platform} {escape(digest[:_DIGEST])} {outcome}"
    told = []
    if change.old_path != change.new_path:
        told.append(f"was {escape(change.old_path)}")
    if change.old_sha256 != change.new_sha256:
        old, new = (escape((each or "")[:_DIGEST]) for each in (change.old_sha256, change.new_sha256))
        told.append(f"{old} -> {new}")
    if change.old_outcome != change.new_outcome:
        told.append(f"{change.old_outcome} -> {change.new_outcome}")
    return f"    ~ {escape(change.new_path)}{platform}: {', '.join(told)}"


def _finding(change: FindingChange) -> str:
    if change.old is None or change.new is None:
        mark, finding = ("-", change.old) if change.new is None else ("+", change.new)
        return f"    {mark} {_told(finding)}" if finding else ""
    old, new = _how(change.old), _how(change.new)
    if old == new:
        return f"    ~ {_told(change.new)} (was: {escape(change.old.message)})"
    return f"    ~ {old} -> {_told(change.new)}"


def _told(finding: Finding) -> str:
    about = [escape(each) for each in (finding.subject,) if each]
    about += [f"({escape(finding.platform)})"] if finding.platform else []
    where = f"{escape(str(finding.place))}: " if finding.place else ""
    return f"{' '.join([_how(finding), escape(finding.check), *about])}: {where}{escape(finding.message)}"


def _how(finding: Finding) -> str:
    if finding.waived_by:
        return f"waived by {escape(finding.waived_by)}"
    return finding.severity if finding.outcome == "fail" else f"{finding.severity}, {finding.outcome}"


def _check(change: OutcomeChange) -> str:
    about = [escape(each) for each in (change.subject,) if each]
    about += [f"({escape(change.platform)})"] if change.platform else []
    old, new = change.old or "not run", change.new or "not run"
    return f"    ~ {' '.join([escape(change.check), *about])}: {old} -> {new}"
