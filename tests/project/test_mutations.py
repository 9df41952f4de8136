"""Planted mutations stay true when code changes, and the tool tells which test notices them."""

import ast
import fcntl
import tempfile
import time
from pathlib import Path

import pytest
from bench import mutations
from bench.mutations import CAUGHT, SURVIVED, Bounds, Mutation, catalogue, tried

ROOT = Path(__file__).parents[2]
LAYERS = {"contract", "core", "sandbox", "server", "platforms", "client", "commands"}
MISTAKE = Mutation("wrong-sum", "sums.py", "n + n", "n * n", "Sums are wrong.", ("test_sums.py",))
QUICK = Bounds(first=60, all=0)


def test_every_mutation_can_be_planted_and_names_tests_that_exist():
    wrong = []
    for mutation in catalogue():
        source = mutation.path(ROOT).read_text("utf-8")
        try:
            changed = mutation.made_in(source)
            if ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source)):
                wrong.append(f"{mutation.id}: changes nothing")
        except (ValueError, SyntaxError) as error:
            wrong.append(f"{mutation.id}: {error}")
        wrong += [
            f"{mutation.id}: there is no tests/{name}"
            for name in mutation.first
            if not (ROOT / "tests" / name).exists()
        ]
        if not mutation.suffers[:1].isupper() and mutation.suffers[:1] != "`":
            wrong.append(f"{mutation.id}: say in a sentence what a user suffers")
    assert not wrong


def test_the_mutations_are_spread_over_all_layers():
    found = catalogue()
    assert len(found) >= 40
    assert len({mutation.id for mutation in found}) == len(found)
    assert {mutation.file.partition("/")[0] for mutation in found} == {*LAYERS, "portal", "verify"}
    assert {mutation.file for mutation in found} <= {
        path.relative_to(ROOT / "src/bacasable").as_posix()
        for path in (ROOT / "src/bacasable").rglob("*.py")
    }


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """`tree(test)`: a small checkout with one function and this test of it."""
    copies = tmp_path / "copies"
    copies.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(copies))
    # Plugins that are not needed take seconds to load.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin")
    package, tests = tmp_path / "made/src/bacasable", tmp_path / "made/tests"
    package.mkdir(parents=True)
    tests.mkdir()
    (package / "__init__.py").touch()
    (package / "sums.py").write_text("def double(n):\n    return n + n\n")

    def written(test: str) -> Path:
        (tests / "test_sums.py").write_text(f"from bacasable.sums import double\n{test}\n")
        return tmp_path / "made"

    yield written
    assert list(copies.iterdir()) == []
    assert (package / "sums.py").read_text() == "def double(n):\n    return n + n\n"


def test_a_mutation_is_caught_by_the_test_that_fails_with_it_alone(tree):
    found = tried(MISTAKE, tree("def test_double():\n    assert double(5) == 10"), QUICK)
    assert (found.verdict, found.test) == (CAUGHT, "tests/test_sums.py::test_double")


def test_a_mutation_that_no_test_notices_survives_and_leaves_no_process(tree, tmp_path):
    held = tmp_path / "held"
    # The child has the lock for as long as it lives.
    leaving = f"""
import fcntl, subprocess
def test_double():
    lock = open({str(held)!r}, "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    child = subprocess.Popen(["sleep", "600"], pass_fds=[lock.fileno()])
    child.returncode = 0
    assert double(2) == 4"""
    assert tried(MISTAKE, tree(leaving), QUICK).verdict == SURVIVED
    with held.open() as lock:
        # Who is killed gives it up a moment later, where others want the processor.
        until = time.monotonic() + 30
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                assert time.monotonic() < until
                time.sleep(0.05)


@pytest.mark.sweep
def test_a_test_that_fails_anyway_or_now_and_then_has_noticed_nothing(tree, tmp_path):
    unsound = f"""
from pathlib import Path
def test_anyway():
    assert double(5) == 11
def test_now_and_then():
    before = Path({str(tmp_path / "before")!r})
    known = before.exists()
    before.touch()
    assert known
"""
    sound = "def test_double():\n    assert double(5) == 10"
    found = tried(MISTAKE, tree(unsound + sound), QUICK)
    assert (found.verdict, found.test) == (CAUGHT, "tests/test_sums.py::test_double")


def test_tests_that_do_not_end_are_ended(tree):
    # A sleep would fail where the clock is set ahead: see tests/ahead.
    endless = tree("from select import select\ndef test_double():\n    select([], [], [], 600)")
    assert tried(MISTAKE, endless, Bounds(first=2, all=0)).verdict == "OUT OF TIME"


@pytest.mark.sweep
def test_the_tests_named_are_followed_by_all_others(tree):
    made = tree("def test_double():\n    assert double(2) == 4")
    (made / "tests/test_more.py").write_text(
        "from bacasable.sums import double\ndef test_more():\n    assert double(3) == 6\n"
    )
    found = tried(MISTAKE, made, Bounds(first=60, all=60))
    assert (found.verdict, found.test) == (CAUGHT, "tests/test_more.py::test_more")


def test_a_row_for_each_and_their_number(tree, monkeypatch, capsys):
    monkeypatch.setattr(mutations, "catalogue", lambda: [MISTAKE])
    made = tree("def test_double():\n    assert double(2) == 4")
    assert mutations.main(["--tests", "first", "--tree", str(made)]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.split()[:2] == ["wrong-sum", SURVIVED]
    assert last == "0 of 1 caught"
    assert mutations.main(["--only", "rong-sum"]) == 2
    assert capsys.readouterr().err == "bench.mutations: no mutation is called rong-sum\n"
