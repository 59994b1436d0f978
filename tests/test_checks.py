"""Every check is three things and no fourth: code, page, cases. All cases run through the engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from attest.policy import checks
from attest.policy.catalog import catalog
from tests.unit.policy.world import CASES, base_policy, merged, policy_of, world, yaml

if TYPE_CHECKING:
    from attest.policy.check import AnyCheck

ROOT = Path(__file__).parents[1]
CODE = Path(checks.__path__[0])
PAGES = ROOT / "policies" / "checks"
ALL = [path.parent for path in sorted(CASES.glob("*/*/case.yaml"))]


def incomplete(code: Path, pages: Path, cases: Path) -> list[str]:
    """What is missing or lies where it should not, for every check and every stray thing."""
    ids = {path.stem.replace("_", "-") for path in code.glob("*.py") if path.stem != "__init__"}
    faults = [f"{id_} has no page" for id_ in ids if not (pages / f"{id_}.md").is_file()]
    faults += [f"{path.name} is the page of no check" for path in pages.iterdir() if path.stem not in ids]
    faults += [f"{id_} has no cases" for id_ in ids if not (cases / id_).is_dir()]
    for path in cases.iterdir():
        if path.is_dir() and path.name not in ids:
            faults.append(f"{path.name} has cases and no code")
        for case in path.iterdir() if path.is_dir() else ():
            names = sorted(each.name for each in case.iterdir())
            if names != ["case.yaml"]:
                faults.append(f"{path.name}/{case.name} holds {names}")
    for id_ in ids:
        found = [bool(yaml(each.read_bytes())["expect"]) for each in (cases / id_).glob("*/case.yaml")]
        if True not in found or False not in found:
            faults.append(f"{id_} needs a case that passes and one that fails")
    return sorted(faults)


def test_every_check_has_its_three_pieces_and_no_fourth() -> None:
    assert incomplete(CODE, PAGES, CASES) == []
    assert {check.id for check in catalog()} == {path.stem for path in PAGES.iterdir()}


def test_a_missing_piece_is_found(tmp_path: Path) -> None:
    code, pages, cases = (tmp_path / name for name in ("code", "pages", "cases"))
    for folder in (code, pages, cases / "some-fault" / "good"):
        folder.mkdir(parents=True)
    (code / "some_fault.py").touch()
    (cases / "some-fault" / "good" / "case.yaml").write_text("expect: []")
    (cases / "other" / "x").mkdir(parents=True)
    (pages / "another.md").touch()
    assert incomplete(code, pages, cases) == [
        "another.md is the page of no check",
        "other has cases and no code",
        "other/x holds []",
        "some-fault has no page",
        "some-fault needs a case that passes and one that fails",
    ]


@pytest.mark.parametrize("folder", ALL, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_case(folder: Path) -> None:
    case = yaml((folder / "case.yaml").read_bytes())
    id_ = folder.parent.name
    verdict = world(case).verdict()
    found = [_expectation(finding) for finding in verdict.findings if finding.check == id_]
    assert found == case["expect"]
    others = sorted({finding.check for finding in verdict.findings} - {id_})
    assert others == case.get("also", [])
    assert verdict.exit_code == case.get("exit", 0)
    assert any(result.check == id_ for result in verdict.checks)
    assert case["why"]


def _expectation(finding: Any) -> dict[str, Any]:  # noqa: ANN401 - a Finding, read by attribute names
    """A finding as a case writes it: what is usual is left out."""
    usual = {"subject": "", "platform": "", "outcome": "fail", "severity": "deny"}
    assert finding.hint
    found = {"message": finding.message}
    found |= {key: getattr(finding, key) for key, value in usual.items() if getattr(finding, key) != value}
    if finding.waived_by:
        found["waived_by"] = finding.waived_by
    if finding.place is not None and finding.place.line:
        found["line"] = finding.place.line
    return found


@pytest.mark.parametrize("check", catalog(), ids=lambda check: check.id)
def test_page_says_what_the_code_does(check: AnyCheck) -> None:
    page = (PAGES / f"{check.id}.md").read_text("utf-8")
    settings = ", ".join(f"`{each.section}.{each.key}`" for each in check.settings) or "none"
    kind = {"fact": "the policy may lower it to a warning", "integrity": "always denies"}[check.kind]
    for line in (
        f"# {check.id}",
        f"{check.title}.",
        f"- Kind: {check.kind} ({kind})",
        f"- Severity: {check.severity}",
        f"- Runs on: {check.scope}",
        f"- Settings: {settings}",
        f"- Can be waived: {'yes' if check.waivable else 'no'}",
        f"- Without a policy: {'runs' if check.default else 'does not run'}",
    ):
        assert line in page.split("\n")
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert headings == ["What", "Why", "How to fix", "Example policy", "Example finding"]


@pytest.mark.parametrize("check", catalog(), ids=lambda check: check.id)
def test_page_examples_are_real(check: AnyCheck) -> None:
    page = (PAGES / f"{check.id}.md").read_text("utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (finding,) = re.findall(r"```text\n(.*?)\n```", page, re.DOTALL)
    assert policy_of(merged(base_policy(), yaml(example.encode()))).slots
    cases = (yaml(path.read_bytes()) for path in (CASES / check.id).glob("*/case.yaml"))
    assert finding in {each["message"] for case in cases for each in case["expect"]}


def test_only_facts_can_be_waived() -> None:
    assert not [check.id for check in catalog() if check.waivable and check.kind == "integrity"]
