from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest

from attest.errors import AttestError, FormatError, LimitError, ServiceError
from attest.signing.token import looks_like_token, read_token

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EXP = int(NOW.timestamp())
CLAIMS = {"iss": "https://issuer.example", "sub": "alice", "aud": "sigstore", "exp": EXP + 60}


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def token(**changes: object) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    return f"{part({'alg': 'none'})}.{part(claims)}.c2ln"


def test_what_a_token_says() -> None:
    found = read_token(token(), NOW)
    assert (found.issuer, found.identity) == ("https://issuer.example", "alice")
    assert int(found.ends.timestamp()) == EXP + 60
    assert read_token(token(email="a@b.example"), NOW).identity == "a@b.example"
    assert read_token(token(aud=["sigstore"]), NOW).identity == "alice"
    assert read_token(token(exp=EXP), NOW).ends == NOW
    assert "c2ln" not in repr(found)


@pytest.mark.parametrize(
    ("raw", "kind", "said"),
    [
        ("junk", FormatError, "has not three parts of base64"),
        ("a.b.c\n", FormatError, "has not three parts of base64"),
        ("a.b.c", FormatError, "claims are no base64"),
        (f"a.{part([1])}.c", FormatError, r"\$ is an array, not an object"),
        (f"a.{base64.urlsafe_b64encode(b'junk').rstrip(b'=').decode()}.c", FormatError, "is no JSON"),
        (token(iss=None), FormatError, "has no 'iss'"),
        (token(sub=None), FormatError, "has no 'sub'"),
        (token(aud=None), FormatError, "has no 'aud'"),
        (token(exp=None), FormatError, "has no 'exp'"),
        (token(exp="soon"), FormatError, r"\$\.exp is no time in seconds"),
        (token(exp=True), FormatError, r"\$\.exp is no time in seconds"),
        (token(exp=10**15), FormatError, r"\$\.exp is no time in seconds"),
        (token(aud="other"), ServiceError, "is for another audience: 'other', and 'sigstore' is wanted"),
        (token(aud=["sigstore", "other"]), ServiceError, "is for another audience"),
        (
            token(exp=EXP - 1),
            ServiceError,
            "has expired: it was valid until 2026-01-02T03:04:04Z, and now is 2026-01-02T03:04:05Z",
        ),
        ("x" * 70_000, LimitError, "an identity token of 70000 characters"),
    ],
)
def test_tokens_that_cannot_be_used(raw: str, kind: type[AttestError], said: str) -> None:
    with pytest.raises(kind, match=said) as caught:
        read_token(raw, NOW)
    assert caught.value.hint


def test_a_token_is_told_from_a_file() -> None:
    assert looks_like_token(token())
    assert not looks_like_token("token.txt")
    assert not looks_like_token("/run/secrets/token.with.dots")
