"""A loaded policy as frozen data: what the engine and the checks see, free of the text it came from.

Every value here was proven by `attest.policy.load`; names that refer to something were resolved there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from attest.policy.glob import glob_matches

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from attest.model.binary import ContainerFormat
    from attest.model.license import LicenseOverride
    from attest.model.place import Place
    from attest.model.source import Platform
    from attest.model.verdict import Override, PolicyName, Severity

RootKind = Literal["trusted_root", "client_trust_config"]
RuleScope = Literal["release", "platform", "artifact"]
ExtraKind = Literal["checksums", "file"]
#: Words of a policy that stand for what is told elsewhere.
BUILD_INFO_COMMIT: Final = "from(build_info.vcs.revision)"
CERTIFICATE_BUILDER: Final = "from(certificate.build_signer_uri)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The values of one section of the policy that checks declared, by key, sorted."""

    values: tuple[tuple[str, object], ...] = ()

    def get(self, key: str) -> object:
        """The value of a key, None where the policy does not set it."""
        return next((value for name, value in self.values if name == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Require:
    """What a signature must carry besides itself: log entries and verified signing times."""

    tlog: int = 1
    timestamps: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySource:
    """A public key that the policy trusts.

    `file` is relative to the policy; `sha256` of the file's bytes is "" where the file lies in the
    policy's own folder. A signature must have a verified time inside the window, where there is one.
    """

    name: str
    file: str
    sha256: str
    require: Require
    valid_from: datetime | None = None
    valid_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RootSource:
    """A trust root that the policy trusts; `file` is relative to the policy, `sha256` is of its bytes."""

    name: str
    kind: RootKind
    file: str
    sha256: str
    require: Require


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerRule:
    """One way to be an identity: all that is said here must hold.

    Either `key` (a name of the policy's keys), or `issuer` with exactly one of the `san` forms. `claims` are
    (claim, wanted value, whether it is a glob).
    """

    key: str = ""
    issuer: str = ""
    san: str = ""
    san_glob: str = ""
    san_regex: str = ""
    claims: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A named signer: any one of its rules is enough."""

    name: str
    rules: tuple[SignerRule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureRule:
    """At least `min` signatures on the file itself, by that identity, from different signers."""

    signer: str
    min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRule:
    """Which external parameters a build may have been given, by their paths ("workflow.ref")."""

    allow: tuple[str, ...]
    on_unknown: Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenanceRule:
    """What SLSA provenance must say; None, () and "" ask for nothing.

    `commit` is a commit, or `BUILD_INFO_COMMIT`: the one that the binary itself names.
    """

    level: int | None = None
    build_types: tuple[str, ...] = ()
    parameters: ParameterRule | None = None
    source: str = ""
    ref: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderRule:
    """A builder that an identity speaks for, and the SLSA Build level that it reaches.

    `certified` says that the certificate's own `build_signer_uri` is such a name, too.
    """

    identity: str
    ids: tuple[str, ...]
    certified: bool
    level: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VulnerabilityRule:
    """Where it is written which vulnerabilities are known: a file relative to the policy.

    `sha256` is of its bytes, "" where it is not pinned; then it must say that it is no older than `max_age`.
    `vex` is the identity whose OpenVEX statements answer for findings, "" for nobody.
    """

    path: str
    sha256: str
    max_age: timedelta | None
    vex: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRule:
    """A verifier whose verification summaries count, signed by that identity.

    They must say all of `levels` or higher ones, and have been signed within `max_age` (None: whenever).
    """

    signer: str
    verifier: str
    levels: tuple[str, ...]
    max_age: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttestationRule:
    """At least `min` statements with one of the predicate types, by that identity.

    All of them must have been signed within `max_age` (None: whenever), and be as `provenance` asks.
    """

    name: str
    predicates: tuple[str, ...]
    signer: str
    min: int
    max_age: timedelta | None = None
    provenance: ProvenanceRule | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """A file of the release that is no artifact; `signer` is "" where it needs no signature."""

    path: str
    kind: ExtraKind
    signer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """A file that is not judged, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One artifact that the release should have: a platform and a build, and what is asked of it.

    `slices` are the architectures of a universal file, empty for all others. `sections` hold the settings of
    the checks (`go.*`, `elf.*` … of the policy), with the entry's own values over the defaults.
    """

    platform: Platform
    build: str
    path: str
    format: ContainerFormat
    slices: tuple[str, ...]
    required: bool
    severity: Severity
    sections: tuple[tuple[str, Settings], ...]
    signatures: SignatureRule | None
    attestations: tuple[AttestationRule, ...]

    @property
    def name(self) -> str:
        """What reports call the slot: the build, if builds are named, and the platform."""
        return f"{self.build} {self.platform}" if self.build else str(self.platform)

    def section(self, name: str) -> Settings:
        """The settings of a section, empty where the policy has none."""
        return next((value for key, value in self.sections if key == name), Settings())


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRule:
    """Which source the release comes from; "" where the policy does not say."""

    go_module: str = ""
    repo: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRule:
    """What a policy changes about a check.

    `severity` is None where it is not changed; before `effective` what would deny is a warning. It runs on
    what fits one of `platforms` and one of `artifacts` (globs whose `*` stops at a slash; empty: on all).
    """

    check: str
    place: Place
    severity: Severity | None = None
    effective: datetime | None = None
    platforms: tuple[str, ...] = ()
    artifacts: tuple[str, ...] = ()

    def fits(self, platform: str, artifact: str) -> bool:
        """Tell whether the check is to run on that."""
        return all(
            not patterns or any(glob_matches(each, text) for each in patterns)
            for patterns, text in ((self.platforms, platform), (self.artifacts, artifact))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Findings of a check that somebody answers for until `expires`.

    `platform`, `artifact` and `names` are globs (`*` stops at a slash) that must all fit; "" and () are any.
    """

    id: str
    check: str
    reason: str
    created: datetime
    expires: datetime
    place: Place
    platform: str = ""
    artifact: str = ""
    names: tuple[str, ...] = ()
    ticket: str = ""
    approved_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of the policy's own, in CEL that was type-checked; `when` is "" where it always holds.

    Before `effective` what would deny is a warning.
    """

    id: str
    scope: RuleScope
    assertion: str
    when: str
    message: str
    hint: str
    severity: Severity
    effective: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A valid policy. Lists are in the order of the file; `sections` and `checks` are sorted by name."""

    name: PolicyName
    expires: datetime
    offline_required: bool
    keys: tuple[KeySource, ...]
    roots: tuple[RootSource, ...]
    identities: tuple[Identity, ...]
    source: SourceRule
    complete: bool
    extras: tuple[Extra, ...]
    ignored: tuple[Ignored, ...]
    slots: tuple[Slot, ...]
    attestations: tuple[AttestationRule, ...]
    sections: tuple[tuple[str, Settings], ...]
    builders: tuple[BuilderRule, ...] = ()
    summaries: tuple[SummaryRule, ...] = ()
    vulnerabilities: VulnerabilityRule | None = None
    checks: tuple[CheckRule, ...] = ()
    licenses: tuple[LicenseOverride, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    rules: tuple[Rule, ...] = ()
    overrides: tuple[Override, ...] = ()

    def section(self, name: str) -> Settings:
        """The settings of a release-wide section ("sbom", "modules")."""
        return next((value for key, value in self.sections if key == name), Settings())

    def rule(self, check: str) -> CheckRule | None:
        """What the policy changes about a check, None where it changes nothing."""
        return next((each for each in self.checks if each.check == check), None)
