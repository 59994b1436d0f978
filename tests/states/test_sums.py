"""go.sum and the module cache: what `go mod verify` and a build in readonly mode say, and attest."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

import pytest

from tests.states.modules import MODULES
from tests.states.state import WRONG, Cache, Says, State, World, judge
from tests.unit.go.proxy import module_zip

if TYPE_CHECKING:
    from pathlib import Path

LIB: Final = "ex.test/lib@v1.0.0"
DEP: Final = "ex.test/dep@v1.0.0"

#: lib and, through it, dep are built; go.mod lists both, as it must from Go 1.17 on.
PRUNED: Final = """
-- go.mod --
module m.test/m

go 1.24

require ex.test/lib v1.0.0

require ex.test/dep v1.0.0 // indirect
-- m.go --
package m

import _ "ex.test/lib"
-- go.sum --
"""

#: The same before Go 1.17: the module graph alone says that there is a dep.
WHOLE: Final = """
-- go.mod --
module m.test/m

go 1.15

require ex.test/lib v1.0.0
-- m.go --
package m

import _ "ex.test/lib"
-- go.sum --
"""

#: A package in a directory that two modules could give.
SHARED: Final = """
-- go.mod --
module m.test/m

go 1.15

require ex.test/amb v1.0.0
-- m.go --
package m

