"""go.mod and the module graph: what the go command says when it loads modules, and attest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.states.state import REFUSED, Says, State, World, judge

if TYPE_CHECKING:
    from pathlib import Path

LIST: Final = "list -deps ./..."


def tree(go_mod: str, imports: str = "ex.test/lib", more: str = "", go: str = "1.24") -> str:
    """A module with one package, whose imports are separated by spaces, and all the lines in go.sum."""
    lines = "".join(f'\nimport _ "{each}"\n' for each in imports.split())
    go_line = f"go {go}\n" if go else ""
    return f"""
-- go.mod --
module m.test/m

{go_line}
{go_mod}
-- m.go --
package m
{lines}
-- go.sum --
all
{more}"""


BOTH: Final = "require (\n\tex.test/dep v1.0.0 // indirect\n\tex.test/lib v1.0.0\n)\n"
SUB: Final = "-- sub/go.mod --\n{go_mod}\n-- sub/sub.go --\npackage sub\n"
TO_SUB: Final = "require loc.test/sub v1.0.0\n\nreplace loc.test/sub => ./sub\n"
NO_SUMS: Final = "-- go.sum --\nall\n"
TOLD_LOCAL: Final = (Says("local-replace", "go.mod: replace", "replaced by the directory ./sub"),)

ROWS: Final = (
    State(
        scripts="mod_graph",
        why="requirements of requirements",
        tree=tree("require ex.test/viaold v1.0.0\n", "ex.test/viaold"),
        go="mod graph",
    ),
    State(
        scripts="mod_graph_version mod_lazy_test_horizon",
        why="from Go 1.17 on what an old module below a dependency needs is left out",
        tree=tree(
            "require ex.test/dep v1.0.0\nrequire ex.test/viaold v1.0.0\n",
            "ex.test/viaold ex.test/dep",
            go="1.17",
        ),
        go="list -m all",
        prints="ex.test/dep v1.0.0",
    ),
    State(
        scripts="mod_graph_version mod_lazy_test_horizon",
        why="before Go 1.17 it is selected",
        tree=tree("require ex.test/viaold v1.0.0\n", "ex.test/viaold ex.test/dep", go="1.16"),
        go="list -m all",
        prints="ex.test/dep v1.1.0",
    ),
    State(
        scripts="mod_graph_version",
        why="before Go 1.17 go.mod must not ask for less",
        tree=tree(
            "require ex.test/dep v1.0.0\nrequire ex.test/viaold v1.0.0\n",
            "ex.test/viaold ex.test/dep",
            go="1.16",
        ),
        go=LIST,
        go_says="updates to go.mod needed",
        attest=(
            Says("import-unresolved", "go.mod: require ex.test/dep", "asks for ex.test/dep@v1.0.0, and a"),
        ),
    ),
    State(
        scripts="mod_graph_version mod_goline_too_new",
        why="go.mod asks for a Go that is not here",
        tree=tree(BOTH, go="1.999"),
        go=LIST,
        go_says="go.mod requires go >= 1.999",
        outside="which Go there is, is no property of the tree: with that one it is built",
    ),
    State(
        scripts="mod_lazy_consistency",
        why="go.mod asks for less than a module of which nothing is built",
        tree=tree("require (\n\tex.test/dep v1.0.0\n\tex.test/lib v1.1.0\n)\n", "ex.test/dep"),
        go=LIST,
    ),
    State(
        scripts="mod_lazy_consistency",
        why="go.mod asks for less than a module that is built",
        tree=tree("require (\n\tex.test/dep v1.0.0\n\tex.test/lib v1.1.0\n)\n"),
        go=LIST,
        go_says="updates to go.mod needed",
        attest=(Says("import-unresolved", "go.mod: ex.test/dep", "asks for ex.test/dep@v1.0.0, and a"),),
    ),
    State(
        scripts="mod_lazy_new_import mod_lazy_import_allmod",
        why="from Go 1.17 on go.mod lists what packages of dependencies need",
        tree=tree("require ex.test/lib v1.0.0\n"),
        go=LIST,
        go_says="updates to go.mod needed",
        attest=(
            Says(
                "import-unresolved", 'ex.test/lib@v1.0.0/lib.go: import _ "ex.test/dep"', "no required module"
            ),
        ),
    ),
    State(
        scripts="mod_lazy_new_import",
        why="another package of the same module needs no more",
        tree=tree("require ex.test/lib v1.0.0\n", "ex.test/lib/other"),
        go=LIST,
    ),
    State(
        scripts="mod_indirect",
        why="before Go 1.17 an older version's requirements take part",
        tree=tree(
            "require ex.test/fork v1.1.0\nrequire ex.test/lib v1.0.0\nrequire ex.test/old v1.0.0\n",
            "ex.test/lib ex.test/old",
            go="1.13",
        ),
        go="mod graph",
        prints="ex.test/old@v1.0.0 ex.test/dep@v1.1.0",
    ),
    State(
        scripts="mod_exclude_go121",
        why="excluded versions in any order, none of them selected",
        tree=tree(BOTH + "\nexclude (\n\tex.test/lib v1.10.0\n\tex.test/lib v1.9.0\n)\n"),
        go="list -m all",
    ),
    State(
        scripts="mod_require_exclude",
        why="the required version is excluded",
        tree=tree(BOTH + "\nexclude ex.test/lib v1.0.0\n", "ex.test/dep"),
        go=LIST,
        go_says="updates to go.mod needed",
        attest=(
            Says("import-unresolved", "go.mod: ex.test/lib", "asks for ex.test/lib@v1.0.0 and excludes it"),
        ),
    ),
    State(
        scripts="mod_require_exclude",
        why="before Go 1.17 the required version is excluded",
        tree=tree("require ex.test/dep v1.0.0\n\nexclude ex.test/dep v1.0.0\n", "", go="1.13"),
        go=LIST,
        go_says="updates to go.mod needed",
        attest=(Says("import-unresolved", "go.mod: require", "asks for ex.test/dep@v1.0.0 and excludes it"),),
    ),
    State(
        scripts="mod_replace mod_vendor_replace",
        why="a module is used by its own path and for another one",
        tree=tree(
            "require (\n\tex.test/dep v1.0.0\n\tloc.test/d v1.0.0\n)\n\n"
            "replace loc.test/d => ex.test/dep v1.0.0\n",
            "ex.test/dep",
        ),
        go=LIST,
        go_says="ex.test/dep@v1.0.0 used for two different module paths (ex.test/dep and loc.test/d)",
        attest=(
            Says(
                "import-unresolved",
                "go.mod: replace",
                "used for two different module paths (ex.test/dep and loc",
            ),
        ),
    ),
    State(
        scripts="mod_replace",
        why="before Go 1.17, a replacement is what another module asks for",
        tree=tree(
            "require (\n\tex.test/lib v1.0.0\n\tloc.test/d v1.0.0\n)\n\n"
            "replace loc.test/d => ex.test/dep v1.0.0\n",
            go="1.16",
        ),
        go=LIST,
        go_says="ex.test/dep@v1.0.0 used for two different module paths (ex.test/dep and loc.test/d)",
        attest=(
            Says(
                "import-unresolved",
                "go.mod: replace",
                "used for two different module paths (ex.test/dep and loc",
            ),
        ),
    ),
    State(
        scripts="mod_require_exclude",
        why="an excluded version that only a dependency asks for is passed over",
        tree=tree(
            "require ex.test/dep v1.0.0\nrequire ex.test/old v1.0.0\n\nexclude ex.test/dep v1.1.0\n",
            "ex.test/old ex.test/dep",
            go="1.16",
        ),
        go="list -m all",
        prints="ex.test/dep v1.0.0",
    ),
    State(
        scripts="mod_replace",
        why="a directory with the module's own path",
        tree=tree(TO_SUB, "loc.test/sub", SUB.format(go_mod="module loc.test/sub\n")),
        go="list -m all",
        prints="loc.test/sub v1.0.0 => ./sub",
        told=TOLD_LOCAL,
    ),
    State(
        scripts="mod_replace mod_local_replace",
        why="a directory with another path, and no go.sum",
        tree=tree(TO_SUB, "loc.test/sub", SUB.format(go_mod="module else.where/x\n")).replace(NO_SUMS, ""),
        go=LIST,
        told=TOLD_LOCAL,
    ),
    State(
        scripts="mod_replace_import",
        why="a directory that does not exist",
        tree=tree(TO_SUB, "loc.test/sub"),
        go=LIST,
        go_says="replacement directory ./sub does not exist",
        attest=(Says("import-unresolved", "go.mod: replace", "replacement directory ./sub does not exist"),),
    ),
    State(
        scripts="mod_replace",
        why="a directory without go.mod",
        tree=tree(TO_SUB, "loc.test/sub", "-- sub/sub.go --\npackage sub\n"),
        go=LIST,
        go_says="reading sub/go.mod",
        attest=(Says("import-unresolved", "go.mod: replace", "replacement directory ./sub has no go.mod"),),
    ),
    State(
        scripts="mod_replace",
        why="another module's version, which says the path of what it replaces",
        tree=tree(BOTH + "\nreplace ex.test/lib => ex.test/fork v1.0.0\n"),
        go="list -m all",
        prints="ex.test/lib v1.0.0 => ex.test/fork v1.0.0",
    ),
    State(
        scripts="mod_replace",
        why="another module's version, which says its own path",
        tree=tree(BOTH + "\nreplace ex.test/lib => ex.test/fork v1.1.0\n"),
        go=LIST,
        told=(Says("module-replaced", "go.mod: replace", "ex.test/fork@v1.1.0"),),
    ),
    State(
        scripts="mod_replace",
        why="another version is replaced, not the required one",
        tree=tree(BOTH + "\nreplace ex.test/lib v1.7.0 => ./none\n"),
        go=LIST,
    ),
    State(
        scripts="mod_replace_readonly mod_replace_import",
        why="a module is replaced and not required",
        tree=tree(
            "replace loc.test/sub => ./sub\n", "loc.test/sub", SUB.format(go_mod="module loc.test/sub\n")
        ),
        go=LIST,
        go_says="module loc.test/sub provides package loc.test/sub and is replaced but not required",
        attest=(
            Says("import-unresolved", "m.go: import", "no required module provides package loc.test/sub"),
        ),
        told=TOLD_LOCAL,
    ),
    State(
        scripts="mod_load_replace_mismatch",
        why="the replacement is of a third path",
        tree=tree(BOTH + "\nreplace ex.test/lib => ex.test/misnamed v1.0.0\n"),
        go=LIST,
        go_says="module declares its path as: other.test/x",
        attest=(Says("import-unresolved", "v1.0.0.mod", "module declares its path as other.test/x but was"),),
    ),
    State(
        scripts="mod_load_badchain",
        why="a required module has another path",
        tree=tree("require ex.test/misnamed v1.0.0\n", "ex.test/misnamed"),
        go=LIST,
        go_says="module declares its path as: other.test/x",
        attest=(Says("import-unresolved", "v1.0.0.mod", "module declares its path as other.test/x but was"),),
    ),
    State(
        scripts="mod_load_badchain",
        why="before Go 1.17, a module that is required indirectly has another path",
        tree=tree("require ex.test/needsmisnamed v1.0.0\n", "ex.test/needsmisnamed", go="1.13").replace(
            "all\n",
            "ex.test/needsmisnamed v1.0.0\nex.test/needsmisnamed v1.0.0/go.mod\n"
            "ex.test/misnamed v1.0.0/go.mod\n",
        ),
        go=LIST,
        go_says="module declares its path as: other.test/x",
        attest=(Says("import-unresolved", "v1.0.0.mod", "module declares its path as other.test/x but was"),),
    ),
    State(
        scripts="mod_load_badchain",
        why="from Go 1.17 on nobody reads its go.mod",
        tree=tree("require ex.test/needsmisnamed v1.0.0\n", "ex.test/needsmisnamed"),
        go=LIST,
    ),
    State(
        scripts="mod_load_badmod",
        why="an unknown directive in the go.mod of a dependency",
        tree=tree("require ex.test/odd v1.0.0\n", "ex.test/odd"),
        go="list -m all",
    ),
    State(
        scripts="mod_load_badmod",
        why="an unknown directive in the go.mod of a replacement",
        tree=tree(TO_SUB, "loc.test/sub", SUB.format(go_mod="module loc.test/sub\n\nhello world\n")),
        go="list -m all",
        told=TOLD_LOCAL,
    ),
    State(
        scripts="mod_load_badmod",
        why="an unknown directive in the main go.mod",
        tree=tree("hello world\n", ""),
        go=LIST,
        go_says="unknown directive: hello",
        attest=(Says(REFUSED, "go.mod: hello world", "unknown directive: hello"),),
    ),
    State(
        scripts="mod_unknown_block",
        why="an unknown block in the main go.mod",
        tree=tree("anewblock (\n\tfoo\n)\n", ""),
        go=LIST,
        go_says="unknown block type: anewblock",
        attest=(Says(REFUSED, "go.mod: anewblock (", "unknown block type: anewblock"),),
    ),
    State(
        scripts="mod_errors_pos mod_removed_godebug",
        why="an unknown godebug setting",
        tree=tree("godebug foo=1\n", ""),
        go=LIST,
        go_says='unknown godebug "foo"',
        outside="which settings there are is told by the toolchain that builds, and another may know it",
    ),
    State(
        scripts="mod_invalid_version",
        why="a version of a major that the path does not have",
        tree=tree("require ex.test/lib v2.0.0\n"),
        go=LIST,
        go_says='version "v2.0.0" invalid: should be v0 or v1, not v2',
        attest=(Says(REFUSED, "go.mod: require ex.test/lib v2.0.0", "should be v0 or v1, not v2"),),
    ),
    State(
        scripts="mod_invalid_version",
        why="a version that is a branch",
        tree=tree("require ex.test/lib master\n"),
        go=LIST,
        go_says='require ex.test/lib: version "master" invalid',
        attest=(Says(REFUSED, "go.mod: require ex.test/lib master", "master"),),
    ),
    State(
        scripts="mod_retract",
        why="the required version is retracted by a later one",
        tree=tree("require ex.test/retr v1.0.0\n", "ex.test/retr"),
        go=LIST,
        told=(
            Says("module-retracted", "go.mod: require", "ex.test/retr@v1.0.0 is retracted by its authors"),
        ),
    ),
    State(
        scripts="mod_retract",
        why="the version that retracts another",
        tree=tree("require ex.test/retr v1.1.0\n", "ex.test/retr"),
        go="list -m all",
    ),
    State(
        scripts="mod_deprecate_message mod_list_deprecated",
        why="a deprecated module",
        tree=tree("require ex.test/depr v1.0.0\n", "ex.test/depr"),
        go=LIST,
        told=(Says("module-deprecated", "go.mod: require", "ex.test/depr"),),
    ),
    State(
        scripts="mod_readonly",
        why="nothing is required",
        tree=tree(""),
        go=LIST,
        go_says="m.go:3:8: no required module provides package ex.test/lib; to add it: go get ex.test/lib",
        attest=(
            Says("import-unresolved", "m.go: import", "no required module provides package ex.test/lib"),
        ),
    ),
    State(
        scripts="mod_readonly",
        why="a module too many, and comments that are not true",
        tree=tree(
            "require (\n\tex.test/dep v1.0.0\n\tex.test/idle v1.0.0 // indirect\n"
            "\tex.test/lib v1.0.0 // indirect\n)\n"
        ),
        go=LIST,
    ),
    State(
        scripts="mod_readonly",
        why="no go line",
        tree=tree("require ex.test/lib v1.0.0\n", go=""),
        go=LIST,
    ),
    State(
        scripts="mod_ambiguous_import",
        why="two modules give the package",
        tree=tree("require (\n\tex.test/amb v1.0.0\n\tex.test/amb/b v0.2.0\n)\n", "ex.test/amb/b"),
        go=LIST,
        go_says="ambiguous import: found package ex.test/amb/b in multiple modules",
        attest=(Says("import-unresolved", "m.go: import", "ambiguous import: found package ex.test/amb/b"),),
    ),
    State(
        scripts="mod_ambiguous_import",
        why="two modules give a package that nobody imports",
        tree=tree("require (\n\tex.test/amb v1.0.0\n\tex.test/amb/b v0.2.0\n)\n", ""),
        go=LIST,
    ),
    State(
        scripts="mod_sum_ambiguous",
        why="from Go 1.17 on another module that is required and could give the package needs a sum",
        tree=tree("require (\n\tex.test/amb v1.0.0\n\tex.test/amb/b v0.1.0\n)\n", "ex.test/amb/b").replace(
            "all\n", "all\nbut ex.test/amb/b v0.1.0\n"
        ),
        go=LIST,
        go_says="needed to verify package ex.test/amb/b (imported by m.test/m) is provided by exactly one",
        attest=(
            Says(
                "go-sum-incomplete",
                "go.mod: ex.test/amb/b",
                "needed to verify package ex.test/amb/b is provided by",
            ),
        ),
    ),
    State(
        scripts="mod_sum_ambiguous",
        why="its go.mod has no line",
        tree=tree("require (\n\tex.test/amb v1.0.0\n\tex.test/amb/b v0.1.0\n)\n", "ex.test/amb/b").replace(
            "all\n", "all\nbut ex.test/amb/b v0.1.0/go.mod\n"
        ),
        go=LIST,
    ),
    State(
        scripts="mod_sum_ambiguous",
        why="from Go 1.17 on one that is not required needs none",
        tree=tree("require ex.test/amb v1.0.0\n", "ex.test/amb/b").replace(
            "all\n", "all\nbut ex.test/amb/b v0.1.0\nbut ex.test/amb/b v0.1.0/go.mod\n"
        ),
        go=LIST,
    ),
    State(
        scripts="mod_go_version",
        why="a dependency asks for a newer Go than go.mod",
        tree=tree(TO_SUB, "loc.test/sub", SUB.format(go_mod="module loc.test/sub\n\ngo 1.999\n")),
        go=LIST,
        go_says="module ./sub requires go >= 1.999",
        attest=(Says("import-unresolved", "go.mod", "it asks for go@1.24, and a dependency for 1.999"),),
        told=TOLD_LOCAL,
    ),
    State(
        scripts="mod_go_version",
        why="a dependency's go line is newer than go.mod's, and that Go is here",
        tree=tree(TO_SUB, "loc.test/sub", SUB.format(go_mod="module loc.test/sub\n\ngo 1.23\n"), go="1.21"),
        go=LIST,
        go_says="updates to go.mod needed",
        attest=(Says("import-unresolved", "go.mod", "it asks for go@1.21, and a dependency for 1.23"),),
        told=TOLD_LOCAL,
    ),
    State(
        scripts="mod_tool_70582",
        why="no module gives a tool",
        tree=tree("tool ex.test/tool/cmd/tool\n", ""),
        go="list all",
        go_says="no required module provides package ex.test/tool/cmd/tool",
        outside="a tool is no part of what is built and shipped",
    ),
    State(
        scripts="list_tool mod_tool_70582",
        why="a tool's module is required",
        tree=tree(
            "require (\n\tex.test/dep v1.0.0 // indirect\n\tex.test/tool v1.0.0 // indirect\n)\n\n"
            "tool ex.test/tool/cmd/tool\n",
            "",
        ),
        go="list -deps tool",
    ),
    State(
        scripts="mod_get_incompatible mod_replace",
        why="modules without a go.mod of their own",
        tree=tree(
            "require (\n\tex.test/incompat v2.0.0+incompatible\n\tex.test/nomod v1.0.0\n)\n",
            "ex.test/incompat ex.test/nomod",
        ),
        go="list -m all",
    ),
    State(
        scripts="mod_invalid_version",
        why="+incompatible of a version that does not exist",
        tree=tree("require ex.test/incompat v3.0.0+incompatible\n", "ex.test/incompat"),
        go=LIST,
        go_says="missing go.sum entry for module providing package ex.test/incompat",
        attest=(
            Says("go-sum-incomplete", "go.mod: require", "missing go.sum entry for go.mod file"),
            Says("go-sum-incomplete", "go.mod: require", "missing go.sum entry for this module"),
        ),
    ),
)


@pytest.mark.parametrize("state", ROWS, ids=lambda state: state.name)
def test_go_and_attest_agree_on_graphs(state: State, states: World, tmp_path: Path) -> None:
    judge(state, states, tmp_path)
