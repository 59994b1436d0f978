"""A release that passes, made from a policy, and the changes that a case describes (testdata/checks)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ruamel.yaml import YAML

from attest.go import gomod, gowork
from attest.model.binary import (
    BinaryReport,
    BinarySlice,
    BuildInfo,
    Container,
    LinkedPackage,
    Module,
    SectionSize,
)
from attest.model.bom_facts import SbomFacts
from attest.model.checkout import TreeVersion
from attest.model.described import Described, DescribedComponent
from attest.model.digest import Digests, FileIdentity
from attest.model.fact import Fact
from attest.model.facts import FACTS
from attest.model.module import (
    GoMod,
    GoWork,
    MainModule,
    MainModules,
    ModulesTxt,
    ModuleVersion,
    Replace,
    Require,
    VendoredModule,
)
from attest.model.place import Place
from attest.model.previous import PreviousFile, PreviousRelease
from attest.model.reconciliation import Disagreement, Reconciliation
from attest.model.release import Inventory, ReleaseFile
from attest.model.source import (
    ModuleNotice,
    SourceFault,
    SourceReport,
    SumdbLine,
    SumdbReport,
    SumProof,
    UnprovenModule,
)
from attest.model.stated import Stated
from attest.model.statement import (
    CYCLONEDX_PREDICATE,
    SPDX_PREDICATE,
    Signer,
    Statement,
    Subject,
    VerifiedBundle,
)
from attest.model.vulnerability import KnownVulnerability, Scan
from attest.policy.engine import Run, judge
from attest.policy.evidence import Ingested
from attest.policy.load import load

if TYPE_CHECKING:
    from attest.model.fact import FactValue
    from attest.model.verdict import Verdict
    from attest.policy.check import AnyCheck
    from attest.policy.model import Policy, Slot

CASES = Path(__file__).parents[3] / "testdata" / "checks"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
REVISION = "1f5c0de" * 5 + "abcde"
SIGNERS = {
    "release": Signer(kind="key", key_sha256="aa" * 32),
    "tester": Signer(kind="key", key_sha256="bb" * 32),
    "stranger": Signer(kind="key", key_sha256="cc" * 32),
}
KEYS = {"release-key": "aa" * 32, "test-key": "bb" * 32}
MODULES = {"example.com/greet": "v1.2.0", "example.com/codec": "v0.3.1"}
LICENSES = {
    "example.com/tool": "MIT",
    "example.com/greet": "Apache-2.0",
    "example.com/codec": "BSD-3-Clause",
    "std": "BSD-3-Clause",
}
TYPES = {"spdx": SPDX_PREDICATE, "cdx": CYCLONEDX_PREDICATE}

#: Facts that are there without a case's word, by container; null in a case takes one away.
USUAL_FACTS: dict[str, dict[str, FactValue]] = {
    "macho": {"macho.signature": "none"},
    "pe": {"pe.authenticode": False},
}

#: A part of a YAML document; what a case may hold is said in testdata/checks/README.md.
Yaml = Any
Change = dict[str, Any]


def yaml(text: bytes) -> Yaml:
    return YAML(typ="safe", pure=True).load(text)


def merged(base: Yaml, change: Yaml) -> Yaml:
    """`change` over `base`: mappings are merged, null removes, anything else replaces."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    both = {**base, **{key: merged(base.get(key), value) for key, value in change.items()}}
    return {key: value for key, value in both.items() if value is not None}


def base_policy() -> Yaml:
    return json.loads(_base())


@cache
def _base() -> str:
    return json.dumps(yaml((CASES / "policy.yaml").read_bytes()), default=str)


def policy_of(document: Yaml, *, tag: str = "v1.0.0") -> Policy:
    """JSON is YAML."""
    return _loaded(json.dumps(document, default=str), tag)


@lru_cache(maxsize=512)
def _loaded(text: str, tag: str) -> Policy:
    variables = {"version": tag.removeprefix("v"), "tag": tag}
    return load(text.encode(), "release.yaml", variables={k: v for k, v in variables.items() if v}, now=NOW)


