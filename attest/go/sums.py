"""Which go.sum lines must be there for what is built, and what the module cache proves of them.

Sources: cmd/go/internal/modload/init.go (keepSums) and import.go for the words; cmd/go/internal/modfetch for
the cache's layout. Unlike the go command, which compares the cache's notes (.ziphash), the bytes themselves
are hashed again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import AttestError, ReadError
from attest.go import dirhash, gosum, module_zip, semver
from attest.go.gomod import replacement, selected
from attest.go.goversion import PRUNED, before
from attest.go.module_path import escape_path, escape_version
from attest.model.place import Place
from attest.model.source import SourceFault, SumProof

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from attest.model.limits import Limits
    from attest.model.module import GoMod, GoSumLine, ModulesTxt, ModuleVersion
    from attest.model.ports import Tree
    from attest.model.source import GoSum, LinkedModule

_DOWNLOADS: Final = "cache/download"


@dataclass(frozen=True, slots=True, kw_only=True)
class NeededModule:
    """A module whose zip what is built comes from: the replacement where there is one.

    `package` is one of the packages that it gives, "" where that is not known.
    """

    module: ModuleVersion
    package: str
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenLine:
    """A line's proof and, where it is a module zip's and matches, name and SHA-256 of each file in it."""

    proof: SumProof
    manifest: tuple[tuple[str, str], ...] = ()


def needed_when_vendored(go_mod: GoMod, modules_txt: ModulesTxt) -> tuple[NeededModule, ...]:
    """The modules that gave a package to vendor/; directory replacements have no sum and are left out.

    What stands in for a module is what vendor/modules.txt says was copied.
    """
    requires = selected(go_mod)
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


def needed_when_linked(go_mod: GoMod, linked: Iterable[LinkedModule]) -> tuple[NeededModule, ...]:
    """The modules that are linked anywhere, as `attest.go.packages` finds them."""
    requires = selected(go_mod)
    return _sorted(
        NeededModule(
            module=each.replacement or each.module,
            package=each.packages[0],
            place=requires[each.module.path].place,
        )
        for each in linked
    )


def needed_when_unknown(go_mod: GoMod, go_sum: GoSum) -> tuple[NeededModule, ...]:
    """Every required module: what to ask for where the source that would tell more is not there.

    Before Go 1.17 go.mod leaves out the modules that only others require. They are taken from go.sum then:
    the newest version of each module that has a line for its zip, which is the one that is selected in a
    tidy go.sum.
    """
    found = {
        each.path: NeededModule(module=replacement(go_mod, each) or each, package="", place=require.place)
        for require in selected(go_mod).values()
        for each in (require.module,)
    }
    if before(go_mod.go, PRUNED):
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
        for each in sorted(found, key=lambda each: (each.module, each.package), reverse=True)
    }
    return tuple(by_module[each] for each in sorted(by_module) if each.version)


def missing_lines(go_mod: GoMod, go_sum: GoSum, needed: Collection[NeededModule]) -> tuple[SourceFault, ...]:
    """A fault for each line that is needed and not there, in the go command's words.

    A go.sum without any line is one fault, wherever modules with a sum are needed.
    """
    if needed and not go_sum.lines:
        return (
            SourceFault(
                message=f"{go_sum.file} is empty, but {go_mod.file} requires modules",
                place=Place(file=go_sum.file),
                hint="run `go mod tidy` and commit the result",
            ),
        )
    known = gosum.index(go_sum)
    faults: list[SourceFault] = []
    for each in needed:
        hint = f"to add it: go mod download {each.module.path}"
        if (each.module, "zip") not in known:
            what = f"module providing package {each.package}" if each.package else "this module"
            faults.append(
                SourceFault(
                    message=f"{each.module}: missing go.sum entry for {what}", place=each.place, hint=hint
                )
            )
        if (each.module, "go.mod") not in known:
            faults.append(
                SourceFault(
                    message=f"{each.module}: missing go.sum entry for go.mod file",
                    place=each.place,
                    hint=hint,
                )
            )
    return tuple(faults)


def cache_name(line: GoSumLine) -> str:
    """Where the bytes of a line lie in the module cache.

    Raises `FormatError` where the module's path or version cannot be a name there.
    """
    path = escape_path(line.module.path, place=line.place)
    version = escape_version(line.module.version, place=line.place)
    return f"{_DOWNLOADS}/{path}/@v/{version}{'.zip' if line.kind == 'zip' else '.mod'}"


def prove(line: GoSumLine, cache: Tree | None, *, needed: bool, limits: Limits) -> ProvenLine | None:
    """Compare one line with the bytes in the cache; None where they are absent and the line is not needed.

    Nothing is raised: bytes that cannot be read or are no module zip are a mismatch with its reason.
    """
    manifest: tuple[tuple[str, str], ...] = ()
    computed = reason = ""
    try:
        name = cache_name(line)
        if cache is None or not cache.exists(name):
            return _absent(line) if needed else None
        place = Place(file=f"{cache.label}/{name}")
        with cache.open(name) as file:
            if line.kind == "zip":
                manifest = module_zip.manifest(file.data, line.module, limits=limits, place=place)
                computed = dirhash.h1(manifest)
            elif file.size <= limits.go_mod_bytes:
                computed = dirhash.go_mod(file.data)
            else:
                reason = f"{place}: larger than {limits.go_mod_bytes} bytes"
    except ReadError as error:
        # There, but not to be read: no evidence, which is no proof against the line either.
        return _absent(line, str(error)) if needed else None
    except AttestError as error:
        reason = str(error)
    matches = computed == line.hash
    return ProvenLine(
        proof=SumProof(
            module=line.module,
            kind=line.kind,
            recorded=line.hash,
            computed=computed,
            status="match" if matches else "mismatch",
            place=line.place,
            needed=needed,
            reason=reason,
        ),
        manifest=manifest if matches else (),
    )


def _absent(line: GoSumLine, reason: str = "") -> ProvenLine:
    return ProvenLine(
        proof=SumProof(
            module=line.module,
            kind=line.kind,
            recorded=line.hash,
            computed="",
            status="absent",
            place=line.place,
            reason=reason,
        )
    )
