"""The elements that standards ask of an SBOM, and which of them a document lacks.

Sources: CISA, 2026 Minimum Elements for a Software Bill of Materials; NTIA, The Minimum Elements For a
Software Bill of Materials (2021); BSI TR-03183-2, version 2.1. An element whose value is unknown is missing,
and the reason is told: whether that may be so is for whoever asks. docs/sbom-elements.md is made of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from attest.model.stated import Stated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from attest.model.described import Described, DescribedComponent, DescribedKind

Standard = Literal["bsi", "cisa-2026", "ntia"]
STANDARDS: Final[tuple[Standard, ...]] = get_args(Standard)

_THERE: Final = Stated(value="there")
_SHOWN: Final = 3
_NOT_SAID: Final = "the document does not say"
_NO_COMPONENT: Final = "the document names no component at all"
#: The first versions of formats that BSI TR-03183-2 takes (clause 4).
_BSI_VERSIONS: Final = {"CycloneDX": (1, 6), "SPDX": (3, 0, 1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """An element under the names that the standards have for it.

    `where` says in words what is looked for. One of the document is found by `document`, one of components by
    `component`, and `kinds` are those of which it is asked. `hint` says how to give it.
    """

    names: dict[Standard, str]
    where: str
    hint: str
    document: Callable[[Described], Stated] | None = None
    component: Callable[[DescribedComponent], Stated] | None = None
    kinds: tuple[DescribedKind, ...] = ()


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


def takes(standard: Standard, described: Described) -> bool:
    """Tell whether a standard is about documents of that format and version at all."""
    if standard != "bsi":
        return True
    version = tuple(map(int, re.findall(r"[0-9]{1,9}", described.spec_version)))
    return version >= _BSI_VERSIONS.get(described.format, (1 << 30,))


def _format(described: Described) -> Stated:
    if takes("bsi", described):
        return _THERE
    form = f"{described.format} {described.spec_version}"
    return Stated(unknown_because=f"{form} is older than CycloneDX 1.6 or SPDX 3.0.1")


#: Everything that the reader of a document may be handed, or that a file asks for when it starts.
_PARTS: Final[tuple[DescribedKind, ...]] = (
    "file",
    "library",
    "main",
    "module",
    "other",
    "release",
    "slice",
    "std",
    "toolchain",
)
#: What is shipped, and what of it somebody licenses: not what the loader finds, nor what compiled it.
_SHIPPED: Final[tuple[DescribedKind, ...]] = ("file", "main", "module", "other", "release", "slice", "std")
#: What lies on a disk as a file. Modules are linked into one, and BSI (3.2.2) does not ask this of them.
_FILES: Final[tuple[DescribedKind, ...]] = ("file", "other")
_LICENSES: Final = (
    "let licences be read: --source DIR or --modcache DIR, and GOROOT of the Go that compiled; state that of "
    "what is shipped: --license EXPRESSION; the policy of a release may state those of modules"
)
_DESCRIBE: Final = "describe the files that are shipped, as attest sbom FILE does"
_LIBRARIES: Final = "; nobody can of what the system brings: a policy may waive it"
_AGAIN: Final = "make the document with a tool that tells it, as attest sbom does"

#: Every element that is looked for. Elements that each document of attest has are among them.
ELEMENTS: Final[tuple[Element, ...]] = (
    Element(
        names={"cisa-2026": "SBOM Author", "ntia": "Author of SBOM Data"},
        where="the author of the document, a person or an organization",
        hint="name who makes the document: --author NAME",
        document=lambda found: found.author,
    ),
    Element(
        names={"bsi": "Creator of the SBOM"},
        where="the e-mail address or the URL of the author of the document",
        hint="name who makes the document, and how to reach them: --author 'NAME <sbom@example.com>'",
        document=lambda found: found.author_contact if found.author.value else found.author,
    ),
    Element(
        names={"bsi": "Timestamp", "cisa-2026": "Timestamp", "ntia": "Timestamp"},
        where="when the document was created, with a time zone",
        hint=_AGAIN,
        document=lambda found: found.created,
    ),
    Element(
        names={"cisa-2026": "Generation Context"},
        where="whether source, a build or an executable was read",
        hint=_AGAIN,
        document=lambda found: found.context,
    ),
    Element(
        names={"cisa-2026": "Tool Name"},
        where="the tool that wrote the document",
        hint=_AGAIN,
        document=lambda found: found.tool_name,
    ),
    Element(
        names={"cisa-2026": "Tool Version"},
        where="the version of the tool",
        hint=_AGAIN,
        document=lambda found: found.tool_version,
    ),
    Element(
        names={"bsi": "Data format"},
        where="CycloneDX 1.6 or later, SPDX 3.0.1 or later",
        hint="write -o cyclonedx-json, cyclonedx-xml or spdx-json@3.0.1",
        document=_format,
    ),
    Element(
        names={"cisa-2026": "Component Producer", "ntia": "Supplier Name"},
        where="the supplier",
        hint="name who ships the software: --supplier NAME; of modules it is the owner that their path names"
        + _LIBRARIES,
        component=lambda found: found.supplier,
        kinds=_PARTS,
    ),
    Element(
        names={"bsi": "Component creator"},
        where="the e-mail address or the URL of who creates it",
        hint="say how to reach who ships the software: --supplier 'NAME <sbom@example.com>'; "
        "of modules it is the page that their path names" + _LIBRARIES,
        component=lambda found: found.contact if found.supplier.value else found.supplier,
        kinds=_PARTS,
    ),
    Element(
        names={"bsi": "Component name", "cisa-2026": "Component Name", "ntia": "Component Name"},
        where="the name",
        hint=_AGAIN,
        component=lambda found: Stated(value=found.name),
        kinds=_PARTS,
    ),
    Element(
        names={
            "bsi": "Component version",
            "cisa-2026": "Component Version",
            "ntia": "Version of the Component",
        },
        where="the version",
        hint="build from published modules and a tagged commit, or give --version" + _LIBRARIES,
        component=lambda found: found.version,
        kinds=_PARTS,
    ),
    Element(
        names={
            "bsi": "Other unique identifiers",
            "cisa-2026": "Software Identifiers",
            "ntia": "Other Unique Identifiers",
        },
        where="the package URL, CPE or another identifier, of a file its digests",
        hint=_AGAIN,
        component=lambda found: found.identifier,
        kinds=("file", "main", "module", "other", "slice", "std", "toolchain"),
    ),
    Element(
        names={"cisa-2026": "License"},
        where="the licence that is concluded, else the one that is declared",
        hint=_LICENSES,
        component=lambda found: found.license,
        kinds=_SHIPPED,
    ),
    Element(
        names={"bsi": "Distribution licences"},
        where="the licence that is concluded",
        hint=_LICENSES,
        component=lambda found: found.distribution_license,
        kinds=_SHIPPED,
    ),
    Element(
        names={"cisa-2026": "Component Hash Value and Hash Algorithm"},
        where="a digest of the file; of a module its h1 hash, or the digest of its zip",
        hint="build from published modules with go.sum, not from directories or a vendor tree without sums",
        component=lambda found: found.hash,
        kinds=("file", "module", "other", "slice"),
    ),
    Element(
        names={"bsi": "Hash value of the deployable component (SHA-512)"},
        where="the SHA-512 of the file as it is shipped",
        hint=_DESCRIBE,
        component=lambda found: found.sha512,
        kinds=_FILES,
    ),
    Element(
        names={"cisa-2026": "Dependency Relationship", "ntia": "Dependency Relationship"},
        where="a relation to another component, and nothing that says that its dependencies are not known",
        hint="give the source that tells who imports whom: --source DIR",
        component=lambda found: found.relationship,
        kinds=_SHIPPED,
    ),
    Element(
        names={"bsi": "Dependencies on other components, with completeness"},
        where="how complete what it depends on is told",
        hint="give the source that tells who imports whom: --source DIR",
        component=lambda found: found.dependencies,
        kinds=_SHIPPED,
    ),
    Element(
        names={"bsi": "Filename of the component"},
        where="the name of the file",
        hint=_DESCRIBE,
        component=lambda found: found.filename,
        kinds=_FILES,
    ),
    Element(
        names={"bsi": "Executable property"},
        where="whether the file is executable",
        hint=_DESCRIBE,
        component=lambda found: found.executable,
        kinds=_FILES,
    ),
    Element(
        names={"bsi": "Archive property"},
        where="whether the file is an archive",
        hint=_DESCRIBE,
        component=lambda found: found.archive,
        kinds=_FILES,
    ),
    Element(
        names={"bsi": "Structured property"},
        where="whether what is in the file can be told apart",
        hint=_DESCRIBE,
        component=lambda found: found.structured,
        kinds=_FILES,
    ),
)


def missing(described: Described, standards: Sequence[Standard]) -> tuple[Missing, ...]:
    """What a document lacks of the elements of these standards, in the order of `ELEMENTS`."""
    return tuple(
        found
        for standard in sorted(set(standards))
        for element in _asked(described, standard)
        for found in _lacking(described, standard, element)
    )


def _is_empty(described: Described) -> bool:
    """Tell whether nothing is described of which anything is asked."""
    return not any(each.kind in _PARTS for each in described.components)


def _asked(described: Described, standard: Standard) -> list[Element]:
    """The elements that a standard asks of a document; of an empty one the first of components alone."""
    named = [each for each in ELEMENTS if standard in each.names]
    if not _is_empty(described):
        return named
    first = next(each for each in named if each.component)
    return [each for each in named if each.document or each is first]


def _lacking(described: Described, standard: Standard, element: Element) -> Iterator[Missing]:
    reasons: dict[str, set[str]] = {}
    if element.document is not None:
        found = element.document(described)
        if not found.value:
            reasons[found.unknown_because or _NOT_SAID] = set()
    elif element.component is not None:
        # Of no component no element is missing; that is not what a standard means.
        if _is_empty(described):
            reasons[_NO_COMPONENT] = set()
        for each in described.components:
            if each.kind in element.kinds and not (found := element.component(each)).value:
                reasons.setdefault(found.unknown_because or _NOT_SAID, set()).add(str(each))
    for because, names in sorted(reasons.items()):
        yield Missing(
            standard=standard,
            element=element.names[standard],
            components=tuple(sorted(names)),
            because=because,
            hint=element.hint,
        )