def identity_of(data: bytes) -> FileIdentity:
    return FileIdentity(
        digests=Digests(sha256=hashlib.sha256(data).hexdigest(), sha512=hashlib.sha512(data).hexdigest()),
        size=len(data),
    )


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@dataclass
class World:
    """A release under construction; `verdict` judges it."""

    policy: Policy
    files: dict[str, ReleaseFile] = field(default_factory=dict)
    bundles: list[Ingested] = field(default_factory=list)
    expected: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    source: SourceReport | None = None
    previous: PreviousRelease | None = None
    vulnerabilities_of: datetime | None = None
    run: Run = field(default_factory=lambda: Run(now=NOW, version="1.0.0", tag="v1.0.0"))

    def verdict(self, checks: tuple[AnyCheck, ...] | None = None) -> Verdict:
        inventory = Inventory(label="dist", files=tuple(self.files[name] for name in sorted(self.files)))
        return judge(
            self.policy,
            inventory=inventory,
            bundles=self.bundles,
            source=self.source,
            run=self.run,
            keys=KEYS,
            expected=self.expected,
            previous=self.previous,
            vulnerabilities_of=self.vulnerabilities_of,
            checks=checks,
        )

    def put(self, path: str, data: bytes, report: BinaryReport | None = None) -> str:
        """Write a file and give its digest."""
        content = None if report else data
        self.files[path] = ReleaseFile(
            path=path, kind="file", identity=identity_of(data), report=report, content=content
        )
        return sha256(data)

    def bundle(self, item: Ingested) -> None:
        self.bundles.append(item)
        self.put(item.path, f"bundle {item.path}".encode())


def world(case: Change) -> World:
    """The release of a case."""
    run = case.get("run", {})
    tag = run.get("tag", "v1.0.0")
    made = World(policy=policy_of(merged(base_policy(), case.get("policy", {})), tag=tag))
    made.run = Run(
        now=NOW,
        version=tag.removeprefix("v"),
        tag=tag,
        revision=run.get("revision", ""),
        only=tuple(run.get("only", ())),
        partial=run.get("partial", False),
    )
    signed: Change = case.get("signed", {})
    for slot in made.policy.slots:
        _artifact(made, slot, case, signed)
    _extras(made, signed)
    for path in sorted(set(signed) - {item.path for item in made.bundles}):
        if not signed[path].get("absent"):
            _sign(made, path, signed[path], [])
    for change in case.get("tamper", ()):
        _tamper(made, change)
    made.source = _source(case.get("source", {}))
    made.previous = _previous(made.policy, case)
    if made.policy.vulnerabilities:
        _scan(made, case.get("vulnerabilities", {}))
    if made.source is not None and "reconciled" in case.get("source", {}):
        made.source = replace(made.source, reconciled=_reconciled(made, case["source"]["reconciled"]))
    return made


def _artifact(made: World, slot: Slot, case: Change, signed: Change) -> None:
    """One file with its signature, its SBOMs and their attestations."""
    change: Change = case.get("build", {}).get(slot.path, {})
    report = None if change.get("report") is False else _report(slot, change)
    text = change.get("text", f"executable {slot.path}")
    digest = made.put(slot.path, text.encode(), report)
    modules = {"example.com/tool": "v1.0.0", **MODULES, "std": "1.25.3"}
    if change.get("expected") is not False:
        made.expected[digest] = frozenset(modules.items())
    _sign(made, f"{slot.path}.sigstore.json", signed.get(f"{slot.path}.sigstore.json", {}), [digest])
    for short, kind in TYPES.items():
        path = f"{slot.path}.{short}.intoto.sigstore.json"
        wrong: Change = case.get("sboms", {}).get(path, {})
        named = {**modules, **wrong.get("add", {})}
        spec = wrong.get("version", "2.3" if short == "spdx" else "1.6")
        subjects = wrong.get("subjects", [wrong.get("subject", digest)])
        facts = SbomFacts(
            format="spdx" if short == "spdx" else "cyclonedx",
            spec_version=spec,
            subject_sha256s=tuple(subjects),
            components=frozenset(pair for pair in named.items() if pair[0] not in wrong.get("drop", ())),
            faults=tuple(wrong.get("faults", ())),
            sums=frozenset((path, named[path], h1) for path, h1 in wrong.get("sums", {}).items()),
            licenses=tuple(
                (pair, tuple(told) if isinstance(told, list) else (told,))
                for pair in sorted(named.items())
                if (told := {**LICENSES, **case.get("licenses", {})}.get(pair[0]))
            ),
        )
        if wrong.get("described") is not False:
            facts = replace(facts, described=_described(facts, slot.path, wrong.get("unknown", {})))
        head = {"spdxVersion": f"SPDX-{spec}"} if short == "spdx" else {"bomFormat": "CycloneDX"}
        predicate: dict[str, Any] = {**head, "name": slot.path}
        how: Change = signed.get(path, {})
        if not how.get("absent"):
            made.put(f"{slot.path}.{short}.json", json.dumps(predicate, indent=1).encode())
        _sign(
            made,
            path,
            {"type": kind, **how},
            [digest],
            predicate=predicate,
            sbom=None if wrong.get("read") is False else facts,
        )


