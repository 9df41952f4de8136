"""Fixtures of the tests of the installation."""

import subprocess
import sys
from pathlib import Path

import pytest
from installing.environment import python_of

from tests.install.support import copy_of_the_clone, variables


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A fresh copy of the clone, in a path that is hard to quote."""
    return copy_of_the_clone(tmp_path / "clé d'essai")


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment with uv and pipx."""
    folder = tmp_path_factory.mktemp("tools")
    python = python_of(folder)
    for command in (
        [sys.executable, "-m", "venv", folder],
        [python, "-m", "pip", "install", "-q", "uv", "pipx"],
    ):
        subprocess.run(command, env=variables(), check=True, timeout=300)
    return python.parent


@pytest.fixture(scope="session")
def uv(tools: Path) -> Path:
    """The program uv, the newest."""
    return tools / "uv"
