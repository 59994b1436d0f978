"""SLSA provenance of a release: the build service says who built, the artifacts say what and from what.

Nothing is claimed that is not seen: that the files come from a commit is said where the executables'
build info, or the checked out source, says so too; and where one of them says otherwise there is no
provenance, but the contradictions.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.app.inventory import walk
from attest.intoto import statement
from attest.intoto.digests import dir_hash
from attest.intoto.predicates.slsa import predicate
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.provenance import Provenance, Resource
from attest.model.statement import SLSA_PREDICATE, Subject
from attest.sbom.purl import module_purl
from attest.trust.bundle import looks_like_bundle

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from attest.model.binary import BinaryReport, BuildInfo, InspectedFile
    from attest.model.build_run import BuildRun
    from attest.model.checkout import Checkout
    from attest.model.ports import Tree
    from attest.model.statement import Json

_SHOWN: Final = 12
_TOOLCHAIN: Final = "toolchain"
#: Subjects of one statement: sigstore-go and cosign read no more.
MOST_SUBJECTS: Final = 1_024
RELEASE: Final = "release"
_NO_EXECUTABLE: Final = ("archive", "script", "unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A file that the build made, and the executables that it is or holds.

    `sha256` is hexadecimal; `reports` are those of the file itself, or of the members of an archive.
    """

    path: str
    sha256: str
    reports: tuple[BinaryReport, ...]

    @property
    def infos(self) -> tuple[BuildInfo, ...]:
        """The build info of each image that has one."""
        return tuple(
            image.build_info
            for report in self.reports
            for image in report.images
            if image.build_info is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What provenance is made of. `byproducts` are digests by path; `checkout` is None without a source."""

    artifacts: tuple[Artifact, ...]
    run: BuildRun
    attest_version: str
    checkout: Checkout | None = None
    byproducts: Mapping[str, str]


def artifacts(files: Iterable[InspectedFile], folder: str) -> tuple[Artifact, ...]:
    """The executables, and the archives that hold some, by their path in `folder` ("": as they are called).

    `files` are as `attest.app.inspect` gives them: an archive is followed by its members, ARCHIVE!MEMBER.
    """
    inspected = list(files)
    paths = {each.path for each in inspected}
    grouped: dict[str, list[InspectedFile]] = {}
    for each in inspected:
        archive = each.path.partition("!")[0]
        grouped.setdefault(archive if archive in paths else each.path, []).append(each)
    start = len(folder) + 1 if folder else 0
    return tuple(
        Artifact(
            path=path[start:],
            sha256=first.identity.sha256,
            reports=tuple(each.report for each in members) or (first.report,),
        )
        for path, (first, *members) in grouped.items()
        if members or first.report.container.format not in _NO_EXECUTABLE
    )


def byproducts(tree: Tree, described: Collection[str], limits: Limits = DEFAULT_LIMITS) -> dict[str, str]:
    """Digests (SHA-256, hexadecimal) of the files beside those that are described, by path.

    Bundles are none: they are about what is made here. Raises as `attest.app.inventory` does.
    """
    found: dict[str, str] = {}
    for path, entry in walk(tree, "", limits):
        if entry.kind == "file" and path not in described:
            with tree.open(path) as file:
                small = len(file.data) <= limits.bundle_bytes
                if not (small and looks_like_bundle(bytes(file.data))):
                    found[path] = hashlib.sha256(file.data).hexdigest()
    return found


def contradictions(built: Built) -> tuple[str, ...]:
    """Why there can be no provenance, each a sentence; () where all that is seen agrees.

    A file that names no commit is covered by those that do: one run made them all. A build service's commit
    that nothing else names is a reason too.
    """
    run = built.run
    named = list(_named(built))
    found = [*_modified(built), *_two_hashes(built)]
    if run.commit and len(named) == 1:
        found.append(
            f"nothing but {run.service} says that the files were built from {run.commit[:_SHOWN]}: no"
            " executable has a vcs.revision, and no source tree is given"
        )
    for commit, words in named[1:]:
        first, its_words = named[0]
        if commit != first:
            found.append(f"{words} commit {commit[:_SHOWN]}, but {its_words} commit {first[:_SHOWN]}")
    return tuple(dict.fromkeys(found))


def _named(built: Built) -> Iterator[tuple[str, str]]:
    """Every commit that is named, and in words by whom; the build service first."""
    if built.run.commit:
        yield built.run.commit, f"{built.run.service} builds"
    if built.checkout:
        yield built.checkout.commit, "the source tree is"
    for artifact in built.artifacts:
        for info in artifact.infos:
            revision = info.setting("vcs.revision")
            if revision:
                yield revision, f"{artifact.path} was built from"


def _modified(built: Built) -> Iterator[str]:
    checkout = built.checkout
    if checkout and checkout.modified:
        yield "the source tree is modified: it is not the commit that is checked out"
    elif checkout and checkout.modified is None:
        yield f"it cannot be told whether the source tree is modified: {checkout.modified_unknown}"
    for artifact in built.artifacts:
        if any(info.setting("vcs.modified") == "true" for info in artifact.infos):
            yield f"{artifact.path} was built from a modified tree (vcs.modified=true)"


def _two_hashes(built: Built) -> Iterator[str]:
    """Modules of which two programs linked different contents under one version."""
    first: dict[str, tuple[str, str]] = {}
    for artifact in built.artifacts:
        for each in _modules(artifact.infos):
            h1 = each.digest("dirHash")
            known, holder = first.setdefault(each.uri, (h1, artifact.path)) if h1 else ("", "")
            if known != h1:
                yield f"{artifact.path} and {holder} hold different contents of {each.name}"


def provenance(built: Built) -> Provenance:
    """The provenance of all artifacts together; `contradictions` must be none."""
    run = built.run
    internal: dict[str, Json] = dict(run.internal_parameters)
    builds: dict[str, Json] = {
        artifact.path: [_build(info) for info in artifact.infos]
        for artifact in built.artifacts
        if artifact.infos
    }
    if builds:
        internal["go"] = builds
    return Provenance(
        builder_id=run.builder_id,
        build_type=run.build_type,
        external_parameters=run.external_parameters,
        internal_parameters=internal,
        dependencies=tuple(_dependencies(built)),
        builder_versions=(("attest", built.attest_version),),
        invocation_id=run.invocation_id,
        started_on=run.started_on,
        byproducts=tuple(
            Resource(name=path, digests=(("sha256", sha256),))
            for path, sha256 in sorted(built.byproducts.items())
        ),
    )


def statements(built: Built, *, each: bool = False) -> dict[str, bytes]:
    """The statements (bytes) by what they are about: "release", then "release-2" and so on for many files.

    With `each`, every artifact gets one of its own, under its path, with its modules alone.
    Raises `attest.errors.FormatError` for what is no hash or no module path.
    """
    artifacts = built.artifacts
    if each:
        groups = {artifact.path: artifacts[at : at + 1] for at, artifact in enumerate(artifacts)}
    else:
        groups = {
            RELEASE if not start else f"{RELEASE}-{start // MOST_SUBJECTS + 1}": artifacts[
                start : start + MOST_SUBJECTS
            ]
            for start in range(0, len(artifacts), MOST_SUBJECTS)
        }
    return {name: _statement(replace(built, artifacts=group)) for name, group in groups.items()}


def _statement(built: Built) -> bytes:
    subjects = [Subject(name=artifact.path, sha256=artifact.sha256) for artifact in built.artifacts]
    return statement.build(subjects, SLSA_PREDICATE, predicate(provenance(built)))


def _build(info: BuildInfo) -> Json:
    """How one program was built."""
    settings: dict[str, Json] = dict(info.settings)
    return {"goVersion": info.go_version, "path": info.path, "settings": settings}


def _dependencies(built: Built) -> Iterator[Resource]:
    """The source first, then toolchains and modules, each once, in the order of their names."""
    commit = next((commit for commit, _ in _named(built)), "")
    if commit:
        yield Resource(uri=built.run.source, digests=(("gitCommit", commit),), name="source")
    infos = [info for artifact in built.artifacts for info in artifact.infos]
    found = {each.uri: each for each in _toolchains(infos)}
    # A vendored build does not tell hashes; another build of the same module may.
    modules = {each.uri: each for each in sorted(_modules(infos), key=lambda one: one.digests)}
    for group in (found, modules):
        yield from (group[key] for key in sorted(group))


def _toolchains(infos: Iterable[BuildInfo]) -> Iterator[Resource]:
    for info in infos:
        if info.go_version:
            release = info.go_version.removeprefix("go").partition(" ")[0]
            yield Resource(name=info.go_version, uri=module_purl(_TOOLCHAIN, release))


def _modules(infos: Iterable[BuildInfo]) -> Iterator[Resource]:
    for info in infos:
        for each in info.deps:
            module = each.compiled
            # A directory that replaced a module is part of the source, and has no version of its own.
            if module.version:
                yield Resource(
                    name=f"{module.path}@{module.version}",
                    uri=module_purl(module.path, module.version),
                    digests=(("dirHash", dir_hash(module.sum)),) if module.sum else (),
                )
