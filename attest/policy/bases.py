"""Find the policies that a policy extends, by their digests, and put them together."""

from __future__ import annotations

import hashlib
import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from attest.errors import AttestError, FormatError, InputError, LimitError
from attest.model.verdict import Override
from attest.policy import document
from attest.policy.build_trust import is_elsewhere
from attest.policy.extend import extended, relocated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from attest.model.limits import Limits
    from attest.model.place import Place
    from attest.model.ports import ReadBeside
    from attest.policy.document import Document, Path
    from attest.policy.extend import Loosened

_HEXADECIMAL: Final = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """One document of a policy and all that it extends, and where it asks for less, with the reasons."""

    document: Document
    overrides: tuple[Override, ...]
    mistakes: tuple[AttestError, ...]


def resolve(own: Document, read_beside: ReadBeside | None, limits: Limits) -> Resolved:
    """Put `own` over what it extends, first to last; without `read_beside` nothing can be read."""
    resolver = _Resolver(read_beside, limits)
    found = resolver.resolve(own, folder="")
    return Resolved(document=found, overrides=tuple(resolver.overrides), mistakes=tuple(resolver.mistakes))


class _Resolver:
    def __init__(self, read_beside: ReadBeside | None, limits: Limits) -> None:
        self.overrides: list[Override] = []
        self.mistakes: list[AttestError] = []
        self._read_beside = read_beside
        self._limits = limits
        self._left = limits.policy_bases

    def resolve(self, own: Document, *, folder: str) -> Document:
        """A document over what it extends; files are named from the policy that all began with."""
        here = relocated(own, folder)
        loosened: list[tuple[Loosened, Document]] = []
        below: Document | None = None
        for path, entry in _listed(own):
            base = self._base(own, path, entry, folder=folder)
            if base is None:
                continue
            if below is None:
                below = base
            else:
                below, found = extended(below, base)
                loosened += [(each, below) for each in found]
        joined = here
        if below is not None:
            joined, found = extended(below, here)
            loosened += [(each, joined) for each in found]
        self._overridden(own, loosened)
        return joined

    def _base(self, own: Document, path: Path, entry: dict[str, Any], *, folder: str) -> Document | None:
        """One base, with what it extends itself; None, and a mistake, where it cannot be had."""
        self._left -= 1
        if self._left < 0:
            if self._left == -1:
                message = f"the policy extends more than {self._limits.policy_bases} others"
                self.mistakes.append(LimitError(message, place=own.place(path), hint="put them together"))
            return None
        try:
            read = self._read(own, entry, own.place(path), folder)
        except InputError as error:
            self.mistakes.append(error)
            return None
        return self.resolve(read, folder=_folder(folder + entry["path"]))

    def _read(self, own: Document, entry: dict[str, Any], place: Place, folder: str) -> Document:
        """The bytes of a base, which must be those that are named, as a document."""
        name = entry["path"]
        if self._read_beside is None:
            message = "what the policy extends cannot be read here"
            raise FormatError(message, place=place, hint="name the policy by its file")
        if is_elsewhere(name) or name.startswith(("/", "~")) or ":" in name or "\\" in name:
            message = f"'{name}' is no path relative to the policy"
            raise FormatError(message, place=place, hint="write it with slashes: base/go.yaml")
        shown = posixpath.normpath(posixpath.join(posixpath.dirname(own.file), name))
        data = self._read_beside(posixpath.normpath(folder + name), self._limits.policy_bytes)
        found = hashlib.sha256(data).hexdigest()
        if found != entry["sha256"].lower():
            raise FormatError(
                f"{shown} is not the policy that is extended",
                place=place,
                hint=f"its SHA-256 is {found}; if that is meant, write it here",
            )
        read = document.read(data, shown, self._limits)
        if not isinstance(read.value, dict) or any(read.value.get(key) != _SAME[key] for key in _SAME):
            message = "a policy that is extended begins with apiVersion: attest/v1, kind: ReleasePolicy"
            raise FormatError(message, place=read.place(()), hint="add these two lines")
        return read

    def _overridden(self, own: Document, loosened: list[tuple[Loosened, Document]]) -> None:
        """Hold what is looser against the reasons that are given for it, each way."""
        reasons = dict(_reasons(own))
        used: set[str] = set()
        for each, joined in loosened:
            given = reasons.get(each.key)
            if given is None:
                self.mistakes.append(
                    FormatError(
                        f"'{each.key}' is looser than in what the policy extends: {each.what}",
                        place=joined.place(each.path),
                        hint=f'if that is meant: overrides: [{{key: {each.key}, reason: "…"}}]',
                    )
                )
                continue
            if each.key not in used:
                self.overrides.append(Override(key=each.key, reason=given[1], file=own.file))
            used.add(each.key)
        for key, (path, _) in reasons.items():
            if key not in used:
                self.mistakes.append(
                    FormatError(
                        f"nothing is overridden at '{key}'",
                        place=own.place(path),
                        hint="the policy asks for no less there than what it extends: take it out",
                    )
                )


_SAME: Final = {"apiVersion": "attest/v1", "kind": "ReleasePolicy"}


def _folder(where: str) -> str:
    """The folder of a base, with a slash, as its files are named from."""
    found = posixpath.dirname(posixpath.normpath(where))
    return f"{found}/" if found else ""


def _listed(own: Document) -> Iterator[tuple[Path, dict[str, Any]]]:
    """What a document extends, as far as it is written well: the schema tells the rest."""
    value = own.value
    listed = value.get("extends") if isinstance(value, dict) else None
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(entry, dict) and isinstance(entry.get("path"), str) and entry["path"]:
            sha256 = entry.get("sha256")
            if isinstance(sha256, str) and len(sha256) == 64 and set(sha256.lower()) <= _HEXADECIMAL:  # noqa: PLR2004 - hexadecimal digits
                yield ("extends", index), entry


def _reasons(own: Document) -> Iterator[tuple[str, tuple[Path, str]]]:
    """What a document says why it asks for less: the place that is meant, its own place, the reason."""
    value = own.value
    listed = value.get("overrides") if isinstance(value, dict) else None
    for index, entry in enumerate(listed if isinstance(listed, list) else ()):
        key, reason = (entry.get("key"), entry.get("reason")) if isinstance(entry, dict) else (None, None)
        if isinstance(key, str) and isinstance(reason, str) and reason:
            yield key, (("overrides", index), reason)
