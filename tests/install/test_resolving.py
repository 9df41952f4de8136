"""The locks are resolved by every pip that Debian brings and by the newest, whatever is published.

They are resolved with dependencies, which `run.py` leaves out: whoever uses the files directly, or
compares them with what packages ask for, must come to the same.
"""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from installing.environment import LOCK, ROOT, TEST_LOCK, python_of

from tests.install.support import locked, variables

pytestmark = [pytest.mark.sweep, pytest.mark.turns]

PIPS = ["pip==23.0.1", "pip==25.1.1", "pip"]  # of Debian 12, of Debian 13, the newest
SYSTEMS = [
    "x86_64-unknown-linux-gnu",
    "aarch64-unknown-linux-gnu",
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "x86_64-pc-windows-msvc",
]


def pinned() -> dict[str, set[str]]:
    return {
        name: {spec.version for pin in pins for spec in pin.specifier}
        for name, pins in locked().items()
    }


@pytest.fixture(scope="session")
def newer(tmp_path_factory) -> Path:
    """A folder with a version of every locked package that is newer than any."""
    folder = tmp_path_factory.mktemp("newer")
    for name in pinned():
        stem = f"{name.replace('-', '_')}-9999"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
            head = f"Metadata-Version: 2.1\nName: {name}\nVersion: 9999\n"
            tag = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            wheel.writestr(f"{stem}.dist-info/METADATA", head)
            wheel.writestr(f"{stem}.dist-info/WHEEL", tag)
            wheel.writestr(f"{stem}.dist-info/RECORD", "")
    return folder


def tool(folder: Path, *packages: str) -> Path:
    """A folder that holds tools from the public index, and nothing else."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--target", folder, *packages]
    subprocess.run(command, env=variables(), check=True, timeout=300)
    return folder


def resolve(pip: Path, *options: object) -> dict[str, str]:
    """What pip would install, name and version."""
    command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "-q"]
    done = subprocess.run(
        [str(word) for word in (*command, "--report", "-", *options)],
        cwd=ROOT,
        env=variables(PYTHONPATH=str(pip)),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert report["pip_version"]
    found = (item["metadata"] for item in report["install"])
    return {item["name"].lower().replace("_", "-"): item["version"] for item in found}


@pytest.mark.parametrize("pip", PIPS)
def test_what_is_locked_is_chosen_though_newer_versions_of_everything_exist(pip, newer, tmp_path):
    used = tool(tmp_path / "pip", pip)
    assert resolve(used, "six", "--find-links", newer) == {"six": "9999"}
    versions = pinned()
    for lock in (LOCK, TEST_LOCK):
        options = ("--require-hashes", "-r", lock.name)
        chosen = resolve(used, *options)
        assert len(chosen) > 60
        assert all(version in versions[name] for name, version in chosen.items())
        assert resolve(used, *options, "--find-links", newer) == chosen


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_every_package_has_a_wheel_for_every_system(python, uv, tmp_path):
    for system in SYSTEMS:
        options = ["--dry-run", "--no-config", "--no-build", "--require-hashes"]
        options += ["--target", tmp_path, "--python-version", python, "--python-platform", system]
        done = subprocess.run(
            [uv, "pip", "install", *options, "-r", TEST_LOCK],
            env={k: v for k, v in variables().items() if not k.startswith("UV_")},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{system}: {done.stderr[-1000:]}"
        assert done.stderr.count("\n + ") > 75


def test_a_new_lock_of_what_is_locked_is_the_same(tmp_path, clone):
    before = [(clone / path.name).read_bytes() for path in (LOCK, TEST_LOCK)]
    done = subprocess.run(
        [sys.executable, "run.py", "lock"], cwd=clone, env=variables(), timeout=300, check=False
    )
    assert done.returncode == 0
    assert [(clone / path.name).read_bytes() for path in (LOCK, TEST_LOCK)] == before


def test_an_environment_for_uv_is_made_where_there_is_none(clone):
    (clone / "requirements.lock").unlink()
    done = subprocess.run(
        [sys.executable, "run.py", "lock"],
        cwd=clone,
        env=variables(PATH="/usr/bin:/bin"),
        timeout=300,
        check=False,
    )
    assert done.returncode == 0
    assert "\nclick==" in (clone / "requirements.lock").read_text("utf-8")
    assert not python_of(clone / ".venv").exists()
