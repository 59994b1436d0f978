"""vendor/: what a build with -mod=vendor and `go mod vendor` say, and attest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.states.state import Cache, Edit, Says, State, World, judge

if TYPE_CHECKING:
    from pathlib import Path

TXT: Final = "vendor/modules.txt"
VENDOR: Final = ("mod vendor",)
LIST: Final = "list -deps ./..."

MAIN: Final = """
-- go.mod --
module m.test/m

go {go}

require ex.test/lib v1.0.0

require ex.test/dep v1.0.0 // indirect
{more}
-- m.go --
package m

import _ "ex.test/lib"
-- go.sum --
all
"""

UNUSED: Final = """
replace ex.test/none => ex.test/none v0.1.0

replace ex.test/lib v1.3.0 => ex.test/fork v1.0.0
"""


def main(go: str = "1.24", more: str = "") -> str:
    return MAIN.format(go=go, more=more)


def local(go: str = "1.24") -> str:
    """A tree whose only other module is a directory of it."""
    return f"""
-- go.mod --
module m.test/m

go {go}

require loc.test/l v0.1.0

replace loc.test/l v0.1.0 => ./l
-- m.go --
package m

import _ "loc.test/l"
-- l/go.mod --
module loc.test/l

go 1.17
-- l/l.go --
package l
"""


ROWS: Final = (
    State(
        scripts="mod_vendor",
        why="as go mod vendor writes it",
        tree=main(),
        first=VENDOR,
        go=LIST,
    ),
    State(
        scripts="mod_vendor_auto",
        why="modules cannot be listed from vendor/",
        tree=main(),
        first=VENDOR,
        go="list -m all",
        go_says="can't compute 'all' using the vendor directory",
        outside="it is the question that cannot be answered, not the state that is wrong",
    ),
    State(
        scripts="mod_vendor_auto",
        why="before Go 1.14 vendor/ is not what is built",
        tree=main("1.13"),
        first=VENDOR,
        go=LIST,
        told=(Says("vendor-ignored", "go.mod: go 1.13", "it is used by itself from go 1.14 on"),),
    ),
    State(
        scripts="mod_vendor_auto",
        why="vendor/ was written for Go 1.13",
        tree=main(more=UNUSED),
        first=VENDOR,
        edits=(Edit(TXT, None, "# ex.test/dep v1.0.0\nex.test/dep\n# ex.test/lib v1.0.0\nex.test/lib\n"),),
        go=LIST,
        go_says="ex.test/lib@v1.0.0: is explicitly required in go.mod, but not marked as explicit",
        attest=(
            Says(
                "vendor-drift", "go.mod: require ex.test/lib", "lib@v1.0.0: is explicitly required in go.mod"
            ),
            Says(
                "vendor-drift", "go.mod: require ex.test/dep", "dep@v1.0.0: is explicitly required in go.mod"
            ),
            Says("vendor-drift", "go.mod: replace ex.test/none", "is replaced in go.mod, but not marked"),
            Says("vendor-drift", "go.mod: replace ex.test/lib", "lib@v1.3.0: is replaced in go.mod, but not"),
            Says("vendor-drift", f"{TXT}: # ex.test/lib", "is marked with no go version"),
            Says("vendor-drift", f"{TXT}: # ex.test/dep", "is marked with no go version"),
        ),
    ),
    State(
        scripts="mod_vendor_auto",
        why="an unused replacement is not marked",
        tree=main(more=UNUSED),
        first=VENDOR,
        edits=(Edit(TXT, "# ex.test/none => ex.test/none v0.1.0\n", ""),),
        go=LIST,
        go_says="ex.test/none: is replaced in go.mod, but not marked as replaced in vendor/modules.txt",
        attest=(
            Says("vendor-drift", "go.mod: replace ex.test/none", "ex.test/none: is replaced in go.mod, but"),
        ),
    ),
    State(
        scripts="mod_vendor_auto",
        why="go.mod asks for a newer version than vendor/ has",
        tree=main(),
        first=VENDOR,
        edits=(Edit("go.mod", "lib v1.0.0", "lib v1.1.0"), Edit("go.mod", "dep v1.0.0", "dep v1.1.0")),
        go=LIST,
        go_says="ex.test/lib@v1.1.0: is explicitly required in go.mod, but not marked as explicit",
        attest=(
            Says(
                "vendor-drift", "go.mod: require ex.test/lib", "lib@v1.1.0: is explicitly required in go.mod"
            ),
            Says(
                "vendor-drift", "go.mod: require ex.test/dep", "dep@v1.1.0: is explicitly required in go.mod"
            ),
            Says("vendor-drift", f"{TXT}: # ex.test/lib", "lib@v1.0.0: is marked as explicit in"),
            Says("vendor-drift", f"{TXT}: # ex.test/dep", "dep@v1.0.0: is marked as explicit in"),
            Says("vendor-drift", f"{TXT}: # ex.test/lib", "lib@v1.0.0 should be required explicitly"),
            Says("vendor-drift", f"{TXT}: # ex.test/dep", "dep@v1.0.0 should be required explicitly"),
        ),
    ),
    State(
        scripts="mod_vendor_auto",
        why="there is no modules.txt",
        tree=main(),
        first=VENDOR,
        edits=(Edit(TXT, None, None),),
        go=LIST,
        go_says="ex.test/lib@v1.0.0: is explicitly required in go.mod, but not marked as explicit",
        attest=(
            Says(
                "import-unresolved",
                'm.go: import _ "ex.test/lib"',
                "exists in the vendor directory but is missing",
            ),
            Says(
                "vendor-drift", "go.mod: require ex.test/lib", "lib@v1.0.0: is explicitly required in go.mod"
            ),
            Says(
                "vendor-drift", "go.mod: require ex.test/dep", "dep@v1.0.0: is explicitly required in go.mod"
            ),
            Says("vendor-drift", TXT, "is missing, which tells the module of vendor/ex.test/dep and 1 more"),
        ),
    ),
    State(
        scripts="mod_vendor_auto",
        why="before Go 1.14 modules.txt may be missing",
        tree=main("1.13"),
        first=VENDOR,
        edits=(Edit(TXT, None, None),),
        go="list -mod=vendor -deps ./...",
        attest=(
            Says("vendor-drift", TXT, "is missing, which tells the module of vendor/ex.test/dep and 1 more"),
        ),
        stricter="packages of nobody knows which module are built",
    ),
    State(
        scripts="mod_vendor_auto",
        why="before Go 1.14 another version is noticed",
        tree=main("1.13"),
        first=VENDOR,
        edits=(Edit(TXT, "# ex.test/lib v1.0.0", "# ex.test/lib v1.1.0"),),
        go="list -mod=vendor -deps ./...",
        go_says="is explicitly required in go.mod, but vendor/modules.txt indicates ex.test/lib@v1.1.0",
        attest=(
            Says(
                "vendor-drift",
                "go.mod: require ex.test/lib",
                "but vendor/modules.txt indicates ex.test/lib@v1.1.0",
            ),
            Says("vendor-drift", "vendor/ex.test/lib/go.mod", "differs from ex.test/lib@v1.1.0"),
        ),
    ),
    State(
        scripts="mod_vendor_auto",
        why="packages without modules.txt, where nothing is required",
        tree="""
