"""Where a Sigstore instance signs: its services, those of them that are to be asked, and its trusted root.

Source: sigstore/protobuf-specs, protos/sigstore_trustroot.proto (SigningConfig v0.2, ClientTrustConfig). Of
each operator the service with the newest version that is known here counts, and how many of these are asked
says the selector.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from attest.errors import FormatError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.strict_json import Node, dumps, loads
from attest.trust import roots

if TYPE_CHECKING:
    from attest.trust.roots import Root

CLIENT_CONFIG: Final = "application/vnd.dev.sigstore.clienttrustconfig.v0.1+json"
_SIGNING_CONFIG: Final = "application/vnd.dev.sigstore.signingconfig.v0.2+json"
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_HINT: Final = "give the client trust configuration of the Sigstore instance that signs"
_KNOWN: Final = {"caUrls": (1,), "oidcUrls": (1,), "rekorTlogUrls": (1, 2), "tsaUrls": (1,)}
#: Services that are sent an identity, which must not travel in the clear.
_SECRET: Final = ("caUrls", "oidcUrls")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service: its URL without a slash at the end, and the version of its interface."""

    url: str
    version: int
    operator: str

    @property
    def host(self) -> str:
        """What errors call it."""
        return urlsplit(self.url).netloc


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The services to ask, each in its order, and the root that proves what they answer.

    `authority` and `issuer` are None where there is none: enough for signing with a key. `sha256` tells this
    configuration from every other.
    """

    root: Root
    authority: Service | None
    issuer: Service | None
    logs: tuple[Service, ...]
    timestamping: tuple[Service, ...]
    sha256: str


def join(root: bytes, root_file: str, services: bytes, services_file: str, limits: Limits) -> bytes:
    """One client trust configuration of a trusted root and a signing configuration that were given apart."""

    def read(data: bytes, file: str) -> Node:
        value = loads(data, file=file, max_bytes=limits.trusted_root_bytes, max_depth=limits.json_depth)
        return Node(value=value, file=file)

    found = read(root, root_file)
    if found.need("mediaType").text() == CLIENT_CONFIG:
        found = found.need("trustedRoot")
    return dumps(
        {
            "mediaType": CLIENT_CONFIG,
            "trustedRoot": found.value,
            "signingConfig": read(services, services_file).value,
        }
    )


def read_configuration(
    data: bytes, file: str, now: datetime, limits: Limits = DEFAULT_LIMITS
) -> Configuration:
    """The services of a client trust configuration that are valid at `now`.

    Raises `attest.errors.FormatError` for what breaks the format, a URL that no secret may go to, and too few
    services for what is asked of them; `attest.errors.LimitError` beyond `limits`.
    """
    value = loads(data, file=file, max_bytes=limits.trusted_root_bytes, max_depth=limits.json_depth)
    whole = Node(value=value, file=file)
    kind = whole.need("mediaType")
    if kind.text() != CLIENT_CONFIG:
        raise kind.fail(
            f"is {kind.text()[:80]!r}, which is no client trust configuration that is known here", hint=_HINT
        )
    node = whole.need("signingConfig")
    version = node.need("mediaType")
    if version.text() != _SIGNING_CONFIG:
        raise version.fail(
            f"is {version.text()[:80]!r}, no signing configuration that is known here", hint=_HINT
        )
    node.only("mediaType", *_KNOWN, "rekorTlogConfig", "tsaConfig")
    root = roots.parse(data, "own", file, limits)[0]
    newest = {name: _newest(node, name, now, limits) for name in _KNOWN}
    return Configuration(
        root=root,
        authority=next(iter(newest["caUrls"]), None),
        issuer=next(iter(newest["oidcUrls"]), None),
        logs=_selected(node, "rekorTlogConfig", newest["rekorTlogUrls"], "transparency log"),
        timestamping=_selected(node, "tsaConfig", newest["tsaUrls"], "timestamp authority"),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _newest(node: Node, name: str, now: datetime, limits: Limits) -> list[Service]:
    """The services of one kind that are valid now: the newest known version of each operator."""
    found = node.get(name)
    best: dict[str, Service] = {}
    for each in found.items(limits.trusted_roots) if found else []:
        each.only("url", "majorApiVersion", "validFor", "operator")
        version = each.need("majorApiVersion").int64()
        operator = each.need("operator").text()
        url = _url(each.need("url"), secret=name in _SECRET)
        if version not in _KNOWN[name] or not _valid(each.need("validFor"), now):
            continue
        before = best.get(operator)
        if before is None or before.version < version:
            best[operator] = Service(url=url, version=version, operator=operator)
    return list(best.values())


def _valid(window: Node, now: datetime) -> bool:
    window.only("start", "end")
    start, end = window.get("start"), window.get("end")
    return not (start and now < _time(start)) and not (end and now > _time(end))


def _time(node: Node) -> datetime:
    try:
        time = datetime.fromisoformat(node.text())
    except ValueError as error:
        raise node.fail("is no time (RFC 3339)") from error
    if time.tzinfo is None:
        raise node.fail("is a time without a zone")
    return time.astimezone(UTC)


def _url(node: Node, *, secret: bool) -> str:
    """Refuse URLs with passwords, of other schemes, and in the clear where an identity goes."""
    try:
        url = urlsplit(node.text())
        host = url.hostname
        _ = url.port  # raises for what is none
    except ValueError as error:
        raise node.fail("is no URL", hint=_HINT) from error
    if url.scheme not in ("https", "http") or not host or url.username is not None or url.query:
        raise node.fail("is no https URL without user name", hint=_HINT)
    if secret and url.scheme == "http" and host not in _LOOPBACK:
        raise node.fail("is http, and the identity token must not travel in the clear", hint=_HINT)
    return node.text().rstrip("/")


def _selected(node: Node, name: str, services: list[Service], what: str) -> tuple[Service, ...]:
    """As many of the services as the selector wants; absent, it is ANY: one of them."""
    found = node.get(name)
    if found is None:
        return tuple(services[:1])
    found.only("selector", "count")
    selector, count = found.need("selector"), found.get("count")
    exact = count.int64() if count else 0
    wanted = {"ALL": len(services) or 1, "ANY": 1, "EXACT": exact}.get(selector.text())
    if wanted is None:
        raise selector.fail(f"is {selector.text()[:80]!r}, which is none of ALL, ANY and EXACT", hint=_HINT)
    if wanted < 1:
        raise found.fail("asks for none: EXACT needs a count of at least 1", hint=_HINT)
    if len(services) < wanted:
        raise FormatError(
            f"{found.path} asks for {wanted} of a {what}, and {len(services)} are valid now and known here",
            place=Place(file=node.file),
            hint=_HINT,
        )
    return tuple(services[:wanted])
