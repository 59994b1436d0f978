"""A verdict as one HTML page: no network, no font, nothing beside the file itself.

The content security policy in it allows this style and this script, by their digests, and nothing else.
Sources: https://html.spec.whatwg.org, https://www.w3.org/TR/CSP3 (hash sources), WCAG 2.2 (headings, tables,
contrast).
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from html import escape as html_escape
from typing import TYPE_CHECKING, Final, NamedTuple

from attest.model.verdict import EVIDENCE_REJECTED
from attest.render.escape import escape
from attest.render.finding import ranked, said
from attest.render.html_parts import SCRIPT, STYLE
from attest.render.report_json import all_evidence, count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from attest.model.verdict import (
        ArtifactVerdict,
        CheckResult,
        Decision,
        EvidenceUse,
        Finding,
        Verdict,
    )
    from attest.render.finding import Roots

_TITLES: Final[dict[Decision, str]] = {
    "pass": "PASS: this release may ship",
    "deny": "DENY: this release may not ship",
    "undecided": "UNDECIDED: it could not be judged, and may not ship",
    "nothing": "NOTHING TO VERIFY: there is no file to judge",
}
#: A sign and a word for each outcome: nothing is told by colour alone.
_SIGNS: Final = {
    "pass": "✓ pass",
    "fail": "✗ fail",
    "deny": "✗ deny",
    "warn": "! warn",
    "info": "i info",
    "no-evidence": "? no evidence",
    "error": "⚠ error",
    "skip": "○ skip",
    "waived": "w waived",
}
_RANK: Final = {"skip": 0, "pass": 1, "waived": 2, "warn": 3, "fail": 4, "no-evidence": 5, "error": 6}
_FIRST: Final = 3  # findings that the head of the page tells
_OPEN: Final = 200  # findings and pieces of evidence that are unfolded from the start


def to_html(verdict: Verdict, *, roots: Roots) -> bytes:
    """The page."""
    return "".join(f"{line}\n" for line in _page(verdict, roots)).encode("utf-8", "backslashreplace")


def _page(verdict: Verdict, roots: Roots) -> Iterator[str]:
    title = _TITLES[verdict.decision]
    policy = f"default-src 'none'; style-src {_source(STYLE)}; script-src {_source(SCRIPT)}; base-uri 'none'"
    yield "<!doctype html>"
    yield '<html lang="en">'
    yield "<head>"
    yield '<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(title)}</title>"
    yield f"<style>{STYLE}</style>"
    yield "</head>"
    yield "<body>"
    yield from _head(verdict, title)
    yield "<main>"
    yield from _matrix(verdict)
    yield from _findings(verdict, roots)
    yield from _waivers(verdict)
    yield from _overrides(verdict)
    yield from _artifacts(verdict)
    yield from _evidence(verdict)
    yield from _about(verdict)
    yield "</main>"
    yield f"<script>{SCRIPT}</script>"
    yield "</body>"
    yield "</html>"


def _source(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _text(text: str) -> str:
    """Text with everything misleading written out, for an element or an attribute in double quotes."""
    return html_escape(escape(text), quote=True)


def _word(outcome: str) -> str:
    return f'<span class="word {outcome}">{_SIGNS[outcome]}</span>'


def _head(verdict: Verdict, title: str) -> Iterator[str]:
    policy, release = verdict.policy, verdict.version or verdict.tag
    yield f'<header class="{verdict.decision}">'
    yield f"<h1>{_text(title)}</h1>"
    told = [f"policy {policy.name} version {policy.version}"] if policy else []
    told += [f"release {release}"] if release else []
    told += ["a part of the release only"] if verdict.partial else []
    if told:
        yield f"<p>{_text(', '.join(told))}</p>"
    denying = [each for each in ranked(verdict.findings) if each.severity == "deny" and not each.waived_by]
    for finding in denying[:_FIRST]:
        about = f"{finding.subject}: " if finding.subject and finding.subject not in finding.message else ""
        yield f"<p>{_word('deny')} {_text(about + finding.message)}</p>"
    if len(denying) > _FIRST:
        yield f'<p><a href="#findings">and {len(denying) - _FIRST} more</a></p>'
    yield "</header>"


class _Cell(NamedTuple):
    """How a check came out on a platform, and why."""

    word: str
    reason: str


def _matrix(verdict: Verdict) -> Iterator[str]:
    """Platforms by checks: what ran on each, the worst of several."""
    worst: dict[str, dict[str, _Cell]] = {}
    about: dict[str, list[Finding]] = {}
    for finding in verdict.findings:
        about.setdefault(finding.check, []).append(finding)
    for result in verdict.checks:
        row = worst.setdefault(result.check, {})
        known = row.get(result.platform)
        cell = _Cell(word=_how(result, about.get(result.check, [])), reason=result.reason)
        if known is None or _RANK[cell.word] > _RANK[known.word]:
            row[result.platform] = cell
    rows = {check: row for check, row in worst.items() if _worst(row) > _RANK["skip"]}
    bad = {check: row for check, row in rows.items() if _worst(row) > _RANK["pass"]}
    good = {check: row for check, row in rows.items() if check not in bad}
    yield '<section aria-labelledby="matrix">'
    yield '<h2 id="matrix">Platforms and checks</h2>'
    if not rows:
        yield "<p>No check ran.</p></section>"
        return
    yield from _tables(bad, "that did not pass")
    if good:
        yield "<details>" if bad else "<details open>"
        yield f"<summary>{len(good)} checks passed wherever they ran</summary>"
        yield from _tables(good, "that passed")
        yield "</details>"
    yield f"<p>{len(worst) - len(rows)} checks were not asked for.</p>"
    yield "</section>"


def _how(result: CheckResult, findings: list[Finding]) -> str:
    """How a check came out, once waivers and severities are heard."""
    if result.outcome != "fail":
        return result.outcome
    mine = [each for each in findings if result.platform in ("", each.platform)]
    left = {each.severity for each in mine if not each.waived_by}
    if not mine or "deny" in left:
        return "fail"
    return "warn" if left else "waived"


def _worst(row: dict[str, _Cell]) -> int:
    return max(_RANK[each.word] for each in row.values())


def _tables(rows: dict[str, dict[str, _Cell]], how: str) -> Iterator[str]:
    """One table of the checks that run on platforms, and one of those that run once."""
    whole = {check: row for check, row in rows.items() if not any(row)}
    placed = {check: row for check, row in rows.items() if check not in whole}
    columns = sorted({platform for row in placed.values() for platform in row})
    if placed:
        yield from _table(placed, columns, columns, f"Checks of artifacts {how}")
    if whole:
        yield from _table(whole, [""], ["outcome"], f"Checks of the release and its source {how}")


def _table(
    rows: dict[str, dict[str, _Cell]], columns: list[str], names: list[str], caption: str
) -> Iterator[str]:
    yield f'<div class="wide" tabindex="0" role="region" aria-label="{_text(caption)}">'
    yield f'<table class="matrix"><caption>{_text(caption)}</caption><thead><tr><th scope="col">check</th>'
    yield "".join(f'<th scope="col">{_text(each)}</th>' for each in names)
    yield "</tr></thead><tbody>"
    for check in sorted(rows):
        cells = []
        for column in columns:
            cell = rows[check].get(column)
            reason = f' title="{_text(cell.reason)}"' if cell and cell.reason else ""
            cells.append(f"<td{reason}>{_word(cell.word) if cell else ''}</td>")
        yield f'<tr><th scope="row">{_text(check)}</th>{"".join(cells)}</tr>'
    yield "</tbody></table></div>"


def _findings(verdict: Verdict, roots: Roots) -> Iterator[str]:
    yield '<section aria-labelledby="findings">'
    yield f'<h2 id="findings">Findings ({len(verdict.findings)})</h2>'
    if not verdict.findings:
        yield "<p>None.</p></section>"
        return
    platforms = sorted({each.platform for each in verdict.findings if each.platform})
    words = [each for each in ("deny", "warn", "info", "waived") if each in map(_severity, verdict.findings)]
    yield '<form id="filter" hidden>'
    yield '<label>Words <input name="words" type="search"></label>'
    yield f'<label>Severity <select name="severity">{_options(words)}</select></label>'
    yield f'<label>Platform <select name="platform">{_options(platforms)}</select></label>'
    yield '<output id="shown" role="status"></output></form>'
    pageless = {EVIDENCE_REJECTED, *verdict.own_rules}
    groups: dict[str, list[Finding]] = {}
    for finding in ranked(verdict.findings):
        groups.setdefault(finding.subject or str(roots.locate(finding)), []).append(finding)
    told = 0
    for subject, group in groups.items():
        folded = told >= _OPEN
        yield '<section class="about">'
        yield f"<h3>{_text(subject)}</h3>"
        yield f"<details><summary>{len(group)} findings</summary>" if folded else ""
        yield '<ul class="findings">'
        for finding in group:
            yield from _finding(finding, roots, paged=finding.check not in pageless)
        yield "</ul>"
        yield "</details>" if folded else ""
        yield "</section>"
        told += len(group)
    yield "</section>"


def _severity(finding: Finding) -> str:
    return "waived" if finding.waived_by else finding.severity


def _options(values: Iterable[str]) -> str:
    named = "".join(f'<option value="{_text(each)}">{_text(each)}</option>' for each in values)
    return f'<option value="">all</option>{named}'


def _finding(finding: Finding, roots: Roots, *, paged: bool) -> Iterator[str]:
    word = _severity(finding)
    yield f'<li data-severity="{word}" data-platform="{_text(finding.platform)}">'
    yield f"<div>{_word(word)} <code>{_text(finding.check)}</code></div>"
    # `said` writes out what misleads; HTML's own characters are left.
    yield f"<div>{html_escape(said(finding), quote=True)}</div>"
    if finding.hint:
        yield f'<div class="hint">How to fix: {_text(finding.hint)}</div>'
    if finding.place is not None:
        yield f'<div class="hint">At <code>{_text(str(roots.locate(finding)))}</code></div>'
    if paged:
        yield f'<div class="hint">Read more: <code>attest policy explain {_text(finding.check)}</code></div>'
    yield "</li>"


def _waivers(verdict: Verdict) -> Iterator[str]:
    if not verdict.waivers:
        return
    yield '<section aria-labelledby="waivers"><h2 id="waivers">Waivers</h2>'
    yield "<table><caption>Who answers for what, and until when</caption><thead><tr>"
    names = ("waiver", "check", "findings", "until", "reason", "approved by", "ticket")
    yield "".join(f'<th scope="col">{name}</th>' for name in names)
    yield "</tr></thead><tbody>"
    for each in verdict.waivers:
        cells = (each.check, str(each.findings), f"{each.expires:%Y-%m-%d}", each.reason)
        row = "".join(f"<td>{_text(cell)}</td>" for cell in (*cells, each.approved_by, each.ticket))
        yield f'<tr><th scope="row">{_text(each.id)}</th>{row}</tr>'
    yield "</tbody></table></section>"


def _overrides(verdict: Verdict) -> Iterator[str]:
    if not verdict.overrides:
        return
    yield '<section aria-labelledby="overrides"><h2 id="overrides">Overrides</h2>'
    yield "<table><caption>Where the policy asks for less than what it extends</caption><thead><tr>"
    yield "".join(f'<th scope="col">{name}</th>' for name in ("place", "reason", "said in"))
    yield "</tr></thead><tbody>"
    for each in verdict.overrides:
        row = "".join(f"<td>{_text(cell)}</td>" for cell in (each.reason, each.file))
        yield f'<tr><th scope="row">{_text(each.key)}</th>{row}</tr>'
    yield "</tbody></table></section>"


def _artifacts(verdict: Verdict) -> Iterator[str]:
    yield '<section aria-labelledby="artifacts">'
    yield f'<h2 id="artifacts">Artifacts ({len(verdict.artifacts)})</h2>'
    if verdict.artifacts:
        yield '<div class="wide" tabindex="0" role="region" aria-label="Artifacts"><table>'
        yield "<caption>Sizes are in bytes; the digest is SHA-256</caption><thead><tr>"
        names = ("file", "outcome", "platform", "size", "digest", "proofs")
        yield "".join(f'<th scope="col">{name}</th>' for name in names)
        yield "</tr></thead><tbody>"
        for each in verdict.artifacts:
            yield _artifact(each)
        yield "</tbody></table></div>"
    else:
        yield "<p>None was judged.</p>"
    yield "</section>"


def _artifact(artifact: ArtifactVerdict) -> str:
    proofs = Counter(each.status for each in artifact.evidence)["accepted"]
    return (
        f'<tr><th scope="row">{_text(artifact.path)}</th><td>{_word(artifact.outcome)}</td>'
        f"<td>{_text(artifact.platform)}</td><td>{artifact.size:,}</td>"
        f"<td><code>{_text(artifact.sha256)}</code></td><td>{proofs}</td></tr>"
    )


def _evidence(verdict: Verdict) -> Iterator[str]:
    evidence = list(all_evidence(verdict))
    order = {"rejected": 0, "unused": 1, "accepted": 2}
    yield '<section aria-labelledby="evidence">'
    yield f'<h2 id="evidence">Evidence ({len(evidence)})</h2>'
    yield "<details open>" if len(evidence) <= _OPEN else "<details>"
    numbers = Counter[str](each.status for each in evidence)
    told = ", ".join(f"{numbers[each]} {each}" for each in order if numbers[each])
    yield f"<summary>{told or 'none'}</summary>"
    if evidence:
        yield '<div class="wide" tabindex="0" role="region" aria-label="Evidence"><table>'
        yield "<caption>Rejected evidence counts for nothing</caption><thead><tr>"
        yield "".join(
            f'<th scope="col">{name}</th>' for name in ("file", "status", "type", "signed by", "why")
        )
        yield "</tr></thead><tbody>"
        for each in sorted(evidence, key=lambda use: (order[use.status], use.path, use.type)):
            yield _use(each)
        yield "</tbody></table></div>"
    yield "</details></section>"


def _use(use: EvidenceUse) -> str:
    word = {"accepted": "pass", "rejected": "deny", "unused": "skip"}[use.status]
    signer = (
        use.identity if use.identity == use.signer or not use.signer else f"{use.identity} ({use.signer})"
    )
    signer = signer if use.identity else use.signer
    claims = "".join(f"<div>{_text(name)}: {_text(value)}</div>" for name, value in use.claims)
    claims = f"<details><summary>certificate</summary>{claims}</details>" if claims else ""
    root = f"<div>root: {_text(use.root)}</div>" if use.root else ""
    return (
        f'<tr><th scope="row">{_text(use.path)}</th><td class="word {word}">{_text(use.status)}</td>'
        f"<td>{_text(use.type)}</td><td>{_text(signer)}{root}{claims}</td><td>{_text(use.reason)}</td></tr>"
    )


def _about(verdict: Verdict) -> Iterator[str]:
    counts, policy = count(verdict), verdict.policy
    yield '<section aria-labelledby="about"><h2 id="about">About this verdict</h2><dl>'
    rows = [("Judged at", f"{verdict.time:%Y-%m-%dT%H:%M:%SZ}"), ("Exit code", str(int(verdict.exit_code)))]
    if policy:
        rows.append(("Policy", f"{policy.name}, version {policy.version}, sha256:{policy.sha256}"))
    rows += [(name, value) for name, value in (("Tag", verdict.tag), ("Commit", verdict.revision)) if value]
    rows += [("Trusted root", f"{each.name}, {each.source}, sha256:{each.sha256}") for each in verdict.roots]
    kinds = ("pass", "passed"), ("fail", "failed"), ("no_evidence", "without evidence")
    more = ("error", "broke off"), ("skip", "not asked for")
    numbers: dict[str, int] = dict(counts.items())  # type: ignore[arg-type]  # its values are numbers
    rows.append(("Checks", ", ".join(f"{numbers[f'checks_{key}']} {word}" for key, word in (*kinds, *more))))
    for name, value in rows:
        yield f"<dt>{_text(name)}</dt><dd>{_text(value)}</dd>"
    yield "</dl></section>"
