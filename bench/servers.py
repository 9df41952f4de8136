"""The servers that are measured, each in a process of its own, and the handles on them.

`python -m bench.servers stock|bare|tenant|cost` runs one, with its plan as JSON on standard input.
All listen through `bacasable.server.listen`, so that uvicorn's options and the collector's settings
are the same for every candidate. The sandbox itself is started as users start it.
"""

import asyncio
import gc
import http.client
import json
import logging
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

from bacasable.contract import load_contract
from bacasable.platforms.qualiforma import PLATFORM
from bacasable.resources import CONTRACT, fixture_path
from bacasable.sandbox.fixtures import load_fixture
from bacasable.server.launch import Assembly, build_sandbox
from bacasable.server.listen import listen, open_socket

TENANT = "qualiforma-demo"
HEALTH = "/_sandbox/health"
_PATIENCE = 60.0
_POLL = 0.005
_REPEATS = 5
_REPEAT_SECONDS = 0.3

Json = dict[str, Any]
App = Callable[[Json, Any, Any], Awaitable[None]]


@dataclass
class Server:
    """A server under way: its port on loopback, its process, seconds until its first answer."""

    port: int
    process: subprocess.Popen[str]
    seconds: float

    def ask(
        self, method: str, path: str, headers: dict[str, str], body: str = ""
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers in their order, and body of one answer."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            link.request(method, path, body.encode() or None, headers)
            answer = link.getresponse()
            return answer.status, answer.getheaders(), answer.read()
        finally:
            link.close()

    def login(self) -> str:
        """An access token of the tenant's administrator."""
        shot = _login_shot()
        status, _, body = self.ask(shot["method"], shot["path"], shot["headers"], shot["body"])
        if status != 200:
            raise RuntimeError(f"login refused with {status}")
        return str(json.loads(body)["data"]["accessToken"])

    def resident_megabytes(self) -> float:
        """Resident memory of the process in MB (10^6 bytes)."""
        return resident_bytes(self.process.pid) / 1e6

    def stop(self) -> None:
        """End the process, by its own id."""
        self.process.terminate()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(arguments: list[str], plan: Json | None = None, *, until: str = "/") -> Server:
    """Start `python -m` with these arguments, 'PORT' among them replaced, and wait for an answer.

    `until` is the path asked for; any status counts, but the sandbox's health has to be 200.
    Raises RuntimeError when the process ends or does not answer within a minute.
    """
    port = free_port()
    command = [sys.executable, "-m", *(a.replace("PORT", str(port)) for a in arguments)]
    return launch(command, port, plan, until=until)


def launch(
    command: list[str],
    port: int,
    plan: Json | None = None,
    *,
    until: str = "/",
    env: dict[str, str] | None = None,
    errors: IO[str] | None = None,
) -> Server:
    """Start any server that listens on a port of loopback, and wait for its first answer.

    What it says on standard error goes to a file, if one is given. Raises as `start` does.
    """
    said = " ".join(command[1:])
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL if plan is None else subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        env=env,
        text=True,
    )
    server = Server(port, process, 0.0)
    try:
        if process.stdin:
            process.stdin.write(json.dumps(plan))
            process.stdin.close()
        while not _answers(server, until):
            if process.poll() is not None:
                raise RuntimeError(f"{said} ended with {process.returncode}")
            if time.perf_counter() - began > _PATIENCE:
                raise RuntimeError(f"{said} does not answer")
            time.sleep(_POLL)
        server.seconds = time.perf_counter() - began
    except BaseException:
        server.stop()
        raise
    return server


def start_sandbox() -> Server:
    """The sandbox as users start it, with the whole contract and every fixture."""
    return start(["bacasable", "serve", "--port", "PORT"], until=HEALTH)


@contextmanager
def running(server: Server) -> Iterator[Server]:
    """The server, stopped at the end."""
    try:
        yield server
    finally:
        server.stop()


def costs(app: str, plan: Json) -> dict[str, float]:
    """Microseconds of one request in process, by name, for the app 'sandbox' or 'stock'."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.servers", "cost"],
        input=json.dumps(plan | {"app": app}),
        stdout=subprocess.PIPE,
        text=True,
        timeout=_PATIENCE * 3,
        check=True,
    )
    return cast("dict[str, float]", json.loads(done.stdout))


def _login_shot() -> Json:
    """The request that logs the tenant's administrator in."""
    fixture = load_fixture(fixture_path(TENANT), load_contract(CONTRACT))
    account = {"email": fixture.logins()["ADMIN"], "password": fixture.password}
    return {
        "method": "POST",
        "path": "/api/v1/auth/login",
        "headers": {"Content-Type": "application/json", "X-Tenant-ID": TENANT},
        "body": json.dumps(account),
    }


def resident_bytes(pid: int) -> int:
    """Resident memory of a process in bytes: from /proc, or from ps where there is none."""
    if sys.platform == "linux":
        with open(f"/proc/{pid}/status", encoding="ascii") as status:  # noqa: PTH123
            return next(int(s.split()[1]) * 1024 for s in status if s.startswith("VmRSS:"))
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, check=True)
    return int(told.stdout) * 1024


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(server: Server, path: str) -> bool:
    try:
        status, _, _ = server.ask("GET", path, {})
    except OSError:
        return False
    return status == 200 or path != HEALTH


# What follows runs in the processes of the servers.


