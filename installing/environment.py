"""The virtual environment in .venv: made once, added to, and made anew when it is not whole.

Three steps, each done again only when what it was made of has changed: the packages of
requirements.lock, the project itself, and for the tests the packages of requirements-test.lock.
A file in .venv says what was done and lists the files that came of it, so that the next run sees
at a glance what is missing. It is written last: whatever breaks off before is begun anew.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from . import failures, steps
from .failures import InstallError
from .progress import Progress

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / ".venv"
STAMP = FOLDER / "installed.json"
LOG = "bacasable-install.log"
LOCK = ROOT / "requirements.lock"
TEST_LOCK = ROOT / "requirements-test.lock"
# The scripts of others are brought in when the package is installed (hatch_build.py).
SCRIPTS = ROOT / "src" / "bacasable" / "portal" / "web" / "packages.json"
SOURCES = {
    "packages": (LOCK,),
    "project": (ROOT / "pyproject.toml", ROOT / "hatch_build.py", SCRIPTS),
    "tests": (TEST_LOCK,),
}
MEGABYTES = {"packages": 250, "project": 20, "tests": 350}
_BEGUN = "begun"
# People bring pip up to date.
_UNWATCHED = re.compile(r"__pycache__|pip|pip-.*\.dist-info|pip[\d.]*(\.exe)?|.*\.pyc")


class UntouchedError(InstallError):
    """A step has failed before it changed anything."""


def environment(*, tests: bool = False) -> Path | None:
    """The Python of a whole environment, or None when it could not be made, which has been told."""
    names = ["packages", "project", *(["tests"] if tests else [])]
    try:
        if _todo(names)[1]:
            with _alone():
                _install(names)
    except InstallError as error:
        print(f"run.py: {error}", file=sys.stderr)
        return None
    except KeyboardInterrupt:
        print("\nrun.py: interrupted while it installed; the next run begins anew", file=sys.stderr)
        raise SystemExit(130) from None
    return python_of(FOLDER)


def python_of(folder: Path) -> Path:
    """The Python in a virtual environment."""
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _todo(names: list[str]) -> tuple[str | None, list[str]]:
    """Why the environment must be made anew, if so, and the steps to do."""
    stamp = _stamp()
    reason = _broken(stamp, names)
    if reason is not None:
        return reason, names
    todo = [name for name in names if stamp["steps"].get(name) != _wanted(name)]
    if todo and not any(FOLDER.rglob("site-packages/pip/__main__.py")):
        return "its pip is missing", names
    return None, todo


def _broken(stamp: dict[str, Any], names: list[str]) -> str | None:
    """What is wrong with the environment. Empty: there is none. None: it is whole."""
    if not stamp:
        return "it was not finished" if FOLDER.is_dir() and any(FOLDER.iterdir()) else ""
    if stamp["root"] != str(ROOT):
        return "the clone was moved"
    if stamp["base"] != _base(python_of(FOLDER)):
        return "its Python is gone"
    if stamp["python"] != _python():
        return f"it is for {stamp['python']}, and this is {_python()}"
    return _damaged(stamp["files"]) or _outdated(stamp["steps"], names)


def _damaged(files: dict[str, int]) -> str | None:
    for name, size in files.items():
        try:
            found = (FOLDER / name).stat().st_size
        except OSError:
            return f"{name} is missing"
        if found != size:
            return f"{name} has changed"
    return None


def _outdated(done: dict[str, str], names: list[str]) -> str | None:
    """Steps that cannot be done over what is there: what they left behind would stay."""
    for name in names:
        if done.get(name) == _BEGUN:
            return "it was not finished"
        if name != "project" and done.get(name) not in {None, _wanted(name)}:
            return f"{SOURCES[name][0].name} has changed"
    return None


def _stamp() -> dict[str, Any]:
    """What was written of the environment; empty when nothing was, or nothing that can be read."""
    try:
        stamp: dict[str, Any] = json.loads(STAMP.read_text("utf-8"))
        return stamp if set(stamp) == {"root", "base", "python", "steps", "files"} else {}
    except (OSError, ValueError, TypeError):
        return {}


def _wanted(name: str) -> str:
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in SOURCES[name]))
    if name == "project":  # without npm the scripts of others are missing: with it, try again
        digest.update(b"npm" if shutil.which("npm") else b"")
    return digest.hexdigest()


def _python() -> str:
    return f"{sys.implementation.name} {sys.version_info[0]}.{sys.version_info[1]}"


def _base(python: Path) -> str | None:
    """The file that a virtual environment's Python stands for, or None when it is gone."""
    return os.path.realpath(python) if python.exists() else None


@contextmanager
def _alone() -> Iterator[None]:
    """Wait while another run installs into the same folder; what it made is then there."""
    try:
        import fcntl  # noqa: PLC0415 - not on Windows
    except ImportError:
        yield
        return
    with LOCK.open("rb") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("run.py: waiting for another run that installs", file=sys.stderr, flush=True)
            fcntl.flock(held, fcntl.LOCK_EX)
        except OSError:
            pass  # a file system without locks
        yield


def _install(names: list[str]) -> None:
    """Do what is to do, and write down what was done, step by step."""
    reason, todo = _todo(names)
    if not todo:
        return  # another run has done it meanwhile
    began = time.monotonic()
    again = f" anew ({reason})" if reason else ""
    print(f"Installing into {FOLDER.name}{again} ...", file=sys.stderr, flush=True)
    progress = Progress(len(todo) + (reason is not None))
    try:
        if reason is not None:
            _make(progress)
        for name in todo:
            _do(name, progress)
    except OSError as error:
        raise _failure("it", failures.numbered(error), sum(MEGABYTES[n] for n in todo)) from error
    finally:
        progress.stopped()
    print(f"Installed in {time.monotonic() - began:.0f} s.", file=sys.stderr, flush=True)


