"""What is gathered while an SBOM is read: Go components, faults, and typed access to hostile JSON."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.model.bom_facts import SbomFacts
from attest.model.place import Place
from attest.sbom import purl
from attest.sbom.identity import DEVEL, STD, TOOLCHAIN, clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.limits import Limits
    from attest.model.statement import Json
    from attest.sbom.purl import GoPurl

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
#: Names under which other tools list the standard library, and what they write for no version.
STD_NAMES: Final = frozenset({STD, "stdlib"})
NO_VERSION: Final = frozenset({"", DEVEL, "unknown", "NOASSERTION", "NONE"})
NO_LICENSE: Final = frozenset({"", "NOASSERTION", "NONE", "unknown"})
# A module path that can be downloaded: its first element is a domain, and something follows.
_MODULE_PATH: Final = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?:/[A-Za-z0-9._~!+-]+)+")


def quote(text: str) -> str:
    """Hostile text, short and printable, for use in a message."""
    return ascii(text[:80] + ("…" if len(text) > 80 else "")).replace("\\u2026", "...")  # noqa: PLR2004


def normal(path: str, version: str) -> tuple[str, str]:
    """A module and its version in the words of `attest.sbom.identity.expected_components`.

    Tools write the standard library as std or stdlib, and its version as 1.27.3, v1.27.3 or go1.27.3.
    """
    known = "" if version in NO_VERSION else version
    if path in STD_NAMES:
        return STD, known.removeprefix("go").removeprefix("v")
    return path, known


def _is_called(url: GoPurl, name: str) -> bool:
    """Tell whether a component of that package URL may bear the name.

    Tools write the module path, the path of a package in it, or the last parts of the path, and some write
    paths in small letters.
    """
    path, given = url.path.lower(), name.lower()
    subpath = url.subpath.lower()
    names = {path, f"{path}/{subpath}"}
    if url.path in STD_NAMES:
        names |= {*STD_NAMES, subpath}
    return not given or given in names or f"/{path}".endswith(f"/{given}") or given.endswith(f":{path}")


@dataclass(slots=True, kw_only=True)
class Findings:
    """Facts and faults of one document, while it is read."""

    file: str
    limits: Limits
    components: set[tuple[str, str]] = field(default_factory=set)
    identifiers: Counter[str] = field(default_factory=Counter)
    missing: set[str] = field(default_factory=set)
    sums: set[tuple[str, str, str]] = field(default_factory=set)
    references: set[str] = field(default_factory=set)
    licenses: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    more_faults: int = 0
    elements: int = 0

    @property
    def place(self) -> Place | None:
        """The document, where its name is known."""
        return Place(file=self.file) if self.file else None

    def fault(self, message: str) -> None:
        """Note a fault; beyond the cap they are only counted."""
        if len(self.faults) < self.limits.sbom_faults:
            self.faults.append(message)
        else:
            self.more_faults += 1

    def count(self, number: int = 1) -> None:
        """Count elements; `LimitError` beyond the cap."""
        self.elements += number
        if self.elements > self.limits.sbom_elements:
            raise LimitError(
                f"more than {self.limits.sbom_elements} elements",
                place=self.place,
                hint="no SBOM needs so many",
            )

    def wrong(self, where: str, what: str) -> FormatError:
        """The error for content of a wrong shape."""
        return FormatError(f"{where} {what}", place=self.place, hint="write the SBOM again with its tool")

    def objects(self, owner: Mapping[str, Json], key: str, where: str) -> list[dict[str, Json]]:
        """The list of objects under `key`, empty where there is none; `FormatError` for anything else."""
        found = owner.get(key)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise self.wrong(f"{where}.{key}", "is no list of objects")
        self.count(len(found))
        return [each for each in found if isinstance(each, dict)]

    def object(self, owner: Mapping[str, Json], key: str, where: str) -> dict[str, Json]:
        """The object under `key`, empty where there is none; `FormatError` for anything else."""
        found = owner.get(key)
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise self.wrong(f"{where}.{key}", "is no object")
        return found

    def text(self, owner: Mapping[str, Json], key: str, where: str) -> str:
        """The string under `key`, "" where there is none; `FormatError` for anything else."""
        found = owner.get(key)
        if found is None:
            return ""
        if not isinstance(found, str):
            raise self.wrong(f"{where}.{key}", "is no string")
        return clean(found)

    def texts(self, owner: Mapping[str, Json], key: str, where: str) -> list[str]:
        """The list of strings under `key`, empty where there is none; `FormatError` for anything else."""
        found = owner.get(key)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise self.wrong(f"{where}.{key}", "is no list of strings")
        self.count(len(found))
        return [clean(each) for each in found if isinstance(each, str)]

    def define(self, reference: str, what: str) -> None:
        """Note a reference that something bears; a second bearer is a fault."""
        if reference in self.references:
            self.fault(f"{what} {quote(reference)} is there twice")
        self.references.add(reference)

    def resolve(self, references: Iterable[str], where: str) -> None:
        """Note references that nothing bears."""
        for each in sorted(set(references) - self.references):
            self.fault(f"{where} names {quote(each)}, which is not in the document")

    def subjects(
        self,
        described: Iterable[str],
        contained: Mapping[str, Iterable[str]],
        elements: Mapping[str, dict[str, Json]],
    ) -> tuple[list[dict[str, Json]], list[dict[str, Json]]]:
        """The elements that an SPDX document describes, and those that these contain.

        A release is no file; the files that it consists of are contained in it. A document that describes
        nothing is a fault.
        """
        names = sorted(described)
        found = [elements[each] for each in names if each in elements]
        if not found:
            self.fault("the document does not say what it describes")
        inside = [
            elements[each] for one in names for each in sorted(contained.get(one, ())) if each in elements
        ]
        return found, inside

    def sha256(self, values: Iterable[str], where: str) -> str:
        """The one SHA-256 among `values`, lower-case; "" and a fault where malformed or contradictory."""
        found = sorted({each.lower() for each in values})
        if not found:
            return ""
        if len(found) > 1 or not _SHA256.fullmatch(found[0]):
            self.fault(f"{where} has no single well-formed SHA-256")
            return ""
        return found[0]

    def component(
        self,
        urls: Iterable[str],
        name: str,
        version: str,
        *,
        named: bool,
        licenses: Iterable[str] = (),
        h1: Iterable[str] = (),
    ) -> None:
        """Note a component: by its package URLs, or, without any and where `named`, by its name.

        `licenses` are the expressions that hold for it, all of them, `h1` the hashes that it is given as a
        module, told as what they are.
        """
        go: set[tuple[str, str]] = set()
        any_url = False
        for url in sorted(set(urls)):
            any_url = True
            try:
                parsed = purl.parse_go(url)
            except FormatError:
                self.fault(f"{quote(url)} is no package URL")
                continue
            if parsed is not None and parsed.path != TOOLCHAIN:
                go.add(normal(parsed.path, parsed.version))
                if named and not _is_called(parsed, name):
                    self.fault(f"{quote(url)} is given the name {quote(name)} beside its package URL")
                self.identifiers[url] += 1
                self._versions_agree(url, parsed.version, version)
        if not any_url and named and (name in STD_NAMES or _MODULE_PATH.fullmatch(name)):
            go.add(normal(name, version))
            self.identifiers[f"{name}@{version}" if version else name] += 1
        self.components |= go
        told = {each for each in licenses if each not in NO_LICENSE}
        for module in go if told else ():
            self.licenses.setdefault(module, set()).update(told)
        self.sums |= {(path, known, each) for path, known in go for each in h1}
        self.missing.update(path for path, known in go if not known)

    def _versions_agree(self, url: str, in_url: str, stated: str) -> None:
        """A component whose fields contradict each other is read in two ways by two readers."""
        one, other = (normal(STD, each)[1] for each in (in_url, stated))
        if one != other and one and other:
            self.fault(f"{quote(url)} is given version {quote(stated)} beside its package URL")

    def facts(self, form: str, version: str, name: str, sha256s: Iterable[str]) -> SbomFacts:
        """The result, sorted; `name` and `sha256s` are those of what the document describes."""
        told = [*self.faults, f"and {self.more_faults} faults more"] if self.more_faults else self.faults
        return SbomFacts(
            format=form,
            spec_version=version,
            subject_name=name,
            subject_sha256s=tuple(sorted(filter(None, set(sha256s)))),
            components=frozenset(self.components),
            duplicates=tuple(sorted(each for each, count in self.identifiers.items() if count > 1)),
            missing_versions=tuple(sorted(self.missing)),
            licenses=tuple((module, tuple(sorted(told))) for module, told in sorted(self.licenses.items())),
            sums=frozenset(self.sums),
            faults=tuple(told),
        )
