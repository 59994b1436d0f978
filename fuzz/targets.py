"""What is fuzzed: each reader as a function of bytes that may raise nothing but `AttestError`."""

from __future__ import annotations

import contextlib
import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from rfc3161_client import decode_timestamp_response

from attest.app.inspect_archive import inspect_archive
from attest.app.previous import read_previous
from attest.app.report import is_report, read_report
from attest.errors import AttestError
from attest.exe import authenticode, cms, code_signature, entitlements, pe_resources
from attest.exe.inspect import inspect
from attest.go import (
    build_files,
    constraint,
    gomod,
    gosum,
    gowork,
    imports,
    manifest,
    module_path,
    module_zip,
    modulestxt,
    note,
    proxy,
    semver,
    sumdb,
    sumdb_proofs,
    sumdb_setting,
    tlog,
)
from attest.go.context import BuildContext
from attest.intoto import statement
from attest.intoto.predicates.read import READERS
from attest.model import asn1
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.module import GoSumLine, ModuleVersion
from attest.model.place import Place
from attest.model.source import Platform
from attest.model.strict_json import Node, loads
from attest.policy import cases, cel, checksums, load
from attest.sbom import read as sbom
from attest.sbom.restore import restore
from attest.sbom.vex import read_vex
from attest.trust import bundle, certificate, detached, keys, log, oci_layout, roots
from attest.trust.members import chain_of
from attest.trust.sigstore_compat import embedded_root
from attest.trust.stamp_signer import signer_fault
from attest.trust.stamps import stamped_times
from attest.trust.verify import TrustedKey, TrustStore, verify
from attest.vuln.database import read_entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
_GREET: Final = ModuleVersion(path="example.com/greet", version="v1.2.0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A reader, and where its first inputs lie: glob patterns below the repository."""

    read: Callable[[bytes], object]
    seeds: tuple[str, ...] = ()


def _source_file(data: bytes) -> object:
    files = [
        build_files.read(name, memoryview(data), DEFAULT_LIMITS) for name in ("a.go", "a.s", "a_test.go")
    ]
    return build_files.decide(files, BuildContext(platform=Platform(goos="linux", goarch="amd64")))


def _verify(data: bytes) -> object:
    trust = TrustStore(keys=(TrustedKey(name="key", key=_KEY),))
    return verify(bundle.parse(data, "fuzz"), digests=None, trust=trust, now=NOW)


def _timestamp(data: bytes) -> object:
    """A timestamp of b"fuzz" against authorities that did not make it, and whom it names as its signer."""
    signed = bundle.Bundle(
        file="fuzz",
        version="0.3",
        content=bundle.MessageSignature(sha256="", signature=b"fuzz"),
        key_hint="",
        certificates=(),
        log_entries=(),
        timestamps=(data,),
    )
    (root,) = roots.parse(embedded_root("public-good"), "fuzz", "fuzz")
    chain = chain_of(root.timestamping[0], root)
    with suppress(ValueError):
        signer_fault(decode_timestamp_response(data).time_stamp_token(), chain[0])
    return stamped_times(signed, root)


def _vulnerability(data: bytes) -> object:
    """An entry of a vulnerability database."""
    value = loads(data, file="fuzz", max_bytes=len(data), max_depth=DEFAULT_LIMITS.json_depth)
    return read_entry(Node(value=value, file="fuzz"), DEFAULT_LIMITS)


def _oci_layout(data: bytes) -> object:
    """An index entry's annotations, a manifest and what its layers hold, which it names as LAYER and SIZE."""
    notes, manifest, layer = [*data.split(b"\0", 2), b"", b""][:3]
    manifest = manifest.replace(b"LAYER", _digest(layer)).replace(b'"SIZE"', b"%d" % len(layer))
    image = b"{}"
    notes = notes.replace(b"IMAGE", _digest(image).removeprefix(b"sha256:"))
    index = b'{"manifests": [%s, %s]}' % (_entry(image, b"{}"), _entry(manifest, notes or b"{}"))
    files = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": index}
    files |= {f"blobs/{_digest(blob).decode().replace(':', '/')}": blob for blob in (image, manifest, layer)}
    layout = oci_layout.Layout("fuzz", lambda name, _: files.get(name, b""), DEFAULT_LIMITS)
    found = layout.image(_digest(image).decode())
    for attached in layout.attached(found):
        if attached.signed is not None:
            oci_layout.payload_fault(attached.signed, found, "fuzz", DEFAULT_LIMITS)
    return found


def _digest(blob: bytes) -> bytes:
    return f"sha256:{hashlib.sha256(blob).hexdigest()}".encode()


def _entry(blob: bytes, annotations: bytes) -> bytes:
    """The descriptor of a manifest."""
    kind = b"application/vnd.oci.image.manifest.v1+json"
    members = (kind, _digest(blob), len(blob), annotations)
    return b'{"mediaType": "%s", "digest": "%s", "size": %d, "annotations": %s}' % members


def _detached(data: bytes) -> object:
    """The three files of a detached signature, one after the other with a byte 0 between."""
    signature, certificate, stamp = [*data.split(b"\0", 2), b"", b""][:3]
    return detached.read_detached(
        detached.Part("fuzz.sig", signature),
        certificate=detached.Part("fuzz.pem", certificate),
        timestamp=detached.Part("fuzz.tsr", stamp),
        limits=DEFAULT_LIMITS,
    )


def _private_key(data: bytes) -> object:
    """A key file; what one may ask for takes seconds, so that little is allowed here."""
    limits = Limits(scrypt_bytes=1 << 22, scrypt_work=1 << 12, pbkdf2_rounds=5_000)
    return keys.load_private(data, "fuzz", lambda: b"fuzz", limits)


def _sbom(data: bytes) -> object:
    """What a document says of Go, and the whole of it where attest wrote it."""
    document = sbom.load(data)
    return sbom.read(document), restore(document)


def _predicate(data: bytes) -> None:
    limits = DEFAULT_LIMITS
    value = loads(data, file="fuzz", max_bytes=limits.bundle_bytes, max_depth=limits.json_depth)
    for read in dict.fromkeys(READERS.values()):
        with suppress(AttestError):
            read(Node(value=value, file="fuzz"), limits)


def _names(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    return (
        module_path.module_path_fault(text),
        module_path.import_path_fault(text),
        module_path.file_path_fault(text),
        semver.is_valid(text) and semver.sort_key(text),
    )


def _tree_head(data: bytes) -> object:
    text = data.decode("utf-8", "replace")
    return tlog.parse_tree(text, Place(file="fuzz")), sumdb_setting.parse_setting(text)


def _sumdb(data: bytes) -> object:
    """One input for whatever is asked of a log: answer, tile, tree head; none of it may raise."""
    lines = gosum.parse(b"example.com/greet v1.2.0 h1:x").lines
    return sumdb.judge(lines, _LOG, sumdb.Sources(read=lambda _: data)), note.open_note(
        data, _LOG, Place(file="fuzz")
    )


def _sumdb_proofs(data: bytes) -> object:
    """What is read must be what would be written, and whatever it says may only ever be judged."""
    proofs = sumdb_proofs.parse(data, "fuzz")
    if sumdb_proofs.write(proofs) != data:
        raise AssertionError("two texts of the same proofs")
    told = sumdb_proofs.by_module(proofs)
    lines = [GoSumLine(module=module, kind="zip", hash="h1:x", place=Place(file="go.sum")) for module in told]
    return sumdb.judge(lines, _LOG, sumdb.Sources(read=lambda _: None, proofs=told))


def _archive(data: bytes) -> object:
    """Unpacked up to a little more than fits into one input, so that a bomb is found and not waited for."""
    limits = Limits(archive_bytes=1 << 24, archive_ratio_free=1 << 20)
    return inspect_archive(memoryview(data), "fuzz", depth="headers", limits=limits)


def _code_signature(data: bytes) -> object:
    """A super blob over no code, and whatever its blobs hold."""
    found = code_signature.read(memoryview(data), 0, len(data), DEFAULT_LIMITS)
    for each in found.directories:
        code_signature.pages_hold(memoryview(data), each)
    signed = found.content(code_signature.CMS)
    return tuple(code_signature.wrong_blobs(found)), _cms(bytes(signed)) if signed else None


def _cms(data: bytes) -> object:
    """Any signature, judged by rules that are as wide as they can be."""
    found = cms.read(asn1.read(data, "fuzz", DEFAULT_LIMITS), DEFAULT_LIMITS)
    stamps = (cms.MICROSOFT_TIMESTAMP, cms.TIMESTAMP, cms.COUNTERSIGNATURE)
    rules = cms.Rules(usage=cms.CODE_SIGNING, content_type=found.content_type, timestamps=stamps)
    return cms.judge(found, rules, DEFAULT_LIMITS, over=b"" if found.content is None else None)


def _authenticode(data: bytes) -> object:
    """What an entry of a certificate table holds."""
    entry = asn1.read(data, "fuzz", DEFAULT_LIMITS)
    table = authenticode.CertificateTable(at=0, size=len(data), entries=(entry,), extra=0)
    return tuple(authenticode.signatures(table, DEFAULT_LIMITS))


def _proxy(data: bytes) -> None:
    value = data.decode("utf-8", "replace")
    proxy.parse_netrc(value)
    proxy.matches(value, "example.com/a/b")
    proxy.parse_auth(value)
    proxy.parse_list(value)


_KEY: Final = keys.generate().public
_LOG: Final = note.parse_key("localhost.localdev/sumdb+00000c67+AcTrnkbUA+TU4heY3hkjiSES/DSQniBqIeQ/YppAUtK6")

#: The forms of SBOMs: one reader tells them apart, and what it starts from leads into that of each.
SBOMS: Final[dict[str, tuple[str, ...]]] = {
    "cdx.json": ("testdata/sbom/*.cdx.json", "build/demo/dist/*_js_wasm.wasm.cdx.json"),
    "cdx.xml": ("testdata/sbom/*.cdx.xml",),
    "spdx": ("testdata/sbom/*.spdx",),
    "spdx.json": ("testdata/sbom/*.spdx.json", "build/demo/dist/*_js_wasm.wasm.spdx.json"),
    "spdx.rdf": ("testdata/sbom/*.spdx.rdf",),
    "spdx.xml": ("testdata/sbom/*.spdx.xml",),
    "spdx.yaml": ("testdata/sbom/*.spdx.yaml",),
    "spdx3.json": ("testdata/sbom/*.spdx3.json",),
}

#: Kinds of executables: one reader opens all of them, and what it starts from leads into that of each.
EXECUTABLES: Final = ("elf", "macho", "pe", "wasm", "other-executables")


def _rule(data: bytes) -> None:
    """An expression; one that cannot be a rule is refused by an error of its own."""
    with contextlib.suppress(cel.RuleError):
        cel.check(data.decode("utf-8", "replace")[: DEFAULT_LIMITS.rule_chars], "release")


TARGETS: Final[dict[str, Target]] = {
    **{name: Target(read=lambda data: inspect(memoryview(data))) for name in EXECUTABLES},
    "archive": Target(read=_archive),
    "code-signature": Target(read=_code_signature),
    "cms": Target(read=_cms),
    "entitlements-xml": Target(read=lambda data: entitlements.from_xml(data, DEFAULT_LIMITS)),
    "entitlements-der": Target(read=lambda data: entitlements.from_der(data, DEFAULT_LIMITS)),
    "version-resource": Target(read=lambda data: pe_resources.read_version(memoryview(data), DEFAULT_LIMITS)),
    "windows-manifest": Target(
        read=lambda data: pe_resources.read_manifest(memoryview(data), DEFAULT_LIMITS)
    ),
    "authenticode": Target(read=_authenticode),
    "go.mod": Target(read=lambda data: gomod.parse(data, "go.mod"), seeds=("testdata/**/go.mod",)),
    "go.work": Target(read=gowork.parse, seeds=("testdata/**/go.work",)),
    "go.sum": Target(read=lambda data: gosum.parse(data, "go.sum"), seeds=("testdata/**/go.sum",)),
    "sumdb": Target(read=_sumdb),
    "sumdb-proofs": Target(read=_sumdb_proofs, seeds=("testdata/sumdb/*.tlog-proof",)),
    "sumdb-tree-head": Target(read=_tree_head),
    "module-manifest": Target(read=lambda data: manifest.parse(data, "fuzz")),
    "modules.txt": Target(read=modulestxt.parse, seeds=("testdata/**/modules.txt",)),
    "go-source": Target(read=imports.read, seeds=("testdata/**/*.go",)),
    "source-file": Target(read=_source_file, seeds=("testdata/**/*.go",)),
    "build-constraint": Target(
        read=lambda data: constraint.read(data.decode("utf-8", "replace")), seeds=("testdata/**/*.go",)
    ),
    "module-names": Target(read=_names),
    "module-proxy": Target(read=_proxy),
    "module-zip": Target(
        read=lambda data: module_zip.manifest(
            memoryview(data), _GREET, limits=DEFAULT_LIMITS, place=Place(file="fuzz.zip")
        ),
        seeds=("build/demo/proxy/example.com/*/@v/*.zip",),
    ),
    "bundle": Target(
        read=_verify, seeds=("build/demo/dist/*linux_amd64*.sigstore.json", "testdata/cosign/*.json")
    ),
    "vulnerability": Target(read=_vulnerability),
    "oci-layout": Target(read=_oci_layout),
    "detached": Target(read=_detached, seeds=("testdata/cosign/*.json",)),
    "statement": Target(read=statement.parse),
    "predicate": Target(read=_predicate),
    "vex": Target(read=lambda data: read_vex(data, "fuzz", "fuzz.json"), seeds=("testdata/vex/*.json",)),
    "public-key": Target(
        read=lambda data: keys.load_public(data, "fuzz"),
        seeds=("testdata/keys/*.pub", "build/demo/key/*.pub"),
    ),
    "private-key": Target(read=_private_key, seeds=("testdata/keys/*.key", "build/demo/key/*.key")),
    "certificate": Target(read=lambda data: certificate.read_signer(data, "fuzz")),
    "timestamp": Target(read=_timestamp),
    "checkpoint": Target(
        read=lambda data: log.parse_checkpoint(data.decode("utf-8", "replace"), "fuzz", DEFAULT_LIMITS)
    ),
    "trusted-root": Target(read=lambda data: roots.parse(data, "fuzz", "fuzz")),
    "policy": Target(
        read=lambda data: load.load(data, "fuzz", variables={"version": "1.0.0", "tag": "v1.0.0"}, now=NOW),
        seeds=("policies/*.yaml", "testdata/widget/release.yaml"),
    ),
    "policy-tests": Target(
        read=lambda data: cases.load_tests(data, "fuzz"), seeds=("testdata/widget/release.tests.yaml",)
    ),
    "policy-rule": Target(read=_rule, seeds=("docs/rules.md",)),
    "report": Target(
        read=lambda data: (is_report(data, "fuzz"), read_report(data, "fuzz")),
        seeds=("build/demo/verdict.json",),
    ),
    "previous-release": Target(read=lambda data: read_previous(data, "fuzz")),
    "checksums": Target(
        read=lambda data: checksums.parse(data, "fuzz"), seeds=("build/demo/dist/checksums.txt",)
    ),
    **{f"sbom-{extension}": Target(read=_sbom, seeds=seeds) for extension, seeds in SBOMS.items()},
}


def run(target: Target, data: bytes) -> None:
    """Read `data`; whatever leaves the reader but an `AttestError` is a finding."""
    try:
        target.read(data)
    except AttestError as error:
        str(error)


def seeds(target: Target, repository: Path, largest: int = 1 << 20) -> list[bytes]:
    """The first inputs of a target, those that are there and no larger than `largest` bytes."""
    files = (file for pattern in target.seeds for file in sorted(repository.glob(pattern)) if file.is_file())
    return [file.read_bytes() for file in files if file.stat().st_size <= largest]
