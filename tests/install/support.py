"""What the tests of the installation share: the files of the clone, copied, and a clean pip."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from installing.environment import LOCK, ROOT, TEST_LOCK
from installing.lock import entries

PUBLIC = {"PIP_CONFIG_FILE": os.devnull}
_UNSET = ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONSTRAINT", "PIP_INDEX_URL")


def variables(**changed: str) -> dict[str, str]:
    """This environment, with the public index alone and no language but English."""
    kept = {k: v for k, v in os.environ.items() if k not in _UNSET}
    return kept | PUBLIC | {"PYTHONDONTWRITEBYTECODE": ""} | changed


def copy_of_the_clone(folder: Path) -> Path:
    """The files under version control as they are now, without what they were built to."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def run(
    folder: Path, *words: str, python: str = sys.executable, **changed: str
) -> subprocess.CompletedProcess[str]:
    """`run.py` in a copy of the clone."""
    return subprocess.run(
        [python, "run.py", *words],
        cwd=folder,
        env=variables(**changed),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def locked() -> dict[str, Any]:
    """Name and requirement of every entry of both locks, in the tests' own packaging."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, list[Requirement]] = {}
    for lock in (LOCK, TEST_LOCK):
        for entry in entries(lock.read_text("utf-8")):
            requirement = Requirement(entry.partition("\\")[0])
            found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found
