"""The elements that standards ask of an SBOM, and which of them a bill of materials lacks.

Sources: CISA, 2026 Minimum Elements for a Software Bill of Materials; NTIA, The Minimum Elements For a
Software Bill of Materials (2021); BSI TR-03183-2, version 2.1. An element whose value is unknown is missing,
and the reason is told: whether that may be so is for whoever asks. docs/sbom-elements.md is made of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, get_args

from attest.model.record import dataclass
from attest.model.stated import Stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attest.model.bom import Bom, BomComponent, ComponentKind, DependencyList

Standard = Literal["bsi", "cisa-2026", "ntia"]
STANDARDS: Final[tuple[Standard, ...]] = get_args(Standard)
#: Formats that BSI TR-03183-2 takes, as `attest.app.sbom` names them.
BSI_FORMATS: Final = frozenset(
    {"cyclonedx-json", "cyclonedx-json@1.7", "cyclonedx-xml", "cyclonedx-xml@1.7", "spdx-json@3.0.1"}
)

_THERE: Final = Stated(value="there")
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an element is looked for in: a document in a format, or one component of it (`component`)."""

    bom: Bom
    format: str
    lists: dict[str, DependencyList]
    component: BomComponent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element under the names that the standards have for it.

    `where` says in words where it is in a bill of materials, `kinds` of which components it is asked, none
    for the document itself. `find` gives it, or why it is unknown; `hint` says how to give it.
    """

    names: dict[Standard, str]
    where: str
    kinds: tuple[ComponentKind, ...]
    find: Callable[[Subject], Stated]
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """That a standard's element is missing, in the document or in these components, for one reason."""

    standard: Standard
    element: str
    components: tuple[str, ...]
    because: str
    hint: str

    def __str__(self) -> str:
        """One line: the element, how many components lack it and the first of them, and why."""
        where = ""
        if self.components:
            more = len(self.components) - _SHOWN
            named = ", ".join(self.components[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
            count = f"{len(self.components)} components" if len(self.components) > 1 else "one component"
            where = f" of {count} ({named})"
        return f"{self.standard}: {self.element}{where} is unknown, because {self.because}"


def _of(subject: Subject) -> BomComponent:
    if subject.component is None:
        raise ValueError("an element of components was asked of a document")
    return subject.component


def _context(subject: Subject) -> Stated:
    told = ", ".join(subject.bom.contexts)
    return Stated(value=told) if told else Stated(unknown_because="nothing was read")


def _format(subject: Subject) -> Stated:
    if subject.format in BSI_FORMATS:
        return _THERE
    return Stated(unknown_because=f"{subject.format} is older than CycloneDX 1.6 or SPDX 3.0.1")


def _identifier(subject: Subject) -> Stated:
    component = _of(subject)
    if component.purl or component.identity:
        return _THERE
    return Stated(unknown_because="it has neither a package URL nor a digest")


def _license(subject: Subject) -> Stated:
    found = _of(subject).licenses
    if found is None:
        return Stated(unknown_because="licences were not looked for")
    return found.concluded if found.concluded.value else found.declared


def _hash(subject: Subject) -> Stated:
    component = _of(subject)
    if component.identity or component.zip_sha256 or component.sum:
        return _THERE
    if component.directory:
        return Stated(unknown_because="a local directory is compiled in its place, and nobody hashed it")
    return Stated(unknown_because="neither go.sum nor the build info has its hash")


def _sha512(subject: Subject) -> Stated:
    return _THERE if _of(subject).identity else Stated(unknown_because="the file was not read")


def _dependencies(subject: Subject) -> Stated:
    told = subject.lists.get(_of(subject).ref)
    if told is None:
        return Stated(unknown_because="nothing is said of what it depends on")
    return Stated(unknown_because=told.reason) if told.state == "unknown" else _THERE


def _properties(_: Subject) -> Stated:
    return Stated(unknown_because="attest writes no such properties")


_PARTS: Final[tuple[ComponentKind, ...]] = ("file", "library", "main", "module", "std", "toolchain")
_GO: Final[tuple[ComponentKind, ...]] = ("main", "module", "std")

#: Every element that is looked for. Elements that each written document has are among them.
ELEMENTS: Final[tuple[Element, ...]] = (
    Element(
        names={"bsi": "Creator of the SBOM", "cisa-2026": "SBOM Author", "ntia": "Author of SBOM Data"},
        where="the author of the document",
        kinds=(),
        find=lambda subject: subject.bom.author,
        hint="name who makes the document: --author NAME",
    ),
    Element(
        names={"bsi": "Timestamp", "cisa-2026": "Timestamp", "ntia": "Timestamp"},
        where="when the document was created; every document has it",
        kinds=(),
        find=lambda subject: Stated(value=subject.bom.created.isoformat()),
        hint="make the document again",
    ),
    Element(
        names={"cisa-2026": "Generation Context"},
        where="source or analyzed; every document has it",
        kinds=(),
        find=_context,
        hint="make the document again",
    ),
    Element(
        names={"cisa-2026": "Tool Name"},
        where="the tool of the document; every document has it",
        kinds=(),
        find=lambda subject: Stated(value=subject.bom.tool_name, unknown_because="no tool is named"),
        hint="make the document again",
    ),
    Element(
        names={"cisa-2026": "Tool Version"},
        where="the version of the tool; every document has it",
        kinds=(),
        find=lambda subject: Stated(value=subject.bom.tool_version, unknown_because="no version is told"),
        hint="make the document again",
    ),
    Element(
        names={"bsi": "Data format"},
        where="the format that is written",
        kinds=(),
        find=_format,
        hint="write -o cyclonedx-json, cyclonedx-xml or spdx-json@3.0.1",
    ),
    Element(
        names={"bsi": "Component creator", "cisa-2026": "Component Producer", "ntia": "Supplier Name"},
        where="the supplier",
        kinds=_PARTS,
        find=lambda subject: _of(subject).supplier,
        hint="name who ships the software: --supplier NAME; of modules it is the owner that their path names",
    ),
    Element(
        names={"bsi": "Component name", "cisa-2026": "Component Name", "ntia": "Component Name"},
        where="the name; every component has it",
        kinds=_PARTS,
        find=lambda subject: Stated(value=_of(subject).name, unknown_because="it has no name"),
        hint="make the document again",
    ),
    Element(
        names={
            "bsi": "Component version",
            "cisa-2026": "Component Version",
            "ntia": "Version of the Component",
        },
        where="the version",
        kinds=_PARTS,
        find=lambda subject: _of(subject).version,
        hint="build from published modules and a tagged commit, or give --version",
    ),
    Element(
        names={
            "bsi": "Other unique identifiers",
            "cisa-2026": "Software Identifiers",
            "ntia": "Other Unique Identifiers",
        },
        where="the package URL, of a file its digests; a library that a file loads has no identity",
        kinds=("file", "main", "module", "std", "toolchain"),
        find=_identifier,
        hint="make the document again",
    ),
    Element(
        names={"bsi": "Distribution licences", "cisa-2026": "License"},
        where="the licence that is concluded, else the one that is declared",
        kinds=_GO,
        find=_license,
        hint="let licences be read: --source DIR or --modcache DIR; the policy of a release may state them",
    ),
    Element(
        names={"cisa-2026": "Component Hash Value and Hash Algorithm"},
        where="the digests of a file; the h1 hash of a module, or the SHA-256 of its zip",
        kinds=("file", "module"),
        find=_hash,
        hint="build from published modules with go.sum, not from directories or a vendor tree without sums",
    ),
    Element(
        names={"bsi": "Hash value of the deployable component (SHA-512)"},
        where="the SHA-512 of a file",
        kinds=("file",),
        find=_sha512,
        hint="describe the executable, not its source alone",
    ),
    Element(
        names={
            "bsi": "Dependencies on other components, with completeness",
            "cisa-2026": "Dependency Relationship",
            "ntia": "Dependency Relationship",
        },
        where="how much is known of what it depends on",
        kinds=("file", "main", "module", "std"),
        find=_dependencies,
        hint="give the source that tells who imports whom: --source DIR",
    ),
    Element(
        names={"bsi": "Executable, archive and structured properties"},
        where="nowhere yet",
        kinds=("file",),
        find=_properties,
        hint="add them with another tool",
    ),
)


def missing(bom: Bom, standards: Sequence[Standard], *, form: str) -> tuple[Missing, ...]:
    """What `bom`, written as `form`, lacks of the elements of these standards, in the order of `ELEMENTS`."""
    lists = {each.ref: each for each in bom.dependency_lists}
    return tuple(
        found
        for standard in sorted(set(standards))
        for element in ELEMENTS
        if standard in element.names
        for found in _lacking(bom, standard, element, form, lists)
    )


def _lacking(
    bom: Bom, standard: Standard, element: Element, form: str, lists: dict[str, DependencyList]
) -> Iterator[Missing]:
    asked = [each for each in bom.components if each.kind in element.kinds] if element.kinds else [None]
    reasons: dict[str, set[str]] = {}
    for component in asked:
        found = element.find(Subject(bom=bom, format=form, lists=lists, component=component))
        if not found.value:
            version = f"@{component.version.value}" if component and component.version.value else ""
            name = f"{component.name}{version}" if component else ""
            reasons.setdefault(found.unknown_because or "nobody told", set()).add(name)
    for because, names in sorted(reasons.items()):
        yield Missing(
            standard=standard,
            element=element.names[standard],
            components=tuple(sorted(filter(None, names))),
            because=because,
            hint=element.hint,
        )
