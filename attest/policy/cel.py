"""CEL, as far as rules may use it: type-checked before anything runs, without I/O and bounded.

Source: the Common Expression Language (https://cel.dev), by Google's C++ runtime. That stops at 32 levels of
nesting and 10,000 iterations; its regular expressions are RE2, which take linear time. Addition is taken out,
for all types, since joined texts and lists grow beyond any bound in a nested loop; `map`, `filter` and
`exists_one` are made of it and go with it. `all`, `exists` and `has` stay, and say the same.
"""

from __future__ import annotations

import difflib
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, is_typeddict

from attest.model import documents_input
from attest.policy.cel_fields import composed, selected

if TYPE_CHECKING:
    from collections.abc import Mapping

    from attest.policy.model import RuleScope

#: Mappings whose keys are names from outside: a field of one may have any name.
_FREE: Final = {"facts", "settings", "claims"}
_CONFIG: Final = "stdlib:\n  exclude_functions:\n    - name: _+_\n"


class RuleError(Exception):
    """An expression that is no rule, or has no value; the text is one line for people."""


def check(expression: str, scope: RuleScope) -> None:
    """Raise `RuleError` for what is no CEL, names what is not there or cannot be true or false."""
    tree = _compiled(expression, scope).serialize()
    if composed(tree):
        raise RuleError("a list or mapping that is written out holds constants alone")
    known = _fields()
    for chain in selected(tree):
        if chain[-1] not in known and not _FREE & set(chain[:-1]):
            near = difflib.get_close_matches(chain[-1], known, n=1)
            told = f"; did you mean '{near[0]}'?" if near else ""
            raise RuleError(f"no object of the policy input has a field '{chain[-1]}'{told}")


def holds(expression: str, scope: RuleScope, data: Mapping[str, Any]) -> bool:
    """The value of an expression; `RuleError` where it has none, for a missing key or a limit."""
    try:
        value = _compiled(expression, scope).eval(data=dict(data)).value()
    except RuntimeError as error:
        raise RuleError(_line(error)) from error
    if not isinstance(value, bool):  # an error is a value here, and no value but these two is an answer
        raise RuleError(_line(value))
    return value


@cache
def _fields() -> tuple[str, ...]:
    """All names that objects of the policy input have."""
    documents = [each for each in vars(documents_input).values() if is_typeddict(each)]
    return tuple(sorted({name for each in documents for name in each.__annotations__}))


@cache
def _environment(scope: RuleScope) -> Any:  # noqa: ANN401 - the library's types need protobuf's
    from cel_expr_python import cel

    text, mapping = cel.Type.STRING, cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    variables = dict.fromkeys(("now", "version", "tag", "revision"), text)
    variables |= dict.fromkeys(("artifacts", "platforms"), cel.Type.List(mapping))
    variables["source"] = mapping
    if scope != "release":
        variables[scope] = mapping
    return cel.NewEnv(config=cel.NewEnvConfigFromYaml(_CONFIG), variables=variables)


@lru_cache(maxsize=1024)
def _compiled(expression: str, scope: RuleScope) -> Any:  # noqa: ANN401 - as above
    from cel_expr_python import cel

    try:
        compiled = _environment(scope).compile(expression)
    except (RuntimeError, UnicodeError) as error:  # the second for a lone surrogate, which is no UTF-8
        raise RuleError(_line(error)) from error
    if compiled.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        raise RuleError(f"it gives {compiled.return_type().name().lower()}, and must give true or false")
    return compiled


def _line(told: object) -> str:
    """What the runtime tells, without its drawing of the place."""
    first = str(told).strip().partition("\n")[0]
    return first.removeprefix("INVALID_ARGUMENT: ").removeprefix("ERROR: <input>:") or "it has no value"
