"""Judge a release: evidence verified, SBOMs read, facts gathered, and the policy's engine asked."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from attest.app.ingest import ingest
from attest.errors import AttestError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.policy.engine import Run, judge, judge_source, survey
from attest.policy.input import policy_input

__all__ = ["Run", "release_input", "verify_ingested", "verify_release", "verify_source"]

if TYPE_CHECKING:
    from attest.app.policy import LoadedPolicy
    from attest.model.binary import BinaryReport
    from attest.model.documents_input import InputDocument
    from attest.model.previous import PreviousRelease
    from attest.model.release import Inventory
    from attest.model.source import SourceReport
    from attest.model.verdict import Verdict
    from attest.policy.evidence import Ingested
    from attest.policy.model import Policy


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
    bundles = ingest(
        inventory,
        loaded.trust,
        run.now,
        elements=bool(loaded.policy.section("sbom").get("require")),
        jobs=jobs,
        limits=limits,
    )
    return verify_ingested(loaded, inventory, bundles, source, run, previous=previous)


def verify_ingested(
    loaded: LoadedPolicy,
    inventory: Inventory,
    bundles: tuple[Ingested, ...],
    source: SourceReport | None,
    run: Run,
    *,
    previous: PreviousRelease | None = None,
) -> Verdict:
    """The same from bundles that were verified by the same trust already (`attest.app.ingest.ingest`)."""
    verdict = judge(
        loaded.policy,
        inventory=inventory,
        bundles=bundles,
        source=source,
        run=run,
        keys=loaded.keys,
        expected=_expected(inventory),
        previous=previous,
        vulnerabilities_of=loaded.database.modified if loaded.database else None,
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
