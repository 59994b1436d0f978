"""Whether a file can be part of any build at all, whatever the platform and the tags.

`go mod tidy` and `go mod vendor` follow the imports of every such file. Source:
cmd/go/internal/imports/build.go (ShouldBuild with the tag "*").
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from attest.go.constraint import Constraint, Expression

#: The only tag that is never taken for true.
_IGNORE: Final = "ignore"


def can_hold(constraint: Constraint) -> bool:
    """Tell whether the constraint holds where every tag but `ignore` counts as true and as false at once.

    A constraint that cannot be read holds nowhere.
    """
    return not constraint.error and all(map(_can_hold, constraint.expressions))


def _can_hold(expression: Expression) -> bool:
    # Each value is a pair: with tags taken as true, and with tags taken as false. "!" changes the sides.
    stack: list[tuple[bool, bool]] = []
    for word in expression:
        if word == "!":
            wanted, unwanted = stack.pop()
            stack.append((not unwanted, not wanted))
        elif word in ("&&", "||"):
            right, left = stack.pop(), stack.pop()
            both = word == "&&"
            stack.append(
                (
                    (left[0] and right[0]) if both else (left[0] or right[0]),
                    (left[1] and right[1]) if both else (left[1] or right[1]),
                )
            )
        else:
            stack.append((word != _IGNORE, False))
    return stack.pop()[0]
