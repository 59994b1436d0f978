"""What the readers of whole documents share: attest's statements back to the values that they state."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, TypeVar, cast, get_args

from attest.errors import FormatError
from attest.model.bom import (
    NO_SUPPLIER,
    BomComponent,
    BomRelation,
    Completeness,
    ComponentKind,
    Context,
    DependencyList,
    Evidence,
    RelationKind,
    VexFormat,
    VexReference,
)
from attest.model.checkout import VersionClaim, VersionSource
from attest.model.digest import Digests, FileIdentity
from attest.model.license import LicenseMatch, Licenses
from attest.model.module import ModuleVersion
from attest.model.source import Platform
from attest.model.stated import Stated
from attest.sbom import purl
from attest.sbom import statements as said
from attest.sbom.findings import quote
from attest.sbom.identity import DEVEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from attest.model.statement import Json
    from attest.sbom.findings import Findings
    from attest.sbom.statements import Statement

T = TypeVar("T", bound=str)

KINDS: Final = frozenset(get_args(ComponentKind))
RELATION_KINDS: Final = frozenset(get_args(RelationKind))
_CONTEXTS: Final = frozenset(get_args(Context))
_EVIDENCE: Final = frozenset(get_args(Evidence))
_STATES: Final = frozenset(get_args(Completeness))
_VEX_FORMATS: Final = frozenset(get_args(VexFormat))
_SOURCES: Final[tuple[VersionSource, ...]] = get_args(VersionSource)
_MODULES: Final = frozenset({"main", "module", "std"})
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_VEX: Final = re.compile(r"(?P<format>[a-z]+) (?P<sha256>[0-9a-f]{64}) (?P<url>[^ ]+)(?: (?P<id>[^ ]+))?")
_MATCH: Final = re.compile(
    r"(?P<id>[^ ]+) (?P<file>.*):(?P<first>[0-9]{1,9})-(?P<last>[0-9]{1,9})", re.DOTALL
)


@dataclass(slots=True, kw_only=True)
class Said:
    """The statements of one component, or of the document (`what`), taken out one by one."""

    what: str
    findings: Findings
    values: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, what: str, statements: Iterable[Statement], findings: Findings) -> Said:
        """Keep statements by name; whatever is not attest's is another's, and left out."""
        found = cls(what=what, findings=findings)
        for name, value in statements:
            if name.startswith("attest:"):
                found.values.setdefault(name, []).append(value)
        return found

    def refuse(self, problem: str) -> FormatError:
        """The error about what is said here; `problem` begins with a verb."""
        return FormatError(
            f"{self.what} {problem}",
            place=self.findings.place,
            hint="only documents that attest wrote, and nobody changed, hold the whole model",
        )

    def one(self, name: str) -> str:
        """The value of a statement that is made once, "" where it is not made."""
        values = self.values.get(name, [""])
        if len(values) > 1:
            raise self.refuse(f"states {name} twice")
        return values[0]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a statement that may be made several times, sorted."""
        return tuple(sorted(self.values.get(name, ())))

    def word(self, value: str, name: str, known: frozenset[str]) -> str:
        """`value`, where it is one of the words that are known."""
        if value not in known:
            raise self.refuse(f"has the {name} {quote(value)}, which is not known here")
        return value

    def number(self, name: str) -> int | None:
        """A number, None where it is not stated."""
        text = self.one(name)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            raise self.refuse(f"states {name} as {quote(text)}, which is no number")
        return int(text)

    def platform(self, text: str) -> Platform:
        """A platform as it is written."""
        goos, _, rest = text.partition("/")
        goarch, _, variant = rest.partition("/")
        if not goos or not goarch:
            raise self.refuse(f"names {quote(text)}, which is no platform")
        return Platform(goos=goos, goarch=goarch, variant=variant)

    def platforms(self, texts: Iterable[str]) -> tuple[Platform, ...]:
        """Platforms, in the order in which they are written."""
        return tuple(self.platform(each) for each in texts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What a component says in the fields of its format; "" where it says nothing."""

    ref: str
    name: str
    version: str
    purl: str
    supplier: str
    sha256: str
    sha512: str
    parent: str = ""


def component(fields: Fields, stated: Said) -> BomComponent:
    """The component that fields and statements make together."""
    kind = cast("ComponentKind", stated.word(stated.one(said.KIND), said.KIND, KINDS))
    size = stated.number(said.SIZE)
    identity = None
    if size is not None:
        if not fields.sha256 or not fields.sha512:
            raise stated.refuse("is a file without its digests")
        digests = Digests(sha256=fields.sha256, sha512=fields.sha512)
        identity = FileIdentity(digests=digests, size=size)
    supplier = Stated(value=fields.supplier, unknown_because=stated.one(said.SUPPLIER_UNKNOWN))
    evidence = stated.all(said.EVIDENCE)
    return BomComponent(
        ref=fields.ref,
        kind=kind,
        name=fields.name,
        version=Stated(value=fields.version, unknown_because=stated.one(said.VERSION_UNKNOWN)),
        purl=fields.purl,
        package=stated.one(said.PACKAGE),
        supplier=NO_SUPPLIER if kind == "package" and supplier == Stated() else supplier,
        licenses=_licenses(stated),
        sum=stated.one(said.H1),
        zip_sha256=fields.sha256 if stated.one(said.HASH_OF) == said.MODULE_ZIP else "",
        replaces=_replaces(stated),
        directory=stated.one(said.DIRECTORY),
        origin=stated.one(said.ORIGIN),
        identity=identity,
        parent=fields.parent,
        go_version=stated.one(said.GO_VERSION),
        settings=_settings(stated),
        code_size=stated.number(said.CODE_SIZE),
        platforms=stated.platforms(stated.all(said.PLATFORM)),
        evidence=tuple(cast("Evidence", stated.word(each, said.EVIDENCE, _EVIDENCE)) for each in evidence),
        version_claims=_claims(stated),
    )


def is_inside(component: BomComponent, holder: BomComponent) -> bool:
    """Tell whether what a holder contains lies in it: files in files and releases, packages in modules."""
    if component.kind == "file":
        return holder.kind in {"file", "release"}
    return component.kind == "package" and holder.kind in _MODULES


def _claims(stated: Said) -> tuple[VersionClaim, ...]:
    """What states the version, in the order in which that counts; only a variable of -X has a name."""
    found = []
    for each in stated.all(said.VERSION_CLAIM):
        source, _, version = each.partition(" ")
        known = cast("VersionSource", stated.word(source, said.VERSION_CLAIM, frozenset(_SOURCES)))
        name = ""
        if known == "linker-flags":
            version, _, name = version.rpartition(" ")
        found.append(VersionClaim(source=known, version=version, name=name))
    return tuple(sorted(found, key=lambda each: _SOURCES.index(each.source)))


def _settings(stated: Said) -> tuple[tuple[str, str], ...]:
    found = [
        (name.removeprefix(said.SETTING), value)
        for name, values in stated.values.items()
        if name.startswith(said.SETTING)
        for value in values
    ]
    return tuple(sorted(found))


def _replaces(stated: Said) -> ModuleVersion | None:
    """The text is path@version; only the package URL tells whether there is a version to divide it at."""
    text = stated.one(said.REPLACES)
    if not text:
        return None
    parsed = purl.parse_go(stated.one(said.REPLACES_PURL))
    path, at, version = text.rpartition("@")
    if at and parsed is not None and version in {parsed.version, DEVEL}:
        return ModuleVersion(path=path, version=version)
    return ModuleVersion(path=text, version="")


def _licenses(stated: Said) -> Licenses | None:
    """None where licences were not looked for: then nothing is said of what is declared."""
    declared = Stated(
        value=stated.one(said.LICENSE_DECLARED), unknown_because=stated.one(said.LICENSE_DECLARED_UNKNOWN)
    )
    if declared == Stated():
        return None
    matches = []
    for each in stated.all(said.LICENSE_FOUND):
        found = _MATCH.fullmatch(each)
        if found is None:
            raise stated.refuse(
                f"states {said.LICENSE_FOUND} as {quote(each)}, which names no lines of a file"
            )
        matches.append(
            LicenseMatch(
                identifier=found["id"],
                file=found["file"],
                first_line=int(found["first"]),
                last_line=int(found["last"]),
            )
        )
    return Licenses(
        declared=declared,
        concluded=Stated(
            value=stated.one(said.LICENSE_CONCLUDED), unknown_because=stated.one(said.LICENSE_UNKNOWN)
        ),
        concluded_from=stated.one(said.LICENSE_FROM),
        matches=tuple(matches),
        unrecognized=stated.all(said.LICENSE_UNRECOGNIZED),
        copyrights=stated.all(said.COPYRIGHT),
    )


def dependency_list(ref: str, stated: Said) -> list[DependencyList]:
    """What a component says of its dependencies, none where it says nothing."""
    text = stated.one(said.DEPENDENCIES)
    if not text:
        return []
    state, _, reason = text.partition(": ")
    known = cast("Completeness", stated.word(state, said.DEPENDENCIES, _STATES))
    return [DependencyList(ref=ref, state=known, reason=reason)]


def contexts(stated: Said) -> tuple[Context, ...]:
    """Where the facts of the document come from."""
    return tuple(
        cast("Context", stated.word(each, said.CONTEXT, _CONTEXTS)) for each in stated.all(said.CONTEXT)
    )


def vex(stated: Said) -> tuple[VexReference, ...]:
    """The VEX documents that the document refers to."""
    found = []
    for each in stated.all(said.VEX):
        parts = _VEX.fullmatch(each)
        if parts is None:
            raise stated.refuse(f"states {said.VEX} as {quote(each)}, which names no document")
        form = cast("VexFormat", stated.word(parts["format"], said.VEX, _VEX_FORMATS))
        found.append(
            VexReference(url=parts["url"], sha256=parts["sha256"], format=form, id=parts["id"] or "")
        )
    return tuple(sorted(found))


def document_platform(stated: Said) -> Platform | None:
    """The platform of the whole document, where it has one."""
    text = stated.one(said.PLATFORM)
    return stated.platform(text) if text else None


def time(text: str, stated: Said) -> datetime:
    """When the document was made, in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise stated.refuse(f"was made at {quote(text)}, which is no time with a zone")
    try:
        return found.astimezone(UTC)
    except OverflowError as error:  # in the first or last hours that there are
        raise stated.refuse(f"was made at {quote(text)}, which is out of range") from error


def tool(text: str) -> tuple[str, str]:
    """Name and version of a tool, which SPDX writes as one text: up to the first hyphen it is the name."""
    name, _, version = text.partition("-")
    return name, version


def properties(owner: Mapping[str, Json], findings: Findings, where: str) -> Sequence[Statement]:
    """Name and value of each property, as CycloneDX has them."""
    return [
        (findings.text(each, "name", where), findings.text(each, "value", where))
        for each in findings.objects(owner, "properties", where)
    ]


def relation(
    source: str, kind: str, target: str, platforms: tuple[Platform, ...], stated: Said
) -> BomRelation:
    """A relation of a kind that is known."""
    known = cast("RelationKind", stated.word(kind, "relation", RELATION_KINDS))
    return BomRelation(source=source, kind=known, target=target, platforms=platforms)