#: What the checks that run without being asked need to know of a file of each container; null takes it away.


def _report(slot: Slot, change: Change) -> BinaryReport:
    """What an executable says that is right for its slot, apart from the changes."""
    if slot.slices and not change.get("thin"):
        slices = tuple(
            BinarySlice(
                offset=0x4000 * (index + 1),
                identity=identity_of(arch.encode()),
                report=_image(
                    slot, {"arch": arch, "format": "macho", **change.get("each", {}), **change.get(arch, {})}
                ),
            )
            for index, arch in enumerate(change.get("slices", slot.slices))
        )
        return BinaryReport(container=Container(format="macho-fat", os="darwin"), slices=slices)
    return _image(slot, change)


def _image(slot: Slot, change: Change) -> BinaryReport:
    arch = change.get("arch", slot.platform.goarch)
    container = Container(
        format=change.get("format", slot.format),
        os=change.get("os", slot.platform.goos),
        arch=arch,
        kind="executable",
    )
    notes = tuple(change.get("notes", ()))
    facts = tuple(
        Fact(name=name, value=tuple(value) if isinstance(value, list) else value, source="case")
        for name, value in {**USUAL_FACTS.get(container.format, {}), **change.get("facts", {})}.items()
        if value is not None
    )
    packages = tuple(_package(path, of) for path, of in change.get("packages", {}).items())
    sections = tuple(
        SectionSize(name=name, file_size=size, memory_size=size)
        for name, size in change.get("sections", {}).items()
    )
    assert {each.name for each in facts} <= set(FACTS), "a fact that no catalogue has"
    if change.get("build_info") is False:
        return BinaryReport(container=container, facts=facts, packages=packages, notes=notes)
    settings: dict[str, str | None] = {
        "-trimpath": "true",
        "CGO_ENABLED": "0",
        "GOARCH": arch,
        "GOOS": container.os,
        "vcs.revision": REVISION,
        "vcs.modified": "false",
    }
    if slot.platform.variant:
        settings["GOARM"] = slot.platform.variant
    settings |= change.get("settings", {})
    info = BuildInfo(
        go_version=change.get("go_version", "go1.25.3"),
        path=change.get("main", "example.com/tool/cmd/tool"),
        main=Module(path=change.get("module", "example.com/tool"), version=change.get("version", "v1.0.0"))
        if change.get("module") != ""
        else None,
        deps=tuple(
            Module(path=path, version=version, sum=change.get("sums", {}).get(path, ""))
            for path, version in sorted(MODULES.items())
        ),
        settings=tuple((key, value) for key, value in settings.items() if value is not None),
        faults=tuple(change.get("faults", ())),
    )
    return BinaryReport(
        container=container,
        toolchain="go",
        go_version=info.go_version,
        build_info=info,
        facts=facts,
        packages=None if change.get("functions") is False else packages,
        sections=sections,
    )


def _described(facts: SbomFacts, file: str, unknown: Change) -> Described:
    """A document that tells everything, but for what `unknown` says (the reason, by component and field)."""
    there = Stated(value="there")

    def component(name: str, version: str) -> DescribedComponent:
        kind: Literal["file", "module"] = "file" if name == file else "module"
        fields = {each: there for each in DescribedComponent.__slots__ if each not in {"kind", "name"}}
        fields |= {"version": Stated(value=version)}
        fields |= {each: Stated(unknown_because=why) for each, why in unknown.get(name, {}).items()}
        return DescribedComponent(kind=kind, name=name, **fields)

    stated = {
        each: Stated(unknown_because=unknown[each]) if each in unknown else there
        for each in ("author", "author_contact", "created", "context", "tool_name", "tool_version")
    }
    named = [(file, "v1.0.0"), *sorted(facts.components)]
    return Described(
        format="SPDX" if facts.format == "spdx" else "CycloneDX",
        spec_version=facts.spec_version,
        components=tuple(component(*each) for each in named if "everything" not in unknown),
        **stated,
    )


