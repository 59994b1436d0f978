"""Down from the strictest: what is asked of a setting after each answer of the engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.draft_settings import checks_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from attest.model.verdict import CheckResult
    from attest.policy.document import Value
    from attest.policy.draft_settings import Key


def at(ladder: Mapping[Key, tuple[Value, ...]], steps: Mapping[Key, int]) -> dict[Key, Value]:
    """The values that settings have at these steps; none of one whose values are used up."""
    return {key: values[steps[key]] for key, values in ladder.items() if steps[key] < len(values)}


def state(results: Iterable[CheckResult], ids: frozenset[str]) -> str:
    """What some checks came to: "unmet" where one did not pass, "met" where one did, else "unasked"."""
    outcomes = {each.outcome for each in results if each.check in ids}
    if outcomes - {"pass", "skip"}:
        return "unmet"
    return "met" if "pass" in outcomes else "unasked"


def weaken(
    steps: dict[Key, int],
    ladder: Mapping[Key, tuple[Value, ...]],
    results: Iterable[CheckResult],
    *,
    firm: frozenset[Key] = frozenset(),
) -> bool:
    """Take the next weaker value of every setting that is not met; tell whether there was one."""
    listed = tuple(results)
    changed = False
    for key, values in ladder.items():
        if steps[key] >= len(values) or (key in firm and steps[key] + 1 == len(values)):
            continue
        if state(listed, checks_of(*key)) == "unmet":
            steps[key] += 1
            changed = True
    return changed


def left_out(most: Mapping[str, Value], left: Mapping[str, Value]) -> tuple[str, ...]:
    """What is asked of provenance no more, as expect.ref."""
    gone = [key for key in most if key not in left]
    wanted, kept = most.get("expect"), left.get("expect")
    if isinstance(wanted, dict) and isinstance(kept, dict):
        gone += [f"expect.{key}" for key in wanted if key not in kept]
    return tuple(gone)
