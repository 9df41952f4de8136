"""A plugin of our own runs: tests in random order when asked, and at the end what was left out.

Of tests marked `turns` a sweep runs a third, and the others on the next two days; all of them with
BACASABLE_SWEEP=all.

`--order SEED` shuffles folders, files in them, and tests in those: what shares a costly fixture
stays together. With a `-` the seed is drawn; it stands in the head of the run.
"""

import os
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

SWEEP = "take long: python3 run.py sweep"
TURN = "wait for their turn: BACASABLE_SWEEP=all python3 run.py sweep"
_LEFT_OUT = "bacasable_left_out"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--order", metavar="SEED", default="", help="shuffle the tests, '-' anyhow")


_DESELECTED = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_DESELECTED] = Counter()
    # A worker shuffles as all others do, and leaves out what they do.
    given = getattr(config, "workerinput", {})
    config.option.day = given.get("day", datetime.now(UTC).toordinal())
    seed = given.get("order", config.option.order)
    config.option.order = str(random.SystemRandom().randrange(10**6)) if seed == "-" else seed


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["order"] = node.config.option.order
    node.workerinput["day"] = node.config.option.day


def pytest_report_header(config: pytest.Config) -> str | None:
    return f"order: --order {config.option.order}" if config.option.order else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seed = config.option.order
    if config.option.markexpr == "sweep" and os.environ.get("BACASABLE_SWEEP") != "all":
        waiting = _waiting(items, config.option.day)
        config.stash[_DESELECTED][TURN] += len(waiting)
        config.hook.pytest_deselected(items=waiting)
        items[:] = [item for item in items if item not in waiting]
    if seed:
        items.sort(key=lambda item: _place(seed, item.nodeid))


def _waiting(items: list[pytest.Item], day: int) -> list[pytest.Item]:
    """Two of three of those that take turns, in each file."""
    seen: Counter[str] = Counter()
    waiting = []
    for item in items:
        if item.get_closest_marker("turns") and item.get_closest_marker("sweep"):
            file = item.nodeid.partition("::")[0]
            seen[file] += 1
            if (seen[file] + day) % 3:
                waiting.append(item)
    return waiting


def _place(seed: str, nodeid: str) -> list[float]:
    """A random number for each folder on the way to a test, its file, and itself."""
    file, _, name = nodeid.partition("::")
    steps = [*file.split("/"), name]
    ways = ["/".join(steps[: end + 1]) for end in range(len(steps))]
    return [random.Random(f"{seed} {way}").random() for way in ways]


def pytest_deselected(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("sweep") and item.config.option.markexpr == "not sweep":
            item.config.stash[_DESELECTED][SWEEP] += 1


def pytest_sessionfinish(session: pytest.Session) -> None:
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_LEFT_OUT] = dict(session.config.stash[_DESELECTED])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    # Each worker leaves out the same.
    node.config.stash[_DESELECTED] |= Counter(getattr(node, "workeroutput", {}).get(_LEFT_OUT))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    left_out = Counter(config.stash[_DESELECTED])
    for report in terminalreporter.stats.get("skipped", ()):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        left_out[str(reason).removeprefix("Skipped: ")] += 1
    terminalreporter.section("left out")
    for reason, number in left_out.most_common():
        terminalreporter.write_line(f"{number:5} {reason}")
    if not left_out:
        terminalreporter.write_line("nothing")
