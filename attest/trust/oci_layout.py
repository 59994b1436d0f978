"""Signatures and attestations of an image in an OCI image layout: where they are attached, and what they are.

A layout is a directory with an index and blobs that are named by their digests. Evidence is attached to an
image by cosign's tags (`sha256-HEX.sig` and `.att`), by the annotations that `cosign save` writes in their
place, or as an OCI 1.1 referrer (a manifest whose `subject` is the image, listed in the index or in that of
the fallback tag `sha256-HEX`). None of this proves anything: that a signature is of this image is in what it
signs.

Sources: OCI image specification 1.1 (image-layout.md, manifest.md, image-index.md, descriptor.md), OCI
distribution specification 1.1 (referrers tag schema); sigstore/cosign, specs/SIGNATURE_SPEC.md,
pkg/oci/layout and pkg/oci/static/signature.go; containers/image, docs/containers-signature.5.md (simple
signing).
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, FormatError, LimitError, UsageError
from attest.model.place import Place
from attest.model.statement import Envelope
from attest.model.strict_json import Node, loads
from attest.trust.bundle import parse
from attest.trust.cosign_bundle import read_cosign_bundle
from attest.trust.parts import MessageSignature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.model.limits import Limits
    from attest.model.statement import Json
    from attest.trust.parts import Bundle

    #: A file of the layout, by its name, up to a limit.
    Read = Callable[[str, int], bytes]

_DIGEST: Final = re.compile(r"(?P<algorithm>sha256):(?P<hex>[0-9a-f]{64})|sha512:[0-9a-f]{128}")
_TAG: Final = re.compile(r"(?P<image>sha256-[0-9a-f]{64})(?P<what>\.sig|\.att|\.sbom)?")
_REF_NAME: Final = "org.opencontainers.image.ref.name"
_KIND: Final = "kind"
_SAVED: Final = "dev.cosignproject.cosign/"
_SAVED_EVIDENCE: Final = (f"{_SAVED}sigs", f"{_SAVED}atts")
_SIGNATURE: Final = f"{_SAVED}signature"
_COSIGN: Final = "dev.sigstore.cosign/"
_SIMPLE_SIGNING: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
_ENVELOPE: Final = "application/vnd.dsse.envelope.v1+json"
_BUNDLE: Final = "application/vnd.dev.sigstore.bundle"
_INDEXES: Final = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
_MANIFESTS: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The image whose evidence is asked for: its digest (hexadecimal), and the bytes of its manifest."""

    sha256: str
    size: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A piece of evidence that is attached to an image.

    `bundle` is None where it cannot be read, and `reason` says why. `signed` are the bytes that a signature
    is of where these are not the image's manifest: a document that names the image.
    """

    path: str
    bundle: Bundle | None = None
    signed: bytes | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Descriptor:
    """What an index or a manifest says of a blob."""

    media_type: str
    digest: str
    size: int
    annotations: dict[str, str]
    artifact_type: str

    @property
    def tag(self) -> str:
        return self.annotations.get(_REF_NAME, "")


class Layout:
    """One layout; `read` gives its files. Everything raises `FormatError`, `LimitError` and `ReadError`."""

    def __init__(self, label: str, read: Read, limits: Limits) -> None:
        self._label = label
        self._read = read
        self._limits = limits
        version = self._json("oci-layout", read("oci-layout", limits.oci_manifest_bytes))
        if not version.need("imageLayoutVersion").text().startswith("1."):
            raise version.need("imageLayoutVersion").fail("is no version that is known here: 1.0.0 is")
        index = self._json("index.json", read("index.json", limits.oci_manifest_bytes))
        self._entries = self._descriptors(index, "manifests")

    def image(self, wanted: str = "") -> Image:
        """The image of this tag or digest, or the only one; `UsageError` where it is not clear which."""
        images = {each.digest: each for each in self._entries if self._is_image(each)}
        if wanted:
            found = [each for each in images.values() if wanted in (each.digest, each.tag)]
        else:
            found = list(images.values())
        if len(found) != 1:
            names = ", ".join(sorted(each.tag or each.digest for each in images.values())) or "none"
            count = "no image" if not found else f"{len(found)} images"
            raise UsageError(
                f"{self._label} has {count}{f' called {wanted!r}' if wanted else ''}",
                hint=f"name one with --image, by tag or digest; there are: {names}",
            )
        (image,) = found
        data = self._blob(image)
        match = _DIGEST.fullmatch(image.digest)
        if match is None or match["hex"] is None:
            raise FormatError(
                f"the image is named by {image.digest.partition(':')[0]}, and signatures are of its sha256",
                place=Place(file=self._label),
                hint="make the layout with sha256 digests",
            )
        return Image(sha256=match["hex"], size=len(data), name=image.tag or image.digest)

    def attached(self, image: Image) -> tuple[Attached, ...]:
        """Every piece of evidence that is attached to the image, each manifest once, in their order."""
        found: list[Attached] = []
        seen: set[str] = set()
        for each, reason in self._evidence(image):
            if each.digest in seen:
                continue
            seen.add(each.digest)
            if reason:
                found.append(Attached(path=self._path(each), reason=reason))
                continue
            try:
                found.extend(self._pieces(each))
            except AttestError as error:
                found.append(Attached(path=self._path(each), reason=error.message))
            if len(found) > self._limits.oci_evidence:
                raise LimitError(
                    f"more than {self._limits.oci_evidence} pieces of evidence for one image",
                    place=Place(file=self._label),
                    hint="keep the layout of one image apart from others",
                )
        return tuple(found)

    # what the index lists

    def _is_image(self, entry: _Descriptor) -> bool:
        kind = entry.annotations.get(_KIND, "")
        if kind.startswith(_SAVED):
            return kind not in _SAVED_EVIDENCE
        if _TAG.fullmatch(entry.tag) or entry.artifact_type:
            return False
        if entry.media_type in _INDEXES:
            return True
        return entry.media_type in _MANIFESTS and self._subject(entry) == ""

    def _evidence(self, image: Image) -> Iterator[tuple[_Descriptor, str]]:
        """The manifests that are attached to the image, and why one cannot count ("": it may)."""
        mine = f"sha256-{image.sha256}"
        for entry in self._entries:
            tag = _TAG.fullmatch(entry.tag)
            if entry.annotations.get(_KIND) in _SAVED_EVIDENCE:
                yield entry, ""
            elif tag and tag["image"] == mine and tag["what"] == ".sbom":
                yield entry, "an SBOM that is attached and not signed: nobody answers for it"
            elif tag and tag["image"] == mine and tag["what"]:
                yield entry, ""
            elif tag and tag["image"] == mine:
                for each in self._listed(entry):
                    yield each, "" if self._subject(each) == f"sha256:{image.sha256}" else _OTHER
            elif not tag and self._subject(entry) == f"sha256:{image.sha256}":
                yield entry, ""

    def _listed(self, index: _Descriptor) -> tuple[_Descriptor, ...]:
        """What the index of a fallback tag lists."""
        return self._descriptors(self._json(self._path(index), self._blob(index)), "manifests")

    def _subject(self, entry: _Descriptor) -> str:
        """The digest of what a manifest refers to, "" where it refers to nothing or is none."""
        if entry.media_type not in _MANIFESTS:
            return ""
        subject = self._json(self._path(entry), self._blob(entry)).get("subject")
        return "" if subject is None or subject.value is None else self._descriptor(subject).digest

    # one manifest

    def _pieces(self, manifest: _Descriptor) -> Iterator[Attached]:
        node = self._json(self._path(manifest), self._blob(manifest))
        for layer in self._descriptors(node, "layers"):
            path = self._path(layer)
            try:
                yield self._piece(layer, path)
            except AttestError as error:
                yield Attached(path=path, reason=error.message)

    def _piece(self, layer: _Descriptor, path: str) -> Attached:
        if layer.media_type.startswith(_BUNDLE):
            return Attached(path=path, bundle=parse(self._blob(layer), path, self._limits))
        if layer.media_type == _ENVELOPE:
            data = self._blob(layer)
            bundle = self._cosigned(layer, path, data)
            if not isinstance(bundle.content, Envelope):
                raise FormatError("is no envelope", place=Place(file=path))
            # cosign has the whole envelope stamped, where a bundle has the signature in it.
            return Attached(path=path, bundle=replace(bundle, document=data))
        if layer.media_type == _SIMPLE_SIGNING:
            data = self._blob(layer)
            signature = base64_of(layer.annotations.get(_SIGNATURE, ""), path)
            content = MessageSignature(sha256=hashlib.sha256(data).hexdigest(), signature=signature)
            bundle = replace(self._cosigned(layer, path, signature), content=content)
            return Attached(path=path, bundle=bundle, signed=data)
        return Attached(path=path, reason=f"a layer of the type {layer.media_type}, which is no evidence")

    def _cosigned(self, layer: _Descriptor, path: str, signature: bytes) -> Bundle:
        """What cosign writes beside a signature, in annotations."""
        logged = layer.annotations.get(f"{_COSIGN}bundle", "")
        stamped = layer.annotations.get(f"{_COSIGN}rfc3161timestamp", "")
        older: dict[str, Json] = {
            "base64Signature": base64.b64encode(signature).decode(),
            "cert": layer.annotations.get(f"{_COSIGN}certificate", ""),
        }
        if logged:
            older["rekorBundle"] = self._json(path, logged.encode()).value
        bundle = read_cosign_bundle(Node(value=older, file=path), self._limits)
        if not stamped:
            return bundle
        stamp = self._json(path, stamped.encode())
        return replace(bundle, timestamps=(stamp.need("SignedRFC3161Timestamp").base64(),))

    # blobs and descriptors

    def _blob(self, descriptor: _Descriptor) -> bytes:
        """The bytes that a descriptor is of: as many as it says, and with its digest."""
        listing = descriptor.media_type in (*_MANIFESTS, *_INDEXES)
        limit = self._limits.oci_manifest_bytes if listing else self._limits.bundle_bytes
        path = self._path(descriptor)
        if descriptor.size > limit:
            raise LimitError(f"{descriptor.size} bytes, more than the {limit} that are read of a blob")
        data = self._read(path, limit)
        algorithm, _, wanted = descriptor.digest.partition(":")
        if len(data) != descriptor.size or hashlib.new(algorithm, data).hexdigest() != wanted:
            raise FormatError(
                f"the blob is not the one that the layout names: it should have {descriptor.size} bytes and "
                f"the digest {descriptor.digest}",
                place=Place(file=path),
                hint="copy the layout again",
            )
        return data

    @staticmethod
    def _path(descriptor: _Descriptor) -> str:
        return f"blobs/{descriptor.digest.replace(':', '/')}"

    def _descriptors(self, node: Node, name: str) -> tuple[_Descriptor, ...]:
        listed = node.get(name)
        if listed is None:
            return ()
        return tuple(self._descriptor(each) for each in listed.items(self._limits.oci_manifests))

    @staticmethod
    def _descriptor(node: Node) -> _Descriptor:
        digest, size = node.need("digest"), node.need("size")
        if not _DIGEST.fullmatch(digest.text()):
            raise digest.fail("is no digest that is known here: sha256 and sha512 are")
        # Go writes numbers of 64 bits as numbers here.
        if not isinstance(size.value, int) or isinstance(size.value, bool) or size.value < 0:
            raise size.fail("is no number of bytes")
        notes, kind = node.get("annotations"), node.get("artifactType")
        texts = {} if notes is None or notes.value is None else notes.object()
        return _Descriptor(
            media_type=node.need("mediaType").text(),
            digest=digest.text(),
            size=size.value,
            annotations={name: value for name, value in texts.items() if isinstance(value, str)},
            artifact_type=kind.text() if kind is not None else "",
        )

    def _json(self, file: str, data: bytes) -> Node:
        limits = self._limits
        value = loads(data, file=file, max_bytes=limits.oci_manifest_bytes, max_depth=limits.json_depth)
        return Node(value=value, file=file)


_OTHER: Final = "it refers to another image than the tag says"


def base64_of(text: str, file: str) -> bytes:
    """The bytes of a signature in an annotation."""
    return Node(value=text, file=file, path="$.annotations").base64()


def payload_fault(data: bytes, image: Image, file: str, limits: Limits) -> str:
    """Why a simple signing document is not about the image; "" where it is.

    The name that it gives the image is what whoever signed called it: it is not compared with anything.
    """
    value = loads(data, file=file, max_bytes=limits.oci_manifest_bytes, max_depth=limits.json_depth)
    critical = Node(value=value, file=file).need("critical")
    if critical.need("type").text() not in ("cosign container image signature", "atomic container signature"):
        return f"what it signs is of the type {critical.need('type').text()!r}, no signature of an image"
    digest = critical.need("image").need("docker-manifest-digest").text()
    return "" if digest == f"sha256:{image.sha256}" else f"it is of another image, {digest}"
