"""A policy with everything that it names: its keys and roots read, pinned and ready to verify with."""

from __future__ import annotations

import difflib
import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from attest.errors import AttestError, FormatError, LimitError, PolicyError, ReadError, UsageError
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.source import Platform
from attest.model.verdict import UsedRoot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from importlib.resources.abc import Traversable

    from attest.model.binary import BinaryReport
    from attest.model.lint import LintNote
    from attest.model.ports import ReadBeside
    from attest.model.statement import Json
    from attest.model.vulnerability import Scan
    from attest.policy.model import KeySource, Policy, Slot
    from attest.trust.roots import Root
    from attest.trust.verify import TrustedKey, TrustStore
    from attest.vuln.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyBytes:
    """A policy as it was read: what it was called, its bytes, and those of the files that it names."""

    file: str
    data: bytes
    beside: Mapping[str, bytes]

    def read_beside(self, name: str, limit: int) -> bytes:
        """A file that the policy names, as `attest.model.ports.ReadBeside`."""
        data = self.beside.get(name)
        if data is None:
            raise ReadError(
                "is not in the saved evidence", place=Place(file=name), hint="save the evidence again"
            )
        if len(data) > limit:
            raise LimitError(
                f"{len(data)} bytes, more than {limit}",
                place=Place(file=name),
                hint="save the evidence again",
            )
        return data


