"""The wheel under the other Pythons of the machine: it is installed, serves, and judges a server.

What it depends on is installed as users get it, in the newest versions that its ranges allow.
"""

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.verify.foreign.notes import KEY, Notes
from tests.verify.foreign.serving import served

ROOT = Path(__file__).parents[2]
NOTES = ROOT / "tests/verify/foreign/notes.yaml"
VERSIONS = [f"3.{minor}" for minor in range(12, 15)]
TENANT = "votre-tenant"
PATIENCE = 600

pytestmark = [pytest.mark.sweep, pytest.mark.turns]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    options = ["--no-deps", "--no-build-isolation", "--disable-pip-version-check", "-q"]
    run(sys.executable, "-m", "pip", "wheel", *options, "-w", folder, ROOT)
    (made,) = folder.glob("*.whl")
    return made


def found(version: str) -> str | None:
    """A Python of this version: on the path, or among those of pyenv."""
    kept = Path.home() / ".pyenv/versions"
    named = [shutil.which(f"python{version}"), *sorted(kept.glob(f"{version}.*/bin/python3"))]
    for path in filter(None, named):
        asked = [path, "-c", "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return str(path)
    return None


def run(*command: object) -> str:
    """What a command prints, which must succeed."""
    done = subprocess.run(
        [str(part) for part in command],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
        env=os.environ | {"PYTHONPATH": ""},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@contextmanager
def serving(command: Path) -> Iterator[str]:
    """The address of the API of a sandbox in a process of its own."""
    with subprocess.Popen(
        [command, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        try:
            line = next(line for line in process.stdout if "Base URL" in line)
            yield line.split()[-1]
        finally:
            process.terminate()


@pytest.mark.parametrize("version", VERSIONS)
def test_the_wheel_serves_and_judges(version: str, wheel: Path, tmp_path: Path) -> None:
    python = found(version)
    if python is None:
        pytest.skip(f"there is no Python {version} with venv on this machine")
    run(python, "-m", "venv", tmp_path / "venv")
    programs = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "-q", wheel)
    command = programs / "bacasable"
    with serving(command) as base:
        token = run(command, "token", "--base-url", base, "--tenant", TENANT).strip()
        headers = {"Authorization": f"Bearer {token}", "X-Tenant-ID": TENANT}
        request = urllib.request.Request(f"{base}/courses/crs_excel_macro", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer)["data"]["id"] == "crs_excel_macro"
    judged = ["verify", "--contract", NOTES, "--profile", "quick", "--max-time", "30s"]
    with served(Notes().app) as url:
        run(command, *judged, "--header", f"X-Api-Key: {KEY}", url)
