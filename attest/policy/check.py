"""What a check is, and what it sees.

A check is a module in `attest/policy/checks` with a constant `CHECK`; its id is its file name with hyphens
and names the fault. `run` yields one `Fault` for each thing that is wrong; nothing yielded is a pass. It
raises `NoEvidence` where what it needs is not there, and `Skip` where the policy does not ask. Everything
else that it raises is an error of the check, which denies too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, Literal, TypeVar

from attest.policy.model import Policy, Settings, Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from attest.model.binary import BinaryReport, BuildInfo, ContainerFormat
    from attest.model.fact import FactValue
    from attest.model.place import Place
    from attest.model.previous import PreviousRelease
    from attest.model.reconciliation import Reconciliation
    from attest.model.release import ReleaseFile
    from attest.model.source import Platform, SourceReport
    from attest.model.verdict import CheckResult, Finding, FindingOutcome, Severity
    from attest.policy.discover import Binding
    from attest.policy.evidence import Piece

Scope = Literal["release", "slot", "artifact", "image", "source", "verdict"]
Kind = Literal["fact", "integrity"]
Section = Literal["file", "go", "elf", "macos", "windows", "wasm", "ebpf", "sbom", "modules"]
#: The sections that each platform of the matrix can set for itself, over the defaults.
SLOT_SECTIONS: Final[tuple[Section, ...]] = ("file", "go", "elf", "macos", "windows", "wasm", "ebpf")


class NoEvidence(Exception):  # noqa: N818 - an outcome, not an error
    """What the check needs is not there: never a pass."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.hint = hint


