"""A plugin of our own runs: tests in random order when asked, and at the end what was left out.

`--order SEED` shuffles folders, files in them, and tests in those: what shares a costly fixture
stays together. With a `-` the seed is drawn; it stands in the head of the run.
"""

import random
from collections import Counter
from typing import Any

import pytest

SWEEP = "take long: python3 run.py sweep"
_LEFT_OUT = "bacasable_left_out"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--order", metavar="SEED", default="", help="shuffle the tests, '-' anyhow")


_DESELECTED = pytest.StashKey[Counter[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_DESELECTED] = Counter()
    # A worker shuffles as all others do.
    seed = getattr(config, "workerinput", {}).get("order", config.option.order)
    config.option.order = str(random.SystemRandom().randrange(10**6)) if seed == "-" else seed


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["order"] = node.config.option.order


def pytest_report_header(config: pytest.Config) -> str | None:
    return f"order: --order {config.option.order}" if config.option.order else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    seed = config.option.order
    if seed:
        items.sort(key=lambda item: _place(seed, item.nodeid))


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
