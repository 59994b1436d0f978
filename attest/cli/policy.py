"""`attest policy explain|init|lint|schema|test`."""

from __future__ import annotations

from typing import Annotated, Final

import typer

from attest.cli import policy_init, policy_test
from attest.cli.declare import sub_command
from attest.cli.inputs import beside, judging_time, read_file
from attest.cli.options import NowOption, OutputOption, TagOption, VersionOption
from attest.cli.output import emit, parse_outputs
from attest.edge.clock import system_now
from attest.errors import UsageError
from attest.model.exit_code import ExitCode
from attest.model.limits import DEFAULT_LIMITS

app = typer.Typer(
    help="Work on a policy.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


#: What variables stand for where nobody says: a policy is read for its shape.
_VERSION: Final = "0.0.0"


@app.command()
def explain(
    check: Annotated[str | None, typer.Argument(metavar="[CHECK]", help="The id of a check.")] = None,
) -> None:
    """What a check finds, why it matters and how to fix it; without an id, the list of all checks."""
    from attest.app.policy import checks, page

    text = "".join(f"{name:<26} {title}\n" for name, title in checks()) if check is None else page(check)
    emit([("", text.encode())])


sub_command(app, "init")(policy_init.command)


@sub_command(app)
def lint(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The policy.")],
    *,
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="LEVEL", help="never, or warn: exit 1 where there is a note.")
    ] = "never",
    version: VersionOption = None,
    tag: TagOption = None,
    output: OutputOption = None,
    now: NowOption = None,
) -> None:
    """What in a policy is weaker than it may seem, or says nothing. One that is not valid is exit 4.

    Where it has variables, they stand for 0.0.0 and v0.0.0.
    """
    from attest.app.policy import lint_policy
    from attest.render.lint import to_json, to_text

    if fail_on not in ("never", "warn"):
        raise UsageError(f"--fail-on: {fail_on!r} is no level", hint="never or warn")
    outputs = parse_outputs(output or [], ("text", "json"), "text")
    notes = lint_policy(
        read_file(file, DEFAULT_LIMITS.policy_bytes),
        file,
        beside(file),
        variables={"version": version or _VERSION, "tag": tag or f"v{version or _VERSION}"},
        now=judging_time(now, system_now()),
    )
    emit((each.file, (to_json if each.format == "json" else to_text)(notes, file)) for each in outputs)
    raise typer.Exit(int(ExitCode.DENIED if notes and fail_on == "warn" else ExitCode.PASS))


sub_command(app, "test")(policy_test.command)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a policy, for editors."""
    from attest.cli.schema import schema_bytes

    emit([("", schema_bytes("policy"))])
