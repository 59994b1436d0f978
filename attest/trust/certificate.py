"""Who a Fulcio certificate names: its subject alternative name, its issuer and its claims.

Source: sigstore/fulcio, docs/oid-info.md (extensions 1.3.6.1.4.1.57264.1.*). The values are only as good as
the certificate; nothing here verifies it.
"""

from __future__ import annotations

from typing import Final

from cryptography import x509

from attest.errors import FormatError, VerificationError
from attest.model.place import Place
from attest.model.statement import Signer
from attest.trust.members import read_certificate

_FULCIO: Final = "1.3.6.1.4.1.57264.1."
_ISSUER_RAW: Final = f"{_FULCIO}1"
_USERNAME: Final = f"{_FULCIO}7"
_ISSUER: Final = f"{_FULCIO}8"
#: Extension to the policy language's name of the claim: those whose value is the text itself. GitHub alone
#: has them; every Fulcio since 2023 repeats all but the workflow's name in those below.
OLD_CLAIMS: Final = {
    f"{_FULCIO}2": "github_workflow_trigger",
    f"{_FULCIO}3": "github_workflow_sha",
    f"{_FULCIO}4": "github_workflow_name",
    f"{_FULCIO}5": "github_workflow_repository",
    f"{_FULCIO}6": "github_workflow_ref",
}
#: Likewise, those whose value is a DER UTF8String.
CLAIMS: Final = {
    f"{_FULCIO}9": "build_signer_uri",
    f"{_FULCIO}10": "build_signer_digest",
    f"{_FULCIO}11": "runner_environment",
    f"{_FULCIO}12": "source_repository_uri",
    f"{_FULCIO}13": "source_digest",
    f"{_FULCIO}14": "source_ref",
    f"{_FULCIO}15": "source_repository_id",
    f"{_FULCIO}16": "source_repository_owner_uri",
    f"{_FULCIO}17": "source_repository_owner_id",
    f"{_FULCIO}18": "build_config_uri",
    f"{_FULCIO}19": "build_config_digest",
    f"{_FULCIO}20": "build_trigger",
    f"{_FULCIO}21": "run_invocation_uri",
    f"{_FULCIO}22": "source_repository_visibility",
    f"{_FULCIO}23": "environment",
    f"{_FULCIO}24": "token_subject",
}
_UTF8_STRING: Final = 0x0C
_LONG_FORM: Final = 0x80


def read_signer(der: bytes, file: str) -> Signer:
    """The signer that the certificate `der` names; `file` is what errors call the evidence.

    Raises `attest.errors.VerificationError` where it is no certificate, or does not name exactly one
    subject and at most one issuer. The issuer is "" where the certificate has none.
    """
    place = Place(file=file)
    try:
        certificate = read_certificate(der, file)
        extensions = {each.oid.dotted_string: each for each in certificate.extensions}
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound as error:
        raise VerificationError("the certificate names no subject", place=place) from error
    except FormatError as error:
        raise VerificationError(error.message, place=place) from error
    raw = {
        oid: extension.value.value
        for oid, extension in extensions.items()
        if isinstance(extension.value, x509.UnrecognizedExtension)
    }
    claims = [
        (name, read(raw[oid], f"the claim {name}", place))
        for table, read in ((OLD_CLAIMS, _utf8), (CLAIMS, _utf8_string))
        for oid, name in table.items()
        if oid in raw
    ]
    return Signer(
        kind="certificate",
        san=_subject(names, place),
        issuer=_issuer(raw, place),
        claims=tuple(sorted(claims)),
    )


def _subject(names: x509.SubjectAlternativeName, place: Place) -> str:
    found = list(names)
    if len(found) != 1:
        raise VerificationError(f"the certificate names {len(found)} subjects, not exactly one", place=place)
    match found[0]:
        case x509.UniformResourceIdentifier(value=value) | x509.RFC822Name(value=value):
            text = value
        case x509.OtherName() as other if other.type_id.dotted_string == _USERNAME:
            text = _utf8_string(other.value, "the username", place)
        case _:
            raise VerificationError(
                "the certificate's subject is neither a URI, an e-mail address nor a username", place=place
            )
    if not text:
        raise VerificationError("the certificate's subject is empty", place=place)
    return text


def _issuer(raw: dict[str, bytes], place: Place) -> str:
    new = _utf8_string(raw[_ISSUER], "the issuer", place) if _ISSUER in raw else None
    old = _utf8(raw[_ISSUER_RAW], "the issuer", place) if _ISSUER_RAW in raw else None
    if new is not None and old is not None and new != old:
        raise VerificationError("the certificate names two issuers", place=place)
    return new if new is not None else old or ""


def _utf8(data: bytes, what: str, place: Place) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VerificationError(f"{what} in the certificate is no UTF-8", place=place) from error


def _utf8_string(data: bytes, what: str, place: Place) -> str:
    """The text of a DER UTF8String that fills `data` exactly (X.690, 8.1.3 and 10.1)."""
    wrong = VerificationError(f"{what} in the certificate is no DER UTF8String", place=place)
    head = 2
    if len(data) < head or data[0] != _UTF8_STRING:
        raise wrong
    length = data[1]
    if length >= _LONG_FORM:
        octets = data[head : head + (length & 0x7F)]
        head += length & 0x7F
        length = int.from_bytes(octets, "big")
        # DER wants the shortest form, so that one text has one spelling.
        if length < _LONG_FORM or not octets or octets[0] == 0:
            raise wrong
    if len(data) != head + length:
        raise wrong
    return _utf8(data[head:], what, place)
