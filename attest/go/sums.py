"""Which go.sum lines must be there for what is built, and what the module cache proves of them.

Sources: cmd/go/internal/modload/init.go (keepSums) and import.go for the words; cmd/go/internal/modfetch for
the cache's layout. Unlike the go command, which compares the cache's notes (.ziphash), the bytes themselves
are hashed again.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, ReadError
from attest.go import dirhash, gosum, hash_cache, modcache, module_zip, semver
from attest.go.goversion import PRUNED, before
from attest.go.main_modules import Replacements, selected
from attest.go.module_path import escape_path, escape_version
from attest.model.place import Place
from attest.model.source import SourceFault, SumProof

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from attest.model.limits import Limits
    from attest.model.module import GoSumLine, MainModules, ModulesTxt, ModuleVersion
    from attest.model.ports import Tree
    from attest.model.source import GoSum, LinkedModule, SumStatus

_DOWNLOADS: Final = "cache/download"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededModule:
    """A module whose zip what is built comes from: the replacement where there is one.

    `package` is one of the packages that it gives, "" where that is not known. A module that does not
    `provide` it is needed to see that another one alone does.
    """

    module: ModuleVersion
    package: str
    place: Place
    provides: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenLine:
    """A line's proof and, where it is a module zip's and matches, name and SHA-256 of each file in it.

    `record` is what may be remembered of a module in the module cache, "" where that is nothing
    (`attest.go.hash_cache`).
    """

    proof: SumProof
    manifest: tuple[tuple[str, str], ...] = ()
    record: str = ""


def needed_when_vendored(main: MainModules, modules_txt: ModulesTxt) -> tuple[NeededModule, ...]:
    """The modules that gave a package to vendor/; directory replacements have no sum and are left out.

    What stands in for a module is what vendor/modules.txt says was copied.
    """
    requires = selected(main)
    found = [
        NeededModule(
            module=each.replacement or each.module,
            package=each.packages[0],
            place=requires[each.module.path].place if each.module.path in requires else each.place,
        )
        for each in modules_txt.modules
        if each.packages
    ]
    return _sorted(found)


def needed_when_linked(
    main: MainModules, linked: Iterable[LinkedModule], searched: Mapping[ModuleVersion, str]
) -> tuple[NeededModule, ...]:
    """The modules that are linked anywhere, as `attest.go.packages` finds them, and those `searched`."""
    places = {path: each.place for path, each in selected(main).items()}
    replaced = Replacements.of(main).effective()
    places |= {each.new.path: places[each.line.old.path] for each in replaced if each.line.old.path in places}
    nowhere = Place(file=main.top.file)
    found = [
        NeededModule(
            module=each.replacement or each.module,
            package=each.packages[0],
            place=places.get(each.module.path, nowhere),
        )
        for each in linked
    ]
    found += [
        NeededModule(module=each, package=package, place=places.get(each.path, nowhere), provides=False)
        for each, package in searched.items()
    ]
    return _sorted(found)


def needed_when_unknown(main: MainModules, go_sum: GoSum) -> tuple[NeededModule, ...]:
    """Every required module: what to ask for where the source that would tell more is not there.

    Before Go 1.17 go.mod leaves out the modules that only others require. They are taken from go.sum then:
    the newest version of each module that has a line for its zip, which is the one that is selected in a
    tidy go.sum.
    """
    replacements = Replacements.of(main)
    found = {
        each.path: NeededModule(module=replacements.of_module(each) or each, package="", place=require.place)
        for require in selected(main).values()
        for each in (require.module,)
    }
    if main.work is None and before(main.top.go, PRUNED):
        given = {each.module.path for each in found.values()}
        for (module, kind), line in sorted(
            gosum.index(go_sum).items(), key=lambda item: semver.sort_key(item[0][0].version)
        ):
            if kind == "zip" and module.path not in given:
                found[module.path] = NeededModule(module=module, package="", place=line.place)
    return _sorted(found.values())


def _sorted(found: Iterable[NeededModule]) -> tuple[NeededModule, ...]:
    by_module = {
        each.module: each
        for each in sorted(
            found, key=lambda each: (each.module, not each.provides, each.package), reverse=True
        )
    }
    return tuple(by_module[each] for each in sorted(by_module) if each.version)


def missing_lines(
    main: MainModules,
    go_sum: GoSum,
    needed: Collection[NeededModule],
    graph: Iterable[ModuleVersion] = (),
) -> tuple[SourceFault, ...]:
    """A fault for each line that is needed and not there, in the go command's words.

    `graph` are the modules whose go.mod files the module graph was read from: each needs its go.mod line.
    A go.sum without any line is one fault, wherever modules with a sum are needed.
    """
    if needed and not go_sum.lines:
        verb = "are" if main.work else "is"
        return (
            SourceFault(
                message=f"{go_sum.file} {verb} empty, but {main.top.file} requires modules",
                place=Place(file=f"{main.top.file}.sum" if main.work else go_sum.file),
                hint="run `go mod download` and commit go.work.sum"
                if main.work
                else "run `go mod tidy` and commit the result",
            ),
        )
    known, unknown = gosum.index(go_sum), gosum.unknown_hashes(go_sum)
    faults: list[SourceFault] = []
    read = set(graph)
    unlisted = sorted(read - {each.module for each in needed})
    read_only = [NeededModule(module=each, package="", place=Place(file=main.top.file)) for each in unlisted]
    for each in (*needed, *read_only):
        if each.module not in unlisted and (each.module, "zip") not in known:
            faults.append(_missing(each, _why_needed(each), unknown.get((each.module, "zip"))))
        # What is only searched for a package needs its zip alone, unless its requirements count.
        if (each.provides or each.module in read) and (each.module, "go.mod") not in known:
            faults.append(_missing(each, "for go.mod file", unknown.get((each.module, "go.mod"))))
    return tuple(faults)


def _why_needed(needed: NeededModule) -> str:
    if not needed.provides:
        return f"needed to verify package {needed.package} is provided by exactly one module"
    return f"for module providing package {needed.package}" if needed.package else "for this module"


def _missing(needed: NeededModule, why: str, unknown: GoSumLine | None) -> SourceFault:
    """A line that is not there; one with an `unknown` hash in its place is where to look."""
    message = f"{needed.module}: missing go.sum entry {why}"
    hint = f"to add it: go mod download {needed.module.path}"
    if unknown is None:
        return SourceFault(message=message, place=needed.place, hint=hint)
    return SourceFault(
        message=f"{message}: its hash is of the unknown algorithm {gosum.algorithm(unknown)}",
        place=unknown.place,
        hint=f"find out who wrote the line and remove it; {hint}",
    )


def cache_name(line: GoSumLine) -> str:
    """Where the bytes of a line lie in the module cache.

    Raises `FormatError` where the module's path or version cannot be a name there.
    """
    path = escape_path(line.module.path, place=line.place)
    version = escape_version(line.module.version, place=line.place)
    return f"{_DOWNLOADS}/{path}/@v/{version}{'.zip' if line.kind == 'zip' else '.mod'}"


def prove(
    line: GoSumLine,
    cache: Tree | None,
    *,
    needed: bool,
    limits: Limits,
    known: str = "",
    digest: bool = False,
) -> ProvenLine | None:
    """Compare one line with the bytes in the cache; None where they are absent and the line is not needed.

    A module zip's line is compared with the zip, with the .ziphash beside it and with the extracted
    directory; the directory stands in for a zip that is not there. Where `known` is the record of both as
    they lie there, and of this line's hash, that is the proof, without a manifest. `digest` asks for the
    SHA-256 of a zip that matches. Nothing is raised: bytes that cannot be read as what they should be are a
    mismatch with its reason, bytes that cannot be read at all are absent.
    """
    try:
        name = cache_name(line)
        if cache is None:
            return absent(line) if needed else None
        if line.kind == "zip":
            return _prove_zip(line, cache, name, needed=needed, limits=limits, known=known, digest=digest)
        if not cache.exists(name):
            return absent(line) if needed else None
        with cache.open(name) as file:
            place = Place(file=f"{cache.label}/{name}")
            return prove_bytes(line, file.data, place, needed=needed, limits=limits)
    except ReadError as error:
        # There, but not to be read: no evidence, which is no proof against the line either.
        return absent(line, str(error)) if needed else None
    except AttestError as error:
        return _mismatch(line, reason=str(error), needed=needed)


def prove_bytes(
    line: GoSumLine,
    data: memoryview,
    place: Place,
    *,
    needed: bool,
    limits: Limits,
    twins: modcache.Twins | None = None,
    digest: bool = False,
) -> ProvenLine:
    """Compare one line with the bytes at `place`; what they are not is a mismatch with its reason.

    `twins` are shown the entries of a zip on the way; `digest` asks for its SHA-256.
    """
    manifest: tuple[tuple[str, str], ...] = ()
    try:
        if line.kind == "zip":
            hashing = twins.digest if twins else module_zip.sha256
            manifest = module_zip.manifest(data, line.module, limits=limits, place=place, digest=hashing)
            computed = dirhash.h1(manifest)
        elif len(data) <= limits.go_mod_bytes:
            computed = dirhash.go_mod(data)
        else:
            return _mismatch(line, reason=f"{place}: larger than {limits.go_mod_bytes} bytes", needed=needed)
    except AttestError as error:
        return _mismatch(line, reason=str(error), needed=needed)
    if computed != line.hash:
        return _mismatch(line, computed=computed, needed=needed)
    proof = _proof(line, "match", computed=computed, needed=needed)
    if digest and line.kind == "zip":
        proof = replace(proof, zip_sha256=hashlib.sha256(data).hexdigest())
    return ProvenLine(proof=proof, manifest=manifest)


def _prove_zip(
    line: GoSumLine, cache: Tree, name: str, *, needed: bool, limits: Limits, known: str, digest: bool
) -> ProvenLine | None:
    stem = name.removesuffix(".zip")
    listed = modcache.list_extracted(cache, line.module, stem, limits)
    noted = modcache.noted(cache, stem, limits)
    record = hash_cache.record(cache, name, listed, line.hash)
    if record and known == record and (noted is None or noted.hash == line.hash):
        proof = _proof(line, "match", computed=line.hash, needed=needed)
        if digest and cache.exists(name):
            with cache.open(name) as file:
                proof = replace(proof, zip_sha256=hashlib.sha256(file.data).hexdigest())
        return ProvenLine(proof=replace(proof, remembered=True))
    zipped: str | None = None
    proven: ProvenLine | None = None
    # Without a listed directory there is nothing to hold the entries against, and each look would be in vain.
    twins = modcache.Twins(cache, line.module) if isinstance(listed, dirhash.Listing) else None
    if cache.exists(name):
        with cache.open(name) as file:
            place = Place(file=f"{cache.label}/{name}")
            proven = prove_bytes(
                line, file.data, place, needed=needed, limits=limits, twins=twins, digest=digest
            )
        zipped = proven.proof.computed
    extracted = modcache.extracted(cache, line.module, listed, twins)
    if proven:
        pass
    elif extracted is None or isinstance(extracted.error, ReadError):
        return absent(line, str(extracted.error) if extracted else "") if needed else None
    elif extracted.hash == line.hash:
        proof = _proof(line, "match", computed=extracted.hash, needed=needed)
        proven = ProvenLine(proof=proof, manifest=extracted.manifest)
    else:
        reason = str(extracted.error) if extracted.error else ""
        proven = _mismatch(line, computed=extracted.hash, reason=reason, needed=needed)
    proof = proven.proof
    if proof.status == "match":
        faults = modcache.faults(line, proven.manifest, noted, extracted)
        proof = replace(proof, cache_faults=faults)
        return replace(proven, proof=proof, record="" if faults else record)
    return replace(proven, proof=replace(proof, odd=modcache.odd_one(line, zipped, noted, extracted)))


def absent(line: GoSumLine, reason: str = "") -> ProvenLine:
    """A needed line whose bytes are not there or, by `reason`, cannot be read: missing evidence."""
    return ProvenLine(proof=_proof(line, "absent", reason=reason))


def _mismatch(line: GoSumLine, *, computed: str = "", reason: str = "", needed: bool) -> ProvenLine:
    return ProvenLine(proof=_proof(line, "mismatch", computed=computed, reason=reason, needed=needed))


def _proof(
    line: GoSumLine, status: SumStatus, *, computed: str = "", reason: str = "", needed: bool = True
) -> SumProof:
    return SumProof(
        module=line.module,
        kind=line.kind,
        recorded=line.hash,
        computed=computed,
        status=status,
        place=line.place,
        needed=needed,
        reason=reason,
    )
