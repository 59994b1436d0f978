"""Every bundle of a release, verified, with what its SBOM says.

Processes start with this module and wait for what it imports: little.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.app import processes
from attest.errors import AttestError, LimitError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.statement import SBOM_PREDICATES
from attest.policy.evidence import Ingested

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from attest.model.bom_facts import SbomFacts
    from attest.model.release import Inventory, ReleaseFile
    from attest.model.statement import Json
    from attest.trust.verify import TrustStore

#: Bundles from which on processes are started: that takes as long as about a hundred of them do.
ENOUGH: Final = 128


def ingest(
    inventory: Inventory,
    trust: TrustStore,
    now: datetime,
    *,
    elements: bool = False,
    jobs: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[Ingested, ...]:
    """Every bundle, by content, of the files and their lines, verified or with the reason why it is not.

    `elements` asks what SBOMs say of the elements of standards, too. Many bundles are verified by several
    processes: threads of one interpreter wait for each other here.
    """
    bundles = [bundle for each in inventory.files if each.content for bundle in _bundles(each, limits)]
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A bundle of a file: what errors call it, and its bytes, or why these are not read."""

    file: str
    path: str
    data: bytes = b""
    reason: str = ""


def _bundles(file: ReleaseFile, limits: Limits) -> Iterator[_Found]:
    """The bundles that a file holds."""
    from attest.trust.bundle import looks_like_bundle, separate

    content = file.content or b""
    try:
        parts = separate(content, file.path, limits)
    except LimitError as error:
        yield _Found(file=file.path, path=file.path, reason=error.message)
        return
    for path, data in parts:
        if looks_like_bundle(data):
            yield _Found(file=file.path, path=path, data=data)


def _ingest(how: _How, found: _Found) -> Ingested:
    from attest.trust import bundle
    from attest.trust.verify import verify

    if found.reason:
        return Ingested(path=found.path, file=found.file, reason=found.reason)
    sha256 = hashlib.sha256(found.data).hexdigest()
    try:
        parsed = bundle.parse(found.data, found.path, how.limits)
        # Whose files it is about is for the engine to say: evidence about none of them is a finding there.
        verified = verify(parsed, digests=None, trust=how.trust, now=how.now)
        statement = verified.statement
        if statement:
            from attest.intoto.predicates.read import read_predicate

            # One that is not what its type says is no evidence.
            read_predicate(statement, found.path, how.limits)
    except AttestError as error:
        return Ingested(path=found.path, file=found.file, reason=error.message, sha256=sha256)
    sbom = None
    if statement is not None and statement.predicate_type in SBOM_PREDICATES:
        sbom = _sbom(statement.predicate, found.path, how.limits, elements=how.elements)
    return Ingested(path=found.path, file=found.file, bundle=verified, sbom=sbom, sha256=sha256)


def _sbom(predicate: Mapping[str, Json], file: str, limits: Limits, *, elements: bool) -> SbomFacts | None:
    from attest.sbom.describe import describe
    from attest.sbom.read import read

    try:
        facts = read(predicate, file=file, limits=limits)
        described = describe(predicate, file=file, limits=limits) if elements else None
    except AttestError:
        return None  # a predicate of that type that was not read is missing evidence for the SBOM checks
    return replace(facts, described=described)
