"""A verdict as SARIF 2.1.0, which code scanning services read.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os.html. Every
finding is a result of kind "fail", since other kinds may carry no level. Services refuse results without a
file, so findings about no file point at the fallback of `Roots`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from attest.render.escape import escape
from attest.render.finding import Roots, fingerprints, ranked, said
from attest.render.report_json import count

if TYPE_CHECKING:
    from attest.model.place import Place
    from attest.model.statement import Json
    from attest.model.verdict import Finding, Verdict

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_BASE: Final = "%SRCROOT%"
_LEVEL: Final = {"deny": "error", "warn": "warning", "info": "note"}


def to_sarif(verdict: Verdict, *, tool_version: str, roots: Roots) -> bytes:
    """The log file: one run, a rule for each check that ran, a result for each finding."""
    rules = sorted({each.check for each in verdict.checks} | {each.check for each in verdict.findings})
    names = fingerprints(verdict.findings)
    counts: dict[str, Json] = dict(count(verdict).items())  # type: ignore[arg-type]  # its values are numbers
    run: Json = {
        "tool": {
            "driver": {
                "name": "attest",
                "version": tool_version,
                "rules": [_rule(each) for each in rules],
            }
        },
        "invocations": [
            {
                "executionSuccessful": verdict.decision in ("pass", "deny"),
                "exitCode": int(verdict.exit_code),
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(each, roots.locate(each), rules.index(each.check), names[each])
            for each in ranked(verdict.findings)
        ],
        "properties": {"verdict": verdict.decision, "counts": counts},
    }
    document: Json = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _rule(check: str) -> Json:
    help_text = f"attest policy explain {check}"
    return {
        "id": check,
        "name": check,
        "help": {"text": f"Run `{help_text}` for what it means and how to fix it."},
    }


def _result(finding: Finding, place: Place, index: int, fingerprint: str) -> Json:
    fix = f"\nFix: {escape(finding.hint)}" if finding.hint else ""
    region: dict[str, Json] = {"region": {"startLine": place.line}} if place.line else {}
    result: dict[str, Json] = {
        "ruleId": finding.check,
        "ruleIndex": index,
        "kind": "fail",
        "level": _LEVEL[finding.severity],
        # Braces would be placeholders for arguments (section 3.11.5).
        "message": {"text": (said(finding) + fix).replace("{", "{{").replace("}", "}}")},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(place.file), **region}}],
        "partialFingerprints": {"attest/v1": fingerprint},
        "properties": {
            "outcome": finding.outcome,
            "platform": escape(finding.platform),
            "subject": escape(finding.subject),
        },
    }
    if finding.waived_by:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": escape(finding.waived_by)}
        ]
    return result


def _artifact(file: str) -> Json:
    """A file as a URI: relative to the root of the sources, or absolute."""
    path = quote(file.replace("\\", "/"), safe="/", errors="surrogatepass")
    if path.startswith("/"):
        return {"uri": f"file://{path}"}
    if file[1:2] == ":":
        return {"uri": f"file:///{path}"}
    return {"uri": path, "uriBaseId": _BASE}
