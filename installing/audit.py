"""What is installed with the project: its licences, and its known vulnerabilities.

`python3 run.py audit` lists the licence of every locked package and fails for one that is not
among those below, or names none. Then it asks pip-audit, in an environment of its own, for known
vulnerabilities; where the services that know them cannot be reached, it says so and goes on.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from .environment import LOCK, ROOT, TEST_LOCK, environment, python_of

ALLOWED = re.compile(
    r"\b(MIT|BSD|Apache|PSF|Python Software Foundation|ISC|MPL|Mozilla|Unlicense|0BSD|CC0|Zlib)\b"
)
FORBIDDEN = re.compile(r"\b[AL]?GPL", re.IGNORECASE)
AUDIT = ROOT / ".venv-audit"
_READ = """
import json
from importlib.metadata import distributions
print(json.dumps([
    [d.metadata["Name"], d.version, d.metadata.get("License-Expression") or "",
     d.metadata.get("License") or d.read_text("licenses/LICENSE") or d.read_text("LICENSE") or "",
     d.metadata.get_all("Classifier") or []]
    for d in distributions()
]))
"""


def audit(_arguments: list[str]) -> int:
    """List licences and look for vulnerabilities; 1 when one is not allowed, or one was found."""
    python = environment(tests=True)
    if python is None:
        return 2
    done = subprocess.run([python, "-c", _READ], capture_output=True, text=True, check=True)
    wrong = []
    for name, version, expression, text, classifiers in sorted(json.loads(done.stdout)):
        licence = _licence(expression, text, classifiers)
        print(f"{name:32} {version:14} {licence}")
        if name != "bacasable" and (FORBIDDEN.search(licence) or not ALLOWED.search(licence)):
            wrong.append(f"{name} {version}: {licence or 'names no licence'}")
    for line in wrong:
        print(f"run.py: {line}: is not among the licences that we take", file=sys.stderr)
    return 1 if wrong else _vulnerabilities()


def _licence(expression: str, text: str, classifiers: list[str]) -> str:
    said = [c.split(" :: ")[-1] for c in classifiers if c.startswith("License :: ")]
    return expression or ", ".join(said) or " ".join(text.split())[:60]


def _vulnerabilities() -> int:
    """Ask pip-audit. What has no answer is no finding: nobody's build depends on a service."""
    python = python_of(AUDIT)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", AUDIT], check=True)
    pip: list[str | Path] = [
        python,
        "-m",
        "pip",
        "-q",
        "--disable-pip-version-check",
        "install",
        "pip-audit",
    ]
    if subprocess.run(pip, check=False, capture_output=True).returncode:
        print("run.py: pip-audit cannot be installed here; vulnerabilities were not looked for")
        return 0
    found = 0
    for lock in (LOCK, TEST_LOCK):
        found |= _audited(python, lock)
    return found


def _audited(python: Path, lock: Path) -> int:
    command: list[str | Path] = [
        python,
        "-m",
        "pip_audit",
        "--disable-pip",
        "--require-hashes",
        "--no-deps",
    ]
    command += ["--progress-spinner", "off", "--timeout", "10", "-r", lock]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180)
    except subprocess.TimeoutExpired:
        print(
            f"run.py: {lock.name}: no answer of the services; vulnerabilities were not looked for"
        )
        return 0
    if done.returncode and "vulnerabilit" in done.stdout + done.stderr and "Found" in done.stderr:
        print(done.stdout + done.stderr)
        return 1
    last = (done.stderr.strip() or "no known vulnerabilities").splitlines()[-1]
    said = last if done.returncode == 0 else "the services that know them cannot be reached"
    print(f"run.py: {lock.name}: {said}")
    return 0
