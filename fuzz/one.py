"""Fuzz one target in this process: `python -m fuzz.one TARGET CORPUS [libFuzzer options]`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["attest"]):
    from fuzz import targets


def main() -> None:
    """Hand the target to libFuzzer, which ends the process."""
    name, corpus, *options = sys.argv[1:]
    target = targets.TARGETS[name]
    atheris.Setup([sys.argv[0], corpus, *options], lambda data: targets.run(target, data))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
