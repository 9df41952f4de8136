"""What the controls cost when nobody uses them, and how long they take when somebody does.

`python -m bench.controls` measures the latter in a process of its own and prints milliseconds by
name as JSON.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from bacasable import Sandbox

from .load import Measured, Shot, measure
from .servers import HEALTH, TENANT, running, start
from .table import Row

PAIRS = 8
"""Measurements of each of the two servers: single ones differ by more than the three per cent."""
RECORDS = 100_000
LEAST, FORK_MS, FIXTURE_MS, YEAR_MS, START_MS = 0.97, 5, 5, 1000, 1000


def unused(path: str, seconds: int) -> Row:
    """Get by id with the controls on, but unused, beside a sandbox without controls."""
    with ExitStack() as stack:
        plain = ["bacasable", "serve", "--port", "PORT"]
        servers = {
            "with": stack.enter_context(running(start(plain, until=HEALTH))),
            "without": stack.enter_context(running(start([*plain, "--no-controls"], until=HEALTH))),
        }
        seen: dict[str, list[Measured]] = {name: [] for name in servers}
        for turn in range(PAIRS):
            names = list(servers) if turn % 2 == 0 else list(reversed(servers))
            for name in names:
                sent = {"Authorization": f"Bearer {servers[name].login()}", "X-Tenant-ID": TENANT}
                shot = Shot("GET", path)
                seen[name].append(measure(servers[name].port, [shot], sent, seconds))
    rates = {name: [one.per_second for one in runs] for name, runs in seen.items()}
    row = Row("get by id, controls on and unused", statistics.median(rates["with"]))
    pairs = zip(rates["with"], rates["without"], strict=True)
    row.other = statistics.median(a / b for a, b in pairs)
    row.other_of, row.rounds = "of one without controls", dict(rates)
    failed = any(one.failed for runs in seen.values() for one in runs)
    row.target, row.met = f">= {LEAST:g}", row.other >= LEAST and not failed
    return row


def used() -> Iterator[Row]:
    """Rows about forks, the clock and a sandbox inside a test."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.controls"], capture_output=True, text=True, check=True
    )
    figures: dict[str, list[float]] = json.loads(done.stdout)
    for name, most in (
        ("Sandbox() started, imports included", START_MS),
        ("tenant fixture: fork, client, deletion", FIXTURE_MS),
        ("fork of 100,000 records", FORK_MS),
        ("first write after it, in the fork", 0),
        ("clock of qualiforma-demo advanced by P1Y", YEAR_MS),
    ):
        row = Row(name, statistics.median(figures[name]), "ms", rounds={"sandbox": figures[name]})
        if most:
            row.target, row.met = f"<= {most} ms", (row.figure or 0) <= most
        yield row


def _milliseconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


_START = """
import time
began = time.perf_counter()
from bacasable import Sandbox
with Sandbox(seed=1):
    print((time.perf_counter() - began) * 1000)
"""
"""A fresh process, because the imports are part of what is measured."""


def _start() -> float:
    """Milliseconds until a sandbox with all packaged tenants answers on a port."""
    command = [sys.executable, "-W", "ignore", "-c", _START]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Measure, and print the figures of each row."""
    figures = {"Sandbox() started, imports included": [_start() for _ in range(5)]}

    def note(name: str, work: Callable[[], Any]) -> None:
        figures.setdefault(name, []).append(_milliseconds(work))

    with Sandbox(seed=1) as sandbox:
        small, demo = sandbox.tenant("votre-tenant"), sandbox.tenant(TENANT)

        def fixture() -> None:
            with small.fork() as fork:
                fork.client("ADMIN")

        for _ in range(50):
            note("tenant fixture: fork, client, deletion", fixture)
        big = sandbox.tenant("vide").fork()
        big.insert("Company", [{"name": f"Atelier {n}"} for n in range(RECORDS)])
        forks: list[Any] = []
        for _ in range(10):
            note("fork of 100,000 records", lambda: forks.append(big.fork()))
            client = forks[-1].client("ADMIN")
            body = {"name": "Atelier du Port"}
            note("first write after it, in the fork", lambda: client.post("/companies", json=body))  # noqa: B023
        for _ in range(5):
            year = demo.fork()
            note("clock of qualiforma-demo advanced by P1Y", lambda: year.clock.advance("P1Y"))  # noqa: B023
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
