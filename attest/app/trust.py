"""What is trusted: the roots that come with attest, those that an update brought, and those in files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, UsageError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.time import rfc3339
from attest.model.trust_update import SIGNING_CONFIG, TRUSTED_ROOT, InstanceTrust, TrustUpdate
from attest.trust.listing import listings
from attest.trust.sigstore_compat import (
    EMBEDDED,
    TUF_URLS,
    embedded_root,
    embedded_services,
    embedded_tuf_root,
)
from attest.trust.updated import read_updated, write_updated

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from attest.model.ports import Repository
    from attest.model.trust_listing import TrustListing

#: What `attest trust` calls the roots that come with attest.
NAMES: Final = tuple(EMBEDDED)
_EMBEDDED: Final = "comes with attest"


def _known(name: str) -> str:
    if name not in NAMES:
        raise UsageError(
            f"no root that comes with attest is called {name!r}", hint=f"one of {', '.join(NAMES)}"
        )
    return name


def repository_of(name: str) -> tuple[str, bytes]:
    """The TUF repository of a public instance, and the root metadata by which it is believed."""
    return TUF_URLS[_known(name)], embedded_tuf_root(name)


def current(name: str, kept: bytes | None = None, file: str = "") -> InstanceTrust:
    """What is trusted of a public instance: what an update `kept` in `file`, else what comes with attest.

    Raises `UsageError` for a name that is none, `FormatError` and `LimitError` for an update that cannot
    be read.
    """
    _known(name)
    if kept is not None:
        return read_updated(kept, name, file)
    return InstanceTrust(name=name, trusted_root=embedded_root(name), signing_config=embedded_services(name))


def source_of(trust: InstanceTrust) -> str:
    """From where it is, and of which day."""
    return f"updated {rfc3339(trust.update.time)} from {trust.update.url}" if trust.update else _EMBEDDED


def warning_about(trust: InstanceTrust, now: datetime) -> str:
    """What there is to say of the age of an updated root, "" where its repository still vouches for it."""
    update = trust.update
    if update is None or now < update.expires:
        return ""
    days = max((now - update.time).days, 0)
    return (
        f"the trusted root of {trust.name} was updated {days} day{'' if days == 1 else 's'} ago, and what"
        f" vouched for it has expired at {rfc3339(update.expires)}: run attest trust update"
    )


def update(
    name: str, url: str, repository: Repository, now: datetime, limits: Limits = DEFAULT_LIMITS
) -> tuple[InstanceTrust, bytes]:
    """Ask the TUF repository at `url` what is to be trusted of the instance `name`; that, and how to keep it.

    Raises as `attest.edge.tuf.TufRepository.refresh`; `FormatError` and `LimitError` for documents that
    attest would not be able to use.
    """
    from attest.signing.configuration import join, read_configuration

    found = repository.refresh((TRUSTED_ROOT, SIGNING_CONFIG))
    root, services = found.files[TRUSTED_ROOT], found.files[SIGNING_CONFIG]
    # What this attest cannot read does not take the place of what it can.
    if not any(listing.members for listing in listings(root, name, TRUSTED_ROOT, limits)):
        raise FormatError(f"the {TRUSTED_ROOT} of {url} trusts nobody", hint="ask who runs the repository")
    read_configuration(
        join(root, TRUSTED_ROOT, services, SIGNING_CONFIG, limits), SIGNING_CONFIG, now, limits
    )
    told = TrustUpdate(url=url, time=now, roles=found.roles)
    trust = InstanceTrust(name=name, trusted_root=root, signing_config=services, update=told)
    return trust, write_updated(trust, told)


def show(files: Iterable[tuple[str, bytes]]) -> tuple[TrustListing, ...]:
    """What the roots in these files (name and content) trust; raises as `attest.trust.listing.listings`."""
    return tuple(each for name, data in files for each in listings(data, name, name))


def show_instance(trust: InstanceTrust) -> tuple[TrustListing, ...]:
    """What is trusted of an instance, from where and since when; raises as `show`."""
    return tuple(
        replace(each, update=trust.update)
        for each in listings(trust.trusted_root, trust.name, source_of(trust))
    )
