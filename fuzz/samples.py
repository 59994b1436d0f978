"""First inputs that the tests' builders make: small, so that every place of them is soon changed."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from fuzz.targets import EXECUTABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def samples(name: str) -> Iterable[bytes]:
    """What the builders make for a target, nothing where they make none for it."""
    if name in EXECUTABLES:
        return _executables(name)
    return _MADE[name]() if name in _MADE else ()


def _executables(kind: str) -> Iterable[bytes]:
    from tests.unit.exe.builders import SAMPLES
    from tests.unit.exe.signed_macho import SIGNED_SAMPLES

    for name, data in {**SAMPLES, **SIGNED_SAMPLES}.items():
        known = name.partition("-")[0]
        if (known if known in EXECUTABLES else "other-executables") == kind:
            yield data


def _authenticode() -> Iterable[bytes]:
    from tests.unit.exe import code_signer
    from tests.unit.exe.pe_builder import PeFile

    program = code_signer.padded(PeFile(relocations=False).build())
    for wish in (
        code_signer.Wish(pages=True),
        code_signer.Wish(stamp="rfc3161"),
        code_signer.Wish(stamp="counter"),
        code_signer.Wish(digest="sha1", nested=(code_signer.pkcs7(program, code_signer.Wish()),)),
    ):
        yield code_signer.pkcs7(program, wish)


def _cms() -> Iterable[bytes]:
    from tests.unit.exe.signed_macho import cms, developer, endless

    yield cms(b"", *developer())
    yield cms(b"", *developer(), form=endless, carried=b"")
    yield from _authenticode()


def _code_signature() -> Iterable[bytes]:
    from tests.unit.exe.signed_macho import Signing, full_signing

    yield Signing()(b"")
    yield full_signing()(b"")


def _predicates() -> Iterable[bytes]:
    from tests.unit.intoto.predicates.test_read import GOOD

    return (json.dumps(each).encode() for each in GOOD.values())


def _entitlements_xml() -> Iterable[bytes]:
    from tests.unit.exe.signed_macho import entitlements

    yield entitlements(com_acme_a=True, com_acme_b=["one", {"two": 2}], com_acme_c=b"three", com_acme_d=0.5)


def _entitlements_der() -> Iterable[bytes]:
    from tests.unit.exe.signed_macho import der

    values = (der(0x01, b"\xff"), der(0x02, b"\x05"), der(0x30, der(0x0C, b"one")), der(0xB0))
    pairs = (der(0x30, der(0x0C, b"com.acme.%d" % at), value) for at, value in enumerate(values))
    yield der(0x70, der(0x02, b"\x01"), der(0xB0, *pairs))


def _version() -> Iterable[bytes]:
    from tests.unit.exe.pe_builder import VERSION

    yield VERSION


def _manifest() -> Iterable[bytes]:
    from tests.unit.exe.pe_builder import MANIFEST

    yield MANIFEST


def _timestamps() -> Iterable[bytes]:
    from asn1crypto import tsp

    from tests.sigstack.timestamps import TimestampAuthority

    digest = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(b"fuzz").digest()}
    query = tsp.TimeStampReq({"version": 1, "message_imprint": digest, "cert_req": True})
    yield TimestampAuthority().answer(query.dump())
    yield TimestampAuthority(named={}).answer(query.dump())


def _private_keys() -> Iterable[bytes]:
    from attest.trust import keys

    key = keys.generate("ed25519")  # the smallest
    yield key.pem()
    yield key.pem(b"fuzz")
    yield keys.generate("rsa-2048").pem()


def _vulnerabilities() -> Iterable[bytes]:
    from tests.unit.vuln.databases import entry

    yield json.dumps(entry(withdrawn="2026-11-01T00:00:00Z")).encode()


def _images() -> Iterable[bytes]:
    from tests.unit.trust.oci_images import BUNDLE, ENVELOPE, SIGNATURE, SIMPLE_SIGNING, simple_signing

    image = {"digest": f"sha256:{hashlib.sha256(b'{}').hexdigest()}"}
    envelope = (
        b'{"payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": [{"sig": "AA=="}]}'
    )
    layers = {SIMPLE_SIGNING: simple_signing(image), ENVELOPE: envelope, BUNDLE: b'{"mediaType": ""}'}
    for kind, layer in layers.items():
        notes = {SIGNATURE: "AAAA", "dev.sigstore.cosign/bundle": '{"SignedEntryTimestamp": "AA=="}'}
        described = {"mediaType": kind, "digest": "LAYER", "size": "SIZE", "annotations": notes}
        manifest = json.dumps({"layers": [described], "subject": None}).encode()
        tag = b'{"org.opencontainers.image.ref.name": "sha256-IMAGE.sig"}'
        yield b"\0".join((tag, manifest, layer))


def _reports() -> Iterable[bytes]:
    from attest.render.report_json import to_json
    from tests.unit.render.verdicts import ALL, verdict

    yield to_json(verdict())
    yield to_json(verdict(*ALL[:2]))


_MADE: Final[dict[str, Callable[[], Iterable[bytes]]]] = {
    "authenticode": _authenticode,
    "cms": _cms,
    "code-signature": _code_signature,
    "entitlements-der": _entitlements_der,
    "entitlements-xml": _entitlements_xml,
    "oci-layout": _images,
    "predicate": _predicates,
    "private-key": _private_keys,
    "report": _reports,
    "timestamp": _timestamps,
    "version-resource": _version,
    "vulnerability": _vulnerabilities,
    "windows-manifest": _manifest,
}
