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


class TufRoleDocument(TypedDict):
    """The metadata of one role of a TUF repository; `expired` as seen at the document's `time`."""

    name: str
    version: int
    expires: str
    expired: bool


class TrustUpdateDocument(TypedDict):
    """Which TUF repository gave a trusted root out, when it was asked, and what it vouched by."""

    url: str
    time: str
    roles: list[TufRoleDocument]


class TrustedRootDocument(TypedDict):
    """One trusted root; `sha256` is that of its file, by which a policy pins it.

    `update` is null for a file, and for what comes with attest.
    """

    name: str
    source: str
    sha256: str
    update: TrustUpdateDocument | None
    members: list[TrustedMemberDocument]


class TrustDocument(TypedDict):
    """What is trusted, seen at `time`."""

    schema: Literal["attest/trust/v1"]
    time: str
    roots: list[TrustedRootDocument]
