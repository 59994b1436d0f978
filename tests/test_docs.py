"""The documentation is held against the code: the README's commands are run, its tables compared."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from attest.cli.commands import COMMANDS
from attest.model import documents_inspect, source_files
from attest.model.bom import Bom, BomComponent
from attest.model.exit_code import ExitCode
from tests import elements_table, formats_table, interop_table
from tests.facts_table import MARK, table

REPOSITORY = Path(__file__).parent.parent
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
CONTRIBUTING = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")


INSPECT = (REPOSITORY / "docs" / "inspect.md").read_text(encoding="utf-8")


def shell_commands(text: str) -> list[str]:
    """Every command of the ```sh blocks, continued lines joined."""
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.strip()]


def test_the_two_commands_of_the_readme_are_make_targets() -> None:
    makes = [each.split()[1] for each in shell_commands(README) if each.startswith("make ")]
    assert makes == ["demo", "test"]
    for target in makes:
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), f"no target {target} in the Makefile"


def test_the_tour_and_every_command_of_the_readme_end_well() -> None:
    demo = REPOSITORY / "build" / "test" / "demo"
    tour = subprocess.run(
        [sys.executable, REPOSITORY / "testdata" / "widget" / "demo.py", "--out", demo],
        capture_output=True,
        text=True,
        check=False,
    )
    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert "(exit code 0)" in tour.stdout
    assert "(exit code 1)" in tour.stdout
    for line in tour.stdout.splitlines():
        assert len(line) <= 80, f"wider than 80 columns: {line}"
    refused = json.loads((demo / "forged.json").read_bytes())
    assert {"artifact-missing", "artifact-unexpected", "signature-missing"} <= {
        each["check"] for each in refused["findings"]
    }
    ours = [each for each in shell_commands(README) if each.startswith(".venv/bin/attest ")]
    assert len(ours) == 12
    for command in ours:
        words = shlex.split(command.replace("build/demo/", f"{demo.relative_to(REPOSITORY).as_posix()}/"))
        run = subprocess.run(
            [sys.executable, "-m", "attest", *words[1:]],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, f"{command}\n{run.stdout}{run.stderr}"
        assert run.stdout


def test_no_other_kind_of_command_stands_in_the_readme_unseen() -> None:
    known = ("make ", ".venv/bin/attest ", "python3 -m pip install .")
    assert [each for each in shell_commands(README) if not each.startswith(known)] == []


def test_the_readme_lists_the_exit_codes_of_the_code() -> None:
    rows = re.findall(r"^\| (\d) \| (.+?) \|$", README, re.MULTILINE)
    assert [int(number) for number, _ in rows] == [int(each) for each in ExitCode]
    assert rows[ExitCode.NOTHING][1].startswith("nothing to verify")


def test_the_files_that_the_documentation_names_exist() -> None:
    for text in (README, CONTRIBUTING, INSPECT.replace("(../", "(")):
        for name in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (REPOSITORY / name).exists(), f"{name} is named and does not exist"
        for name in re.findall(r"`((?:attest|tests|policies|testdata|bench)/[\w./-]+)`", text):
            assert (REPOSITORY / name).exists(), f"{name} is named and does not exist"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_that_fits_and_says_what_the_table_says(name: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "attest", name, "--help"], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith(f"Usage: attest {name}")
    assert max(len(line) for line in run.stdout.splitlines()) <= 80


def test_every_fact_is_documented_as_the_catalogue_has_it() -> None:
    """`python -m tests.facts_table` writes the table anew."""
    assert INSPECT.partition(MARK)[2] == table()


def test_every_element_is_documented_as_the_table_has_it() -> None:
    """`python -m tests.elements_table` writes the table anew."""
    page = (REPOSITORY / "docs" / "sbom-elements.md").read_text(encoding="utf-8")
    assert page.partition(elements_table.MARK)[2] == elements_table.table()


def test_every_way_across_tools_is_documented_as_it_is_tested() -> None:
    """`python -m tests.interop_table` writes the table anew."""
    page = (REPOSITORY / "docs" / "interop.md").read_text(encoding="utf-8")
    assert page.partition(interop_table.MARK)[2] == interop_table.table()


@pytest.mark.parametrize("kind", ["FileDocument", "SliceDocument"])
def test_every_key_of_an_inspected_file_is_documented(kind: str) -> None:
    keys = getattr(documents_inspect, kind).__annotations__
    assert [key for key in keys if f"| `{key}` |" not in INSPECT] == []


def test_everything_that_decides_about_a_source_file_is_documented() -> None:
    words = [*get_args(source_files.DecidedBy), *documents_inspect.SourcesDocument.__annotations__]
    words += documents_inspect.DecisionDocument.__annotations__
    words += documents_inspect.ReasonDocument.__annotations__
    words.remove("fault")  # of what decides; the key of that name is documented
    assert [word for word in words if f"`{word}`" not in INSPECT] == []


def test_what_a_format_holds_and_loses_is_documented_as_the_tables_have_it() -> None:
    """`python -m tests.formats_table` writes both tables anew."""
    page = formats_table.PAGE.read_text(encoding="utf-8")
    assert page.partition(formats_table.MARK)[2] == formats_table.table()
    held = [f"{kind.__name__}.{each.name}" for kind in (Bom, BomComponent) for each in fields(kind)]
    assert list(formats_table.WHERE) == held
