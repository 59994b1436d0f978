"""The version of a main module by Go's rules, from the commit that is checked out and the tags before it.

This is what the go command stamps into build info since Go 1.24. Sources: cmd/go/internal/load/pkg.go
(setBuildInfo), cmd/go/internal/modfetch/coderepo.go (newCodeRepo, convert, findDir), codehost/git.go
(RecentTag); golang.org/x/mod/module/pseudo.go and https://go.dev/ref/mod#pseudo-versions.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attest.go import semver
from attest.go.module_path import has_prefix, major_fault, split_major
from attest.go.requirements import is_pseudo

if TYPE_CHECKING:
    from collections.abc import Callable

    from attest.model.checkout import Checkout

#: The module line of a go.mod, as far as the go command looks for it before it parses anything.
_MODULE: Final = re.compile(rb"(?:\A|\n)module[ \t]+(\"[^\"\n]*\"|`[^`\n]*`|[^ \t\r\n]+)")
GO_MOD: Final = "go.mod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """A version and what it was made of, or "" and the reason why the go command tells none."""

    version: str = ""
    source: Literal["", "tag", "pseudo-version"] = ""
    unknown_because: str = ""


def module_line(go_mod: bytes) -> str:
    """The module path that a go.mod names; "" where it names none."""
    found = _MODULE.search(go_mod)
    return found[1].decode("utf-8", "replace").strip('"`') if found else ""


def stamp(
    module: str, root_go_mod: bytes | None, checkout: Checkout, committed: Callable[[str], bytes | None]
) -> Stamp:
    """The version of the main module `module`.

    `root_go_mod` is the go.mod in the root of the working tree, None where there is none; `committed` gives
    files of the commit by their path in the repository, None for what it does not have.
    """
    if root_go_mod is None or not module_line(root_go_mod):
        return Stamp(unknown_because="the root of the repository is no module")
    split = split_major(module_line(root_go_mod))
    code_root = split[0] if split else ""
    own = split_major(module)
    prefix, major = own or ("", "")
    if not code_root or not has_prefix(module, code_root) or not has_prefix(prefix, code_root):
        return Stamp(
            unknown_because="its path does not begin with that of the module at the repository's root"
        )
    folder = prefix[len(code_root) :].strip("/")
    fault = _misplaced(folder, major, committed)
    if fault:
        return Stamp(unknown_because=fault)
    rules = _Rules(folder=folder, major=major, committed=committed)
    tagged = [each for tag in checkout.tags if (each := rules.version(tag)) and each == rules.trimmed(tag)]
    usable = [each for each in tagged if rules.allows(each)]
    if usable:
        version = rules.suffixed(max(usable, key=semver.sort_key))
        return Stamp(version=_dirty(version, checkout), source="tag")
    before = [each for tag in checkout.merged if (each := rules.version(tag)) and rules.allows(each)]
    base = max(before, key=semver.sort_key, default="")
    version = pseudo_version(major.strip("/.").removesuffix("-unstable"), base, checkout)
    return Stamp(version=_dirty(rules.suffixed(version), checkout), source="pseudo-version")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rules:
    """Which tags name versions of a module: those of its folder, and of its major version."""

    folder: str
    major: str
    committed: Callable[[str], bytes | None]

    def trimmed(self, tag: str) -> str:
        return tag.removeprefix(f"{self.folder}/") if self.folder else tag

    def version(self, tag: str) -> str:
        """The version that a tag names, without build metadata; "" for none and for pseudo-versions."""
        if (self.folder and not tag.startswith(f"{self.folder}/")) or is_pseudo(tag):
            return ""
        trimmed = self.trimmed(tag)
        canonical = semver.canonical(trimmed).removesuffix(semver.INCOMPATIBLE)
        return canonical if trimmed.startswith(canonical) else ""

    def matches(self, version: str) -> bool:
        """Whether the major version is the one that the module's path asks for."""
        return not major_fault(version, self.major)

    def allows(self, version: str) -> bool:
        return self.matches(version) or self.incompatible(version)

    def incompatible(self, version: str) -> bool:
        """Whether a higher major version counts all the same: never for what has a go.mod."""
        if self.folder or self.major or self.committed(GO_MOD) is not None:
            return False
        return self.committed(f"{semver.major(version)}/{GO_MOD}") is None

    def suffixed(self, version: str) -> str:
        return version if self.matches(version) else f"{version}{semver.INCOMPATIBLE}"


def _misplaced(folder: str, major: str, committed: Callable[[str], bytes | None]) -> str:
    """Why the commit does not have the module where its path says; "" where it does."""

    def claims(name: str) -> bool | None:
        content = committed(name)
        if content is None:
            return None
        path = module_line(content)
        split = split_major(path) if path else None
        if split is None:
            return False
        said = split[1].lstrip("/.")
        return said in {"", "v0", "v1"} if not major else said == major[1:]

    first = f"{folder}/{GO_MOD}" if folder else GO_MOD
    here = claims(first)
    if major.startswith("/"):
        second = f"{folder}/{major[1:]}/{GO_MOD}" if folder else f"{major[1:]}/{GO_MOD}"
        below = claims(second)
        if below is not None:
            if below and here:
                return f"{first} and {second} both say that they are {major[1:]}"
            return "" if below else f"{second} of the commit names another major version"
    if here is None:
        implicit = not folder and not major.startswith("/")
        return "" if implicit else f"the commit has no {first}"
    return "" if here else f"{first} of the commit names another major version"


def pseudo_version(major: str, base: str, checkout: Checkout) -> str:
    """The version of a commit after the version `base` ("" where none came before); `major` as in "v2"."""
    segment = f"{checkout.time:%Y%m%d%H%M%S}-{checkout.commit[:12]}"
    if not base:
        return f"{major or 'v0'}.0.0-{segment}"
    if "-" in base:
        return f"{base}.0.{segment}"
    head, _, patch = base.rpartition(".")
    return f"{head}.{_next(patch)}-0.{segment}"


def _next(number: str) -> str:
    """One more, in digits: no number is made of what may have a million of them."""
    kept = number.rstrip("9")
    zeros = "0" * (len(number) - len(kept))
    return f"{kept[:-1]}{int(kept[-1]) + 1}{zeros}" if kept else f"1{zeros}"


def _dirty(version: str, checkout: Checkout) -> str:
    if not checkout.modified:
        return version
    return f"{version}.dirty" if version.endswith(semver.INCOMPATIBLE) else f"{version}+dirty"
