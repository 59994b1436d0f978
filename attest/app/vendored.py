"""vendor/ judged with all that is known of the modules: their zips, manifests and local directories."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, LimitError, ReadError
from attest.go import dirhash, gosum, module_zip, modulestxt, sums, vendor, vendor_contents, vendor_packages
from attest.go.goversion import PRUNED, before
from attest.go.main_modules import local_root, vendor_command
from attest.go.manifest import ModuleManifest
from attest.go.module_go import go_line
from attest.go.vendor_expected import ModuleFiles, Vendored, actual
from attest.go.vendor_tree import read_module, read_vendor
from attest.model.place import Place
from attest.model.source import SourceFault, UnprovenModule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from attest.app.linked import SourceFiles
    from attest.go.proxy import ModuleProxy
    from attest.go.sources import Sources
    from attest.go.sums import ProvenLine
    from attest.go.vendor_tree import HashedTree
    from attest.model.limits import Limits
    from attest.model.module import GoSumLine, MainModules, ModulesTxt, ModuleVersion, VendoredModule
    from attest.model.ports import Tree


_CHANGED_HINT: Final = "find out who changed the module or the line: go-sum-mismatch says what is odd"
_UNREADABLE_HINT: Final = "mend what cannot be read in the module cache, or name another one with --modcache"


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorReport:
    """What is wrong with vendor/, and what could not be judged; see `attest.model.source.SourceReport`."""

    faults: tuple[SourceFault, ...] = ()
    untidy: tuple[SourceFault, ...] = ()
    unproven: tuple[UnprovenModule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorEvidence:
    """Where the files of modules come from: proven lines of go.sum, the module cache, and manifests."""

    proven: Collection[ProvenLine]
    modcache: Tree | None
    manifests: Mapping[ModuleVersion, ModuleManifest] = field(default_factory=dict)
    online: ModuleProxy | None = None


def judge_vendor(
    files: SourceFiles,
    sources: Sources,
    evidence: VendorEvidence,
    limits: Limits,
    *,
    scanned: HashedTree | None = None,
) -> VendorReport:
    """Judge vendor/: the go command's rules, every file, every package line, every go version.

    `sources` are those of `files`; `scanned` is what lies in vendor/, where that was read already.
    Raises `ReadError` for a file of the tree that cannot be read and `LimitError` beyond `limits`.
    """
    modules_txt, tree = files.modules_txt, sources.tree
    if not files.vendored:
        return VendorReport()
    if modules_txt is None:
        faults = vendor.check_consistency(files.main, None)
        return VendorReport(faults=(*faults, *_unlisted(tree, limits)))
    reader = _Reader(files, tree, evidence, limits)
    vendored = reader.vendored(modules_txt, scanned)
    if modules_txt.workspace != bool(files.main.work):
        lone = not (vendored.tree.files or vendored.tree.irregular)
        return VendorReport(faults=() if lone else (_other_mode(modules_txt, files.main),))
    for module, names in vendored.wanted().items():
        vendored.add_contents(reader.contents(module, names), limits)
    contents = vendor_contents.check_contents(vendored)
    go_lines = reader.go_lines(modules_txt)
    found = (
        *vendor.check_consistency(files.main, modules_txt),
        *vendor_packages.check_lines(vendored, sources),
        *vendor_packages.check_go_lines(vendored, go_lines),
        *contents.drift,
    )
    return VendorReport(
        faults=tuple(dict.fromkeys(found)),
        untidy=tuple(contents.untidy),
        unproven=tuple(
            reason
            for each in modules_txt.modules
            if each.packages and (reason := reader.unproven(each, vendored, go_lines))
        ),
    )


def _unlisted(tree: Tree, limits: Limits) -> tuple[SourceFault, ...]:
    """A fault where there are packages and no list of them: before Go 1.23 the go command builds them."""
    names = read_vendor(tree, limits=limits).files
    packages = {f"vendor/{name}".rpartition("/")[0] for name in names if name.endswith(".go")}
    if not packages:
        return ()
    more = f" and {len(packages) - 1} more packages" if len(packages) > 1 else ""
    fault = SourceFault(
        message=f"{modulestxt.NAME} is missing, which tells the module of {min(packages)}{more}",
        place=Place(file=modulestxt.NAME),
        hint="run `go mod vendor`",
    )
    return (fault,)


def _other_mode(modules_txt: ModulesTxt, main: MainModules) -> SourceFault:
    """A vendor directory that the build passes over, because it was made for what is not built."""
    made, built = ("a workspace", "a single module") if modules_txt.workspace else ("a module", "a workspace")
    return SourceFault(
        message=f"{modules_txt.file} was made for {made}, and {built} is built",
        place=Place(file=modules_txt.file, line=1),
        hint=f"run `{vendor_command(main)}`, or remove vendor/",
    )


def collect_manifests(
    files: SourceFiles, tree: Tree, evidence: VendorEvidence, limits: Limits
) -> tuple[ModuleManifest, ...]:
    """What must be known of the modules to prove vendor/ without a module cache.

    Raises `ReadError` where there is no vendor/modules.txt, or a module that gave packages is not proven.
    """
    modules_txt = files.modules_txt
    if modules_txt is None or modules_txt.workspace != bool(files.main.work):
        raise ReadError(
            "a manifest is made for the vendor directory that is built from, and there is none",
            place=Place(file=tree.label),
            hint=f"run `{vendor_command(files.main)}` first",
        )
    reader = _Reader(files, tree, evidence, limits)
    vendored = reader.vendored(modules_txt)
    wanted = vendored.wanted()
    found: list[ModuleManifest] = []
    listed = {actual(each): each for each in sorted(modules_txt.modules, key=lambda one: bool(one.packages))}
    for module, each in listed.items():
        if not module.version:
            continue
        if each.packages and module not in reader.zips:
            why = reader.unproven(each, vendored, {})
            raise ReadError(
                f"{module} cannot be written: {why.reason if why else 'it is not proven'}",
                place=each.place,
                hint=(why and why.hint) or "run `go mod download` first",
            )
        go_mod = reader.go_mod(module)
        names = reader.zips.get(module, ()) if each.packages else ()
        if names or go_mod is not None:
            known = reader.contents(module, wanted.get(module, ()))
            found.append(
                ModuleManifest(module=module, files=tuple(names), go_mod=go_mod, contents=tuple(known))
            )
    return tuple(found)


class _Reader:
    """What is known of modules, read as it is asked for."""

    def __init__(self, files: SourceFiles, tree: Tree, evidence: VendorEvidence, limits: Limits) -> None:
        self.files = files
        self.tree = tree
        self.evidence = evidence
        self.limits = limits
        self.lines = gosum.index(files.go_sum)
        self.zips = {each.proof.module: each.manifest for each in evidence.proven if each.manifest}
        self.local: dict[ModuleVersion, str] = {}

    def vendored(self, modules_txt: ModulesTxt, scanned: HashedTree | None = None) -> Vendored:
        known: dict[ModuleVersion, ModuleFiles] = {}
        scanned = scanned or read_vendor(self.tree, limits=self.limits)
        headers = dict(scanned.headers)
        for each in modules_txt.modules:
            module = actual(each)
            if module in known:
                continue
            if module in self.zips:
                start = len(f"{module}/")
                files = {name[start:]: sha256 for name, sha256 in self.zips[module] if name[-1] != "/"}
                known[module] = ModuleFiles(module=module, files=files, known_by="go.sum knows it")
            elif not module.version and (root := local_root(module.path)) and self.tree.exists(root):
                local = read_module(self.tree, root, limits=self.limits)
                headers.update(local.headers)
                self.local[module] = root
                known[module] = ModuleFiles(module=module, files=local.files, known_by="it lies there")
        vendored = Vendored(scanned, modules_txt, self.files.main, known)
        vendored.headers.update(headers)
        return vendored

    def contents(self, module: ModuleVersion, names: Collection[str]) -> list[bytes]:
        """Bytes of files of a proven module; those that cannot be had are left out."""
        stored = {f"{module}/{name}" for name in names}
        hashes = {sha256 for name, sha256 in self.zips.get(module, ()) if name in stored}
        line = self.lines.get((module, "zip"))
        given = self.evidence.manifests.get(module)
        found = list(given.contents) if given else []
        if line and stored and not found:
            found = list(self._from_zip(line, stored).values())
        return [each for each in found if hashlib.sha256(each).hexdigest() in hashes]

    def _from_zip(self, line: GoSumLine, stored: Collection[str]) -> dict[str, bytes]:
        try:
            with self._open(line) as data:
                return module_zip.contents(data, stored, limits=self.limits, place=line.place)
        except AttestError:
            return {}  # without the content a file counts as one that must be there

    @contextmanager
    def _open(self, line: GoSumLine) -> Iterator[memoryview]:
        """The bytes of a line, from the module cache or else from the proxies that may be asked."""
        cache, name = self.evidence.modcache, sums.cache_name(line)
        if cache is not None and cache.exists(name):
            with cache.open(name) as opened:
                yield opened.data
        elif self.evidence.online is not None:
            with self.evidence.online.open(line, self.limits) as (file, _):
                yield file.data
        else:
            raise ReadError("not in the module cache", place=line.place)

    def go_mod(self, module: ModuleVersion) -> bytes | None:
        """The go.mod of a module whose bytes are those that go.sum knows; None where they are not there."""
        line = self.lines.get((module, "go.mod"))
        if line is None:
            return None
        given = self.evidence.manifests.get(module)
        data = given.go_mod if given else None
        if data is None:
            try:
                with self._open(line) as opened:
                    data = bytes(opened[: self.limits.go_mod_bytes + 1])
            except AttestError:
                return None
        return data if dirhash.go_mod(data) == line.hash else None

    def go_lines(self, modules_txt: ModulesTxt) -> dict[ModuleVersion, str]:
        """The go line of each module whose go.mod is known and can be read."""
        found: dict[ModuleVersion, str] = {}
        for each in modules_txt.modules:
            module = actual(each)
            root = self.local.get(module)
            try:
                data = (
                    self.tree.read(f"{root}/go.mod", self.limits.go_mod_bytes)
                    if root
                    else self.go_mod(module)
                )
                if data is not None:
                    found[module] = go_line(data, f"go.mod of {module}")
            except LimitError:
                raise
            except AttestError:
                continue  # not judged, and therefore not proven
        return found

    def unproven(
        self, each: VendoredModule, vendored: Vendored, go_lines: Mapping[ModuleVersion, str]
    ) -> UnprovenModule | None:
        """Why the files or the go version of a vendored module are not proven, None where they are."""
        reason, hint = self._why_unproven(actual(each), vendored, go_lines)
        return UnprovenModule(module=each.module, reason=reason, hint=hint) if reason else None

    def _why_unproven(
        self, module: ModuleVersion, vendored: Vendored, go_lines: Mapping[ModuleVersion, str]
    ) -> tuple[str, str]:
        """The reason, "" where there is none, and what helps, "" where that is to get the module."""
        if module in vendored.evidence:
            known = module in go_lines or before(vendored.go, PRUNED)
            return "" if known else "its go.mod, which says its go version, is not known", ""
        return self._why_no_evidence(module)

    def _why_no_evidence(self, module: ModuleVersion) -> tuple[str, str]:
        if not module.version:
            reason = f"it is replaced by the directory {module}, which no checksum covers"
            return reason, "judge a tree that holds the directory, or replace with a module version"
        if (module, "zip") not in self.lines:
            return "go.sum has no line for its zip", f"to add it: go mod download {module.path}"
        proof = next(
            (
                one.proof
                for one in self.evidence.proven
                if (one.proof.module, one.proof.kind) == (module, "zip")
            ),
            None,
        )
        if proof is None or proof.status == "absent":
            if proof is None or not proof.reason:
                return "its zip is not in the module cache", ""
            return proof.reason, "" if self.evidence.online else _UNREADABLE_HINT
        given = self.evidence.manifests.get(module)
        if given and proof.computed == dirhash.h1(given.files):
            hint = "write the manifest anew with `attest check --write-manifest`, and look at what changes"
            return "its files in the manifest are not those that go.sum knows", hint
        return "its zip in the module cache is not the one that go.sum knows", _CHANGED_HINT
