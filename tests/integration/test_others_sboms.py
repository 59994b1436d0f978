"""SBOMs that other tools make of the same programs: what `attest diff SBOM PROGRAM` says of them.

syft and cyclonedx-gomod are built from bench/tools/go.mod. docs/others-sboms.md tells the same table.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from attest.cli.main import run
from bench.programs import COSIGN, CYCLONEDX_GOMOD, SYFT, built, version
from tests.conftest import REPOSITORY
from tests.reconciled.table import Program
from tests.reconciled.test_reconciled import Workshop, lines_of
from tests.unit.go.proxy import GO

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import SignedRelease

pytestmark = pytest.mark.integration

PAGE: Final = (REPOSITORY / "docs" / "others-sboms.md").read_text("utf-8")
NO_DIGEST: Final = "names no digest of what it describes"
WIDGET_GONE: Final = (
    "+ example.com/acme/widget v1.0.0",
    "+ example.com/greet v1.2.0",
    "+ example.com/ours/codec v1.1.1",
    "+ example.com/plural v0.3.1",
    "+ std ",
)


@dataclass(frozen=True, kw_only=True)
class Row:
    """A program, the tool and format that describe it, and what is told: modules (begin), remark, fault."""

    program: str
    tool: str
    form: str
    modules: tuple[str, ...] = ()
    remark: str = ""
    fault: str = ""


SYFT_FORMS: Final = ("cyclonedx-json", "spdx-json")
ROWS: Final = (
    *(
        Row(program=each, tool="syft", form=form)
        for each in ("widget", "app", "vendored", "universal", "cosign")
        for form in SYFT_FORMS
    ),
    *(
        Row(program="files", tool="syft", form=form, modules=("- command-line-arguments (unknown)",))
        for form in SYFT_FORMS
    ),
    *(Row(program="wasm", tool="syft", form=form, modules=WIDGET_GONE) for form in SYFT_FORMS),
    Row(program="widget", tool="cyclonedx-gomod", form="bin", modules=("+ std ",), remark=NO_DIGEST),
    Row(program="widget", tool="cyclonedx-gomod", form="bin -std", remark=NO_DIGEST),
    Row(program="universal", tool="cyclonedx-gomod", form="bin -std", remark=NO_DIGEST),
    *(
        Row(
            program=each,
            tool="cyclonedx-gomod",
            form="bin -std",
            modules=("- ./local (unknown)", "+ m.test/local (unknown)"),
            remark=NO_DIGEST,
        )
        for each in ("app", "vendored")
    ),
    Row(
        program="files", tool="cyclonedx-gomod", form="bin -std", remark=NO_DIGEST, fault="is no package URL"
    ),
    Row(
        program="cosign",
        tool="cyclonedx-gomod",
        form="bin -std",
        remark=f"{NO_DIGEST}: its SHA-256 is the h1 hash of the main module, which is none of a file",
    ),
)


class Tools:
    """The tools, and the programs that they describe."""

    def __init__(self, root: Path, release: SignedRelease) -> None:
        shop = Workshop(root)
        self.root = root
        self.programs: dict[str, Path | None] = {
            "app": shop.program(Program()),
            "vendored": shop.program(Program(first=("mod", "vendor"), arguments=("-mod=vendor",))),
            "files": shop.program(Program(package="cmd/other/main.go")),
            "widget": release.dist / "widget_1.0.0_linux_amd64",
            "universal": release.dist / "widget_1.0.0_darwin_universal",
            "wasm": release.dist / "widget_1.0.0_wasip1_wasm.wasm",
            "cosign": built(COSIGN),
        }

    def describe(self, row: Row) -> tuple[Path, Path]:
        """The SBOM of the row, and its program; skips where one of them cannot be had."""
        package = {"syft": SYFT, "cyclonedx-gomod": CYCLONEDX_GOMOD}[row.tool]
        tool, program = built(package), self.programs[row.program]
        if tool is None or program is None:
            pytest.skip("the module proxy does not give all that is needed")
        out = self.root / f"{row.program}.{row.tool}.{row.form}.json"
        words = ["scan", f"file:{program}", "-q", "-o", f"{row.form}={out}"]
        if row.tool == "cyclonedx-gomod":
            words = [*row.form.split(), "-json", "-output", str(out), str(program)]
        environment = {**os.environ, "SYFT_CHECK_FOR_APP_UPDATE": "false"}
        subprocess.run([str(tool), *words], env=environment, capture_output=True, check=True)
        return out, program


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory, signed_release: SignedRelease) -> Tools:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    return Tools(tmp_path_factory.mktemp("others"), signed_release)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.program}-{row.tool}-{row.form}".replace(" ", ""))
def test_what_is_missing_invented_and_wrong(
    row: Row, tools: Tools, capsys: pytest.CaptureFixture[str]
) -> None:
    document, program = tools.describe(row)
    code = run(["diff", str(document), str(program), "-o", "json"])
    said = capsys.readouterr().out
    found = json.loads(said)
    assert code == (1 if row.modules or row.fault else 0), said
    wrong, remarks = lines_of(found)
    modules = [line[4:] for line in wrong if line.startswith("    ")]
    if not row.fault:
        assert len(modules) == len(row.modules), said
    for expected in row.modules:
        assert any(each.startswith(expected) for each in modules), said
    assert [each for each in remarks if not each.endswith(row.remark or "\0")] == [], said
    assert bool(remarks) is bool(row.remark), said
    assert bool(found["faults"]) is bool(row.fault), said
    assert any(row.fault in each for each in found["faults"] or [""]), said
    for word in (row.tool, row.form):
        assert word in PAGE


def test_documents_of_two_tools_and_formats_are_compared(
    tools: Tools, capsys: pytest.CaptureFixture[str]
) -> None:
    one, _ = tools.describe(Row(program="cosign", tool="syft", form="spdx-json"))
    other, _ = tools.describe(Row(program="cosign", tool="cyclonedx-gomod", form="bin -std"))
    bare, _ = tools.describe(Row(program="cosign", tool="cyclonedx-gomod", form="bin"))
    assert run(["diff", str(one), str(other)]) == 0
    assert "they name the same modules" in capsys.readouterr().out
    assert run(["diff", str(one), str(bare)]) == 1
    assert "    - std " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("tool", "form", "key"),
    [
        ("syft", "cyclonedx-json", "components"),
        ("syft", "spdx-json", "packages"),
        ("cyclonedx-gomod", "bin", "components"),
        ("cyclonedx-gomod", "bin -std", "components"),
    ],
)
def test_the_page_has_the_numbers_of_cosign(tools: Tools, tool: str, form: str, key: str) -> None:
    document, _ = tools.describe(Row(program="cosign", tool=tool, form=form))
    found: Any = json.loads(document.read_bytes())[key]
    assert re.search(rf"^\| {tool} \| `{re.escape(form)}` \| {len(found)} \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize(
    ("tool", "form"),
    [("syft", "cyclonedx-json"), ("syft", "spdx-json"), ("cyclonedx-gomod", "bin -std")],
)
def test_the_page_names_the_elements_that_are_missing(
    tools: Tools, tool: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    document, _ = tools.describe(Row(program="widget", tool=tool, form=form))
    assert run(["sbom", str(document), "--require", "ntia"]) == 1
    told = re.findall(
        r": ntia: (.+?)(?: of (?:one component|[0-9]+ components) \(.*)? is ", capsys.readouterr().err
    )
    assert told
    cells = rf"^\| {tool} \| `{re.escape(form)}` \| {re.escape('; '.join(dict.fromkeys(told)))} \|$"
    assert re.search(cells, PAGE, re.MULTILINE), told


def test_the_page_names_the_versions() -> None:
    for package in (SYFT, CYCLONEDX_GOMOD, COSIGN):
        assert version(package) in PAGE
