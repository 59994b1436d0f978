"""What the readers of elements share: from what a document tells of a component to values and reasons.

Reasons are the document's own, where it is attest's; another tool that leaves something out tells no reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, cast

from attest.errors import FormatError
from attest.model.described import DescribedComponent
from attest.model.stated import Stated
from attest.sbom import purl
from attest.sbom import statements as said
from attest.sbom.contact import is_contact
from attest.sbom.findings import NO_LICENSE, NO_VERSION, STD_NAMES, quote
from attest.sbom.identity import DEVEL, TOOLCHAIN
from attest.sbom.restored import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.bom import Completeness
    from attest.model.described import DescribedKind
    from attest.sbom.statements import Statement

_NOTHING: Final = frozenset({"", "NOASSERTION", "NONE"})
_SHA512: Final = re.compile(r"[0-9A-Fa-f]{128}")
_STATES: Final[dict[Completeness, int]] = {"complete": 0, "incomplete": 1, "unknown": 2}
_RELATED: Final = Stated(value="related")
_HASHED: Final = Stated(value="hashed")
_UNRELATED: Final = "the document relates it to nothing"
_NO_COMPLETENESS: Final = "the document does not say how complete its dependencies are told"
_NO_CONTACT: Final = "the document gives neither an e-mail address nor a URL of who creates it"
_NOT_CONCLUDED: Final = "the document tells a licence, and not that it is the one that is concluded"
_PART: Final = "it is a part of a file, and not shipped as one"
_ELSEWHERE: Final = "the document has a SHA-512 of it, but not where BSI looks for that of what is shipped"


@dataclass(slots=True, kw_only=True)
class Told:
    """What a document tells of one component in the fields of its format; "" and empty where it does not.

    `contacts` are those of its creators. `declared` are licences that are not said to be concluded.
    `sha512` is that of the file as it is shipped, `other_sha512` one told elsewhere. `completeness` is the
    worst that is told of its dependencies. `nested` tells that it lies in another component, `in_file` that
    this is a file. `said` are statements (properties, annotations) by name.
    """

    name: str
    version: str = ""
    supplier: str = ""
    contacts: list[str] = field(default_factory=list)
    purl: str = ""
    identified: bool = False
    concluded: list[str] = field(default_factory=list)
    declared: list[str] = field(default_factory=list)
    hashed: bool = False
    sha512: str = ""
    other_sha512: bool = False
    related: bool = False
    completeness: Completeness | Literal[""] = ""
    reason: str = ""
    filename: str = ""
    executable: str = ""
    archive: str = ""
    structured: str = ""
    is_file: bool = False
    nested: bool = False
    in_file: bool = False
    said: dict[str, str] = field(default_factory=dict)

    def state(self, state: Completeness, reason: str = "") -> None:
        """Take note of how complete its dependencies are told; the worst that is said holds."""
        if not self.completeness or _STATES[state] > _STATES[self.completeness]:
            self.completeness, self.reason = state, reason


def by_name(statements: Iterable[Statement]) -> dict[str, str]:
    """Statements by name, the first of each: those that are looked for are made once."""
    found: dict[str, str] = {}
    for name, value in statements:
        found.setdefault(name, value)
    return found


def value_of(text: str) -> str:
    """A text that says something: not empty, nor one of SPDX's words for nothing."""
    return "" if text.strip() in _NOTHING else text.strip()


def stated(text: str, because: str = "") -> Stated:
    """A value that the document tells, or the reason that it gives."""
    known = value_of(text)
    return Stated(value=known) if known else Stated(unknown_because=because)


def time(text: str) -> Stated:
    """When the document was created."""
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        found = None
    if found is not None and found.tzinfo is not None:
        return Stated(value=text)
    return Stated(unknown_because=f"{quote(text)} is no time with a zone" if text else "")