import _ "ex.test/amb/b"
-- go.sum --
"""

REPLACED: Final = PRUNED.replace(
    "\n-- m.go --", "\nreplace ex.test/lib v1.0.0 => ex.test/lib v1.1.0\n-- m.go --"
).replace("dep v1.0.0", "dep v1.1.0")

LIST: Final = "list -deps ./..."


def _edit_zip(cache: Cache) -> None:
    files = {name: text.encode() for name, text in MODULES[LIB].items()}
    cache.beside(LIB, ".zip").write_bytes(module_zip("ex.test/lib", "v1.0.0", {**files, "new.go": b"x"}))


def _empty_zip(cache: Cache) -> None:
    shutil.rmtree(cache.directory(LIB))
    cache.beside(LIB, ".zip").write_bytes(b"")


def _half_extracted(cache: Cache) -> None:
    cache.beside(LIB, ".partial").touch()
    (cache.directory(LIB) / "lib.go").unlink()


ROWS: Final = (
    State(
        scripts="mod_verify",
        why="all is as it was downloaded",
        tree=PRUNED + "all\n",
        go="mod verify",
        prints="all modules verified",
    ),
    State(
        scripts="mod_verify",
        why="nothing is downloaded, go.sum is right",
        tree=PRUNED + "all\n",
        cache=Cache.empty,
        go="mod verify",
        prints="all modules verified",
        attest=(
            Says("go-sum-mismatch", "", "ex.test/dep@v1.0.0 and 3 more of go.sum could not be compared"),
        ),
        stricter="go verifies what is there, which is nothing; nothing proven is no pass",
    ),
    State(
        scripts="mod_verify",
        why="nothing is downloaded, go.sum is wrong",
        tree=PRUNED + "all\nbut ex.test/lib v1.0.0\nex.test/lib v1.0.0 wrong\n",
        cache=Cache.empty,
        go="mod verify",
        prints="all modules verified",
        attest=(Says("go-sum-mismatch", "", "could not be compared: not in the module cache"),),
        stricter="go verifies what is there, which is nothing; nothing proven is no pass",
    ),
    State(
        scripts="mod_verify",
        why="the line of a zip is wrong",
        tree=PRUNED + "all\nbut ex.test/lib v1.0.0\nex.test/lib v1.0.0 wrong\n",
        go=LIST,
        go_says="verifying ex.test/lib@v1.0.0: checksum mismatch",
        attest=(
            Says(
                "go-sum-mismatch",
                "go.sum: ex.test/lib v1.0.0",
                f"ex.test/lib@v1.0.0 should have the hash {WRONG}",
            ),
        ),
    ),
    State(
        scripts="mod_verify",
        why="the line of a zip is wrong, and go mod verify is asked",
        tree=PRUNED + "all\nbut ex.test/lib v1.0.0\nex.test/lib v1.0.0 wrong\n",
        go="mod verify",
        prints="all modules verified",
        attest=(Says("go-sum-mismatch", "go.sum: ex.test/lib v1.0.0", "the line of go.sum stands alone"),),
        stricter="go mod verify compares with the note beside the zip, never with go.sum",
    ),
    State(
        scripts="mod_verify",
        why="the line of a go.mod is wrong",
        tree=PRUNED + "all\nbut ex.test/lib v1.0.0/go.mod\nex.test/lib v1.0.0/go.mod wrong\n",
        go="mod graph",
        go_says="verifying ex.test/lib@v1.0.0/go.mod: checksum mismatch",
        attest=(
            Says(
                "go-sum-mismatch",
                "go.sum: ex.test/lib v1.0.0/go.mod",
                "go.mod of ex.test/lib@v1.0.0 should have the hash",
            ),
        ),
    ),
    State(
        scripts="mod_verify",
        why="the line of a go.mod that is not built is wrong",
        tree=PRUNED.replace("require ex.test/lib", "require ex.test/idle v1.0.0\n\nrequire ex.test/lib")
        + "all\nbut ex.test/idle v1.0.0/go.mod\nex.test/idle v1.0.0/go.mod wrong\n",
        go="mod verify",
        go_says="verifying ex.test/idle@v1.0.0/go.mod: checksum mismatch",
        attest=(
            Says(
                "go-sum-mismatch",
                "go.sum: ex.test/idle v1.0.0/go.mod",
                "go.mod of ex.test/idle@v1.0.0 should have the hash",
            ),
        ),
    ),
    State(
        scripts="mod_verify",
        why="the note of a zip's hash is gone",
        tree=PRUNED + "all\n",
        cache=lambda cache: cache.beside(LIB, ".ziphash").unlink(),
        go="mod verify",
        go_says="ex.test/lib v1.0.0: missing ziphash",
        outside="the note is what the go command keeps for itself: zip, directory and go.sum agree, and the "
        "next build hashes the zip again and writes it anew, as the script shows with go mod tidy",
    ),
    State(
        scripts="mod_verify",
        why="the note of a zip's hash is gone, and it is built",
        tree=PRUNED + "all\n",
        cache=lambda cache: cache.beside(LIB, ".ziphash").unlink(),
        go=LIST,
    ),
    State(
        scripts="mod_verify",
        why="the note of a zip's hash is wrong",
        tree=PRUNED + "all\n",
        cache=lambda cache: cache.beside(LIB, ".ziphash").write_text(WRONG),
        go=LIST,
        go_says="verifying ex.test/lib@v1.0.0: checksum mismatch",
        attest=(Says("modcache-modified", "v1.0.0.ziphash", "the .ziphash of ex.test/lib@v1.0.0"),),
    ),
    State(
        scripts="mod_verify",
        why="a zip is changed",
        tree=PRUNED + "all\n",
        cache=_edit_zip,
        go="mod verify",
        go_says="ex.test/lib v1.0.0: zip has been modified",
        attest=(Says("go-sum-mismatch", "go.sum: ex.test/lib v1.0.0", "the zip stands alone"),),
    ),
    State(
        scripts="mod_verify mod_download_partial",
        why="an extracted file is changed",
        tree=PRUNED + "all\n",
        cache=lambda cache: (cache.directory(LIB) / "lib.go").write_text("package lib\n"),
        go="mod verify",
        go_says="ex.test/lib v1.0.0: dir has been modified",
        attest=(Says("modcache-modified", "ex.test/lib@v1.0.0/lib.go", "lib.go differs"),),
    ),
    State(
        scripts="mod_verify mod_download_partial",
        why="an extracted file is changed, and it is built",
        tree=PRUNED + "all\n",
        cache=lambda cache: (cache.directory(LIB) / "lib.go").write_text("package lib\n"),
        go=LIST,
        attest=(Says("modcache-modified", "ex.test/lib@v1.0.0/lib.go", "lib.go differs"),),
        stricter="the go command builds from the directory without hashing it again",
    ),
    State(
        scripts="mod_verify",
        why="a package below a module has a line of its own",
        tree=PRUNED + "all\nraw ex.test/lib/other v1.0.0 h1:AAAA\n",
        go=LIST,
    ),
    State(
        scripts="mod_download_partial",
        why="an extracted go.mod is removed",
        tree=PRUNED + "all\n",
        cache=lambda cache: (cache.directory(LIB) / "go.mod").unlink(),
        go="mod verify",
        go_says="dir has been modified",
        attest=(Says("modcache-modified", "ex.test/lib@v1.0.0/go.mod", "go.mod is missing"),),
    ),
    State(
        scripts="mod_download_partial",
        why="a file is missing, and the directory is marked as half extracted",
        tree=PRUNED + "all\n",
        cache=_half_extracted,
        go="mod verify",
        prints="all modules verified",
    ),
    State(
        scripts="mod_download_partial",
        why="an empty zip, and nothing extracted",
        tree=PRUNED + "all\n",
        cache=_empty_zip,
        go=LIST,
        go_says="not a valid zip file",
        attest=(Says("go-sum-mismatch", "go.sum: ex.test/lib v1.0.0", "is no module"),),
    ),
    State(
        scripts="mod_sum_readonly",
        why="no go.sum, module graph before Go 1.17",
        tree=WHOLE.removesuffix("-- go.sum --\n"),
        go="list -m all",
        go_says="lib@v1.0.0: missing go.sum entry for go.mod file; to add it: go mod download ex.test/lib",
        attest=(
            Says("go-sum-incomplete", "go.sum", "go.sum is empty, but go.mod requires modules"),
            Says("go-sum-mismatch", "", "no line of go.sum could be compared"),
        ),
    ),
    State(
        scripts="mod_sum_readonly",
        why="no go.sum, and it is built",
        tree=PRUNED.removesuffix("-- go.sum --\n"),
        go=LIST,
        go_says="m.go:3:8: missing go.sum entry for module providing package ex.test/lib (imported by m.",
        attest=(
            Says("go-sum-incomplete", "go.sum", "go.sum is empty, but go.mod requires modules"),
            Says("go-sum-mismatch", "", "no line of go.sum could be compared"),
        ),
    ),
    State(
        scripts="mod_sum_readonly",
        why="hashes of an unknown algorithm are none",
        tree=WHOLE + "ex.test/lib v1.0.0/go.mod h2\nex.test/dep v1.0.0/go.mod h2\n",
        go="list -m all",
        go_says="ex.test/lib@v1.0.0: missing go.sum entry for go.mod file",
        attest=(
            Says(
                "go-sum-incomplete",
                "go.mod: require",
                "lib@v1.0.0: missing go.sum entry for module providing",
            ),
            Says(
                "go-sum-incomplete",
                "go.sum: ex.test/lib v1.0.0/go.mod h2",
                "missing go.sum entry for go.mod file: its hash is of the unknown algorithm h2",
            ),
            Says("go-sum-incomplete", "go.mod", "dep@v1.0.0: missing go.sum entry for module providing"),
            Says(
                "go-sum-incomplete",
                "go.sum: ex.test/dep v1.0.0/go.mod h2",
                "missing go.sum entry for go.mod file: its hash is of the unknown algorithm h2",
            ),
            Says("go-sum-mismatch", "", "no line of go.sum could be compared"),
        ),
    ),
    State(
        scripts="mod_sum_readonly",
        why="an unknown algorithm beside the known one is kept and means nothing",
        tree=PRUNED + "all\nex.test/lib v1.0.0 h2\n",
        go=LIST,
    ),
    State(
        scripts="mod_sum_readonly",
        why="the sum of what is replaced does not stand for the replacement",
        tree=REPLACED + "all\nbut ex.test/lib v1.1.0\nbut ex.test/lib v1.1.0/go.mod\n",
        go="list -m all",
        go_says="ex.test/lib@v1.0.0 (replaced by ex.test/lib@v1.1.0): missing go.sum entry for go.mod file",
        attest=(
            Says(
                "go-sum-incomplete", "go.mod: require", "ex.test/lib@v1.1.0: missing go.sum entry for module"
            ),
            Says(
                "go-sum-incomplete", "go.mod: require", "ex.test/lib@v1.1.0: missing go.sum entry for go.mod"
            ),
        ),
    ),
    State(
        scripts="mod_sum_readonly mod_sum_replaced",
        why="what is replaced needs no sum",
        tree=REPLACED + "all\nbut ex.test/lib v1.0.0\nbut ex.test/lib v1.0.0/go.mod\n",
        go=LIST,
    ),
    State(
        scripts="mod_sum_readonly",
        why="the lines of go.mod files alone do for a list of modules",
        tree=WHOLE + "ex.test/lib v1.0.0/go.mod\nex.test/dep v1.0.0/go.mod\n",
        go="list -m all",
        attest=(
            Says(
                "go-sum-incomplete",
                "go.mod: require",
                "missing go.sum entry for module providing package ex.test/lib",
            ),
            Says(
                "go-sum-incomplete", "go.mod", "missing go.sum entry for module providing package ex.test/dep"
            ),
        ),
        stricter="attest judges what is built, and the build needs the zips",
    ),
    State(
        scripts="mod_sum_readonly",
        why="the lines of go.mod files alone do not do for a build",
        tree=WHOLE + "ex.test/lib v1.0.0/go.mod\nex.test/dep v1.0.0/go.mod\n",
        go=LIST,
        go_says="missing go.sum entry for module providing package ex.test/lib (imported by m.test/m)",
        attest=(
            Says(
                "go-sum-incomplete",
                "go.mod: require",
                "missing go.sum entry for module providing package ex.test/lib",
            ),
            Says(
                "go-sum-incomplete", "go.mod", "missing go.sum entry for module providing package ex.test/dep"
            ),
        ),
    ),
    State(
        scripts="mod_sum_readonly",
        why="only the indirect module's zip has no line",
        tree=PRUNED + "all\nbut ex.test/dep v1.0.0\n",
        go=LIST,
        go_says="missing go.sum entry for module providing package ex.test/dep (imported by ex.test/lib)",
        attest=(
            Says(
                "go-sum-incomplete",
                "go.mod: require ex.test/dep",
                "missing go.sum entry for module providing package ex.test/dep",
            ),
        ),
    ),
    State(
        scripts="mod_sum_readonly",
        why="only the indirect module's go.mod has no line",
        tree=PRUNED + "all\nbut ex.test/dep v1.0.0/go.mod\n",
        go=LIST,
        go_says="ex.test/dep@v1.0.0: missing go.sum entry for go.mod file",
        attest=(
            Says(
                "go-sum-incomplete",
                "go.mod: require ex.test/dep",
                "dep@v1.0.0: missing go.sum entry for go.mod file",
            ),
        ),
    ),
    State(
        scripts="mod_sum_readonly",
        why="a module that gives no package has no line",
        tree=PRUNED.replace("require ex.test/lib", "require ex.test/idle v1.0.0\n\nrequire ex.test/lib")
        + "all\nbut ex.test/idle v1.0.0\nbut ex.test/idle v1.0.0/go.mod\n",
        go=LIST,
    ),
    State(
        scripts="mod_sum_readonly mod_list_sums",
        why="a module that gives no package has no line, and all modules are listed",
        tree=PRUNED.replace("require ex.test/lib", "require ex.test/idle v1.0.0\n\nrequire ex.test/lib")
        + "all\nbut ex.test/idle v1.0.0\nbut ex.test/idle v1.0.0/go.mod\n",
        go="list -m all",
        go_says="ex.test/idle@v1.0.0: missing go.sum entry for go.mod file",
        outside="what is built needs no line of the module: the row before shows that it builds",
    ),
    State(
        scripts="mod_list_sums",
        why="a version is asked for that nothing requires",
        tree=PRUNED + "all\nbut ex.test/lib v1.1.0\nbut ex.test/lib v1.1.0/go.mod\n",
        go="list -m ex.test/lib@v1.1.0",
    ),
    State(
        scripts="mod_sum_ambiguous",
        why="both modules that could give a package have lines",
        tree=SHARED + "all\n",
        go=LIST,
    ),
    State(
        scripts="mod_sum_ambiguous",
        why="the module that could give the package, and does not, has no line for its zip",
        tree=SHARED + "all\nbut ex.test/amb/b v0.1.0\n",
        go=LIST,
        go_says="missing go.sum entry needed to verify package ex.test/amb/b (imported by m.test/m) is "
        "provided by exactly one module",
        attest=(
            Says(
                "go-sum-incomplete",
                "go.mod",
                "needed to verify package ex.test/amb/b is provided by exactly one module",
            ),
        ),
    ),
    State(
        scripts="mod_sum_ambiguous",
        why="the module that gives the package has no line for its zip",
        tree=SHARED + "all\nbut ex.test/amb v1.0.0\n",
        go=LIST,
        go_says="missing go.sum entry for module providing package ex.test/amb/b (imported by m.test/m)",
        attest=(Says("go-sum-incomplete", "go.mod: require", "module providing package ex.test/amb/b"),),
    ),
    State(
        scripts="mod_sum_ambiguous",
        why="neither has a line for its zip",
        tree=SHARED + "ex.test/amb v1.0.0/go.mod\nex.test/amb/b v0.1.0/go.mod\n",
        go=LIST,
        go_says="missing go.sum entry for module providing package ex.test/amb/b (imported by m.test/m)",
        attest=(
            Says("go-sum-incomplete", "go.mod: require", "module providing package ex.test/amb/b"),
            Says(
                "go-sum-incomplete",
                "go.mod",
                "needed to verify package ex.test/amb/b is provided by exactly one module",
            ),
        ),
    ),
    State(
        scripts="mod_sum_lookup",
        why="a file that no build reads imports what has no line",
        tree=PRUNED
        + "all\nbut ex.test/idle v1.0.0\nbut ex.test/idle v1.0.0/go.mod\n"
        + '-- noexist/use.go --\n//go:build ignore\n\npackage use\n\nimport _ "ex.test/idle"\n',
        go="list -deps .",
    ),
    State(
        scripts="mod_sum_issue56222",
        why="what only the tests of a dependency need has no line",
        tree="""
