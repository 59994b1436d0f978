"""`attest policy init`: a first policy from a release that is there, judged by the engine before it is one.

Evidence is verified as `attest verify` does it; what no given key and no given root verifies names nobody.
Candidates of settings are tried, the strictest first, until all that is asked is met.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from typing import TYPE_CHECKING, Final

from attest.app.ingest import ingest
from attest.app.policy import load_policy
from attest.app.verify import verify_ingested
from attest.errors import NothingToVerifyError, PolicyError, UsageError
from attest.intoto.predicates.read import read_predicate
from attest.model.limits import DEFAULT_LIMITS, Limits
from attest.model.place import Place
from attest.model.provenance import Provenance
from attest.model.statement import SBOM_PREDICATES, SLSA_PREDICATE
from attest.policy.checks.provenance_parameters import parameter_paths
from attest.policy.discover import is_other_sbom, sbom_document
from attest.policy.draft import FORMATS, Anchor, Asked, Found, draft, others
from attest.policy.draft_settings import TELLING, candidates, checks_of, concerns, least_go
from attest.policy.draft_signers import signed
from attest.policy.draft_slots import as_name, items, paths, refuse_unnameable
from attest.policy.draft_steps import at, left_out, state, weaken
from attest.policy.draft_text import write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from attest.app.policy import LoadedPolicy
    from attest.model.release import Inventory
    from attest.model.source import SourceReport
    from attest.model.verdict import CheckResult, Verdict
    from attest.policy.document import Value
    from attest.policy.draft_settings import Key
    from attest.policy.draft_signers import Signed
    from attest.policy.draft_slots import Item
    from attest.policy.engine import Run
    from attest.policy.model import Policy
    from attest.trust.roots import Root
    from attest.trust.verify import TrustedKey, TrustStore

_DAYS: Final = 180
_UNNAMED: Final = "no policy can name its signer exactly"
_FILE: Final = "the drafted policy"
_SBOM: Final[dict[tuple[str, str], tuple[Value, ...]]] = {
    ("sbom", "agree_with"): (["build_info"],),
    ("sbom", "formats_agree"): (True,),
    ("sbom", "require"): (["cisa-2026", "ntia"], ["ntia"]),
    ("sbom", "licenses.unknown"): ("deny",),
}
_MODULES: Final[dict[tuple[str, str], tuple[Value, ...]]] = {
    ("modules", "go_sum"): ("verify",),
    ("modules", "vendor"): ("exact", "consistent"),
    ("modules", "replace.deny_local"): (True,),
    ("modules", "pseudo_versions"): ("deny",),
    ("modules", "retracted"): ("deny",),
    ("modules", "deprecated"): ("deny",),
}
#: What is asked of the source, at its weakest at least, whether it is met or not: else nothing proves it.
_FIRM: Final = frozenset({("modules", "go_sum"), ("modules", "vendor")})


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A key ("key") or trust root that the user names: its file as the policy calls it, and its bytes."""

    kind: str
    file: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """The policy's bytes, how the release is judged by it, what to review, and bundles that name nobody."""

    data: bytes
    verdict: Verdict
    review: tuple[str, ...]
    unverified: tuple[tuple[str, str], ...]


def draft_policy(
    inventory: Inventory,
    given: Sequence[Given],
    run: Run,
    *,
    source: Callable[[LoadedPolicy], SourceReport] | None = None,
    jobs: int = 0,
    limits: Limits = DEFAULT_LIMITS,
) -> Drafted:
    """A policy from what lies in `inventory`; `source` reads the source tree once the platforms are known.

    Raises `NothingToVerifyError` where there is no executable or nothing signed, `UsageError` where nothing
    given verifies what is signed or a file cannot be named, `PolicyError` for what makes no valid policy.
    """
    refuse_unnameable(file for file in inventory.files if file.report is not None)
    found_items = items(inventory.files)
    if not found_items:
        raise NothingToVerifyError(
            "no Go executable lies in the release",
            place=Place(file=inventory.label),
            hint="name the directory that the executables are in; archives are unpacked by nobody here",
        )
    anchors = _anchors(given)
    drafter = _Drafter(inventory, found_items, dict(zip(anchors, given, strict=True)), run, jobs, limits)
    return drafter.drafted(source)


