"""`python -m bench.million [RECORDS]`: what very many records in one tenant cost, and whom.

For each step: how long it took, and the longest that another client waited for a record meanwhile.
It asks every two milliseconds; what it waited is wall time, so a busy machine is seen in it too.
"""

import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .servers import HEALTH, Server, start

API, TENANT, PORTION = "/api/v1", "vide", 10_000
COMPANIES = f"{API}/companies"


class Pinger(threading.Thread):
    """Another client: reads one record over and over, and notes how long each answer took."""

    def __init__(self, server: Server, headers: dict[str, str], path: str) -> None:
        super().__init__(daemon=True)
        self._server, self._headers, self._path = server, headers, path
        self.over = threading.Event()
        self.waited: list[float] = []

    def run(self) -> None:
        """Ask until it is over."""
        while not self.over.is_set():
            began = time.perf_counter()
            self._server.ask("GET", self._path, self._headers)
            self.waited.append((time.perf_counter() - began) * 1000)
            time.sleep(0.002)


class Measuring:
    """Steps of one run, each told in a line when it is done."""

    def __init__(self, server: Server, headers: dict[str, str], path: str) -> None:
        self.server, self.headers, self._path = server, headers, path

    @contextmanager
    def step(self, name: str, *, tell: bool = True) -> Iterator[Pinger]:
        """Measure what is done inside."""
        pinger = Pinger(self.server, self.headers, self._path)
        pinger.start()
        time.sleep(0.2)
        quiet = len(pinger.waited)
        began = time.perf_counter()
        try:
            yield pinger
        finally:
            taken = (time.perf_counter() - began) * 1000
            time.sleep(0.05)
            pinger.over.set()
            pinger.join()
            waited = pinger.waited[quiet:] or [0.0]
            if tell:
                p99 = statistics.quantiles(waited, n=100)[98] if len(waited) > 1 else waited[0]
                print(
                    f"{name:34} {taken:9.1f} ms   others: p99 {p99:7.1f}, max {max(waited):7.1f} ms"
                )

    def call(self, name: str, method: str, path: str, body: Any = None) -> Any:
        """One call, measured."""
        with self.step(name):
            return self.send(method, path, body)

    def send(self, method: str, path: str, body: Any = None) -> Any:
        """One call. Raises RuntimeError when it is refused."""
        sent = self.headers | ({"Content-Type": "application/json"} if body is not None else {})
        text = "" if body is None else json.dumps(body)
        status, _, content = self.server.ask(method, path, sent, text)
        if status >= 400:
            raise RuntimeError(f"{method} {path}: {status} {content[:300]!r}")
        return json.loads(content) if content else None


def fill(measuring: Measuring, records: int) -> None:
    """Put the records into the tenant by the controls, portion by portion."""
    path = f"/_sandbox/tenants/{TENANT}/records"
    for first in range(0, records, PORTION):
        some = [
            {"name": f"Atelier {number * 7919 % 1_000_003:07d}"}
            for number in range(first, min(first + PORTION, records))
        ]
        measuring.send("POST", path, {"resource": "Company", "records": some})


def lists(measuring: Measuring, records: int) -> None:
    """Lists of every kind, asked for the first time, again, and after a write."""
    last = records // 100
    for name, query in (
        ("list, page 1", "perPage=100"),
        ("list, last page", f"perPage=100&page={last}"),
        ("sort by name", "sort=name"),
        ("sort by -createdAt,name", "sort=-createdAt,name"),
        ("search", "q=atelier%200001"),
        ("filter", "siret=00000000000000"),
        ("search and sort", "q=atelier%20000&sort=-name"),
    ):
        measuring.call(name, "GET", f"{COMPANIES}?{query}")
        measuring.send("POST", COMPANIES, {"name": "Atelier nouveau"})
        measuring.call(f"  after a write: {name}", "GET", f"{COMPANIES}?{query}")


def controls(measuring: Measuring) -> None:
    """Snapshots, forks, and the first write after each."""
    home = f"/_sandbox/tenants/{TENANT}"
    measuring.call("snapshot", "PUT", f"{home}/snapshots/avant")
    measuring.call("  first write after it", "POST", COMPANIES, {"name": "Un"})
    measuring.call("fork", "POST", f"{home}/forks", {"slug": "copie"})
    tokens = measuring.send("POST", "/_sandbox/tenants/copie/tokens", {"role": "ADMIN"})
    mine = measuring.headers
    measuring.headers = _headers(tokens["accessToken"], "copie")
    measuring.call("  first write in it", "POST", COMPANIES, {"name": "Deux"})
    measuring.headers = mine
    measuring.call("restore", "POST", f"{home}/snapshots/avant/restore")
    measuring.call("delete the fork", "DELETE", "/_sandbox/tenants/copie")


def saving(measuring: Measuring, file: Path, seconds: float) -> None:
    """Writes while the state is saved: what they and others wait, and when they are in the file."""
    before = file.stat().st_size
    with measuring.step(f"writes for {seconds:.0f} s, saved meanwhile"):
        until, number = time.perf_counter() + seconds, 0
        while time.perf_counter() < until:
            measuring.send("POST", COMPANIES, {"name": f"Gardé {number}"})
            number += 1
    print(f"{number} writes made the file {file.stat().st_size - before} bytes longer")


def _headers(token: str, tenant: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "X-Tenant-ID": tenant}


def _started(file: Path) -> tuple[Server, Measuring]:
    options = ["--tenants", TENANT, "--state", str(file), "--state-interval", "2"]
    server = start(["bacasable", "serve", "--port", "PORT", *options], until=HEALTH)
    _, _, content = server.ask(
        "POST",
        f"/_sandbox/tenants/{TENANT}/tokens",
        {"Content-Type": "application/json"},
        json.dumps({"role": "ADMIN"}),
    )
    headers = _headers(json.loads(content)["accessToken"], TENANT)
    return server, Measuring(server, headers, f"{API}/tenants/current")


def main(records: int) -> None:
    """Measure, and print."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "state.json"
        server, measuring = _started(file)
        steps: list[tuple[str, Callable[[], None]]] = [
            (f"{records} records put in", lambda: fill(measuring, records)),
        ]
        try:
            for name, act in steps:
                with measuring.step(name):
                    act()
            print(f"resident: {server.resident_megabytes():.0f} MB")
            made = measuring.send("POST", COMPANIES, {"name": "Une"})["data"]["id"]
            measuring.call("get by id", "GET", f"{COMPANIES}/{made}")
            measuring.call("change", "PATCH", f"{COMPANIES}/{made}", {"phone": "+33199000102"})
            lists(measuring, records)
            controls(measuring)
            measuring.call("delete", "DELETE", f"{COMPANIES}/{made}")
            saving(measuring, file, 20)
            print(f"resident: {server.resident_megabytes():.0f} MB")
        finally:
            began = time.perf_counter()
            server.process.terminate()
            server.process.wait()
        print(f"stopped, with saving: {(time.perf_counter() - began) * 1000:.0f} ms")
        print(f"file: {file.stat().st_size / 1e6:.0f} MB")
        again, _ = _started(file)
        print(f"started from the file: {again.seconds:.1f} s, {again.resident_megabytes():.0f} MB")
        again.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
