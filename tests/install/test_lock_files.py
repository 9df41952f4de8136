"""The lock files fit pyproject.toml and each other, and leave nothing to choose."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution

import pytest
from installing.environment import LOCK, TEST_LOCK
from installing.lock import entries, inputs_of, read_project
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.install.support import locked

ENTRY = r"[a-z0-9.-]+(\[[a-z,]+\])?==\S+( ; .+?)? \\\n    --hash=sha256:"
LOCKED = locked()
PROJECT = read_project()
BASE = [*PROJECT["project"]["dependencies"], *PROJECT["dependency-groups"]["build"]]
MORE = PROJECT["dependency-groups"]["dev"]


@pytest.mark.parametrize("lock", [LOCK, TEST_LOCK], ids=lambda path: path.name)
def test_a_lock_was_made_from_the_project_as_it_is(lock):
    first = lock.read_text("utf-8").splitlines()[0]
    assert first.endswith(inputs_of(PROJECT)), "run: python3 run.py lock"


@pytest.mark.parametrize(
    "change",
    [
        lambda project: project["project"]["dependencies"].append("six<2"),
        lambda project: project["project"]["dependencies"].pop(),
        lambda project: project["dependency-groups"]["dev"].append("six<2"),
        lambda project: project["dependency-groups"]["build"].append("six<2"),
        lambda project: project["tool"]["uv"]["constraint-dependencies"].clear(),
        lambda project: project["project"].update({"requires-python": ">=3.12"}),
    ],
)
def test_any_change_of_what_is_asked_for_asks_for_a_new_lock(change):
    changed = read_project()
    change(changed)
    assert inputs_of(changed) != inputs_of(PROJECT)


@pytest.mark.parametrize("asked", BASE + MORE)
def test_every_dependency_has_a_bound_and_is_locked_within_it(asked):
    requirement = Requirement(asked)
    assert "<" in asked
    pins = LOCKED[canonicalize_name(requirement.name)]
    assert all(fits(requirement, pin) for pin in pins)


def fits(requirement: Requirement, pin: Requirement) -> bool:
    (version,) = [spec.version for spec in pin.specifier]
    return requirement.specifier.contains(version, prereleases=True)


def wanted_here() -> Iterator[tuple[str, Requirement]]:
    """What each locked package that is installed asks for, on this system."""
    for name, pins in LOCKED.items():
        try:
            found = distribution(name).requires or []
        except PackageNotFoundError:  # for another system
            continue
        extras = {"", *(extra for pin in pins for extra in pin.extras)}
        for requirement in map(Requirement, found):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras):
                yield name, requirement


def test_what_locked_packages_ask_for_is_locked_too_with_its_extras():
    # pip takes `coverage==7.10` for no pin of `coverage[toml]`, and then wants the newest.
    asked = list(wanted_here())
    assert len(asked) > 60
    for name, requirement in asked:
        pins = [p for p in LOCKED[canonicalize_name(requirement.name)] if is_for_here(p)]
        assert len(pins) == 1, f"{name} asks for {requirement}"
        assert fits(requirement, pins[0]), f"{name} asks for {requirement}"
        assert requirement.extras <= pins[0].extras, f"{name} asks for {requirement}"


def is_for_here(pin: Requirement) -> bool:
    return pin.marker is None or pin.marker.evaluate()


def test_every_entry_is_pinned_and_hashed_once_and_no_file_says_where_from():
    found = []
    for lock in (LOCK, TEST_LOCK):
        text = lock.read_text("utf-8")
        assert "://" not in text
        for entry in entries(text):
            assert re.match(
                r"[a-z0-9.-]+(\[[a-z,]+\])?==\S+( ; .+?)? \\\n    --hash=sha256:", entry
            )
            found.append(entry.splitlines()[0])
    assert len(set(found)) == len(found)


def test_serving_needs_no_tool_of_the_tests():
    serving = {re.match(r"[^\s=\[]+", e)[0] for e in entries(LOCK.read_text("utf-8"))}
    testing = {re.match(r"[^\s=\[]+", e)[0] for e in entries(TEST_LOCK.read_text("utf-8"))}
    assert not serving & testing
    assert {canonicalize_name(Requirement(asked).name) for asked in MORE} <= testing
    assert TEST_LOCK.read_text("utf-8").splitlines()[1] == f"-r {LOCK.name}"
