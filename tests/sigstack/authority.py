"""A certificate authority as Fulcio is one, with embedded certificate transparency timestamps.

Follows sigstore/fulcio docs/oid-info.md and RFC 6962 section 3.2.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

FULCIO = "1.3.6.1.4.1.57264.1."
SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
GITHUB = "https://github.com"
GITLAB = "https://gitlab.com"
LIFETIME = timedelta(minutes=10)
_LONG_AGO = timedelta(days=365)
_CRITICAL = True


def spki(key: CertificatePublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + content


def usage(*, sign: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=not sign,
        crl_sign=not sign,
        encipher_only=False,
        decipher_only=False,
    )


def authority(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None = None,
    issuer_key: ec.EllipticCurvePrivateKey | None = None,
) -> x509.Certificate:
    """A root, or an intermediate for code signing where there is an issuer."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by = issuer_key or key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - 2 * _LONG_AGO)
        .not_valid_after(datetime.now(UTC) + _LONG_AGO)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0 if issuer else None), _CRITICAL)
        .add_extension(usage(sign=False), _CRITICAL)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    if issuer:
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
        builder = builder.add_extension(purposes, critical=False)
    return builder.sign(by, hashes.SHA384())


def github_extensions(claims: Mapping[str, str]) -> dict[int, str]:
    """What Fulcio writes for a token of GitHub Actions, by the last number of the extension."""
    repository, owner = claims["repository"], claims["repository_owner"]
    run = f"{claims['run_id']}/attempts/{claims['run_attempt']}"
    found = {
        9: f"{GITHUB}/{claims['job_workflow_ref']}",
        10: claims["job_workflow_sha"],
        11: claims["runner_environment"],
        12: f"{GITHUB}/{repository}",
        13: claims["sha"],
        14: claims["ref"],
        15: claims["repository_id"],
        16: f"{GITHUB}/{owner}",
        17: claims["repository_owner_id"],
        18: f"{GITHUB}/{claims['workflow_ref']}",
        19: claims["workflow_sha"],
        20: claims["event_name"],
        21: f"{GITHUB}/{repository}/actions/runs/{run}",
        22: claims["repository_visibility"],
    }
    return found | _environment(claims)


def gitlab_extensions(claims: Mapping[str, str]) -> dict[int, str]:
    """What Fulcio writes for a token of GitLab CI, by the last number of the extension."""
    project = f"{GITLAB}/{claims['project_path']}"
    config = f"https://{claims['ci_config_ref_uri']}"
    kind = "heads" if claims["ref_type"] == "branch" else "tags"
    found = {
        9: config,
        10: claims["ci_config_sha"],
        11: claims["runner_environment"],
        12: project,
        13: claims["sha"],
        14: f"refs/{kind}/{claims['ref']}",
        15: claims["project_id"],
        16: f"{GITLAB}/{claims['namespace_path']}",
        17: claims["namespace_id"],
        18: config,
        19: claims["ci_config_sha"],
        20: claims["pipeline_source"],
        21: f"{project}/-/jobs/{claims['job_id']}",
        22: claims["project_visibility"],
    }
    return found | _environment(claims)


def _environment(claims: Mapping[str, str]) -> dict[int, str]:
    return {23: claims["environment"]} if claims.get("environment") else {}


def old_github_extensions(claims: Mapping[str, str]) -> dict[int, str]:
    """The deprecated extensions, which hold the text itself."""
    names = ("event_name", "sha", "workflow", "repository", "ref")
    return {number: claims[name] for number, name in enumerate(names, start=2)}


@dataclass
class CertificateAuthority:
    """Root, intermediate and the key of a certificate transparency log."""

    root_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP384R1())
    )
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP384R1()))
    log_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    #: What the timestamps are signed with; another key than `log_key` is a fault.
    sct_key: ec.EllipticCurvePrivateKey | None = None
    backdated: timedelta = timedelta()

    def __post_init__(self) -> None:
        self.root = authority("sigstack root", self.root_key)
        self.certificate = authority("sigstack intermediate", self.key, self.root, self.root_key)

    @property
    def log_id(self) -> bytes:
        return hashlib.sha256(spki(self.log_key.public_key())).digest()

    def issue(self, public_key: CertificatePublicKeyTypes, claims: Mapping[str, str]) -> x509.Certificate:
        """A certificate for ten minutes with the identity that the token's claims prove."""
        now = datetime.now(UTC) - self.backdated
        subject: x509.GeneralName
        numbers, old = {8: claims["iss"], 24: claims["sub"]}, {1: claims["iss"]}
        if "job_workflow_ref" in claims:
            subject = x509.UniformResourceIdentifier(f"{GITHUB}/{claims['job_workflow_ref']}")
            numbers |= github_extensions(claims)
            old |= old_github_extensions(claims)
        elif "ci_config_ref_uri" in claims:
            subject = x509.UniformResourceIdentifier(f"https://{claims['ci_config_ref_uri']}")
            numbers |= gitlab_extensions(claims)
        elif "username" in claims:
            value = der(0x0C, claims["username"].encode())
            subject = x509.OtherName(ObjectIdentifier(f"{FULCIO}7"), value)
        else:
            subject = x509.RFC822Name(claims["email"])
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(seconds=1))
            .not_valid_after(now + LIFETIME)
            .add_extension(usage(sign=True), _CRITICAL)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False
            )
            .add_extension(x509.SubjectAlternativeName([subject]), _CRITICAL)
        )
        for number, text in sorted(old.items()):
            builder = builder.add_extension(_unknown(number, text.encode()), critical=False)
        for number, text in sorted(numbers.items()):
            builder = builder.add_extension(_unknown(number, der(0x0C, text.encode())), critical=False)
        # The pre-certificate's signed part is the certificate's without the list, so the list comes last.
        before = builder.sign(self.key, hashes.SHA384()).tbs_certificate_bytes
        listed = x509.UnrecognizedExtension(SCT_LIST, der(0x04, self._sct_list(before, now)))
        return builder.add_extension(listed, critical=False).sign(self.key, hashes.SHA384())

    def _sct_list(self, tbs: bytes, now: datetime) -> bytes:
        milliseconds = int(now.timestamp() * 1000)
        issuer = hashlib.sha256(spki(self.key.public_key())).digest()
        signed = b"".join(
            (
                struct.pack(">BBQH", 0, 0, milliseconds, 1),
                issuer,
                len(tbs).to_bytes(3, "big"),
                tbs,
                struct.pack(">H", 0),
            )
        )
        signature = (self.sct_key or self.log_key).sign(signed, ec.ECDSA(hashes.SHA256()))
        sct = b"".join(
            (
                b"\0",
                self.log_id,
                struct.pack(">QH", milliseconds, 0),
                b"\x04\x03",
                struct.pack(">H", len(signature)),
                signature,
            )
        )
        return struct.pack(">HH", len(sct) + 2, len(sct)) + sct


def _unknown(number: int, value: bytes) -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(ObjectIdentifier(f"{FULCIO}{number}"), value)