def _package(path: str, of: Yaml) -> LinkedPackage:
    """Of a module, or of a module with a size."""
    module, size = of if isinstance(of, list) else (of, 0)
    return LinkedPackage(path=path, module=module, size=size)


def _scan(made: World, change: Change) -> None:
    """What every executable was found to have: nothing, but for what the case says."""
    modified = change.get("modified", "2026-11-20T12:00:00+00:00")
    made.vulnerabilities_of = datetime.fromisoformat(modified) if modified else None
    for slot in made.policy.slots:
        file, said = made.files.get(slot.path), change.get(slot.path, {})
        if file is None or file.report is None or said.get("scanned") is False:
            continue
        found = tuple(
            KnownVulnerability(
                id=each["id"],
                aliases=tuple(each.get("aliases", ())),
                summary=each["summary"],
                module=each["module"],
                version=each["version"],
                fixed=each.get("fixed", ""),
                symbols=tuple(each.get("symbols", ())),
            )
            for each in said.get("found", ())
        )
        made.files[slot.path] = replace(file, scan=Scan(found=found, unknown=said.get("unknown", "")))


def _previous(policy: Policy, case: Change) -> PreviousRelease | None:
    """The release before, whose files are like those of the policy's slots."""
    if "previous" not in case:
        return None
    slots = {slot.path: slot for slot in policy.slots}
    return PreviousRelease(
        label="previous",
        files=tuple(
            PreviousFile(
                path=path,
                size=change["size"],
                slot=change.get("slot", ""),
                report=_report(slots[change["like"]], change) if "like" in change else None,
            )
            for path, change in case["previous"].items()
        ),
    )


def _sign(
    made: World,
    path: str,
    how: Change,
    digests: list[str],
    *,
    predicate: dict[str, Any] | None = None,
    sbom: SbomFacts | None = None,
) -> None:
    """A bundle about `digests` (or about the files that `how` names)."""
    if how.get("absent"):
        return
    if "rejected" in how:
        made.bundle(Ingested(path=path, reason=how["rejected"]))
        return
    if "sbom" in how:
        sbom = SbomFacts(
            format=how["sbom"],
            spec_version="1.6",
            subject_sha256s=(),
            components=frozenset(
                pair
                for pair in {"example.com/tool": "v1.0.0", **MODULES, "std": "1.25.3"}.items()
                if pair[0] not in how.get("drop", ())
            ),
        )
    about = [f.identity.sha256 for p in how.get("about", ()) if (f := made.files.get(p)) and f.identity]
    about = about or how.get("digests") or digests
    signer = how.get("signer", "release")
    certificate = isinstance(signer, dict)
    who = (
        Signer(
            kind="certificate",
            san=signer["san"],
            issuer=signer["issuer"],
            claims=tuple(sorted(signer.get("claims", {}).items())),
        )
        if certificate
        else SIGNERS[signer]
    )
    statement = None
    if "type" in how:
        statement = Statement(
            subjects=tuple(Subject(name="file", sha256=each) for each in about),
            predicate_type=how["type"],
            predicate=how.get("predicate") or predicate or {},
            payload=path.encode(),
        )
    made.bundle(
        Ingested(
            path=path,
            bundle=VerifiedBundle(
                signer=who,
                root=how.get("root", "public-good" if certificate else "release-key"),
                digests=tuple(about),
                statement=statement,
                times=tuple(datetime.fromisoformat(each) for each in how.get("times", ())),
                log_entries=how.get("log_entries", 0),
            ),
            sbom=sbom,
        )
    )


