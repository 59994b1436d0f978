from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from attest.intoto import dsse
from attest.model.statement import BUNDLE_MEDIA_TYPE, IN_TOTO_PAYLOAD_TYPE
from attest.signing.key import KeySigner
from attest.trust import keys

if TYPE_CHECKING:
    from attest.signing.signer import Signer

KEY = keys.generate()
SIGNER: Signer = KeySigner(KEY)
SHA256 = "ab" * 32


def test_a_file_is_signed_by_its_digest() -> None:
    document = json.loads(SIGNER.sign_blob(SHA256))
    signature = base64.b64decode(document["messageSignature"].pop("signature"))
    assert KEY.public.verifies_digest(signature, bytes.fromhex(SHA256))
    digest = base64.b64encode(bytes.fromhex(SHA256)).decode()
    assert document == {
        "mediaType": BUNDLE_MEDIA_TYPE,
        "verificationMaterial": {
            "publicKey": {"hint": base64.b64encode(bytes.fromhex(KEY.public.sha256)).decode()}
        },
        "messageSignature": {"messageDigest": {"algorithm": "SHA2_256", "digest": digest}},
    }


def test_a_statement_is_signed_as_it_stands() -> None:
    document = json.loads(SIGNER.sign_statement(b'{"a": 1}'))
    envelope = document["dsseEnvelope"]
    assert base64.b64decode(envelope["payload"]) == b'{"a": 1}'
    assert envelope["payloadType"] == IN_TOTO_PAYLOAD_TYPE
    ((name, signature),) = envelope["signatures"][0].items()
    assert name == "sig", "cosign refuses an envelope with a keyid"
    signed = dsse.pae(IN_TOTO_PAYLOAD_TYPE, b'{"a": 1}')
    assert KEY.public.verifies_message(base64.b64decode(signature), signed)
