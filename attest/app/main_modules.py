"""The main modules of a source tree: the one at its root, or those of the workspace that go.work makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from attest.errors import FormatError, ReadError
from attest.go import gomod, goversion, gowork
from attest.go.main_modules import Replacements, local_root
from attest.model.module import MainModule, MainModules
from attest.model.place import Place
from attest.model.source import SourceFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.limits import Limits
    from attest.model.module import GoWork, Use
    from attest.model.ports import Tree

GO_MOD: Final = "go.mod"
_HINT: Final = "judge a tree that holds every module of the workspace"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundModules:
    """The main modules, and what is to be said about go.work.

    `work_unused` says why go.work is not what is judged, None where it is or is not there. `incomplete`
    names the first member that lies outside of the tree: what is built cannot be known without it. `left_out`
    is the module at the root where go.work does not use it.
    """

    main: MainModules
    work_unused: SourceFault | None = None
    incomplete: ReadError | None = None
    left_out: SourceFault | None = None


def find_main_modules(tree: Tree, limits: Limits, *, workspace: bool = True) -> FoundModules:
    """Read the go.mod at the root of a tree, or go.work and the go.mod files that it uses.

    `workspace` is False where GOWORK is off: a go.work is not looked into then. One whose members are not all
    there does not count either where there is a go.mod beside it, for that is how modules are published.
    Raises `attest.errors.ReadError` where there is no go.mod or a file cannot be read, `FormatError` for a
    file that breaks its format and for members that contradict each other, `LimitError` beyond `limits`.
    """
    if not any(each.name == gowork.NAME and each.kind != "directory" for each in tree.entries()):
        return FoundModules(main=_single(tree, limits))
    if not workspace:
        fault = _unused("GOWORK is off", Place(file=gowork.NAME), "unset GOWORK to judge the workspace")
        return FoundModules(main=_single(tree, limits), work_unused=fault)
    work = gowork.parse(tree.read(gowork.NAME, limits.go_mod_bytes), limits=limits)
    inside = [use for use in work.use if local_root(use.path) is not None]
    outside = next((use for use in work.use if local_root(use.path) is None), None)
    absent = next((use for use in inside if not tree.exists(_go_mod_of(use))), None)
    has_root = tree.exists(GO_MOD)
    if absent and has_root:
        reason = f"{absent.path}, which it uses, is not in the tree"
        return FoundModules(main=_single(tree, limits), work_unused=_unused(reason, absent.place, _HINT))
    if not inside and outside:
        absent = outside
    if absent:
        raise _absent(absent)
    if not inside:
        raise FormatError(
            "no modules were found in the current workspace",
            place=Place(file=work.file),
            hint="add them with `go work use`",
        )
    main = MainModules(modules=tuple(_member(tree, work, use, limits) for use in inside), work=work)
    _check_members(main, inside)
    Replacements.of(main)
    return FoundModules(
        main=main,
        incomplete=_absent(outside) if outside else None,
        left_out=_left_out(main) if has_root else None,
    )


def _single(tree: Tree, limits: Limits) -> MainModules:
    go_mod = gomod.parse(tree.read(GO_MOD, limits.go_mod_bytes), GO_MOD, limits=limits)
    return MainModules.alone(go_mod)


def _unused(reason: str, place: Place, hint: str) -> SourceFault:
    return SourceFault(message=f"go.work is not what is judged: {reason}", place=place, hint=hint)


def _absent(use: Use) -> ReadError:
    return ReadError(
        f"{use.path} is used by the workspace, and its go.mod is not in the tree", place=use.place, hint=_HINT
    )


def _left_out(main: MainModules) -> SourceFault | None:
    if any(not each.directory for each in main.modules):
        return None
    return SourceFault(
        message="the module at the root is not one of the workspace modules listed in go.work",
        place=Place(file=GO_MOD),
        hint="add it with `go work use .`, or judge it alone with GOWORK=off",
    )


def _go_mod_of(use: Use) -> str:
    directory = local_root(use.path)
    return f"{directory}/{GO_MOD}" if directory else GO_MOD


def _member(tree: Tree, work: GoWork, use: Use, limits: Limits) -> MainModule:
    name = _go_mod_of(use)
    go_mod = gomod.parse(tree.read(name, limits.go_mod_bytes), name, limits=limits)
    known = work.go or goversion.WORK_DEFAULT
    if not goversion.before(go_mod.go, "1.21") and goversion.before(known, go_mod.go):
        raise FormatError(
            f"module {use.path} listed in {work.file} requires go >= {go_mod.go}, but it lists go {known}",
            place=use.place,
            hint="run `go work use`",
        )
    return MainModule(go_mod=go_mod, directory=local_root(use.path) or "")


def _check_members(main: MainModules, used: Iterable[Use]) -> None:
    seen: set[str] = set()
    for use, each in zip(used, main.modules, strict=True):
        if each.go_mod.module in seen:
            raise FormatError(
                f"module {each.go_mod.module} appears multiple times in workspace",
                place=use.place,
                hint="keep one of them",
            )
        seen.add(each.go_mod.module)
    for line in main.work.replace if main.work else ():
        if line.old.path in seen and not line.old.version:
            raise FormatError(
                f"workspace module {line.old.path} is replaced at all versions",
                place=line.place,
                hint="remove the replacement, or name the version that it is for",
            )
