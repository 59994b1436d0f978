"""An SPDX 2.2 or 2.3 RDF/XML document as the JSON document that says the same.

Sources: https://www.w3.org/TR/rdf-syntax-grammar/ and SPDX's terms, http://spdx.org/rdf/terms. Read is what
tools write: nodes and their properties, nested or by reference, in any order. Names are compared and never
fetched. Collections, XML literals, reification and relative names are not read: no SPDX document has them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, LimitError
from attest.model.place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits
    from attest.model.statement import Json
    from attest.sbom.xml_tree import XmlElement

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TERMS: Final = "http://spdx.org/rdf/terms#"
_COMMENT: Final = "http://www.w3.org/2000/01/rdf-schema#comment"
_LICENSES: Final = re.compile(r"https?://spdx\.org/licenses/")
_HINT: Final = "write the SBOM again with its tool"
_TYPE: Final = f"{RDF}type"
#: Names that an attribute of a node or property has by RDF itself.
_SYNTAX: Final = frozenset(f"{RDF} {each}" for each in ("about", "ID", "nodeID", "resource", "datatype"))
_XML: Final = "http://www.w3.org/XML/1998/namespace "
_COMPOUND: Final = re.compile(" (?:AND|OR) ")
_OPERATORS: Final = {"ConjunctiveLicenseSet": " AND ", "DisjunctiveLicenseSet": " OR "}
#: Literals of a package or file; the name in JSON is the same, but for comments.
_LITERALS: Final = (
    "copyrightText",
    "description",
    "downloadLocation",
    "fileName",
    "licenseComments",
    "name",
    "packageFileName",
    "sourceInfo",
    "summary",
    "supplier",
    "versionInfo",
)


class _Literal(str):
    """A text; any other value of a property is the name of a node."""

    __slots__ = ()


@dataclass(slots=True, kw_only=True)
class _Node:
    """A node, by the URI that names it or a name in this document alone ("_:…")."""

    name: str
    line: int
    said: dict[str, list[str]] = field(default_factory=dict)


def load_rdf(root: XmlElement, *, file: str, limits: Limits) -> dict[str, Json]:
    """The document that the RDF/XML below `root` (rdf:RDF) describes.

    Raises `FormatError` for RDF that is not read, no or several SPDX documents, and a property that has
    several values where one is meant; `LimitError` beyond the limits.
    """
    graph = _Graph(file=file, limits=limits)
    graph.read(root)
    return _Document(nodes=graph.nodes, file=file, depth=limits.json_depth).json()


@dataclass(slots=True, kw_only=True)
class _Graph:
    """Every node with all that is said of it."""

    file: str
    limits: Limits
    nodes: dict[str, _Node] = field(default_factory=dict)
    triples: int = 0
    unnamed: int = 0

    def read(self, root: XmlElement) -> None:
        pending = [(each, self.node(each)) for each in root.children]
        while pending:
            element, of = pending.pop()
            for each in element.children:
                inner = self.property(each, of)
                if inner is not None:
                    pending.append((each.children[0], inner))

    def property(self, element: XmlElement, of: _Node) -> _Node | None:
        """Take a property of `of`; gives the node that it holds, where it holds one."""
        what = element.namespace + element.name
        attributes = element.attributes
        inner = None
        value: str
        if f"{RDF} parseType" in attributes:
            raise self.refuse("has rdf:parseType, which is not read", element)
        if f"{RDF} resource" in attributes:
            value = attributes[f"{RDF} resource"]
        elif f"{RDF} nodeID" in attributes:
            value = f"_:{attributes[f'{RDF} nodeID']}"
        elif not element.children:
            value = _Literal(element.text)
        elif len(element.children) == 1:
            inner = self.node(element.children[0])
            value = inner.name
        else:
            raise self.refuse(f"has a property {element.name[:64]!r} with several nodes in it", element)
        self.say(of, what, value, element)
        return inner

    def node(self, element: XmlElement) -> _Node:
        """The node that an element is, with what its name and attributes say."""
        attributes = element.attributes
        if f"{RDF} ID" in attributes:
            raise self.refuse("has rdf:ID, which is a relative name", element)
        name = attributes.get(f"{RDF} about")
        if name is None:
            local = attributes.get(f"{RDF} nodeID")
            self.unnamed += local is None
            name = f"_: {self.unnamed}" if local is None else f"_:{local}"
        found = self.nodes.setdefault(name, _Node(name=name, line=element.line))
        if (element.namespace, element.name) != (RDF, "Description"):
            self.say(found, _TYPE, element.namespace + element.name, element)
        for key, value in attributes.items():
            if key not in _SYNTAX and not key.startswith(_XML):
                self.say(found, key.replace(" ", ""), _Literal(value), element)
        return found

    def say(self, of: _Node, what: str, value: str, element: XmlElement) -> None:
        self.triples += 1
        if self.triples > self.limits.sbom_nodes:
            raise LimitError(
                f"more than {self.limits.sbom_nodes} statements",
                place=Place(file=self.file, line=element.line),
                hint="no SBOM needs so many",
            )
        of.said.setdefault(what, []).append(value)

    def refuse(self, what: str, element: XmlElement) -> FormatError:
        return FormatError(what, place=Place(file=self.file, line=element.line), hint=_HINT)


@dataclass(slots=True, kw_only=True)
class _Document:
    nodes: dict[str, _Node]
    file: str
    depth: int

    def json(self) -> dict[str, Json]:
        documents = list(self.of_type("SpdxDocument"))
        if len(documents) != 1:
            raise FormatError(
                f"describes {len(documents)} SPDX documents, not one", place=Place(file=self.file), hint=_HINT
            )
        head = documents[0]
        namespace, _, identifier = head.name.rpartition("#")
        found: dict[str, Json] = {
            "spdxVersion": self.text(head, "specVersion"),
            "SPDXID": identifier,
            "name": self.text(head, "name"),
            "documentNamespace": namespace,
            "annotations": self.annotations(head),
            "documentDescribes": [_fragment(each) for each in self.names(head, "describesPackage")],
        }
        for info in self.inner(head, "creationInfo"):
            found["creationInfo"] = {
                "created": self.text(info, "created"),
                "creators": self.literals(info, "creator"),
                "comment": self.text(info, _COMMENT),
            }
        for key, kind in (("packages", "Package"), ("files", "File"), ("snippets", "Snippet")):
            found[key] = [self.element(each) for each in self.of_type(kind)]
        found["hasExtractedLicensingInfos"] = [
            {"licenseId": self.text(each, "licenseId"), "extractedText": self.text(each, "extractedText")}
            for each in self.of_type("ExtractedLicensingInfo")
        ]
        found["relationships"] = [
            self.relationship(each, one)
            for each in self.nodes.values()
            for one in self.inner(each, "relationship")
        ]
        return _without_nothing(found)

    def element(self, node: _Node) -> dict[str, Json]:
        found: dict[str, Json] = {key: _fragment(self.text(node, key)) for key in _LITERALS}
        found |= {
            "SPDXID": _fragment(node.name),
            "comment": self.text(node, _COMMENT),
            "licenseConcluded": self.license(node, "licenseConcluded"),
            "licenseDeclared": self.license(node, "licenseDeclared"),
            "primaryPackagePurpose": _word(self.text(node, "primaryPackagePurpose"), "purpose_"),
            "annotations": self.annotations(node),
            "checksums": [
                {
                    "algorithm": _algorithm(self.text(each, "algorithm")),
                    "checksumValue": self.text(each, "checksumValue"),
                }
                for each in self.inner(node, "checksum")
            ],
            "externalRefs": [
                {
                    "referenceCategory": _word(self.text(each, "referenceCategory"), "referenceCategory_"),
                    "referenceType": re.split("[/#]", self.text(each, "referenceType"))[-1],
                    "referenceLocator": self.text(each, "referenceLocator"),
                }
                for each in self.inner(node, "externalRef")
            ],
        }
        return _without_nothing(found)

    def relationship(self, owner: _Node, node: _Node) -> dict[str, Json]:
        found: dict[str, Json] = {
            "spdxElementId": _fragment(owner.name),
            "relationshipType": _word(self.text(node, "relationshipType"), "relationshipType_"),
            "relatedSpdxElement": _fragment(self.text(node, "relatedSpdxElement")),
            "comment": self.text(node, _COMMENT),
        }
        return _without_nothing(found)

    def annotations(self, node: _Node) -> list[Json]:
        return [
            {
                "annotationDate": self.text(each, "annotationDate"),
                "annotationType": _word(self.text(each, "annotationType"), "annotationType_"),
                "annotator": self.text(each, "annotator"),
                "comment": self.text(each, _COMMENT),
            }
            for each in self.inner(node, "annotation")
        ]

    def of_type(self, kind: str) -> Iterator[_Node]:
        wanted = _TERMS + kind
        return (each for each in self.nodes.values() if wanted in each.said.get(_TYPE, ()))

    def values(self, node: _Node, key: str) -> list[str]:
        return node.said.get(key if ":" in key else _TERMS + key, [])

    def literals(self, node: _Node, key: str) -> list[Json]:
        return [str(each) for each in self.values(node, key) if isinstance(each, _Literal)]

    def names(self, node: _Node, key: str) -> list[str]:
        return [each for each in self.values(node, key) if not isinstance(each, _Literal)]

    def inner(self, node: _Node, key: str) -> Iterator[_Node]:
        """The nodes that a property names; a name alone is none."""
        return (self.nodes[each] for each in self.names(node, key) if each in self.nodes)

    def text(self, node: _Node, key: str) -> str:
        """The one value, a literal or a name; "" where there is none."""
        values = self.values(node, key)
        if len(values) == 1:
            return values[0]
        found = set(values)
        if len(found) > 1:
            raise FormatError(
                f"{node.name[:80]!r} has {len(found)} values of {key.rpartition('#')[2]}",
                place=Place(file=self.file, line=node.line),
                hint=_HINT,
            )
        return found.pop() if found else ""

    def license(self, node: _Node, key: str, depth: int = 0) -> str:
        """The expression, in which sets have no order: it is sorted."""
        found = self.values(node, key)
        return self.expression(found[0], depth) if len(found) == 1 else ""

    def expression(self, value: str, depth: int) -> str:
        if depth > self.depth:
            raise LimitError(
                f"licence expressions are nested more than {self.depth} deep",
                place=Place(file=self.file),
                hint="no licence needs that depth",
            )
        if isinstance(value, _Literal):
            return str(value)
        node = self.nodes.get(value)
        if node is None:
            return _fragment(value)
        kinds = {each.removeprefix(_TERMS) for each in self.names(node, _TYPE)}
        for kind in sorted(kinds & _OPERATORS.keys()):
            members = sorted(self.expression(each, depth + 1) for each in self.values(node, "member"))
            inside = [f"({each})" if _COMPOUND.search(each) else each for each in members]
            return _OPERATORS[kind].join(inside)
        if "WithExceptionOperator" in kinds:
            exception = self.text(node, "licenseException")
            return f"{self.license(node, 'member', depth + 1)} WITH {_fragment(exception)}"
        if "OrLaterOperator" in kinds:
            return f"{self.license(node, 'member', depth + 1)}+"
        return _fragment(value)


def _fragment(name: str) -> str:
    """An element's name in its document, a licence's identifier, NOASSERTION and NONE as JSON has them."""
    if name in {f"{_TERMS}noassertion", f"{_TERMS}none"}:
        return name.removeprefix(_TERMS).upper()
    if _LICENSES.match(name):
        return name.rpartition("/")[2]
    namespace, _, local = name.rpartition("#")
    return local if namespace and local.startswith(("SPDXRef-", "LicenseRef-")) else name


def _word(name: str, prefix: str) -> str:
    """A word of SPDX's vocabulary, as JSON writes it: relationshipType_staticLink is STATIC_LINK."""
    return re.sub("(?<=[a-z])([A-Z])", r"_\1", name.removeprefix(_TERMS).removeprefix(prefix)).upper()


def _algorithm(name: str) -> str:
    return name.removeprefix(_TERMS).removeprefix("checksumAlgorithm_").upper()


def _without_nothing(found: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in found.items() if value not in ("", [])}
