"""XML as a tree, read without anything that XML can do beyond a tree.

Source: https://www.w3.org/TR/xml/ and https://www.w3.org/TR/xml-names/. A document type declaration is
refused where it begins, so that no entity is ever defined, expanded or fetched.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from attest.errors import FormatError, LimitError
from attest.model.place import Place

if TYPE_CHECKING:
    from attest.model.limits import Limits

#: Between namespace and name; no namespace that is a URI and no name holds it.
_DIVIDER: Final = " "
_HINT: Final = "write the SBOM again with its tool"


@dataclass(slots=True, kw_only=True)
class XmlElement:
    """An element: its name, the namespace of that ("" for none), and what is in it.

    `attributes` are by name, with "namespace name" where the attribute has a namespace. `text` is all text
    directly in the element; `line` is where it begins, from 1.
    """

    namespace: str
    name: str
    attributes: dict[str, str]
    line: int
    text: str = ""
    children: list[XmlElement] = field(default_factory=list)

    def first(self, name: str) -> XmlElement | None:
        """The first child of that name, whatever its namespace."""
        return next((each for each in self.children if each.name == name), None)


def parse(data: bytes, *, file: str, limits: Limits) -> XmlElement:
    """The root element of the document in `data`.

    Raises `FormatError` for what is no well-formed XML or has a document type declaration, `LimitError` for
    too many elements, or elements nested too deep.
    """
    builder = _Builder(file=file, limits=limits)
    parser = expat.ParserCreate(namespace_separator=_DIVIDER)
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    builder.parser = parser
    parser.StartDoctypeDeclHandler = builder.doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    try:
        parser.Parse(data, True)  # noqa: FBT003 - the interface of expat
    except expat.ExpatError as error:
        raise FormatError(
            f"is no XML: {expat.errors.messages[error.code]} (column {error.offset + 1})",
            place=Place(file=file, line=error.lineno),
            hint=_HINT,
        ) from error
    except (LookupError, ValueError) as error:  # an encoding that is unknown, or no encoding of text
        raise FormatError(f"is no XML: {error}", place=Place(file=file), hint=_HINT) from error
    return builder.top.children[0]


@dataclass(slots=True, kw_only=True)
class _Builder:
    file: str
    limits: Limits
    parser: expat.XMLParserType = field(init=False)
    top: XmlElement = field(default_factory=lambda: XmlElement(namespace="", name="", attributes={}, line=0))
    open: list[tuple[XmlElement, list[str]]] = field(default_factory=list)
    count: int = 0

    def _here(self) -> Place:
        return Place(file=self.file, line=self.parser.CurrentLineNumber)

    def doctype(self, *_: object) -> None:
        raise FormatError(
            "has a document type declaration, which is not read: it can define entities",
            place=self._here(),
            hint="take it out; no SBOM format needs one",
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > self.limits.sbom_nodes:
            raise LimitError(
                f"more than {self.limits.sbom_nodes} elements of XML", place=self._here(), hint=_HINT
            )
        if len(self.open) >= self.limits.xml_depth:
            raise LimitError(
                f"elements are nested more than {self.limits.xml_depth} levels deep",
                place=self._here(),
                hint="no SBOM needs that depth",
            )
        namespace, _, local = name.rpartition(_DIVIDER)
        made = XmlElement(
            namespace=namespace, name=local, attributes=attributes, line=self.parser.CurrentLineNumber
        )
        (self.open[-1][0] if self.open else self.top).children.append(made)
        self.open.append((made, []))

    def end(self, _: str) -> None:
        element, texts = self.open.pop()
        element.text = "".join(texts)

    def data(self, text: str) -> None:
        self.open[-1][1].append(text)
