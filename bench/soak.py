"""`python -m bench.soak [CALLS]`: mixed load by eight clients, and what it does to time and memory.

Reads, searches, creates, changes, deletes, keyed repeats, logins and forks, by a seed. What is
created is deleted later, so that the records stay as many: whatever grows then is a leak. Each line
tells of a tenth of the run: calls per second, percentiles of the latency in ms, resident memory.
"""

import asyncio
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .servers import HEALTH, Server, start

API, TENANT, CLIENTS, KEPT = "/api/v1", "vide", 8, 50
_WEIGHTS = (30, 32, 16, 10, 11.5, 0.5)
BARS = "▁▂▃▄▅▆▇█"


@dataclass
class Tenth:
    """What was seen in a part of the run."""

    seconds: float = 0.0
    megabytes: float = 0.0
    latencies: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def per_second(self) -> float:
        """Calls per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, hundredths: int) -> float:
        """A percentile of the latencies, in ms."""
        return statistics.quantiles(self.latencies, n=100)[hundredths - 1]


class Client:
    """One client with a connection of its own and records of its own."""

    def __init__(self, port: int, token: str, seed: int) -> None:
        self._port, self._chance = port, random.Random(seed)  # noqa: S311 - no secret
        self._lines = (
            f"Host: 127.0.0.1\r\nX-Tenant-ID: {TENANT}\r\nAuthorization: Bearer {token}\r\n"
        )
        self._mine: list[str] = []
        self._acts = (
            self._list,
            self._get,
            self._create,
            self._change,
            self._delete,
            self._rarely,
        )
        self._number = seed * 10_000_000

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(
        self, method: str, path: str, body: Any = None, more: str = ""
    ) -> tuple[int, bytes]:
        """Status and body of one call."""
        text = b"" if body is None else json.dumps(body).encode()
        kind = f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n" if text else ""
        head = f"{method} {path} HTTP/1.1\r\n{self._lines}{kind}{more}\r\n"
        self._writer.write(head.encode() + text)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        content = await self._reader.readexactly(int(length)) if length else b""
        return int(answer[9:12]), content

    async def call(self) -> bool:
        """One call of the mix; whether it was answered as it should be."""
        (act,) = self._chance.choices(self._acts, _WEIGHTS)
        return await (act() if self._mine else self._create())

    async def _list(self) -> bool:
        return (await self.ask("GET", self._listed()))[0] == 200

    async def _get(self) -> bool:
        found = self._chance.choice(self._mine)
        return (await self.ask("GET", f"{API}/companies/{found}"))[0] == 200

    async def _change(self) -> bool:
        found = self._chance.choice(self._mine)
        change = {"phone": f"+331990{self._chance.randrange(10**5):05d}"}
        return (await self.ask("PATCH", f"{API}/companies/{found}", change))[0] == 200

    async def _delete(self) -> bool:
        gone = self._mine.pop(self._chance.randrange(len(self._mine)))
        return (await self.ask("DELETE", f"{API}/companies/{gone}"))[0] == 204

    def _listed(self) -> str:
        page = self._chance.randrange(1, 5)
        return API + self._chance.choice(
            [
                f"/companies?page={page}",
                f"/companies?sort=name&page={page}",
                "/companies?sort=-createdAt,name",
                f"/companies?q={self._chance.randrange(100)}",
                "/events?sort=-sequence",
                f"/events?type=company.created&page={page}",
                "/users",
                "/courses?sort=title",
            ]
        )

    async def _create(self) -> bool:
        self._number += 1
        keyed = f"Idempotency-Key: k-{self._number}\r\n" if self._chance.random() < 0.3 else ""
        body = {"name": f"Atelier {self._number * 7919 % 1_000_003}"}
        status, content = await self.ask("POST", f"{API}/companies", body, keyed)
        if status == 201:
            self._mine.append(json.loads(content)["data"]["id"])
        while len(self._mine) > KEPT:
            gone = self._mine.pop(0)
            await self.ask("DELETE", f"{API}/companies/{gone}")
        return status == 201

    async def _rarely(self) -> bool:
        if self._chance.random() < 0.8:
            status, _ = await self.ask(
                "POST", f"/_sandbox/tenants/{TENANT}/tokens", {"role": "ADMIN"}
            )
            return status == 201
        slug = f"f{self._number}-{self._chance.randrange(10**6)}"
        made, _ = await self.ask("POST", f"/_sandbox/tenants/{TENANT}/forks", {"slug": slug})
        gone, _ = await self.ask("DELETE", f"/_sandbox/tenants/{slug}")
        return (made, gone) == (201, 204)


async def _run(server: Server, token: str, calls: int) -> Iterator[Tenth]:
    clients = [Client(server.port, token, seed) for seed in range(CLIENTS)]
    for client in clients:
        await client.open()
    told = []
    for _ in range(10):
        tenth, began = Tenth(), time.perf_counter()

        async def work(client: Client, tenth: Tenth = tenth) -> None:
            for _ in range(calls // 10 // CLIENTS):
                start_ = time.perf_counter()
                tenth.failed += not await client.call()
                tenth.latencies.append((time.perf_counter() - start_) * 1000)

        await asyncio.gather(*map(work, clients))
        tenth.seconds = time.perf_counter() - began
        tenth.megabytes = server.resident_megabytes()
        told.append(tenth)
        p50, p95, p99 = (tenth.percentile(n) for n in (50, 95, 99))
        print(
            f"{len(told):2}  {tenth.per_second:7.0f}/s  p50 {p50:6.2f}  p95 {p95:6.2f}"
            f"  p99 {p99:6.2f}  max {max(tenth.latencies):7.1f}  {tenth.megabytes:5.0f} MB"
            f"  {tenth.failed} failed",
            flush=True,
        )
    return iter(told)


def picture(values: list[float]) -> str:
    """Values over time, as a row of bars from zero."""
    most = max(values) or 1.0
    return "".join(BARS[min(7, int(value / most * 7.99))] for value in values)


def main(calls: int) -> None:
    """Measure, and print."""
    # Who is through with a part waits for the others, and may come back to the same connection.
    patient = ["--keep-alive-timeout", "120"]
    server = start(
        ["bacasable", "serve", "--port", "PORT", "--tenants", TENANT, *patient], until=HEALTH
    )
    try:
        _, _, content = server.ask(
            "POST",
            f"/_sandbox/tenants/{TENANT}/tokens",
            {"Content-Type": "application/json"},
            json.dumps({"role": "ADMIN"}),
        )
        print(f"at start {server.resident_megabytes():.0f} MB")
        told = list(asyncio.run(_run(server, json.loads(content)["accessToken"], calls)))
    finally:
        server.stop()
    rows = {
        "calls/s": [tenth.per_second for tenth in told],
        "p50 ms": [tenth.percentile(50) for tenth in told],
        "p99 ms": [tenth.percentile(99) for tenth in told],
        "MB": [tenth.megabytes for tenth in told],
    }
    for name, values in rows.items():
        print(f"{name:8} {picture(values)}  {values[0]:.1f} → {values[-1]:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
