"""Whatever bytes come in, nothing but attest's own errors comes out, and no changed evidence passes."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from attest.errors import AttestError, VerificationError
from attest.intoto import dsse, statement
from attest.model.statement import SPDX_PREDICATE, Subject
from attest.model.strict_json import dumps, loads
from attest.signing.key import KeySigner
from attest.trust import certificate, keys, roots
from attest.trust.bundle import looks_like_bundle, parse
from attest.trust.verify import TrustedKey, TrustStore, verify

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = keys.generate()
TRUST = TrustStore(keys=(TrustedKey(name="k", key=KEY.public),))
SHA256 = "ab" * 32
STATEMENT = statement.build([Subject(name="w", sha256=SHA256)], SPDX_PREDICATE, {"a": [1, {"b": None}]})
BLOB = KeySigner(KEY).sign_blob(SHA256)
ATTESTATION = KeySigner(KEY).sign_statement(STATEMENT)
WINDOW = {"start": "2021-01-01T00:00:00Z"}
ROOT = json.dumps(
    {
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": [{"publicKey": {"validFor": WINDOW}}],
        "certificateAuthorities": [{"validFor": WINDOW}],
    }
).encode()
NOW = datetime(2026, 11, 22, tzinfo=UTC)

PARSERS: list[tuple[Callable[[bytes], object], bytes]] = [
    (lambda data: loads(data, file="a", max_bytes=1 << 20, max_depth=64), STATEMENT),
    (lambda data: statement.parse(data, "a"), STATEMENT),
    (lambda data: dsse.parse(data, "a"), json.dumps(json.loads(ATTESTATION)["dsseEnvelope"]).encode()),
    (lambda data: parse(data, "a"), BLOB),
    (lambda data: parse(data, "a"), ATTESTATION),
    (looks_like_bundle, ATTESTATION),
    (lambda data: keys.load_public(data, "a"), KEY.public.pem),
    (lambda data: keys.load_private(data, "a", lambda: b"pw"), KEY.pem()),
    (lambda data: keys.load_spki(data, "a"), KEY.public.spki),
    (lambda data: roots.parse(data, "a", "a"), ROOT),
    (lambda data: certificate.read_signer(data, "a"), b"0\x82"),
]


@st.composite
def mutated(draw: st.DrawFn, original: bytes) -> bytes:
    """`original` with a piece of it replaced, removed or doubled."""
    start = draw(st.integers(0, len(original)))
    end = draw(st.integers(start, min(len(original), start + 40)))
    piece = draw(st.one_of(st.binary(max_size=8), st.just(original[start:end] * 2)))
    return original[:start] + piece + original[end:]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_parsers_raise_nothing_but_attests_own_errors(data: st.DataObject) -> None:
    for parser, valid in PARSERS:
        for given_bytes in (data.draw(st.binary(max_size=64)), data.draw(mutated(valid))):
            with contextlib.suppress(AttestError):
                parser(given_bytes)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_no_changed_bundle_says_anything_new(data: st.DataObject) -> None:
    """A mutated bundle is refused, or it proves the very same as the original."""
    original = data.draw(st.sampled_from([BLOB, ATTESTATION]))
    proven = verify(parse(original, "a"), digests=None, trust=TRUST, now=NOW)
    with contextlib.suppress(AttestError):
        bundle = parse(data.draw(mutated(original)), "a")
        assert verify(bundle, digests=None, trust=TRUST, now=NOW) == proven


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_what_is_signed_with_a_key_is_a_statement_or_refused(payload: bytes) -> None:
    bundle = parse(KeySigner(KEY).sign_statement(payload), "a")
    with contextlib.suppress(VerificationError):
        found = verify(bundle, digests=None, trust=TRUST, now=NOW)
        assert found.statement is not None
        assert found.digests


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_json_is_read_back_as_it_was_written(value: object) -> None:
    data = dumps(value)  # type: ignore[arg-type]  # the strategy makes JSON
    assert loads(data, file="a", max_bytes=1 << 20, max_depth=64) == value
    assert dumps(loads(data, file="a", max_bytes=1 << 20, max_depth=64)) == data


@settings(max_examples=50, deadline=None)
@given(st.text(min_size=1), st.binary())
def test_no_two_envelopes_sign_the_same_bytes(kind: str, payload: bytes) -> None:
    """The encoding can be taken apart in one way only."""
    rest = dsse.pae(kind, payload).removeprefix(b"DSSEv1 ")
    length, _, rest = rest.partition(b" ")
    found, rest = rest[: int(length)], rest[int(length) + 1 :]
    assert found == kind.encode()
    length, _, body = rest.partition(b" ")
    assert (int(length), body) == (len(payload), payload)
