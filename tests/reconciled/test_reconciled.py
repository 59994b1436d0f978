"""Every program and every SBOM of the table is told as its row says; clean ones agree."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from attest.cli.main import run
from tests.conftest import GOCACHE
from tests.reconciled.table import APP, MODULES, ROWS, SBOM_ROWS, SOURCE, Edits, Program, Row, SbomRow
from tests.unit.go.proxy import GO, Go, make_proxy, write

PROGRAMS = {
    "app": Program(),
    "other": Program(package="./cmd/other"),
    "windows": Program(settings=(("GOOS", "windows"),)),
    "older": Program(
        edits=(("cmd/app/main.go", '\t"m.test/log"\n', ""), ("cmd/app/main.go", "\tlog.F()\n", ""))
    ),
}


class Workshop:
    """The go command with the table's modules, the clean tree, and programs, each built once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.go = Go(root, make_proxy(root / "proxy", MODULES))
        self.go.environment |= {
            "GOCACHE": str(GOCACHE),
            "GOOS": "linux",
            "GOARCH": "amd64",
            "CGO_ENABLED": "0",
        }
        self.source = self.tree("source", ())
        self.go.run(self.source, "mod", "download")
        self.built: dict[Program, Path] = {}

    def tree(self, name: str, edits: Edits) -> Path:
        folder = self.root / name
        write(folder, SOURCE)
        edit(folder, edits)
        return folder

    def program(self, program: Program) -> Path:
        if program not in self.built:
            number = len(self.built)
            tree = (
                self.tree(f"tree{number}", program.edits) if program.edits or program.first else self.source
            )
            if program.first:
                self.go.run(tree, *program.first)
            file = self.root / f"program{number}"
            words = ("build", "-buildvcs=false", *program.arguments, "-o", str(file), program.package)
            self.go.run(tree, *words, **dict(program.settings))
            data = file.read_bytes()
            for old, new in program.forged:
                assert len(old) == len(new)
                assert old in data
                data = data.replace(old, new)
            file.write_bytes(data)
            self.built[program] = file
        return self.built[program]


def edit(folder: Path, edits: Edits) -> None:
    for name, old, new in edits:
        file = folder / name
        text = new
        if old is not None:
            before = file.read_text("utf-8")
            assert old in before, f"{name} has no {old!r}"
            text = before.replace(old, new)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    if not GO.exists():
        pytest.skip("no go command beside this Python")
    return Workshop(tmp_path_factory.mktemp("reconciled"))


def lines_of(document: Any) -> tuple[list[str], list[str]]:  # noqa: ANN401 - any JSON
    """What is wrong, a line each as the text begins it, and the remarks."""
    found = [f"  ! {each}" for each in document["faults"]]
    for each in document["modules"]:
        old, new = (None if each[side] is None else each[side] or "(unknown)" for side in ("old", "new"))
        if old is None or new is None:
            found.append(f"    {'+' if old is None else '-'} {each['name']} {old or new}")
        else:
            found.append(f"    ~ {each['name']} {old} -> {new}")
    return found, document["remarks"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.why.replace(" ", "-"))
def test_a_program_is_held_against_its_source(
    row: Row, workshop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = workshop.program(row.program)
    source = workshop.source
    if row.source:
        source = tmp_path / "source"
        shutil.copytree(workshop.source, source)
        edit(source, row.source)
    words = ["diff", str(source), str(program), "--modcache", str(workshop.go.modcache), "--no-cache"]
    code = run([*words, "-o", "json"])
    said = capsys.readouterr()
    assert code == row.exit_code, said
    if code == 3:
        assert row.told[0] in said.err
        return
    faults: list[str] = json.loads(said.out)["faults"]
    assert len(faults) == len(row.told), said.out
    for expected, fault in zip(row.told, faults, strict=True):
        assert expected in fault
    # The same words on standard error where SBOMs are made, and the same exit code.
    out = tmp_path / "sbom.json"
    words = [
        "sbom",
        str(program),
        "--source",
        str(source),
        "--modcache",
        str(workshop.go.modcache),
        "--no-cache",
    ]
    assert run([*words, "-o", f"cyclonedx-json={out}"]) == row.exit_code
    told = capsys.readouterr().err
    for fault in faults:
        assert fault in told
    assert out.exists()


def sbom(workshop: Workshop, of: str, folder: Path) -> Any:  # noqa: ANN401 - any JSON
    file = folder / "sbom.json"
    target = str(workshop.source if of == "source" else workshop.program(PROGRAMS[of]))
    words = ["sbom", target, "-o", f"cyclonedx-json={file}"]
    if of == "source":
        words += [
            "--main",
            f"{APP}/cmd/app",
            "--platform",
            "linux/amd64",
            "--modcache",
            str(workshop.go.modcache),
        ]
    assert run(words) == 0
    return json.loads(file.read_bytes())


def change(document: Any, row: SbomRow) -> None:  # noqa: ANN401 - any JSON
    if row.component:
        (component,) = [each for each in document["components"] if each["name"] == row.component]
        row.change(component)
    if row.document:
        row.document(document)


@pytest.mark.parametrize("row", SBOM_ROWS, ids=lambda row: row.why.replace(" ", "-"))
def test_an_sbom_is_held_against_the_program(
    row: SbomRow, workshop: Workshop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = sbom(workshop, row.of, tmp_path)
    change(document, row)
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(document), "utf-8")
    code = run(["diff", str(file), str(workshop.program(PROGRAMS["app"])), "-o", "json"])
    said = capsys.readouterr().out
    assert code == row.exit_code, said
    wrong, remarks = lines_of(json.loads(said))
    for expected in row.told:
        assert any(expected in line for line in (*wrong, *remarks)), said
    assert len(wrong) == len(row.told) - len(remarks), said


def test_the_table_is_long_enough_and_tells_rows_apart() -> None:
    assert len(ROWS) + len(SBOM_ROWS) >= 25
    assert len({row.why for row in (*ROWS, *SBOM_ROWS)}) == len(ROWS) + len(SBOM_ROWS)


@pytest.mark.skipif(os.name == "nt", reason="the example release is built on other systems")
def test_a_clean_release_agrees_with_its_source(
    signed_release: Any,  # noqa: ANN401 - the fixture's own type
    capsys: pytest.CaptureFixture[str],
) -> None:
    programs = sorted(
        each
        for each in Path(signed_release.dist).iterdir()
        if each.name.startswith("widget") and not each.name.endswith(".json")
    )
    assert len(programs) >= 10
    for each in programs:
        assert run(["diff", str(signed_release.source), str(each)]) == 0, each.name
    assert "  ! " not in capsys.readouterr().out
