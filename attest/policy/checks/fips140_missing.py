"""An executable was not built with the FIPS 140 module that the policy asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attest.policy.check import Check, Fault, ImageContext, Setting

if TYPE_CHECKING:
    from collections.abc import Iterator


SETTING: Setting[str] = Setting(
    section="go",
    key="fips140",
    annotation=str,
    description="The FIPS 140 module to be built with (GOFIPS140): a version, latest, or on for any.",
    pattern=r"on|latest|v[0-9]+\.[0-9]+\.[0-9]+(-[0-9a-f]+)?",
    example="v1.0.0",
)


def run(context: ImageContext) -> Iterator[Fault]:
    """The module of go.fips140 was selected, and the program starts in FIPS 140 mode."""
    wanted, found = SETTING.asked(context), context.word("go.fips140")
    # A frozen module is recorded with a hash behind its version.
    same = found != "off" if wanted == "on" else found == wanted or found.startswith(f"{wanted}-")
    if not same:
        expected = "a FIPS 140 module" if wanted == "on" else f"the FIPS 140 module {wanted}"
        yield Fault(
            message=f"{context.name} should be built with {expected}, and says GOFIPS140={found}",
            hint=f"build with GOFIPS140={'latest' if wanted == 'on' else wanted}",
        )
    elif not {"fips140=on", "fips140=only"} & set(context.words("go.debug")):
        yield Fault(
            message=f"{context.name} should start in FIPS 140 mode, and does not",
            hint="take fips140 out of the godebug lines of go.mod and of the main package",
        )


CHECK = Check(
    title="An executable was not built with the FIPS 140 module asked for",
    sees=ImageContext,
    kind="fact",
    run=run,
    settings=(SETTING,),
    waivable=True,
)
