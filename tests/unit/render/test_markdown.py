from __future__ import annotations

from dataclasses import replace

from attest.render.finding import Roots
from attest.render.markdown import to_markdown
from tests.unit.render.verdicts import ABSENT, DRIFT, EVIL, ROOTS, WAIVED, verdict


def test_the_page_says_what_was_decided_on_what_and_why() -> None:
    assert to_markdown(verdict(DRIFT, ABSENT, WAIVED), roots=ROOTS).decode() == (
        "## attest: deny\n"
        "\n"
        "policy widget\\-release version 3, release 1.0.0\n"
        "\n"
        "| outcome | platform | file |\n"
        "|---|---|---|\n"
        "| deny | linux/amd64 | tool\\_linux\\_amd64 |\n"
        "\n"
        "| severity | check | where | what and how to fix it |\n"
        "|---|---|---|---|\n"
        "| deny | vendor\\-drift | src/tool/vendor/modules.txt\\:3 "
        "| example.com/x\\@v1.0.0 is explicitly required in go.mod<br>fix\\: run \\`go mod vendor\\` |\n"
        "| deny | signature\\-missing | dist/tool\\_linux\\_amd64 "
        "| tool\\_linux\\_amd64 should be signed \\[linux/amd64\\] (no evidence)<br>fix\\: sign it |\n"
        "| waived | vendor\\-drift | src/tool/vendor/modules.txt\\:3 "
        "| waived drift (waived by W\\-1)<br>fix\\: run \\`go mod vendor\\` |\n"
        "\n"
        "Checks: 1 passed, 2 failed, 1 without evidence, 0 broke off, 1 not asked for.\n"
    ).replace("fix\\:", "fix:")


def test_a_source_tree_alone_has_neither_policy_nor_artifacts() -> None:
    bare = replace(verdict(), policy=None, version="", artifacts=(), partial=True)
    assert to_markdown(bare, roots=Roots()).decode().splitlines()[:4] == [
        "## attest: pass",
        "",
        "part of the release only",
        "",
    ]


def test_hostile_text_begins_nothing() -> None:
    text = to_markdown(verdict(EVIL), roots=ROOTS).decode()
    (row,) = (line for line in text.splitlines() if line.startswith("| deny | vendor"))
    assert "\\<\\&\\|\\`\\{0\\}\\[l\\](u)" in row
    assert "\x1b" not in text