def bare_app(answers: list[Json]) -> App:
    """An application without a framework that sends captured answers, bytes and headers alike.

    Each has `method`, `path` (with query), `status`, `headers` (pairs) and `body` (text).
    """
    known = {}
    for answer in answers:
        path, _, query = answer["path"].partition("?")
        headers = [(name.encode(), value.encode()) for name, value in answer["headers"]]
        known[answer["method"], path, query.encode()] = (
            {"type": "http.response.start", "status": answer["status"], "headers": headers},
            {"type": "http.response.body", "body": answer["body"].encode()},
        )
    nothing = (
        {"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]},
        {"type": "http.response.body", "body": b""},
    )

    async def app(scope: Json, receive: Any, send: Any) -> None:
        method = scope["method"]
        head, body = known.get((method, scope["path"], scope["query_string"]), nothing)
        if method != "GET":
            parts = []
            while True:
                message = await receive()
                parts.append(message.get("body", b""))
                if not message.get("more_body"):
                    break
            b"".join(parts)
        await send(head)
        await send(body)

    return app


def sandbox_with_companies(count: int) -> Assembly:
    """A sandbox whose tenant has that many companies, the added ones copied from a seeded one.

    Their ids are `cmp_bench` and six digits, from 0.
    """
    sandbox = build_sandbox(contract=CONTRACT, fixtures=[fixture_path(TENANT)])
    space = sandbox.engine.platform.space(TENANT)
    if space is None:
        raise RuntimeError(f"there is no tenant {TENANT}")
    companies = space.collection("Company")
    model = next(iter(companies))
    log = sandbox.engine.platform.log
    mark = log.mark()
    for number in range(count - len(companies)):
        companies.put(model | {"id": company_id(number), "siret": None})
    log.commit(mark)
    return sandbox


def company_id(number: int) -> str:
    """The id of an added company."""
    return f"cmp_bench{number:06d}"


async def _cost(app: App, shot: Json, before: Json | None = None) -> float:
    """Microseconds of one request in process: the median of several repeats.

    `before` is sent ahead of each request and not counted.
    """

    async def run(one: Json) -> float:
        scope, message = _scope(one), {"type": "http.request", "body": one["body"].encode()}
        statuses = []

        async def receive() -> Json:
            return message

        async def send(sent: Json) -> None:
            statuses.append(sent.get("status", 200))

        began = time.perf_counter()
        await app(scope, receive, send)
        took = time.perf_counter() - began
        if max(statuses) > 299:
            raise RuntimeError(f"{one['method']} {one['path']} was answered with {max(statuses)}")
        return took

    figures = []
    for _ in range(_REPEATS):
        spent: list[float] = []
        end = time.perf_counter() + _REPEAT_SECONDS
        while time.perf_counter() < end:
            if before:
                await run(before)
            spent.append(await run(shot))
        figures.append(statistics.fmean(spent) * 1e6)
    return statistics.median(figures)


def _scope(shot: Json) -> Json:
    path, _, query = shot["path"].partition("?")
    headers = {"host": "127.0.0.1"} | shot["headers"]
    if shot["body"]:
        headers["content-length"] = str(len(shot["body"].encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": shot["method"],
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(k.lower().encode(), v.encode()) for k, v in headers.items()],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
        "state": {},
    }


def _print_costs(plan: Json) -> None:
    """Print the costs of the plan's requests as JSON: `app`, `answers`, `shots` by name.

    `unchecked` leaves out stock Connexion's validation of answers. A shot with `before` names
    another one to send ahead of it.
    """
    if plan["app"] == "stock":
        app, token = _stock(plan), "any"
    else:
        sandbox = build_sandbox(PLATFORM)
        app, token = cast("App", sandbox.app), asyncio.run(_login_in_process(sandbox))
    shots = plan["shots"]
    for shot in shots.values():
        shot["headers"] |= {"Authorization": f"Bearer {token}"}
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)

    async def all_of_them() -> dict[str, float]:
        return {
            name: await _cost(app, shot, shots[shot["before"]] if shot.get("before") else None)
            for name, shot in shots.items()
        }

    print(json.dumps(asyncio.run(all_of_them())))


async def _login_in_process(sandbox: Assembly) -> str:
    shot, sent = _login_shot(), []
    message = {"type": "http.request", "body": shot["body"].encode()}

    async def receive() -> Json:
        return message

    async def send(part: Any) -> None:
        sent.append(part.get("body", b""))

    await cast("App", sandbox.app)(_scope(shot), receive, send)
    return str(json.loads(b"".join(sent))["data"]["accessToken"])


def _stock(plan: Json) -> App:
    # Imported here: only its own process pays for it, in time and memory.
    from .stock_connexion import build_stock  # noqa: PLC0415

    logging.disable(logging.CRITICAL)
    return cast("App", build_stock(plan["answers"], check_answers=not plan.get("unchecked")))


def main() -> None:
    """Run the server named on the command line."""
    plan = json.load(sys.stdin)
    name, *rest = sys.argv[1:]
    if name == "cost":
        _print_costs(plan)
        return
    bound = open_socket("127.0.0.1", int(rest[0]))
    if name == "tenant":
        listen(sandbox_with_companies(plan["companies"]).app, bound, "warning")
        return
    app = _stock(plan) if name == "stock" else bare_app(plan["answers"])
    listen(app, bound, "critical")


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    main()
