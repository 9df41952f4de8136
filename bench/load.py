"""Load on a server from a second process: wrk when there is one, else oha, else a client of ours.

All keep 16 connections alive on loopback and end by themselves. A measurement cycles through its
requests in order. The client of ours, `python -m bench.load`, is slower than a bare server, so its
ratios to one are too kind; the table names the client used.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

CONNECTIONS = 16
_GRACE = 30.0
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}


@dataclass(frozen=True)
class Shot:
    """One request: method, path with query, body as JSON text (empty for none)."""

    method: str
    path: str
    body: str = ""


@dataclass(frozen=True)
class Measured:
    """What a client saw: requests per second, latencies in ms (None if not told), failures."""

    per_second: float
    p50_ms: float | None
    p99_ms: float | None
    requests: int
    failed: int
    client: str


def client_name() -> str:
    """The client that will be used: 'wrk', 'oha' or 'python'."""
    return next((name for name in ("wrk", "oha") if shutil.which(name)), "python")


def measure(port: int, shots: list[Shot], headers: dict[str, str], seconds: int) -> Measured:
    """Send the requests over and over to 127.0.0.1 for some seconds; every one has the headers.

    Failed are all answers but 2xx, and connections that broke. Raises subprocess errors when the
    client does not end or fails.
    """
    name = client_name()
    if name == "wrk":
        return _by_wrk(port, shots, headers, seconds)
    if name == "oha" and len(shots) == 1:
        return _by_oha(port, shots[0], headers, seconds)
    return _by_python(port, shots, headers, seconds)


def _run(command: list[str], seconds: int, given: str = "") -> str:
    """The standard output of a client that has to end soon after its time."""
    done = subprocess.run(
        command, input=given, capture_output=True, text=True, timeout=seconds + _GRACE, check=True
    )
    return done.stdout


def _by_wrk(port: int, shots: list[Shot], headers: dict[str, str], seconds: int) -> Measured:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "requests.lua"
        script.write_text(_lua(shots, headers))
        options = ["-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script)]
        said = _run(["wrk", *options, f"http://127.0.0.1:{port}"], seconds)
    failed = _number(r"Non-2xx or 3xx responses: (\d+)", said)
    for kind in ("connect", "read", "write", "timeout"):
        failed += _number(rf"Socket errors:.*{kind} (\d+)", said)
    return Measured(
        per_second=_number(r"Requests/sec:\s+([\d.]+)", said),
        p50_ms=_latency("50%", said),
        p99_ms=_latency("99%", said),
        requests=int(_number(r"(\d+) requests in", said)),
        failed=int(failed),
        client="wrk",
    )


def _lua(shots: list[Shot], headers: dict[str, str]) -> str:
    """A wrk script that makes every request once, and then cycles through them."""
    lines = ["local all, at = {}, 0", "local sent = {}"]
    lines += [f"sent[{_quoted(k)}] = {_quoted(v)}" for k, v in headers.items()]
    lines += ["local shots = {"]
    lines += [
        f"{{{_quoted(s.method)}, {_quoted(s.path)}, {_quoted(s.body) if s.body else 'false'}}},"
        for s in shots
    ]
    lines += [
        "}",
        "function init()",
        "  for i, s in ipairs(shots) do",
        "    all[i] = wrk.format(s[1], s[2], sent, s[3] or nil)",
        "  end",
        "end",
        "function request()",
        "  at = at % #all + 1",
        "  return all[at]",
        "end",
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A Lua string: every byte but plain letters by its number."""
    plain = "".join(c if c.isascii() and c.isalnum() else "\0" for c in text)
    if "\0" not in plain:
        return f'"{text}"'
    escaped = [
        chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:03d}"
        for byte in text.encode()
    ]
    return '"' + "".join(escaped) + '"'


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    return float(found[1]) if found else 0.0


def _latency(share: str, text: str) -> float | None:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s|m)\b", text)
    return float(found[1]) * _UNITS[found[2]] if found else None


