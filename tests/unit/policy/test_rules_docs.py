"""docs/rules.md and docs/policy-input.md are held against the code."""

from __future__ import annotations

import re
from typing import Any

import pytest

from attest.model.limits import DEFAULT_LIMITS
from tests import input_table
from tests.unit.policy.world import world, yaml

TEXT = (input_table.FILE.parent / "rules.md").read_text(encoding="utf-8")
EXAMPLES: list[Any] = [
    rule for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL) for rule in yaml(block.encode())
]


@pytest.mark.parametrize("rule", EXAMPLES, ids=[each["id"] for each in EXAMPLES])
def test_every_example_passes_on_a_release_that_is_right(rule: Any) -> None:  # noqa: ANN401 - YAML
    verdict = world({"policy": {"rules": [rule]}}).verdict(checks=())
    assert verdict.findings == ()
    assert {each.outcome for each in verdict.checks} - {"skip"} == {"pass"}


FAULTS: dict[str, Any] = {
    "one-commit": {"settings": {"vcs.revision": "0" * 40}},
    "linux-without-cgo": {"settings": {"CGO_ENABLED": "1"}},
}


@pytest.mark.parametrize("name", FAULTS)
def test_an_example_finds_what_it_is_about(name: str) -> None:
    rule = next(each for each in EXAMPLES if each["id"] == name)
    made = world({})
    path = min(slot.path for slot in made.policy.slots if slot.platform.goos == "linux")
    verdict = world({"policy": {"rules": [rule]}, "build": {path: FAULTS[name]}}).verdict(checks=())
    assert [(each.check, each.message) for each in verdict.findings] == [(name, rule["message"])]


def test_the_limits_are_those_of_the_page() -> None:
    assert f"{DEFAULT_LIMITS.rule_chars:,} characters" in " ".join(TEXT.split())


def test_the_page_of_the_policy_input_is_what_the_typed_dictionaries_say() -> None:
    assert input_table.FILE.read_text(encoding="utf-8") == input_table.page()
