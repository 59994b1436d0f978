"""Documents that say which vulnerabilities matter (VEX): what one is about, for an SBOM that refers to it.

Sources: https://github.com/openvex/spec OPENVEX-SPEC.md 0.2.0; https://cyclonedx.org/docs/1.7/ with
`vulnerabilities` and their `analysis`. A judgement is not taken over: it may change when the SBOM does not.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from attest.errors import FormatError, UsageError
from attest.model.bom import VexReference
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.strict_json import Node, loads
from attest.sbom import purl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from packageurl import PackageURL

    from attest.model.bom import Bom, VexFormat

_CONTEXT: Final = re.compile(r"https://openvex\.dev/ns(?:/v0\.[0-9]+\.[0-9]+)?")
_STATUSES: Final = frozenset({"not_affected", "affected", "fixed", "under_investigation"})
#: CycloneDX: impactAnalysisState.
_STATES: Final = frozenset(
    {"resolved", "resolved_with_pedigree", "exploitable", "in_triage", "false_positive", "not_affected"}
)
_HINT: Final = "give an OpenVEX document, or a CycloneDX document with vulnerabilities that are analysed"
_WORD: Final = re.compile(r"[!-~]+")  # what a URI is written with
_LINK: Final = re.compile(r"urn:cdx:[0-9a-f-]{36}/[0-9]+#(?P<ref>.+)")  # CycloneDX: BOM-Link


@dataclass(frozen=True, slots=True, kw_only=True)
class Vex:
    """A document, and the products that it speaks of: package URLs, digests ("sha256:…") and other names."""

    reference: VexReference
    products: tuple[tuple[str, ...], ...]


def read_vex(data: bytes, file: str, url: str, limits: Limits = DEFAULT_LIMITS) -> Vex:
    """Read a VEX document that is to be found at `url`.

    Raises `attest.errors.FormatError` for what is none, `LimitError` beyond `limits`, and `UsageError` for a
    URL that is none.
    """
    value = loads(data, file=file, max_bytes=limits.sbom_bytes, max_depth=limits.json_depth)
    node = Node(value=value, file=file)
    found = node.object()
    if "@context" in found:
        form: VexFormat = "openvex"
        name: Node | None = node.need("@id")
        products = _openvex(node, limits)
    elif found.get("bomFormat") == "CycloneDX":
        form, name, products = "cyclonedx", node.get("serialNumber"), _cyclonedx(node, limits)
    else:
        raise node.fail("is no VEX document", hint=_HINT)
    identifier = name.text() if name is not None else ""
    if name is not None and not _WORD.fullmatch(identifier):
        raise name.fail("is no IRI", hint=_HINT)
    return Vex(
        reference=VexReference(
            url=_url(url, file),
            sha256=hashlib.sha256(data).hexdigest(),
            format=form,
            id=identifier,
        ),
        products=tuple(sorted(set(products))),
    )


def _url(url: str, file: str) -> str:
    try:
        parts = urlsplit(url)
        good = bool(_WORD.fullmatch(url)) and parts.scheme in {"", "http", "https"}
        good = good and bool(parts.netloc) == bool(parts.scheme) and not url.startswith(("/", "\\"))
    except ValueError:
        good = False
    if not good or ".." in url.split("/"):
        raise UsageError(
            f"{url[:80]!r} is no address of {file}",
            hint="give an https URL, or a path relative to the SBOM, with %20 for a space",
        )
    return url


def _openvex(node: Node, limits: Limits) -> Iterator[tuple[str, ...]]:
    context = node.need("@context")
    if not _CONTEXT.fullmatch(context.text()):
        raise context.fail("is not that of OpenVEX", hint=_HINT)
    for name in ("author", "timestamp"):
        node.need(name).text()
    node.need("version").int64()
    statements = node.need("statements")
    for each in _some(statements, limits):
        vulnerability = each.need("vulnerability")
        vulnerability.need("name").text()
        status = each.need("status")
        if status.text() not in _STATUSES:
            raise status.fail(f"is none of {', '.join(sorted(_STATUSES))}")
        why = each.get("justification") or each.get("impact_statement")
        if status.text() == "not_affected" and why is None:
            raise each.fail("says not_affected without a justification or an impact_statement")
        products = each.get("products")
        for product in products.items(limits.sbom_elements) if products is not None else ():
            names = tuple(each for each in _names(product) if each)
            if not names:
                raise product.fail("has no name, no identifier and no hash")
            yield names


def _names(product: Node) -> Iterator[str]:
    """Everything by which OpenVEX names a product."""
    own, identifiers, digests = (product.get(key) for key in ("@id", "identifiers", "hashes"))
    if own is not None:
        yield own.text()
    if identifiers is not None:
        yield from (identifiers.need(key).text() for key in sorted(identifiers.object()))
    if digests is not None:
        for key in sorted(digests.object()):
            yield f"{key.replace('sha-', 'sha')}:{digests.need(key).text().lower()}"


def _cyclonedx(node: Node, limits: Limits) -> Iterator[tuple[str, ...]]:
    known: dict[str, str] = {}
    for each in _described(node, limits):
        ref, url = each.get("bom-ref"), each.get("purl")
        if ref is not None and url is not None:
            known[ref.text()] = url.text()
    for each in _some(node.need("vulnerabilities"), limits):
        each.need("id").text()
        state = each.need("analysis").need("state")
        if state.text() not in _STATES:
            raise state.fail(f"is none of {', '.join(sorted(_STATES))}")
        affects = each.get("affects")
        for product in affects.items(limits.sbom_elements) if affects is not None else ():
            affected = product.need("ref").text()
            link = _LINK.fullmatch(affected)
            bare = unquote(link["ref"]) if link else affected
            yield (bare, known[bare]) if bare in known else (bare,)


def _described(node: Node, limits: Limits) -> Iterator[Node]:
    """The components that the document itself has; a VEX document need not have any."""
    components, metadata = node.get("components"), node.get("metadata")
    subject = metadata.get("component") if metadata is not None else None
    if subject is not None:
        yield subject
    if components is not None:
        yield from components.items(limits.sbom_elements)


def _some(node: Node, limits: Limits) -> list[Node]:
    found = node.items(limits.sbom_elements)
    if not found:
        raise node.fail("is empty: nothing is said", hint=_HINT)
    return found


def strangers(vex: Vex, boms: Iterable[Bom]) -> tuple[str, ...]:
    """The products that none of these bills of materials holds, each by its first name, sorted.

    A package URL without a version stands for all versions; qualifiers count where the product has them.
    """
    names: set[str] = set()
    packages: dict[tuple[str, str | None, str], list[PackageURL]] = {}
    for component in (each for bom in boms for each in bom.components):
        names.add(component.ref)
        if component.identity:
            names.add(f"sha256:{component.identity.sha256}")
            names.add(f"sha512:{component.identity.sha512}")
        if component.purl:
            parsed = purl.parse(component.purl)
            packages.setdefault((parsed.type, parsed.namespace, parsed.name), []).append(parsed)

    def held(name: str) -> bool:
        if name in names:
            return True
        try:
            asked = purl.parse(name)
        except FormatError:
            return False
        return any(
            (not asked.version or asked.version == each.version)
            and (not asked.subpath or asked.subpath == each.subpath)
            and dict(asked.qualifiers).items() <= dict(each.qualifiers).items()
            for each in packages.get((asked.type, asked.namespace, asked.name), ())
        )

    return tuple(sorted({product[0] for product in vex.products if not any(map(held, product))}))
