"""A first policy from a release that is there: what it holds, who signed it, and the strictest that it meets.

Pure: what was found in, a document with comments out. What is asked is chosen by the engine
(`attest.app.draft` tries candidates and leaves out what does not pass); here it is put into as few lines as
say it. What nobody can know from files is marked REVIEW.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.model.statement import CYCLONEDX_PREDICATE, SBOM_PREDICATES, SLSA_PREDICATE, SPDX_PREDICATE
from attest.policy.checksums import parse as parse_checksums
from attest.policy.draft_settings import order, sections
from attest.policy.draft_signers import SIGNATURE, Identities, anchors, attestation_names
from attest.policy.draft_slots import as_name, entries, nameable, template
from attest.policy.draft_text import Commented

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from attest.model.release import ReleaseFile
    from attest.policy.document import Path, Value
    from attest.policy.draft_settings import Key
    from attest.policy.draft_signers import Signed
    from attest.policy.draft_slots import Item, Paths

FORMATS: Final = {SPDX_PREDICATE: "spdx-2.3", CYCLONEDX_PREDICATE: "cyclonedx-1.6"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A key or root that was given: its name, its file relative to the policy, and the SHA-256 of that."""

    name: str
    kind: str
    file: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What lies in the release, whatever is asked of it. `others` are files that are no artifacts."""

    items: tuple[Item, ...]
    templates: Paths
    signed: Signed
    anchors: tuple[Anchor, ...]
    others: tuple[ReleaseFile, ...]
    variables: Mapping[str, str]
    expires: str
    go_module: str = ""
    tag: bool = False
    source: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked: of each file by its path, of SBOMs, of the source, and of provenance.

    `unmet` are strict words that some file does not meet today, each with the number of such files, and
    `unmet_whole` those that the SBOMs or the source do not meet, `provenance_unmet` those of provenance.
    """

    own: Mapping[str, Mapping[Key, Value]]
    sbom: Mapping[Key, Value] = field(default_factory=dict)
    modules: Mapping[Key, Value] = field(default_factory=dict)
    provenance: Mapping[str, Value] = field(default_factory=dict)
    unmet: tuple[tuple[str, int], ...] = ()
    unmet_whole: tuple[Key, ...] = ()
    provenance_unmet: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Settings of all files, and what remains of each alone."""

    defaults: dict[Key, Value]
    own: dict[str, dict[Key, Value]]


def share(asked: Mapping[str, Mapping[Key, Value]], without: Mapping[str, frozenset[Key]]) -> Shared:
    """What holds for every file that it can be asked of, or for most of them.

    `without` names the settings that a file does not meet; what a file is not asked at all, as no check runs
    on it, may stand in the defaults.
    """
    keys = sorted({key for values in asked.values() for key in values}, key=order)
    defaults: dict[Key, Value] = {}
    for key in keys:
        values = [each[key] for each in asked.values() if key in each]
        if not any(key in each for each in without.values()):
            most = max(values, key=values.count)
            if 2 * values.count(most) > len(values):
                defaults[key] = most
    own = {
        path: {key: value for key, value in values.items() if key not in defaults or defaults[key] != value}
        for path, values in asked.items()
    }
    return Shared(defaults=defaults, own=own)


def draft(
    found: Found, asked: Asked, without: Mapping[str, frozenset[Key]], *, grouped: bool = True
) -> tuple[Commented, tuple[str, ...]]:
    """The policy, and what somebody has to look at before it is used, the most important first.

    Not `grouped`, every file has a line of its own: the grouped policy must mean the same.
    """
    return _Draft(found, asked, share(asked.own, without), grouped=grouped).made()


class _Draft:
    def __init__(self, found: Found, asked: Asked, shared: Shared, *, grouped: bool) -> None:
        self._found = found
        self._asked = asked
        self._shared = shared
        self._grouped = grouped
        self._above: dict[Path, tuple[str, ...]] = {}
        self._review: list[str] = []
        self._identities = Identities()
        self._named = attestation_names(kind for kind in found.signed.kinds if kind.type != SIGNATURE)

    def made(self) -> tuple[Commented, tuple[str, ...]]:
        platforms = self._platforms()
        attestations = self._attestations()
        extras = self._extras()
        value: dict[str, Value] = {
            "apiVersion": "attest/v1",
            "kind": "ReleasePolicy",
            "metadata": self._metadata(),
            "trust": self._trust(),
            "identities": self._identities.section(),
        }
        if source := self._source():
            value["source"] = source
        value["artifacts"] = {"complete": True, **({"extras": extras} if extras else {})}
        value["platforms"] = platforms
        if attestations:
            value["attestations"] = attestations
        value |= self._about("sbom", self._asked.sbom) | self._about("modules", self._asked.modules)
        self._comments()
        self._tell_identities()
        return Commented(value=value, above=self._above), tuple(self._review)

    def _about(self, name: str, values: Mapping[Key, Value]) -> dict[str, Value]:
        return sections({(name, key): value for (_, key), value in values.items()})

    def _metadata(self) -> Value:
        last = self._found.go_module.rpartition("/")[2] or "release"
        return {
            "name": as_name(last if last == "release" else f"{last}-release", "release"),
            "version": 1,
            "expires": self._found.expires,
        }

    def _trust(self) -> Value:
        """The keys and roots that verified something, each with what all of its bundles carry."""
        carried = anchors(self._found.signed, (each.name for each in self._found.anchors))
        keys: list[Value] = []
        roots: list[Value] = []
        for each in self._found.anchors:
            if each.name not in carried:
                continue
            entry: dict[str, Value] = {"name": each.name}
            entry["file" if each.kind == "key" else each.kind] = each.file
            entry |= {"sha256": each.sha256, "require": dict(carried[each.name])}
            (keys if each.kind == "key" else roots).append(entry)
        return {
            "offline": "required",
            **({"roots": roots} if roots else {}),
            **({"keys": keys} if keys else {}),
        }

    def _source(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        if self._found.go_module:
            found["go_module"] = self._found.go_module
        if self._found.tag:
            found["tag"] = "${tag}"
        return found

    def _platforms(self) -> dict[str, Value]:
        found = self._found
        defaults: dict[str, Value] = {"path": found.templates.default, **sections(self._shared.defaults)}
        for kind in found.signed.kinds:
            if kind.type == SIGNATURE:
                defaults["signatures"] = {"signer": self._identities.name(kind.signers), "min": kind.min}
        if self._named:
            defaults["attestations"] = list(self._named)
        self._platform_comments()
        builds = self._builds()
        own = {path: sections(values) for path, values in self._shared.own.items()}
        matrix = entries(found.items, found.templates, own, grouped=self._grouped)
        if builds:
            self._above["platforms", "builds"] = (
                "The commands; an entry of the matrix that names none is for all.",
            )
        return {"defaults": defaults, **({"builds": builds} if builds else {}), "matrix": matrix}

    def _builds(self) -> list[Value]:
        found = []
        for name in sorted({item.build for item in self._found.items if item.build}):
            entry: dict[str, Value] = {"name": name}
            if path := self._found.templates.builds.get(name):
                entry["path"] = path
            found.append(entry)
        if not found:
            return []
        paths = {item.build: item.main_path for item in self._found.items}
        for entry in found:
            if main_path := paths[str(entry["name"])]:
                entry["main_path"] = main_path
        return list(found)

    def _platform_comments(self) -> None:
        lines = []
        if not self._found.variables.get("version"):
            lines.append(
                "REVIEW: no version was given, so that paths are those of this release alone (--version)."
            )
            self._review.append("paths: no --version was given, so names hold for this release alone")
        for word, number in self._asked.unmet:
            lines.append(f"REVIEW: {_unmet(word, number, len(self._found.items))}")
            self._review.append(_unmet(word, number, len(self._found.items)))
        if lines:
            self._above["platforms", "defaults"] = tuple(lines)

    def _attestations(self) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, kind in self._named.items():
            provenance = kind.type == SLSA_PREDICATE
            signer = self._identities.name(kind.signers, wanted="builder" if provenance else "signer")
            entry: dict[str, Value] = {"predicate": [kind.type], "signer": signer, "min": kind.min}
            if provenance:
                entry |= self._asked.provenance
                left = [f"not asked, as it is not met: {each}" for each in self._asked.provenance_unmet]
                self._review += [f"attestations.{name}: {line}" for line in left]
                self._above["attestations", name] = (
                    *(f"REVIEW: {line}" for line in left),
                    "REVIEW: add level, and builders: {identity, builder_id, level}, if you know who builds.",
                )
                self._review.append(f"attestations.{name}: which SLSA level its builder has cannot be seen")
            found[name] = entry
        return found

    def _extras(self) -> list[Value]:
        found: list[Value] = []
        for file in self._found.others:
            path = template(file.path, self._found.variables)
            kind = "checksums" if self._lists_all(file) else "file"
            entry: dict[str, Value] = {"path": path, "kind": kind}
            if kind == "checksums":
                entry["covers"] = "slots"
            signers = self._found.signed.by_digest.get(file.identity.sha256 if file.identity else "", ())
            where: Path = ("artifacts", "extras", len(found))
            if signers:
                entry["signer"] = self._identities.name(signers)
            else:
                self._above[where] = ("REVIEW: nobody signed it, so that whatever has this name would pass.",)
                self._review.append(f"artifacts.extras: {file.path} is signed by nobody")
            found.append(entry)
        return found

    def _lists_all(self, file: ReleaseFile) -> bool:
        """Whether a file is a checksums file that names every artifact."""
        if file.content is None:
            return False
        lines, faults = parse_checksums(file.content, file.path)
        return not faults and {item.path for item in self._found.items} <= {line.path for line in lines}

    def _comments(self) -> None:
        above = self._above
        above[()] = (
            "A first policy, written from a release that is there: attest policy init.",
            "It asks what that release meets. Look at every line marked REVIEW before you trust it; attest",
            "policy explain CHECK tells what a check finds, and attest policy lint what is weak.",
            "",
        )
        above["metadata", "expires"] = (
            "After this day nothing passes until somebody has looked at the policy.",
        )
        above["trust", "offline"] = ("Open no socket while judging.",)
        above["platforms", "defaults", "go"] = ("How it was built: the strictest that today's files meet.",)
        above["platforms", "matrix"] = (
            "Platforms that are asked alike share a line; what differs stands in it.",
        )
        above["trust",] = (
            "Whose signatures count.",
            "REVIEW: hold each SHA-256 against one that came to you another way than the release.",
        )
        above["identities",] = (
            "Who signed, as verified signatures say. REVIEW: is each of these whom you mean?",
        )
        if self._source():
            above["source",] = ("The module that every executable names as its main one.",)
        above["artifacts",] = ("What no line here and no platform names must not be in the release.",)
        above["platforms",] = ("What must be there, and what each executable must say about itself.",)
        if self._named:
            above["attestations",] = ("The signed statements that the platforms ask for by name.",)
        if self._asked.sbom:
            above["sbom",] = (
                "What every SBOM must say; its components are those of the executable.",
                *self._unmet("sbom"),
            )
        if self._asked.modules:
            above["modules",] = (
                "What the source must be; from now on attest verify needs --source DIR.",
                *self._unmet("modules"),
            )
        self._missing()

    def _unmet(self, section: str) -> list[str]:
        words = [key for name, key in self._asked.unmet_whole if name == section]
        lines = [f"not asked, as it is not met or nothing tells: {section}.{key}" for key in words]
        self._review += lines
        return [f"REVIEW: {line}" for line in lines]

    def _missing(self) -> None:
        """What is not there is not asked: how it would be added."""
        kinds = {kind.type for kind in self._found.signed.kinds}
        lines = []
        if SIGNATURE not in kinds:
            lines.append("No signature on every file itself was found: attest sign DIR.")
        if not kinds & SBOM_PREDICATES:
            lines.append(
                "No SBOM of every file was found: attest sbom, and attest release, which signs them."
            )
        if SLSA_PREDICATE not in kinds:
            lines.append("No provenance was found: attest provenance DIR, in the job that builds.")
        if not any(name.kind for name in self._found.others if self._lists_all(name)):
            lines.append(
                "No checksums file that lists every artifact was found: sha256sum, then attest sign."
            )
        if not self._found.source:
            lines.append("Nothing is asked of the source: attest policy init --source DIR adds modules.")
        for kind, number in self._found.signed.partly:
            text = f"REVIEW: {number} of {len(self._found.items)} files have '{kind}'; it is asked of none."
            lines.append(text)
            self._review.append(text.removeprefix("REVIEW: "))
        self._above[()] = (*self._above[()], *lines)

    def _tell_identities(self) -> None:
        told = []
        names = {each.name: each for each in self._found.anchors}
        for name, signers in self._identities.found.items():
            for each in signers:
                if each.key:
                    anchor = names[each.key]
                    told.append(f"identities.{name}: the key {anchor.file} (file sha256:{anchor.sha256})")
                else:
                    claims = "".join(f", {key}={value}" for key, value in each.claims)
                    told.append(f"identities.{name}: {each.san} by {each.issuer}{claims}")
        self._review[:0] = told


def _unmet(word: str, number: int, whole: int) -> str:
    return f"not asked, as {number} of {whole} files do not meet it or do not tell: {word}"


def others(
    files: Sequence[ReleaseFile], items: Sequence[Item], known: frozenset[str]
) -> tuple[ReleaseFile, ...]:
    """The files that are neither artifact nor `known` (evidence and SBOMs), by path."""
    artifacts = {item.path for item in items}
    return tuple(
        file
        for file in sorted(files, key=lambda each: each.path)
        if file.kind == "file" and file.path not in artifacts | known and not nameable(file.path)
    )
