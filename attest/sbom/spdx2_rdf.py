"""RDF/XML of an SPDX 2.3 document, the same bytes in every run.

The triples are made by spdx-tools, whose whole writer would validate in quadratic time. Its blank nodes have
random names, and the serializer keeps sets: here a blank node is named after what it says, and all is sorted.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node


def to_rdf_xml(document: Any) -> str:  # noqa: ANN401 - an untyped library's class
    """`document` (spdx_tools' Document) as RDF/XML."""
    from rdflib import DOAP, RDFS
    from spdx_tools.spdx.rdfschema.namespace import SPDX_NAMESPACE

    for prefix, namespace in (("spdx", SPDX_NAMESPACE), ("doap", DOAP), ("rdfs", RDFS)):
        ET.register_namespace(prefix, str(namespace))
    root = ET.fromstring(_named(_triples(document)).serialize(format="xml"))  # noqa: S314 - our own text
    for description in root:
        description[:] = sorted(description, key=_order)
    root[:] = sorted(root, key=_order)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _order(element: ET.Element) -> tuple[str, list[tuple[str, str]], str]:
    return element.tag, sorted(element.items()), element.text or ""


def _triples(document: Any) -> Graph:  # noqa: ANN401 - as above
    from rdflib import Graph
    from spdx_tools.spdx.writer.rdf.annotation_writer import add_annotation_to_graph
    from spdx_tools.spdx.writer.rdf.creation_info_writer import add_creation_info_to_graph
    from spdx_tools.spdx.writer.rdf.extracted_licensing_info_writer import (
        add_extracted_licensing_info_to_graph,
    )
    from spdx_tools.spdx.writer.rdf.package_writer import add_package_to_graph
    from spdx_tools.spdx.writer.rdf.relationship_writer import add_relationship_to_graph

    graph = Graph()
    namespace = document.creation_info.document_namespace
    head = add_creation_info_to_graph(document.creation_info, graph)
    for annotation in document.annotations:
        add_annotation_to_graph(annotation, graph, namespace, {})
    for package in document.packages:
        add_package_to_graph(package, graph, namespace, {})
    for relationship in document.relationships:
        add_relationship_to_graph(relationship, graph, namespace, {})
    for extracted in document.extracted_licensing_info:
        add_extracted_licensing_info_to_graph(extracted, graph, head, namespace)
    return graph


def _named(graph: Graph) -> Graph:
    """The same graph with blank nodes named by a hash of what they say and what they hang on."""
    from rdflib import BNode, Graph

    names: dict[Node, BNode] = {}

    def name(node: Node) -> Node:
        if not isinstance(node, BNode):
            return node
        if node not in names:
            # Blank nodes form trees: none is above itself.
            said = [f"{what.n3()} {name(to).n3()}" for what, to in graph.predicate_objects(node)]
            above = [f"{of.n3()} {what.n3()}" for of, what in graph.subject_predicates(node)]
            above = [each for each in above if not each.startswith("_:")]
            digest = hashlib.sha256("\n".join([*sorted(said), "", *sorted(above)]).encode()).hexdigest()
            names[node] = BNode(f"b{digest[:32]}")
        return names[node]

    renamed = Graph()
    for of, what, to in graph:
        renamed.add((name(of), what, name(to)))
    return renamed