def _do(name: str, progress: Progress) -> None:
    """Do one step. One that breaks off is known by its mark, unless it had changed nothing."""
    stamp = _stamp()
    if stamp:
        _write(stamp | {"steps": stamp["steps"] | {name: _BEGUN}})
    try:
        _STEPS[name](progress)
    except UntouchedError:
        if stamp:
            _write(stamp)
        raise
    steps_done = stamp["steps"] if stamp else {}
    _write(
        {
            "root": str(ROOT),
            "base": _base(python_of(FOLDER)),
            "python": _python(),
            "steps": steps_done | {name: _wanted(name)},
            "files": dict(_files()),
        }
    )


def _make(progress: Progress) -> None:
    """An empty environment with pip, where there was none or another."""
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        version = ".".join(map(str, sys.version_info[:2]))
        raise InstallError(
            f"{sys.executable} has no module venv or ensurepip; on Debian and Ubuntu:"
            f" apt install python3-venv (or python{version}-venv)"
        )
    progress.step("environment")
    FOLDER.mkdir(exist_ok=True)
    # A folder that cannot be written is better told here than by what venv says of it. From here
    # on nothing counts as installed.
    (FOLDER / ".probe").write_bytes(b"")
    with suppress(FileNotFoundError):
        STAMP.unlink()
    # In a virtual environment of the user's own, the Python that it was made of.
    maker = getattr(sys, "_base_executable", None) or sys.executable
    command = [maker, "-I", "-m", "venv", "--clear", str(FOLDER)]
    _run("the virtual environment", command, progress, lambda _: progress.at(), 50)
    version = ".".join(map(str, sys.version_info[:3]))
    progress.done(f"Python {version}")


def _packages(progress: Progress) -> None:
    _locked(progress, LOCK, "packages")


def _tests(progress: Progress) -> None:
    _locked(progress, TEST_LOCK, "tests")


def _locked(progress: Progress, lock: Path, name: str) -> None:
    """The packages of a lock. It is complete, so that pip has nothing to resolve."""
    progress.step("packages" if name == "packages" else "packages for the tests")
    counter = steps.Counter(progress, lock)
    options = ["--no-deps", "--require-hashes", "-r", lock.name]
    command = [*_pip(), *options]
    _run(f"the packages of {lock.name}", command, progress, counter, MEGABYTES[name])
    progress.done(f"{counter.total} of {counter.total}")


def _project(progress: Progress) -> None:
    """The project itself, where it lies."""
    progress.step("bacasable")
    command = [*_pip(), "-v", "--no-deps", "--no-build-isolation", "-e", "."]
    said = _run("bacasable", command, progress, lambda _: progress.at(), MEGABYTES["project"])
    if not str(ROOT).isascii():
        # Python before 3.13 reads these files in the encoding of the system, pip writes UTF-8.
        site = next(FOLDER.rglob("site-packages"))
        (site / "bacasable_source.pth").write_text(os.path.relpath(ROOT / "src", site) + "\n")
    missing = re.search(r"Built without .*", said)
    progress.done(missing[0] if missing else "done")


_STEPS: dict[str, Callable[[Progress], None]] = {
    "packages": _packages,
    "project": _project,
    "tests": _tests,
}


def _pip() -> list[str]:
    # Compiling everything takes longer than what is used when it is used, unless it is not kept.
    compiling = [] if sys.dont_write_bytecode else ["--no-compile"]
    return [str(python_of(FOLDER)), "-I", "-X", "utf8", "-m", "pip", "install", *compiling]


def _run(
    what: str, command: list[str], progress: Progress, heard: Callable[[str], None], megabytes: int
) -> str:
    """Run a step. What it said goes to the log, and the cause of its failure to the reader."""
    try:
        said = steps.run(command, ROOT, heard)
    except steps.StepError as error:
        progress.stopped()
        failure = _failure(what, str(error), megabytes)
        # pip fetches everything before it writes anything.
        untouched = "Installing collected packages" not in str(error)
        raise (UntouchedError(str(failure)) if untouched else failure) from error
    _log(what, said)
    return said


def _failure(what: str, said: str, megabytes: int) -> InstallError:
    free = shutil.disk_usage(FOLDER if FOLDER.is_dir() else ROOT).free // 1_000_000
    cause = failures.explain(
        said, megabytes=megabytes, folder=FOLDER, python=python_of(FOLDER), free=free
    )
    log = _log(what, said)
    where = f" (in full: {log})" if log else ""
    return InstallError(f"{what} could not be installed: {cause}{where}")


def _log(what: str, said: str) -> Path | None:
    """Keep what a step said, beside the environment or in the folder for temporary files."""
    for folder in (str(FOLDER), None):
        with suppress(OSError):
            path = Path(folder or tempfile.gettempdir(), LOG)
            with path.open("a", encoding="utf-8") as log:
                log.write(f"== {what}\n{said}\n")
            return path
    return None


def _write(stamp: dict[str, Any]) -> None:
    """In one go: half a file would be taken for none."""
    part = STAMP.with_suffix(".part")
    part.write_text(json.dumps(stamp), "utf-8")
    part.replace(STAMP)


def _files() -> Iterator[tuple[str, int]]:
    """The files of the environment and their sizes, but for those that change by being used."""
    for folder, inner, names in os.walk(FOLDER):
        inner[:] = [name for name in inner if not _UNWATCHED.fullmatch(name)]
        for name in names:
            path = Path(folder, name)
            if path.parent != FOLDER and path.is_file() and not _UNWATCHED.fullmatch(name):
                yield str(path.relative_to(FOLDER)), path.stat().st_size
