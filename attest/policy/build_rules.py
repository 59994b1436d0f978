"""The rules of a policy, each type-checked before anything is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from attest.policy import cel
from attest.policy.catalog import catalog
from attest.policy.model import Rule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from attest.model.limits import Limits
    from attest.policy import schema
    from attest.policy.document import Path
    from attest.policy.model import RuleScope
    from attest.policy.notes import Notes

_HINT: Final = "`attest schema input` names what an expression may use; docs/rules.md has examples"


def build_rules(entries: Iterable[schema.RuleEntry], notes: Notes, limits: Limits) -> tuple[Rule, ...]:
    """The rules in the order of the file; what is wrong with them is noted."""
    taken = {each.id: "a check" for each in catalog()}
    found = []
    for index, entry in enumerate(entries):
        path: Path = ("rules", index)
        if entry.id in taken:
            notes.add(
                (*path, "id"), f"'{entry.id}' is the id of {taken[entry.id]}", "give the rule another id"
            )
        taken[entry.id] = "another rule"
        _expression((*path, "assert"), entry.assertion, entry.scope, notes, limits)
        if entry.when is not None:
            _expression((*path, "when"), entry.when, entry.scope, notes, limits)
        effective = notes.date((*path, "effective"), entry.effective) if entry.effective else None
        found.append(
            Rule(
                id=entry.id,
                scope=entry.scope,
                assertion=entry.assertion,
                when=entry.when or "",
                message=entry.message,
                hint=entry.hint,
                severity=entry.severity,
                effective=effective,
            )
        )
    return tuple(found)


def _expression(path: Path, text: str, scope: RuleScope, notes: Notes, limits: Limits) -> None:
    if len(text) > limits.rule_chars:
        notes.add(
            path,
            f"the expression has {len(text)} characters, more than the {limits.rule_chars} allowed",
            "make several rules of it",
        )
        return
    try:
        cel.check(text, scope)
    except cel.RuleError as error:
        notes.add(path, f"the expression cannot be used: {error}", _HINT)
