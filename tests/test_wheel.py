"""What a user installs: the wheel, in an empty environment, away from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", folder, REPOSITORY], check=True, capture_output=True)
    (built,) = folder.glob("attest_go-*.whl")
    return built


def test_the_wheel_holds_the_package_the_policies_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "attest/_policies/checks/vendor-drift.md" in names
    assert "attest/_policies/release.yaml" in names
    assert "attest/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    tops = {name.split("/")[0] for name in names}
    assert tops == {"attest", next(top for top in tops if top.endswith(".dist-info"))}


@pytest.mark.integration
def test_the_wheel_installs_with_its_libraries_into_an_empty_environment(wheel: Path, tmp_path: Path) -> None:
    """As a user would: a new environment, pip, the wheel; the lock says which versions to take."""
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    pins = [
        line.partition(" \\")[0]
        for line in (REPOSITORY / "requirements" / "dev.lock").read_text("utf-8").splitlines()
        if "==" in line
    ]
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("\n".join(pins), encoding="utf-8")
    pip = [str(scripts / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, "--constraint", str(constraints), str(wheel)], check=True, cwd=tmp_path)
    explained = subprocess.run(
        [scripts / "attest", "policy", "explain", "signature-missing"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert explained.stdout.startswith("# signature-missing")


def test_the_installed_command_explains_checks_and_reads_a_ready_policy(wheel: Path, tmp_path: Path) -> None:
    """Its libraries come from this environment; the package itself from the wheel alone."""
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    scripts = environment / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    install: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--target",
        site,
        wheel,
    ]
    subprocess.run(install, check=True, capture_output=True)
    ours = [each for each in sys.path if each.endswith("site-packages")]
    Path(site, "libraries.pth").write_text("\n".join(ours) + "\n", encoding="utf-8")

    def attest(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [python, "-P", "-c", "import sys; from attest.__main__ import main; sys.exit(main())", *words],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env={key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "COV_"))},
        )

    where = subprocess.run(
        [python, "-P", "-c", "import attest; print(attest.__file__)"],
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    ).stdout.strip()
    assert where.startswith(site), "the checkout is not what is tested here"
    explained = attest("policy", "explain", "vendor-drift")
    assert (explained.returncode, explained.stderr) == (0, "")
    assert explained.stdout.startswith("# vendor-drift")
    (tmp_path / "dist").mkdir()
    (tmp_path / "release.yaml").write_bytes(zipfile.ZipFile(wheel).read("attest/_policies/release.yaml"))
    (tmp_path / "keys").mkdir()
    made = attest("key", "generate", "--private-key", "release.key", "--public-key", "keys/release.pub")
    assert (made.returncode, made.stderr) == (0, "")
    judged = attest("verify", "--policy", "release.yaml", "--version", "1.0.0", "dist")
    assert judged.returncode == 3, judged.stdout + judged.stderr
    assert judged.stdout.startswith("NOTHING TO VERIFY")
