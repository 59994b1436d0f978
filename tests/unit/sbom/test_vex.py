"""VEX documents: what they are about, and that SBOMs refer to them and to nothing else."""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from attest.errors import FormatError, InputError, LimitError, UsageError
from attest.model.bom import VexReference
from attest.model.limits import Limits
from attest.sbom import assemble, cyclonedx, spdx2, spdx3
from attest.sbom.read import load
from attest.sbom.restore import restore
from attest.sbom.vex import Vex, read_vex, strangers
from tests.conftest import REPOSITORY
from tests.unit.sbom import examples as e
from tests.unit.sbom import validators

FOLDER = REPOSITORY / "testdata" / "vex"
OPENVEX = (FOLDER / "openvex.json").read_bytes()
CYCLONEDX = (FOLDER / "cyclonedx.json").read_bytes()
STATEMENT = ("statements", 0)
SHA256 = hashlib.sha256(b"widget").hexdigest()
SHA512 = hashlib.sha512(b"widget").hexdigest()
Path = tuple[str | int, ...]


def read(data: bytes, url: str = "vex.json") -> Vex:
    return read_vex(data, "w.json", url)


def changed(data: bytes, path: Path, value: Any) -> bytes:  # noqa: ANN401 - JSON
    """The document with another value at a place; ... takes away what is there."""
    document = json.loads(data)
    *above, last = path
    node = document
    for each in above:
        node = node[each]
    if value is ...:
        del node[last]
    else:
        node[last] = copy.deepcopy(value)
    return json.dumps(document).encode()


def test_what_documents_speak_of() -> None:
    found = read(OPENVEX)
    assert found.reference == VexReference(
        url="vex.json",
        sha256=hashlib.sha256(OPENVEX).hexdigest(),
        format="openvex",
        id="https://example.com/vex/widget-1.0.0",
    )
    assert found.products == (("pkg:golang/example.com/log",), ("pkg:golang/example.com/widget@v1.0.0",))
    other = read(CYCLONEDX, "https://example.com/vex.json")
    assert (other.reference.format, other.reference.url) == ("cyclonedx", "https://example.com/vex.json")
    assert other.reference.id == "urn:uuid:6f1f0d9e-3c2f-4c76-9b51-0a6c5f5a7c11"
    assert other.products == (("log", "pkg:golang/example.com/log@v1.2.3"),)


def test_the_cyclonedx_document_is_one() -> None:
    assert validators.cyclonedx_errors(CYCLONEDX) == []


@pytest.mark.parametrize(
    ("product", "held"),
    [
        ({"@id": "pkg:golang/example.com/widget@v1.0.0"}, True),
        ({"@id": "pkg:golang/example.com/widget"}, True),
        ({"@id": "pkg:golang/example.com/widget@v1.0.0?goos=linux"}, True),
        ({"@id": "pkg:golang/example.com/widget@v1.0.0?goos=plan9"}, False),
        ({"@id": "pkg:golang/example.com/widget@v1.0.0#cmd/other"}, False),
        ({"@id": "pkg:golang/example.com/widget@v1.0.1"}, False),
        ({"@id": "pkg:golang/example.com/gadget"}, False),
        ({"@id": "https://example.com/products/widget"}, False),
        ({"@id": "x", "identifiers": {"purl": "pkg:golang/example.com/log@v1.2.3"}}, True),
        ({"identifiers": {"cpe23": "cpe:2.3:a:example:widget:1.0.0:*:*:*:*:*:*:*"}}, False),
        ({"hashes": {"sha-256": SHA256}}, True),
        ({"hashes": {"sha-256": SHA256.upper()}}, True),
        ({"hashes": {"sha-256": "0" * 64}}, False),
        ({"hashes": {"sha-512": SHA512}}, True),
        ({"hashes": {"sha-512": "0" * 128}}, False),
        ({"hashes": {"md5": "0" * 32}}, False),
    ],
)
def test_products_that_an_sbom_describes(product: dict[str, Any], held: bool) -> None:
    data = changed(OPENVEX, ("statements",), json.loads(OPENVEX)["statements"][:1])
    vex = read(changed(data, (*STATEMENT, "products"), [product]))
    file = replace(e.executable(e.info()), identity=e.identity(b"widget"))
    bom = assemble.from_binary(file, e.RUN)
    assert (strangers(vex, [bom]) == ()) is held
    assert strangers(vex, []) == (vex.products[0][0],)


def test_products_by_references_of_components() -> None:
    bom = assemble.from_binary(e.executable(e.info()), e.RUN)
    (log,) = (each for each in bom.components if each.name == "example.com/log")
    for ref in (log.ref, f"urn:cdx:6f1f0d9e-3c2f-4c76-9b51-0a6c5f5a7c11/1#{log.ref.replace('@', '%40')}"):
        vex = read(changed(CYCLONEDX, ("vulnerabilities", 0, "affects"), [{"ref": ref}]))
        assert strangers(vex, [bom]) == ()
    vex = read(changed(CYCLONEDX, ("vulnerabilities", 0, "affects"), [{"ref": "gone"}]))
    assert strangers(vex, [bom]) == ("gone",)


