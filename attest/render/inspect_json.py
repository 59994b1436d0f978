"""Inspected files as the document `attest/inspect/v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attest.model.json_text import json_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from attest.model.binary import (
        BinarySlice,
        BuildInfo,
        Container,
        InspectedFile,
        LinkedPackage,
        Module,
        SectionSize,
    )
    from attest.model.digest import FileIdentity
    from attest.model.documents_inspect import (
        BuildInfoDocument,
        ContainerDocument,
        DigestsDocument,
        FactDocument,
        FileDocument,
        InspectDocument,
        ModuleDocument,
        PackageDocument,
        SectionDocument,
        SettingDocument,
        SliceDocument,
    )
    from attest.model.fact import Fact


def to_document(files: Sequence[InspectedFile]) -> InspectDocument:
    """The files as plain data, in the order given."""
    return {"schema": "attest/inspect/v1", "files": [_file(each) for each in files]}


def to_json(files: Sequence[InspectedFile]) -> bytes:
    """The document as JSON: two spaces, a newline at the end, the same bytes for the same files."""
    text = json_text(to_document(files))
    return text.encode("utf-8", "backslashreplace") + b"\n"


def build_info_document(info: BuildInfo) -> BuildInfoDocument:
    """Build information with the keys and the order of `go version -m -json`."""
    # Go writes its fields in their order and always writes Main: the keys are set in that order.
    document = cast("BuildInfoDocument", {})
    if info.go_version:
        document["GoVersion"] = info.go_version
    if info.path:
        document["Path"] = info.path
    document["Main"] = _module(info.main) if info.main is not None else {}
    if info.deps:
        document["Deps"] = [_module(each) for each in info.deps]
    if info.settings:
        document["Settings"] = [_setting(key, value) for key, value in info.settings]
    return document


def _module(module: Module) -> ModuleDocument:
    document: ModuleDocument = {}
    if module.path:
        document["Path"] = module.path
    if module.version:
        document["Version"] = module.version
    if module.sum:
        document["Sum"] = module.sum
    if module.replace is not None:
        document["Replace"] = _module(module.replace)
    return document


def _setting(key: str, value: str) -> SettingDocument:
    document: SettingDocument = {}
    if key:
        document["Key"] = key
    if value:
        document["Value"] = value
    return document


def _fact(fact: Fact) -> FactDocument:
    value = fact.value
    return {"value": list(value) if isinstance(value, tuple) else value, "source": fact.source}


def _package(package: LinkedPackage) -> PackageDocument:
    return {
        "path": package.path,
        "module": package.module,
        "functions": package.functions,
        "size": package.size,
    }


def _section(section: SectionSize) -> SectionDocument:
    return {
        "name": section.name,
        "file_size": section.file_size,
        "memory_size": section.memory_size,
    }


def _container(container: Container) -> ContainerDocument:
    return {
        "format": container.format,
        "os": container.os,
        "arch": container.arch,
        "bits": container.bits,
        "endian": container.endian,
        "kind": container.kind,
    }


def _digests(identity: FileIdentity) -> DigestsDocument:
    if identity.digests is None:
        return {}
    return {"sha256": identity.sha256, "sha512": identity.sha512}


def _file(file: InspectedFile) -> FileDocument:
    report = file.report
    return {
        "path": file.path,
        "size": file.identity.size,
        **_digests(file.identity),
        "container": _container(report.container),
        "toolchain": report.toolchain,
        "go_version": report.go_version,
        "build_info": build_info_document(report.build_info) if report.build_info else None,
        "build_info_from": report.build_info_from,
        "build_info_faults": list(report.build_info.faults) if report.build_info else [],
        "recovered_from": report.recovered_from,
        "facts": {each.name: _fact(each) for each in report.facts},
        "packages": None if report.packages is None else [_package(each) for each in report.packages],
        "modules": [_module(each) for each in report.modules],
        "sections": [_section(each) for each in report.sections],
        "slices": [_slice(each) for each in report.slices],
        "core_modules": [_slice(each) for each in report.core_modules],
        "notes": list(report.notes),
    }


def _slice(part: BinarySlice) -> SliceDocument:
    report = part.report
    return {
        "offset": part.offset,
        "size": part.identity.size,
        **_digests(part.identity),
        "container": _container(report.container),
        "toolchain": report.toolchain,
        "go_version": report.go_version,
        "build_info": build_info_document(report.build_info) if report.build_info else None,
        "build_info_from": report.build_info_from,
        "build_info_faults": list(report.build_info.faults) if report.build_info else [],
        "recovered_from": report.recovered_from,
        "facts": {each.name: _fact(each) for each in report.facts},
        "packages": None if report.packages is None else [_package(each) for each in report.packages],
        "modules": [_module(each) for each in report.modules],
        "sections": [_section(each) for each in report.sections],
        "notes": list(report.notes),
    }
