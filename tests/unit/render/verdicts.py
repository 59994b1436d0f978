"""Verdicts that the tests of the report formats share."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from attest.model.exit_code import ExitCode
from attest.model.place import Place
from attest.model.verdict import ArtifactVerdict, CheckResult, Finding, PolicyName, Verdict
from attest.render.finding import Roots

HOSTILE = "x\n::set-env name=a::b\r%0A\x1b[2K\u202egnp]]>\"'<&|`{0}[l](u)\udcff\ufffe,:@"
ROOTS = Roots(source="src/tool", release="dist", fallback="release.yaml")

DRIFT = Finding(
    check="vendor-drift",
    severity="deny",
    outcome="fail",
    message="example.com/x@v1.0.0 is explicitly required in go.mod",
    hint="run `go mod vendor`",
    place=Place(file="vendor/modules.txt", line=3),
)
ABSENT = Finding(
    check="signature-missing",
    severity="deny",
    outcome="no-evidence",
    message="tool_linux_amd64 should be signed",
    hint="sign it",
    platform="linux/amd64",
    subject="tool_linux_amd64",
)
WARNING = Finding(check="local-replace", severity="warn", outcome="fail", message="a warning", hint="")
INFORMATION = replace(WARNING, check="vendor-ignored", severity="info", message="a fact")
WAIVED = replace(DRIFT, message="waived drift", waived_by="W-1")
CRASH = replace(DRIFT, check="go-sum-mismatch", outcome="error", message="the check failed", place=None)
EVIL = replace(
    DRIFT, message=HOSTILE, hint=HOSTILE, subject=HOSTILE, platform=HOSTILE, place=Place(file=HOSTILE)
)
ALL = (DRIFT, ABSENT, WARNING, INFORMATION, WAIVED, CRASH, EVIL)


def verdict(*findings: Finding) -> Verdict:
    """A verdict with these findings, a check for each of them, one that passed and one that was skipped."""
    checks = {CheckResult(check=each.check, outcome=each.outcome, reason=each.message) for each in findings}
    return Verdict(
        decision="deny" if findings else "pass",
        exit_code=ExitCode.DENIED if findings else ExitCode.PASS,
        time=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
        policy=PolicyName(name="widget-release", version=3, sha256="00" * 32),
        version="1.0.0",
        tag="v1.0.0",
        revision="",
        partial=False,
        artifacts=(
            ArtifactVerdict(
                path="tool_linux_amd64",
                slot="linux/amd64",
                platform="linux/amd64",
                sha256="11" * 32,
                size=12,
                outcome="deny" if findings else "pass",
                evidence=(),
            ),
        ),
        findings=findings,
        checks=(
            CheckResult(check="artifact-empty", outcome="pass", platform="linux/amd64", subject="tool"),
            *sorted(checks, key=lambda each: (each.check, each.reason)),
            CheckResult(check="vcs-modified", outcome="skip", reason="not asked for"),
        ),
        evidence=(),
    )
