"""Judge a release: evidence verified, SBOMs read, facts gathered, and the policy's engine asked."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.app import processes
from attest.errors import AttestError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.policy.engine import Run, judge, judge_source, survey
from attest.policy.input import policy_input

__all__ = ["ENOUGH", "Run", "ingest", "release_input", "verify_release", "verify_source"]

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attest.app.policy import LoadedPolicy
    from attest.model.binary import BinaryReport
    from attest.model.bom_facts import SbomFacts
    from attest.model.documents_input import InputDocument
    from attest.model.previous import PreviousRelease
    from attest.model.release import Inventory, ReleaseFile
    from attest.model.source import SourceReport
    from attest.model.statement import Json
    from attest.model.verdict import Verdict
    from attest.policy.evidence import Ingested
    from attest.policy.model import Policy
    from attest.trust.verify import TrustStore

#: Bundles from which on processes are started: that takes as long as about a hundred of them do.
ENOUGH: Final = 128


def verify_release(
    loaded: LoadedPolicy,
    inventory: Inventory,
    source: SourceReport | None,
    run: Run,
    *,
    previous: PreviousRelease | None = None,
    jobs: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> Verdict:
    """The verdict over a release directory; `source` is None where no source tree was given.

    `previous` is the release that came before, None where none was given.

    Raises what `attest.policy.engine.judge` raises.
    """
    verdict = judge(
        loaded.policy,
        inventory=inventory,
        bundles=ingest(
            inventory,
            loaded.trust,
            run.now,
            elements=bool(loaded.policy.section("sbom").get("require")),
            jobs=jobs,
            limits=limits,
        ),
        source=source,
        run=run,
        keys=loaded.keys,
        expected=_expected(inventory),
        previous=previous,
    )
    return replace(verdict, roots=loaded.roots)


def release_input(
    loaded: LoadedPolicy,
    inventory: Inventory,
    source: SourceReport | None,
    run: Run,
    *,
    jobs: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> InputDocument:
    """What rules see of a release directory, made from what `verify_release` judges.

    Raises what `attest.policy.engine.judge` raises.
    """
    release = survey(
        loaded.policy,
        inventory=inventory,
        bundles=ingest(
            inventory,
            loaded.trust,
            run.now,
            elements=bool(loaded.policy.section("sbom").get("require")),
            jobs=jobs,
            limits=limits,
        ),
        source=source,
        run=run,
        keys=loaded.keys,
        expected=_expected(inventory),
    )
    return policy_input(release, now=run.now, version=run.version)


def verify_source(source: SourceReport, run: Run, *, policy: Policy | None = None) -> Verdict:
    """The verdict over a source tree alone: by what `policy` asks of it, or by the checks that need none.

    Raises what `attest.policy.engine.judge_source` raises.
    """
    return judge_source(source, run=run, policy=policy)


def ingest(
    inventory: Inventory,
    trust: TrustStore,
    now: datetime,
    *,
    elements: bool = False,
    jobs: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Ingested, ...]:
    """Every file that is a bundle by content, verified or with the reason why it is not.

    `elements` asks what SBOMs say of the elements of standards, too. Many bundles are verified by several
    processes: threads of one interpreter wait for each other here.
    """
    from attest.trust.bundle import looks_like_bundle

    bundles = [each for each in inventory.files if each.content and looks_like_bundle(each.content)]
    how = _How(trust=trust, now=now, elements=elements, limits=limits)
    found: dict[int, Ingested] = {}
    count = processes.wanted(jobs)
    if count and len(bundles) >= ENOUGH:
        found = processes.apply(_ingest, how, bundles, order=range(len(bundles)), count=count)
    left = [index for index in range(len(bundles)) if index not in found]
    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count() or 1) as pool:
        found |= zip(left, pool.map(lambda index: _ingest(how, bundles[index]), left), strict=True)
    return tuple(found[index] for index in range(len(bundles)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _How:
    """What is the same for every bundle."""

    trust: TrustStore
    now: datetime
    elements: bool
    limits: Limits


def _ingest(how: _How, file: ReleaseFile) -> Ingested:
    from attest.intoto.predicates.read import read_predicate
    from attest.policy.evidence import Ingested
    from attest.policy.sboms import PREDICATES
    from attest.trust import bundle
    from attest.trust.verify import verify

    try:
        parsed = bundle.parse(file.content or b"", file.path, how.limits)
        # Whose files it is about is for the engine to say: evidence about none of them is a finding there.
        verified = verify(parsed, digests=None, trust=how.trust, now=how.now)
        statement = verified.statement
        if statement:
            read_predicate(
                statement, file.path, how.limits
            )  # one that is not what its type says is no evidence
    except AttestError as error:
        return Ingested(path=file.path, reason=error.message)
    sbom = None
    if statement is not None and statement.predicate_type in PREDICATES:
        sbom = _sbom(statement.predicate, file.path, how.limits, elements=how.elements)
    return Ingested(path=file.path, bundle=verified, sbom=sbom)


def _sbom(predicate: Mapping[str, Json], file: str, limits: Limits, *, elements: bool) -> SbomFacts | None:
    from attest.sbom.describe import describe
    from attest.sbom.read import read

    try:
        facts = read(predicate, file=file, limits=limits)
        described = describe(predicate, file=file, limits=limits) if elements else None
    except AttestError:
        return None  # a predicate of that type that was not read is missing evidence for the SBOM checks
    return replace(facts, described=described)


def _expected(inventory: Inventory) -> dict[str, frozenset[tuple[str, str]]]:
    """What a true SBOM of each executable names; left out where the executable does not tell."""
    from attest.sbom.identity import expected_components

    def components(report: BinaryReport) -> frozenset[tuple[str, str]] | None:
        try:
            return expected_components(report)
        except AttestError:
            return None  # no expectation: the check then has no evidence, which is no pass

    return {
        each.identity.sha256: found
        for each in inventory.files
        if each.identity and each.report and (found := components(each.report)) is not None
    }
