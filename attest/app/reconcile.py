"""What a source tree links into the very programs that are at hand, and where the two disagree.

Every image of every file is taken by what it says of its own build: platform, main package, tags, cgo and Go
version. Where modules disagree, the source is asked for other settings too, which may explain it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.app.linked import linked_sets, main_packages, read_source_files
from attest.errors import AttestError, FormatError, UsageError
from attest.go import goversion
from attest.go.context import BuildContext
from attest.go.main_modules import selected
from attest.model.binary import InspectedFile
from attest.model.limits import DEFAULT_LIMITS
from attest.model.reconciliation import Disagreement, Reconciliation
from attest.model.source import Platform
from attest.sbom.graph import build_tags, platform_of
from attest.sbom.identity import go_release
from attest.sbom.reconcile import SourceSide, reconcile

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attest.model.binary import BinaryReport, BuildInfo
    from attest.model.limits import Limits
    from attest.model.ports import Cache, Tree
    from attest.model.release import Inventory
    from attest.model.source import LinkedSet
    from attest.policy.model import Policy

#: Asked for an explanation, beside the platforms of the files themselves.
_USUAL: Final = tuple(Platform(goos=goos, goarch="amd64") for goos in ("darwin", "linux", "windows"))
_NO_BUILD_INFO: Final = "it carries no build info, so nothing tells what it was built from"
_NO_PACKAGE: Final = "it was built from files, so its build info names no package of the source"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTree:
    """A source tree as `attest.app.linked.linked_sets` reads it; `workspace` and `cache` as there."""

    tree: Tree
    modcache: Tree | None
    workspace: bool = True
    cache: Cache | None = None
    limits: Limits = DEFAULT_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """The linked sets that the files need, and by file name what the source says of each of its images."""

    linked: tuple[LinkedSet, ...]
    files: Mapping[str, tuple[Reconciliation, ...]]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class _Settings:
    """What decides, with platform and main package, which files are compiled."""

    cgo: bool
    tags: tuple[str, ...]
    go_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    settings: _Settings
    platform: Platform
    main: str


def reconcile_files(source: SourceTree, files: Mapping[str, InspectedFile]) -> Reconciled:
    """Hold every image of `files` against the source.

    Raises as `attest.app.linked.linked_sets` does where the source itself cannot be read or resolved; a
    program that the source does not have is a disagreement.
    """
    builds = {name: [_build(image) for image in file.report.images] for name, file in sorted(files.items())}
    wanted = list(
        dict.fromkeys(each for found in builds.values() for each in found if isinstance(each, _Build))
    )
    sets = _linked(source, wanted)
    asked = _Explanations(source=source, builds=wanted)
    return Reconciled(
        linked=tuple(each for each in sets.values() if each is not None),
        files={
            name: tuple(
                _reconciled(image, build, sets, asked)
                for image, build in zip(files[name].report.images, found, strict=True)
            )
            for name, found in builds.items()
        },
    )


def executables(inventory: Inventory, policy: Policy) -> dict[str, InspectedFile]:
    """The executables of a release directory that are in a slot of the policy, by path."""
    wanted = {slot.path for slot in policy.slots}
    return {
        file.path: InspectedFile(path=file.path, identity=file.identity, report=file.report)
        for file in inventory.files
        if file.path in wanted and file.identity and file.report
    }


def by_digest(inventory: Inventory, reconciled: Reconciled) -> dict[str, tuple[Reconciliation, ...]]:
    """What the source says of the executables of a release directory, by their SHA-256."""
    return {
        each.identity.sha256: reconciled.files[each.path]
        for each in inventory.files
        if each.identity and each.path in reconciled.files
    }


def unresolved(files: Mapping[str, InspectedFile], error: AttestError) -> Reconciled:
    """What is known where the source cannot be read or resolved: nothing, for that reason."""
    unknown = Reconciliation(platform="", unknown=f"the source cannot be resolved: {error.message}")
    return Reconciled(linked=(), files=dict.fromkeys(files, (unknown,)))


def _build(report: BinaryReport) -> _Build | str:
    """How an image says that it was built, or why it does not say it."""
    info = report.build_info
    if info is None:
        return _NO_BUILD_INFO
    if info.faults:
        return f"its build info is damaged: {info.faults[0]}"
    platform = platform_of(report)
    if info.main is None or platform is None:
        return _NO_PACKAGE if info.main is None else "it does not tell its platform"
    try:
        BuildContext(platform=platform)
    except UsageError as error:
        return error.message
    release = _release(info, report)
    settings = _Settings(
        cgo=info.setting("CGO_ENABLED") == "1", tags=build_tags(info), go_minor=goversion.minor(release)
    )
    return _Build(settings=settings, platform=platform, main=info.path)


def _release(info: BuildInfo, report: BinaryReport) -> str:
    """The release of Go that compiled the image ("1.27.3"), "" where it is none."""
    return goversion.from_toolchain(go_release(info.go_version or report.go_version).value)


def _linked(source: SourceTree, builds: Sequence[_Build]) -> dict[_Build, LinkedSet | None]:
    """The linked set of each build; None where the source has no such main package."""
    found: dict[_Build, LinkedSet | None] = {}
    for settings in sorted({each.settings for each in builds}):
        group = [each for each in builds if each.settings == settings]
        try:
            found |= zip(group, _sets(source, group), strict=True)
        except FormatError:
            there = _there(source, group)
            if len(there) == len(group):
                raise
            found |= dict.fromkeys(group)
            found |= zip(there, _sets(source, there), strict=True)
    return found


def _sets(source: SourceTree, builds: Sequence[_Build]) -> tuple[LinkedSet, ...]:
    """The linked sets of builds with the same settings."""
    if not builds:
        return ()
    settings = builds[0].settings
    return linked_sets(
        source.tree,
        modcache=source.modcache,
        platforms_and_mains=[(each.platform, each.main) for each in builds],
        cgo=settings.cgo,
        tags=settings.tags,
        go_minor=settings.go_minor,
        workspace=source.workspace,
        cache=source.cache,
        limits=source.limits,
    )


def _there(source: SourceTree, builds: Iterable[_Build]) -> list[_Build]:
    """The builds whose main package is in the source at all."""
    group = list(builds)
    pairs = set(
        main_packages(
            source.tree,
            platforms=dict.fromkeys(each.platform for each in group),
            cgo=group[0].settings.cgo,
            tags=group[0].settings.tags,
            workspace=source.workspace,
            cache=source.cache,
            limits=source.limits,
        )
    )
    return [each for each in group if (each.platform, each.main) in pairs]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Explanations:
    """The source, asked again for other settings; what cannot be resolved for them explains nothing."""

    source: SourceTree
    builds: Sequence[_Build]

    def side(self, build: _Build, *, elsewhere: bool) -> SourceSide:
        """What the source says of `build` beside its linked set, of other settings where that is asked."""
        files = read_source_files(self.source.tree, self.source.limits, workspace=self.source.workspace)
        return SourceSide(
            required={path: each.module.version for path, each in selected(files.main).items()},
            vendored=files.builds_from_vendor,
            elsewhere=tuple(self._elsewhere(build)) if elsewhere else (),
        )

    def _elsewhere(self, build: _Build) -> Iterable[tuple[str, LinkedSet]]:
        settings = build.settings
        flipped = _Settings(cgo=not settings.cgo, tags=settings.tags, go_minor=settings.go_minor)
        others = [("without cgo" if settings.cgo else "with cgo", build.platform, flipped)]
        if settings.tags:
            bare = _Settings(cgo=settings.cgo, tags=(), go_minor=settings.go_minor)
            others.append((f"without the tags {','.join(settings.tags)}", build.platform, bare))
        platforms = sorted({*_USUAL, *(each.platform for each in self.builds)} - {build.platform}, key=str)
        others += [(f"on {each}", each, settings) for each in platforms]
        for words, platform, other in others:
            try:
                (found,) = _sets(self.source, [_Build(settings=other, platform=platform, main=build.main)])
            except AttestError:
                continue
            yield words, found


def _reconciled(
    report: BinaryReport,
    build: _Build | str,
    sets: Mapping[_Build, LinkedSet | None],
    asked: _Explanations,
) -> Reconciliation:
    if isinstance(build, str):
        where = platform_of(report)
        return Reconciliation(platform=str(where) if where else "", unknown=build)
    linked = sets[build]
    platform = str(build.platform)
    if linked is None:
        missing = Disagreement(kind="main-package", name=build.main, because=f"not on {platform}")
        return Reconciliation(platform=platform, disagreements=(missing,))
    found = reconcile(report, linked, asked.side(build, elsewhere=False))
    if any(each.kind in {"binary-only", "source-only"} for each in found):
        found = reconcile(report, linked, asked.side(build, elsewhere=True))
    return Reconciliation(platform=platform, disagreements=(*_too_old(report, asked.source), *found))


def _too_old(report: BinaryReport, source: SourceTree) -> Iterable[Disagreement]:
    """An older Go than the source asks for."""
    wanted = read_source_files(source.tree, source.limits, workspace=source.workspace).main.top.go
    release = _release(report.build_info, report) if report.build_info else ""
    if release and wanted and goversion.before(release, wanted):
        yield Disagreement(kind="go-version", name="go", in_source=wanted, in_binary=release)
