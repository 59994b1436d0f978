"""What a policy file asks of attestations: the sections `attestations` and `builders`."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from attest.model.statement import SLSA_0_2_PREDICATE, SLSA_PREDICATE
from attest.policy.build_trust import is_elsewhere
from attest.policy.model import (
    BUILD_INFO_COMMIT,
    CERTIFICATE_BUILDER,
    AttestationRule,
    BuilderRule,
    ParameterRule,
    ProvenanceRule,
    SummaryRule,
    VulnerabilityRule,
)

if TYPE_CHECKING:
    from attest.policy import schema
    from attest.policy.document import Path
    from attest.policy.model import SourceRule
    from attest.policy.notes import Notes

_PROVENANCE: Final = frozenset({SLSA_PREDICATE, SLSA_0_2_PREDICATE})
_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class AttestationBuilder:
    """Reads the sections; mistakes go into `notes`."""

    def __init__(self, parsed: schema.Document, notes: Notes, source: SourceRule) -> None:
        self._parsed = parsed
        self._notes = notes
        self._more = {"source.repo": source.repo} if source.repo else {}

    def builders(self) -> tuple[BuilderRule, ...]:
        """The builders, in the order of the file."""
        found = []
        for index, entry in enumerate(self._parsed.builders):
            path: Path = ("builders", index)
            self._notes.known((*path, "identity"), "identity", entry.identity, self._parsed.identities)
            certified = entry.builder_id == CERTIFICATE_BUILDER
            if not certified and entry.builder_id.startswith("from("):
                self._notes.add(
                    (*path, "builder_id"), f"'{entry.builder_id}' stands for nothing", CERTIFICATE_BUILDER
                )
            signers = self._parsed.identities.get(entry.identity, [])
            if certified and any(each.key is not None for each in signers):
                self._notes.add(
                    (*path, "builder_id"),
                    f"'{entry.identity}' may be a key, which no certificate tells the builder of",
                    "name the builder",
                )
            ids = (*([] if certified else [entry.builder_id]), *entry.also)
            found.append(
                BuilderRule(identity=entry.identity, ids=ids, certified=certified, level=entry.level)
            )
        return tuple(found)

    def summaries(self) -> tuple[SummaryRule, ...]:
        """The verifiers whose summaries count, in the order of the file."""
        found = []
        for index, entry in enumerate(self._parsed.vsa.accept if self._parsed.vsa else ()):
            path: Path = ("vsa", "accept", index)
            self._notes.known((*path, "signer"), "identity", entry.signer, self._parsed.identities)
            found.append(
                SummaryRule(
                    signer=entry.signer,
                    verifier=entry.verifier,
                    levels=tuple(entry.min_levels),
                    max_age=_age(entry.max_age) if entry.max_age else None,
                )
            )
        return tuple(found)

    def vulnerabilities(self) -> VulnerabilityRule | None:
        """The database of known vulnerabilities, None where the policy names none."""
        entry = self._parsed.vulnerabilities
        if entry is None:
            return None
        path: Path = ("vulnerabilities", "database")
        if entry.vex is not None:
            signer = entry.vex.signer
            self._notes.known(
                ("vulnerabilities", "vex", "signer"), "identity", signer, self._parsed.identities
            )
        if is_elsewhere(entry.database.path):
            self._notes.add(
                (*path, "path"),
                f"'{entry.database.path}' names a network share or a device, not a file beside the policy",
                "copy the file beside the policy",
            )
        if entry.max_age is None and entry.database.sha256 is None:
            self._notes.add(
                path,
                "nothing says how old the database may be",
                "add max_age to vulnerabilities, or sha256 here for exactly this one",
            )
        return VulnerabilityRule(
            path=entry.database.path,
            sha256=entry.database.sha256 or "",
            max_age=_age(entry.max_age) if entry.max_age else None,
            vex=entry.vex.signer if entry.vex else "",
        )

    def attestations(self) -> tuple[AttestationRule, ...]:
        """The kinds of attestations, in the order of the file."""
        found = []
        for name, entry in self._parsed.attestations.items():
            path: Path = ("attestations", name)
            self._notes.known((*path, "signer"), "identity", entry.signer, self._parsed.identities)
            found.append(
                AttestationRule(
                    name=name,
                    predicates=tuple(entry.predicate),
                    signer=entry.signer,
                    min=entry.min,
                    max_age=_age(entry.max_age) if entry.max_age else None,
                    provenance=self._provenance(path, entry),
                )
            )
        return tuple(found)

    def _provenance(self, path: Path, entry: schema.AttestationEntry) -> ProvenanceRule | None:
        asked = {
            "level": entry.level,
            "build_types": entry.build_types,
            "external_parameters": entry.external_parameters,
            "expect": entry.expect,
        }
        given = [name for name, value in asked.items() if value is not None]
        if not given:
            return None
        if not set(entry.predicate) <= _PROVENANCE:
            self._notes.add(
                (*path, given[0]),
                f"'{given[0]}' is about provenance, and this attestation is not",
                f"it goes with predicate: [{SLSA_PREDICATE}]",
            )
        if entry.level is not None:
            self._level(path, entry)
        parameters, expect = entry.external_parameters, entry.expect
        return ProvenanceRule(
            level=entry.level,
            build_types=tuple(entry.build_types or ()),
            parameters=ParameterRule(allow=tuple(parameters.allow), on_unknown=parameters.on_unknown)
            if parameters
            else None,
            source=self._expected((*path, "expect", "source"), expect.source) if expect else "",
            ref=self._expected((*path, "expect", "ref"), expect.ref) if expect else "",
            commit=self._commit((*path, "expect", "commit"), expect.commit) if expect else "",
        )

    def _level(self, path: Path, entry: schema.AttestationEntry) -> None:
        levels = [each.level for each in self._parsed.builders if each.identity == entry.signer]
        if not levels or max(levels) < (entry.level or 0):
            self._notes.add(
                (*path, "level"),
                f"no builder of '{entry.signer}' reaches level {entry.level}",
                "name it under builders: {identity, builder_id, level}",
            )

    def _expected(self, path: Path, text: str | None) -> str:
        return self._notes.expanded(path, text, self._more) if text else ""

    def _commit(self, path: Path, text: str | None) -> str:
        if text and text != BUILD_INFO_COMMIT and not _COMMIT.fullmatch(text):
            self._notes.add(path, f"'{text}' is no commit", f"write {BUILD_INFO_COMMIT}, or the whole hash")
        return text or ""


def _age(text: str) -> timedelta:
    number = int(text[:-1])
    return timedelta(days=number) if text[-1] == "d" else timedelta(hours=number)
