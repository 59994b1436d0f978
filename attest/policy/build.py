"""From a document that has the right shape to a `Policy`: everything that refers to something is resolved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, LimitError, UsageError
from attest.model.license import LicenseOverride
from attest.model.verdict import PolicyName
from attest.policy.build_attestations import AttestationBuilder
from attest.policy.build_checks import CheckBuilder
from attest.policy.build_rules import build_rules
from attest.policy.build_trust import TrustBuilder
from attest.policy.matrix import Matrix, frozen, sections
from attest.policy.model import (
    AttestationRule,
    Extra,
    Ignored,
    Policy,
    Settings,
    SignatureRule,
    SourceRule,
)
from attest.policy.notes import Notes
from attest.policy.slots import Defaults
from attest.policy.template import RUN_VARIABLES, expand, path_fault
from attest.sbom.license_terms import term
from attest.sbom.licenses import parse_expression

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from attest.model.limits import Limits
    from attest.model.verdict import Override
    from attest.policy import schema
    from attest.policy.document import Document, Path
    from attest.policy.model import Slot

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
        self._notes = Notes(read, variables)
        self._parsed = parsed
        self._now = now
        self._limits = limits

    @property
    def mistakes(self) -> tuple[AttestError, ...]:
        """What was wrong so far."""
        return tuple(self._notes.mistakes)

    def policy(self, sha256: str, overrides: tuple[Override, ...] = ()) -> Policy | None:
        """The policy, or None where there are mistakes."""
        parsed = self._parsed
        for name, value in self._notes.variables.items():
            if not _VARIABLE.fullmatch(value):
                self._notes.add((), f"'{value}' cannot be a {name}", f"mend {RUN_VARIABLES.get(name, name)}")
        expires = self._notes.until(("metadata", "expires"), parsed.metadata.expires)
        if expires is not None and self._now > expires:
            self._notes.add(
                ("metadata", "expires"),
                f"the policy expired at the end of {parsed.metadata.expires}",
                "review the policy and give it a later date",
            )
        trust = TrustBuilder(parsed, self._notes)
        keys, roots = trust.keys(), trust.roots()
        source = self._source()
        identities = trust.identities(source.repo)
        attested = AttestationBuilder(parsed, self._notes, source)
        attestations, builders = attested.attestations(), attested.builders()
        summaries, vulnerabilities = attested.summaries(), attested.vulnerabilities()
        extras, ignored = self._extras(), self._ignored()
        slots = self._slots(attestations)
        self._paths(slots)
        asked = CheckBuilder(parsed, self._notes, self._now)
        checks, waivers = asked.checks(), asked.waivers()
        self._license_terms()
        licenses = self._licenses()
        rules = build_rules(parsed.rules, self._notes, self._limits)
        if self._notes.mistakes or expires is None:
            return None
        return Policy(
            name=PolicyName(name=parsed.metadata.name, version=parsed.metadata.version, sha256=sha256),
            expires=expires,
            offline_required=parsed.trust.offline == "required",
            keys=keys,
            roots=roots,
            identities=identities,
            source=source,
            complete=parsed.artifacts.complete,
            extras=extras,
            ignored=ignored,
            slots=slots,
            attestations=attestations,
            sections=(
                ("modules", Settings(values=frozen(parsed.modules))),
                ("sbom", Settings(values=frozen(parsed.sbom))),
            ),
            builders=builders,
            summaries=summaries,
            vulnerabilities=vulnerabilities,
            checks=checks,
            licenses=licenses,
            waivers=waivers,
            rules=rules,
            overrides=overrides,
        )

    def _licenses(self) -> tuple[LicenseOverride, ...]:
        """What is stated about licences, each expression in its usual form."""
        found: list[LicenseOverride] = []
        for index, entry in enumerate(self._parsed.licenses):
            expression = parse_expression(entry.license)
            if expression is None:
                self._notes.add(
                    ("licenses", index, "license"),
                    f"'{entry.license}' is no SPDX licence expression",
                    "write it like MIT OR Apache-2.0; what the SPDX list lacks is LicenseRef-NAME",
                )
                continue
            found.append(LicenseOverride(module=entry.module, expression=expression, reason=entry.reason))
        return tuple(found)

    def _license_terms(self) -> None:
        """Every licence that is allowed or denied is one licence that SPDX knows, and not both."""
        rules = getattr(self._parsed.sbom, "licenses", None)
        seen: dict[str, str] = {}
        for key in ("allow", "deny"):
            for index, text in enumerate(getattr(rules, key, None) or ()):
                path: Path = ("sbom", "licenses", key, index)
                found = term(text)
                if found is None:
                    self._notes.add(
                        path,
                        f"'{text}' is no licence of the SPDX list",
                        "name one licence in each entry; what the list lacks is LicenseRef-NAME",
                    )
                elif found in seen:
                    self._notes.add(
                        path, f"'{text}' is listed twice, in {seen[found]} already", "take one out"
                    )
                else:
                    seen[found] = key

    def _source(self) -> SourceRule:
        source = self._parsed.source
        return SourceRule(
            go_module=source.go_module or "",
            repo=source.repo or "",
            tag=self._notes.expanded(("source", "tag"), source.tag) if source.tag else "",
        )

    def _extras(self) -> tuple[Extra, ...]:
        found = []
        for index, entry in enumerate(self._parsed.artifacts.extras):
            path: Path = ("artifacts", "extras", index)
            if entry.signer is not None:
                self._notes.known((*path, "signer"), "identity", entry.signer, self._parsed.identities)
            if entry.kind == "checksums" and entry.covers is None:
                self._notes.add(path, "a checksums file needs covers: slots", "add covers: slots")
            if entry.kind != "checksums" and entry.covers is not None:
                self._notes.add(path, "only a checksums file covers something", "take covers out")
            name = self._path((*path, "path"), entry.path)
            found.append(Extra(path=name, kind=entry.kind, signer=entry.signer or ""))
        return tuple(found)

    def _ignored(self) -> tuple[Ignored, ...]:
        return tuple(
            Ignored(path=self._path(("artifacts", "ignore", index, "path"), entry.path), reason=entry.reason)
            for index, entry in enumerate(self._parsed.artifacts.ignore)
        )

    def _path(self, path: Path, text: str) -> str:
        name = self._notes.expanded(path, text)
        if fault := path_fault(name):
            self._notes.add(path, f"the path '{name}' cannot be used: {fault}", "name a file of the release")
        return name

    def _slots(self, attestations: tuple[AttestationRule, ...]) -> tuple[Slot, ...]:
        """Every slot, in the order of the matrix and then of the builds."""
        defaults = self._parsed.platforms.defaults
        base: Path = ("platforms", "defaults")
        signatures = None
        if defaults.signatures is not None:
            signer = defaults.signatures.signer
            self._notes.known((*base, "signatures", "signer"), "identity", signer, self._parsed.identities)
            signatures = SignatureRule(signer=signer, min=defaults.signatures.min)
        by_name = {rule.name: rule for rule in attestations}
        asked = [
            by_name[name]
            for index, name in enumerate(defaults.attestations)
            if self._notes.known((*base, "attestations", index), "attestation", name, by_name)
        ]
        if signatures is None and not defaults.attestations:
            self._notes.add(
                base,
                "no slot has a signer, so that anybody's files would pass",
                "add platforms.defaults.signatures: {signer: NAME} or attestations",
            )
        matrix = Matrix(
            self._parsed.platforms,
            defaults=Defaults(
                path=defaults.path or "",
                sections=sections(defaults),
                signatures=signatures,
                attestations=tuple(asked),
            ),
            variables=self._notes.variables,
        )
        slots = matrix.slots()
        for path, message, hint in matrix.mistakes:
            self._notes.add(path, message, hint)
        if len(slots) > self._limits.policy_slots:
            self._notes.mistakes.append(
                LimitError(
                    f"the matrix makes {len(slots)} slots, more than the {self._limits.policy_slots} allowed",
                    place=self._notes.read.place(("platforms", "matrix")),
                    hint="split the release",
                )
            )
        if slots and not any(slot.required for slot in slots):
            self._notes.add(
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
                self._notes.add(
                    path,
                    f"the path '{name}' belongs to {seen[name]} and to {what}",
                    "give each its own path, for instance with ${build} or ${variant} in it",
                )
            seen.setdefault(name, what)

    def _plain(self, text: str) -> str:
        """An expanded path, without noting its mistakes a second time."""
        try:
            return expand(text, self._notes.variables)
        except UsageError:
            return text
