"""What in a valid policy is weaker than its author may think, or says nothing.

A note changes no verdict. It names a rule of `RULES`, the line, and what to do; whoever means what is there
leaves it.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from attest.model.lint import LintNote
from attest.policy.load import load_parsed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from attest.model.limits import Limits
    from attest.model.ports import ReadBeside
    from attest.policy import schema
    from attest.policy.document import Document, Path
    from attest.policy.model import Policy

#: Every rule, and what it is about.
RULES: Final[dict[str, str]] = {
    "attestation-unused": "An attestation is described, and no platform asks for it.",
    "builder-unused": "A builder is named, and no attestation asks for a level of its identity.",
    "check-lowered": "A check is a warning for ever: no day says from when it denies.",
    "expiry-late": "The policy holds for more than twenty years, which is for ever.",
    "identity-unused": "An identity is named, and nothing asks for it.",
    "identity-wide": "A signer's name is a pattern where a repository or a person should stand.",
    "issuer-insecure": "An issuer is named by http: anybody on the way can be it.",
    "key-unused": "A key is trusted, and no identity names it.",
    "release-incomplete": "Files that the policy does not name may lie in the release.",
    "repository-unpinned": "An identity names a repository by its name alone, which may change hands.",
    "root-unused": "A root is trusted, and no identity has a certificate.",
    "setting-weak": "A setting says that anything will do.",
    "slot-lowered": "What is found in the files of a platform is a warning for ever.",
    "waiver-ended": "A waiver has ended, and denies.",
    "waiver-long": "A waiver holds for more than half a year.",
    "waiver-wide": "A waiver tells nothing of the findings that it means: it waives them all.",
}
_LATE: Final = timedelta(days=20 * 365)
_LONG: Final = timedelta(days=183)
#: Issuers of build services whose certificates tell the id of the repository.
_SERVICES: Final = ("https://token.actions.githubusercontent.com", "https://gitlab.com")
_ID: Final = "source_repository_id"
#: What may be a pattern in a name: what follows the ref's kind, as v* after refs/tags/.
_NAMED: Final = re.compile(r"https://[^*/]+/[^*]+@refs/(?:tags|heads)/[^/]*")
_ANY: Final = ("any", "allow")


def lint(
    data: bytes,
    file: str,
    *,
    variables: Mapping[str, str],
    now: datetime,
    read_beside: ReadBeside | None,
    limits: Limits,
) -> tuple[Policy, tuple[LintNote, ...]]:
    """The policy, and the notes about it in the order of its lines, then those about what it extends.

    Raises what `attest.policy.load.load` raises for one that is not valid.
    """
    loaded = load_parsed(data, file, variables=variables, now=now, read_beside=read_beside, limits=limits)
    linter = _Linter(loaded.policy, loaded.parsed, loaded.document, now)
    return loaded.policy, tuple(
        sorted(
            linter.notes(),
            key=lambda each: (each.file != file, each.file, each.line, each.rule, each.message),
        )
    )


class _Linter:
    def __init__(self, policy: Policy, parsed: schema.Document, document: Document, now: datetime) -> None:
        self._policy = policy
        self._parsed = parsed
        self._document = document
        self._now = now

    def notes(self) -> Iterator[LintNote]:
        yield from self._metadata()
        yield from self._trust()
        yield from self._identities()
        yield from self._unused()
        yield from self._lowered()
        yield from self._settings()
        yield from self._waivers()

    def _note(self, rule: str, path: Path, message: str, hint: str) -> LintNote:
        place = self._document.place(path)
        return LintNote(rule=rule, message=message, hint=hint, file=place.file, line=place.line or 1)

    def _metadata(self) -> Iterator[LintNote]:
        if self._policy.expires - self._now > _LATE:
            yield self._note(
                "expiry-late",
                ("metadata", "expires"),
                f"the policy holds until {self._policy.expires:%Y}",
                "choose a day on which somebody will look at it again",
            )
        if not self._policy.complete:
            yield self._note(
                "release-incomplete",
                ("artifacts", "complete"),
                "whatever else lies in the release is shipped unseen",
                "name it in artifacts.extras or, with a reason, in artifacts.ignore",
            )

    def _trust(self) -> Iterator[LintNote]:
        named = {rule.key for identity in self._policy.identities for rule in identity.rules}
        for index, key in enumerate(self._parsed.trust.keys):
            if key.name not in named:
                path: Path = ("trust", "keys", index)
                yield self._note(
                    "key-unused", path, f"no identity names the key '{key.name}'", "remove it, or name it"
                )
        certificates = any(rule.issuer for identity in self._policy.identities for rule in identity.rules)
        for index, root in enumerate(self._parsed.trust.roots):
            if not certificates:
                path = ("trust", "roots", index)
                yield self._note(
                    "root-unused", path, f"no identity needs the root '{root.name}'", "remove it"
                )

    def _identities(self) -> Iterator[LintNote]:
        for identity in self._policy.identities:
            for index, rule in enumerate(identity.rules):
                path: Path = ("identities", identity.name, index)
                if rule.issuer and not rule.issuer.startswith("https://"):
                    yield self._note(
                        "issuer-insecure",
                        (*path, "issuer"),
                        f"'{rule.issuer}' is not reached by https",
                        "name the issuer as its certificates do",
                    )
                if rule.san_regex:
                    yield self._note(
                        "identity-wide",
                        (*path, "san_regex"),
                        f"'{identity.name}' is a regular expression",
                        "write san, or san_glob with a * at the end of the ref alone",
                    )
                if rule.san_glob and not _NAMED.fullmatch(rule.san_glob):
                    yield self._note(
                        "identity-wide",
                        (*path, "san_glob"),
                        f"'{rule.san_glob}' leaves open more than the end of a ref",
                        "write https://HOST/OWNER/REPOSITORY/…@refs/tags/v*",
                    )
                if rule.issuer in _SERVICES and _ID not in {name for name, _, _ in rule.claims}:
                    yield self._note(
                        "repository-unpinned",
                        path,
                        f"'{identity.name}' is whoever has a repository of that name",
                        f"add claims: {{{_ID}: …}}, which attest verify FILE -o json shows",
                    )

    def _unused(self) -> Iterator[LintNote]:
        policy = self._policy
        asked = {rule.name for slot in policy.slots for rule in slot.attestations}
        for name in self._parsed.attestations:
            if name not in asked:
                yield self._note(
                    "attestation-unused",
                    ("attestations", name),
                    f"no platform asks for '{name}'",
                    "add it to platforms.defaults.attestations, or remove it",
                )
        levels = {rule.signer for rule in policy.attestations if rule.provenance and rule.provenance.level}
        for index, builder in enumerate(policy.builders):
            if builder.identity not in levels:
                yield self._note(
                    "builder-unused",
                    ("builders", index),
                    f"no attestation by '{builder.identity}' asks for a level",
                    "add level to it, or remove the builder",
                )
        signers = {rule.signer for rule in policy.attestations if rule.name in asked}
        signers |= {slot.signatures.signer for slot in policy.slots if slot.signatures}
        signers |= {extra.signer for extra in policy.extras}
        signers |= {rule.signer for rule in policy.summaries}
        signers |= {policy.vulnerabilities.vex} if policy.vulnerabilities else set()
        for identity in policy.identities:
            if identity.name not in signers:
                yield self._note(
                    "identity-unused",
                    ("identities", identity.name),
                    f"nothing asks for '{identity.name}'",
                    "remove it, or name it as a signer",
                )

    def _lowered(self) -> Iterator[LintNote]:
        for rule in self._policy.checks:
            if rule.severity == "warn" and rule.effective is None:
                yield self._note(
                    "check-lowered",
                    ("checks", rule.check),
                    f"'{rule.check}' never denies",
                    "say from when it does: {effective: 2027-01-31} without severity",
                )
        for index, entry in enumerate(self._parsed.platforms.matrix):
            if entry.severity == "warn":
                yield self._note(
                    "slot-lowered",
                    ("platforms", "matrix", index, "severity"),
                    "what is found in these files never denies",
                    "mend what is found, and remove the line",
                )

    def _settings(self) -> Iterator[LintNote]:
        """Values that take anything, as the document says them: an empty list of limits is none of these."""
        sections: dict[Path, object] = {
            ("platforms", "defaults"): self._parsed.platforms.defaults.model_dump(exclude_none=True),
        }
        whole = self._parsed.model_dump(exclude_none=True)
        sections |= {("modules",): whole["modules"], ("sbom",): whole["sbom"]}
        for index, entry in enumerate(self._parsed.platforms.matrix):
            sections[("platforms", "matrix", index)] = entry.model_dump(exclude_none=True)
        for path, value in sections.items():
            for found, word in _weak(value, path):
                named = ".".join(step for step in found if isinstance(step, str))
                yield self._note(
                    "setting-weak",
                    found,
                    f"{named}: {word} takes anything",
                    "say what it should be, or leave it out where nothing is to be asked",
                )

    def _waivers(self) -> Iterator[LintNote]:
        for index, waiver in enumerate(self._policy.waivers):
            path: Path = ("waivers", index)
            if self._now > waiver.expires:
                yield self._note(
                    "waiver-ended",
                    (*path, "expires"),
                    f"{waiver.id} ended on {waiver.expires:%Y-%m-%d}",
                    "mend what it waived, and remove it",
                )
            if waiver.expires - waiver.created > _LONG:
                yield self._note(
                    "waiver-long",
                    (*path, "expires"),
                    f"{waiver.id} holds for {(waiver.expires - waiver.created).days} days",
                    "give it an earlier end, and look at it again then",
                )
            if not (waiver.platform or waiver.artifact or waiver.names):
                yield self._note(
                    "waiver-wide",
                    (*path, "match"),
                    f"{waiver.id} waives every finding of {waiver.check}",
                    "tell platform, artifact or names",
                )


def _weak(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    """The paths below `path` whose value is a word that takes anything."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _weak(each, (*path, key))
    elif isinstance(value, str) and value in _ANY:
        yield path, value