def _extras(made: World, signed: Change) -> None:
    """Checksums that are right, and other extras with some text."""
    lines = [
        f"{f.identity.sha256}  {slot.path}"
        for slot in made.policy.slots
        if (f := made.files[slot.path]).identity
    ]
    for extra in made.policy.extras:
        text = "\n".join(sorted(lines)) + "\n" if extra.kind == "checksums" else f"text of {extra.path}\n"
        digest = made.put(extra.path, text.encode())
        if extra.signer:
            path = f"{extra.path}.sigstore.json"
            _sign(made, path, signed.get(path, {}), [digest])


def _tamper(made: World, change: Change) -> None:
    """One thing that happened to the finished directory."""
    ((what, value),) = change.items()
    match what:
        case "remove":
            del made.files[value]
            made.bundles = [item for item in made.bundles if item.path != value]
        case "write":
            old = made.files.get(value["path"])
            made.put(value["path"], value["text"].encode(), old.report if old else None)
        case "swap":
            first, second = (made.files[path] for path in value)
            made.files[value[0]] = _renamed(second, value[0])
            made.files[value[1]] = _renamed(first, value[1])
        case "copy":
            made.files[value[1]] = _renamed(made.files[value[0]], value[1])
        case "symlink" | "directory" | "other":
            made.files[value] = ReleaseFile(path=value, kind=what)
        case "unread":
            made.files[value] = replace(made.files[value], content=None)
        case "unreadable":
            made.files[value] = ReleaseFile(path=value, kind="file", error="permission denied")
        case _:
            raise KeyError(what)


def _renamed(file: ReleaseFile, path: str) -> ReleaseFile:
    return ReleaseFile(
        path=path,
        kind=file.kind,
        identity=file.identity,
        report=file.report,
        content=file.content,
        error=file.error,
    )


def _module(text: str) -> ModuleVersion:
    path, _, version = text.partition("@")
    return ModuleVersion(path=path, version=version)


def _member(change: Yaml) -> MainModule:
    """Another module of the workspace, as its go.mod says."""
    file = f"{change['directory']}/go.mod"
    return MainModule(go_mod=gomod.parse(change["go_mod"].encode(), file), directory=change["directory"])


def _reconciled(made: World, told: Yaml) -> dict[str, tuple[Reconciliation, ...]]:
    """What the source says of the files, by path in the case: that it agrees where nothing is told."""
    agree = (Reconciliation(platform=""),)
    found: dict[str, tuple[Reconciliation, ...]] = {}
    for slot in made.policy.slots:
        identity = made.files[slot.path].identity
        if identity is None or told.get(slot.path, agree) is None:
            continue
        found[identity.sha256] = agree
        if slot.path in told:
            found[identity.sha256] = tuple(
                Reconciliation(
                    platform=each.get("platform", ""),
                    unknown=each.get("unknown", ""),
                    disagreements=tuple(Disagreement(**one) for one in each.get("disagreements", ())),
                )
                for each in told[slot.path]
            )
    return found


def _work(text: Yaml) -> GoWork | None:
    return None if text is None else gowork.parse(text.encode())


