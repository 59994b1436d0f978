"""A timestamp authority (RFC 3161) with answers as RFC 5652 signed data."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.sigstack.authority import authority, usage

_POLICY = "1.3.6.1.4.1.57264.2"
_YEAR = timedelta(days=365)


@dataclass
class TimestampAuthority:
    """Its root and its certificate; `offset` makes its clock wrong, `named` has it name its signer so.

    `named` is by attribute (as asn1crypto calls it) the list of certificates; None: as it should be.
    """

    offset: timedelta = timedelta()
    named: dict[str, object] | None = None
    root_key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP384R1())
    )
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self.root = authority("sigstack timestamp root", self.root_key)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sigstack timestamps")]))
            .issuer_name(self.root.subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(datetime.now(UTC) - 2 * _YEAR)
            .not_valid_after(datetime.now(UTC) + _YEAR)
            .add_extension(usage(sign=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.root_key.public_key()), critical=False
            )
            .sign(self.root_key, hashes.SHA384())
        )

    def answer(self, query: bytes) -> bytes:
        """The DER response to a DER request."""
        request = tsp.TimeStampReq.load(query)
        der = self.certificate.public_bytes(Encoding.DER)
        certificate = asn1_x509.Certificate.load(der)
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": _POLICY,
                "message_imprint": request["message_imprint"],
                "serial_number": secrets.randbits(127),
                "gen_time": (datetime.now(UTC) + self.offset).replace(microsecond=0),
                "accuracy": {"seconds": 1},
            }
        )
        if request["nonce"].native is not None:
            info["nonce"] = request["nonce"]
        content = info.dump()
        usual = {"signing_certificate_v2": [{"cert_hash": hashlib.sha256(der).digest()}]}
        attributes = cms.CMSAttributes(
            [
                cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
                cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
                *(
                    cms.CMSAttribute({"type": kind, "values": [{"certs": certs}]})
                    for kind, certs in (self.named if self.named is not None else usual).items()
                ),
            ]
        )
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    {
                        "issuer_and_serial_number": cms.IssuerAndSerialNumber(
                            {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
                        )
                    }
                ),
                "digest_algorithm": {"algorithm": "sha256"},
                "signed_attrs": attributes,
                "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                "signature": self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [{"algorithm": "sha256"}],
                "encap_content_info": {
                    "content_type": "tst_info",
                    "content": cms.ParsableOctetString(content),
                },
                "signer_infos": [signer],
            }
        )
        if request["cert_req"].native:
            signed["certificates"] = [certificate]
        token = cms.ContentInfo({"content_type": "signed_data", "content": signed})
        response: bytes = tsp.TimeStampResp(
            {"status": {"status": "granted"}, "time_stamp_token": token}
        ).dump()
        return response
