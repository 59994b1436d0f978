"""RDF/XML of an SPDX 2.3 document, the same bytes in every run.

Source: https://www.w3.org/TR/rdf-syntax-grammar/. The triples of packages, licences and the document are
made by spdx-tools; those of annotations and relationships, which are many times more, here. What has no name
is written into what it hangs on, so that no name has to be found for it, and all is sorted: RDF has no order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.sbom.spdx2_parts import Parts

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_SPDX: Final = "http://spdx.org/rdf/terms#"
_PREFIXES: Final = {
    _RDF: "rdf",
    "http://www.w3.org/2000/01/rdf-schema#": "rdfs",
    _SPDX: "spdx",
}


def to_rdf_xml(parts: Parts) -> str:
    """The document as RDF/XML."""
    namespace = parts.info.document_namespace
    graph = _graph(parts)
    said: dict[str, list[str]] = {}
    for identifier in parts.statements:
        said[f"{namespace}#{identifier}"] = [_annotation(each) for each in parts.annotations(identifier)]
    for each in parts.relationships:
        said[f"{namespace}#{each.spdx_element_id}"].append(_relationship(each, namespace))
    declared = " ".join(
        f'xmlns:{prefix}="{uri}"' for uri, prefix in sorted(_PREFIXES.items(), key=lambda it: it[1])
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<rdf:RDF {declared}>"]
    for node in sorted(graph.named):
        inner = sorted([*graph.properties(node), *said.get(node, ())])
        lines += [f"  <rdf:Description rdf:about={quoteattr(node)}>", *inner, "  </rdf:Description>"]
    return "\n".join([*lines, "</rdf:RDF>"])


def _annotation(annotation: Mapping[str, str]) -> str:
    return (
        "    <spdx:annotation><spdx:Annotation>"
        f"<spdx:annotationDate>{annotation['annotationDate']}</spdx:annotationDate>"
        f'<spdx:annotationType rdf:resource="{_SPDX}annotationType_other"/>'
        f"<spdx:annotator>{escape(annotation['annotator'])}</spdx:annotator>"
        f"<rdfs:comment>{escape(annotation['comment'])}</rdfs:comment>"
        "</spdx:Annotation></spdx:annotation>"
    )


def _relationship(relationship: Any, namespace: str) -> str:  # noqa: ANN401 - an untyped library's class
    from spdx_tools.spdx.casing_tools import snake_case_to_camel_case
    from spdx_tools.spdx.model.spdx_no_assertion import SpdxNoAssertion
    from spdx_tools.spdx.model.spdx_none import SpdxNone

    target = relationship.related_spdx_element_id
    if isinstance(target, SpdxNone | SpdxNoAssertion):
        resource = f"{_SPDX}{'none' if isinstance(target, SpdxNone) else 'noassertion'}"
    else:
        resource = f"{namespace}#{target}"
    comment = f"<rdfs:comment>{escape(relationship.comment)}</rdfs:comment>" if relationship.comment else ""
    kind = snake_case_to_camel_case(relationship.relationship_type.name)
    return (
        "    <spdx:relationship><spdx:Relationship>"
        f'<spdx:relationshipType rdf:resource="{_SPDX}relationshipType_{kind}"/>'
        f"<spdx:relatedSpdxElement rdf:resource={quoteattr(resource)}/>{comment}"
        "</spdx:Relationship></spdx:relationship>"
    )


def _graph(parts: Parts) -> _Graph:
    from spdx_tools.spdx.writer.rdf.creation_info_writer import add_creation_info_to_graph
    from spdx_tools.spdx.writer.rdf.extracted_licensing_info_writer import (
        add_extracted_licensing_info_to_graph,
    )
    from spdx_tools.spdx.writer.rdf.package_writer import add_package_to_graph

    graph: Any = _Graph()
    namespace = parts.info.document_namespace
    head = add_creation_info_to_graph(parts.info, graph)
    for package in parts.packages:
        add_package_to_graph(package, graph, namespace, {})
    for extracted in parts.extracted:
        add_extracted_licensing_info_to_graph(extracted, graph, head, namespace)
    found: _Graph = graph
    return found


@dataclass(slots=True)
class _Graph:
    """Triples by subject, as far as the writers of spdx-tools ask a graph for anything: they add to it."""

    said: dict[str, list[tuple[str, Any]]] = field(default_factory=dict)

    def add(self, triple: tuple[Any, Any, Any]) -> None:
        of, what, value = triple
        self.said.setdefault(of, []).append((str(what), value))

    @property
    def named(self) -> Iterable[str]:
        from rdflib import URIRef

        return (str(each) for each in self.said if isinstance(each, URIRef))

    def properties(self, node: str, indent: str = "    ") -> list[str]:
        """Each property of a node as XML, with the nodes without a name in it."""
        from rdflib import BNode, Literal, URIRef

        lines = []
        for what, value in self.said[URIRef(node)] if not isinstance(node, BNode) else self.said[node]:
            name = _qualified(what)
            if isinstance(value, BNode):
                inner = "".join(sorted(self.properties(value, "")))
                lines.append(f"{indent}<{name}><rdf:Description>{inner}</rdf:Description></{name}>")
            elif isinstance(value, Literal):
                kind = f" rdf:datatype={quoteattr(value.datatype)}" if value.datatype else ""
                lines.append(f"{indent}<{name}{kind}>{escape(value)}</{name}>")
            else:
                lines.append(f"{indent}<{name} rdf:resource={quoteattr(value)}/>")
        return lines


def _qualified(name: str) -> str:
    for uri, prefix in _PREFIXES.items():
        if name.startswith(uri):
            return f"{prefix}:{name.removeprefix(uri)}"
    raise ValueError(f"{name!r} is of a vocabulary that is not written")