def contact(texts: Iterable[str]) -> Stated:
    """The first e-mail address or URL; CycloneDX and SPDX let anything stand there."""
    found = next((each.strip() for each in texts if is_contact(each.strip())), "")
    return Stated(value=found) if found else Stated(unknown_because=_NO_CONTACT)


def component(told: Told) -> DescribedComponent:
    """The component that fields and statements make together."""
    why = told.said.get
    kind = _kind(told)
    concluded, declared = (
        " AND ".join(sorted({each for each in found if each not in NO_LICENSE}))
        for found in (told.concluded, told.declared)
    )
    no_license = why(said.LICENSE_UNKNOWN, "")
    hashed = told.hashed or said.H1 in told.said
    identified = told.identified or (told.hashed and kind in {"file", "slice"})
    related, dependencies = _relations(told)
    return DescribedComponent(
        kind=kind,
        name=value_of(told.name),
        version=_version(told.version, why(said.VERSION_UNKNOWN, "")),
        supplier=stated(told.supplier, why(said.SUPPLIER_UNKNOWN, "")),
        contact=contact(told.contacts),
        identifier=stated(told.purl or ("identified" if identified else "")),
        license=stated(concluded or declared, no_license),
        distribution_license=stated(concluded, no_license or (_NOT_CONCLUDED if declared else "")),
        hash=_HASHED if hashed else Stated(unknown_because=why(said.HASH_UNKNOWN, "")),
        sha512=Stated(unknown_because=_PART) if kind == "slice" else _sha512(told),
        relationship=related,
        dependencies=dependencies,
        filename=stated(told.filename or why(said.BSI_FILENAME, "")),
        executable=_word(told.executable or why(said.BSI_EXECUTABLE, ""), ("executable", "non-executable")),
        archive=_word(told.archive or why(said.BSI_ARCHIVE, ""), ("archive", "no archive")),
        structured=_word(told.structured or why(said.BSI_STRUCTURED, ""), ("structured", "unstructured")),
    )


def _kind(told: Told) -> DescribedKind:
    """What attest says that it is, else what its type and its package URL say."""
    kind = told.said.get(said.KIND, "")
    if kind in KINDS or told.is_file:
        known = cast("DescribedKind", kind) if kind in KINDS else "file"
        # A member of an archive has a name on a disk of its own, and a slice has none.
        on_disk = told.filename or said.BSI_FILENAME in told.said
        return "slice" if known == "file" and told.in_file and not on_disk else known
    try:
        go = purl.parse_go(told.purl) if told.purl else None
    except FormatError:
        go = None
    if go is None:
        return "other"
    if go.subpath and told.nested:
        return "package"
    if go.path == TOOLCHAIN:
        return "toolchain"
    return "std" if go.path in STD_NAMES else "module"


def _version(text: str, because: str) -> Stated:
    if text == DEVEL:
        return Stated(unknown_because=f"{DEVEL} is what Go calls a module without a version")
    return stated("" if text in NO_VERSION else text, because)


def _sha512(told: Told) -> Stated:
    if _SHA512.fullmatch(told.sha512):
        return Stated(value=told.sha512)
    return Stated(unknown_because=_ELSEWHERE if told.other_sha512 else "")


def _relations(told: Told) -> tuple[Stated, Stated]:
    """Whether it is related to anything, and how complete its dependencies are told."""
    state, _, reason = told.said.get(said.DEPENDENCIES, "").partition(": ")
    if state not in _STATES:
        state, reason = told.completeness, told.reason
    if state == "unknown":
        unknown = Stated(unknown_because=reason or "the document says that its dependencies are not known")
        return unknown, unknown
    if state:
        return _RELATED, Stated(value=state)
    related = _RELATED if told.related else Stated(unknown_because=_UNRELATED)
    return related, Stated(unknown_because=_NO_COMPLETENESS)


def _word(text: str, known: tuple[str, ...]) -> Stated:
    if text in known:
        return Stated(value=text)
    return Stated(unknown_because=f"{quote(text)} is none of the words for it" if text else "")
