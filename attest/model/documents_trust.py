"""The document `attest/trust/v1`, as typed dictionaries (see `attest.model.documents`)."""

from __future__ import annotations

from typing import Literal, TypedDict


class TrustedMemberDocument(TypedDict):
    """An authority or a log; times are RFC 3339, null where there is none."""

    kind: Literal[
        "certificate-authority", "transparency-log", "certificate-transparency-log", "timestamp-authority"
    ]
    name: str
    uri: str
    start: str
    end: str | None
    standing: Literal["trusted", "ended", "not-yet"]
    sha256s: list[str]
    expires: str | None


class TrustedRootDocument(TypedDict):
    """One trusted root; `sha256` is that of its file, by which a policy pins it."""

    name: str
    source: str
    sha256: str
    members: list[TrustedMemberDocument]


class TrustDocument(TypedDict):
    """What is trusted, seen at `time`."""

    schema: Literal["attest/trust/v1"]
    time: str
    roots: list[TrustedRootDocument]
