"""The `attest` command. `--version` is answered before anything else is imported."""

from __future__ import annotations

import gc
import sys
from typing import Final

#: Objects that are made before circles of them are looked for: plain data has none, and a run makes
#: hundreds of thousands. Python's own 700 cost a tenth of a run and more.
_OBJECTS: Final = 100_000


def settle() -> None:
    """Set the process up for a run: it makes much data, and ends."""
    gc.set_threshold(_OBJECTS)


def main() -> int:
    """Run the command line; the exit code is one of `attest.model.exit_code.ExitCode`."""
    settle()
    if sys.argv[1:] == ["--version"]:
        from attest import __version__

        sys.stdout.write(f"attest {__version__}\n")
        return 0
    from attest.cli.main import run

    code = run(sys.argv[1:])
    # Nothing is freed any more: else Python looks for circles in all that was made, which takes a tenth.
    gc.freeze()
    return code


if __name__ == "__main__":
    sys.exit(main())
