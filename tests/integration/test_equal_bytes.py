"""A release is described with the same bytes: whoever runs attest, where, when and with which Python."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from attest.app.sbom import EXTENSIONS
from tests.conftest import REPOSITORY
from tests.integration.fetched import locked_packages, other_python

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import SignedRelease

pytestmark = pytest.mark.integration

_OTHER_MINORS: Final = tuple(minor for minor in range(11, 15) if minor != sys.version_info.minor)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Under which a run takes place; `reverse` turns the order around in which files are made and named."""

    environment: Mapping[str, str] = field(default_factory=dict)
    folder: str = "here"
    umask: int = 0o022
    reverse: bool = False


USUAL: Final = Circumstances(environment={"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"})
OTHERS: Final = {
    "again": USUAL,
    "another folder": Circumstances(folder="a longer name/with ü and space"),
    "another hash seed": Circumstances(environment={"PYTHONHASHSEED": "4242"}),
    "random hash seed": Circumstances(environment={"PYTHONHASHSEED": "random"}),
    "another time zone": Circumstances(environment={"TZ": "Pacific/Chatham"}),
    "the C locale": Circumstances(environment={"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}),
    "an unknown locale": Circumstances(environment={"LC_ALL": "tr_TR.ISO-8859-9", "LANG": "tr_TR"}),
    "another umask": Circumstances(umask=0o077),
    "another order": Circumstances(reverse=True),
    "optimised": Circumstances(environment={"PYTHONOPTIMIZE": "2"}),
}


def described(
    release: SignedRelease,
    root: Path,
    circumstances: Circumstances,
    python: Path = Path(sys.executable),
    packages: Path | None = None,
) -> dict[str, bytes]:
    """Every document of a release directory in every format, by name, as a process of its own writes it."""
    work = root / circumstances.folder
    shutil.copytree(release.source, work / "source", symlinks=True)
    (work / "dist").mkdir()
    names = sorted(
        each.partition("  ")[2] for each in (release.dist / "checksums.txt").read_text().splitlines()
    )
    for name in names[::-1] if circumstances.reverse else names:
        shutil.copy(release.dist / name, work / "dist")
    outputs = [f"{form}=out/{{artifact}}.{form.replace('@', '-')}" for form in EXTENSIONS]
    (work / "out").mkdir()
    words = ["sbom", *([f"dist/{name}" for name in reversed(names)] if circumstances.reverse else ["dist"])]
    words += ["--source", "source"]
    for output in outputs[::-1] if circumstances.reverse else outputs:
        words += ["-o", output]
    paths = [str(REPOSITORY), *([str(packages)] if packages else [])]
    done = subprocess.run(
        [str(python), "-m", "attest", *words],
        check=False,
        capture_output=True,
        text=True,
        cwd=work,
        umask=circumstances.umask,
        env={
            "PATH": "",
            "HOME": str(root),
            "SOURCE_DATE_EPOCH": "1700000000",
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONDONTWRITEBYTECODE": "1",
            **USUAL.environment,
            **circumstances.environment,
        },
    )
    assert done.returncode == 0, done.stderr
    return {each.name: each.read_bytes() for each in sorted((work / "out").iterdir())}


@pytest.fixture(scope="module")
def usual(signed_release: SignedRelease, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    found = described(signed_release, tmp_path_factory.mktemp("usual"), USUAL)
    assert len(found) == len(EXTENSIONS) * 11  # ten artifacts and their union
    return found


@pytest.mark.parametrize("name", OTHERS)
def test_circumstances_change_no_byte(
    signed_release: SignedRelease, usual: dict[str, bytes], tmp_path: Path, name: str
) -> None:
    found = described(signed_release, tmp_path, OTHERS[name])
    assert found.keys() == usual.keys()
    assert [each for each in usual if found[each] != usual[each]] == []


@pytest.mark.parametrize("minor", _OTHER_MINORS)
def test_another_python_changes_no_byte(
    signed_release: SignedRelease, usual: dict[str, bytes], tmp_path: Path, minor: int
) -> None:
    python = other_python(minor)
    found = described(signed_release, tmp_path, USUAL, python=python, packages=locked_packages(python, minor))
    assert [each for each in usual if found[each] != usual[each]] == []
