"""The `attest` command. `--version` is answered before anything else is imported."""

from __future__ import annotations

import sys


def main() -> int:
    """Run the command line; the exit code is one of `attest.model.exit_code.ExitCode`."""
    if sys.argv[1:] == ["--version"]:
        from attest import __version__

        sys.stdout.write(f"attest {__version__}\n")
        return 0
    from attest.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