class Recorder:
    """Keeps what is read beside a policy."""

    def __init__(self, read: ReadBeside) -> None:
        self._read = read
        self.seen: dict[str, bytes] = {}

    def __call__(self, name: str, limit: int) -> bytes:
        """As `attest.model.ports.ReadBeside`."""
        self.seen[name] = self._read(name, limit)
        return self.seen[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedPolicy:
    """A valid policy, what it trusts, and the fingerprints of its keys (SHA-256 of SPKI) by name.

    `roots` says from where the roots are. `database` is of the vulnerabilities that are known, None where the
    policy names none.
    """

    policy: Policy
    trust: TrustStore
    keys: Mapping[str, str]
    roots: tuple[UsedRoot, ...] = ()
    database: Database | None = None


def load_policy(
    data: bytes,
    file: str,
    read_beside: ReadBeside,
    *,
    variables: Mapping[str, str],
    now: datetime,
    sha256: str = "",
    limits: Limits = DEFAULT_LIMITS,
) -> LoadedPolicy:
    """Load a policy and all that it names.

    `file` is what messages call it, `variables` holds "version" and "tag" where the run sets them, `sha256`
    pins the policy's bytes (`--policy-sha256`). Raises `PolicyError` with every mistake: trust comes from the
    policy alone, so a key that cannot be read makes the policy invalid.
    """
    from attest.policy.load import load
    from attest.trust.roots import parse as parse_roots
    from attest.trust.verify import TrustStore

    if sha256 and hashlib.sha256(data).hexdigest() != sha256.lower():
        raise PolicyError(
            "the policy is not the one that --policy-sha256 pins",
            place=Place(file=file),
            hint=f"its SHA-256 is {hashlib.sha256(data).hexdigest()}",
        )
    policy = load(data, file, variables=variables, now=now, read_beside=read_beside, limits=limits)
    mistakes: list[AttestError] = []
    keys: list[TrustedKey] = []
    roots: list[Root] = []
    used: list[UsedRoot] = []
    for key in policy.keys:
        try:
            keys.append(_key(key, read_beside, limits))
        except AttestError as error:
            mistakes.append(error)
    for root in policy.roots:
        try:
            data = _pinned(read_beside(root.file, limits.trusted_root_bytes), root.sha256, root.file)
            found = parse_roots(data, root.name, root.file, limits)
        except AttestError as error:
            mistakes.append(error)
            continue
        roots += found
        digest = hashlib.sha256(data).hexdigest()
        used += [UsedRoot(name=each.name, source=root.file, sha256=digest) for each in found]
    database = None
    if known := policy.vulnerabilities:
        from attest.app.vulnerabilities import open_database

        try:
            found_data = read_beside(known.path, limits.vulnerability_database_bytes)
            database = open_database(_pinned(found_data, known.sha256, known.path), known.path, limits)
        except AttestError as error:
            mistakes.append(error)
    if mistakes:
        raise PolicyError(f"{file}: what it trusts cannot be used", mistakes=tuple(mistakes))
    return LoadedPolicy(
        policy=policy,
        trust=TrustStore(keys=tuple(keys), roots=tuple(roots)),
        keys={each.name: each.key.sha256 for each in keys},
        roots=tuple(used),
        database=database,
    )


def scanner_of(loaded: LoadedPolicy, now: datetime) -> Callable[[memoryview, BinaryReport], Scan] | None:
    """What looks for the vulnerabilities that the policy's database knows; None where it names none."""
    if loaded.database is None:
        return None
    from attest.app.vulnerabilities import scanner

    return scanner(loaded.database, now)


def _pinned(data: bytes, sha256: str, file: str) -> bytes:
    """The bytes, where they are those that the policy pins or it pins none."""
    found = hashlib.sha256(data).hexdigest()
    if sha256 and found != sha256.lower():
        raise FormatError(
            "is not the file that the policy pins",
            place=Place(file=file),
            hint=f"its SHA-256 is {found}; if that is meant, write it into the policy",
        )
    return data


def _key(source: KeySource, read_beside: ReadBeside, limits: Limits) -> TrustedKey:
    from attest.trust.keys import load_public
    from attest.trust.verify import TrustedKey

    data = _pinned(read_beside(source.file, limits.key_bytes), source.sha256, source.file)
    return TrustedKey(
        name=source.name,
        key=load_public(data, source.file, limits),
        valid_from=source.valid_from,
        valid_until=source.valid_until,
    )


def platforms(loaded: LoadedPolicy) -> tuple[Platform, ...]:
    """Every platform that the policy names, sorted."""
    return tuple(sorted({each for slot in loaded.policy.slots for each in _single(slot)}, key=str))


def _single(slot: Slot) -> list[Platform]:
    """The platform of a slot; each slice of a universal file is one of its own."""
    goos = slot.platform.goos
    return [Platform(goos=goos, goarch=arch) for arch in slot.slices] or [slot.platform]


def policy_schema() -> dict[str, Json]:
    """The JSON Schema of a policy."""
    from attest.policy.load import json_schema

    return json_schema()


def lint_policy(
    data: bytes,
    file: str,
    read_beside: ReadBeside,
    *,
    variables: Mapping[str, str],
    now: datetime,
    limits: Limits = DEFAULT_LIMITS,
) -> tuple[LintNote, ...]:
    """What is weaker in a policy than it may seem, by its lines; `PolicyError` for one that is not valid."""
    from attest.policy.lint import lint

    return lint(data, file, variables=variables, now=now, read_beside=read_beside, limits=limits)[1]


def checks() -> tuple[tuple[str, str], ...]:
    """Every check's id and title (the third line of its page), sorted by id."""
    return tuple((name, _page(name).splitlines()[2].rstrip(".")) for name in _known())


def page(check: str) -> str:
    """The page of a check, Markdown; `UsageError` for an unknown one, with the nearest name."""
    known = _known()
    if check not in known:
        near = difflib.get_close_matches(check, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "`attest policy explain` lists them all"
        raise UsageError(f"no check is called {check!r}", hint=hint)
    return _page(check)


def _pages() -> Traversable:
    folder = resources.files("attest") / "_policies" / "checks"
    if folder.is_dir():
        return folder
    return Path(__file__).parent.parent.parent / "policies" / "checks"  # a checkout: the wheel moves them


def _known() -> list[str]:
    return sorted(each.name.removesuffix(".md") for each in _pages().iterdir() if each.name.endswith(".md"))


def _page(check: str) -> str:
    return (_pages() / f"{check}.md").read_text(encoding="utf-8")
