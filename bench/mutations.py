"""`python -m bench.mutations`: whether the tests notice mistakes planted in the product's own code.

Each mutation of `mutations.toml` is made alone, in a copy of the tree that is gone afterwards. The
tests that should notice run first, then all of them. A test that fails has noticed the mutation if
it fails again by itself, and passes without; one that fails anyway, or now and then, is left out
from then on. The checkout is never touched. Another checkout is tried with --tree, by the Python
that runs this, so that two sets of tests can be compared on the same mutations. The exit status is
1 when one was not noticed.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
CATALOGUE = Path(__file__).with_suffix(".toml")
CAUGHT, SURVIVED = "caught", "SURVIVED"
_UNCLEAR, _LATE = "UNCLEAR", "OUT OF TIME"
_MOST = 5
"""So many tests that fail without reason, and nothing can be said."""
_LEFT_OUT = (".git", ".venv*", ".*_cache", ".hypothesis", ".coverage*", "__pycache__", "dist")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?(?:::.+?)?)(?: - .*)?$", re.MULTILINE)
_FAILURES = (1, 2)
"""Statuses of pytest: a test failed, or a file of tests could not be read."""
_UNKNOWN, _NONE = 4, 5
"""Statuses of pytest: there is no test of this name; none is left to run."""


@dataclass(frozen=True)
class Mutation:
    """A mistake: in a file below src/bacasable one text becomes another.

    `suffers` says what a user would bear, `first` are the tests below tests/ that should notice.
    """

    id: str
    file: str
    text: str
    into: str
    suffers: str
    first: tuple[str, ...]

    def path(self, tree: Path) -> Path:
        """The file in a tree."""
        return tree / "src" / "bacasable" / self.file

    def made_in(self, source: str) -> str:
        """The source with the mistake. Raises ValueError when its place is not to be found."""
        if source.count(self.text) != 1:
            raise ValueError(f"{self.id}: its text stands {source.count(self.text)} times")
        return source.replace(self.text, self.into)


@dataclass(frozen=True)
class Tried:
    """What came of a mutation: the verdict, the test that decided it, and how long it took."""

    verdict: str
    test: str
    seconds: float


@dataclass(frozen=True)
class Bounds:
    """Seconds for the tests that run first, and for all of them; 0 seconds leave these out."""

    first: float = 600
    all: float = 2400


def catalogue() -> list[Mutation]:
    """The mutations, in the order of the layers."""
    entries = tomllib.loads(CATALOGUE.read_text("utf-8"))["mutation"]
    return [Mutation(**entry | {"first": tuple(entry["first"])}) for entry in entries]


def tried(mutation: Mutation, tree: Path, bounds: Bounds) -> Tried:
    """Make a mutation in a copy of a tree, and run the tests there."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        copy = Path(folder, "tree")
        shutil.copytree(tree, copy, ignore=shutil.ignore_patterns(*_LEFT_OUT))
        verdict, test = _Trial(mutation, copy, bounds).verdict()
    return Tried(verdict, test, time.monotonic() - began)