-- go.mod --
module m.test/m

go 1.21

require ex.test/tested v1.0.0
-- m.go --
package m

import _ "ex.test/tested"
-- go.sum --
ex.test/tested v1.0.0
ex.test/tested v1.0.0/go.mod
""",
        go=LIST,
    ),
    State(
        scripts="mod_sum_issue56222",
        why="what only the tests of a dependency need has no line, and these are listed",
        tree="""
-- go.mod --
module m.test/m

go 1.21

require ex.test/tested v1.0.0
-- m.go --
package m

import _ "ex.test/tested"
-- go.sum --
ex.test/tested v1.0.0
ex.test/tested v1.0.0/go.mod
ex.test/helper v1.0.0
""",
        go="list -deps -test ex.test/tested",
        go_says="ex.test/helper@v1.0.0: missing go.sum entry for go.mod file",
        outside="attest judges what is built into a release, and the tests of dependencies are not",
    ),
    State(
        scripts="mod_tidy_sum mod_tidy_duplicates",
        why="lines of versions that are not used, and lines twice",
        tree=PRUNED + "all\nex.test/lib v1.0.0\nex.test/lib v1.0.0/go.mod\n",
        go=LIST,
    ),
    State(
        scripts="mod_tidy_sum",
        why="an empty go.sum where nothing is needed",
        tree="""
