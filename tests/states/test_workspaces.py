"""Workspaces: what the go command says with a go.work, and attest.

Rows of scripts called work_… stand here alone, with GOWORK unset as a user has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from tests.states.state import Says, State, World, judge

if TYPE_CHECKING:
    from pathlib import Path

IN_WORK: Final = {"GOWORK": ""}

MEMBER: Final = """
-- go.mod --
module m.test/m

go 1.24

require loc.test/b v0.0.0

replace loc.test/b => ./b
-- m.go --
package m

import _ "loc.test/b"
-- b/go.mod --
module loc.test/b

go 1.24
-- b/b.go --
package b
"""
WORK: Final = "-- go.work --\ngo 1.24\n\nuse .\n"

ROWS: Final = (
    State(
        scripts="mod_verify_work",
        why="the members of a workspace are no modules to verify",
        tree=MEMBER.replace("m.test/m", "zzz.test/m") + WORK,
        environment=IN_WORK,
        go="mod verify",
        prints="all modules verified",
    ),
    State(
        scripts="work_vendor_modules_txt_conditional",
        why="the vendor directory of a module is not used in a workspace",
        tree=MEMBER + WORK,
        first=("mod vendor",),
        environment=IN_WORK,
        go="list -f={{.Dir}} loc.test/b",
        prints="/tree/b ",
        attest=(
            Says(
                "vendor-drift",
                "vendor/modules.txt: # loc.test/b",
                "was made for a module, and a workspace is built",
            ),
        ),
        stricter="with GOWORK=off vendor/ is built, and in a workspace nobody proves it",
        told=(Says("vendor-ignored", "go.work", "vendor/ was made for the module alone"),),
    ),
    State(
        scripts="work_vendor_modules_txt_conditional",
        why="with GOWORK=off it is",
        tree=MEMBER,
        first=("mod vendor",),
        go="list -f={{.Dir}} loc.test/b",
        prints="/vendor/loc.test/b ",
    ),
)


@pytest.mark.parametrize("state", ROWS, ids=lambda state: state.name)
def test_go_and_attest_agree_on_workspaces(state: State, states: World, tmp_path: Path) -> None:
    judge(state, states, tmp_path)