def _anchors(given: Sequence[Given]) -> tuple[Anchor, ...]:
    """A name for each key and root: that of its file."""
    found: dict[str, Anchor] = {}
    for each in given:
        stem = each.file.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or each.file
        word = as_name(stem, "key" if each.kind == "key" else "root")
        name, number = word, 2
        while name in found:
            name, number = f"{word}-{number}", number + 1
        sha256 = hashlib.sha256(each.data).hexdigest()
        kind = each.kind
        if kind != "key":
            kind = "client_trust_config" if b'"signingConfig"' in each.data else "trusted_root"
        found[name] = Anchor(name=name, kind=kind, file=each.file, sha256=sha256)
    return tuple(found.values())


class _Drafter:
    def __init__(
        self,
        inventory: Inventory,
        found_items: tuple[Item, ...],
        anchors: Mapping[Anchor, Given],
        run: Run,
        jobs: int,
        limits: Limits,
    ) -> None:
        self._inventory = inventory
        self._items = found_items
        self._anchors = anchors
        self._run = run
        self._limits = limits
        self._variables = {
            name: value for name, value in (("version", run.version), ("tag", run.tag)) if value
        }
        self._source: SourceReport | None = None
        trust, keys = self._trust()
        self._bundles = ingest(inventory, trust, run.now, elements=True, jobs=jobs, limits=limits)
        self._signed = self._who_signed(keys)
        self._found = self._what_is_there()
        self._without: dict[str, frozenset[Key]] = {}

    def drafted(self, source: Callable[[LoadedPolicy], SourceReport] | None) -> Drafted:
        ladders = {item.path: candidates(item, least_go(self._items)) for item in self._items}
        whole: dict[Key, tuple[Value, ...]] = dict(self._of_sboms())
        if source is not None:
            plain = self._load(Asked(own={item.path: {} for item in self._items}))
            self._source = source(plain)
            whole |= _MODULES
            self._found = replace(self._found, source=True)
        provenance = self._of_provenance()
        asked = self._settled(ladders, whole, provenance)
        document, review = draft(self._found, asked, self._without)
        data = write(document)
        loaded = self._loaded(data)
        flat, _ = draft(self._found, asked, self._without, grouped=False)
        if _meaning(loaded.policy) != _meaning(
            self._loaded(write(flat)).policy
        ):  # pragma: no cover - each part of it is tested
            raise PolicyError(
                "the drafted policy does not mean what was found", hint="this is a fault of attest: report it"
            )
        return Drafted(
            data=data,
            verdict=self._judged(loaded),
            review=review,
            unverified=self._unverified(self._signed.unnamed),
        )

    def _unverified(self, unnamed: frozenset[str]) -> tuple[tuple[str, str], ...]:
        """The bundles that name nobody, and why."""
        return tuple(
            sorted(
                (each.path, each.reason or _UNNAMED)
                for each in self._bundles
                if not each.bundle or each.path in unnamed
            )
        )

    def _trust(self) -> tuple[TrustStore, dict[str, str]]:
        """What is given, to verify with, and the names of the keys by their fingerprints."""
        from attest.trust.keys import load_public
        from attest.trust.roots import parse
        from attest.trust.verify import TrustedKey, TrustStore

        keys: list[TrustedKey] = []
        roots: list[Root] = []
        for anchor, given in self._anchors.items():
            if anchor.kind == "key":
                keys.append(
                    TrustedKey(name=anchor.name, key=load_public(given.data, given.file, self._limits))
                )
            else:
                roots += parse(given.data, anchor.name, given.file, self._limits)
        names: dict[str, str] = {}
        for key in keys:
            names.setdefault(key.key.sha256, key.name)
        return TrustStore(keys=tuple(keys), roots=tuple(roots)), names

    def _who_signed(self, keys: Mapping[str, str]) -> Signed:
        found = signed(self._items, self._bundles, keys, self._variables)
        if found.kinds:
            return found
        label = Place(file=self._inventory.label)
        if not self._bundles:
            raise NothingToVerifyError(
                "nothing in the release is signed, and a policy needs somebody who signs",
                place=label,
                hint="sign it first: attest release, or attest sign",
            )
        refused = self._unverified(found.unnamed)
        if refused and not found.bundles:
            path, reason = refused[0]
            raise UsageError(
                f"no key and no root that was given verifies any of the {len(self._bundles)} bundles: "
                f"{path}: {reason}",
                place=label,
                hint="name the public keys with --key, and the root of certificates with --trusted-root "
                "(attest trust export writes one)",
            )
        raise NothingToVerifyError(
            "no signature and no attestation of a signer who can be named covers every executable",
            place=label,
            hint="sign all of them: attest sign DIR; then name every signer with --key or --trusted-root",
        )

    def _what_is_there(self) -> Found:
        evidence = {each.file or each.path for each in self._bundles}
        sboms = {
            file.path
            for file in self._inventory.files
            if sbom_document(file.content) is not None or is_other_sbom(file.path, file.content)
        }
        known = frozenset(evidence | sboms)
        refuse_unnameable(
            file for file in self._inventory.files if file.kind == "file" and file.path not in known
        )
        mains = [
            image.build_info.main for item in self._items for image in item.report.images if image.build_info
        ]
        modules = {main.path if main else "" for main in mains}
        versions = {main.version if main else "" for main in mains}
        tag = self._run.tag.rpartition("/")[2]
        return Found(
            items=self._items,
            templates=paths(self._items, self._variables),
            signed=self._signed,
            anchors=tuple(self._anchors),
            others=others(self._inventory.files, self._items, known),
            variables=self._variables,
            expires=f"{self._run.now + timedelta(days=_DAYS):%Y-%m-%d}",
            go_module=modules.pop() if len(modules) == 1 else "",
            tag=bool(tag) and versions == {tag},
        )

    def _of_sboms(self) -> dict[Key, tuple[Value, ...]]:
        kinds = {kind.type for kind in self._signed.kinds}
        if not kinds & SBOM_PREDICATES:
            return {}
        formats: list[Value] = [FORMATS[each] for each in FORMATS if each in kinds]
        required: dict[Key, tuple[Value, ...]] = {("sbom", "required_formats"): (formats,)} if formats else {}
        return {**required, **_SBOM}

    def _of_provenance(self) -> tuple[dict[str, Value], ...]:
        """What may be asked of provenance, the strictest first."""
        found: list[Provenance] = []
        for bundle, _ in self._signed.bundles:
            if bundle.statement and bundle.statement.predicate_type == SLSA_PREDICATE:
                # One that cannot be read was refused when it was verified.
                read = read_predicate(bundle.statement, _FILE, self._limits)
                found += [read] if isinstance(read, Provenance) else []
        if not found or SLSA_PREDICATE not in {kind.type for kind in self._signed.kinds}:
            return ({},)
        named = sorted({path for each in found for path in parameter_paths(each.external_parameters)})
        kinds: list[Value] = [*sorted({each.build_type for each in found})]
        always: dict[str, Value] = {"build_types": kinds}
        always["external_parameters"] = {"allow": list(named), "on_unknown": "deny"}
        expects: dict[str, Value] = {"commit": "from(build_info.vcs.revision)"}
        if self._run.tag:
            expects["ref"] = "refs/tags/${tag}"
        addresses = {each.uri for prov in found for each in prov.dependencies if each.digest("gitCommit")}
        repositories = {_repository(each) for each in addresses}
        if len(repositories) == 1 and (address := repositories.pop()) and not set(address) & set("${}"):
            expects["source"] = address
        ladder: list[dict[str, Value]] = []
        for count in range(len(expects), 0, -1):
            ladder += [
                {**always, "expect": {key: expects[key] for key in keys}}
                for keys in combinations(sorted(expects), count)
            ]
        return (*ladder, always, {})

    def _settled(
        self,
        ladders: Mapping[str, Mapping[Key, tuple[Value, ...]]],
        whole: Mapping[Key, tuple[Value, ...]],
        provenance: tuple[dict[str, Value], ...],
    ) -> Asked:
        """What is left when all that is asked is met, or there is nothing left to leave out."""
        steps = {path: dict.fromkeys(ladder, 0) for path, ladder in ladders.items()}
        wide = dict.fromkeys(whole, 0)
        step = 0
        while True:
            asked = Asked(
                own={path: at(ladders[path], steps[path]) for path in ladders},
                sbom={key: value for key, value in at(whole, wide).items() if key[0] == "sbom"},
                modules={key: value for key, value in at(whole, wide).items() if key[0] == "modules"},
                provenance=provenance[step],
                provenance_unmet=left_out(provenance[0], provenance[step]),
            )
            results = self._judged(self._load(asked)).checks
            changed = False
            for path, ladder in ladders.items():
                mine = [each for each in results if each.subject == path]
                changed |= weaken(steps[path], ladder, mine)
            changed |= weaken(wide, whole, results, firm=_FIRM)
            if step + 1 < len(provenance) and state(results, _PROVENANCE) == "unmet":
                step, changed = step + 1, True
            if not changed:
                gone = tuple(key for key, reached in wide.items() if reached >= len(whole[key]))
                return replace(self._finished(ladders, steps, asked, results), unmet_whole=gone)

    def _finished(
        self,
        ladders: Mapping[str, Mapping[Key, tuple[Value, ...]]],
        steps: Mapping[str, Mapping[Key, int]],
        asked: Asked,
        results: Iterable[CheckResult],
    ) -> Asked:
        """The same without what no check was run for, with what is not met."""
        of: dict[str, list[CheckResult]] = {}
        for each in results:
            of.setdefault(each.subject, []).append(each)
        own = {
            path: {
                key: value
                for key, value in values.items()
                if state(of.get(path, []), checks_of(*key)) != "unasked"
            }
            for path, values in asked.own.items()
        }
        # What a file does not tell is asked of it no more than what it does not meet.
        every = {key for ladder in ladders.values() for key in ladder}
        self._without = {
            item.path: frozenset(
                key
                for key in every
                if concerns(key, item)
                and steps[item.path].get(key, 0) >= len(ladders[item.path].get(key, ()))
            )
            for item in self._items
        }
        counts: dict[Key, int] = {}
        for path, ladder in ladders.items():
            for key in ladder:
                if key in TELLING and steps[path][key]:
                    counts[key] = counts.get(key, 0) + 1
        unmet = []
        for key, number in counts.items():
            strict = next(ladder[key][0] for ladder in ladders.values() if key in ladder)
            unmet.append((f"{'.'.join(key)}: {str(strict).lower()}", number))
        sbom = {
            key: value for key, value in asked.sbom.items() if state(results, checks_of(*key)) != "unasked"
        }
        modules = {
            key: value for key, value in asked.modules.items() if state(results, checks_of(*key)) != "unasked"
        }
        return replace(asked, own=own, sbom=sbom, modules=modules, unmet=tuple(sorted(unmet)))

    def _load(self, asked: Asked) -> LoadedPolicy:
        """What is asked as a policy; every file has a line of its own, so that none decides for another."""
        keys = {key for values in asked.own.values() for key in values}
        alone = {path: frozenset(keys) for path in asked.own}
        return self._loaded(write(draft(self._found, asked, alone, grouped=False)[0]))

    def _loaded(self, data: bytes) -> LoadedPolicy:
        files = {given.file: given.data for given in self._anchors.values()}
        return load_policy(
            data,
            _FILE,
            lambda name, _: files[name],
            variables=self._variables,
            now=self._run.now,
            limits=self._limits,
        )

    def _judged(self, loaded: LoadedPolicy) -> Verdict:
        return verify_ingested(loaded, self._inventory, self._bundles, self._source, self._run)


_PROVENANCE: Final = frozenset({"provenance-source", "provenance-parameters", "provenance-build-type"})


def _repository(uri: str) -> str:
    """The address of a repository without its ref."""
    scheme, separator, rest = uri.removeprefix("git+").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host}{slash}{path.partition('@')[0].removesuffix('.git')}"


def _meaning(policy: Policy) -> Policy:
    """A policy without what its text looks like."""
    return replace(
        policy,
        name=replace(policy.name, sha256=""),
        slots=tuple(sorted(policy.slots, key=lambda slot: slot.path)),
    )
