"""What the checks about news of a module's authors have in common: a setting, and a fault for each notice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from attest.policy.check import Fault, Setting, Skip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from attest.model.source import ModuleNotice
    from attest.model.verdict import Severity
    from attest.policy.check import SourceContext

HowBad: TypeAlias = "Setting[Severity | Literal['allow']]"


def how_bad(key: str, what: str) -> HowBad:
    """The setting `modules.<key>` by which a policy says what it is to do `what`."""
    return Setting(
        section="modules",
        key=key,
        annotation=Literal["allow", "info", "warn", "deny"],
        description=f"What it is to {what}: allow, info, warn or deny.",
    )


def told(
    context: SourceContext,
    kind: Literal["retracted", "deprecated"],
    setting: HowBad,
    fault: Callable[[ModuleNotice], tuple[str, str]],
) -> Iterator[Fault]:
    """A fault for each notice of a kind; `fault` gives its message and hint. Without a policy information."""
    severity = setting.asked(context) if context.policy is not None else "info"
    if severity == "allow":
        raise Skip(f"the policy says modules.{setting.key}: allow")
    for each in context.report.notices:
        if each.kind == kind:
            message, hint = fault(each)
            yield Fault(
                message=message, hint=hint, place=each.place, severity=severity, names=(str(each.module),)
            )
