"""Trust roots of Sigstore instances: which authorities and logs are trusted, and when.

Source: sigstore/protobuf-specs, protos/sigstore_trustroot.proto. A member's window (`validFor`) is closed:
both its ends belong to it. Every member needs one: what is trusted for ever is trusted by mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from attest.errors import LimitError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.strict_json import Node, loads

if TYPE_CHECKING:
    from attest.model.statement import Json

_ROOT: Final = "application/vnd.dev.sigstore.trustedroot+json;version=0.1"
_CONFIG: Final = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
_HINT: Final = "give a trusted root 0.1, several of them as JSON lines, or a client trust configuration"
_YEARS: Final = range(1970, 9999)  # leaves room to compute with the time


def utc(time: datetime) -> str:
    """A time as messages write it."""
    return f"{time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a root proves of a bundle: signing times (UTC, sorted), distinct logs, timestamp authorities."""

    times: tuple[datetime, ...] = ()
    log_entries: int = 0
    timestamps: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An authority or a log of a root: its JSON and when it is trusted (`end` None: no end yet)."""

    value: dict[str, Json]
    start: datetime
    end: datetime | None

    def covers(self, time: datetime) -> bool:
        """Tell whether `time` lies in the window."""
        return self.start <= time and (self.end is None or time <= self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """One named trust root; `authorities` issue certificates, `timestamping` attests time."""

    name: str
    file: str
    authorities: tuple[Member, ...]
    logs: tuple[Member, ...]
    certificate_logs: tuple[Member, ...]
    timestamping: tuple[Member, ...]


def parse(data: bytes, name: str, file: str, limits: Limits = DEFAULT_LIMITS) -> tuple[Root, ...]:
    """The roots in `data`: a trusted root, JSON lines of them, or a client trust configuration.

    Several roots of one file are called `name`, `name#2`, `name#3` and so on.
    Raises `attest.errors.FormatError` and `attest.errors.LimitError`.
    """
    if len(data) > limits.trusted_root_bytes:
        raise LimitError(
            f"{len(data)} bytes, more than the {limits.trusted_root_bytes} that are read of a trusted root",
            place=Place(file=file),
            hint=_HINT,
        )
    lines = [line for line in data.splitlines() if line.strip()]
    # One document over many lines, or one document on each line: the first line alone tells.
    texts = lines if len(lines) > 1 and _whole(lines[0]) else [data]
    if len(texts) > limits.trusted_roots:
        raise LimitError(
            f"has {len(texts)} trusted roots, more than the {limits.trusted_roots} that are read",
            place=Place(file=file),
            hint=_HINT,
        )
    return tuple(
        _root(text, f"{name}#{number}" if number > 1 else name, file, limits)
        for number, text in enumerate(texts, 1)
    )


def _whole(line: bytes) -> bool:
    return line.lstrip().startswith(b"{") and line.rstrip().endswith(b"}")


def _root(data: bytes, name: str, file: str, limits: Limits) -> Root:
    value = loads(data, file=file, max_bytes=limits.trusted_root_bytes, max_depth=limits.json_depth)
    node = Node(value=value, file=file)
    kind = node.need("mediaType")
    if kind.text() == _CONFIG:
        node.only("mediaType", "trustedRoot", "signingConfig")
        node = node.need("trustedRoot")
        kind = node.need("mediaType")
    if kind.text() != _ROOT:
        raise kind.fail(f"is {kind.text()[:80]!r}, which is no trusted root that is known here", hint=_HINT)
    node.only("mediaType", "tlogs", "certificateAuthorities", "ctlogs", "timestampAuthorities")
    return Root(
        name=name,
        file=file,
        authorities=_members(node, "certificateAuthorities", limits),
        logs=_members(node, "tlogs", limits, key="publicKey"),
        certificate_logs=_members(node, "ctlogs", limits, key="publicKey"),
        timestamping=_members(node, "timestampAuthorities", limits),
    )


def _members(node: Node, name: str, limits: Limits, key: str | None = None) -> tuple[Member, ...]:
    found = node.get(name)
    members = found.items(limits.trusted_roots) if found else []
    return tuple(_member(each, each.need(key) if key else each) for each in members)


def _member(node: Node, holder: Node) -> Member:
    window = holder.need("validFor")
    window.only("start", "end")
    start, end = _time(window.need("start")), window.get("end")
    until = _time(end) if end else None
    if until is not None and until < start:
        raise window.fail("ends before it starts")
    return Member(value=node.object(), start=start, end=until)


def _time(node: Node) -> datetime:
    try:
        time = datetime.fromisoformat(node.text())
    except ValueError as error:
        raise node.fail("is no time (RFC 3339)") from error
    if time.tzinfo is None:
        raise node.fail("is a time without a zone")
    if time.year not in _YEARS:
        raise node.fail("is a time in a year that no trusted root means")
    return time.astimezone(UTC)
