"""The other ways to install it: pip from the clone and from a wheel, pipx, uvx."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from installing.environment import python_of

from bacasable import __version__
from tests.install.support import variables

pytestmark = [pytest.mark.sweep, pytest.mark.turns]


def says_version(*command: object, folder: Path, **changed: str) -> bool:
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=variables(BACASABLE_NO_BUNDLE="1", **changed),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return __version__ in done.stdout


def test_pip_installs_the_clone_and_the_wheel_that_is_built_of_it(clone, tmp_path):
    python = python_of(tmp_path / "env")
    pip = [python, "-m", "pip", "-q"]
    ours = variables(BACASABLE_NO_BUNDLE="1")
    for command in (
        [sys.executable, "-m", "venv", tmp_path / "env"],
        [*pip, "install", "./"],
        [*pip, "check"],
        [*pip, "wheel", "--no-deps", "-w", tmp_path, "./"],
        [*pip, "uninstall", "-y", "bacasable"],
    ):
        subprocess.run(command, cwd=clone, env=ours, check=True, timeout=600)
    (wheel,) = tmp_path.glob("*.whl")
    subprocess.run([*pip, "install", wheel], env=ours, check=True, timeout=600)
    script = python.with_name("bacasable")
    assert says_version(script, "--version", folder=tmp_path)
    assert says_version(python, "-m", "bacasable", "--version", folder=tmp_path)


def test_pipx_runs_it(clone, tools, tmp_path):
    homes = {name: str(tmp_path / name) for name in ("PIPX_HOME", "PIPX_BIN_DIR")}
    words = ["run", "--spec", clone, "bacasable", "--version"]
    assert says_version(tools / "pipx", *words, folder=tmp_path, **homes)


def test_uvx_runs_it(clone, tools, tmp_path):
    words = ["--no-config", "--from", clone, "bacasable", "--version"]
    given = {"PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    assert says_version(tools / "uvx", *words, folder=tmp_path, **given)