class _Trial:
    """A mutation in a copy of a tree, and the tests that are left out of it."""

    def __init__(self, mutation: Mutation, copy: Path, bounds: Bounds) -> None:
        self._copy, self._bounds = copy, bounds
        self._place = mutation.path(copy)
        self._sound = self._place.read_text("utf-8")
        self._changed = mutation.made_in(self._sound)
        self._first = [name for name in mutation.first if (copy / "tests" / name).exists()]
        self._left_out: list[str] = []
        self._written = 0

    def verdict(self) -> tuple[str, str]:
        """Whether the mutation is caught, and by which test."""
        runs = []
        if self._first:
            runs.append(([f"tests/{name}" for name in self._first], self._bounds.first))
        if self._bounds.all:
            runs.append((["-n", "2", "--dist", "worksteal", "tests"], self._bounds.all))
        for tests, seconds in runs:
            while True:
                status, failed = self._failed(self._changed, ["-x", *tests], seconds)
                if status is None:
                    return _LATE, " ".join(tests)
                if status == _UNKNOWN:
                    raise RuntimeError(f"pytest cannot run {' '.join(tests)}")
                if not failed:
                    break
                if self._noticed(failed):
                    return CAUGHT, failed
                self._left_out.append(failed)
                if len(self._left_out) == _MOST:
                    return _UNCLEAR, " ".join(self._left_out)
        return SURVIVED, ""

    def _noticed(self, test: str) -> bool:
        """Whether a test fails by itself with the mutation, and without it passes."""
        again, _ = self._failed(self._changed, [test], self._bounds.first)
        if again == _UNKNOWN:  # its name is one that cannot be given
            test = test.partition("::")[0]
            again, _ = self._failed(self._changed, [test], self._bounds.first)
        without, _ = self._failed(self._sound, [test], self._bounds.first)
        return again in _FAILURES and without == 0

    def _failed(self, source: str, arguments: list[str], seconds: float) -> tuple[int | None, str]:
        """Status of pytest with a source in place, and the first test that failed."""
        self._place.write_text(source, "utf-8")
        # Bytecode is known by the second its source was written in, and by its length.
        self._written += 1
        os.utime(self._place, (self._written, self._written))
        # A file that cannot be read has no tests to deselect.
        options = [f"--{'deselect' if '::' in t else 'ignore'}={t}" for t in self._left_out]
        status, said = _pytest(self._copy, [*options, *arguments], seconds)
        if status not in (None, 0, *_FAILURES, _UNKNOWN, _NONE):
            raise RuntimeError(f"pytest ended with {status}: {said[-2000:]}")
        found = _FAILED.search(said) if status in _FAILURES else None
        if status in _FAILURES and not found:
            raise RuntimeError(f"pytest named no test that failed: {said[-2000:]}")
        return status, found[1] if found else ""


def _pytest(copy: Path, arguments: list[str], seconds: float) -> tuple[int | None, str]:
    """Status and output of pytest in a copy; no status when its time was over."""
    rest = copy.parent / "temporary"
    rest.mkdir(exist_ok=True)
    # In front of an editable installation, which is a path as well.
    environment = os.environ | {"PYTHONPATH": str(copy / "src"), "TMPDIR": str(rest)}
    options = ["-q", "-rfE", "--tb=no", "-p", "no:cacheprovider"]
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *options, *arguments],
        cwd=copy,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            _end(process)
    return process.returncode, said


def _end(process: "subprocess.Popen[str]") -> None:
    """End all that was started for a run of the tests, and is still there."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _row(mutation: Mutation, result: Tried) -> str:
    return f"{mutation.id:32} {result.verdict:12} {result.seconds:6.1f} s  {result.test}".rstrip()


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.mutations", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[], metavar="ID")
    parser.add_argument(
        "--tests", choices=("all", "first"), default="all", help="first: none but those named"
    )
    parser.add_argument("--tree", type=Path, default=ROOT, metavar="FOLDER", help="a checkout")
    bounds = Bounds()
    parser.add_argument("--first-seconds", type=float, default=bounds.first, metavar="N")
    parser.add_argument("--all-seconds", type=float, default=bounds.all, metavar="N")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try the mutations one after the other, and print a row for each."""
    options = _arguments(arguments)
    known = catalogue()
    unknown = sorted({*options.only} - {mutation.id for mutation in known})
    if unknown:
        print(f"bench.mutations: no mutation is called {', '.join(unknown)}", file=sys.stderr)
        return 2
    bounds = Bounds(options.first_seconds, options.all_seconds if options.tests == "all" else 0)
    chosen = [mutation for mutation in known if not options.only or mutation.id in options.only]
    caught = 0
    for mutation in chosen:
        result = tried(mutation, options.tree.resolve(), bounds)
        caught += result.verdict == CAUGHT
        print(_row(mutation, result), flush=True)
    print(f"{caught} of {len(chosen)} caught")
    return 0 if caught == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
