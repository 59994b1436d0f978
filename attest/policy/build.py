"""From a document that has the right shape to a `Policy`: everything that refers to something is resolved."""

from __future__ import annotations

import difflib
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from attest.errors import AttestError, FormatError, LimitError, UsageError
from attest.model.verdict import PolicyName
from attest.policy import identity
from attest.policy.catalog import catalog
from attest.policy.matrix import Matrix, frozen
from attest.policy.model import (
    AttestationRule,
    Extra,
    Identity,
    Ignored,
    KeySource,
    Policy,
    Require,
    RootSource,
    Settings,
    SignatureRule,
    SignerRule,
    SourceRule,
)
from attest.policy.slots import Defaults
from attest.policy.template import RUN_VARIABLES, expand, path_fault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.limits import Limits
    from attest.policy import schema
    from attest.policy.document import Document, Path
    from attest.policy.model import Slot

_GLOB: Final = "_glob"
_VARIABLE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+/-]{0,199}")


class Builder:
    """Builds one policy; `mistakes` holds what was wrong, each with its line."""

    def __init__(
        self,
        read: Document,
        parsed: schema.Document,
        *,
        variables: Mapping[str, str],
        now: datetime,
        limits: Limits,
    ) -> None:
        self.mistakes: list[AttestError] = []
        self._read = read
        self._parsed = parsed
        self._variables = dict(variables)
        self._now = now
        self._limits = limits

    def policy(self, sha256: str) -> Policy | None:
        """The policy, or None where there are mistakes."""
        parsed = self._parsed
        for name, value in self._variables.items():
            if not _VARIABLE.fullmatch(value):
                self._mistake((), f"'{value}' cannot be a {name}", f"mend {RUN_VARIABLES.get(name, name)}")
        expires = self._until(("metadata", "expires"), parsed.metadata.expires)
        if expires is not None and self._now > expires:
            self._mistake(
                ("metadata", "expires"),
                f"the policy expired at the end of {parsed.metadata.expires}",
                "review the policy and give it a later date",
            )
        keys, roots = self._keys(), self._roots()
        source = self._source()
        identities = self._identities(source)
        attestations = self._attestations()
        extras, ignored = self._extras(), self._ignored()
        slots = self._slots(attestations)
        self._paths(slots)
        severities = self._severities()
        if self.mistakes or expires is None:
            return None
        return Policy(
            name=PolicyName(name=parsed.metadata.name, version=parsed.metadata.version, sha256=sha256),
            expires=expires,
            offline_required=parsed.trust.offline == "required",
            keys=keys,
            roots=roots,
            identities=identities,
            source=source,
            release_root=parsed.artifacts.root or "",
            complete=parsed.artifacts.complete,
            extras=extras,
            ignored=ignored,
            slots=slots,
            attestations=attestations,
            sections=(
                ("modules", Settings(values=frozen(parsed.modules))),
                ("sbom", Settings(values=frozen(parsed.sbom))),
            ),
            severities=severities,
        )

    def _mistake(self, path: Path, message: str, hint: str) -> None:
        self.mistakes.append(FormatError(message, place=self._read.place(path), hint=hint))

    def _known(self, path: Path, what: str, name: str, known: Iterable[str]) -> bool:
        """Note a mistake where `name` is not among `known`; the nearest is the hint."""
        names = sorted(known)
        if name in names:
            return True
        near = difflib.get_close_matches(name, names, n=1)
        listed = ", ".join(names) or "none"
        self._mistake(
            path,
            f"there is no {what} '{name}'",
            f"did you mean '{near[0]}'?" if near else f"known: {listed}",
        )
        return False

    def _expanded(
        self, path: Path, text: str, more: Mapping[str, str] | None = None, *, regex: bool = False
    ) -> str:
        try:
            values = {**self._variables, **(more or {})}
            return expand(text, values, quote=re.escape if regex else None)
        except UsageError as error:
            self._mistake(path, error.message, error.hint or "")
            return text

    # Dates ----------------------------------------------------------------------------------------------

    def _date(self, path: Path, text: str) -> datetime | None:
        try:
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            self._mistake(path, f"'{text}' is no date", "write it as 2027-01-31 or 2027-01-31T12:00:00Z")
            return None

    def _until(self, path: Path, text: str) -> datetime | None:
        """The last moment of a date, or the moment itself."""
        date = self._date(path, text)
        if date is None or "T" in text:
            return date
        return date + timedelta(days=1) - timedelta(microseconds=1)

    # Trust ----------------------------------------------------------------------------------------------

    def _require(self, own: schema.Require | None) -> Require:
        """What holds for a key or root: its own word, then that of the section, then one of each."""
        both = [each for each in (own, self._parsed.trust.require) if each is not None]
        tlog = next((each.tlog for each in both if each.tlog is not None), 1)
        return Require(
            tlog=tlog, timestamps=next((each.timestamps for each in both if each.timestamps is not None), 1)
        )

    def _keys(self) -> tuple[KeySource, ...]:
        found = []
        for index, key in enumerate(self._parsed.trust.keys):
            path: Path = ("trust", "keys", index)
            outside = (
                key.file.startswith(("/", "\\", "~"))
                or ".." in re.split(r"[/\\]", key.file)
                or ":" in key.file
            )
            if outside and key.sha256 is None:
                self._mistake(
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
                    valid_from=self._date((*path, "valid_from"), key.valid_from) if key.valid_from else None,
                    valid_until=self._until((*path, "valid_until"), key.valid_until)
                    if key.valid_until
                    else None,
                )
            )
        return tuple(found)

    def _roots(self) -> tuple[RootSource, ...]:
        trust = self._parsed.trust
        found = []
        names = {key.name for key in trust.keys}
        if len(names) < len(trust.keys):
            self._mistake(("trust", "keys"), "two keys have one name", "give each key its own name")
        for index, root in enumerate(trust.roots):
            path: Path = ("trust", "roots", index)
            files = [name for name in (root.trusted_root, root.client_trust_config) if name is not None]
            if len(files) != 1:
                self._mistake(
                    path,
                    f"the root '{root.name}' needs exactly one of trusted_root and client_trust_config",
                    "name one file",
                )
                continue
            if root.name in names:
                self._mistake(path, f"the name '{root.name}' is taken by another key or root", "rename one")
            names.add(root.name)
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
            self._mistake(("trust",), "the policy trusts no key and no root", "add trust.keys or trust.roots")
        return tuple(found)

    # Identities -----------------------------------------------------------------------------------------

    def _identities(self, source: SourceRule) -> tuple[Identity, ...]:
        found = []
        more = {"source.repo": source.repo} if source.repo else {}
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
                self._mistake(path, "a key has no issuer, san and claims", "write two entries of the list")
            self._known((*path, "key"), "key", entry.key, (key.name for key in self._parsed.trust.keys))
            return SignerRule(key=entry.key)
        if entry.issuer is None or len(given) != 1:
            self._mistake(
                path,
                "an identity needs a key, or an issuer and exactly one of san, san_glob and san_regex",
                "say who may sign",
            )
            return SignerRule()
        if not self._parsed.trust.roots:
            self._mistake(
                path, "a certificate's identity needs a root, and trust.roots is empty", "add a root"
            )
        (kind,) = given
        value = self._expanded((*path, kind), names[kind] or "", more, regex=kind == "san_regex")
        fault = self._name_fault(kind, value)
        if fault:
            self._mistake(
                (*path, kind), f"the {kind} '{value}' is refused: {fault}", "name the signer exactly"
            )
        if "*" in entry.issuer:
            self._mistake((*path, "issuer"), "an issuer is an exact URL, without '*'", "name the issuer")
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
            if self._known((*path, "claims", name), "claim", claim, identity.CLAIMS):
                value = self._expanded((*path, "claims", name), text, more)
                found.append((claim, value, name.endswith(_GLOB)))
        return tuple(sorted(found))

    # Source, attestations, other files ------------------------------------------------------------------

    def _source(self) -> SourceRule:
        source = self._parsed.source
        return SourceRule(
            go_module=source.go_module or "",
            repo=source.repo or "",
            tag=self._expanded(("source", "tag"), source.tag) if source.tag else "",
        )

    def _attestations(self) -> tuple[AttestationRule, ...]:
        found = []
        for name, entry in self._parsed.attestations.items():
            self._known(("attestations", name, "signer"), "identity", entry.signer, self._parsed.identities)
            found.append(
                AttestationRule(
                    name=name, predicates=tuple(entry.predicate), signer=entry.signer, min=entry.min
                )
            )
        return tuple(found)

    def _extras(self) -> tuple[Extra, ...]:
        found = []
        for index, entry in enumerate(self._parsed.artifacts.extras):
            path: Path = ("artifacts", "extras", index)
            if entry.signer is not None:
                self._known((*path, "signer"), "identity", entry.signer, self._parsed.identities)
            if entry.kind == "checksums" and entry.covers is None:
                self._mistake(path, "a checksums file needs covers: slots", "add covers: slots")
            if entry.kind != "checksums" and entry.covers is not None:
                self._mistake(path, "only a checksums file covers something", "take covers out")
            name = self._path((*path, "path"), entry.path)
            found.append(Extra(path=name, kind=entry.kind, signer=entry.signer or ""))
        return tuple(found)

    def _ignored(self) -> tuple[Ignored, ...]:
        return tuple(
            Ignored(path=self._path(("artifacts", "ignore", index, "path"), entry.path), reason=entry.reason)
            for index, entry in enumerate(self._parsed.artifacts.ignore)
        )

    def _path(self, path: Path, text: str) -> str:
        name = self._expanded(path, text)
        if fault := path_fault(name):
            self._mistake(path, f"the path '{name}' cannot be used: {fault}", "name a file of the release")
        return name

    # Slots ----------------------------------------------------------------------------------------------

    def _slots(self, attestations: tuple[AttestationRule, ...]) -> tuple[Slot, ...]:
        """Every slot, in the order of the matrix and then of the builds."""
        defaults = self._parsed.platforms.defaults
        base: Path = ("platforms", "defaults")
        signatures = None
        if defaults.signatures is not None:
            signer = defaults.signatures.signer
            self._known((*base, "signatures", "signer"), "identity", signer, self._parsed.identities)
            signatures = SignatureRule(signer=signer, min=defaults.signatures.min)
        by_name = {rule.name: rule for rule in attestations}
        asked = [
            by_name[name]
            for index, name in enumerate(defaults.attestations)
            if self._known((*base, "attestations", index), "attestation", name, by_name)
        ]
        if signatures is None and not defaults.attestations:
            self._mistake(
                base,
                "no slot has a signer, so that anybody's files would pass",
                "add platforms.defaults.signatures: {signer: NAME} or attestations",
            )
        matrix = Matrix(
            self._parsed.platforms,
            defaults=Defaults(
                path=defaults.path or "",
                go=frozen(defaults.go),
                signatures=signatures,
                attestations=tuple(asked),
            ),
            variables=self._variables,
        )
        slots = matrix.slots()
        for path, message, hint in matrix.mistakes:
            self._mistake(path, message, hint)
        if len(slots) > self._limits.policy_slots:
            self.mistakes.append(
                LimitError(
                    f"the matrix makes {len(slots)} slots, more than the {self._limits.policy_slots} allowed",
                    place=self._read.place(("platforms", "matrix")),
                    hint="split the release",
                )
            )
        if slots and not any(slot.required for slot in slots):
            self._mistake(
                ("platforms", "matrix"),
                "no slot is required, so that an empty release would pass",
                "leave out required: false for at least one platform",
            )
        return slots

    def _paths(self, slots: tuple[Slot, ...]) -> None:
        """Every path is named once."""
        artifacts = self._parsed.artifacts
        named: list[tuple[Path, str, str]] = [
            (("platforms", "matrix"), slot.path, f"the slot {slot.name}") for slot in slots
        ]
        named += [
            (("artifacts", "extras", i, "path"), self._plain(e.path), "an extra")
            for i, e in enumerate(artifacts.extras)
        ]
        named += [
            (("artifacts", "ignore", i, "path"), self._plain(e.path), "an ignore rule")
            for i, e in enumerate(artifacts.ignore)
        ]
        seen: dict[str, str] = {}
        for path, name, what in named:
            if name in seen:
                self._mistake(
                    path,
                    f"the path '{name}' belongs to {seen[name]} and to {what}",
                    "give each its own path, for instance with ${build} or ${variant} in it",
                )
            seen.setdefault(name, what)

    def _plain(self, text: str) -> str:
        """An expanded path, without noting its mistakes a second time."""
        try:
            return expand(text, self._variables)
        except UsageError:
            return text

    def _severities(self) -> tuple[tuple[str, Any], ...]:
        kinds = {check.id: check.kind for check in catalog()}
        found = []
        for name, entry in self._parsed.checks.items():
            path: Path = ("checks", name)
            if not self._known(path, "check", name, kinds):
                continue
            if entry.severity != "deny" and kinds[name] == "integrity":
                self._mistake(
                    (*path, "severity"),
                    f"'{name}' is a check of integrity and always denies",
                    "take the override out",
                )
            found.append((name, entry.severity))
        return tuple(sorted(found))
