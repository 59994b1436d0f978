"""The gate: a policy and everything that is known about a release in, one verdict out. Pure.

The steps stand in the order of the design: a loaded policy (1) binds every file (2), evidence is judged (3),
its facts (4) go through every check (5), waivers are applied to what they find (6), and one verdict (7) comes
out.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attest.errors import AttestError, PolicyError, UsageError
from attest.model.exit_code import ExitCode
from attest.model.source import Platform
from attest.model.verdict import (
    ArtifactVerdict,
    CheckOutcome,
    CheckResult,
    Decision,
    Finding,
    Severity,
    Verdict,
)
from attest.policy import evidence
from attest.policy.catalog import catalog
from attest.policy.check import (
    AnyCheck,
    ArtifactContext,
    Context,
    Fault,
    ImageContext,
    NoEvidence,
    ReleaseContext,
    Skip,
    SlotContext,
    SourceContext,
    VerdictContext,
)
from attest.policy.discover import bind
from attest.policy.provenance import LEVEL_CHECKS, proven_level
from attest.policy.rules import judge_rules
from attest.policy.waivers import used, waived

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from attest.model.previous import PreviousRelease
    from attest.model.release import Inventory
    from attest.model.source import SourceReport
    from attest.policy.discover import Binding
    from attest.policy.evidence import Ingested, Piece
    from attest.policy.model import CheckRule, Policy, Slot

_SEVERITY_RANK: dict[Severity, int] = {"deny": 0, "warn": 1, "info": 2}
_RANK: dict[CheckOutcome, int] = {"pass": 0, "skip": 0, "fail": 1, "no-evidence": 2, "error": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The circumstances of a run, which are no evidence: the clock read once, and what the release is called.

    `only` are platform words ("linux/amd64") where a part of the release is judged; `partial` says that this
    is meant, and without it such a run is refused.
    """

    now: datetime
    version: str = ""
    tag: str = ""
    revision: str = ""
    only: tuple[str, ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Target:
    """What one run of a check is about; without a context the check is skipped, for `skip`."""

    platform: str = ""
    subject: str = ""
    context: Context | None = None
    skip: str = ""
    lenient: bool = False


def judge(  # noqa: PLR0913 - each is a kind of evidence
    policy: Policy,
    *,
    inventory: Inventory,
    bundles: Iterable[Ingested],
    source: SourceReport | None,
    run: Run,
    keys: Mapping[str, str],
    expected: Mapping[str, frozenset[tuple[str, str]]],
    previous: PreviousRelease | None = None,
    vulnerabilities_of: datetime | None = None,
    checks: tuple[AnyCheck, ...] | None = None,
) -> Verdict:
    """Judge a release directory.

    `bundles` are all files that are bundles by content, after cryptography. `keys` maps the policy's key
    names to the SHA-256 of their SubjectPublicKeyInfo (hexadecimal); a key that is not there matches nothing.
    `expected` maps the SHA-256 of an artifact to the (module path, version) pairs that a true SBOM names.
    `previous` is the release that came before. `vulnerabilities_of` is the time to which it is known which
    vulnerabilities there are, None where that is not known. `checks` stands in for the catalog in tests.

    Raises `attest.errors.PolicyError` where the policy has expired, `attest.errors.UsageError` where
    `run.only` names no platform of the policy or part of a release is judged without `run.partial`.
    """
    release = survey(
        policy,
        inventory=inventory,
        bundles=bundles,
        source=source,
        run=run,
        keys=keys,
        expected=expected,
        previous=previous,
        vulnerabilities_of=vulnerabilities_of,
    )
    binding, slots, pieces = release.binding, release.slots, release.pieces
    results: list[CheckResult] = []
    findings: list[Finding] = []
    lenient = {slot.path for slot in policy.slots if slot.severity != "deny"}
    asked = catalog() if checks is None else checks
    for check in asked:
        for target in _targets(check, release, source):
            result, found = _judged(check, target, policy, lenient, run.now)
            results.append(result)
            findings.extend(found)
    for each in judge_rules(release, now=run.now, version=run.version):
        results.extend(each.results)
        findings.extend(each.findings)
    findings = waived(dict.fromkeys(findings), policy.waivers, run.now)
    last = VerdictContext(
        policy=policy,
        results=tuple(results),
        findings=tuple(findings),
        now=run.now,
        partial=bool(run.only),
    )
    for check in asked:
        if check.scope == "verdict":
            result, found = _judged(check, _Target(context=last), policy, lenient, run.now)
            results.append(result)
            findings.extend(found)
    nothing = all(binding.file(slot) is None for slot in slots)
    return _verdict(
        run,
        policy=policy,
        artifacts=_artifacts(release, findings, results),
        findings=findings,
        results=results,
        pieces=pieces,
        nothing=nothing,
    )


def survey(  # noqa: PLR0913 - each is a kind of evidence
    policy: Policy,
    *,
    inventory: Inventory,
    bundles: Iterable[Ingested],
    source: SourceReport | None,
    run: Run,
    keys: Mapping[str, str],
    expected: Mapping[str, frozenset[tuple[str, str]]],
    previous: PreviousRelease | None = None,
    vulnerabilities_of: datetime | None = None,
) -> ReleaseContext:
    """Steps 2 to 4: what `judge` runs its checks on, from what it takes. Raises what `judge` raises."""
    _refuse_expired(policy, run)
    slots = _selected(policy, run)
    ingested = tuple(bundles)
    binding = bind(policy, inventory, (item.file or item.path for item in ingested))
    pieces = evidence.judge(policy, binding, ingested, keys)
    return ReleaseContext(
        policy=policy,
        binding=binding,
        slots=slots,
        pieces=pieces,
        paths=_paths(binding, slots),
        about=_about(pieces),
        expected=expected,
        tag=run.tag,
        revision=run.revision,
        now=run.now,
        previous=previous,
        vulnerabilities_of=vulnerabilities_of,
        source=source,
        reconciled=source.reconciled if source else None,
    )


def judge_source(
    source: SourceReport,
    *,
    run: Run,
    policy: Policy | None = None,
    checks: tuple[AnyCheck, ...] | None = None,
) -> Verdict:
    """Judge a source tree alone: by all that the policy asks of it, without one by the default checks.

    Raises `attest.errors.PolicyError` where the policy has expired.
    """
    _refuse_expired(policy, run)
    target = _Target(context=SourceContext(policy=policy, source=source, tag=run.tag))
    results: list[CheckResult] = []
    findings: list[Finding] = []
    for check in catalog() if checks is None else checks:
        if check.scope == "source" and (check.default or policy is not None):
            result, found = _judged(check, target, policy, set(), run.now)
            results.append(result)
            findings.extend(found)
    if policy is not None:
        findings = waived(dict.fromkeys(findings), policy.waivers, run.now)
    nothing = all(result.outcome == "skip" for result in results)
    return _verdict(
        run, policy=policy, artifacts=(), findings=findings, results=results, pieces=(), nothing=nothing
    )


def _refuse_expired(policy: Policy | None, run: Run) -> None:
    if policy is not None and run.now > policy.expires:
        raise PolicyError(
            f"the policy expired at {policy.expires:%Y-%m-%dT%H:%M:%SZ}", hint="renew metadata.expires"
        )


def _paths(binding: Binding, slots: Iterable[Slot]) -> dict[str, str]:
    """The paths of judged artifacts by digest; of two with the same bytes the first by name."""
    files = [file for slot in slots if (file := binding.file(slot)) is not None]
    ordered = sorted(files, key=lambda file: file.path, reverse=True)
    return {file.identity.sha256: file.path for file in ordered if file.identity is not None}


def _about(pieces: Iterable[Piece]) -> dict[str, tuple[Piece, ...]]:
    """Evidence by the digest of what it is about."""
    found: dict[str, list[Piece]] = {}
    for piece in pieces:
        for digest in piece.digests:
            found.setdefault(digest, []).append(piece)
    return {digest: tuple(each) for digest, each in found.items()}


def _selected(policy: Policy, run: Run) -> tuple[Slot, ...]:
    """The slots that are judged."""
    if not run.only:
        return policy.slots
    known = sorted({str(slot.platform) for slot in policy.slots})
    for word in run.only:
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            raise UsageError(
                f"the policy has no platform '{word}'",
                hint=f"did you mean '{near[0]}'?" if near else f"its platforms: {', '.join(known)}",
            )
    if not run.partial:
        raise UsageError(
            "--platform judges a part of the release only", hint="say --partial too if that is meant"
        )
    return tuple(slot for slot in policy.slots if str(slot.platform) in run.only)


def _targets(check: AnyCheck, release: ReleaseContext, source: SourceReport | None) -> Iterator[_Target]:
    """Everything that a check is run on, from its scope."""
    if check.scope == "release":
        yield _Target(context=release)
        return
    if check.scope == "source":
        yield _Target(context=SourceContext(policy=release.policy, source=source, tag=release.tag))
        return
    if check.scope == "verdict":
        return  # when all others have run
    for slot in release.slots:
        file = release.binding.file(slot)
        platform, subject, lenient = str(slot.platform), slot.path, slot.severity != "deny"
        if check.scope == "slot":
            context = SlotContext(release=release, slot=slot, file=file)
            yield _Target(platform=platform, subject=subject, lenient=lenient, context=context)
        elif file is None or file.identity is None:
            why = "no file is in this slot" if file is None else "the file could not be read"
            yield _Target(platform=platform, subject=subject, skip=why)
        else:
            artifact = ArtifactContext(release=release, slot=slot, file=file)
            if check.scope == "artifact":
                yield _Target(platform=platform, subject=subject, lenient=lenient, context=artifact)
            else:
                yield from _images(artifact, lenient=lenient)


def _images(artifact: ArtifactContext, *, lenient: bool) -> Iterator[_Target]:
    """One target for each architecture in the file."""
    slot, report = artifact.slot, artifact.file.report
    if report is None:
        # The context of the artifact raises NoEvidence for whatever an image check asks of it.
        yield _Target(platform=str(slot.platform), subject=slot.path, lenient=lenient, context=artifact)
        return
    for number, image in enumerate(report.images):
        arch = image.container.arch or f"slice-{number}"
        platform = Platform(goos=slot.platform.goos, goarch=arch) if report.slices else slot.platform
        yield _Target(
            platform=str(platform),
            subject=slot.path,
            lenient=lenient,
            context=ImageContext(artifact=artifact, report=image, platform=platform),
        )


def _judged(
    check: AnyCheck, target: _Target, policy: Policy | None, lenient_paths: set[str], now: datetime
) -> tuple[CheckResult, list[Finding]]:
    """Run one check on one target; where all that it finds is information, it passes."""
    rule = policy.rule(check.id) if policy is not None else None
    if rule is not None and not rule.fits(target.platform, target.subject):
        target = replace(target, context=None, skip=f"the policy's checks.{check.id}.when leaves it out")
    result, faults = _run(check, target)
    found = [_finding(check, each, target, rule, lenient_paths, now) for each in faults]
    if found and all(each.severity == "info" for each in found):
        result = replace(result, outcome="pass")
    return result, found


def _run(check: AnyCheck, target: _Target) -> tuple[CheckResult, list[Fault]]:
    """Run one check on one target; whatever it raises ends in an outcome that is no pass."""
    outcome: CheckOutcome = "pass"
    reason = target.skip
    found: list[Fault] = []
    if target.context is None:
        outcome = "skip"
    else:
        try:
            found.extend(_faults(check, target.context))
        except Skip as skip:
            outcome, reason = "skip", skip.reason
    if found:
        worst = max(found, key=lambda fault: _RANK[fault.outcome])
        outcome, reason = worst.outcome, worst.message
    result = CheckResult(
        check=check.id, outcome=outcome, platform=target.platform, subject=target.subject, reason=reason
    )
    return result, found


def _faults(check: AnyCheck, context: Context) -> Iterator[Fault]:
    """What the check yields, and a fault for what it raises; only `Skip` goes on."""
    try:
        if check.scope == "image" and isinstance(context, ArtifactContext):
            _unread(check, context)
        yield from check.run(context)
    except Skip:
        raise
    except NoEvidence as missing:
        hint = missing.hint or f"attest policy explain {check.id}"
        yield Fault(message=missing.reason, hint=hint, outcome="no-evidence")
    except AttestError as error:
        hint = error.hint or "mend what it names"
        yield Fault(message=error.message, hint=hint, place=error.place, outcome="error")
    except Exception as error:  # noqa: BLE001 - a check that crashes must deny, not end the run
        message = f"the check failed with {type(error).__name__}: {error}"
        yield Fault(message=message, hint="this is a fault of attest itself: report it", outcome="error")


def _unread(check: AnyCheck, context: ArtifactContext) -> None:
    """Raise `NoEvidence` for a file that was not looked into, `Skip` where the policy would not ask of it."""
    if check.settings and all(each.of(context) is None for each in check.settings):
        raise Skip(f"the policy sets no {check.settings[0].section}.{check.settings[0].key}")
    _ = context.report


def _finding(
    check: AnyCheck,
    fault: Fault,
    target: _Target,
    rule: CheckRule | None,
    lenient_paths: set[str],
    now: datetime,
) -> Finding:
    """A finding with the severity of the hard rules: only the outcome `fail` of a fact is ever lowered."""
    subject = target.subject if fault.subject is None else fault.subject
    severity: Severity = "deny"
    hint = fault.hint
    if check.kind == "fact" and fault.outcome == "fail":
        severity = (rule.severity if rule else None) or fault.severity or check.severity
        if severity == "deny" and (target.lenient or subject in lenient_paths):
            severity = "warn"
        if severity == "deny" and rule and rule.effective and now < rule.effective:
            severity, hint = "warn", f"{hint} (from {rule.effective:%Y-%m-%d} on this denies)"
    return Finding(
        check=check.id,
        severity=severity,
        outcome=fault.outcome,
        message=fault.message,
        hint=hint,
        platform=target.platform if fault.platform is None else fault.platform,
        subject=subject,
        place=fault.place,
        names=fault.names,
    )


def _artifacts(
    release: ReleaseContext, findings: Iterable[Finding], results: Iterable[CheckResult]
) -> tuple[ArtifactVerdict, ...]:
    """One verdict for each file in a judged slot."""
    passed: dict[str, set[str]] = {}
    for result in results:
        if result.outcome == "pass" and result.check in LEVEL_CHECKS:
            passed.setdefault(result.subject, set()).add(result.check)
    levels = {
        each.file.path: proven_level(each, passed.get(each.slot.path, set())) for each in release.judged()
    }
    worst: dict[str, Severity] = {}
    for finding in findings:
        if finding.waived_by:
            continue
        known = worst.get(finding.subject, "info")
        worst[finding.subject] = min(finding.severity, known, key=_SEVERITY_RANK.__getitem__)
    found = []
    for slot in release.slots:
        file = release.binding.file(slot)
        if file is None:
            continue
        digest = file.identity.sha256 if file.identity else ""
        severity = worst.get(file.path)
        found.append(
            ArtifactVerdict(
                path=file.path,
                slot=slot.name,
                platform=str(slot.platform),
                sha256=digest,
                size=file.identity.size if file.identity else 0,
                outcome="deny" if severity == "deny" else "warn" if severity == "warn" else "pass",
                evidence=tuple(piece.use for piece in release.about.get(digest, ())),
                build_level=levels.get(file.path),
            )
        )
    return tuple(sorted(found, key=lambda each: each.path))


def _verdict(
    run: Run,
    *,
    policy: Policy | None,
    artifacts: tuple[ArtifactVerdict, ...],
    findings: Iterable[Finding],
    results: Iterable[CheckResult],
    pieces: Iterable[Piece],
    nothing: bool,
) -> Verdict:
    """Decide once: nothing before undecided before denied before pass."""
    listed = sorted(
        dict.fromkeys(findings),
        key=lambda f: (f.subject, f.platform, f.check, f.outcome, str(f.place or ""), f.message),
    )
    denying = [finding for finding in listed if finding.severity == "deny" and not finding.waived_by]
    decision: Decision = "pass"
    code = ExitCode.PASS
    if nothing:
        decision, code = "nothing", ExitCode.NOTHING
    elif any(finding.outcome == "error" for finding in denying):
        decision, code = "undecided", ExitCode.UNDECIDED
    elif denying:
        decision, code = "deny", ExitCode.DENIED
    return Verdict(
        decision=decision,
        exit_code=code,
        time=run.now,
        policy=policy.name if policy else None,
        version=run.version,
        tag=run.tag,
        revision=run.revision,
        partial=bool(run.only),
        artifacts=artifacts,
        findings=tuple(listed),
        checks=tuple(sorted(results, key=lambda r: (r.check, r.subject, r.platform, r.outcome, r.reason))),
        evidence=tuple(piece.use for piece in pieces),
        waivers=used(listed, policy.waivers) if policy else (),
        overrides=policy.overrides if policy else (),
        own_rules=tuple(each.id for each in policy.rules) if policy else (),
    )
