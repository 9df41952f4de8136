"""The two commands of this repository, with nothing but Python: `run.py serve` and `run.py test`.

Both make a virtual environment in .venv from the lock files, once, and then do their work in it
(`installing/`). Everything behind `serve` is passed on: `python3 run.py serve --port 4020`.
"""

from __future__ import annotations  # so that an older Python gets as far as the line about it

import os
import subprocess
import sys
from pathlib import Path

from installing.audit import audit
from installing.environment import environment, python_of
from installing.lock import lock

ROOT = Path(__file__).resolve().parent
MINIMUM = (3, 11)
# One more than the cores that it is made for: some of them always wait, for a process, for a
# browser, for a client that is slow.
PARALLEL = ("-n", "3", "--dist", "worksteal")
# The layers that everything stands on are covered whole, every branch, by tests of their own. It
# takes twice the time to measure it, so the sweep does.
LAYERS = ("contract", "core")


def main(arguments: list[str]) -> int:
    """Run a command; the exit status is the command's own, or 2 for a mistake."""
    commands = {"serve": serve, "test": test, "sweep": sweep}
    commands |= {"bench": bench, "docs": docs, "lock": lock, "audit": audit}
    if not arguments or arguments[0] not in commands:
        return _fail(f"give one of: {', '.join(commands)}")
    if sys.version_info < MINIMUM:
        found = ".".join(map(str, sys.version_info[:2]))
        return _fail(f"Python 3.11 or later is needed; this is {found}")
    return commands[arguments[0]](arguments[1:])


def serve(arguments: list[str]) -> int:
    """Start the sandbox."""
    python = environment()
    if python is None:
        return 2
    try:
        return _run(python, "-m", "bacasable", "serve", *arguments)
    except KeyboardInterrupt:
        return 0


def test(arguments: list[str]) -> int:
    """Linters, types and tests. Arguments are those of pytest."""
    python = environment(tests=True)
    if python is None:
        return 2
    _keep_bytecode()
    return _all(
        [python, "-m", "ruff", "check", "."],
        [python, "-m", "ruff", "format", "--check", "."],
        [python, "-m", "mypy"],
        [python, "-m", "pytest", *PARALLEL, *arguments],
    )


def sweep(arguments: list[str]) -> int:
    """What takes longer: tests marked `sweep`, what is covered, commands and pages on the wheel."""
    python = environment(tests=True)
    if python is None:
        return 2
    _keep_bytecode()
    pytest = [python, "-m", "pytest"]
    covered = [f"--cov=src/bacasable/{layer}" for layer in LAYERS]
    covered += ["--cov-report=term:skip-covered", "--cov-fail-under=100"]
    code = _all(
        [*pytest, *PARALLEL, "-m", "sweep", *arguments],
        [*pytest, *PARALLEL, *covered, *(f"tests/{layer}" for layer in LAYERS)],
    )
    return code or _test_wheel()


def _keep_bytecode() -> None:
    """Compile a module once and not once for each process, whatever the environment says.

    The tests start a hundred; the folder keeps the source free of it.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / ".venv" / "bytecode")


def _all(*steps: list[object]) -> int:
    """Run one step after another, up to the first that fails."""
    for step in steps:
        print("+", " ".join(map(str, step[1:])), flush=True)
        if code := _run(*step):
            return code
    return 0


def bench(arguments: list[str]) -> int:
    """Measure, beside named references. Takes a few minutes."""
    python = environment(tests=True)
    return 2 if python is None else _run(python, "-m", "bench", *arguments)


def docs(_arguments: list[str]) -> int:
    """Write anew what is generated: pages, and Python of the controls; a test fails meanwhile."""
    python = environment()
    if python is None:
        return 2
    controls = "bacasable.sandbox.controls.source"
    written = {
        "docs/extensions.md": "bacasable.contract.extensions:as_markdown",
        "docs/checks.md": "bacasable.verify.listing:as_markdown",
        "src/bacasable/client/controls.py": f"{controls}:as_client",
        "src/bacasable/commands/parameters.py": f"{controls}:as_parameters",
    }
    program = (
        "import sys, pathlib, importlib; name, _, write = sys.argv[2].partition(':');"
        "text = getattr(importlib.import_module(name), write)();"
        "pathlib.Path(sys.argv[1]).write_text(text, 'utf-8')"
    )
    for path, source in written.items():
        if code := _run(python, "-c", program, ROOT / path, source):
            return code
    return 0


def _test_wheel() -> int:
    """The tests against what users install: a wheel, away from the source."""
    dist = ROOT / "dist"
    for old in dist.glob("*.whl"):
        old.unlink()
    builder = python_of(ROOT / ".venv")
    pip = [builder, "-m", "pip", "-q", "--disable-pip-version-check"]
    if code := _run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", dist, ROOT):
        return code
    (wheel,) = dist.glob("*.whl")
    python = _borrowing(ROOT / ".venv-wheel", builder)
    if code := _run(*pip, "--python", python, "install", "--no-deps", wheel):
        return code
    # What can differ from the source: data files, entry points, commands, what is served of them.
    chosen = [*PARALLEL, "tests/cli", "tests/client/test_plugin.py"]
    chosen += ["tests/portal/test_viewers.py"]
    served = ("pages", "portal", "walkthrough")
    chosen += [f"tests/server/test_{name}.py" for name in served]
    # -P keeps the current folder off the path: src/ must not stand in for the wheel.
    return _all([python, "-P", "-m", "pytest", "-p", "no:cacheprovider", *chosen])


def _borrowing(folder: Path, lender: Path) -> Path:
    """The Python of a new environment that finds the packages of another one behind its own.

    The package itself is not among them: it stands there as a path in a .pth file, and those of
    a borrowed folder are not read.
    """
    subprocess.run([sys.executable, "-m", "venv", "--clear", "--without-pip", folder], check=True)
    python = python_of(folder)
    lent, own = (_packages_of(one) for one in (lender, python))
    (own / "borrowed.pth").write_text(f"{lent}\n")
    return python


def _packages_of(python: Path) -> Path:
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    done = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
    return Path(done.stdout.strip())


def _run(*command: object) -> int:
    return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode


def _fail(message: str) -> int:
    print(f"run.py: {message}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
