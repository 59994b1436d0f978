"""What report formats say about a finding: where it is, its words, and what tells it from others."""

from __future__ import annotations

import hashlib
import posixpath
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from attest.model.place import Place
from attest.render.escape import escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.verdict import Finding

_ORDER = {"deny": 0, "warn": 1, "info": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """Where the judged things lie, as seen from where attest runs; "" is that directory itself.

    `source` and `release` are directories with slashes. `fallback` is the file at which findings about no
    file in particular are shown, for formats that know no finding without a file: go.mod or the policy.
    """

    source: str = ""
    release: str = ""
    fallback: str = "go.mod"

    def locate(self, finding: Finding) -> Place:
        """The file, and the line where it is known, that a finding points at.

        A place in the source tree comes without a subject; a subject is a file of the release.
        """
        if finding.place is not None:
            root = self.release if finding.subject else self.source
            return Place(file=posixpath.join(root, finding.place.file), line=finding.place.line)
        if finding.subject:
            return Place(file=posixpath.join(self.release, finding.subject))
        return Place(file=self.fallback)


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first: what denies, what warns, what informs; waived ones last."""
    return sorted(findings, key=lambda each: (bool(each.waived_by), _ORDER[each.severity]))


def said(finding: Finding) -> str:
    """The message in one line, with its outcome where that is not just "fail", and a waiver's name."""
    kind = "" if finding.outcome == "fail" else f" ({finding.outcome.replace('-', ' ')})"
    waived = f" (waived by {escape(finding.waived_by)})" if finding.waived_by else ""
    platform = f" [{escape(finding.platform)}]" if finding.platform else ""
    return f"{escape(finding.message)}{platform}{kind}{waived}"


def fingerprints(findings: Iterable[Finding]) -> dict[Finding, str]:
    """A name for each finding (64 hexadecimal digits) that stays when lines move, and that no other has."""
    seen: Counter[str] = Counter()
    found = {}
    for each in findings:
        file = each.place.file if each.place else ""
        parts = (each.check, each.platform, each.subject, file, each.outcome, each.message)
        # The length of each part keeps two lists of parts from running together into one text.
        text = "".join(f"{len(part)}:{part}" for part in parts)
        seen[text] += 1
        number = f"#{seen[text]}" if seen[text] > 1 else ""
        found[each] = hashlib.sha256((text + number).encode("utf-8", "surrogatepass")).hexdigest()
    return found
