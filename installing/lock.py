"""`python3 run.py lock`: the two lock files, made by uv from pyproject.toml and the public index.

requirements.lock holds what the package needs and what its editable install is built with;
requirements-test.lock what the tests need on top of it, in versions that agree. Both name every
package with its extras, its marker and the hashes of its files, for every Python and system that
the package runs on, so that nothing published later changes what is installed. What is locked stays
as it is where it can; `python3 run.py lock --upgrade` (or another option of uv) renews it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from .environment import LOCK, ROOT, TEST_LOCK, python_of

_UV = "uv>=0.8,<1"
_OPTIONS = (
    "--universal",
    "--generate-hashes",
    "--no-strip-extras",
    "--no-annotate",
    "--no-header",
    "--no-config",
    "--quiet",
)
_ENTRY = re.compile(r"(?m)^(?=[A-Za-z0-9])")


def lock(options: list[str]) -> int:
    """Write both files anew; the exit status is uv's, or 2 when it cannot be had."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        uv = shutil.which("uv") or _fetched(folder / "uv")
        if uv is None:
            print("run.py: uv could not be installed; see the lines above", file=sys.stderr)
            return 2
        project = read_project()
        oldest = re.sub(r"[^\d.]", "", project["project"]["requires-python"])
        options = [f"--python-version={oldest}", *options]
        fixed = folder / "constraints.txt"
        fixed.write_text("\n".join(project["tool"]["uv"]["constraint-dependencies"]) + "\n")
        base, whole = folder / "base.txt", folder / "whole.txt"
        base.write_text(_text(LOCK), "utf-8")
        if code := _compile(uv, base, ["--group=build", f"-c={fixed}", *options]):
            return code
        whole.write_text(base.read_text("utf-8") + "".join(entries(_text(TEST_LOCK))), "utf-8")
        groups = ["--group=build", "--group=dev", f"-c={fixed}", f"-c={base}"]
        if code := _compile(uv, whole, [*groups, *options]):
            return code
        _write(base.read_text("utf-8"), whole.read_text("utf-8"), inputs_of(project))
    return 0


def read_project() -> dict[str, Any]:
    """What pyproject.toml says."""
    import tomllib  # noqa: PLC0415 - an older Python reads this module before it is told so

    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def inputs_of(project: dict[str, Any]) -> str:
    """A digest of all that the lock files are made from; both name it in their first line."""
    made_from = [
        project["project"]["requires-python"],
        sorted(project["project"]["dependencies"]),
        sorted(project["dependency-groups"]["build"]),
        sorted(project["dependency-groups"]["dev"]),
        sorted(project["tool"]["uv"]["constraint-dependencies"]),
    ]
    return hashlib.sha256(json.dumps(made_from).encode()).hexdigest()


def entries(text: str) -> list[str]:
    """The entries of a lock file, each a requirement and its hashes."""
    return [part for part in _ENTRY.split(text) if part and not part.startswith(("#", "-"))]


def _compile(uv: str, output: Path, options: list[str]) -> int:
    command = [uv, "pip", "compile", "pyproject.toml", *_OPTIONS, f"--python={sys.executable}"]
    command += [*options, f"--output-file={output}"]
    # The index is the public one, whatever this machine is set to.
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("UV_", "PIP_"))}
    code = subprocess.run(command, cwd=ROOT, env=kept, stdout=subprocess.DEVNULL, check=False)
    return code.returncode


def _fetched(folder: Path) -> str | None:
    """What is fetched of uv into an environment that is thrown away."""
    python = python_of(folder)
    making = [sys.executable, "-m", "venv", folder], [python, "-m", "pip", "-q", "install", _UV]
    for command in making:
        if subprocess.run([str(part) for part in command], check=False).returncode:
            return None
    return shutil.which("uv", path=str(python.parent))


def _text(path: Path) -> str:
    return path.read_text("utf-8") if path.exists() else ""


def _write(base: str, whole: str, inputs: str) -> None:
    """Each package once: the second file begins with the first."""
    head = f"# Made by `python3 run.py lock` from pyproject.toml, {inputs}\n"
    LOCK.write_text(head + base, "utf-8")
    known = set(entries(base))
    more = "".join(entry for entry in entries(whole) if entry not in known)
    TEST_LOCK.write_text(f"{head}-r {LOCK.name}\n{more}", "utf-8")