-- go.mod --
module m.test/m

go 1.22
-- m.go --
package m

import _ "ex.test/lib"
-- vendor/ex.test/lib/lib.go --
package lib
""",
        go=LIST,
        attest=(
            Says(
                "import-unresolved",
                'm.go: import _ "ex.test/lib"',
                "exists in the vendor directory but is missing",
            ),
            Says("vendor-drift", TXT, "is missing, which tells the module of vendor/ex.test/lib"),
        ),
        stricter="a package of nobody knows which module is built",
    ),
    State(
        scripts="mod_vendor_auto",
        why="a module is marked as explicit and not required",
        tree=main(),
        first=VENDOR,
        edits=(Edit("go.mod", "require ex.test/dep v1.0.0 // indirect\n", ""),),
        go=LIST,
        go_says="ex.test/dep@v1.0.0: is marked as explicit in vendor/modules.txt, but not explicitly",
        attest=(
            Says("vendor-drift", f"{TXT}: # ex.test/dep", "dep@v1.0.0: is marked as explicit in"),
            Says("vendor-drift", f"{TXT}: # ex.test/dep", "dep@v1.0.0 should be required explicitly"),
        ),
    ),
    State(
        scripts="mod_vendor_auto",
        why="a module is vendored that neither is required nor says so",
        tree=main(),
        first=VENDOR,
        edits=(
            Edit("go.mod", "require ex.test/dep v1.0.0 // indirect\n", ""),
            Edit(TXT, "# ex.test/dep v1.0.0\n## explicit; go 1.17", "# ex.test/dep v1.0.0\n## go 1.17"),
        ),
        go=LIST,
        go_says="vendored module ex.test/dep@v1.0.0 should be required explicitly in go.mod",
        attest=(Says("vendor-drift", f"{TXT}: # ex.test/dep", "dep@v1.0.0 should be required explicitly"),),
    ),
    State(
        scripts="mod_vendor_auto",
        why="a replacement is marked that go.mod has no more",
        tree=main(more="\nreplace ex.test/lib v1.0.0 => ex.test/fork v1.0.0\n"),
        first=VENDOR,
        edits=(Edit("go.mod", "\nreplace ex.test/lib v1.0.0 => ex.test/fork v1.0.0\n", ""),),
        go=LIST,
        go_says="ex.test/lib@v1.0.0: is marked as replaced in vendor/modules.txt, but not replaced in go.mod",
        attest=(Says("vendor-drift", f"{TXT}: # ex.test/lib v1.0.0 =>", "but not replaced in go.mod"),),
    ),
    State(
        scripts="mod_vendor_auto",
        why="another replacement is marked",
        tree=main(more="\nreplace ex.test/lib v1.0.0 => ex.test/fork v1.0.0\n"),
        first=VENDOR,
        edits=(Edit("go.mod", "fork v1.0.0", "fork v1.1.0"),),
        go=LIST,
        go_says="is replaced by ex.test/fork@v1.1.0 in go.mod, but marked as replaced by ex.test/fork@v1.0.0",
        attest=(Says("vendor-drift", "go.mod: replace", "but marked as replaced by ex.test/fork@v1.0.0"),),
    ),
    State(
        scripts="mod_vendor_build mod_getmode_vendor",
        why="nothing is downloaded",
        tree=main(),
        first=VENDOR,
        cache=Cache.empty,
        go=LIST,
        environment={"GOPROXY": "off"},
        attest=(
            Says("vendor-drift", TXT, "the vendored files of ex.test/dep@v1.0.0 are not proven"),
            Says("vendor-drift", TXT, "the vendored files of ex.test/lib@v1.0.0 are not proven"),
            Says("go-sum-mismatch", "", "of go.sum could not be compared: not in the module cache"),
        ),
        stricter="the go command builds whatever lies in vendor/; attest wants it proven, from the module "
        "cache or from a manifest",
    ),
    State(
        scripts="mod_vendor_build",
        why="go.sum is gone",
        tree=main(),
        first=VENDOR,
        edits=(Edit("go.sum", None, None),),
        go=LIST,
        attest=(
            Says("vendor-drift", TXT, "the vendored files of ex.test/dep@v1.0.0 are not proven"),
            Says("vendor-drift", TXT, "the vendored files of ex.test/lib@v1.0.0 are not proven"),
            Says("go-sum-mismatch", "", "no line of go.sum could be compared"),
            Says("go-sum-incomplete", "go.sum", "go.sum is empty, but go.mod requires modules"),
        ),
        stricter="the go command does not read go.sum where it builds from vendor/",
    ),
    State(
        scripts="mod_vendor_unused",
        why="unused and wildcard replacements stand at the end",
        tree=main(more=UNUSED),
        first=VENDOR,
        go=LIST,
    ),
    State(
        scripts="mod_vendor_unused_only",
        why="the only requirement gives no package",
        tree="""
