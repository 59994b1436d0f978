"""`attest diff OLD NEW`: executables, SBOMs, an SBOM and its executable, a source tree and what it gave."""

from __future__ import annotations

import hashlib
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

from attest.app.reconcile import reconcile_files
from attest.errors import FormatError, NothingToVerifyError
from attest.exe.inspect import inspect
from attest.model.binary import BinaryReport
from attest.model.difference import Difference, Side, SizeChange, ValueChange
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.sizes import module_sizes
from attest.sbom.identity import compiled, expected_components, main_module
from attest.sbom.read import is_document, load, read
from attest.sbom.sums import other_sums

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from attest.app.reconcile import SourceTree
    from attest.model.binary import InspectedFile
    from attest.model.bom_facts import SbomFacts
    from attest.model.ports import Tree

T = TypeVar("T")

_HEAD: Final = 1 << 16
#: The disagreements that are about one module.
_OF_MODULES: Final = frozenset({"binary-only", "source-only", "replacement", "version"})
_NO_BUILD_INFO: Final = "{} carries no build info: its modules are those that its function table names"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    side: Side
    found: BinaryReport | SbomFacts


def compare_files(
    old: tuple[Tree, str, str], new: tuple[Tree, str, str], limits: Limits = DEFAULT_LIMITS
) -> Difference:
    """How two files differ; each is a tree, the name in it, and what the user calls it.

    Raises `ReadError`, `FormatError` for what is neither an executable nor an SBOM, `NothingToVerifyError`
    where an SBOM is held against an executable that names no module.
    """
    one, other = _read(*old, limits), _read(*new, limits)
    if isinstance(one.found, BinaryReport) and isinstance(other.found, BinaryReport):
        return _executables(one.side, one.found, other.side, other.found)
    faults: list[str] = []
    remarks: list[str] = []
    for each, partner in ((one, other), (other, one)):
        if not isinstance(each.found, BinaryReport):
            faults += [f"{each.side.path}: {fault}" for fault in each.found.faults]
            if isinstance(partner.found, BinaryReport):
                _subject(each.side, each.found, (partner.side, partner.found), faults, remarks)
                faults += _other_sums(each.side, each.found, partner.side, partner.found)
    return Difference(
        old=one.side,
        new=other.side,
        modules=_values(*(_versions(_components(each.found)) for each in (one, other))),
        faults=tuple(faults),
        remarks=tuple(remarks),
    )


def compare_source(source: SourceTree, program: InspectedFile) -> Difference:
    """How an executable differs from what the source links for it.

    Raises as `attest.app.reconcile.reconcile_files` does, and `NothingToVerifyError` where the executable
    does not tell what it was built from.
    """
    found = reconcile_files(source, {program.path: program}).files[program.path]
    if unknown := next((each.unknown for each in found if each.unknown), ""):
        raise NothingToVerifyError(
            f"{program.path} cannot be held against the source: {unknown}",
            hint="build it with the go command, by package",
        )
    told = [
        (f"({each.platform}) " if len(found) > 1 else "", one) for each in found for one in each.disagreements
    ]
    return Difference(
        old=Side(path=source.tree.label, kind="source", sha256="", size=0),
        new=Side(
            path=program.path,
            kind="executable",
            sha256=program.identity.sha256,
            size=program.identity.size,
        ),
        modules=tuple(
            sorted(
                {
                    ValueChange(
                        name=each.name,
                        old=None if each.kind == "binary-only" else each.in_source,
                        new=None if each.kind == "source-only" else each.in_binary,
                    )
                    for _, each in told
                    if each.kind in _OF_MODULES
                },
                key=lambda each: (each.name, each.old or "", each.new or ""),
            )
        ),
        faults=tuple(dict.fromkeys(where + each.message for where, each in told if not each.harmless)),
        remarks=tuple(dict.fromkeys(where + each.message for where, each in told if each.harmless)),
    )


def _read(tree: Tree, name: str, path: str, limits: Limits) -> _Read:
    with tree.open(name) as file:
        data = file.data
        is_text = is_document(bytes(data[:_HEAD]))
        side = Side(
            path=path,
            kind="sbom" if is_text else "executable",
            sha256=hashlib.sha256(data).hexdigest(),
            size=file.size,
        )
        if is_text:
            document = load(bytes(data[: limits.sbom_bytes + 1]), file=path, limits=limits)
            return _Read(side=side, found=read(document, file=path, limits=limits))
        report = inspect(data, limits=limits)
    if report.container.format == "unknown":
        raise FormatError(
            "is neither an executable nor an SBOM",
            place=Place(file=path),
            hint="name an executable, or a CycloneDX or SPDX document",
        )
    return _Read(side=side, found=report)


def _components(found: BinaryReport | SbomFacts) -> frozenset[tuple[str, str]]:
    return expected_components(found) if isinstance(found, BinaryReport) else found.components