@pytest.mark.parametrize(
    ("data", "path", "value", "said"),
    [
        (b"{}", (), None, "is no VEX document"),
        (b"[]", (), None, "an array, not an object"),
        (b"{", (), None, "is no JSON"),
        (OPENVEX, ("@context",), "https://example.com", "@context is not that of OpenVEX"),
        (OPENVEX, ("@context",), "https://openvex.dev/nsx", "@context is not that of OpenVEX"),
        (OPENVEX, ("@context",), "https://openvex.dev/ns/v9.0.0", "@context is not that of OpenVEX"),
        (OPENVEX, ("@id",), ..., "has no '@id'"),
        (OPENVEX, ("@id",), "two words", "is no IRI"),
        (OPENVEX, ("author",), ..., "has no 'author'"),
        (OPENVEX, ("timestamp",), 1, "timestamp is a number, not a string"),
        (OPENVEX, ("version",), ..., "has no 'version'"),
        (OPENVEX, ("statements",), [], "statements is empty: nothing is said"),
        (OPENVEX, (*STATEMENT, "vulnerability"), "CVE-2026-0001", "is a string, not an object"),
        (OPENVEX, (*STATEMENT, "status"), "fine", "status is none of affected, fixed, not_affected"),
        (OPENVEX, (*STATEMENT, "justification"), ..., "says not_affected without a justification"),
        (OPENVEX, (*STATEMENT, "products", 0), {}, "has no name, no identifier and no hash"),
        (OPENVEX, (*STATEMENT, "products", 0), {"@id": ""}, "has no name, no identifier and no hash"),
        (OPENVEX, (*STATEMENT, "products", 0), {"identifiers": {}}, "has no name, no identifier and no hash"),
        (OPENVEX, (*STATEMENT, "products", 0), {"hashes": {}}, "has no name, no identifier and no hash"),
        (CYCLONEDX, ("vulnerabilities",), ..., "has no 'vulnerabilities'"),
        (CYCLONEDX, ("vulnerabilities",), [], "vulnerabilities is empty"),
        (CYCLONEDX, ("vulnerabilities", 0, "analysis"), ..., "has no 'analysis'"),
        (CYCLONEDX, ("vulnerabilities", 0, "analysis", "state"), "fine", "state is none of exploitable"),
    ],
)
def test_what_is_none(data: bytes, path: Path, value: Any, said: str) -> None:  # noqa: ANN401 - JSON
    with pytest.raises(FormatError) as caught:
        read(changed(data, path, value) if path else data)
    assert said in str(caught.value)
    assert str(caught.value).startswith("w.json")


@pytest.mark.parametrize(
    "url",
    [
        "",
        "a b",
        "/etc/vex",
        "../vex.json",
        "a/../../b",
        "file:///vex",
        "https:vex",
        "https://[",
        "\\\\h\\v",
        "é",
    ],
)
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(UsageError, match=r"is no address of w\.json"):
        read(OPENVEX, url)


def test_limits() -> None:
    with pytest.raises(LimitError, match="more than the 10"):
        read_vex(OPENVEX, "w", "v", Limits(sbom_bytes=10))
    with pytest.raises(LimitError, match="more than the 1 that"):
        read_vex(OPENVEX, "w", "v", Limits(sbom_elements=1))


def test_every_format_refers_to_it_in_its_own_words() -> None:
    near, far = read(OPENVEX).reference, read(CYCLONEDX, "https://example.com/vex.json").reference
    bom = assemble.from_binary(e.executable(e.info()), replace(e.RUN, vex=(near, far)))
    references = json.loads(cyclonedx.to_json(bom))["externalReferences"]
    assert [(each["type"], each["url"], each["hashes"]) for each in references] == [
        ("exploitability-statement", each.url, [{"alg": "SHA-256", "content": each.sha256}])
        for each in (far, near)
    ]
    assert b"<externalReferences>" in cyclonedx.to_xml(bom)
    packages = json.loads(spdx2.to_json(bom))["packages"]
    advisories = [
        (package["name"], one["referenceLocator"], one["comment"])
        for package in packages
        for one in package.get("externalRefs", ())
        if one["referenceCategory"] == "SECURITY"
    ]
    assert advisories == [("widget", "https://example.com/vex.json", "VEX (cyclonedx)")]
    graph = json.loads(spdx3.to_json(bom))["@graph"]
    (subject,) = (each for each in graph if each.get("externalRef"))
    assert {each["locator"][0] for each in subject["externalRef"]} == {near.url, far.url}
    assert {each["externalRefType"] for each in subject["externalRef"]} == {
        "vulnerabilityExploitabilityAssessment"
    }


def test_the_union_refers_to_what_its_parts_refer_to() -> None:
    reference = read(OPENVEX).reference
    run = replace(e.RUN, vex=(reference,))
    bom = assemble.from_binary(e.executable(e.info()), run)
    assert assemble.union([bom], name="release", version="").vex == (reference,)


@pytest.mark.parametrize(
    "value", ["openvex", "openvex 00 a", f"other {'0' * 64} a", f"openvex {'0' * 64} a b c"]
)
def test_a_forged_reference_is_refused(value: str) -> None:
    bom = assemble.from_binary(e.executable(e.info()), replace(e.RUN, vex=(read(OPENVEX).reference,)))
    document = json.loads(cyclonedx.to_json(bom))
    for each in document["metadata"]["properties"]:
        if each["name"] == "attest:vex":
            each["value"] = value
    with pytest.raises(InputError, match="attest:vex"):
        restore(load(json.dumps(document).encode(), file="w"))