-- go.mod --
module m.test/m

go 1.14

require ex.test/idle v1.0.0 // indirect
-- m.go --
package m
-- go.sum --
ex.test/idle v1.0.0/go.mod
""",
        first=VENDOR,
        go=LIST,
    ),
    State(
        scripts="mod_vendor_redundant_requirement",
        why="a requirement stands twice",
        tree=main(more="\nrequire ex.test/lib v1.0.0\n"),
        first=VENDOR,
        go="list -mod=vendor ./...",
    ),
    State(
        scripts="mod_vendor_nodeps",
        why="there is nothing to vendor",
        tree="-- go.mod --\nmodule m.test/m\n\ngo 1.24\n-- m.go --\npackage m\n",
        go="mod vendor",
        prints="no dependencies to vendor",
    ),
    State(
        scripts="mod_vendor_embed",
        why="what is embedded is copied, constrained files too, before Go 1.22 for tests as well",
        tree=main("1.21", "\nrequire ex.test/emb v1.0.0\n").replace(
            'import _ "ex.test/lib"', 'import _ "ex.test/lib"\nimport _ "ex.test/emb"'
        ),
        first=VENDOR,
        go=LIST,
    ),
    State(
        scripts="mod_vendor_embed",
        why="what only tests embed is not copied from Go 1.22 on",
        tree=main("1.22", "\nrequire ex.test/emb v1.0.0\n").replace(
            'import _ "ex.test/lib"', 'import _ "ex.test/lib"\nimport _ "ex.test/emb"'
        ),
        first=VENDOR,
        go=LIST,
    ),
    State(
        scripts="mod_vendor_embed",
        why="a constrained file that is embedded is changed",
        tree=main(more="\nrequire ex.test/emb v1.0.0\n").replace(
            'import _ "ex.test/lib"', 'import _ "ex.test/lib"\nimport _ "ex.test/emb"'
        ),
        first=VENDOR,
        edits=(Edit("vendor/ex.test/emb/gen.go", "main", "other"),),
        go=LIST,
        attest=(Says("vendor-drift", "vendor/ex.test/emb/gen.go", "differs from ex.test/emb@v1.0.0"),),
        stricter="the go command does not look into vendored files",
    ),
    State(
        scripts="mod_vendor_embed",
        why="an embedded file is missing",
        tree=main(more="\nrequire ex.test/emb v1.0.0\n").replace(
            'import _ "ex.test/lib"', 'import _ "ex.test/lib"\nimport _ "ex.test/emb"'
        ),
        first=VENDOR,
        edits=(Edit("vendor/ex.test/emb/beside.txt", None, None),),
        go="build -n ./...",
        go_says="pattern beside.txt: no matching files found",
        attest=(
            Says(
                "vendor-drift", "vendor/ex.test/emb/beside.txt", "is missing, and ex.test/emb@v1.0.0 has it"
            ),
        ),
    ),
    State(
        scripts="mod_vendor_collision",
        why="two packages whose paths differ in case alone",
        tree="""