-- go.mod --
module m.test/m

go 1.24
-- m.go --
package m
-- go.sum --

""",
        go=LIST,
    ),
    State(
        scripts="mod_tidy_compat",
        why="before Go 1.17 a go.mod that is read and not selected has no line",
        tree="""
-- go.mod --
module m.test/m

go 1.16

require (
	ex.test/dep v1.1.0
	ex.test/lib v1.0.0
)
-- m.go --
package m

import _ "ex.test/lib"
-- go.sum --
all
but ex.test/dep v1.0.0
but ex.test/dep v1.0.0/go.mod
""",
        go=LIST,
        go_says="ex.test/lib@v1.0.0 requires ex.test/dep@v1.0.0: missing go.sum entry for go.mod file",
        attest=(Says("go-sum-incomplete", "go.mod", "dep@v1.0.0: missing go.sum entry for go.mod file"),),
    ),
    State(
        scripts="mod_tidy_compat",
        why="from Go 1.17 on it needs none",
        tree="""
-- go.mod --
module m.test/m

go 1.17

require (
	ex.test/dep v1.1.0
	ex.test/lib v1.0.0
)
-- m.go --
package m

import _ "ex.test/lib"
-- go.sum --
all
but ex.test/dep v1.0.0
but ex.test/dep v1.0.0/go.mod
""",
        go="list -m all",
    ),
    State(
        scripts="mod_sum_readonly",
        why="a line with too few words",
        tree=PRUNED + "all\nraw ex.test/lib v1.0.0\n",
        go=LIST,
        go_says="malformed go.sum: ",
        attest=(
            Says(
                "go-sum-incomplete",
                "go.sum: ex.test/lib v1.0.0",
                "malformed go.sum: wrong number of fields 2",
            ),
        ),
    ),
    State(
        scripts="mod_sum_readonly",
        why="the true hash before a wrong one",
        tree=PRUNED + "all\nex.test/lib v1.0.0 wrong\n",
        go=LIST,
        attest=(
            Says("go-sum-incomplete", "go.sum: ex.test/lib v1.0.0", "has another hash here than in line"),
        ),
        stricter="the go command takes the first hash that is equal; which comes first must not decide",
    ),
    State(
        scripts="mod_load_badzip mod_bad_filenames",
        why="a zip with a file name that no module may have",
        tree="""
