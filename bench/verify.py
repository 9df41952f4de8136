"""`python -m bench.verify`: the kit's requests per second beside those of the stock command line.

Each judges a fresh sandbox, served as users serve it, one after the other on the same machine:
Schemathesis as an outsider would run it, then `bacasable verify` with the profile `standard`. It
measures and does not judge: the exit status is 0.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from .servers import TENANT, running, start_sandbox
from .table import environment

OTHER = "atelier-nord"
_PASSWORD = "bac-a-sable-2026"  # noqa: S105 - that of the packaged fixtures
_LONGEST = 900
_CASES = re.compile(r"(\d+) generated")


@dataclass(frozen=True)
class Pace:
    """Requests that a tool sent, the seconds it took, and its exit status."""

    requests: int
    seconds: float
    status: int

    @property
    def per_second(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


def stock(examples: int) -> Pace:
    """The stock command line on a fresh sandbox. Its cases are its requests, but for a few."""
    with running(start_sandbox()) as server, tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "schemathesis.cli", "run"]
        command += [f"http://127.0.0.1:{server.port}/openapi.json", "--no-color"]
        command += ["-H", f"Authorization: Bearer {server.login()}", "-H", f"X-Tenant-ID: {TENANT}"]
        command += ["-n", str(examples), "--seed", "1", "--continue-on-failure"]
        done, seconds = _timed(command, folder)
    found = _CASES.search(done.stdout)
    return Pace(int(found[1]) if found else 0, seconds, done.returncode)


def ours(profile: str) -> Pace:
    """The kit on a fresh sandbox, with an account of each role and one of another tenant."""
    with running(start_sandbox()) as server, tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "bacasable", "verify"]
        command += [f"http://127.0.0.1:{server.port}/api/v1", "--profile", profile, "--quiet"]
        command += ["--other-tenant", f"{OTHER}:admin@{OTHER}.example:{_PASSWORD}"]
        command += ["--report", f"json={report}"]
        done, seconds = _timed(command, folder)
        told = json.loads(report.read_text("utf-8"))
    return Pace(told["requests"], seconds, done.returncode)


def _timed(command: list[str], folder: str) -> tuple[subprocess.CompletedProcess[str], float]:
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=_LONGEST, check=False
    )
    return done, time.perf_counter() - began


def main() -> None:
    """Measure both, in turns, and print both rates and their ratio."""
    parser = argparse.ArgumentParser(prog="python -m bench.verify", description=__doc__)
    parser.add_argument("--profile", default="standard")
    parser.add_argument("--examples", type=int, default=15, help="of the stock command line")
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    rounds = [(stock(options.examples), ours(options.profile)) for _ in range(options.rounds)]
    for name, value in environment("each its own").items():
        print(f"{name:18} {value}")
    _tell("schemathesis run", [plain for plain, _ in rounds])
    _tell("bacasable verify", [kit for _, kit in rounds])
    ratio = statistics.median(kit.per_second / plain.per_second for plain, kit in rounds)
    print(f"{'ratio':18} {ratio:.2f}")


def _tell(name: str, paces: list[Pace]) -> None:
    rate = statistics.median(pace.per_second for pace in paces)
    last = paces[-1]
    sent = f"{last.requests:7} requests {last.seconds:7.1f} s {rate:7.0f}/s"
    print(f"{name:18} {sent}   exit {last.status}")


if __name__ == "__main__":
    main()