-- go.mod --
module m.test/m

go 1.24

require (
	ex.test/Case v1.0.0
	ex.test/case v1.0.0
)
-- m.go --
package m

import (
	_ "ex.test/Case"
	_ "ex.test/case"
)
-- go.sum --
all
""",
        go="build -n ./...",
        go_says='case-insensitive import collision: "ex.test/',
        attest=(Says("import-unresolved", 'm.go: _ "ex.test/Case"', "case-insensitive import collision"),),
    ),
    State(
        scripts="mod_vendor_gomod",
        why="before Go 1.17 go.mod and go.sum of modules are copied",
        tree=main("1.16", "\nrequire ex.test/withsum v1.0.0\n").replace(
            'import _ "ex.test/lib"', 'import _ "ex.test/lib"\nimport _ "ex.test/withsum"'
        ),
        first=VENDOR,
        go=LIST,
    ),
    State(
        scripts="mod_vendor_gomod",
        why="from Go 1.17 on they are not",
        tree=main("1.17", "\nrequire ex.test/withsum v1.0.0\n").replace(
            'import _ "ex.test/lib"', 'import _ "ex.test/lib"\nimport _ "ex.test/withsum"'
        ),
        first=VENDOR,
        go=LIST,
    ),
    State(
        scripts="mod_vendor_goversion",
        why="a module's language is older than it says",
        tree=main(),
        first=VENDOR,
        edits=(Edit(TXT, "## explicit; go 1.17\nex.test/lib", "## explicit; go 1.13\nex.test/lib"),),
        go=LIST,
        attest=(Says("vendor-drift", f"{TXT}: # ex.test/lib", "is marked with go 1.13, and go.mod of"),),
        stricter="the go command believes modules.txt, and the language changes what code means",
    ),
    State(
        scripts="mod_vendor_goversion",
        why="before Go 1.17 modules.txt says no language",
        tree=main("1.16"),
        first=VENDOR,
        go=LIST,
    ),
    State(
        scripts="mod_goline_too_new mod_vendor_goversion",
        why="modules.txt asks for a Go that is not here",
        tree=main(),
        first=VENDOR,
        edits=(Edit(TXT, "## explicit; go 1.17\nex.test/lib", "## explicit; go 1.999\nex.test/lib"),),
        go=LIST,
        go_says="ex.test/lib in vendor/modules.txt requires go >= 1.999",
        attest=(Says("vendor-drift", f"{TXT}: # ex.test/lib", "is marked with go 1.999, and go.mod of"),),
    ),
    State(
        scripts="mod_vendor_replace",
        why="a directory replacement is copied",
        tree=local(),
        first=VENDOR,
        go="list -mod=vendor -deps ./...",
        told=(Says("local-replace", "go.mod: replace", "replaced by the directory ./l"),),
    ),
    State(
        scripts="mod_vendor_replace",
        why="a directory replacement inside vendor/",
        tree=local().replace("./l", "./vendor/loc.test/l").replace("-- l/", "-- vendor/loc.test/l/"),
        go="mod vendor",
        go_says="replacement path ./vendor/loc.test/l inside vendor directory",
        attest=(
            Says(
                "import-unresolved",
                'm.go: import _ "loc.test/l"',
                "exists in the vendor directory but is missing",
            ),
            Says("vendor-drift", "go.mod: require loc.test/l", "is explicitly required in go.mod, but not"),
            Says("vendor-drift", "go.mod: replace loc.test/l", "is replaced in go.mod, but not marked"),
            Says("vendor-drift", TXT, "is missing, which tells the module of vendor/loc.test/l"),
        ),
    ),
    State(
        scripts="mod_import_vendor",
        why="a package that is imported and not listed",
        tree=main("1.23"),
        first=VENDOR,
        edits=(Edit(TXT, "ex.test/dep\n", ""),),
        go=LIST,
        go_says="cannot find module providing package ex.test/dep",
        attest=(
            Says(
                "vendor-drift",
                "vendor/ex.test/dep",
                "package ex.test/dep exists in the vendor directory but is missing",
            ),
            Says(
                "vendor-drift",
                'vendor/ex.test/lib/lib.go: import _ "ex.test/dep"',
                "vendor/modules.txt does not list it",
            ),
        ),
    ),
    State(
        scripts="mod_import_vendor",
        why="the same before Go 1.23",
        tree=main("1.22"),
        first=VENDOR,
        edits=(Edit(TXT, "ex.test/dep\n", ""),),
        go=LIST,
        attest=(
            Says(
                "vendor-drift",
                "vendor/ex.test/dep",
                "package ex.test/dep exists in the vendor directory but is missing",
            ),
            Says(
                "vendor-drift",
                'vendor/ex.test/lib/lib.go: import _ "ex.test/dep"',
                "vendor/modules.txt does not list it",
            ),
        ),
        stricter="the go command built it, and the module was missing from the build information",
    ),
    State(
        scripts="mod_ambiguous_import",
        why="a package lies in the main module and in vendor/",
        tree=main("1.22"),
        first=VENDOR,
        edits=(
            Edit("m.go", None, 'package m\n\nimport _ "m.test/m/y"\nimport _ "ex.test/lib"\n'),
            Edit("y/y.go", None, "package y\n"),
            Edit("vendor/m.test/m/y/y.go", None, "package y\n"),
        ),
        go=LIST,
        go_says="ambiguous import: found package m.test/m/y in multiple directories",
        attest=(
            Says("import-unresolved", "go.mod", "m.test/m/y exists in the vendor directory but is missing"),
            Says("vendor-drift", "vendor/m.test/m/y", "but is missing from vendor/modules.txt"),
        ),
    ),
    State(
        scripts="mod_internal",
        why="a vendored internal package is imported",
        tree=main(more="\nrequire ex.test/inner v1.0.0\n").replace(
            'import _ "ex.test/lib"', 'import _ "ex.test/lib"\nimport _ "ex.test/inner/internal/i"'
        ),
        first=("mod vendor",),
        go=LIST,
        go_says="use of internal package ex.test/inner/internal/i not allowed",
        attest=(Says("import-unresolved", 'm.go: import _ "ex.test/inner', "use of internal package"),),
    ),
    State(
        scripts="list_constraints",
        why="a vendored package has no file for the system",
        tree=main(),
        first=VENDOR,
        edits=(
            Edit("m.go", None, 'package m\n\nimport _ "ex.test/lib"\nimport _ "m.test/m/x"\n'),
            Edit("x/x_windows.go", None, "package x\n"),
        ),
        go=LIST,
        go_says="build constraints exclude all Go files",
        attest=(Says("import-unresolved", 'm.go: import _ "m.test/m/x"', "build constraints exclude all"),),
    ),
    State(
        scripts="mod_std_vendor",
        why="vendor/ does not have what the standard library vendors",
        tree=main(),
        first=VENDOR,
        edits=(
            Edit(
                "m.go", 'import _ "ex.test/lib"', 'import _ "ex.test/lib"\nimport _ "golang.org/x/net/html"'
            ),
        ),
        go=LIST,
        go_says="cannot find module providing package golang.org/x/net/html",
        attest=(Says("vendor-drift", 'm.go: import _ "golang.org', "golang.org/x/net/html is imported"),),
    ),
    State(
        scripts="mod_require_exclude",
        why="the required version is excluded",
        tree=main(),
        first=VENDOR,
        edits=(Edit("go.mod", "go 1.24\n", "go 1.24\n\nexclude ex.test/lib v1.0.0\n"),),
        go=LIST,
        go_says="updates to go.mod needed",
        attest=(
            Says(
                "import-unresolved",
                "go.mod: require ex.test/lib",
                "asks for ex.test/lib@v1.0.0 and excludes it",
            ),
        ),
    ),
    State(
        scripts="mod_replace mod_vendor_replace",
        why="a module is used by its own path and for another one",
        tree=main(more="\nrequire loc.test/d v1.0.0\n\nreplace loc.test/d => ex.test/idle v1.0.0\n"),
        first=VENDOR,
        edits=(
            Edit("go.mod", "ex.test/idle v1.0.0", "ex.test/dep v1.0.0"),
            Edit(TXT, "ex.test/idle v1.0.0", "ex.test/dep v1.0.0"),
        ),
        go=LIST,
        go_says="ex.test/dep@v1.0.0 used for two different module paths (ex.test/dep and loc.test/d)",
        attest=(
            Says("import-unresolved", "go.mod: replace", "used for two different module paths (ex.test/dep"),
        ),
    ),
)


@pytest.mark.parametrize("state", ROWS, ids=lambda state: state.name)
def test_go_and_attest_agree_on_vendor(state: State, states: World, tmp_path: Path) -> None:
    judge(state, states, tmp_path)
