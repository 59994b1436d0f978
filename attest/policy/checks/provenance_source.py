"""Provenance names another source, ref or commit than the release is of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import ArtifactContext, Check, Fault, NoEvidence, Skip
from attest.policy.model import BUILD_INFO_COMMIT
from attest.policy.provenance import provenances

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.provenance import Provenance
    from attest.policy.evidence import Piece
    from attest.policy.model import ProvenanceRule

_COMMITS = ("gitCommit", "sha1")


def run(context: ArtifactContext) -> Iterator[Fault]:
    """Every accepted provenance lists the expected repository, at the expected ref and commit."""
    asked = [
        (rule, rule.provenance)
        for rule in context.slot.attestations
        if rule.provenance and (rule.provenance.source or rule.provenance.ref or rule.provenance.commit)
    ]
    if not asked:
        raise Skip("the policy expects no source of provenance")
    for rule, expected in asked:
        for piece, provenance in provenances(context, rule):
            yield from _faults(context, expected, piece, provenance)


def _faults(
    context: ArtifactContext, expected: ProvenanceRule, piece: Piece, provenance: Provenance
) -> Iterator[Fault]:
    sources = _sources(provenance)
    if expected.source:
        wanted = _repository(expected.source)
        named = {_repository(uri) for uri, _ in sources}
        if named != {wanted}:
            yield Fault(
                message=f"{piece.path} should say that it was built from {wanted} alone, "
                f"and names {_listed(named)}",
                hint="build it from that repository, or mend expect.source",
                names=(piece.path,),
            )
    if expected.ref:
        refs = {ref for uri, _ in sources if (ref := _split(uri)[1])}
        if refs != {expected.ref}:
            yield Fault(
                message=f"{piece.path} should say that it was built at {expected.ref}, "
                f"and names {_listed(refs)}",
                hint="build the release from its tag",
                names=(piece.path,),
            )
    if expected.commit:
        commits = {commit for _, commit in sources if commit}
        for wanted in _wanted(context, expected.commit):
            if commits != {wanted}:
                yield Fault(
                    message=f"{piece.path} should say that it was built from commit {wanted[:12]}, "
                    f"and names {_listed({each[:12] for each in commits})}",
                    hint="attest what was built, in the job that built it",
                    names=(piece.path,),
                )


def _listed(names: set[str]) -> str:
    return " and ".join(sorted(names)) or "none"


def _sources(provenance: Provenance) -> list[tuple[str, str]]:
    """The repositories that were built from, each with its ref after "@", and the commit, "" for none.

    These are the dependencies with a commit for a digest, and the workflow of GitHub's build type.
    """
    found = [
        (each.uri, commit)
        for each in provenance.dependencies
        if (commit := next((value for name in _COMMITS if (value := each.digest(name))), ""))
    ]
    workflow = provenance.external_parameters.get("workflow")
    if isinstance(workflow, dict):
        repository, ref = workflow.get("repository"), workflow.get("ref")
        if isinstance(repository, str):
            found.append((f"{repository}@{ref}" if isinstance(ref, str) else repository, ""))
    return found


def _wanted(context: ArtifactContext, commit: str) -> list[str]:
    """The commit, or those that the images of the file name themselves."""
    if commit != BUILD_INFO_COMMIT:
        return [commit]
    found = set()
    for image in context.report.images:
        info = image.build_info
        revision = info.setting("vcs.revision") if info and not info.faults else None
        if not revision:
            raise NoEvidence(
                f"{context.file.path} names no commit that provenance could be held against",
                "build in a clone with its version control data and with -buildvcs=true",
            )
        found.add(revision)
    return sorted(found)


def _split(uri: str) -> tuple[str, str]:
    """Address and ref ("" for none), which begins with the first "@" behind the host."""
    scheme, separator, rest = uri.removeprefix("git+").partition("://")
    host, slash, path = rest.partition("/")
    path, _, ref = path.partition("@")
    return f"{scheme}{separator}{host}{slash}{path}", ref


def _repository(uri: str) -> str:
    """A repository's address without what may stand around it."""
    return _split(uri)[0].removesuffix("/").removesuffix(".git")


CHECK = Check(
    title="Provenance names another source, ref or commit than the release is of",
    sees=ArtifactContext,
    kind="integrity",
    run=run,
)