class Skip(Exception):  # noqa: N818 - an outcome, not an error
    """The policy does not ask, or there is nothing of the kind: neither a pass nor a denial."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong.

    `message` is one sentence that says what was expected and what was found, `hint` how to mend it.
    `platform` and `subject` are only given where they differ from those of the context. The outcome "error"
    says that the thing could not be judged at all; "no-evidence" is what the engine makes of `NoEvidence`.
    `severity` is given where a setting of the policy says how bad it is. `names` are what the fault is about
    beside file and platform, as a waiver would name it: a module as path@version, a library, a setting.
    """

    message: str
    hint: str
    place: Place | None = None
    platform: str | None = None
    subject: str | None = None
    outcome: FindingOutcome = "fail"
    severity: Severity | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseContext:
    """The whole release. `slots` are those that are judged in this run, `binding` knows all of them.

    By SHA-256 of a file, `paths` gives the judged artifacts, `about` the evidence about it, and `expected`
    the (module path, version) pairs that a true SBOM of it names. `previous` is the release that came before,
    None where none was given, `source` the source tree, None where none was. `reconciled` is what the source
    says of each image of a file, None where no source tree was held against the files. `now` is the clock
    of the run, `vulnerabilities_of` the time to which known vulnerabilities are known.
    """

    scope: ClassVar[Scope] = "release"
    policy: Policy
    binding: Binding
    slots: tuple[Slot, ...]
    pieces: tuple[Piece, ...]
    paths: Mapping[str, str]
    about: Mapping[str, tuple[Piece, ...]]
    expected: Mapping[str, frozenset[tuple[str, str]]]
    tag: str
    revision: str
    now: datetime
    previous: PreviousRelease | None = None
    vulnerabilities_of: datetime | None = None
    source: SourceReport | None = None
    reconciled: Mapping[str, tuple[Reconciliation, ...]] | None = None

    def settings(self, section: Section) -> Settings:
        """The policy's settings of a section."""
        return self.policy.section(section)

    def judged(self) -> tuple[ArtifactContext, ...]:
        """Every artifact that is judged in this run."""
        return tuple(
            ArtifactContext(release=self, slot=slot, file=file)
            for slot in self.slots
            if (file := self.binding.file(slot)) is not None and file.identity is not None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotContext:
    """One slot; `file` is None where no file is in it."""

    scope: ClassVar[Scope] = "slot"
    release: ReleaseContext
    slot: Slot
    file: ReleaseFile | None

    def settings(self, section: Section) -> Settings:
        """The settings that hold for this slot."""
        return self.slot.section(section) if section in SLOT_SECTIONS else self.release.settings(section)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactContext:
    """One slot with a file in it that could be read and hashed."""

    scope: ClassVar[Scope] = "artifact"
    release: ReleaseContext
    slot: Slot
    file: ReleaseFile

    @property
    def sha256(self) -> str:
        """The digest by which evidence is bound to the file."""
        return self.file.identity.sha256 if self.file.identity else ""

    @property
    def size(self) -> int:
        """The bytes of the file; `NoEvidence` where they are not known."""
        if self.file.identity is None:
            raise NoEvidence(f"the size of {self.file.path} is not known", "check that it can be read")
        return self.file.identity.size

    @property
    def report(self) -> BinaryReport:
        """What the file says about itself; `NoEvidence` where it was not looked into."""
        if self.file.report is None:
            raise NoEvidence(
                f"{self.file.path} was not read as an executable", "check that it is a Go executable"
            )
        return self.file.report

    def pieces(self) -> tuple[Piece, ...]:
        """All evidence about the file, accepted or not."""
        return self.release.about.get(self.sha256, ())

    def accepted(self) -> tuple[Piece, ...]:
        """The evidence about the file that counts."""
        return tuple(each for each in self.pieces() if each.status == "accepted")

    def settings(self, section: Section) -> Settings:
        """The settings that hold for this slot."""
        return self.slot.section(section) if section in SLOT_SECTIONS else self.release.settings(section)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContext:
    """One architecture of an artifact: the file itself, or one slice of a universal file."""

    scope: ClassVar[Scope] = "image"
    artifact: ArtifactContext
    report: BinaryReport
    platform: Platform

    @property
    def name(self) -> str:
        """What messages call it."""
        path = self.artifact.file.path
        return f"{path} ({self.platform})" if self.artifact.report.slices else path

    @property
    def build_info(self) -> BuildInfo:
        """The build information; `NoEvidence` where there is none, or it says a thing in two ways."""
        if self.report.build_info is None:
            raise NoEvidence(
                f"{self.name} carries no build information",
                "build with the go command and do not strip the section .go.buildinfo",
            )
        if self.report.build_info.faults:
            raise NoEvidence(
                f"the build information of {self.name} is damaged: {self.report.build_info.faults[0]}",
                "build it again, and do not rewrite the file afterwards",
            )
        return self.report.build_info

    def only(self, *formats: ContainerFormat) -> None:
        """Go on with files of these containers alone; `Skip` for others."""
        if self.report.container.format not in formats:
            raise Skip(f"{self.name} is no {' or '.join(formats)} file")

    def fact(self, name: str) -> FactValue:
        """What the file says of a fact of the catalogue; `NoEvidence` where it does not say."""
        value = self.report.fact(name)
        if value is None:
            raise NoEvidence(
                f"nothing in {self.name} tells '{name}'",
                "look at it with attest inspect; a file that was packed or damaged hides what it is",
            )
        return value

    def flag(self, name: str) -> bool:
        """A fact that is yes or no; raises as `fact`."""
        return bool(self.fact(name))

    def number(self, name: str) -> int:
        """A fact that is a number; raises as `fact`."""
        return int(str(self.fact(name)))

    def word(self, name: str) -> str:
        """A fact that is a string; raises as `fact`."""
        return str(self.fact(name))

    def words(self, name: str) -> tuple[str, ...]:
        """A fact that is a list of strings; raises as `fact`."""
        value = self.fact(name)
        return value if isinstance(value, tuple) else (str(value),)

    def settings(self, section: Section) -> Settings:
        """The settings that hold for this slot."""
        return self.artifact.settings(section)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceContext:
    """The source tree; `policy` is None in `attest check` without one, `source` where no tree was given.

    `tag` is the release's, "" where the run names none.
    """

    scope: ClassVar[Scope] = "source"
    policy: Policy | None
    source: SourceReport | None
    tag: str = ""

    @property
    def report(self) -> SourceReport:
        """The tree; `NoEvidence` where there is none."""
        if self.source is None:
            raise NoEvidence("no source tree was given", "name the source tree with --source DIR")
        return self.source

    def settings(self, section: Section) -> Settings:
        """The policy's settings of a section, empty without a policy."""
        return self.policy.section(section) if self.policy else Settings()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictContext:
    """What all other checks came to: their results and findings, waivers applied, judged at `now`.

    `partial` says that only a part of the release was judged, so that more may match than did.
    """

    scope: ClassVar[Scope] = "verdict"
    policy: Policy
    results: tuple[CheckResult, ...]
    findings: tuple[Finding, ...]
    now: datetime
    partial: bool = False

    def settings(self, section: Section) -> Settings:
        """The policy's settings of a section."""
        return self.policy.section(section)


Context = ReleaseContext | SlotContext | ArtifactContext | ImageContext | SourceContext | VerdictContext
T = TypeVar("T")
C = TypeVar("C", ReleaseContext, SlotContext, ArtifactContext, ImageContext, SourceContext, VerdictContext)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """A key that a check adds to a section of the policy; "a.b" is the key b of the mapping a in it.

    `annotation` is the type of its value as pydantic reads it, strictly; `pattern` is a regular expression
    that a string, or each string of a list, must match wholly, `example` a valid value for messages.
    """

    section: Section
    key: str
    annotation: Any
    description: str
    pattern: str = ""
    example: str = ""

    def of(self, context: Context) -> T | None:
        """The value that holds for `context`, None where the policy does not set it."""
        value: Any = context.settings(self.section).get(self.key)
        found: T | None = value
        return found

    def asked(self, context: Context) -> T:
        """The value that holds for `context`; `Skip` where the policy does not set it."""
        value = self.of(context)
        if value is None:
            raise self._unset()
        return value

    def asked_by_name(self, context: Context) -> dict[str, T]:
        """The values of a mapping that hold for `context`, by their names; `Skip` where there are none."""
        prefix = f"{self.key}."
        values: list[tuple[str, Any]] = list(context.settings(self.section).values)
        found: dict[str, T] = {
            key.removeprefix(prefix): value for key, value in values if key.startswith(prefix)
        }
        if not found:
            raise self._unset()
        return found

    def _unset(self) -> Skip:
        return Skip(f"the policy sets no {self.section}.{self.key}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Generic[C]):
    """One check; `id` is filled in by the catalog.

    `kind` "fact" lets a policy lower the outcome `fail` to a warning; "integrity" (signatures, digests,
    binding, attestations, completeness) always denies. `default` checks run without a policy too.
    `severity` is that of the outcome `fail` of a fact where neither the fault nor the policy says another.
    """

    title: str
    sees: type[C]
    kind: Kind
    run: Callable[[C], Iterator[Fault]]
    settings: tuple[Setting[Any], ...] = field(default=())
    waivable: bool = False
    default: bool = False
    severity: Severity = "deny"
    id: str = ""

    @property
    def scope(self) -> Scope:
        """What the check is run on, once each."""
        return self.sees.scope


AnyCheck = Check[Any]