def _subject(
    document: Side,
    facts: SbomFacts,
    executable: tuple[Side, BinaryReport],
    faults: list[str],
    remarks: list[str],
) -> None:
    """Whether the SBOM says that it describes this very file."""
    side, report = executable
    infos = [image.build_info for image in report.images if image.build_info]
    h1s = {_hexadecimal(info.main.sum) for info in infos if info.main and info.main.sum}
    if not facts.subject_sha256s:
        remarks.append(f"{document.path} names no digest of what it describes")
    elif side.sha256 in facts.subject_sha256s:
        return
    elif h1s.issuperset(facts.subject_sha256s):
        remarks.append(
            f"{document.path} names no digest of what it describes: "
            "its SHA-256 is the h1 hash of the main module, which is none of a file"
        )
    else:
        faults.append(f"{document.path} describes another file, of sha256 {facts.subject_sha256s[0]}")


def _hexadecimal(h1: str) -> str:
    """The bytes of an h1 hash as tools write it that call it a SHA-256; "" where it is none."""
    try:
        return b64decode(h1.removeprefix("h1:"), validate=True).hex()
    except ValueError:
        return ""


def _other_sums(document: Side, facts: SbomFacts, executable: Side, report: BinaryReport) -> Iterator[str]:
    """The modules that the executable holds with another hash than the SBOM tells."""
    for each in other_sums(facts, report):
        found = " or ".join(each.there)
        yield f"{document.path} gives {each.module} the hash {each.told}, and {executable.path} has {found}"


def _executables(old: Side, one: BinaryReport, new: Side, other: BinaryReport) -> Difference:
    remarks = [
        _NO_BUILD_INFO.format(side.path)
        for side, report in ((old, one), (new, other))
        if any(image.build_info is None for image in report.images)
    ]
    return Difference(
        old=old,
        new=new,
        modules=_values(*(_versions(_modules(each)) for each in (one, other))),
        settings=_values(*(_settings(each) for each in (one, other))),
        code=_sizes(*(_code(each) for each in (one, other))),
        packages=_sizes(*(_packages(each) for each in (one, other))),
        sections=_sizes(*(_sections(each) for each in (one, other))),
        remarks=tuple(remarks),
    )


def _modules(report: BinaryReport) -> frozenset[tuple[str, str]]:
    """Modules as they are compiled, of all slices; without build info those of the function table."""
    found: set[tuple[str, str]] = set()
    for image in report.images:
        info = image.build_info
        if info is None:
            found.update(compiled(each).key for each in image.modules)
            continue
        found.update(compiled(each).key for each in info.deps)
        if info.main is not None:
            found.add(main_module(info.main).key)
    return frozenset(found)


def _versions(components: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The versions by path, several of one path as one text."""
    found: dict[str, list[str]] = {}
    for path, version in sorted(components):
        found.setdefault(path, []).append(version)
    return {path: ", ".join(versions) for path, versions in found.items()}


def _settings(report: BinaryReport) -> dict[str, str]:
    """Build settings and Go's version; of several slices each value once."""
    found: dict[str, dict[str, None]] = {}
    for image in report.images:
        if image.go_version:
            found.setdefault("go", {})[image.go_version] = None
        for key, value in image.build_info.settings if image.build_info else ():
            found.setdefault(key, {})[value] = None
    return {key: ", ".join(values) for key, values in found.items()}


def _code(report: BinaryReport) -> dict[str, int]:
    sums: dict[str, int] = {}
    for image in report.images:
        for each in module_sizes(image) or ():
            sums[each.path or "unknown"] = sums.get(each.path or "unknown", 0) + each.size
    return sums


def _packages(report: BinaryReport) -> dict[str, int]:
    sums: dict[str, int] = {}
    for image in report.images:
        for each in image.packages or ():
            sums[each.path] = sums.get(each.path, 0) + each.size
    return sums


def _sections(report: BinaryReport) -> dict[str, int]:
    sums: dict[str, int] = {}
    for image in report.images:
        for each in image.sections:
            sums[each.name] = sums.get(each.name, 0) + each.file_size
    return sums


def _values(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[ValueChange, ...]:
    return tuple(ValueChange(name=name, old=old.get(name), new=new.get(name)) for name in _changed(old, new))


def _sizes(old: Mapping[str, int], new: Mapping[str, int]) -> tuple[SizeChange, ...]:
    return tuple(SizeChange(name=name, old=old.get(name), new=new.get(name)) for name in _changed(old, new))


def _changed(old: Mapping[str, T], new: Mapping[str, T]) -> list[str]:
    """What is on one side alone, or not the same on both."""
    return sorted(
        name for name in {*old, *new} if old.get(name) != new.get(name) or (name in old) != (name in new)
    )
