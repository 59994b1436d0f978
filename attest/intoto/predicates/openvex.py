"""OpenVEX: what somebody says of vulnerabilities in products, and whether they matter there.

Source: https://github.com/openvex/spec OPENVEX-SPEC.md and ATTESTING.md, version 0.2.0. Before that version a
vulnerability was a bare string; such documents are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attest.intoto.predicates.fields import filled, text, time

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from attest.model.limits import Limits
    from attest.model.strict_json import Node

_CONTEXT: Final = re.compile(r"https://openvex\.dev/ns(?:/v0\.2\.[0-9]+)?")

VexStatus = Literal["not_affected", "affected", "fixed", "under_investigation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VexComponent:
    """What a product or a part goes by: `names` are IRIs and package URLs, `sha256` "" where unsaid."""

    names: tuple[str, ...]
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VexProduct:
    """A product; with `parts` the statement is about these in it alone."""

    itself: VexComponent
    parts: tuple[VexComponent, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VexStatement:
    """One statement. `vulnerabilities` are the names of one, `said_at` is UTC.

    Without `products` it is about the subjects of what carries the document. `why` is the reason for
    not_affected, "" for other statuses.
    """

    vulnerabilities: tuple[str, ...]
    status: VexStatus
    said_at: datetime
    why: str = ""
    products: tuple[VexProduct, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VexDocument:
    """A document; `author` is its own word for who wrote it, and proves nothing."""

    author: str
    statements: tuple[VexStatement, ...]


def read_openvex(node: Node, limits: Limits) -> VexDocument:
    """The predicates https://openvex.dev/ns and https://openvex.dev/ns/v0.2.0.

    Raises `attest.errors.FormatError` and `attest.errors.LimitError`.
    """
    context = node.need("@context")
    if not _CONTEXT.fullmatch(context.text()):
        raise context.fail("is not that of OpenVEX 0.2")
    written = time(node, "timestamp")
    if written is None:
        raise node.fail("has no 'timestamp'")
    return VexDocument(
        author=filled(node, "author"),
        statements=tuple(
            _statement(each, written, limits)
            for each in node.need("statements").items(limits.predicate_items)
        ),
    )


def _statement(node: Node, written: datetime, limits: Limits) -> VexStatement:
    vulnerability, products = node.need("vulnerability"), node.get("products")
    aliases = vulnerability.get("aliases")
    others = aliases.items(limits.predicate_items) if aliases is not None else []
    status = _status(node.need("status"))
    why = text(node, "justification") or text(node, "impact_statement")
    if status == "not_affected" and not why:
        raise node.fail("says not_affected without a justification or an impact_statement")
    return VexStatement(
        vulnerabilities=(filled(vulnerability, "name"), *(each.text() for each in others)),
        status=status,
        said_at=time(node, "timestamp") or written,
        why=why if status == "not_affected" else "",
        products=tuple(_product(each, limits) for each in _listed(products, limits)),
    )


def _status(node: Node) -> VexStatus:
    match node.text():
        case "not_affected" | "affected" | "fixed" | "under_investigation" as known:
            return known
        case other:
            raise node.fail(
                f"is {other[:80]!r}, none of not_affected, affected, fixed and under_investigation"
            )


def _product(node: Node, limits: Limits) -> VexProduct:
    parts = tuple(_component(each) for each in _listed(node.get("subcomponents"), limits))
    return VexProduct(itself=_component(node), parts=parts)


def _listed(node: Node | None, limits: Limits) -> list[Node]:
    """What a list holds that may be left out, but not be empty: that would speak of all, or of nothing."""
    if node is None:
        return []
    found = node.items(limits.predicate_items)
    if not found:
        raise node.fail("is empty")
    return found


def _component(node: Node) -> VexComponent:
    hashes = node.get("hashes")
    digest = text(hashes, "sha-256").lower() if hashes is not None else ""
    names = tuple(each for each in _names(node) if each)
    if not names and not (hashes is not None and hashes.object()):
        raise node.fail("has no name, no identifier and no hash")
    return VexComponent(names=names, sha256=digest)


def _names(node: Node) -> Iterator[str]:
    yield text(node, "@id")
    identifiers = node.get("identifiers")
    if identifiers is not None:
        for key in sorted(identifiers.object()):
            yield text(identifiers, key)
