"""SBOM documents of executables, of a source tree and of a whole release, as bytes.

What was read (executables, linked sets) comes in, documents go out; writing them is the caller's. The
format libraries load when the first document is written.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

from attest.errors import UsageError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.sbom import assemble, matrix
from attest.sbom.elements import STANDARDS as STANDARDS  # noqa: PLC0414 - what `require` may name, for callers
from attest.sbom.elements import Missing as Missing  # noqa: PLC0414 - for callers, as above
from attest.sbom.elements import missing
from attest.sbom.main_version import warnings, with_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from attest.model.binary import BinaryReport, InspectedFile
    from attest.model.bom import Bom, SbomRun
    from attest.model.checkout import TreeVersion
    from attest.model.matrix import Matrix
    from attest.model.source import LinkedSet, ScopedSet
    from attest.sbom.elements import Standard as Standard  # noqa: PLC0414 - for callers, as above

Format = Literal[
    "cyclonedx-json",
    "cyclonedx-json@1.7",
    "cyclonedx-xml",
    "cyclonedx-xml@1.7",
    "spdx-json",
    "spdx-json@3.0.1",
    "spdx-rdf",
    "spdx-tag-value",
    "spdx-xml",
    "spdx-yaml",
]

#: What is appended to an artifact's name. A format without a version is of the first that is listed for it in
#: `VERSIONS`: 1.6 of CycloneDX and 2.3 of SPDX.
EXTENSIONS: Final[dict[Format, str]] = {
    "cyclonedx-json": "cdx.json",
    "cyclonedx-json@1.7": "cdx.json",
    "cyclonedx-xml": "cdx.xml",
    "cyclonedx-xml@1.7": "cdx.xml",
    "spdx-json": "spdx.json",
    "spdx-json@3.0.1": "spdx3.json",
    "spdx-rdf": "spdx.rdf",
    "spdx-tag-value": "spdx",
    "spdx-xml": "spdx.xml",
    "spdx-yaml": "spdx.yaml",
}
#: Every way in which `-o` may name a format.
VERSIONS: Final[dict[str, Format]] = {
    **{each: each for each in EXTENSIONS},
    "cyclonedx-json@1.6": "cyclonedx-json",
    "cyclonedx-xml@1.6": "cyclonedx-xml",
    "spdx-json@2.3": "spdx-json",
    "spdx-rdf@2.3": "spdx-rdf",
    "spdx-tag-value@2.3": "spdx-tag-value",
    "spdx-xml@2.3": "spdx-xml",
    "spdx-yaml@2.3": "spdx-yaml",
}
#: The formats of a release, in the order in which documents are written.
FORMATS: Final[tuple[Format, ...]] = ("cyclonedx-json", "spdx-json")
#: The union over a release lies beside its artifacts under this name.
RELEASE: Final = "release"
_MAJOR: Final = re.compile(r"v[0-9]+")
_PLACEHOLDERS: Final = ("{artifact}", "{platform}", "{main}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomDocument:
    """One document: what it describes, as the placeholders of `-o` name it, its format and its bytes.

    `platform` has "_" for "/" ("linux_arm_7"); it is "" for files of several platforms or none known.
    `union` tells that it describes a whole release. `warnings` are sentences about what contradicts itself in
    it, `missing` the required elements it lacks.
    """

    artifact: str
    platform: str
    main: str
    format: Format
    content: bytes
    union: bool = False
    warnings: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SbomOutput:
    """One `-o FORMAT[=FILE]`; `file` is "" for standard output and may hold placeholders."""

    format: Format
    file: str = ""


def latest_commit_time(reports: Iterable[BinaryReport]) -> datetime | None:
    """The time of the newest commit that an executable names (vcs.time), None where none does.

    Documents are dated by it, so that a rerun over the same files writes the same bytes.
    """
    times: list[datetime] = []
    for report in reports:
        for image in report.images:
            text = image.build_info.setting("vcs.time") if image.build_info else None
            try:
                time = datetime.fromisoformat(text) if text else None
                if time is not None and time.tzinfo is not None:
                    times.append(time.astimezone(UTC))
            except (ValueError, OverflowError):  # the first and the last day may be none in UTC
                continue
    return max(times, default=None)


def write(bom: Bom, form: Format) -> bytes:
    """`bom` in that format; raises as the writers of `attest.sbom` do."""
    if form.startswith("cyclonedx"):
        from attest.sbom import cyclonedx

        write = cyclonedx.to_xml if form.startswith("cyclonedx-xml") else cyclonedx.to_json
        return write(bom, "1.7" if form.endswith("@1.7") else "1.6")
    if form == "spdx-json@3.0.1":
        from attest.sbom import spdx3

        return spdx3.to_json(bom)
    from attest.sbom import spdx2

    writers = {
        "spdx-json": spdx2.to_json,
        "spdx-rdf": spdx2.to_rdf,
        "spdx-tag-value": spdx2.to_tag_value,
        "spdx-xml": spdx2.to_xml,
        "spdx-yaml": spdx2.to_yaml,
    }
    return writers[form](bom)


def of_executables(
    files: Mapping[str, InspectedFile],
    run: SbomRun,
    *,
    linked: Iterable[LinkedSet] = (),
    describe: Callable[[Bom], Bom] | None = None,
    told: Callable[[str], TreeVersion | None] | None = None,
) -> dict[str, Bom]:
    """The bill of materials of each file; `files` are by the name that the file is to have.

    An archive has one too, and its executables, which are called ARCHIVE!MEMBER, lie in it.
    `linked` gives the edges, for whichever platforms and main packages it has; `describe` adds what the files
    of its components say (`attest.app.licenses`), `told` what the repository says of the version of a main
    module, None where it is not one of its own. Raises as `attest.sbom.assemble.from_binary` does.
    """
    sets = tuple(linked)
    archives = {name for name, each in files.items() if each.report.container.format == "archive"}
    found: dict[str, Bom] = {}
    inside: dict[str, dict[str, Bom]] = {name: {} for name in archives}
    for name in sorted(files.keys() - archives):
        bom = _described(assemble.from_binary(files[name], run, linked=sets, name=name), describe)
        if told is not None:
            mains = {each.name for each in bom.components if each.kind == "main"}
            bom = with_tree(bom, {each: one for each in sorted(mains) if (one := told(each))})
        archive, _, member = name.partition("!")
        if archive in archives:
            inside[archive][member] = bom
        else:
            found[name] = bom
    for name, members in inside.items():
        found[name] = assemble.from_archive(files[name], members, run, name=name)
    return dict(sorted(found.items()))


def of_release(
    files: Mapping[str, InspectedFile],
    run: SbomRun,
    *,
    name: str,
    version: str,
    formats: Sequence[Format] = FORMATS,
    linked: Iterable[LinkedSet] = (),
    describe: Callable[[Bom], Bom] | None = None,
    told: Callable[[str], TreeVersion | None] | None = None,
) -> dict[str, bytes]:
    """All SBOM files of a release directory: A.cdx.json and A.spdx.json for each A, and the union.

    `files` are the executables of the release by their path in it; `name` and `version` are the
    release's, `describe` and `told` as in `of_executables`. Raises as `attest.sbom.assemble.from_binary` and
    `union` do.
    """
    boms = of_executables(files, run, linked=linked, describe=describe, told=told)
    boms[RELEASE] = assemble.union(boms.values(), name=name, version=version)
    return {f"{path}.{EXTENSIONS[form]}": write(bom, form) for path, bom in boms.items() for form in formats}


def of_source(
    linked: Iterable[LinkedSet],
    run: SbomRun,
    *,
    version: str = "",
    go_version: str = "",
    scoped: Iterable[ScopedSet] = (),
    describe: Callable[[Bom], Bom] | None = None,
    told: Callable[[str], TreeVersion] | None = None,
) -> dict[str, Bom]:
    """The bill of materials of each main package of a source tree on each platform, by a name for both.

    `version` is the release's, `go_version` ("go1.27.3") the toolchain's; "" is told as unknown. `scoped` is
    what the main modules need beside what is linked, for each platform; `describe` and `told` are as in
    `of_executables`. Raises as `attest.sbom.assemble.from_source` does.
    """
    sets = sorted(linked, key=lambda each: (each.main_package, str(each.platform), each.cgo))
    packages: dict[str, set[str]] = {}
    for each in sets:
        packages.setdefault(posixpath.basename(each.main_package), set()).add(each.main_package)
    beside = {(each.platform, each.main_module): each for each in scoped}
    found: dict[str, Bom] = {}
    for each in sets:
        bom = assemble.from_source(
            each,
            run,
            version=version,
            go_version=go_version,
            scoped=beside.get((each.platform, each.main_module)),
            tree=told(each.main_module.path) if told else None,
        )
        main = posixpath.basename(each.main_package)
        if len(packages[main]) > 1:
            main = each.main_package.removeprefix(f"{each.main_module.path}/")
        found[f"{main}_{each.platform}".replace("/", "_")] = _described(bom, describe)
    return found


def matrix_of(boms: Mapping[str, Bom]) -> Matrix:
    """In which builds each module is; `boms` as `of_executables` and `of_source` give them."""
    return matrix.matrix(boms)


def _described(bom: Bom, describe: Callable[[Bom], Bom] | None) -> Bom:
    return describe(bom) if describe else bom


def documents(
    boms: Mapping[str, Bom],
    *,
    formats: Sequence[Format] = FORMATS,
    union: bool = False,
    require: Sequence[Standard] = (),
) -> tuple[SbomDocument, ...]:
    """One document for each bill of materials and format and, where asked for, their `union` called RELEASE.

    The union is named after the main module that all have, and has its version. `require` are standards whose
    elements are looked for. Raises as `attest.sbom.assemble.union` and the writers of `attest.sbom` do.
    """
    found = [each for name, bom in boms.items() for each in _documents(name, bom, formats, require)]
    if union and formats:
        name, version = _release(boms.values())
        whole = assemble.union(boms.values(), name=name, version=version)
        found += [
            replace(each, platform="", main="", union=True, warnings=())
            for each in _documents(RELEASE, whole, formats, require)
        ]
    return tuple(found)


def _release(boms: Iterable[Bom]) -> tuple[str, str]:
    """Name and version of a release by its main modules; "" for a version on which these do not agree."""
    mains = {
        (each.name, each.version.value) for bom in boms for each in bom.components if each.kind == "main"
    }
    paths = {path for path, _ in mains}
    versions = {version for _, version in mains}
    name = RELEASE
    if len(paths) == 1:
        words = [each for each in paths.pop().split("/") if not _MAJOR.fullmatch(each)]
        name = words[-1] if words else RELEASE
    return name, versions.pop() if len(versions) == 1 else ""


def _documents(
    artifact: str, bom: Bom, formats: Sequence[Format], require: Sequence[Standard]
) -> list[SbomDocument]:
    mains = sorted(
        {(each.package or each.name).rpartition("/")[2] for each in bom.components if each.kind == "main"}
    )
    return [
        SbomDocument(
            artifact=artifact,
            platform=str(bom.platform).replace("/", "_") if bom.platform else "",
            main=mains[0] if len(mains) == 1 else "",
            format=form,
            content=content,
            warnings=warnings(bom),
            missing=lacking(content, require, file=artifact) if require else (),
        )
        for form in formats
        for content in (write(bom, form),)
    ]


def is_document(head: bytes) -> bool:
    """Whether a file that begins so is an SBOM in a form that is read, and no executable."""
    from attest.sbom import read

    return read.is_document(head)


def lacking(
    content: bytes, require: Sequence[Standard], *, file: str, limits: Limits = DEFAULT_LIMITS
) -> tuple[Missing, ...]:
    """The elements of these standards that a document lacks, whoever wrote it; `file` is what to call it.

    Raises as `attest.sbom.read.load` and `attest.sbom.describe.describe` do.
    """
    from attest.sbom.describe import describe
    from attest.sbom.read import load

    document = load(content, file=file, limits=limits)
    return missing(describe(document, file=file, limits=limits), require)


def place(
    documents: Iterable[SbomDocument], outputs: Sequence[SbomOutput], *, output_dir: str = ""
) -> tuple[dict[str, bytes], bytes | None]:
    """Where each document goes: bytes by file name, and what goes to standard output.

    With `output_dir`, documents of a format without FILE go there under their artifact's name. The union goes
    where its name alone makes the place. Raises `UsageError` where two documents would go to one place:
    nothing is written then.
    """
    found = tuple(documents)
    files: dict[str, bytes] = {}
    holders: dict[str, str] = {}
    standard: bytes | None = None
    for output in outputs:
        pattern = output.file
        if not pattern and output_dir:
            pattern = f"{output_dir}/{{artifact}}.{EXTENSIONS[output.format]}"
        for each in found:
            if each.format != output.format or (each.union and not _has_place(pattern)):
                continue
            if not pattern:
                if standard is not None:
                    raise UsageError(
                        "standard output can take one document, and there are several",
                        hint="name a file with -o FORMAT=FILE, or give --output-dir",
                    )
                standard = each.content
                continue
            file = _expand(pattern, each)
            if file in files:
                raise UsageError(
                    f"two documents would be written to {file!r}: of {holders[file]} and of {each.artifact}",
                    hint=f"put one of {', '.join(_PLACEHOLDERS)} into the name, or give --output-dir",
                )
            files[file], holders[file] = each.content, each.artifact
    return files, standard


def _has_place(pattern: str) -> bool:
    """Tell whether a union, which has no one platform and no one main package, can be written there."""
    artifact, *others = _PLACEHOLDERS
    return artifact in pattern and not any(each in pattern for each in others)


def _expand(pattern: str, document: SbomDocument) -> str:
    values = (document.artifact.replace("/", "_"), document.platform, document.main)
    for placeholder, value in zip(_PLACEHOLDERS, values, strict=True):
        if placeholder in pattern and not value:
            raise UsageError(
                f"{document.artifact!r} has no single value for {placeholder}",
                hint="use {artifact} in the name",
            )
        pattern = pattern.replace(placeholder, value)
    return pattern