def _source(change: Yaml) -> SourceReport | None:
    """A source tree without faults, apart from the changes."""
    if change == "none":
        return None
    proofs = change.get("proofs", [{"module": path, "status": "match"} for path in sorted(MODULES)])
    required = change.get("require", MODULES)

    def faults(name: str, file: str) -> tuple[SourceFault, ...]:
        return tuple(
            SourceFault(message=text, place=Place(file=file, line=number), hint="go mod tidy, go mod vendor")
            for number, text in enumerate(change.get(name, ()), start=3)
        )

    return SourceReport(
        label="source",
        main=MainModules(
            modules=(
                MainModule(
                    go_mod=GoMod(
                        file="go.mod",
                        module="example.com/tool",
                        go=change.get("go", "1.24"),
                        toolchain=change.get("toolchain", ""),
                        go_place=Place(file="go.mod", line=3) if change.get("go", "1.24") else None,
                        toolchain_place=Place(file="go.mod", line=5) if change.get("toolchain") else None,
                        require=tuple(
                            Require(
                                module=ModuleVersion(path=path, version=version),
                                indirect=False,
                                place=Place(file="go.mod"),
                            )
                            for path, version in required.items()
                        ),
                        replace=tuple(
                            Replace(
                                old=_module(old), new=_module(new), place=Place(file="go.mod", line=number)
                            )
                            for number, (old, new) in enumerate(change.get("replace", {}).items(), start=20)
                        ),
                        exclude=tuple(_module(each) for each in change.get("exclude", ())),
                        exclude_places=tuple(
                            Place(file="go.mod", line=number)
                            for number, _ in enumerate(change.get("exclude", ()), start=30)
                        ),
                        tool=(),
                    )
                ),
                *map(_member, change.get("members", ())),
            ),
            work=_work(change.get("go_work")),
        ),
        modules_txt=_modules_txt(change["copied"]) if "copied" in change else None,
        vendored=change.get("vendored", True),
        work_unused=next(iter(faults("work_unused", "go.work")), None),
        notices=tuple(
            ModuleNotice(
                module=ModuleVersion(path=path, version=MODULES[path]),
                kind=kind,
                said_by="v1.9.0",
                reason="use another" if kind == "deprecated" else "",
                place=Place(file="go.mod", line=7),
            )
            for path, kind in change.get("notices", {}).items()
        ),
        sum_faults=faults("sum_faults", "go.sum"),
        proofs=tuple(
            SumProof(
                module=ModuleVersion(path=each["module"], version=MODULES[each["module"]]),
                kind=each.get("kind", "zip"),
                recorded="h1:recorded=",
                computed={"match": "h1:recorded=", "mismatch": "h1:changed=", "absent": ""}[each["status"]],
                status=each["status"],
                place=Place(file="go.sum", line=number),
                odd=each.get("odd", ""),
                remembered=each.get("remembered", False),
                cache_faults=tuple(
                    SourceFault(message=text, place=Place(file="cache"), hint="go clean -modcache")
                    for text in each.get("cache_faults", ())
                ),
            )
            for number, each in enumerate(proofs, start=1)
        ),
        vendor_faults=faults("vendor_faults", "vendor/modules.txt"),
        vendor_untidy=faults("vendor_untidy", "vendor/modules.txt"),
        import_faults=faults("import_faults", "main.go"),
        sum_untidy=faults("sum_untidy", "go.sum"),
        superfluous_unknown=change.get("superfluous_unknown", ""),
        unshipped=faults("unshipped", "go.mod") if "unshipped" in change else None,
        graph_unproven=next(iter(faults("graph_unproven", "go.mod")), None),
        contents_unproven=tuple(
            UnprovenModule(module=ModuleVersion(path=path, version=MODULES[path]), **why)
            for path, reason in change.get("unproven", {}).items()
            for why in (reason if isinstance(reason, dict) else {"reason": reason},)
        ),
        sumdb=_sumdb(change["sumdb"]) if "sumdb" in change else None,
        versions=tuple(
            (
                path,
                TreeVersion(version=Stated(value=version), source="tag", commit=REVISION)
                if version
                else TreeVersion(version=Stated(unknown_because="version control does not tell")),
            )
            for path, version in change.get("versions", {}).items()
        ),
    )


def _modules_txt(copied: dict[str, str | None]) -> ModulesTxt:
    """A vendor/modules.txt with these modules and what stands in for them."""
    return ModulesTxt(
        file="vendor/modules.txt",
        workspace=False,
        unused_replacements=(),
        modules=tuple(
            VendoredModule(
                module=_module(name),
                replacement=_module(new) if new else None,
                explicit=True,
                go="",
                packages=(),
                place=Place(file="vendor/modules.txt", line=number),
            )
            for number, (name, new) in enumerate(copied.items(), start=1)
        ),
    )


def _sumdb(change: Change) -> SumdbReport:
    """What the checksum database says of go.sum."""
    return SumdbReport(
        database="sum.example.com",
        required=change.get("required", False),
        lines=tuple(
            SumdbLine(
                module=ModuleVersion(path=each["module"], version=MODULES[each["module"]]),
                kind=each.get("kind", "zip"),
                status=each["status"],
                place=Place(file="go.sum", line=number),
                reason=each.get("reason", ""),
            )
            for number, each in enumerate(change["lines"], start=1)
        ),
        faults=tuple(
            SourceFault(
                message=text, place=Place(file="lookup/x@v1.0.0", line=number), hint="keep both files"
            )
            for number, text in enumerate(change.get("faults", ()), start=3)
        ),
    )
