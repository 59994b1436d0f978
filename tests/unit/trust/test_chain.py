"""What an authority's and a signer's certificate must be: RFC 5280, rule by rule, each with its reason."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from attest.errors import VerificationError
from attest.trust import roots
from attest.trust.chain import check_chain, check_usage
from tests.sigstack.authority import usage

NOW: Final = datetime(2026, 6, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)
CODE: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
MAIL: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
ANY: Final = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
CONSTRAINTS: Final = x509.NameConstraints([x509.RFC822Name("example.com")], None)
UNKNOWN: Final = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\5\0")
INHIBIT: Final = x509.InhibitAnyPolicy(0)
POLICIES: Final = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.2.3.5"), None)])


@dataclass(frozen=True, kw_only=True)
class Wish:
    """A certificate; without `issuer` it signs itself. Extensions that are None are left out."""

    name: str
    issuer: Wish | None = None
    ca: bool | None = True
    length: int | None = None
    usage: x509.KeyUsage | None = field(default_factory=lambda: usage(sign=False))
    purposes: x509.ExtendedKeyUsage | None = None
    more: x509.ExtensionType | None = None
    critical: bool = True
    start: datetime = NOW - DAY
    end: datetime = NOW + DAY

    def key(self) -> ec.EllipticCurvePrivateKey:
        """One for each name, as authorities have it."""
        return ec.derive_private_key(int.from_bytes(self.name.encode(), "big"), ec.SECP256R1())

    def subject(self) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, self.name)])

    def made(self) -> x509.Certificate:
        by = self.issuer or self
        builder = (
            x509.CertificateBuilder()
            .subject_name(self.subject())
            .issuer_name(by.subject())
            .public_key(self.key().public_key())
            .serial_number(1)
            .not_valid_before(self.start)
            .not_valid_after(self.end)
        )
        basic = None if self.ca is None else x509.BasicConstraints(ca=self.ca, path_length=self.length)
        for each in (basic, self.usage, self.purposes):
            if each is not None:
                builder = builder.add_extension(each, critical=True)
        if self.more is not None:
            builder = builder.add_extension(self.more, critical=self.critical)
        return builder.sign(by.key(), hashes.SHA256())


TOP: Final = Wish(name="top")


def leaf(issuer: Wish, **changes: object) -> Wish:
    values = {"name": "leaf", "issuer": issuer, "ca": None, "usage": usage(sign=True), "purposes": CODE}
    return Wish(**(values | changes))  # type: ignore[arg-type]  # the keys are the fields


def between(name: str = "between", issuer: Wish = TOP, **changes: object) -> Wish:
    values: dict[str, object] = {"name": name, "issuer": issuer, "purposes": CODE}
    return Wish(**(values | changes))  # type: ignore[arg-type]  # the keys are the fields


def path(*wishes: Wish) -> tuple[str, ...]:
    """The names of the path from a leaf, the first, over authorities, the others, at `NOW`."""
    signer, *authorities = (each.made() for each in wishes)
    chain = [{"rawBytes": base64.b64encode(each.public_bytes(Encoding.DER)).decode()} for each in authorities]
    member = {"certChain": {"certificates": chain}, "validFor": {"start": "2020-01-01T00:00:00Z"}}
    document = {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "certificateAuthorities": [member],
    }
    (root,) = roots.parse(json.dumps(document).encode(), "own", "root.json")
    found = check_chain(signer, root, [NOW], "b.json")
    return tuple(each.subject.rfc4514_string() for each in found)


def refused(*wishes: Wish) -> str:
    with pytest.raises(VerificationError) as caught:
        path(*wishes)
    assert str(caught.value.place) == "b.json"
    return caught.value.message


def test_paths_that_hold() -> None:
    low = between(length=0)
    assert path(leaf(low), low, TOP) == ("CN=leaf", "CN=between", "CN=top")
    assert path(leaf(TOP), TOP) == ("CN=leaf", "CN=top")
    high = between("high", length=1)
    lower = between("lower", high, length=0)
    # The order in which the trusted root lists what is between does not matter.
    for order in ((lower, high), (high, lower)):
        assert path(leaf(lower), *order, TOP) == ("CN=leaf", "CN=lower", "CN=high", "CN=top")
    for purposes in (None, ANY):
        low = between(purposes=purposes)
        assert path(leaf(low), low, TOP)[1] == "CN=between"
    low = between(start=NOW, end=NOW)
    assert path(leaf(low), low, TOP), "both ends belong to it"


def test_the_length_of_a_path() -> None:
    top = Wish(name="top", length=0)
    low = between(issuer=top)
    told = "the certificate of the authority CN=top allows 0 authorities below it, and there are 1"
    assert refused(leaf(low), low, top) == f"{told} (path length)"
    high = between("high", length=0)
    lower = between("lower", high)
    assert "authority CN=high allows 0 authorities below it" in refused(leaf(lower), lower, high, TOP)
    top = Wish(name="top", length=1)
    high = between("high", top)
    lower = between("lower", high)
    assert "CN=top allows 1 authorities below it, and there are 2" in refused(leaf(lower), lower, high, top)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ca": False}, "is not one of an authority (basic constraints)"),
        ({"ca": None}, "is not one of an authority (basic constraints)"),
        ({"usage": usage(sign=True)}, "may not sign certificates (key usage)"),
        ({"usage": None}, "may not sign certificates (key usage)"),
        ({"purposes": MAIL}, "is not for signing code (extended key usage)"),
        ({"more": UNKNOWN}, "has the critical extension 1.2.3.4, which is not known"),
        ({"more": INHIBIT}, "has the critical extension 2.5.29.54, which is not known"),
        ({"more": POLICIES}, "has the critical extension 2.5.29.32, which is not known"),
        ({"more": CONSTRAINTS}, "limits the names of those below it (name constraints), which is not known"),
        (
            {"more": CONSTRAINTS, "critical": False},
            "limits the names of those below it (name constraints), which is not known",
        ),
    ],
)
@pytest.mark.parametrize("which", ["between", "top"])
def test_authorities(which: str, changes: dict[str, object], said: str) -> None:
    top = Wish(name="top", **changes) if which == "top" else TOP  # type: ignore[arg-type]  # the keys are the fields
    low = between(issuer=top)
    if which == "between":
        low = replace(low, **changes)  # type: ignore[arg-type]  # likewise
    assert refused(leaf(low), low, top) == f"the certificate of the authority CN={which} {said}"


def test_extensions_that_need_not_be_known() -> None:
    for more in (UNKNOWN, POLICIES):
        low = between(more=more, critical=False)
        assert path(leaf(low), low, TOP)


@pytest.mark.parametrize(
    ("start", "end"),
    [(NOW - DAY, NOW - timedelta(seconds=1)), (NOW + timedelta(seconds=1), NOW + DAY)],
)
def test_an_authority_that_was_not_valid_then(start: datetime, end: datetime) -> None:
    low = between(start=start, end=end)
    assert refused(leaf(low), low, TOP) == (
        "signed at 2026-06-01T00:00:00Z, when the certificate of CN=between was not valid"
    )


def test_those_who_did_not_issue_it() -> None:
    none = "its certificate was issued by no authority of the trusted root own"
    low, other = between(), between("other")
    assert refused(leaf(low), TOP) == none, "what is between is not there"
    assert refused(leaf(low), other, TOP) == none
    assert refused(leaf(low), low, Wish(name="another")) == none
    assert refused(leaf(leaf(low, name="signer")), low, TOP) == none, "a signer issues nothing"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"ca": False}, ""),
        ({"more": UNKNOWN, "critical": False}, ""),
        ({"usage": None}, "is not for digital signatures (key usage)"),
        ({"usage": usage(sign=False)}, "is not for digital signatures (key usage)"),
        ({"purposes": None}, "is not for signing code (extended key usage)"),
        ({"purposes": MAIL}, "is not for signing code (extended key usage)"),
        ({"purposes": ANY}, "is not for signing code (extended key usage)"),
        ({"ca": True}, "is one of an authority (basic constraints)"),
        ({"more": UNKNOWN}, "has the critical extension 1.2.3.4, which is not known"),
        ({"more": POLICIES}, "has the critical extension 2.5.29.32, which is not known"),
    ],
)
def test_signers(changes: dict[str, object], said: str) -> None:
    certificate = leaf(TOP, **changes).made()
    if not said:
        check_usage(certificate, "b.json")
        return
    with pytest.raises(VerificationError) as caught:
        check_usage(certificate, "b.json")
    assert caught.value.message == f"its certificate {said}"
