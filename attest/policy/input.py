"""Step 4: everything that the gate knows about a release, as the one document that rules see.

It is made from the context that the checks are run on, and holds accepted evidence alone. What is not known
has no key, so that no rule takes a gap for a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.model.source import Platform
from attest.model.time import rfc3339
from attest.policy.evidence import SIGNATURE

if TYPE_CHECKING:
    from datetime import datetime

    from attest.model.binary import BinaryReport, BuildInfo, Container, Module
    from attest.model.bom_facts import SbomFacts
    from attest.model.documents_input import (
        InputArtifactDocument,
        InputBuildInfoDocument,
        InputComponentDocument,
        InputContainerDocument,
        InputDocument,
        InputEvidenceDocument,
        InputImageDocument,
        InputModuleDocument,
        InputPlatformDocument,
        InputSbomDocument,
        InputSourceDocument,
        InputSourceModuleDocument,
        InputVcsDocument,
    )
    from attest.model.source import SourceReport
    from attest.policy.check import ArtifactContext, ReleaseContext
    from attest.policy.evidence import Piece

_TRUTH = {"true": True, "false": False}


def policy_input(release: ReleaseContext, *, now: datetime, version: str) -> InputDocument:
    """The document about the judged part of a release; artifacts are sorted by path."""
    judged = sorted(release.judged(), key=lambda each: each.file.path)
    artifacts = [_artifact(each) for each in judged]
    found: InputDocument = {
        "schema": "attest/input/v1",
        "now": rfc3339(now),
        "artifacts": artifacts,
        "platforms": [image for each in artifacts for image in each.get("images", ())],
    }
    if version:
        found["version"] = version
    if release.tag:
        found["tag"] = release.tag
    if release.revision:
        found["revision"] = release.revision
    if release.source is not None:
        found["source"] = _source(release.source)
    return found


def _artifact(context: ArtifactContext) -> InputArtifactDocument:
    pieces = context.accepted()
    found: InputArtifactDocument = {
        "path": context.file.path,
        "slot": context.slot.name,
        "platform": _platform(context.slot.platform),
        "sha256": context.sha256,
        "size": context.size,
        "signatures": [_evidence(each) for each in pieces if each.type == SIGNATURE],
        "attestations": [_evidence(each) for each in pieces if each.type != SIGNATURE],
        "sboms": [_sbom(each.path, each.sbom) for each in pieces if each.sbom is not None],
    }
    if context.file.report is not None:
        found["images"] = _images(context, context.file.report)
    return found


def _images(context: ArtifactContext, report: BinaryReport) -> list[InputImageDocument]:
    """Each slice of a universal file by the architecture of its own headers."""
    found = []
    for number, image in enumerate(report.images):
        platform = context.slot.platform
        if report.slices:
            arch = image.container.arch or f"slice-{number}"  # as the checks call it
            platform = Platform(goos=platform.goos, goarch=arch)
        found.append(_image(context.file.path, platform, image))
    return found


def _image(path: str, platform: Platform, report: BinaryReport) -> InputImageDocument:
    found: InputImageDocument = {
        "path": path,
        "platform": _platform(platform),
        "container": _container(report.container),
        "toolchain": report.toolchain,
        "facts": {
            each.name: list(each.value) if isinstance(each.value, tuple) else each.value
            for each in report.facts
        },
    }
    if report.build_info is not None and not report.build_info.faults:
        found["build_info"] = _build_info(report.build_info)
    return found


def _platform(platform: Platform) -> InputPlatformDocument:
    found: InputPlatformDocument = {"goos": platform.goos, "goarch": platform.goarch}
    if platform.variant:
        found["variant"] = platform.variant
    return found


def _container(container: Container) -> InputContainerDocument:
    found: InputContainerDocument = {"format": container.format}
    if container.os:
        found["os"] = container.os
    if container.arch:
        found["arch"] = container.arch
    if container.bits:
        found["bits"] = container.bits
    if container.endian:
        found["endian"] = container.endian
    if container.kind:
        found["kind"] = container.kind
    return found


def _build_info(info: BuildInfo) -> InputBuildInfoDocument:
    found: InputBuildInfoDocument = {
        "go_version": info.go_version,
        "settings": dict(info.settings),
        "vcs": _vcs(info),
        "deps": [_module(each) for each in info.deps],
    }
    if info.path:
        found["path"] = info.path
    if info.main is not None:
        found["main"] = _module(info.main)
    return found


def _vcs(info: BuildInfo) -> InputVcsDocument:
    found: InputVcsDocument = {}
    if revision := info.setting("vcs.revision"):
        found["revision"] = revision
    if time := info.setting("vcs.time"):
        found["time"] = time
    modified = _TRUTH.get(info.setting("vcs.modified") or "")
    if modified is not None:
        found["modified"] = modified
    return found


def _module(module: Module) -> InputModuleDocument:
    found: InputModuleDocument = {"path": module.path}
    if module.version:
        found["version"] = module.version
    if module.sum:
        found["sum"] = module.sum
    if module.replace is not None:
        found["replace"] = _module(module.replace)
    return found


def _evidence(piece: Piece) -> InputEvidenceDocument:
    return {
        "path": piece.path,
        "type": piece.type,
        "identities": list(piece.identities),
        "signer": piece.signer,
        "claims": dict(piece.use.claims),
    }


def _sbom(path: str, facts: SbomFacts) -> InputSbomDocument:
    licenses = dict(facts.licenses)
    components: list[InputComponentDocument] = []
    for pair in sorted(facts.components):
        component: InputComponentDocument = {"path": pair[0]}
        if pair[1]:
            component["version"] = pair[1]
        if told := licenses.get(pair):
            component["licenses"] = list(told)
        components.append(component)
    return {
        "path": path,
        "format": facts.format,
        "spec_version": facts.spec_version,
        "components": components,
    }


def _source(report: SourceReport) -> InputSourceDocument:
    modules: list[InputSourceModuleDocument] = []
    for path, told in sorted(report.versions, key=lambda each: each[0]):
        module: InputSourceModuleDocument = {"path": path}
        if told.version.value:
            module["version"] = told.version.value
        if told.commit:
            module["commit"] = told.commit
        modules.append(module)
    return {"vendored": report.vendored, "modules": modules}
