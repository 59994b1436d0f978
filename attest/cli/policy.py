"""`attest policy explain|schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from attest.cli.output import emit

app = typer.Typer(
    help="Work on a policy.",
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
)


@app.command()
def explain(
    check: Annotated[str | None, typer.Argument(metavar="[CHECK]", help="The id of a check.")] = None,
) -> None:
    """What a check finds, why it matters and how to fix it; without an id, the list of all checks."""
    from attest.app.policy import checks, page

    text = "".join(f"{name:<26} {title}\n" for name, title in checks()) if check is None else page(check)
    emit([("", text.encode())])


@app.command()
def schema() -> None:
    """Print the JSON Schema of a policy, for editors."""
    from attest.cli.schema import schema_bytes

    emit([("", schema_bytes("policy"))])
