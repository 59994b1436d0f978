"""`attest release`: check, SBOMs, signatures and verdict, in one run over one source tree and one release.

Every file of the release is opened and hashed once; what is written here is judged from the bytes that are
written. What the gate refuses leaves nothing behind: signatures are made in memory, and the caller writes
them only with a verdict that lets the release pass.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from attest.app.inventory import read_bytes
from attest.app.provenance import Artifact, Built, contradictions, statements
from attest.app.reconcile import by_digest, executables
from attest.app.sbom import RELEASE, of_release
from attest.app.sign import Signature, document_signatures, file_signatures, sign_all
from attest.app.verify import verify_release
from attest.errors import NothingToVerifyError, VerificationError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.statement import SLSA_PREDICATE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from attest.app.policy import LoadedPolicy
    from attest.app.reconcile import Reconciled
    from attest.app.sign import Signing
    from attest.model.binary import InspectedFile
    from attest.model.bom import Bom, SbomRun
    from attest.model.build_run import BuildRun
    from attest.model.previous import PreviousRelease
    from attest.model.release import Inventory, ReleaseFile
    from attest.model.source import SourceReport
    from attest.model.verdict import Verdict
    from attest.policy.engine import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What one run is about.

    `reconciled` is what the source says of the executables and gives the SBOMs their edges, `describe` the
    licences of their components. `signing` is who signs, and keeps what it signed in an earlier run. `build`
    tells who builds, when the policy asks for provenance; it raises where that is not known. `previous` is
    the release that came before. `jobs` pieces of work are done at once (0: one for each processor).
    """

    loaded: LoadedPolicy
    inventory: Inventory
    source: SourceReport
    reconciled: Reconciled
    run: Run
    documents: SbomRun
    signing: Signing
    build: Callable[[], BuildRun]
    describe: Callable[[Bom], Bom] | None = None
    previous: PreviousRelease | None = None
    jobs: int = 0
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The verdict, and the files that it judged beside those that were there (bytes by name)."""

    verdict: Verdict
    files: Mapping[str, bytes]


def release(request: Release, *, show: Callable[[str], None] = lambda _: None) -> Released:
    """Describe, sign and judge; a verdict of "deny" is a result, not an error.

    Raises `NothingToVerifyError` where no artifact of the policy is there, and what the SBOM writers and the
    signer raise.
    """
    artifacts = _artifacts(request)
    show("writing SBOMs")
    files = _documents(request, artifacts)
    show("signing")
    files |= _signatures(request, artifacts, files)
    show("judging")
    judged = verify_release(
        request.loaded,
        _with(request.inventory, files, request.limits),
        replace(request.source, reconciled=by_digest(request.inventory, request.reconciled)),
        request.run,
        previous=request.previous,
        jobs=request.jobs,
        limits=request.limits,
    )
    there = {each.path: each.content for each in request.inventory.files}
    return Released(
        verdict=judged, files={name: data for name, data in files.items() if there.get(name) != data}
    )


def _artifacts(request: Release) -> dict[str, InspectedFile]:
    """The executables that are in a slot, by path."""
    found = executables(request.inventory, request.loaded.policy)
    if not found:
        first = min(slot.path for slot in request.loaded.policy.slots)
        raise NothingToVerifyError(
            f"{request.inventory.label} holds no artifact that the policy names",
            hint=f"the policy expects, for instance, {first}",
        )
    return found


def _documents(request: Release, artifacts: Mapping[str, InspectedFile]) -> dict[str, bytes]:
    """The SBOMs of the executables that tell what is in them; the others are denied for having none."""
    telling = {
        path: file
        for path, file in artifacts.items()
        if all(image.build_info is not None for image in file.report.images)
    }
    if not telling:
        return {}
    # The release is called by its policy: a module path would make it look like one more Go module.
    name = request.loaded.policy.name.name
    return of_release(
        telling,
        request.documents,
        name=name,
        version=request.run.version,
        linked=request.reconciled.linked,
        describe=request.describe,
        told=dict(request.source.versions).get,
    )


def _signatures(
    request: Release, artifacts: Mapping[str, InspectedFile], documents: Mapping[str, bytes]
) -> dict[str, bytes]:
    """A signature on each artifact and extra, a statement for each SBOM, for the union over all artifacts."""
    extras = {extra.path for extra in request.loaded.policy.extras if extra.signer}
    digests = {path: file.identity.sha256 for path, file in artifacts.items()}
    signed = digests | {
        file.path: file.identity.sha256
        for file in request.inventory.files
        if file.path in extras and file.identity
    }
    wanted = file_signatures(signed)
    for path in (*sorted(digests), RELEASE):
        kinds = {
            kind: documents[f"{path}.{kind}.json"]
            for kind in ("cdx", "spdx")
            if f"{path}.{kind}.json" in documents
        }
        subjects = digests if path == RELEASE else {path: digests[path]}
        wanted += document_signatures(path, subjects, kinds, request.limits)
    wanted += [
        Signature(name=f"{name}.provenance.intoto.sigstore.json", payload=payload)
        for name, payload in _provenance(request, artifacts, documents).items()
    ]
    there = {file.path: file.content for file in request.inventory.files if file.content}
    keeping = request.signing.keeping(there, request.run.now, request.limits)
    return sign_all(keeping, wanted, width=request.signing.width)


def _provenance(
    request: Release, artifacts: Mapping[str, InspectedFile], documents: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Statements about the files of which the policy asks for provenance; SBOMs are byproducts."""
    asked = [
        Artifact(
            path=slot.path,
            sha256=file.identity.sha256,
            reports=(artifacts[slot.path].report,) if slot.path in artifacts else (),
        )
        for slot in request.loaded.policy.slots
        if any(SLSA_PREDICATE in rule.predicates for rule in slot.attestations)
        for file in request.inventory.files
        if file.path == slot.path and file.identity is not None
    ]
    if not asked:
        return {}
    built = Built(
        artifacts=tuple(asked),
        run=request.build(),
        attest_version=request.documents.tool_version,
        byproducts={name: hashlib.sha256(data).hexdigest() for name, data in documents.items()},
    )
    if reasons := contradictions(built):
        raise VerificationError(
            f"there can be no provenance: {'; '.join(reasons)}",
            place=Place(file=request.inventory.label),
            hint="build every artifact in this run, from the commit that is checked out",
        )
    return statements(built)


def _with(inventory: Inventory, files: Mapping[str, bytes], limits: Limits) -> Inventory:
    """The release directory as it is once `files` are written into it."""
    written: Iterable[ReleaseFile] = (
        read_bytes(name, memoryview(data), limits) for name, data in files.items()
    )
    merged = {each.path: each for each in (*inventory.files, *written)}
    return replace(inventory, files=tuple(merged[path] for path in sorted(merged)))
