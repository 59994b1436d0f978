"""No command imports a heavy library that it does not need: start-up is felt in every CI step."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.exe.builders import SAMPLES

REPOSITORY = Path(__file__).parent.parent

#: Each takes 20 ms to a second to import.
HEAVY = frozenset(
    {
        "sigstore",
        "sigstore_models",
        "tuf",
        "requests",
        "urllib3",
        "cryptography",
        "cyclonedx",
        "spdx_tools",
        "packageurl",
        "pydantic",
        "ruamel",
        "rich",
        "lief",
        "hypothesis",
    }
)

#: A command line, and the heavy libraries that it may load. The files named need not exist.
ALLOWED: dict[tuple[str, ...], set[str]] = {
    ("--version",): set(),
    ("--help",): set(),
    ("verfy",): set(),
    ("check", "no-such-folder"): set(),
    ("check", "--help"): set(),
    ("inspect", "no-such-file"): set(),
    ("inspect", sys.executable): set(),
    ("sbom", "no-such-file"): set(),
    ("sign", "--help"): set(),
    ("verify", "--help"): set(),
    ("release", "--help"): set(),
    ("schema", "report"): set(),
    ("schema", "policy"): {"pydantic", "ruamel"},
    ("policy", "--help"): set(),
    ("key", "--help"): set(),
    ("key", "show", "no-such-file"): {"cryptography"},
}

PROBE = """
import json, sys
sys.argv = ["attest", *json.loads(sys.argv[1])]
from attest.__main__ import main
try:
    main()
finally:
    print()
    print(json.dumps(sorted(sys.modules)))
"""


def modules(arguments: tuple[str, ...]) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(arguments)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    return set(json.loads(run.stdout.splitlines()[-1]))


def loaded(arguments: tuple[str, ...]) -> set[str]:
    return {name.partition(".")[0] for name in modules(arguments)}


@pytest.mark.parametrize("arguments", ALLOWED, ids=" ".join)
def test_a_command_loads_what_it_needs_and_no_more(arguments: tuple[str, ...]) -> None:
    assert (loaded(arguments) & HEAVY) - ALLOWED[arguments] == set()


def test_the_version_needs_not_even_the_command_line() -> None:
    assert "typer" not in loaded(("--version",))


@pytest.mark.parametrize("command", ["check", "diff", "inspect", "sbom", "schema", "verify"])
def test_plain_words_are_read_without_typer(command: str) -> None:
    words = ("report",) if command == "schema" else ("no-such-file",) * (1 + (command == "diff"))
    assert "typer" not in loaded((command, *words))


#: What only some ways to inspect need.
OF_FUNCTIONS = {"attest.exe.pclntab", "attest.exe.packages"}
OF_TEXT = {"attest.render.inspect_text", "attest.render.inspect_facts"}


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (("--headers", "-o", "json"), set()),
        (("--headers",), OF_TEXT),
        (("-o", "json"), OF_FUNCTIONS),
    ],
    ids=["headers as JSON", "headers as text", "all as JSON"],
)
def test_inspect_loads_what_its_depth_and_formats_need(
    tmp_path: Path, words: tuple[str, ...], needed: set[str]
) -> None:
    program = tmp_path / "program"
    program.write_bytes(SAMPLES["elf"])
    found = modules(("inspect", *words, str(program)))
    assert found & (OF_FUNCTIONS | OF_TEXT) == needed


def test_completion_loads_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ATTEST_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "attest ver")
    monkeypatch.setenv("COMP_CWORD", "1")
    run = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "attest"], capture_output=True, text=True, check=False
    )
    assert run.stdout.split() == ["verify"]
    imported = {line.rpartition("|")[2].strip() for line in run.stderr.splitlines()}
    assert not {name for name in imported if name.startswith(("attest.app", "attest.policy"))}
    assert {name.partition(".")[0] for name in imported} & HEAVY == set()


@pytest.mark.parametrize("words", [(), ("--sumdb", "require")])
def test_what_speaks_to_the_network_is_loaded_for_online_alone(words: tuple[str, ...]) -> None:
    tree = str(REPOSITORY / "testdata" / "widget")
    assert loaded(("check", tree, *words)) & {"ssl", "_ssl", "http"} == set()