-- go.mod --
module m.test/m

go 1.24

require ex.test/question v1.0.0
-- m.go --
package m

import _ "ex.test/question"
-- go.sum --
ex.test/question v1.0.0
ex.test/question v1.0.0/go.mod
""",
        cache=lambda cache: cache.add("ex.test/question@v1.0.0"),
        go=LIST,
        go_says="""malformed file path "x?y.go": invalid char '?'""",
        attest=(Says("go-sum-mismatch", "go.sum: ex.test/", "is no module"),),
    ),
    State(
        scripts="mod_bad_filenames",
        why="a zip with two names that are one on some systems",
        tree="""
-- go.mod --
module m.test/m

go 1.24

require ex.test/folded v1.0.0
-- m.go --
package m

import _ "ex.test/folded/x"
-- go.sum --
ex.test/folded v1.0.0
ex.test/folded v1.0.0/go.mod
""",
        cache=lambda cache: cache.add("ex.test/folded@v1.0.0"),
        go=LIST,
        go_says='case-insensitive file name collision: "x/Y.go" and "x/y.go"',
        attest=(Says("go-sum-mismatch", "go.sum: ex.test/", "case-insensitive file name collision"),),
    ),
    State(
        scripts="mod_load_badzip",
        why="a zip with a file outside of its directory",
        tree="""
-- go.mod --
module m.test/m

go 1.24

require ex.test/outside v1.0.0
-- m.go --
package m

import _ "ex.test/outside"
-- go.sum --
ex.test/outside v1.0.0
ex.test/outside v1.0.0/go.mod
""",
        cache=lambda cache: cache.add("ex.test/outside@v1.0.0"),
        go=LIST,
        go_says='malformed file path "../x.go": invalid path element ".."',
        attest=(Says("go-sum-mismatch", "go.sum: ex.test/", "is no module"),),
    ),
)


@pytest.mark.parametrize("state", ROWS, ids=lambda state: state.name)
def test_go_and_attest_agree_on_sums(state: State, states: World, tmp_path: Path) -> None:
    judge(state, states, tmp_path)
