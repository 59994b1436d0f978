"""Keys, roots and identities of a policy file: whom it trusts, and as whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.policy import identity
from attest.policy.model import Identity, KeySource, Require, RootSource, SignerRule

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.policy import schema
    from attest.policy.document import Path
    from attest.policy.notes import Notes

_GLOB: Final = "_glob"
#: \\\\server\\share, \\\\?\\ and \\\\.\\ with slashes of either kind; and NUL, CON and the like.
_ELSEWHERE: Final = re.compile(
    r"[/\\]{2}|(?:[^/\\]*[/\\])*(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\.[^/\\]*)?\Z", re.IGNORECASE
)


def is_elsewhere(file: str) -> bool:
    """Tell whether a name is one of another computer or of a device, as Windows reads it."""
    return _ELSEWHERE.match(file) is not None


class TrustBuilder:
    """Reads the sections `trust` and `identities`; mistakes go into `notes`."""

    def __init__(self, parsed: schema.Document, notes: Notes) -> None:
        self._parsed = parsed
        self._notes = notes

    def _require(self, own: schema.Require | None) -> Require:
        """What holds for a key or root: its own word, then that of the section, then one of each."""
        both = [each for each in (own, self._parsed.trust.require) if each is not None]
        tlog = next((each.tlog for each in both if each.tlog is not None), 1)
        return Require(
            tlog=tlog, timestamps=next((each.timestamps for each in both if each.timestamps is not None), 1)
        )

    def keys(self) -> tuple[KeySource, ...]:
        """The keys, in the order of the file."""
        found = []
        for index, key in enumerate(self._parsed.trust.keys):
            path: Path = ("trust", "keys", index)
            self._local((*path, "file"), key.file)
            outside = (
                key.file.startswith(("/", "\\", "~"))
                or ".." in re.split(r"[/\\]", key.file)
                or ":" in key.file
            )
            if outside and key.sha256 is None:
                self._notes.add(
                    (*path, "file"),
                    f"the key '{key.name}' lies outside the policy's folder and has no sha256",
                    "add sha256: the digest of the key file, or put the file beside the policy",
                )
            found.append(
                KeySource(
                    name=key.name,
                    file=key.file,
                    sha256=key.sha256 or "",
                    require=self._require(key.require),
                    valid_from=self._notes.date((*path, "valid_from"), key.valid_from)
                    if key.valid_from
                    else None,
                    valid_until=self._notes.until((*path, "valid_until"), key.valid_until)
                    if key.valid_until
                    else None,
                )
            )
        return tuple(found)

    def roots(self) -> tuple[RootSource, ...]:
        """The roots, in the order of the file."""
        trust = self._parsed.trust
        found = []
        names = {key.name for key in trust.keys}
        if len(names) < len(trust.keys):
            self._notes.add(("trust", "keys"), "two keys have one name", "give each key its own name")
        for index, root in enumerate(trust.roots):
            path: Path = ("trust", "roots", index)
            files = [name for name in (root.trusted_root, root.client_trust_config) if name is not None]
            if len(files) != 1:
                self._notes.add(
                    path,
                    f"the root '{root.name}' needs exactly one of trusted_root and client_trust_config",
                    "name one file",
                )
                continue
            if root.name in names:
                self._notes.add(path, f"the name '{root.name}' is taken by another key or root", "rename one")
            names.add(root.name)
            self._local((*path, "trusted_root" if root.trusted_root else "client_trust_config"), files[0])
            found.append(
                RootSource(
                    name=root.name,
                    kind="trusted_root" if root.trusted_root else "client_trust_config",
                    file=files[0],
                    sha256=root.sha256,
                    require=self._require(root.require),
                )
            )
        if not trust.keys and not trust.roots:
            self._notes.add(
                ("trust",), "the policy trusts no key and no root", "add trust.keys or trust.roots"
            )
        return tuple(found)

    def _local(self, path: Path, file: str) -> None:
        """Refuse what names another computer or a device: Windows logs in there before anything is read."""
        if is_elsewhere(file):
            self._notes.add(
                path,
                f"'{file}' names a network share or a device, not a file beside the policy",
                "copy the file beside the policy",
            )

    def identities(self, repo: str) -> tuple[Identity, ...]:
        """The identities; `repo` is what ${source.repo} stands for, "" where it may not be used."""
        found = []
        more = {"source.repo": repo} if repo else {}
        for name, entries in self._parsed.identities.items():
            rules = [
                self._rule(("identities", name, index), entry, more) for index, entry in enumerate(entries)
            ]
            found.append(Identity(name=name, rules=tuple(rules)))
        return tuple(found)

    def _rule(self, path: Path, entry: schema.SignerEntry, more: Mapping[str, str]) -> SignerRule:
        names = {"san": entry.san, "san_glob": entry.san_glob, "san_regex": entry.san_regex}
        given = [name for name, value in names.items() if value is not None]
        if entry.key is not None:
            if given or entry.issuer is not None or entry.claims:
                self._notes.add(path, "a key has no issuer, san and claims", "write two entries of the list")
            self._notes.known((*path, "key"), "key", entry.key, (key.name for key in self._parsed.trust.keys))
            return SignerRule(key=entry.key)
        if entry.issuer is None or len(given) != 1:
            self._notes.add(
                path,
                "an identity needs a key, or an issuer and exactly one of san, san_glob and san_regex",
                "say who may sign",
            )
            return SignerRule()
        if not self._parsed.trust.roots:
            self._notes.add(
                path, "a certificate's identity needs a root, and trust.roots is empty", "add a root"
            )
        (kind,) = given
        value = self._notes.expanded((*path, kind), names[kind] or "", more, regex=kind == "san_regex")
        fault = self._name_fault(kind, value)
        if fault:
            self._notes.add(
                (*path, kind), f"the {kind} '{value}' is refused: {fault}", "name the signer exactly"
            )
        if "*" in entry.issuer:
            self._notes.add((*path, "issuer"), "an issuer is an exact URL, without '*'", "name the issuer")
        return SignerRule(
            issuer=entry.issuer,
            san=value if kind == "san" else "",
            san_glob=value if kind == "san_glob" else "",
            san_regex=value if kind == "san_regex" else "",
            claims=self._claims(path, entry.claims, more),
        )

    @staticmethod
    def _name_fault(kind: str, value: str) -> str:
        if kind == "san_regex":
            return identity.regex_fault(value)
        if kind == "san_glob":
            return identity.glob_fault(value)
        return "'*' stands for itself in san; write san_glob" if "*" in value else ""

    def _claims(
        self, path: Path, claims: Mapping[str, str], more: Mapping[str, str]
    ) -> tuple[tuple[str, str, bool], ...]:
        found = []
        for name, text in claims.items():
            claim = name.removesuffix(_GLOB)
            if self._notes.known((*path, "claims", name), "claim", claim, identity.CLAIMS):
                value = self._notes.expanded((*path, "claims", name), text, more)
                found.append((claim, value, name.endswith(_GLOB)))
        return tuple(sorted(found))