def _by_oha(port: int, shot: Shot, headers: dict[str, str], seconds: int) -> Measured:
    told = subprocess.run(["oha", "--help"], capture_output=True, text=True, check=True).stdout
    as_json = ["--output-format", "json"] if "--output-format" in told else ["--json"]
    command = ["oha", "--no-tui", *as_json, "-z", f"{seconds}s", "-c", str(CONNECTIONS)]
    command += ["-m", shot.method, *(["-d", shot.body] if shot.body else [])]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    said = json.loads(_run([*command, f"http://127.0.0.1:{port}{shot.path}"], seconds))
    by_status: dict[str, int] = said["statusCodeDistribution"]
    # Requests under way when the time is over are told as errors, and are none.
    broken = {k: n for k, n in said["errorDistribution"].items() if "deadline" not in k}
    refused = sum(n for status, n in by_status.items() if not status.startswith("2"))
    latencies = said["latencyPercentiles"]
    return Measured(
        per_second=said["summary"]["requestsPerSec"],
        p50_ms=latencies["p50"] * 1000,
        p99_ms=latencies["p99"] * 1000,
        requests=sum(by_status.values()),
        failed=refused + sum(broken.values()),
        client="oha",
    )


def _by_python(port: int, shots: list[Shot], headers: dict[str, str], seconds: int) -> Measured:
    plan = {
        "port": port,
        "seconds": seconds,
        "requests": [_raw(shot, headers | {"Host": f"127.0.0.1:{port}"}) for shot in shots],
    }
    said = _run([sys.executable, "-m", "bench.load"], seconds, json.dumps(plan))
    return Measured(**json.loads(said))


def _raw(shot: Shot, headers: dict[str, str]) -> str:
    """The bytes of a request, as text in which each character is a byte."""
    body = shot.body.encode()
    length = {"Content-Length": str(len(body))} if body else {}
    lines = [f"{name}: {value}" for name, value in (headers | length).items()]
    head = "\r\n".join([f"{shot.method} {shot.path} HTTP/1.1", *lines, "", ""])
    return (head.encode() + body).decode("latin-1")


class _Cycle:
    """The requests of a measurement in turn, and what came back, shared by its connections."""

    def __init__(self, requests: list[bytes], seconds: float) -> None:
        self._requests, self._at = requests, 0
        self.end = time.perf_counter() + seconds
        self.latencies: list[float] = []
        self.failed = 0

    def next(self) -> bytes:
        """The next request."""
        self._at = (self._at + 1) % len(self._requests)
        return self._requests[self._at - 1]


class _Connection(asyncio.Protocol):
    """One connection: sends the next request as soon as the answer to the last one is whole."""

    def __init__(self, cycle: _Cycle, ended: asyncio.Future[None]) -> None:
        self._cycle, self._ended = cycle, ended
        self._seen = b""
        self._sent = 0.0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._send()

    def _send(self) -> None:
        self._seen, self._sent = b"", time.perf_counter()
        self._transport.write(self._cycle.next())

    def data_received(self, data: bytes) -> None:
        self._seen += data
        end = self._seen.find(b"\r\n\r\n")
        if end < 0:
            return
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", self._seen[: end + 2])
        if len(self._seen) < end + 4 + (int(length[1]) if length else 0):
            return
        now = time.perf_counter()
        self._cycle.latencies.append(now - self._sent)
        self._cycle.failed += self._seen[9:10] != b"2"
        if now < self._cycle.end:
            self._send()
        else:
            self._finish()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's name
        if not self._ended.done():
            self._cycle.failed += 1
            self._finish()

    def _finish(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
            self._transport.close()


async def _shoot(plan: dict[str, Any]) -> Measured:
    """Run a plan: `port`, `seconds`, and `requests` as text in which each character is a byte."""
    loop = asyncio.get_running_loop()
    cycle = _Cycle([text.encode("latin-1") for text in plan["requests"]], plan["seconds"])
    began = time.perf_counter()
    ends = [loop.create_future() for _ in range(CONNECTIONS)]
    for ended in ends:

        def connection(ended: asyncio.Future[None] = ended) -> _Connection:
            return _Connection(cycle, ended)

        await loop.create_connection(connection, "127.0.0.1", plan["port"])
    await asyncio.wait(ends, timeout=plan["seconds"] + _GRACE / 2)
    took = time.perf_counter() - began
    ordered = sorted(cycle.latencies) or [0.0]
    return Measured(
        per_second=len(cycle.latencies) / took,
        p50_ms=ordered[len(ordered) // 2] * 1000,
        p99_ms=ordered[len(ordered) * 99 // 100] * 1000,
        requests=len(cycle.latencies),
        failed=cycle.failed + sum(not ended.done() for ended in ends),
        client="python",
    )


def main() -> None:
    """Run the plan on standard input, and print what was measured as JSON."""
    try:
        import uvloop as loops  # noqa: PLC0415 - a help where there is one
    except ImportError:
        loops = asyncio  # type: ignore[assignment]
    print(json.dumps(asdict(loops.run(_shoot(json.load(sys.stdin))))))


if __name__ == "__main__":
    main()
